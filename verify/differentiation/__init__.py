"""The gradient of an objective in matrix form, as a person would write it, to be proved."""
