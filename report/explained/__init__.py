"""What explains the formulas: examples and drawings that put numbers into the derivations."""
