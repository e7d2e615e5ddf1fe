import pytest
from sympy import Abs, Max, Piecewise, Symbol, exp, nan, sign, zoo

from derivations.notation import Sum, array, index, sequence, size, total
from derivations.prover.regions import is_undefined, vanishes_in_regions

x, y = Symbol("x", real=True), Symbol("y", real=True)
p = Symbol("p", positive=True)
n = size("n")
i, k = index("i", n), index("k", n)
a, b = array("a", n), array("b", n)
relu = Piecewise((x, x > 0), (0, True))

ZERO = {
    "absolute value": Abs(x) - x * sign(x),
    "relu": relu - (x + Abs(x)) / 2,
    "maximum": Max(x, y) - (x + y + Abs(x - y)) / 2,
    "equality on a line": Piecewise((y, x >= y), (x, True)) - Piecewise((y, x > y), (x, True)),
    "known sign": Piecewise((1, p > 0), (0, True)) - 1,
    "quotient in a condition": Piecewise((1, p / Abs(x) >= 1), (0, True)) * x
    - Piecewise((x, Abs(x) <= p), (0, True)),
    "inside a sum": total(Abs(a[k]) * b[k], k)
    - total(Piecewise((a[k], a[k] > 0), (-a[k], True)) * b[k], k),
    "impossible region": Piecewise((1, (x > 1) & (x < -1)), (0, True)),
}  # fmt: skip
double = x + Abs(x)  # 0 for x <= 0
gap = Abs(x) + Abs(x - p) - p  # 0 for 0 <= x <= p
NOT_ZERO = {
    "wrong where a condition not reached has no value": (
        Piecewise(
            (x + 1, (x < 0) & (y < 0)), (Piecewise((x, p / double >= 0), (x + 2, True)), True)
        )
        - x
    ),
    "wrong where a branch not taken has no value": (
        Piecewise((x + 1, (x < 0) & (y < 0)), ((x * double + double) / double - 1, True)) - x
    ),
    "wrong on a strip where a branch not taken has no value": (
        Piecewise((x + 1, (x > 0) & (x < p) & (y < 0)), ((x * gap + gap) / gap - 1, True)) - x
    ),
    "another branch": relu - Abs(x),
    "right but at one point": Piecewise((1, x > 0), (0, True)) - Piecewise((1, x >= 0), (0, True)),
    "right but on a half line": Abs(x) - x,
    "inside a sum": total(Abs(a[k]) - a[k], k),
    "a small slope": relu - 1.0001 * relu,
    "condition on a sum's own index": Sum(Piecewise((1, a[k] > 0), (0, True)), (k, 1, n)) - n,
    "zero where all entries have one sign": (
        Sum(Piecewise((1, a[k] >= 0), (-1, True)), (k, 1, n)) ** 2 - n**2
    ),
}


@pytest.mark.parametrize("name", ZERO)
def test_what_is_zero_is_proved(name):
    assert vanishes_in_regions(ZERO[name])[0]


@pytest.mark.parametrize("name", NOT_ZERO)
def test_what_is_not_zero_is_never_proved(name):
    assert not vanishes_in_regions(NOT_ZERO[name])[0]


def test_where_an_expression_has_no_value_it_is_proved_for_the_rest():
    clipped = x * Piecewise((1, p / Abs(x) >= 1), (0, True))  # 1/0 in the condition at x = 0
    inside = x * Piecewise((1, Abs(x) <= p), (0, True))
    assert vanishes_in_regions(clipped - inside) == (True, False)
    assert vanishes_in_regions(inside - inside.subs(x, -x) * -1) == (True, True)


def test_nothing_is_proved_of_what_has_no_value_anywhere():
    assert not vanishes_in_regions(Piecewise((zoo, x > 0), (nan, True)))[0]


def test_undefined_means_infinity_or_zero_over_zero_but_not_a_sequence_without_end():
    assert is_undefined(1 + 2 * exp(x + zoo))
    assert not is_undefined(sequence("g")[k] + x)
