"""The one place that says *proved*: rules for symbolic sums, regions, signs, and points."""
