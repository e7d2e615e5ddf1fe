"""What is said of an answer beside its verdict: decimals that stand for a number, and overflow."""
