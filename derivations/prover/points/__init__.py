"""Values at points, which refute and prove nothing: drawing them, and evaluating there."""
