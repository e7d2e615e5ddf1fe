"""What the homework asks: its questions and constants, its words, and what earns the points."""
