"""Matrices and their entries, and substitution that captures no name."""

from itertools import islice, product
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from index_expressions import INDICES, a, b, expressions, indices, n, smooth_expressions, x
from sympy import (
    Add,
    DiagMatrix,
    Expr,
    HadamardProduct,
    Idx,
    Indexed,
    Integer,
    Integral,
    Inverse,
    MatrixSymbol,
    OneMatrix,
    Symbol,
    expand,
)

from derivations.entries import as_matrix, entry
from derivations.notation import Sum, array, index, size, substitute, time, total
from derivations.prover.facts import Definition, unfold
from derivations.prover.matrices.inverse import SquareMatrix
from derivations.prover.points.arithmetic import UndefinedError
from derivations.prover.points.drawing import sample_points
from derivations.prover.points.evaluation import evaluate

m, d = size("m"), size("d")
SIZES = {n: Integer(2), m: Integer(3), d: Integer(4)}
i, j, k = index("i", n), index("j", n), index("k", n)
A, B, v, w = array("A", n, m), array("B", m, d), array("v", n), array("w", m)
A_, B_, v_, w_ = map(as_matrix, (A, B, v, w))
c = Symbol("c", real=True)

MATRICES = {
    "a matrix": A_,
    "a column": v_,
    "a sum": A_ + c * v_ * w_.T,
    "a product": A_ * B_,
    "a product of transposed ones": B_.T * A_.T,
    "a transposed product": (A_ * B_).T,
    "three factors": A_ * B_ * B_.T,
    "an outer product": v_ * w_.T,
    "a row": v_.T * A_,
    "a diagonal matrix": DiagMatrix(v_),
    "a product with a diagonal matrix": A_.T * DiagMatrix(v_) * A_ * w_,
    "an entrywise product": HadamardProduct(A_, v_ * w_.T, OneMatrix(n, m) - A_),
    "a product with ones": A_.T * OneMatrix(n, 1),
    "a quadratic form": v_.T * A_ * w_,
}


@pytest.mark.parametrize("matrix", MATRICES.values(), ids=MATRICES)
def test_entries_are_those_of_sympy(matrix):
    explicit = matrix.subs(SIZES).as_explicit()
    extents = [extent for extent in matrix.shape if extent != 1]
    places = [index(name, extent) for name, extent in zip("ij", extents, strict=False)]
    for row, column in product(*map(range, explicit.shape)):
        at = [p for p, extent in zip((row, column), matrix.shape, strict=True) if extent != 1]
        numbers = {place: Integer(number + 1) for place, number in zip(places, at, strict=True)}
        found = written_out(substitute(entry(matrix, *places), SIZES | numbers))
        assert expand(found - explicit[row, column]) == 0


def written_out(expr: Expr) -> Expr:
    """An expression with numbers for sizes, its sums as terms and its entries as SymPy's."""
    if isinstance(expr, Sum):
        ((place, lower, upper),) = expr.limits
        terms = (substitute(expr.function, {place: Integer(q)}) for q in range(lower, upper + 1))
        return written_out(Add(*terms))
    if isinstance(expr, Indexed):
        rows, *columns = expr.base.shape
        matrix = MatrixSymbol(expr.base.label, rows, *(columns or [1]))
        return matrix[(*(place - 1 for place in expr.indices), 0)[:2]]
    return expr.func(*map(written_out, expr.args)) if expr.args else expr


def test_an_index_must_run_over_the_rows():
    with pytest.raises(ValueError, match=r"indices: expected ranges for shape \(n, m\), got 1..m"):
        entry(A_, index("i", m), index("j", m))
    with pytest.raises(ValueError, match="got none"):
        entry(v_)


def test_an_operation_without_a_rule_is_named():
    with pytest.raises(TypeError, match="no rule for the entries of Inverse"):
        entry(Inverse(MatrixSymbol("S", n, n)), i, j)


CAPTURES = {
    "an index": (total(A[i, index("q", m)] * v[k], k), {i: k}),
    "an entry": (total(x * v[k], k), {x: v[k]}),
    "the range of a sum": (Sum(v[k] * x, (k, 1, j)), {j: k}),
    "an integral": (Integral(x * c, (x, 0, 1)), {c: x}),
}


@pytest.mark.parametrize(("expression", "values"), CAPTURES.values(), ids=CAPTURES)
def test_what_is_put_in_stays_free(expression, values):
    (new,) = values.values()
    assert substitute(expression, values).free_symbols >= new.free_symbols


def test_a_bound_name_is_not_replaced():
    assert substitute(total(v[k], k), {k: i}) == total(v[k], k)
    assert substitute(total(v[k], k), {v[k]: x}) == total(v[k], k)


@settings(max_examples=100, deadline=None)
@given(smooth_expressions, smooth_expressions, st.integers(0, 1000))
def test_substitution_commutes_with_evaluation(expression, value, seed):
    inserted = substitute(expression, {x: value})
    for point in points([expression, value, inserted, x], seed):
        assert_same(inserted, point, expression, point | {x: evaluate(value, point)})


@settings(max_examples=100, deadline=None)
@given(expressions.filter(lambda u: not u.has(Integral)), indices, indices, st.integers(0, 1000))
def test_renaming_an_index_moves_to_another_place(expression, old, new, seed):
    renamed = substitute(expression, {old: new})
    for point in points([expression, renamed, old, new], seed):
        assert_same(renamed, point, expression, point | {old: point[new]})


def test_sympy_may_rename_the_indices_of_a_sum_up_to_another_index():
    triangular = Sum(n, (j, 1, i), (i, 1, n))
    assert not (triangular**2 + 1).is_polynomial()


@settings(max_examples=100, deadline=None)
@given(smooth_expressions, smooth_expressions, indices, st.integers(0, 1000))
def test_an_abbreviation_stands_for_its_body_below_sums_too(expression, body, place, seed):
    body = substitute(body, dict.fromkeys(INDICES, place)).xreplace({a: b})
    assume(body.atoms(Idx) & body.free_symbols <= {place})  # a time may be free, too
    unfolded = unfold(expression, (Definition(a[place], body),))
    for point in points([expression, body, unfolded, place], seed):
        meant = {(q,): evaluate(body, point | {place: q}) for q in range(1, point[n] + 1)}
        assert_same(unfolded, point, expression, point | {a: meant})


def points(expressions, seed):
    """Some points where all the expressions are defined."""
    for point in islice(sample_points(expressions, Random(seed)), 3):
        try:
            for expression in expressions:
                evaluate(expression, point)
        except UndefinedError:
            continue
        yield point


def assert_same(left, left_point, right, right_point):
    """Both values exist and agree, or the right side is undefined."""
    try:
        expected = evaluate(right, right_point)
    except UndefinedError:
        return
    assert abs(evaluate(left, left_point) - expected) <= 1e-18 * (1 + abs(expected))


def test_a_sum_of_powers_of_what_may_be_0_is_not_negative():
    t, base = time("t"), Symbol("b", nonnegative=True)
    place = index("k", t)
    assert total(base ** (t - place) * c**2, place).is_nonnegative
    assert total(base ** (place - t) * c**2, place).is_nonnegative is None


def test_ends_of_an_outer_sum_are_not_those_that_an_inner_sum_binds():
    """An index in the ends of the outer range is free: the sum inside gets another one."""
    n = size("n")
    i = index("i", n)
    outer = index("k", i)
    twice = Sum(Sum(array("v", n)[i], (i, 1, n)), (outer, 1, i))
    assert i in twice.free_symbols
    assert i not in twice.variables
    point = {n: 2, array("v", n): {(1,): 1, (2,): 10}}
    assert evaluate(twice, point | {i: 1}) == 11
    assert evaluate(substitute(twice, {i: Integer(2)}), point) == 22


@pytest.mark.parametrize("kind", [Sum, SquareMatrix])
def test_the_free_names_of_what_has_ranges_are_a_set_of_its_own(kind):
    p, q = index("p", n), index("q", n)
    both = kind(A[p, q] * c, (p, 1, n), (q, 1, n))
    assert {c, n} <= both.free_symbols
    assert not {p, q} & both.free_symbols
    both.free_symbols.clear()
    assert c in both.free_symbols
    assert c in Integral(both, (Symbol("t"), 0, n)).free_symbols
