"""Any objective: what it is, what its names mean, and what is the gradient of it."""
