"""The gradient of an objective in matrix form, as a person would write it; none of it is trusted."""
