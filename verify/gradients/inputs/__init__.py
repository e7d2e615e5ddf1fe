"""Where a function is asked: its arguments, the sets these live in, and how it is called."""
