"""Claims that are seen to be right in groups: what must not get through, and what it costs."""

import jax.numpy as jnp
import numpy as np
import pytest
import torch

from verify import check_gradient, simplex

C = np.logspace(-12, 12, 9)
RNG = np.random.default_rng(8)
Q = RNG.normal(size=(4, 4))


def counted(function):
    """The function, and a list that grows with each call."""
    calls = []

    def counting(x):
        calls.append(1)
        return function(x)

    return counting, calls


def of_many_scales(x):
    return np.sum(C * x**2)


@pytest.mark.parametrize("place", range(C.size))
def test_a_fault_in_an_entry_of_any_scale_is_seen(place):
    def wrong(x):
        g = 2 * C * x
        g[place] *= 1 + 1e-6
        return g

    at = RNG.normal(size=C.size)
    report = check_gradient(of_many_scales, wrong, at)
    assert {m.entry for m in report.mismatches} == {f"x[{place}]"}
    assert check_gradient(of_many_scales, lambda x: 2 * C * x, at).passed


@pytest.mark.parametrize("small", [1e-3, 1e-6, 1e-9, 1e-12])
def test_a_small_slope_that_is_claimed_to_be_0_is_seen(small):
    weights = np.array([1.0, small, -2.0])
    claimed = weights * [1, 0, 1]
    at = np.array([0.3, -0.8, 0.5])
    report = check_gradient(lambda x: weights @ np.sin(x), lambda x: claimed * np.cos(x), at)
    assert {m.entry for m in report.mismatches} == {"x[1]"}


@pytest.mark.parametrize("tiny", [1e-6, 1e-9, 1e-200])
def test_a_slope_that_only_steps_of_the_others_see_is_not_0(tiny):
    x = np.array([tiny, 1.0, 0.7])
    function = lambda x: 1e6 + np.sum(np.sin(x))  # noqa: E731
    assert check_gradient(function, np.cos, x).passed
    report = check_gradient(function, lambda x: np.cos(x) * [0, 1, 1], x)
    assert "x[0]" in {m.entry for m in report.mismatches}


def test_a_slope_that_only_the_shortest_steps_see_is_not_0():
    """Farther off, the values are what they are here: 0."""
    bump = lambda x: ((x - 1) * torch.exp(-(((x - 1) / 1e-4) ** 2))).sum()  # noqa: E731
    x = torch.ones(2, dtype=torch.float64)
    assert check_gradient(bump, lambda x: x**0, x, method="differences").passed
    assert not check_gradient(bump, lambda x: 0 * x, x, method="differences").passed


@pytest.mark.parametrize("shares", [(1, -1), (1, 1), (1, -0.5)])
def test_faults_that_could_cancel_are_seen(shares):
    def wrong(x):
        g = 2 * x
        g[:2] += 1e-6 * np.array(shares)
        return g

    for seed in range(20):
        report = check_gradient(lambda x: x @ x, wrong, np.array([1.0, 1.0, 2.0]), seed=seed)
        assert {m.entry for m in report.mismatches} == {"x[0]", "x[1]"}


@pytest.mark.parametrize("distance", [0.0, 1e-9, 1e-6, 1e-3])
@pytest.mark.parametrize("side", [1, -1])
def test_the_mean_of_two_slopes_is_wrong_beside_a_kink(distance, side):
    """On the kink itself it is a subgradient; so near that values cannot tell, it passes, too."""
    bend = lambda x: np.sum(np.abs(x - 1) + x)  # noqa: E731
    x = np.array([1 + side * distance, 1.5])
    assert check_gradient(bend, lambda x: 1 + np.sign(x - 1), x).passed
    mean = check_gradient(bend, lambda x: [1.0, 2.0], x)
    assert mean.passed == (distance == 0), str(mean)
    assert not check_gradient(bend, lambda x: [2.5, 2.0], x).passed


def huber(x):
    return jnp.where(jnp.abs(x) <= 1.5, x**2 / 2, 1.5 * jnp.abs(x) - 1.125).sum()


def test_a_bend_does_not_excuse_a_fault_as_rounding():
    """On the border of two pieces whose slopes meet, autodiff bends as one moves to either side."""
    right = lambda x: np.clip(x, -1.5, 1.5)  # noqa: E731
    at = np.array([-1.5])
    assert check_gradient(huber, right, at).passed
    assert not check_gradient(huber, lambda x: right(x) * (1 + 1e-6), at).passed


def test_one_entry_of_a_jacobian_is_seen():
    function = lambda x: np.tanh(Q @ x)  # noqa: E731
    right = lambda x: (1 - np.tanh(Q @ x) ** 2)[:, None] * Q  # noqa: E731
    for place in np.ndindex(4, 4):

        def wrong(x, place=place):
            J = right(x)
            J[place] *= 1 + 1e-6
            return J

        report = check_gradient(function, wrong, {"x": (4,)}, points=3)
        assert {m.number for m in report.mismatches} == {0, 1, 2}


def test_a_right_gradient_of_exact_code_costs_few_calls():
    for function, gradient, at in [
        (lambda x: np.sum(np.sin(x)), np.cos, {"x": (30,)}),
        (lambda x: np.exp(Q @ x), lambda x: np.exp(Q @ x)[:, None] * Q, {"x": (4,)}),
        (lambda p: -np.sum(p * np.log(p)), lambda p: -np.log(p) - 1, {"p": simplex(4)}),
    ]:
        counting, calls = counted(function)
        assert check_gradient(counting, gradient, at, points=20).passed
        assert len(calls) <= 20 * 25


A = np.random.default_rng(5).normal(size=3000)
AT = np.random.default_rng(6).normal(size=3000)


def of_many_entries(x):
    """A sum so large that its rounding hides a fault of its smaller entries from differences."""
    return np.sum(np.log1p(np.exp(-A * x)))


def right(x):
    return -A / (1 + np.exp(A * x))


def test_a_right_gradient_of_many_entries_costs_few_calls():
    counting, calls = counted(of_many_entries)
    assert check_gradient(counting, right, AT, points=1).passed
    assert len(calls) <= 600


@pytest.mark.parametrize("places", [[77], [0, 2999], list(range(40, 60))])
def test_faults_in_a_few_of_many_entries_are_found_by_halves(places):
    def wrong(x):
        g = right(x)
        g[places] *= 1 + 1e-6
        return g

    counting, calls = counted(of_many_entries)
    report = check_gradient(counting, wrong, AT, points=1)
    assert {m.entry for m in report.mismatches} == {f"x[{place}]" for place in places}
    assert len(calls) <= 3000


def test_faults_in_all_of_many_entries_are_found():
    few = A[:300]
    report = check_gradient(
        lambda x: np.sum(np.log1p(np.exp(-few * x))),
        lambda x: few / (1 + np.exp(few * x)),
        AT[:300],
        points=1,
    )
    assert len(report.mismatches) == 300
    assert "the sign" in str(report)


@pytest.mark.parametrize("lost", [1.0, 1e-3, 1e-6])
def test_what_a_complex_step_loses_is_seen_by_differences(lost):
    """It sees no slope of |x|, and the claim has none either."""
    bent = lambda x: A[:100] @ (x + lost * np.abs(x))  # noqa: E731
    x = AT[:100]
    assert check_gradient(bent, lambda x: A[:100] * (1 + lost * np.sign(x)), x, points=1).passed
    assert not check_gradient(bent, lambda x: A[:100], x, points=1).passed


@pytest.mark.parametrize("fault", [0.0, 1e-6, 1.0])
def test_where_a_library_knows_all_of_very_many_entries_groups_are_not_asked(fault):
    n = 100_000
    weights, x = torch.randn((2, n), dtype=torch.float64, generator=torch.manual_seed(0))
    counting, calls = counted(lambda x: (x * weights).sin().sum() / n)
    report = check_gradient(
        counting, lambda x: (1 + fault) * weights * (x * weights).cos() / n, x, library="torch"
    )
    assert report.passed is (fault == 0), report.headline
    assert len(calls) <= 300
