"""The rules keep every value, and do not fall into the traps of names."""

from itertools import islice, pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_expressions import expressions
from sympy import (
    Derivative,
    Idx,
    Indexed,
    Integer,
    KroneckerDelta,
    Mul,
    Ne,
    Piecewise,
    Symbol,
    exp,
    sqrt,
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
from derivations.prover.normal_form import is_zero, normal_form, split_by_range
from derivations.prover.points.arithmetic import UndefinedError
from derivations.prover.points.drawing import sample_points
from derivations.prover.points.evaluation import evaluate

n, t = size("n"), time("t")
i, j, k, last = (index(name, n) for name in "ijkl")
s = index("k", t)
a, b, M, g = array("a", n), array("b", n), array("M", n, n), sequence("g")
x, p = Symbol("x", real=True), Symbol("p", positive=True)


def normal_name(number):
    """An index with a name that the normal form itself gives."""
    return Idx(Symbol(f"kappa_{number}", integer=True), (1, n))


@settings(max_examples=150, deadline=None)
@given(expressions, st.integers(0, 1000))
def test_the_normal_form_has_the_value_of_the_expression(expression, seed):
    form = normal_form(expression)
    for point in islice(sample_points([expression, form], Random(seed)), 3):
        try:
            expected, found = evaluate(expression, point), evaluate(form, point)
        except UndefinedError:
            continue
        assert abs(expected - found) <= 1e-18 * (1 + abs(expected))


EQUAL = {
    "sums are linear": (total(a[i] + 2 * b[i], i), total(a[i], i) + 2 * total(b[i], i)),
    "names of indices do not matter": (total(a[i] * b[i], i), total(a[j] * b[j], j)),
    "factors move in front": (total(x * a[i], i), x * total(a[i], i)),
    "a sum of ones counts": (total(Integer(1), i), n),
    "a delta picks its term": (total(KroneckerDelta(i, j) * a[i], i), a[j]),
    "a delta lets indices change places": (
        KroneckerDelta(i, j) * a[i] * b[j],
        KroneckerDelta(i, j) * a[j] * b[i],
    ),
    "deltas chain": (
        KroneckerDelta(i, j) * KroneckerDelta(j, k),
        KroneckerDelta(i, j) * KroneckerDelta(i, k),
    ),
    "double sums factorise": (total(a[i] * b[j], i, j), total(a[i], i) * total(b[j], j)),
    "a square is a double sum": (total(a[i], i) ** 2, total(a[i] * a[j], i, j)),
    "double sums swap": (total(a[i] * M[i, j], i, j), total(a[j] * M[j, i], i, j)),
    "the last term comes out": (
        Sum(g[s], (index("k", t + 1), 1, t + 1)).subs(s, index("k", t + 1)),
        total(g[s], s) + g[t + 1],
    ),
    "powers of a sum's index come out": (
        total(p ** (t + 1 - s) * g[s], s),
        p * total(p ** (t - s) * g[s], s),
    ),
    "indicators are idempotent": (indicator(x > 0) ** 2, indicator(x > 0)),
    "cases are indicators": (
        Piecewise((a[i], x > 0), (b[i], True)),
        b[i] + indicator(x > 0) * (a[i] - b[i]),
    ),
    "derivatives of sums": (Derivative(total(a[i] ** 2, i), a[j]), 2 * a[j]),
    "quotients cancel": (total(exp(a[i]) / total(exp(a[j]), j), i), Integer(1)),
    "squares leave roots": (sqrt(total((p * a[i]) ** 2, i)), p * sqrt(total(a[i] ** 2, i))),
    "expectation is linear": (
        Expectation(total(x * a[i], i) ** 2, a),
        x**2 * total(Expectation(a[i] * a[j], a), i, j),
    ),
}


@pytest.mark.parametrize(("left", "right"), EQUAL.values(), ids=EQUAL)
def test_equal_expressions_reach_zero(left, right):
    assert is_zero(left - right)


UNEQUAL = {
    "a different index": (a[i], a[j]),
    "a delta is not one": (KroneckerDelta(i, j), Integer(1)),
    "a chain of deltas keeps its links": (
        KroneckerDelta(i, j) * KroneckerDelta(j, k),
        KroneckerDelta(i, j),
    ),
    "a trace is not the sum of a row": (total(M[i, i], i), total(M[i, j], j)),
    "a sum of products is no product of sums": (
        total(a[i] * b[i], i),
        total(a[i], i) * total(b[i], i),
    ),
    "a transposed matrix": (total(M[i, j] * a[j], j), total(M[j, i] * a[j], j)),
    "a sum of squares is no square of a sum": (total(a[i] ** 2, i), total(a[i], i) ** 2),
    "the name of a free index is not taken": (
        total(M[normal_name(1), k], k),
        total(M[k, k], k),
    ),
    "nor inside a double sum": (
        total(M[normal_name(1), k] * M[k, last], k, last),
        total(M[k, k] * M[k, last], k, last),
    ),
    "nor in the range of a sum": (
        Sum(M[j, i], (i, 1, n), (j, 1, normal_name(2))),
        Sum(M[j, i], (i, 1, n), (j, 1, i)),
    ),
    "an inner range keeps its outer index": (
        Sum(a[i], (i, 1, k), (k, 1, n)),
        Sum(a[i], (i, 1, k), (j, 1, n)),
    ),
    "a derivative in an entry whose name a sum binds": (
        Derivative(total(exp(a[j]), j), a[j]),
        total(exp(a[j]), j),
    ),
    "a delta is not differentiated": (Derivative(KroneckerDelta(i, j) * a[i], a[i]), a[i]),
    "a quotient by a delta picks nothing": (total(a[k] / KroneckerDelta(k, j), k), a[j]),
    "an empty sum has no negative number of terms": (total(Integer(1), index("k", t - 3)), t - 3),
    "an expectation of a product": (
        Expectation(a[i] * b[i], a, b),
        Expectation(a[i], a) * Expectation(b[i], b),
    ),
    "an expectation of a square": (Expectation(a[i] ** 2, a), Expectation(a[i], a) ** 2),
    "cases the other way round": (indicator(x > 0), indicator(x < 0)),
    "the border of a case": (indicator(x <= 0), indicator(x < 0)),
}


@pytest.mark.parametrize(("left", "right"), UNEQUAL.values(), ids=UNEQUAL)
def test_unequal_expressions_do_not_reach_zero(left, right):
    assert not is_zero(left - right)


def test_a_split_by_range_adds_up_to_the_whole():
    whole = x + 2 * total(a[i], i) - total(b[k], k)
    ((rest, summand),) = split_by_range(whole)
    (place,) = summand.atoms(Idx)
    assert rest == x
    assert is_zero(total(summand, place) + rest - whole)


def test_a_number_of_equal_terms_joins_the_sum_over_as_many_places():
    whole = 3 * n * x - n**2 + total(a[i], i)
    ((rest, summand),) = split_by_range(whole)
    (place,) = summand.atoms(Idx)
    assert rest == -(n**2)
    assert summand == 3 * x + a[place]
    assert is_zero(total(summand, place) + rest - whole)


def test_no_number_of_terms_is_taken_for_one_that_may_be_negative():
    steps = Symbol("steps", integer=True)
    whole = steps * x + Sum(a[k], (k, 1, steps))
    ((rest, _),) = split_by_range(whole)
    assert rest == steps * x


def test_an_entry_beside_a_sum_may_join_it_at_its_own_place():
    whole = a[j] * b[j] - total(a[i], i)
    _, (summand,) = split_by_range(whole)
    (place,) = summand.atoms(Idx) - {j}
    assert is_zero(total(summand, place) - whole)
    assert len(list(split_by_range(a[j] - total(g[s], s)))) == 1  # j has another range


def test_cases_without_otherwise_stay_as_they_are():
    open_ended = Piecewise((x, x > 0))
    assert normal_form(open_ended) == open_ended
    assert not is_zero(open_ended - x)


def test_a_power_is_split_in_the_range_that_is_left():
    following = Sum(x ** (t + 1 - s) * g[s], (s, 1, t + 1))
    assert normal_form(following - x * Sum(x ** (t - s) * g[s], (s, 1, t)) - g[t + 1]) == 0


def test_a_delta_beside_the_sum_asks_for_no_entry_that_is_not_there():
    place = index("k", n - 1)
    after_the_first = total(KroneckerDelta(place + 1, i) * a[place + 1], place)
    assert normal_form(after_the_first) == a[i] - a[1] * KroneckerDelta(1, i)
    assert normal_form(total(KroneckerDelta(place + 1, i) * a[place], place)).has(Sum)


def test_an_index_beside_its_array_is_not_put_in_for_one_that_is_inside():
    place = index("k", n - 1)
    form = normal_form(total(KroneckerDelta(place, i) * exp(a[place + 1]), place))
    assert normal_form(form) == form
    assert not any(entry.has(i) for entry in form.atoms(Indexed))


def test_indices_that_differ_leave_all_terms_but_one():
    others = total(Piecewise((x, Ne(i, j)), (0, True)), i)
    assert normal_form(others - (n - 1) * x) == 0


@pytest.mark.parametrize("seed", range(6))
def test_a_long_chain_has_one_form_whatever_its_indices_are_called(seed):
    """Seven indices have 5040 orders; two chains that differ in one link have two forms."""
    matrix, (first, *others) = array("M", n, n), [index(f"k{at}", n) for at in range(8)]

    def closed(places, turned=False):
        links = [matrix[p, q] for p, q in pairwise([first, *places, first])]
        if turned:
            links[3] = matrix[links[3].indices[::-1]]
        return total(Mul(*links), *places)

    shuffled = Random(seed).sample(others, len(others))
    assert normal_form(closed(others)) == normal_form(closed(shuffled))
    assert normal_form(closed(others)) != normal_form(closed(shuffled, turned=True))
    ring = total(closed(others), first)
    assert normal_form(ring) == normal_form(total(closed(shuffled), first))
