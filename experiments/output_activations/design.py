"""The two distributions, and how many samples are drawn from them."""

import numpy as np

SAMPLES = {"full": 5000, "quick": 1000}
CENTRES = np.array([-2.0, 0.0, 2.0])
SPREAD = 0.8
GRID = np.linspace(-4, 4, 81)

FEATURES, LABELS = 4, 5
OFFSETS = np.linspace(-1.5, 0.5, LABELS)
