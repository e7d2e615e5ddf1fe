"""Q6.7's network and training, as the homework states them."""

WIDTHS = (784, 128, 64, 10)
LEARNING_RATE = 0.1
BATCH_SIZE = 64
EPOCHS = 3
CHECKED_IMAGES = 5
SHOWN_IMAGES = 10
SMOOTHING = 50
QUICK_IMAGES = 6000

NAMES = {"xavier": "Xavier", "he": "He"}
