"""Values at points, from the definitions."""

from fractions import Fraction
from itertools import islice
from random import Random

import pytest
from sympy import (
    Abs,
    Derivative,
    Eq,
    Integer,
    Integral,
    KroneckerDelta,
    Piecewise,
    Symbol,
    acos,
    asin,
    atan2,
    erf,
    exp,
    expand,
    gamma,
    log,
    oo,
    pi,
    sign,
    sin,
    sqrt,
    tanh,
)

from derivations.notation import Expectation, Sum, array, index, sequence, size, time, total
from derivations.prover.facts import NOTHING
from derivations.prover.matrices.inverse import InverseEntry, IsLargest, SquareMatrix
from derivations.prover.needs import Need, Sign
from derivations.prover.points import evaluation
from derivations.prover.points.arithmetic import UndefinedError, decimals, intervals
from derivations.prover.points.drawing import holds, points_of, sample_points
from derivations.prover.points.evaluation import difference_at, evaluate, wrong_order_at

CONTEXT = decimals(40).context

n, t = size("n"), time("t")
i, j, k = index("i", n), index("j", n), index("k", t)
a, g = array("a", n), sequence("g")
x, p, s = Symbol("x", real=True), Symbol("p", positive=True), Symbol("s", nonnegative=True)
POINT = {n: 3, i: 2, j: 3, x: CONTEXT.mpf(0.5), a: {(1,): 1, (2,): -2, (3,): CONTEXT.mpf(0.25)}}

VALUES = {
    a[i] * x: -1,
    total(a[i], i): -0.75,
    Sum(a[i] * a[j], (i, 1, n), (j, 1, n)): 0.5625,
    Sum(a[i], (i, 1, n - 3)): 0,
    KroneckerDelta(i, j): 0,
    KroneckerDelta(i, j - 1): 1,
    Piecewise((1, x < 0), (2, x < 1), (3, True)): 2,
    sqrt(x**2) + Abs(a[i]) + sign(a[i]): 1.5,
    x ** (-2): 4,
    Integer(0) ** (n - 3): 1,
    IsLargest(SquareMatrix(a[i], i, j), i) + 2 * IsLargest(SquareMatrix(-a[i], i, j), i): 2,
    total(IsLargest(SquareMatrix(a[i] ** 2, i, j), i) * a[i], i): -2,
    Derivative(total(IsLargest(SquareMatrix(a[i], i, j), i) * a[i] ** 3, i), a[1]): 3,
    Derivative(total(a[i] ** 3, i), a[j]): 3 / 16,
    Derivative(tanh(x), x): 1 - CONTEXT.tanh(0.5) ** 2,
    Derivative(total(a[i] ** 3, i), a[j], a[j]): 3 / 2,
    Derivative(total(a[i], i) ** 3, a[i], a[j]): -9 / 2,
    sin(x) ** 2 + atan2(x, -x): CONTEXT.sin(0.5) ** 2 + CONTEXT.pi * 3 / 4,
    asin(x) + acos(x): CONTEXT.pi / 2,
    Integral(exp(-(x**2)), (x, -oo, oo)): CONTEXT.sqrt(+CONTEXT.pi),
    erf(x) + log(x) + pi: CONTEXT.erf(0.5) + CONTEXT.log(0.5) + CONTEXT.pi,
}


@pytest.mark.parametrize(("expression", "value"), VALUES.items(), ids=map(str, VALUES))
def test_a_value_is_that_of_the_definition(expression, value):
    assert abs(evaluate(expression, POINT) - value) < 1e-15


UNDEFINED = (
    1 / (x - Integer(1) / 2),
    log(a[i]),
    sqrt(a[i]),
    a[i + 2],
    IsLargest(SquareMatrix(a[i] ** 0, i, j), i),
    IsLargest(SquareMatrix(Abs(2 * a[i] + 1), i, j), i),
    IsLargest(SquareMatrix(a[i], i, j), i + 2),
    Derivative(Abs(x - Integer(1) / 2), x),
    Piecewise((1, x < 0)),
)


@pytest.mark.parametrize("expression", UNDEFINED, ids=map(str, UNDEFINED))
def test_what_has_no_value_says_so(expression):
    with pytest.raises(UndefinedError):
        evaluate(expression, POINT)


def test_an_unknown_function_has_no_value_and_is_named():
    with pytest.raises(UndefinedError, match="no rule for the value of gamma"):
        evaluate(gamma(x), POINT)


# --- certainty -----------------------------------------------------------------------------------

LARGE = {x: Fraction(10) ** 12, p: Fraction(1), g: {(1,): Fraction(1)}, t: 1}
CANCELS = ((x + p) ** 6 - expand((x + p) ** 6)) * 10**30
"""Zero, but 40 digits leave a large number of it."""


def test_what_rounding_alone_makes_different_is_no_difference():
    assert abs(evaluate(CANCELS + p, LARGE) - 1) > 1
    assert difference_at(CANCELS + p, p, LARGE) is None
    assert difference_at(CANCELS + p, p + 1, LARGE) is not None


def test_a_condition_that_rounding_decides_refutes_nothing():
    third = Fraction(1, 3)
    point = {a: {(1,): third, (2,): third, (3,): third}, n: 3, x: Fraction(1)}
    exactly = Piecewise((0, Eq(total(a[i], i), 1)), (x, True))
    assert difference_at(exactly, x, point) is None


def test_intervals_enclose_and_say_when_they_cannot_tell():
    on = intervals(30)
    third = on.real(Fraction(1, 3))
    assert third.delta > 0
    assert on.less(0, third)
    with pytest.raises(UndefinedError):
        on.equal(3 * third, 1)
    with pytest.raises(UndefinedError):
        on.power(-1, 3 * third)
    assert on.power(2, on.real(Fraction(1, 2))).delta < 1e-25
    assert on.whole(on.real(Fraction(6, 2))) == 3
    assert on.whole(third) is None


@pytest.mark.parametrize("arithmetic", [decimals(30), intervals(30)], ids=["decimals", "intervals"])
def test_division_and_powers_are_those_of_real_numbers(arithmetic):
    on = arithmetic
    assert on.less(on.power(3, -1) - on.real(Fraction(1, 3)), 1e-20)
    assert on.equal(on.power(0, 0), 1)
    assert on.equal(on.power(on.real(-2), 3), -8)
    for base, exponent in ((0, -1), (-1, Fraction(1, 2)), (0, Fraction(-1, 2))):
        with pytest.raises(UndefinedError):
            on.power(base, on.number(exponent))
    with pytest.raises(UndefinedError):
        on.log(0)
    with pytest.raises(UndefinedError):  # no memory holds the digits of the exponent
        on.power(2, on.exp(on.exp(on.real(30))))


def test_an_order_is_wrong_only_if_it_is_certainly_so():
    point = {x: Fraction(1, 2), p: Fraction(1, 2)}
    assert wrong_order_at(x, p, point, strict=True) is not None
    assert wrong_order_at(x, p, point, strict=False) is None
    assert wrong_order_at(x, p + 1, point, strict=False) is not None
    assert wrong_order_at(CANCELS + p, p, LARGE, strict=False) is None


def test_an_expectation_is_the_mean_over_all_outcomes():
    point = {n: 2, i: 1, j: 2, a: {(1,): (-1, 1), (2,): (-3, 3)}}
    assert evaluate(Expectation(a[i] * a[j], a), point) == 0
    assert evaluate(Expectation(total(a[i], i) ** 2, a), point) == 10


def test_each_entry_of_an_inverse_is_computed_once_at_a_point_and_anew_at_another(monkeypatch):
    rows: list = []
    minors = evaluation._determinant
    monkeypatch.setattr(evaluation, "_determinant", lambda left: rows.append(left) or minors(left))
    matrix = SquareMatrix(a[i] * a[j] + KroneckerDelta(i, j), i, j)
    r, c, m = (index(name, n) for name in "rcm")
    squared = total(InverseEntry(matrix, r, m) * InverseEntry(matrix, m, c) * a[r] * a[c], r, m, c)
    for last in (CONTEXT.mpf(0.25), CONTEXT.mpf(2)):
        square = 5 + last**2  # of the length of a; a @ inv(1 + a a') = a/(1 + a'a)
        point = POINT | {a: {(1,): 1, (2,): -2, (3,): last}}
        assert abs(evaluate(squared, point) - square / (1 + square) ** 2) < 1e-30
    whole = [left for left in rows if len(left) == 3]
    assert len(whole) == 2


def test_points_respect_the_assumptions_of_symbols():
    for point in islice(sample_points([x + p + s + a[i] + g[t]], Random(0)), 40):
        assert point[p] > 0
        assert point[s] >= 0
        assert point[n] >= 1
        assert point[t] >= 0
        assert 1 <= point[i] <= point[n]
        assert set(point[a]) == {(place,) for place in range(1, point[n] + 1)}
        assert (point[t],) in point[g]


def test_a_condition_holds_for_every_place_of_its_indices():
    assert holds(Abs(a[i]) < 3, POINT)
    assert not holds(a[i] < 1, POINT)


def test_a_need_holds_for_every_place_of_its_own_indices():
    every = Sum(g[k], (k, 1, t))
    points = points_of([every, 2 * every], NOTHING, needs=(Need(g[k], Sign.POSITIVE),))
    for point in islice(points, 5):
        assert all(value > 0 for (place,), value in point[g].items() if 1 <= place <= point[t])
