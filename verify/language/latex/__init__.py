"""The homework's LaTeX: its grammar, what it means, and what of it is not clear."""
