"""What is true: every statement of the homework, derived and proved for all dimensions with SymPy alone."""
