"""The language of answers: NumPy's and LaTeX's text, read into entries of arrays with symbolic shapes."""
