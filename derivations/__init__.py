"""What is true: the homework's statements, derived and proved for every size with SymPy alone."""
