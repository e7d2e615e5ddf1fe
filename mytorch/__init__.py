"""A neural-network library in NumPy: gradients written by hand, and a check of every entry."""
