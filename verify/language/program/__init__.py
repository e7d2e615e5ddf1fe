"""A function or an answer as people paste it: lines, a `def`, loops."""
