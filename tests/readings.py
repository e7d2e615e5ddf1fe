"""What a function that was read is at arrays of NumPy's."""

from collections.abc import Mapping

import numpy as np

from derivations.prover.points.evaluation import evaluate
from verify.objectives.shapes import Reading


def value_at(reading: Reading, values: Mapping[str, np.ndarray]) -> float:
    """The function's value where its names have these values."""
    quantities = reading.vocabulary.quantities
    point = {
        quantities[name].symbol: {
            tuple(at + 1 for at in place): value for place, value in np.ndenumerate(array)
        }
        for name, array in values.items()
    }
    return float(evaluate(reading.function.number.entry, point))
