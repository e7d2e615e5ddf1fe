"""What judges a formula without sharing code with it: autodiff, differences, reference loops."""
