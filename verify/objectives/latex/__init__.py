"""An objective in LaTeX, translated into NumPy's notation, which it is then read in."""
