"""Proved only by rules, refuted only by a point, undecided otherwise."""

from itertools import islice
from random import Random

import pytest
from hypothesis import given, settings
from index_expressions import expressions
from sympy import (
    Abs,
    Add,
    And,
    Derivative,
    Eq,
    Integer,
    KroneckerDelta,
    Piecewise,
    Symbol,
    cosh,
    exp,
    log,
    sign,
    sin,
    sinh,
    tan,
    tanh,
)

from derivations.entries import as_matrix
from derivations.notation import (
    Sum,
    array,
    index,
    indicator,
    sequence,
    size,
    time,
    total,
)
from derivations.prover.facts import Assuming, Definition, Normalised
from derivations.prover.needs import Need, Sign
from derivations.prover.points.arithmetic import UndefinedError
from derivations.prover.points.counterexamples import find_counterexample, short
from derivations.prover.points.drawing import sample_points
from derivations.prover.points.evaluation import evaluate
from derivations.prover.proof import Proof, Scope, Verdict, Warrant
from derivations.prover.prove import prove
from derivations.prover.words import scope_to_latex, scope_to_text, sizes_of
from verify.checking.faults import mutants

n, m, t = size("n"), size("m"), time("t")
i, j, k = index("i", n), index("j", n), index("k", n)
step = index("k", t)
a, b, r, y = array("a", n), array("b", n), array("r", n), array("y", n, positive=True)
M = array("M", n, n)
g = sequence("g")
x, p, s = Symbol("x", real=True), Symbol("p", positive=True), Symbol("s", nonnegative=True)


# --- equality ------------------------------------------------------------------------------------

PROVED = {
    "a binomial": ((x + p) ** 2, x**2 + 2 * p * x + p**2, Assuming()),
    "a sum of products": (total(a[i] * b[j], i, j), total(a[i], i) * total(b[i], i), Assuming()),
    "by a fact": (total(y[i] * (x + 1), i), x + 1, Assuming(facts=(Normalised(y),))),
    "by regions": (Abs(x), Piecewise((x, x > 0), (-x, True)), Assuming()),
    "by regions in each term": (total(Abs(r[i]) ** 2, i), total(r[i] ** 2, i), Assuming()),
    "by a definition": (x + p, 2 * p, Assuming(definitions=(Definition(x, p),))),
    "of a derivative": (log(Derivative(a[i], a[i]) + 1), log(Integer(2)), Assuming()),
    "under a condition": (Abs(x), x, Assuming(provided=x > 0)),
    "under a condition on every entry": (
        total(Abs(r[i]) * b[i], i), total(r[i] * b[i], i), Assuming(provided=r[i] > 0),
    ),
    "under a condition on what is defined": (
        total(Abs(r[i]) * b[i], i),
        total(r[i] * b[i], i),
        Assuming(definitions=(Definition(r[i], a[i] - b[i]),), provided=r[i] > 0),
    ),
    "two entries at once": (Abs(r[i]) * Abs(r[j]), Abs(r[i] * r[j]), Assuming()),
    "equal indices": (
        Piecewise((a[i], Eq(i, j)), (b[j] - b[i] + a[j], True)) - a[j],
        Piecewise((0, Eq(i, j)), (b[j] - b[i], True)),
        Assuming(),
    ),
    "a hyperbolic tangent": (tanh(x), 1 - 2 / (1 + exp(2 * x)), Assuming()),
    "hyperbolic functions": (total(cosh(a[i]) ** 2, i), total(1 + sinh(a[i]) ** 2, i), Assuming()),
    "tangents and double angles": (sin(2 * x) * (1 + tan(x) ** 2), 2 * tan(x), Assuming()),
    "an exponent above a bound": (
        Abs(x) ** (p - 1) * Abs(x), Abs(x) ** p, Assuming(provided=p > 1),
    ),
    "powers of what must be positive": (x ** (a[i] + 1) / x, x ** a[i], Assuming()),
    "powers of what may be 0": (
        total(a[i] ** 2, i) ** (x - 1) * total(a[i] ** 2, i), total(a[i] ** 2, i) ** x, Assuming(),
    ),
    "a power over what may be 0": (
        total(a[i] ** 2, i) ** x / total(a[i] ** 2, i), total(a[i] ** 2, i) ** (x - 1), Assuming(),
    ),
    "a power of a base that may be 0": (
        total(s ** (t + 1 - step) * g[step], step), s * total(s ** (t - step) * g[step], step),
        Assuming(),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("left", "right", "assuming"), PROVED.values(), ids=PROVED)
def test_what_holds_is_proved(left, right, assuming):
    assert prove(left, right, assuming).verdict is Verdict.PROVED


REFUTED = {
    "a sign": (x, -x, Assuming()),
    "a double angle": (sin(2 * x), 2 * sin(x), Assuming()),
    "a hyperbolic function": (cosh(x) ** 2, 1 - sinh(x) ** 2, Assuming()),
    "a power of what may be 0": (
        total(a[i] ** 2, i) ** (x - 1), total(a[i] ** 2, i) ** x, Assuming(),
    ),
    "a power where it is positive": (x ** a[i], x ** (2 * a[i]), Assuming()),
    "above a bound": (Abs(p - 2), p - 2, Assuming(provided=p > 1)),
    "a trace": (total(M[k, k], k), Integer(1), Assuming(facts=(Normalised(M),))),
    "an index": (a[i], a[j], Assuming()),
    "the border of a case": (indicator(x <= 0), indicator(x < 0), Assuming()),
    "one sign of three": (Abs(x), x, Assuming()),
    "two entries at once": (Abs(r[i]) * Abs(r[j]), r[i] * r[j], Assuming()),
    "a sum of entries": (total(r[i], i) ** 2, total(Abs(r[i]), i) ** 2, Assuming()),
    "a condition on another array": (
        total(Abs(r[i]), i), total(r[i], i), Assuming(provided=a[i] > 0),
    ),
    "where a sum is empty": (Sum(1 / t, (step, 1, t)), Integer(1), Assuming()),
    "a derivative": (Derivative(total(a[k] ** 2, k), a[j]), a[j], Assuming()),
    "a derivative whose name a sum binds": (
        Derivative(total(exp(a[j]), j), a[j]), total(exp(a[j]), j), Assuming(),
    ),
    "under a condition": (Abs(x), -x, Assuming(provided=x > 0)),
    "a wrong definition": (x, p, Assuming(definitions=(Definition(x, 2 * p),))),
}  # fmt: skip


@pytest.mark.parametrize(("left", "right", "assuming"), REFUTED.values(), ids=REFUTED)
def test_what_is_false_is_refuted_by_a_point(left, right, assuming):
    proof = prove(left, right, assuming)
    assert proof.verdict is Verdict.REFUTED
    assert proof.counterexample is not None
    assert abs(proof.counterexample.left - proof.counterexample.right) > 1e-18


UNDECIDED = {
    "a condition that nothing meets": (x, -x, Assuming(provided=And(x > 0, x < 0))),
    "what is defined nowhere": (log(-p), Integer(3), Assuming()),
    "0 that a difference quotient misses": (
        log(Derivative(a[i], a[i]) - 1), log(Integer(2)), Assuming(),
    ),
    "what is right where it is defined": (log(x**2), 2 * log(x), Assuming()),
    "infinity in the denominator": (
        1 / (1 + 1 / (1 - total(y[i], i))), Integer(0), Assuming(facts=(Normalised(y),)),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("left", "right", "assuming"), UNDECIDED.values(), ids=UNDECIDED)
def test_what_neither_rules_nor_points_settle_is_undecided(left, right, assuming):
    assert prove(left, right, assuming).verdict is Verdict.UNDECIDED


@settings(max_examples=60, deadline=None)
@given(expressions)
def test_no_slip_of_hand_is_ever_proved_right(expression):
    for name, slip in islice(mutants(expression), 8):
        if prove(expression, slip).holds:
            assert agree(expression, slip), name


def agree(left, right):
    """Whether both have the same value at points that the proof did not try."""
    for point in islice(sample_points([left, right], Random(2026)), 10):
        try:
            expected, found = evaluate(left, point), evaluate(right, point)
        except UndefinedError:
            continue
        if abs(expected - found) > 1e-15 * (1 + abs(expected)):
            return False
    return True


ENDS = {
    "first": KroneckerDelta(1, i) * (a[1] - a[2]),
    "last": KroneckerDelta(n, i) * (a[n] - a[n - 1]),
    "between": Sum(KroneckerDelta(k + 1, i) * (2 * a[k + 1] - a[k] - a[k + 2]), (k, 1, n - 2)),
}


@pytest.mark.parametrize("wrong", [None, *ENDS])
def test_the_ends_of_an_axis_are_proved_by_themselves(wrong):
    """With a neighbour on each side the sums are over other places than with one."""
    slopes = KroneckerDelta(k + 1, i) - KroneckerDelta(k, i)
    of_pairs = Sum((a[k + 1] - a[k]) * slopes, (k, 1, n - 1))
    by_parts = Add(*(part * (2 if name == wrong else 1) for name, part in ENDS.items()))
    proof = prove(of_pairs, by_parts, needs=(Need(n - 2, Sign.NONNEGATIVE),))
    assert proof.verdict == ("refuted" if wrong else "proved")


def test_two_places_that_are_never_equal_have_no_delta():
    inner = index("k", n - 2)
    assert prove(total(KroneckerDelta(inner + 2, 1) * a[inner], inner), Integer(0)).holds
    assert prove(total(KroneckerDelta(inner + 1, n) * a[inner], inner), Integer(0)).holds
    assert not prove(total(KroneckerDelta(inner + 2, n) * a[inner], inner), Integer(0)).holds


def test_a_matrix_is_not_compared_as_a_whole():
    with pytest.raises(TypeError, match="expected a scalar expression, got MatrixSymbol"):
        prove(as_matrix(M), as_matrix(M))


# --- inequality ----------------------------------------------------------------------------------


def test_signs_are_proved_part_by_part_and_region_by_region():
    zero = Integer(0)
    assert prove(total(y[i] * (a[i] - x) ** 2, i), zero, relation=">=").holds
    assert prove(total(y[i], i), zero, relation=">").holds
    assert prove(Abs(x), x, relation=">=").holds
    assert prove(x, Abs(x), relation="<=").holds
    assert prove(x, zero, Assuming(provided=x > 0), relation=">").holds
    assert prove(exp(-p), Integer(1), relation="<=").holds


@pytest.mark.parametrize(
    "expression", [x, x**2 - x, total(a[i] ** 3, i), total(a[i] * b[i], i), p - 1], ids=str
)
def test_a_sign_that_does_not_hold_is_refuted(expression):
    assert prove(expression, Integer(0), relation=">=").verdict is Verdict.REFUTED


def test_an_empty_sum_is_not_positive():
    zero = Integer(0)
    assert prove(Sum(p, (step, 1, t)), zero, relation=">=").holds
    assert prove(Sum(p, (step, 1, t)), zero, relation=">").verdict is Verdict.REFUTED


def test_an_unknown_relation_is_named():
    with pytest.raises(ValueError, match="relation: expected one of =, >=, >, <=, <, got '=='"):
        prove(x, x, relation="==")


# --- where it is defined -------------------------------------------------------------------------


def test_a_proof_says_where_both_sides_have_values():
    assert (
        scope_to_text(prove((x**2 - p**2) / (x - p), x + p).scope)
        == "every p > 0, where -p + x != 0"
    )
    guarded = Piecewise((p / Abs(x), Abs(x) > p), (1, True))
    assert not prove(guarded * x, Piecewise((p * sign(x), Abs(x) > p), (x, True))).scope.gaps
    lost = Need(x, Sign.NONZERO)
    assert prove(p, p, needs=(lost,)).scope.gaps == (lost,)
    assert not prove(p, p, Assuming(provided=x > 0), needs=(lost,)).scope.gaps


# --- what a proof says ---------------------------------------------------------------------------


def test_the_scope_names_sizes_signs_and_conditions():
    proof = prove(total(M[i, k] * a[k], k), total(M[i, j] * a[j], j))
    assert sizes_of(proof.scope) == ["n"]
    assert scope_to_text(proof.scope) == "every n"
    assert scope_to_text(prove(x + x, 2 * x).scope) == "every value"
    signs = prove(p * (s + x), p * s + p * x).scope
    assert scope_to_text(signs) == "every p > 0, s >= 0"
    assert scope_to_latex(signs) == r"every $p > 0$, $s \geq 0$"
    chosen = Assuming(definitions=(Definition(m, Integer(2)),))
    assert scope_to_text(prove(x * m, 2 * x, chosen).scope) == "every value"
    positive = prove(total(Abs(r[i]), i), total(r[i], i), Assuming(provided=r[i] > 0))
    assert scope_to_text(positive.scope) == "every n, where r[i] > 0"
    assert scope_to_latex(positive.scope) == "every $n$, where $r_{i} > 0$"
    whole = prove(total(y[i], i), Integer(1), Assuming(facts=(Normalised(y),)))
    assert scope_to_text(whole.scope) == "every n, y > 0, with the entries of y summing to 1"


def test_scopes_add_up():
    induction = (Warrant.INDUCTION,)
    both = Scope(frozenset({n}), warrants=induction) | Scope(frozenset({m}), warrants=induction)
    assert scope_to_text(both) == "every m, n, by induction"


def test_a_counterexample_can_be_read():
    counterexample = find_counterexample(total(a[k], k), x)
    assert counterexample is not None
    text = str(counterexample)
    assert text.startswith("at n = 1, x = ")
    assert ", a = [" in text
    assert f": {short(counterexample.left)}, not {short(counterexample.right)}" in text


def test_a_proof_holds_only_if_proved():
    assert [Proof(verdict).holds for verdict in Verdict] == [True, False, False]
