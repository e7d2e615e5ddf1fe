"""Inverse and determinant: what is proved of them, and what must not be."""

import pytest
from sympy import Derivative, Idx, Integer, KroneckerDelta, Symbol, log

from derivations.latex import to_latex
from derivations.notation import array, index, size, total
from derivations.prover.facts import Assuming, PositiveDefinite, Symmetric
from derivations.prover.matrices.inverse import DeterminantOf, InverseEntry, SquareMatrix
from derivations.prover.normal_form import normal_form
from derivations.prover.points.arithmetic import UndefinedError
from derivations.prover.points.evaluation import evaluate
from derivations.prover.proof import Verdict
from derivations.prover.prove import prove

n, m = size("n"), size("m")
i, j, k, p, q = (index(name, n) for name in "ijkpq")
r = index("r", m)
A, B, X, R, x = (
    array("A", n, n),
    array("B", n, n),
    array("X", n, n),
    array("R", n, m),
    array("x", n),
)
s = Symbol("s", positive=True)


def matrix(entry):
    return SquareMatrix(entry, p, q)


def inverse(entry, row=i, column=j):
    return InverseEntry(matrix(entry), row, column)


def det(entry):
    return DeterminantOf(matrix(entry))


AB = total(A[p, k] * B[k, q], k)
GRAM = total(R[p, r] * R[q, r], r) + s * KroneckerDelta(p, q)
EQUAL = {
    "on the right": (total(inverse(A[p, q], i, k) * A[k, j], k), KroneckerDelta(i, j)),
    "on the left": (total(A[i, k] * inverse(A[p, q], k, j), k), KroneckerDelta(i, j)),
    "a sum": (total(inverse(GRAM, i, k) * matrix(GRAM).at(k, j), k), KroneckerDelta(i, j)),
    "trace": (total(inverse(A[p, q], i, k) * A[k, i], i, k), n),
    "transpose": (inverse(A[q, p]), inverse(A[p, q], j, i)),
    "twice": (inverse(InverseEntry(matrix(A[p, q]), p, q)), A[i, j]),
    "product": (inverse(AB), total(inverse(B[p, q], i, k) * inverse(A[p, q], k, j), k)),
    "scaled": (inverse(-2 * A[p, q]), -inverse(A[p, q]) / 2),
    "unit matrix": (inverse(KroneckerDelta(p, q)), KroneckerDelta(i, j)),
    "diagonal": (inverse(x[p] * KroneckerDelta(p, q)), KroneckerDelta(i, j) / x[i]),
    "det of a product": (det(AB), det(A[p, q]) * det(B[p, q])),
    "det of a transpose": (det(A[q, p]), det(A[p, q])),
    "det of an inverse": (det(InverseEntry(matrix(A[p, q]), p, q)), 1 / det(A[p, q])),
    "det of a scaled matrix": (det(s * A[p, q]), s**n * det(A[p, q])),
    "derivative of log det": (inverse(A[p, q], j, i), Derivative(log(det(A[p, q])), A[i, j])),
}
WRONG = {
    "order": (inverse(AB), total(inverse(A[p, q], i, k) * inverse(B[p, q], k, j), k)),
    "sum": (inverse(A[p, q] + B[p, q]), inverse(A[p, q]) + inverse(B[p, q])),
    "not transposed": (inverse(A[q, p]), inverse(A[p, q])),
    "det of a sum": (det(A[p, q] + B[p, q]), det(A[p, q]) + det(B[p, q])),
    "det scales with s": (det(s * A[p, q]), s * det(A[p, q])),
    "one factor turned": (total(inverse(A[p, q], i, k) * A[j, k], k), KroneckerDelta(i, j)),
    "not summed": (inverse(A[p, q]) * A[j, i], Integer(1)),
    "symmetric": (inverse(A[p, q]), inverse(A[p, q], j, i)),
    "derivative of det": (det(A[p, q]) * inverse(A[p, q]), Derivative(det(A[p, q]), A[i, j])),
    "wide product": (det(total(R[p, r] * R[q, r], r)), Integer(0)),
}


@pytest.mark.parametrize(("left", "right"), EQUAL.values(), ids=EQUAL)
def test_what_is_equal_is_proved(left, right):
    assert prove(left, right).verdict is Verdict.PROVED


@pytest.mark.parametrize(("left", "right"), WRONG.values(), ids=WRONG)
def test_what_is_not_equal_is_refuted(left, right):
    assert prove(left, right).verdict is Verdict.REFUTED


def test_a_product_of_matrices_that_are_not_square_stays_whole():
    wide = total(R[p, r] * R[q, r], r)
    assert normal_form(det(wide)).has(DeterminantOf)
    assert normal_form(inverse(wide)).has(InverseEntry)
    assert not normal_form(det(wide)).is_Mul


def test_the_scope_says_where_a_matrix_must_have_an_inverse():
    proof = prove(total(inverse(A[p, q], i, k) * A[k, j], k), KroneckerDelta(i, j))
    assert [need.quantity for need in proof.scope.gaps] == [det(A[p, q])]


@pytest.mark.parametrize("entries", [[[0]], [[1, 2], [2, 4]], [[1, 2, 3], [4, 5, 6], [7, 8, 9]]])
def test_a_singular_matrix_has_a_determinant_and_no_inverse(entries):
    places = {(a + 1, b + 1): v for a, row in enumerate(entries) for b, v in enumerate(row)}
    point = {n: len(entries), A: places, i: 1, j: 1}
    assert evaluate(det(A[p, q]), point) == 0
    with pytest.raises(UndefinedError):
        evaluate(inverse(A[p, q]), point)


def test_a_number_is_the_matrix_of_size_1():
    point = {n: 1, A: {(1, 1): 4}, i: 1, j: 1}
    assert evaluate(det(A[p, q]), point) == 4
    assert evaluate(inverse(A[p, q]), point) == 0.25


@pytest.mark.parametrize("fact", [Symmetric, PositiveDefinite])
def test_the_inverse_of_a_symmetric_matrix_is_symmetric(fact):
    known = Assuming(facts=(fact(A),))
    assert prove(inverse(A[p, q]), inverse(A[p, q], j, i), known).verdict is Verdict.PROVED
    assert prove(inverse(A[p, q]), inverse(A[p, q], j, i)).verdict is Verdict.REFUTED


def test_a_matrix_that_is_not_square_is_refused():
    with pytest.raises(ValueError, match="matrix: expected as many rows as columns"):
        SquareMatrix(R[i, r], i, r)


def test_names_in_a_matrix_are_not_captured():
    """The row's own name, free in the entry, is another place."""
    row = Idx(Symbol("row_1", integer=True), (1, n))
    entry = A[p, q] + x[row] * KroneckerDelta(p, q)
    form = normal_form(inverse(entry))
    assert row in form.free_symbols
    product = total(inverse(entry, i, k) * matrix(entry).at(k, j), k)
    assert prove(product, KroneckerDelta(i, j)).verdict is Verdict.PROVED


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (inverse(A[p, q]), r"\left(A^{-1}\right)_{i j}"),
        (inverse(A[q, p]), r"\left(A^{-\top}\right)_{i j}"),
        (inverse(2 * A[p, q]), r"\left(\left[2 A_{p q}\right]_{p q}^{-1}\right)_{i j}"),
    ],
)
def test_the_inverse_of_an_array_is_printed_by_its_name_and_of_others_by_their_entries(
    expression, text
):
    assert to_latex(expression) == text
