import pytest
from sympy import Abs, IndexedBase, KroneckerDelta, Piecewise, Symbol, exp, nan, sign, zoo

from derivations.notation import Sum, array, index, sequence, size, time, total
from derivations.prover.needs import Sign
from derivations.prover.normal_form import is_zero, normal_form
from derivations.prover.prove import prove
from derivations.prover.regions import Given, has_sign, is_undefined, vanishes

x, y = Symbol("x", real=True), Symbol("y", real=True)
p, q = Symbol("p", positive=True), Symbol("q", negative=True)
below = IndexedBase(Symbol("below", negative=True), shape=(size("n"),))
n = size("n")
t = time("t")
i, j, k = index("i", n), index("j", n), index("k", n)
a, b = array("a", n), array("b", n)
RULES = Given(normal_form, is_zero)
relu = Piecewise((x, x > 0), (0, True))


def before(first, second):
    """1 where one index comes before another, else 0."""
    return Piecewise((1, second - first >= 1), (0, True))


ZERO = {
    "absolute value": Abs(x) - x * sign(x),
    "relu": relu - (x + Abs(x)) / 2,
    "equality on a line": Piecewise((y, x >= y), (x, True)) - Piecewise((y, x > y), (x, True)),
    "known sign": Piecewise((1, p > 0), (0, True)) - 1,
    "inside a sum": total(Abs(a[k]) * b[k], k)
    - total(Piecewise((a[k], a[k] > 0), (-a[k], True)) * b[k], k),
    "of two indices one is before the other or they are one": (
        before(i, k) + before(k, i) + KroneckerDelta(i, k) - 1
    ),
    "at one index two are the same": (1 - before(i, k) - before(k, i)) * (a[i] - a[k]),
    "a term of a sum at its own place": (
        total(before(i, k) * a[k], k) + total(before(k, i) * a[k], k) + a[i] - total(a[k], k)
    ),
    "a delta in each branch, one of which may lack a value": (
        total(
            Piecewise((KroneckerDelta(i, k) / a[k], b[k] > 0), (KroneckerDelta(i, k) * x, True)), k
        )
        - Piecewise((1 / a[i], b[i] > 0), (x, True))
    ),
    "a delta in one branch, beside 0": (
        total(Piecewise((KroneckerDelta(i, k) / a[k], b[k] > 0), (0, True)), k)
        - Piecewise((1 / a[i], b[i] > 0), (0, True))
    ),
    "impossible region": Piecewise((1, (x > 1) & (x < -1)), (0, True)),
    "above what is positive and below what is negative": Piecewise(
        (1, (x > p) & (x < q)), (1, (x > p) & (x < below[i])), (0, True)
    ),
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
    "right but where two indices are one": before(i, k) + before(k, i) - 1,
    "right but beside a third index": (1 - before(i, k) - before(k, i)) * (a[i] - a[j]),
    "a term of a sum at another place": (
        total(before(i, k) * a[k], k) + total(before(k, i) * a[k], k) + a[j] - total(a[k], k)
    ),
    "a number is less than 1 beyond 0": (
        Piecewise((1, x - y >= 1), (0, True)) - Piecewise((1, x - y > 0), (0, True))
    ),
    "between what is negative and what is positive": Piecewise(
        (1, (x > q) & (x < p) & (x > below[i])), (0, True)
    ),
    "another branch": relu - Abs(x),
    "a delta in one branch alone": (
        total(Piecewise((KroneckerDelta(i, k) / a[k], b[k] > 0), (x, True)), k)
        - Piecewise((1 / a[i], b[i] > 0), (x, True))
    ),
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
    assert vanishes(ZERO[name], RULES)


@pytest.mark.parametrize("name", NOT_ZERO)
def test_what_is_not_zero_is_never_proved(name):
    assert not vanishes(NOT_ZERO[name], RULES)


def test_where_an_expression_has_no_value_it_is_proved_for_the_rest():
    clipped = x * Piecewise((1, p / Abs(x) >= 1), (0, True))  # 1/0 in the condition at x = 0
    inside = x * Piecewise((1, Abs(x) <= p), (0, True))
    assert [need.quantity for need in prove(clipped, inside).scope.gaps] == [Abs(x)]
    assert not prove(inside, -inside.subs(x, -x)).scope.gaps


def test_nothing_is_proved_of_what_has_no_value_anywhere():
    assert not vanishes(Piecewise((zoo, x > 0), (nan, True)), RULES)


def test_a_name_that_a_sum_binds_is_not_the_free_one():
    same = Sum(Abs(a[k]), (k, 1, n)) * Abs(a[k])
    assert not vanishes(same - Sum(a[k], (k, 1, n)) * a[k], RULES)


HAVE_SIGNS = {
    "a square": ((x - y) ** 2, Sign.NONNEGATIVE),
    "by regions": (Abs(x) - x, Sign.NONNEGATIVE),
    "inside a sum": (total((Abs(a[k]) - a[k]) * b[k] ** 2, k), Sign.NONNEGATIVE),
    "a quotient": (p / (p + Abs(x)), Sign.POSITIVE),
    "an exponential of what is not positive": (1 - exp(-p), Sign.NONNEGATIVE),
    "not a sign but not zero": (exp(x) * (p + x**2), Sign.NONZERO),
    "indicators do not exceed one": (1 - Piecewise((1, a[k] > 0), (0, True)), Sign.NONNEGATIVE),
}
HAVE_NO_SIGN = {
    "zero": (x**2, Sign.POSITIVE),
    "a difference": (x**2 - 2 * x, Sign.NONNEGATIVE),
    "a sum that may be empty": (Sum(p, (k, 1, t)), Sign.POSITIVE),
    "a part of the line": (Abs(x) - p, Sign.NONNEGATIVE),
    "one branch": (Piecewise((1, x > 0), (-1, True)), Sign.NONNEGATIVE),
}


@pytest.mark.parametrize("name", HAVE_SIGNS)
def test_a_sign_is_proved(name):
    assert has_sign(*HAVE_SIGNS[name], RULES)


@pytest.mark.parametrize("name", HAVE_NO_SIGN)
def test_a_sign_that_does_not_hold_is_never_proved(name):
    assert not has_sign(*HAVE_NO_SIGN[name], RULES)


def test_undefined_means_infinity_or_zero_over_zero_but_not_a_sequence_without_end():
    assert is_undefined(1 + 2 * exp(x + zoo))
    assert not is_undefined(sequence("g")[k] + x)
