"""Q4.2's network and training as the homework states them, and how much is shown and drawn."""

SIZES = (28 * 28 * 3, 256, 128, 8)
LEARNING_RATE, BATCH_SIZE = 1e-3, 64
EPOCHS = {"full": 30, "quick": 2}
TRAINING_IMAGES = {"full": None, "quick": 3200}
SAMPLE_PER_CLASS, MISCLASSIFIED, EXAMPLES_PER_QUADRANT = 2, 5, 2
DRAWS = {"full": 1000, "quick": 50}
"""How many bootstrap samples, and how many draws of what chance alone would do."""
