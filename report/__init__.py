"""What we say: reads `outputs/`, computes nothing, and typesets the homework's full solution."""
