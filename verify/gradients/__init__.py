"""Is the gradient of a function right? Anybody's function, in NumPy, JAX or PyTorch."""
