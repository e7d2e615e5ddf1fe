"""At a kink every subgradient is right and nothing else; a sharp bend is no kink."""

import jax.numpy as jnp
import numpy as np
import pytest
import torch

from verify import check_gradient
from verify.gradients.verdict.kinks import nearest_in_hull


def judged(function, claimed, x, **options):
    return check_gradient(
        function, lambda x: np.asarray(claimed, dtype=float), np.asarray(x), **options
    )


MAXIMA = {"numpy": np.max, "jax": jnp.max, "torch": torch.max}


@pytest.mark.parametrize("library", MAXIMA)
@pytest.mark.parametrize(
    ("claimed", "right"),
    [
        ([1, 0, 0], True),
        ([0.5, 0.5, 0], True),
        ([0.3, 0.7, 0], True),
        ([1, 1, 0], False),
        ([0, 0, 0], False),
        ([0.5, 0.4, 0], False),
        ([0.5, 0.5, 0.1], False),
        ([2, -1, 0], False),
    ],
)
def test_at_a_tie_a_subgradient_of_the_maximum_sums_to_one(library, claimed, right):
    report = judged(MAXIMA[library], claimed, [1.0, 1.0, 0.0], library=library)
    assert report.passed is right, str(report)


@pytest.mark.parametrize(
    ("claimed", "right"), [([1, 0], False), ([1, 1], True), ([0.2, 0.2], True)]
)
def test_entries_that_meet_in_one_kink_are_judged_together(claimed, right):
    report = judged(lambda x: np.maximum(x[0] + x[1], 0), claimed, [0.0, 0.0])
    assert report.passed is right, str(report)


@pytest.mark.parametrize(
    ("claimed", "right"),
    [
        ([1, 1, 1, 1], False),
        ([0.5, 0.5, 0.5, 0.5], True),
        ([0, 0, 0, 0], True),
        ([0.8, 0.7, 0.2, 0], False),
    ],
)
def test_the_subgradients_of_a_norm_at_zero_have_length_one_at_most(claimed, right):
    report = judged(np.linalg.norm, np.array(claimed) * 0.999, np.zeros(4))
    assert report.passed is right, str(report)


def test_many_kinks_at_once_are_each_entry_s_own():
    n = 12
    claimed = np.linspace(-1, 1, n)
    assert judged(lambda x: np.abs(x).sum(), claimed, np.zeros(n)).passed
    claimed[3] = 1.1
    assert not judged(lambda x: np.abs(x).sum(), claimed, np.zeros(n)).passed


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("fault", [0, 0.1])
def test_ties_of_entries_far_from_equal_are_judged_together(library, fault):
    """The first of each pair is taken: a step shows it only if every pair is moved so."""
    maximum = {"numpy": np.maximum, "torch": torch.maximum}[library]
    x = np.repeat(np.logspace(0, -3, 20), 2)
    first = np.tile([1.0, 0.0], 20)
    first[10] += fault
    report = judged(lambda x: maximum(x[::2], x[1::2]).sum(), first, x, library=library)
    assert report.passed is (fault == 0), str(report)
    assert not any("float32" in note for note in report.notes)


def test_a_concave_kink_and_a_saddle_have_subgradients_too():
    for claimed, right in [([0.5, -0.5], True), ([1.2, 0], False)]:
        assert judged(lambda x: -np.abs(x).sum(), claimed, [0.0, 0.0]).passed is right
        assert judged(lambda x: abs(x[0]) - abs(x[1]), claimed, [0.0, 0.0]).passed is right


def soft_abs(x):
    return (x**2 + 1e-12) ** 0.5


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_a_smooth_function_that_bends_sharply_has_one_gradient(library):
    for claimed, right in [(0.0, True), (0.9, False), (-0.5, False)]:
        assert judged(lambda x: soft_abs(x), claimed, 0.0, library=library).passed is right


def test_a_sharp_softplus_has_one_gradient():
    slope = 1 / (1 + np.exp(-0.1))

    def by_torch(x):
        return torch.nn.functional.softplus(1e6 * x) / 1e6

    def by_numpy(x):
        return np.logaddexp(0, 1e6 * np.real(x)) / 1e6

    for function in (by_torch, by_numpy):
        assert judged(function, slope, 1e-7).passed
        assert not judged(function, 0.9, 1e-7).passed


@pytest.mark.parametrize("x", [-1e-8, -1e-7, -1e-6, -3e-6, -1e-5, 1e-8, 1e-7, 1e-6, 1e-5])
@pytest.mark.parametrize("relu", [lambda x: np.maximum(x, 0).sum(), lambda x: torch.relu(x).sum()])
def test_close_to_a_kink_only_the_right_side_is_right(relu, x):
    at = np.full(3, x)
    right = np.full(3, float(x > 0))
    assert judged(relu, right, at).passed
    assert not judged(relu, 1 - right, at).passed
    assert not judged(relu, np.full(3, 0.5), at).passed


@pytest.mark.parametrize("distance", [-1e-1, -1e-4, -1e-8, 1e-8, 1e-6, 1e-4, 3e-3, 1e-2, 1e-1])
@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (lambda x: np.clip(x, -1, 1), lambda x: x < 1),
        (lambda m: np.maximum(0, 10 - 10 * m) + 3, lambda m: -10 * (m < 1)),
    ],
)
def test_beside_a_plateau_that_ends_in_a_kink_a_value_has_no_noise(function, slope, distance):
    at = np.array([1 + distance, 0.3])
    right, other = slope(at), slope(np.array([1 - distance, 0.3]))
    for shown in (slice(1), slice(2)):
        x, gradient = at[shown], np.diag(1.0 * right[shown])
        assert judged(function, gradient, x).passed
        assert not judged(function, np.diag(1.0 * other[shown]), x).passed


@pytest.mark.parametrize("distance", [1e-7, 1e-6, 1e-5, 1e-3, 3e-2])
def test_beside_a_plateau_of_a_function_in_float32_the_right_side_is_right(distance):
    report = judged(lambda x: np.clip(x.astype(np.float32), -1, 1), [[0.0]], [1 + distance])
    assert report.passed, str(report)


@pytest.mark.parametrize("library", MAXIMA)
def test_a_near_tie_is_none(library):
    x = [1.0, 1 - 1e-9, 0.0]
    assert judged(MAXIMA[library], [1, 0, 0], x, library=library).passed
    assert not judged(MAXIMA[library], [0, 1, 0], x, library=library).passed
    assert not judged(MAXIMA[library], [0.5, 0.5, 0], x, library=library).passed


def test_a_point_where_the_function_is_smooth_is_no_kink_though_its_code_branches():
    mask = np.array([1.0, 0, 1, 1])
    report = judged(lambda x: (2 * mask * x).sum(), np.where(mask == 0, 1.0, 2.0), np.zeros(4))
    assert not report.passed


def test_a_kink_is_counted():
    report = judged(lambda x: np.abs(x).sum(), [0.3, 1.0], [0.0, 1.0])
    assert report.passed
    assert report.kinks == 1
    assert "1 of them kinks" in str(report)


def test_outputs_at_kinks_are_judged_row_by_row():
    at = np.array([0.0, 1.0, 0.0])
    relu = lambda x: np.maximum(x, 0)  # noqa: E731
    assert judged(relu, np.diag([0.0, 1.0, 1.0]), at).passed
    assert not judged(relu, np.diag([0.0, 1.0, 1.2]), at).passed


@pytest.mark.parametrize("relative", [3e-7, 1e-6, 1e-5])
def test_a_bend_excuses_no_fault_where_several_outputs_are_off(relative):
    def swish(x):
        return x / (1 + np.exp(-x))

    def jacobian(x):
        y = 1 / (1 + np.exp(-x))
        return np.diag(y + x * y * (1 - y)) * (1 + relative)

    report = check_gradient(swish, jacobian, (4,), method="differences")
    assert len(report.mismatches) == 4 * 20
    assert report.kinks == 0


def test_the_nearest_point_of_a_hull():
    corners = np.array([[0.0, 0], [1, 0], [0, 1]])
    np.testing.assert_allclose(nearest_in_hull(corners, np.array([1.0, 1])), [0.5, 0.5])
    np.testing.assert_allclose(nearest_in_hull(corners, np.array([0.2, 0.3])), [0.2, 0.3])
    np.testing.assert_allclose(nearest_in_hull(corners, np.array([-1.0, -2])), [0, 0], atol=1e-12)


@pytest.mark.parametrize("distance", [1e-9, 1e-8, 1e-7])
def test_the_kink_of_one_entry_excuses_no_fault_in_another_one(distance):
    """So near, differences step across it; the other entry's slope bends there, and has no kink."""
    beside = lambda x: np.maximum(x[0] - 1, 0) + np.sum(x**2)  # noqa: E731
    x = np.array([1 + distance, 0.3, 2.0])
    right = np.array([3.0, 0.6, 4.0])
    assert judged(beside, right, x).passed
    report = judged(beside, [3.0, 0.6, 4.0 + 4e-6], x)
    assert {m.entry for m in report.mismatches} == {"x[2]"}


def test_the_nearest_point_of_a_hull_of_many_points_is_found_however_long_it_takes():
    """A search of this one needs more steps than SciPy takes by default."""
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=(2, 30))
    slope = weights * (1 + 1.5 * np.abs(x) ** 0.5 * np.sign(x))
    slope[17] *= 1 + 1e-6
    report = judged(lambda x: np.sum(weights * (x + np.abs(x) ** 1.5)), slope, x)
    assert {m.entry for m in report.mismatches} == {"x[17]"}
