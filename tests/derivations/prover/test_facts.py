"""What a proof takes for granted: used where it applies, refused where it contradicts itself."""

from contextlib import suppress
from itertools import islice
from random import Random

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from sympy import (
    Derivative,
    Dummy,
    Eq,
    Idx,
    Integer,
    Integral,
    KroneckerDelta,
    Mul,
    Ne,
    Piecewise,
    Rational,
    Symbol,
    exp,
    log,
)

from derivations.notation import (
    Expectation,
    Sum,
    array,
    index,
    indicator,
    sequence,
    size,
    time,
    total,
)
from derivations.prover.facts import (
    Assuming,
    Definition,
    Independent,
    Normalised,
    OneHot,
    PositiveDefinite,
    SecondMoment,
    Signs,
    Symmetric,
    White,
    ZeroOrOne,
    unfold,
)
from derivations.prover.needs import Need, Sign
from derivations.prover.normal_form import normal_form
from derivations.prover.points.arithmetic import UndefinedError
from derivations.prover.points.drawing import sample_points
from derivations.prover.points.evaluation import evaluate
from derivations.prover.points.imposing import imposed
from derivations.prover.proof import Verdict
from derivations.prover.prove import prove

n, m = size("n"), size("m")
i, j, row = index("i", n), index("j", n), index("p", m)
x, y, w = array("x", n), array("y", n), array("w", n)
Y, square = array("Y", m, n), array("S", n, n)
row_of_n = index("q", n)
a, sigma = Symbol("a", real=True), Symbol("sigma", positive=True)


# --- definitions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("assumption", "value"),
    [
        ("positive", 0), ("negative", 1), ("nonnegative", -1), ("nonpositive", 1), ("nonzero", 0),
    ],
)  # fmt: skip
def test_a_definition_against_an_assumption_is_refused(assumption, value):
    head = Symbol("q", **{"real": True, assumption: True})
    with pytest.raises(ValueError, match=f"definition of q: a body not known to be {assumption}"):
        Definition(head, Integer(value))


@pytest.mark.parametrize(("head", "body"), [(Y[row, row], a), (y[1], a), (y[i], x[j]), (a, x[i])])
def test_a_definition_of_one_entry_or_with_a_loose_index_is_refused(head, body):
    with pytest.raises(ValueError, match="definition of"):
        Definition(head, body)


def test_an_abbreviation_is_written_out_with_the_indices_it_is_used_with():
    definition = Definition(y[i], x[i] * total(w[j], j))
    written_out = unfold(y[1] + total(y[j], j), (definition,))
    assert not written_out.has(y)
    assert prove(written_out, (x[1] + total(x[i], i)) * total(w[i], i)).holds


def test_definitions_that_refer_to_each_other_or_that_compete_are_refused():
    for definitions in (
        (Definition(x[i], y[i]), Definition(y[i], x[i])),
        (Definition(x[i], x[i] + 1),),
        (Definition(a, sigma), Definition(sigma, exp(a))),
    ):
        with pytest.raises(ValueError, match="is defined by itself"):
            Assuming(definitions=definitions)
    with pytest.raises(ValueError, match="definitions: two of a"):
        Assuming(definitions=(Definition(a, sigma), Definition(a, 2 * sigma)))


# --- arrays that sum to one ----------------------------------------------------------------------


def test_only_a_whole_sum_along_the_last_axis_is_one():
    t, g = time("t"), sequence("g")
    assert prove(total(Y[row, i], i), Integer(1), Assuming(facts=(Normalised(Y),))).holds
    for wrong, base in (
        (total(Y[row, i], row), Y),
        (total(y[i] ** 2, i), y),
        (total(y[i], index("i", n + 1)), y),
        (total(g[index("k", t)], index("k", t)), g),
    ):
        proof = prove(wrong, Integer(1), Assuming(facts=(Normalised(base),)))
        assert proof.verdict is not Verdict.PROVED, wrong


def test_a_row_that_sums_to_zero_cannot_be_normalised():
    with pytest.raises(UndefinedError, match="a row of y that sums to zero"):
        imposed([Normalised(y)], {y: {(1,): 1, (2,): -1}})


# --- random arrays -------------------------------------------------------------------------------

RANDOM = (
    (
        Independent(w, x),
        Expectation(w[i] * x[j], w, x),
        Expectation(w[i], w) * Expectation(x[j], x),
    ),
    (White(w, sigma**2), Expectation(w[i], w), Integer(0)),
    (White(w, sigma**2), Expectation(w[i] ** 2, w), sigma**2),
    (SecondMoment(x, a**2), Expectation(x[i] ** 2, x), a**2),
)


@pytest.mark.parametrize(("fact", "mean", "value"), RANDOM)
def test_a_fact_says_what_its_points_show(fact, mean, value):
    assuming = Assuming(facts=(fact,))
    assert prove(mean, value, assuming).holds
    assert prove(mean, value + 1, assuming).verdict is Verdict.REFUTED
    in_sight = [mean, value, *vars(fact).values()]
    point = imposed([fact], next(sample_points(in_sight, Random(1))))
    assert abs(evaluate(mean, point) - evaluate(value, point)) < 1e-30


@pytest.mark.parametrize(
    ("fact", "mean", "value"),
    [
        (White(w, sigma**2), Expectation(w[i] ** 4, w), sigma**4 + 1),
        (White(w, sigma**2), Expectation(w[i] ** 2 * w[j] ** 2, w), 2 * sigma**4),
        (SecondMoment(x, a**2), Expectation(x[i] * x[j], x), 2 * a**2),
        (SecondMoment(x, a**2), Expectation(x[i], x), a + 1),
    ],
)
def test_a_fact_says_nothing_of_other_moments(fact, mean, value):
    assert prove(mean, value, Assuming(facts=(fact,))).verdict is not Verdict.PROVED


# --- the rules alone, without a point that could refute ------------------------------------------


def rewritten(expression, *facts):
    form = normal_form(expression)
    for fact in facts:
        form = normal_form(fact.rewrite(form))
    return form


@pytest.mark.parametrize(
    "other",
    [
        total(square[i, i], i),
        total(square[i, j], i),
        Sum(square[j, i], (i, 2, n)),
        total(square[j, i] ** 2, i),
    ],
    ids=["the diagonal", "a column", "a part", "its squares"],
)
def test_no_other_sum_of_a_normalised_array_is_one(other):
    assert rewritten(other, Normalised(square)) == normal_form(other)


BESIDE_ROWS = {
    "one row": total(Y[row, i], row, i),
    "a factor of the row": total(Y[row, i] * exp(Y[row, 1]) * a, row, i),
    "a factor of the column": total(Y[row, i] * x[i], row, i),
    "its square": total(Y[row, i] ** 2 * a, row, i),
    "two rows": total(square[i, j] * square[j, row_of_n], i, j, row_of_n),
    "the diagonal": total(square[i, i] * x[i], i),
    "a factor that is a part of the row": total(square[i, j] * square[j, i], i, j),
    "a part": Sum(square[j, i] * x[j], (j, 1, n), (i, 2, n)),
    "a row by the column's index": Sum(square[j, i] * x[j], (j, 1, i), (i, 1, n)),
}


@pytest.mark.parametrize("before", BESIDE_ROWS.values(), ids=BESIDE_ROWS)
def test_rows_that_sum_to_one_leave_other_factors_their_value(before):
    facts = (Normalised(Y), Normalised(square))
    after = rewritten(before, *facts)
    for point in islice(sample_points([before], Random(1)), 5):
        with suppress(UndefinedError):
            point = imposed(facts, point)
            assert abs(evaluate(before, point) - evaluate(after, point)) < 1e-30


def test_rows_that_sum_to_one_are_gone_beside_other_factors():
    assert rewritten(BESIDE_ROWS["a factor of the row"], Normalised(Y)) == normal_form(
        total(exp(Y[row, 1]) * a, row)
    )
    assert rewritten(BESIDE_ROWS["two rows"], Normalised(square)) == n


def test_white_entries_have_a_variance_and_no_correlation():
    variance = rewritten(Expectation(w[i] * w[j], w), White(w, sigma**2))
    assert variance == sigma**2 * KroneckerDelta(i, j)


@pytest.mark.parametrize(
    "moment",
    [
        Expectation(w[i] ** 3, w),
        Expectation(w[i] ** 2 * w[j], w),
        Expectation(exp(w[i]), w),
        Expectation(w[i] * x[i], w, x),
        Expectation(w[i] * w[j] * x[i], w, x),
    ],
    ids=str,
)
def test_whiteness_says_nothing_of_other_moments(moment):
    assert rewritten(moment, White(w, sigma**2)) == normal_form(moment)


def test_independence_splits_products_alone():
    both = Expectation(w[i] * w[j] * x[i] * x[j], w, x)
    split = Expectation(w[i] * w[j], w) * Expectation(x[i] * x[j], x)
    assert rewritten(both, Independent(w, x)) == split
    mixed = Expectation(exp(w[i] * x[i]), w, x)
    assert rewritten(mixed, Independent(w, x)) == mixed


def test_without_independence_the_variance_of_a_sum_is_not_proved():
    mean_square = Expectation(total(w[i] * x[i], i) ** 2, w, x)
    known = (White(w, sigma**2), SecondMoment(x, a**2))
    variance = n * sigma**2 * a**2
    assert prove(mean_square, variance, Assuming(facts=known)).verdict is Verdict.UNDECIDED
    independent = Assuming(facts=(Independent(w, x), *known))
    assert prove(mean_square, variance, independent).holds
    assert prove(mean_square, n * variance, independent).verdict is Verdict.REFUTED


# --- one-hot rows --------------------------------------------------------------------------------

LABELS = Assuming(facts=(OneHot(Y),))


def test_one_hot_entries_are_their_own_squares_and_decide_conditions():
    entry = Y[row, i]
    for left, right in (
        (entry**2, entry),
        (indicator(Eq(entry, 1)), entry),
        (indicator(entry > 0), entry),
        (indicator(entry <= Integer(1) / 2), 1 - entry),
        (total(entry, i), Integer(1)),
        (Piecewise((a - 1, Eq(entry, 1)), (a, True)), a - entry),
    ):
        assert prove(left, right, LABELS).holds, left


def test_one_hot_entries_are_0_where_they_are_not_1():
    """Also where the branch that is not taken may lack a value, so that no sum of both is one."""
    entry = Y[row, i]
    for condition in (Eq(entry, 1), entry > 0, Ne(entry, 0)):
        found = prove(Piecewise((1 / x[i], condition), (0, True)), entry / x[i], LABELS)
        assert found.holds, condition
        assert Need(x[i], Sign.NONZERO) in found.scope.gaps
    for wrong in (entry / x[i] ** 2, (1 - entry) / x[i], 1 / x[i]):
        refuted = prove(Piecewise((1 / x[i], Eq(entry, 1)), (0, True)), wrong, LABELS)
        assert refuted.verdict is Verdict.REFUTED, wrong
    assert prove(Piecewise((1 / x[i], entry > 1), (0, True)), Integer(0), LABELS).holds
    beyond = Piecewise((1 / x[i], entry > -1), (0, True))
    assert prove(beyond, entry / x[i], LABELS).verdict is Verdict.REFUTED
    of_another = Piecewise((1 / x[i], Eq(x[i], 1)), (0, True))
    assert prove(of_another, Integer(1), LABELS).verdict is Verdict.REFUTED


def test_a_sign_is_minus_1_where_it_is_not_1():
    signs = Assuming(facts=(Signs(x),))
    assert prove(Piecewise((a, x[i] > 0), (-a, True)), a * x[i], signs).holds
    assert prove(Piecewise((1 / y[i], Eq(x[i], 1)), (0, True)), (1 + x[i]) / y[i] / 2, signs).holds
    wrong = prove(Piecewise((1 / y[i], Eq(x[i], 1)), (0, True)), (1 - x[i]) / y[i] / 2, signs)
    assert wrong.verdict is Verdict.REFUTED


def test_a_number_that_is_0_or_1_is_a_condition():
    mask = Assuming(facts=(ZeroOrOne(x),))
    assert prove(Piecewise((a, Eq(x[i], 1)), (0, True)), a * x[i], mask).holds
    assert prove(Piecewise((1 / y[i], Ne(x[i], 0)), (0, True)), x[i] / y[i], mask).holds
    assert prove(exp(a * x[i]), 1 - x[i] + x[i] * exp(a), mask).holds
    assert prove(x[i] * x[j], x[i], mask).verdict is Verdict.REFUTED
    assert prove(abs(x[i]), -x[i], mask).verdict is Verdict.REFUTED
    assert prove(1 / x[i], x[i], mask).verdict is Verdict.UNDECIDED


def test_one_hot_says_nothing_of_other_arrays_or_of_two_entries():
    assert prove(indicator(Eq(x[i], 1)), x[i], LABELS).verdict is Verdict.REFUTED
    assert prove(indicator(Y[row, i] > Y[row, j]), Y[row, i], LABELS).verdict is Verdict.REFUTED
    assert prove(Y[row, i] * Y[row, j], Y[row, i], LABELS).verdict is Verdict.REFUTED
    assert prove(2 * Y[row, i], Integer(1), LABELS).verdict is Verdict.REFUTED


def _in(places, extent):
    return st.sampled_from([index(name, extent) for name in places])


FACTOR = st.one_of(
    st.builds(lambda p, k: Y[p, k], _in("pq", m), _in("ijk", n)),
    st.builds(lambda k: x[k], _in("ijk", n)),
    st.builds(lambda k: exp(x[k] / 4), _in("ijk", n)),
    st.builds(lambda p, k: KroneckerDelta(Y[p, k].indices[1], i), _in("pq", m), _in("ijk", n)),
    st.sampled_from([Integer(2), a, 1 + a]),
)
TERM = st.one_of(
    st.lists(FACTOR, min_size=1, max_size=3).map(lambda factors: Mul(*factors)),
    st.builds(
        lambda p, k, factor: total(Y[p, k] * exp(x[k]) * factor, k),
        _in("pq", m),
        _in("ijk", n),
        FACTOR,
    ),
)
SUMS = st.recursive(
    TERM,
    lambda parts: st.one_of(
        st.builds(total, parts, _in("ijk", n)),
        st.builds(total, parts, _in("pq", m)),
        st.builds(lambda one, other: one * other, parts, parts),
        st.builds(lambda one, other: one + other, parts, parts),
        st.builds(lambda one, e: one**e, parts, st.sampled_from([-1, 2, Rational(1, 2)])),
        parts.map(log),
    ),
    max_leaves=6,
)
ONE_HOT_RULES = {
    "entries of which one is 1": st.builds(
        lambda p, k, rest: Y[p, k] * rest, _in("pq", m), _in("ijk", n), SUMS
    )
}


@pytest.mark.parametrize("rule", ONE_HOT_RULES)
def test_a_rule_for_one_hot_rows_keeps_the_value(rule, pytestconfig):
    @seed(pytestconfig.getoption("--seed"))
    @settings(max_examples=100, database=None, deadline=None, suppress_health_check=[*HealthCheck])
    @given(ONE_HOT_RULES[rule])
    def keeps(before):
        after = normal_form(LABELS.facts[0].rewrite(normal_form(before)))
        for point in islice(random_point(before, assuming=LABELS), 16):
            with suppress(UndefinedError):
                assert abs(evaluate(before, point) - evaluate(after, point)) < 1e-25, before

    keeps()


def test_an_entry_of_a_row_decides_the_others_and_sums_over_them():
    S = total(Y[row, i] * exp(x[i]), i)
    for left, right in (
        (Y[row, j] / S, Y[row, j] * exp(-x[j])),
        (Y[row, i] * Y[row, j], Y[row, i] * KroneckerDelta(i, j)),
        (total(Y[row, i] * Y[row, j], row), KroneckerDelta(i, j) * total(Y[row, i], row)),
        (Y[row, j] * total(Y[row, i] * x[i], i) ** 3, Y[row, j] * x[j] ** 3),
    ):
        proof = prove(left, right, LABELS)
        assert proof.holds, left
        assert not proof.scope.gaps
        assert prove(left, right).verdict is Verdict.REFUTED
    other = index("q", m)
    for left, wrong in (
        (Y[row, j] / S, exp(-x[j])),
        (Y[row, i] * Y[other, j], Y[row, i] * KroneckerDelta(i, j)),
        (Y[row, j] * total(Y[other, i] * x[i], i), Y[row, j] * x[j]),
        (Y[row, j] * total(Y[row, i] * x[i] * x[j], i), Y[row, j] * x[j]),
        (Y[row, j] * total(Y[row, i], row), Y[row, j] * KroneckerDelta(i, j)),
    ):
        assert prove(left, wrong, LABELS).verdict is Verdict.REFUTED, left


def test_a_row_says_nothing_of_a_value_that_is_missing_elsewhere():
    """1/x_j has no value where x_j is 0, though the entry there is 0."""
    S = total(Y[row, i] * x[i], i)
    proof = prove(Y[row, j] / S, Y[row, j] / x[j], LABELS)
    assert not proof.holds or proof.scope.gaps
    assert prove(Y[row, j] * log(S), Y[row, j] * log(x[j]), LABELS).verdict is not Verdict.REFUTED


def test_one_hot_entries_are_not_put_in_beside_what_is_no_value_at_a_point():
    fact, S = OneHot(Y), total(Y[row, i] * x[i], i)
    z = Symbol("z", real=True)
    for form in (
        Y[row, j] / S,
        Y[row, j] * Derivative(Derivative(Y[row, i] ** 3, Y[row, i]), z, evaluate=False),
        Y[row, j] * Integral(Y[row, i] ** z, (z, 1, 2)),
        Y[row, j] * Expectation(Y[row, i] * x[i], Y),
    ):
        assert fact.rewrite(form) == form


def test_what_holds_wherever_an_entry_is_1_holds_of_a_need():
    S = total(Y[row, i] * exp(x[i]), i)
    assert not prove(log(S), log(S) + 0, LABELS).scope.gaps
    for short in (total(Y[row, i] * x[i], i), S - 1, total(Y[row, i] * exp(x[i]), row)):
        assert prove(1 / short, 2 / short / 2, LABELS).scope.gaps, short


def test_a_point_with_one_hot_rows_has_a_single_one_in_each():
    point = next(sample_points([Y[row, i] + 0], Random(4)))
    rows = imposed([OneHot(Y)], point)[Y]
    for first in {place[0] for place in rows}:
        assert sorted(v for place, v in rows.items() if place[0] == first)[-1] == 1
        assert sum(v for place, v in rows.items() if place[0] == first) == 1


# --- symmetric arrays and signs ------------------------------------------------------------------


def random_point(*expressions, assuming):
    for point in sample_points([*expressions, *(fact.base for fact in assuming.facts)], Random(3)):
        yield imposed(assuming.facts, point)


@pytest.mark.parametrize("fact", [Symmetric, PositiveDefinite])
def test_a_symmetric_array_is_its_transpose_but_its_entries_are_differentiated_apart(fact):
    k = index("k", n)
    form = total(x[i] * square[i, j] * x[j], i, j)
    known = Assuming(facts=(fact(square),))
    gradient = Derivative(form, x[k])
    twice = 2 * total(square[k, j] * x[j], j)
    assert prove(twice, gradient, known).verdict is Verdict.PROVED
    assert prove(twice, gradient).verdict is Verdict.REFUTED
    in_entry = Derivative(form, square[k, row_of_n])
    assert prove(x[k] * x[row_of_n], in_entry, known).verdict is Verdict.PROVED
    assert prove(2 * x[k] * x[row_of_n], in_entry, known).verdict is Verdict.REFUTED


def test_two_indices_of_one_name_are_sorted_the_same_way_round():
    first, second = (Idx(Dummy("k", integer=True), (1, n)) for _ in range(2))
    fact = Symmetric(square)
    assert fact.rewrite(square[first, second]) == fact.rewrite(square[second, first])
    assert fact.rewrite(square[first, second]) != fact.rewrite(square[first, first])


TWO_VALUED = [Signs(y), ZeroOrOne(y)]


@pytest.mark.parametrize("fact", [Symmetric(square), PositiveDefinite(square), *TWO_VALUED])
def test_a_fact_keeps_the_value_where_it_is_imposed(fact):
    entry = y[i] if fact.base == y else square[i, j] - 2 * square[j, i]
    before = total(entry**3 * x[j], i, j) + total(abs(entry), i, j) * entry**2
    before += total(exp(entry * x[j]) / (1 + exp(entry * x[j])) ** 2, i, j)
    before += total(Piecewise((1, entry > Rational(1, 2)), (0, True)) * (1 - entry) ** 3, i)
    after = normal_form(fact.rewrite(normal_form(before)))
    for point, _ in zip(
        random_point(before, assuming=Assuming(facts=(fact,))), range(8), strict=False
    ):
        assert abs(evaluate(before - after, point)) < 1e-30


def test_a_sign_is_not_put_in_for_another_that_a_sum_binds():
    known = Assuming(facts=(Signs(y),))
    before = exp(y[i] * total(y[i] * x[i], i))
    after = Signs(y).rewrite(before)
    assert after != before
    for point, _ in zip(random_point(before, assuming=known), range(8), strict=False):
        assert abs(evaluate(before - after, point)) < 1e-30


def test_a_positive_definite_matrix_is_so_where_it_is_imposed():
    form, known = (
        total(x[i] * square[i, j] * x[j], i, j),
        Assuming(facts=(PositiveDefinite(square),)),
    )
    for point, _ in zip(random_point(form, assuming=known), range(12), strict=False):
        assert evaluate(form, point) > 0 or not any(point[x].values())


def test_an_array_that_is_not_square_is_not_symmetric():
    with pytest.raises(ValueError, match="symmetric Y: expected a square matrix"):
        Symmetric(Y)


def test_signs_are_not_put_in_before_the_derivative():
    known = Assuming(facts=(Signs(y),))
    assert prove(2 * y[i], Derivative(y[i] ** 2, y[i]), known).verdict is Verdict.PROVED
    assert prove(Integer(0), Derivative(y[i] ** 2, y[i]), known).verdict is Verdict.REFUTED


def test_a_distribution_is_differentiated_as_if_it_were_none():
    known = Assuming(facts=(Normalised(y),))
    assert prove(Integer(1), Derivative(total(y[j], j), y[i]), known).verdict is Verdict.PROVED
    assert prove(Integer(0), Derivative(total(y[j], j), y[i]), known).verdict is Verdict.REFUTED
