"""Expressions as array code, the libraries that run it, and the points where it is run."""
