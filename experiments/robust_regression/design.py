"""The losses, and the data sets of the three studies."""

import numpy as np

# Huber's own choice for noise of standard deviation 1: 95 % efficient where nothing is wrong.
DELTA = 1.345
LOSSES = {"squared": np.inf, "Huber": DELTA}

SAMPLES, FEATURES, TEST_SAMPLES = 200, 10, 1000
SHIFT, SHIFT_SPREAD, LEVERAGE = 20.0, 5.0, 10.0
SHARES = [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]
DEGREES = [1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0]
LEVELS = {"outliers": SHARES, "leverage": SHARES, "heavy tails": DEGREES}
REPLICATES = {"full": 100, "quick": 2}

SOLVER_SHARES = [0.0, 0.1, 0.2, 0.3]
ALPHA, CLOSE, TIMINGS = 0.01, 1e-6, 5

RIDGE_SAMPLES, RIDGE_FEATURES, SIGNAL = 50, 100, 3.0
RIDGE_SHARES = [0.0, 0.1]
LAMBDAS = np.logspace(-2, 4, 25).tolist()
RIDGE_REPLICATES = {"full": 10, "quick": 1}
