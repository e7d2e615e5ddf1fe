import numpy as np
import pytest

from verify.numerics.domain import Batch, Domain, HardRow, Kind, constant, normal
from verify.oracles.derivatives import Derivative, oracles_of, scaled_error

SMOOTH = Domain(
    shapes={"x": ("n",)}, draw={"x": normal()}, sizes=tuple({"n": n} for n in (1, 2, 3))
)
KINKED = Domain(
    shapes={"x": ("n",)},
    draw={"x": normal()},
    sizes=({"n": 3},),
    distance=lambda values: np.abs(values["x"]).min(axis=1),
    hard=(HardRow("x = 0", {"n": 3}, {"x": constant(0.0)}, Kind.KINK),),
)


def cubes(xp, x):
    return xp.sum(x**3, -1)


def hinge(xp, x):
    return xp.sum(xp.where(x > 0, x, 0 * x), -1)


CUBES = Derivative(cubes, "x")


def worst(oracle, batches, claimed):
    errors = [oracle.measure(batch, claimed(batch)) for batch in batches]
    return max(error.max() for error in errors if error is not None)


@pytest.mark.parametrize("oracle", oracles_of(CUBES), ids=lambda oracle: oracle.name)
def test_oracle_accepts_the_right_gradient(oracle):
    batches = SMOOTH.batches(30, seed=1)
    assert worst(oracle, batches, lambda batch: 3 * batch.values["x"] ** 2) <= oracle.tolerance


@pytest.mark.parametrize("oracle", oracles_of(CUBES), ids=lambda oracle: oracle.name)
@pytest.mark.parametrize("factor", [1.001, -1.0, 0.0], ids=["0.1 %", "sign", "zero"])
def test_oracle_refuses_a_wrong_gradient(oracle, factor):
    batches = SMOOTH.batches(30, seed=1)
    wrong = worst(oracle, batches, lambda batch: factor * 3 * batch.values["x"] ** 2)
    assert wrong > oracle.tolerance


@pytest.mark.parametrize("oracle", oracles_of(CUBES), ids=lambda oracle: oracle.name)
def test_nan_is_never_accepted(oracle):
    batches = SMOOTH.batches(30, seed=1)
    error = worst(oracle, batches, lambda batch: np.full_like(batch.values["x"], np.nan))
    assert not error <= oracle.tolerance


def test_at_a_kink_every_value_between_the_one_sided_derivatives_is_accepted():
    (oracle,) = [
        o for o in oracles_of(Derivative(hinge, "x", analytic=False)) if o.name == "one-sided"
    ]
    (kink,) = [b for b in KINKED.batches(10, seed=0) if b.kind is Kind.KINK]
    for value, right in ((0.0, True), (0.5, True), (1.0, True), (-0.1, False), (1.1, False)):
        claimed = np.full((len(kink), 3), value)
        assert bool(oracle.measure(kink, claimed).max() <= oracle.tolerance) is right


def test_ordinary_points_keep_their_distance_from_kinks():
    ordinary, _ = KINKED.batches(2000, seed=0)
    assert len(ordinary) >= 2000
    assert np.abs(ordinary.values["x"]).min() >= KINKED.margin


def test_scaled_error_is_absolute_for_small_values_and_relative_for_large_ones():
    right = np.array([[1e-3], [1e3]])
    np.testing.assert_allclose(scaled_error(right + 1e-6, right), [1e-6, 1e-9], rtol=1e-6)


def test_scaled_error_refuses_another_shape():
    with pytest.raises(ValueError, match=r"expected shape \(2, 1\), got \(1, 2\)"):
        scaled_error(np.zeros((1, 2)), np.zeros((2, 1)))


def test_points_are_the_same_for_the_same_seed_and_others_for_another():
    first, again, other = (
        Domain(SMOOTH.shapes, SMOOTH.draw, SMOOTH.sizes).batches(30, seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first[0].values["x"], again[0].values["x"])
    assert not np.array_equal(first[0].values["x"], other[0].values["x"])


def test_batch_at_replaces_some_values():
    batch = Batch("", {}, {"x": np.zeros(2), "y": np.ones(2)}, Kind.ORDINARY)
    moved = batch.at(x=np.full(2, 5.0))
    assert moved.values["x"].tolist() == [5, 5]
    assert batch.values["x"].tolist() == [0, 0]
    assert moved.values["y"] is batch.values["y"]
