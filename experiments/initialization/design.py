"""The networks, methods and constants of Problem 5."""

NAMES = {"zero": "zero", "small": "small random", "xavier": "Xavier", "he": "He"}
ACTIVATION_NAMES = {"tanh": "tanh", "relu": "ReLU"}
STACKED = ("small", "xavier", "he")
"""The methods whose networks are trained side by side; that of zeros is trained beside them."""

PIXELS, WIDTH, CLASSES = 784, 256, 10
HIDDEN_LAYERS = 5
SIZES = (PIXELS, *[WIDTH] * HIDDEN_LAYERS, CLASSES)
DEPTHS = {"full": [2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20], "quick": [2, 5, 8]}
IMAGES = 256
LEARNING_RATE, BATCH_SIZE = 0.1, 128
EPOCHS = {"full": 10, "quick": 1}
MOST_IMAGES = {"full": None, "quick": 3200}
POINTS_PER_EPOCH = 7
