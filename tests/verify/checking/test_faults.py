from sympy import Abs, KroneckerDelta, Piecewise, Rational, Symbol, sqrt

from derivations.notation import array, index, size, total
from derivations.prover.matrices.inverse import IsLargest, SquareMatrix
from verify.checking.faults import mutants

n, m = size("n"), size("m")
i, j, k = index("i", n), index("j", n), index("k", n)
A, B, x, y = array("A", n, n), array("B", n, n), array("x", n), array("y", n)
alpha, beta = Symbol("alpha", positive=True), Symbol("beta", positive=True)


def variants(expr, indices=()):
    return [variant for _, variant in mutants(expr, indices)]


def test_no_mutant_is_the_original_and_none_repeats():
    expr = (KroneckerDelta(i, j) * y[i] - y[i] * y[j]) / alpha
    found = variants(expr, (i, j))
    assert expr not in found
    assert len(found) == len(set(found)) >= 10


def test_sign_factor_and_scale_are_attacked():
    found = variants(alpha * x[i] + y[i], (i,))
    for wrong in (-alpha * x[i] - y[i], alpha * x[i] - y[i], x[i] + y[i], alpha * x[i]):
        assert wrong in found
    assert (alpha * x[i] + y[i]) * Rational(1001, 1000) in found


def test_letters_of_one_kind_are_exchanged():
    assert (beta - alpha) * x[i] in variants((alpha - beta) * x[i], (i,))
    assert y[i] * x[j] in variants(x[i] * y[j], (i, j))


def test_a_square_matrix_is_transposed_and_a_rectangular_one_is_not():
    wide = index("p", m)
    assert ("transposed", A[j, i] * 2) in list(mutants(2 * A[i, j], (i, j)))
    assert "transposed" not in dict(mutants(2 * array("C", n, m)[i, wide], (i, wide)))


def test_slips_inside_sums_branches_and_roots_are_found():
    found = variants(total(Piecewise((x[k], Abs(x[k]) <= alpha), (alpha, True)), k))
    assert total(x[k], k) in found
    assert total(alpha, k) in found
    assert any(f.has(Abs) and f != total(x[k], k) for f in found)
    assert alpha in variants(sqrt(alpha))


def test_bounds_and_places_are_left_alone():
    for variant in variants(total(x[k] * y[i], k), (i,)):
        for inner in variant.atoms(total(x[k], k).func):
            assert inner.limits == ((k, 1, n),)


def test_the_largest_entry_is_taken_for_the_smallest_and_for_each():
    largest, smallest = (IsLargest(SquareMatrix(sign_ * x[i], i, j), k) for sign_ in (1, -1))
    found = variants(largest * y[k], (k,))
    assert {smallest * y[k], y[k]} <= set(found)


def test_a_place_that_is_moved_is_off_by_one_and_nothing_else():
    shifted = list(mutants(KroneckerDelta(i, k + 1) * x[k], (i,)))
    assert ("off by one place", KroneckerDelta(i, k) * x[k]) in shifted
    assert "1 missing" not in dict(shifted)
    assert "off by one place" not in dict(mutants(KroneckerDelta(i, k) * x[k], (i,)))
