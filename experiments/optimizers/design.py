"""Both update rules, and what is varied in each of the four comparisons."""

from collections.abc import Callable
from typing import Any

import numpy as np

from experiments.optimizers.update_rules import Adam, MomentumSGD

RULES: dict[str, Callable[[Any], Adam | MomentumSGD]] = {"Adam": Adam, "momentum SGD": MomentumSGD}

SCALES = np.logspace(-9, 3, 25).tolist()
SCALED_STEPS, SCALED_RATES = 500, {"Adam": 0.05, "momentum SGD": 0.1}
SAMPLES, FEATURES = 200, 10

SIGMAS = np.logspace(-1, 2, 13).tolist()
NOISE_RATE, NOISE_FEATURES, REPLICATES = 0.01, 20, 10
NOISE_STEPS = {"full": 6000, "quick": 400}
CURVE_SIGMA, CURVE_POINTS, FAR = 10.0, 100, 3.0

FREQUENCIES = [1.0, 0.3, 0.1, 0.03, 0.01]
FEATURES_PER_FREQUENCY, SPARSE_BATCH, SPARSE_REPLICATES = 8, 16, 5
SPARSE_RATES = np.logspace(-3, -1, 9).tolist()
SPARSE_STEPS = {"full": 6000, "quick": 500}

RATES = np.logspace(-5, 1, 25).tolist()
HIDDEN, BATCH_SIZE, SHOWN_IMAGES = 64, 128, 5000
SWEEP_STEPS = {"full": 300, "quick": 8}
