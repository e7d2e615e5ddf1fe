"""The language of answers: text in NumPy's notation or LaTeX, and the array that it means."""
