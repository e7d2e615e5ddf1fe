"""How many images are trained on and shown, and how often chance is drawn from."""

TRAINING_IMAGES = {"full": None, "quick": 3200}
SAMPLE_PER_CLASS, MISCLASSIFIED, EXAMPLES_PER_QUADRANT = 2, 5, 2
DRAWS = {"full": 1000, "quick": 50}
"""Bootstrap samples, and draws of what a perfectly calibrated network would show by chance."""
