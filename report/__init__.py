"""What we say: reads `outputs/`, measures nothing, and typesets the homework's full solution."""
