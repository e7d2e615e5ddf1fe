"""Values at points, from the definitions."""

from itertools import islice
from random import Random

import pytest
from sympy import (
    Abs,
    Derivative,
    Integer,
    Integral,
    KroneckerDelta,
    Piecewise,
    Symbol,
    erf,
    exp,
    log,
    oo,
    pi,
    sign,
    sin,
    sqrt,
    tanh,
)

from derivations.notation import Expectation, Sum, array, index, sequence, size, time, total
from derivations.prover.evaluation import CONTEXT, UndefinedError, evaluate, holds, sample_points

n, t = size("n"), time("t")
i, j = index("i", n), index("j", n)
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
    Derivative(total(a[i] ** 3, i), a[j]): 3 / 16,
    Derivative(tanh(x), x): 1 - CONTEXT.tanh(0.5) ** 2,
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
    Derivative(Abs(x - Integer(1) / 2), x),
    Piecewise((1, x < 0)),
)


@pytest.mark.parametrize("expression", UNDEFINED, ids=map(str, UNDEFINED))
def test_what_has_no_value_says_so(expression):
    with pytest.raises(UndefinedError):
        evaluate(expression, POINT)


def test_an_unknown_function_is_named():
    with pytest.raises(TypeError, match="no rule for the value of"):
        evaluate(sin(x), POINT)


def test_an_expectation_is_the_mean_over_all_outcomes():
    point = {n: 2, i: 1, j: 2, a: {(1,): (-1, 1), (2,): (-3, 3)}}
    assert evaluate(Expectation(a[i] * a[j], a), point) == 0
    assert evaluate(Expectation(total(a[i], i) ** 2, a), point) == 10


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
