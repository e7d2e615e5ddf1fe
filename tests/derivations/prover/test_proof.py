"""Proved only by rules, refuted only by a point, undecided otherwise."""

from itertools import islice
from random import Random

import pytest
from hypothesis import given, settings
from index_expressions import expressions
from sympy import Abs, And, Derivative, Integer, Piecewise, Symbol, exp, log

from derivations.notation import Sum, array, as_matrix, index, indicator, size, time, total
from derivations.prover.cases import Case
from derivations.prover.evaluation import UndefinedError, evaluate, sample_points
from derivations.prover.facts import Assuming, Definition, Normalised
from derivations.prover.proof import (
    Proof,
    Scope,
    Verdict,
    find_counterexample,
    prove,
    prove_sign,
    short,
)
from verify.checking.faults import mutants

n, m, t = size("n"), size("m"), time("t")
i, j, k = index("i", n), index("j", n), index("k", n)
step = index("k", t)
a, b, r, y = array("a", n), array("b", n), array("r", n), array("y", n, positive=True)
M = array("M", n, n)
x, p = Symbol("x", real=True), Symbol("p", positive=True)
SIGNS = (Case("+", {x: p}), Case("0", {x: Integer(0)}), Case("-", {x: -p}))
SIGNS_OF_R = tuple(Case(case.name, {r: case.values[x]}) for case in SIGNS)


# --- equality ------------------------------------------------------------------------------------

PROVED = {
    "a binomial": ((x + p) ** 2, x**2 + 2 * p * x + p**2, Assuming()),
    "a sum of products": (total(a[i] * b[j], i, j), total(a[i], i) * total(b[i], i), Assuming()),
    "by a fact": (total(y[i] * (x + 1), i), x + 1, Assuming(facts=(Normalised(y),))),
    "by cases": (Abs(x), Piecewise((x, x > 0), (-x, True)), Assuming(cases=SIGNS)),
    "by cases in each term": (
        total(Abs(r[i]) ** 2, i), total(r[i] ** 2, i), Assuming(cases=SIGNS_OF_R),
    ),
    "by a definition": (x + p, 2 * p, Assuming(definitions=(Definition(x, p),))),
    "under a condition": (Abs(x), x, Assuming(cases=SIGNS[:1], provided=x > 0)),
}  # fmt: skip


@pytest.mark.parametrize(("left", "right", "assuming"), PROVED.values(), ids=PROVED)
def test_what_holds_is_proved(left, right, assuming):
    assert prove(left, right, assuming).verdict is Verdict.PROVED


REFUTED = {
    "a sign": (x, -x, Assuming()),
    "a trace": (total(M[k, k], k), Integer(1), Assuming(facts=(Normalised(M),))),
    "an index": (a[i], a[j], Assuming()),
    "the border of a case": (indicator(x <= 0), indicator(x < 0), Assuming()),
    "one case of three": (Abs(x), x, Assuming(cases=SIGNS[:1])),
    "two entries at once": (Abs(r[i]) * Abs(r[j]), r[i] * r[j], Assuming(cases=SIGNS_OF_R)),
    "a sum of entries": (total(r[i], i) ** 2, total(Abs(r[i]), i) ** 2, Assuming(cases=SIGNS_OF_R)),
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
    "cases that leave 0 out": (
        Abs(x), Piecewise((x, x > 0), (-x, True)), Assuming(cases=(SIGNS[0], SIGNS[2])),
    ),
    "cases with a symbol of the statement": (
        Abs(x) * p, Piecewise((x * p, x > 0), (-x * p, True)), Assuming(cases=SIGNS),
    ),
    "a condition that nothing meets": (x, -x, Assuming(provided=And(x > 0, x < 0))),
    "what is defined nowhere": (log(-p), Integer(3), Assuming()),
    "what is right where it is defined": (log(x**2), 2 * log(x), Assuming()),
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


def test_a_matrix_is_not_compared_as_a_whole():
    with pytest.raises(TypeError, match="expected a scalar expression, got MatrixSymbol"):
        prove(as_matrix(M), as_matrix(M))


# --- inequality ----------------------------------------------------------------------------------


def test_signs_are_proved_part_by_part_and_case_by_case():
    assert prove_sign(total(y[i] * (a[i] - x) ** 2, i)).holds
    assert prove_sign(total(y[i], i), strict=True).holds
    assert prove_sign(Abs(x) - x, Assuming(cases=SIGNS)).holds
    assert prove_sign(x, Assuming(cases=SIGNS[:1], provided=x > 0), strict=True).holds


@pytest.mark.parametrize(
    "expression", [x, x**2 - x, total(a[i] ** 3, i), total(a[i] * b[i], i), p - 1], ids=str
)
def test_a_sign_that_does_not_hold_is_refuted(expression):
    assert prove_sign(expression).verdict is Verdict.REFUTED


def test_an_empty_sum_is_not_positive():
    assert prove_sign(Sum(p, (step, 1, t))).holds
    assert prove_sign(Sum(p, (step, 1, t)), strict=True).verdict is Verdict.REFUTED


def test_a_sign_needs_exhaustive_cases():
    assert prove_sign(x**2 + x + 1, Assuming(cases=SIGNS[:1])).verdict is Verdict.UNDECIDED


# --- what a proof says ---------------------------------------------------------------------------


def test_the_scope_names_the_sizes():
    proof = prove(total(M[i, k] * a[k], k), total(M[i, j] * a[j], j))
    assert str(proof.scope) == "every n"
    assert str(prove(x + x, 2 * x).scope) == "every value"
    chosen = Assuming(definitions=(Definition(m, Integer(2)),))
    assert str(prove(x * m, 2 * x, chosen).scope) == "every value"


def test_scopes_add_up():
    both = Scope(frozenset({"n"}), ("by induction",)) | Scope(frozenset({"d"}), ("by induction",))
    assert str(both) == "every d, n, by induction"


def test_a_counterexample_can_be_read():
    counterexample = find_counterexample(total(a[k], k), x)
    assert counterexample is not None
    text = str(counterexample)
    assert text.startswith("at n = 1, x = ")
    assert ", a = [" in text
    assert f": {short(counterexample.left)}, not {short(counterexample.right)}" in text


def test_a_proof_holds_only_if_proved():
    assert [Proof(verdict, Scope()).holds for verdict in Verdict] == [True, False, False]
