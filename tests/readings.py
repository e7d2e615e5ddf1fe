"""What a function that was read is at arrays of NumPy's."""

from collections.abc import Mapping

import numpy as np
import pytest

from derivations.prover.points.evaluation import evaluate
from verify.objectives.shapes import Reading


def assert_is_pythons(reading: Reading, text: str, *used: str) -> None:
    """The function that was read has Python's values of the lines, of x of 4 and A of 4 x 4."""
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    exec(f"def function(np, n, x, A):\n{lines}", names := {})
    for seed in range(3):
        rng = np.random.default_rng(seed)
        values = {"x": rng.normal(size=4), "A": rng.normal(size=(4, 4))}
        found = value_at(reading, {name: values[name] for name in used})
        assert found == pytest.approx(names["function"](np, 4, **values), rel=1e-12)


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
