"""What is said of arrays of 3 or of 2 by 4 entries is proved as what holds for every size."""

import pytest
from sympy import Integer, KroneckerDelta, Rational, Symbol

from derivations.notation import array, index, total
from derivations.prover.facts import Assuming, Normalised, Symmetric
from derivations.prover.prove import prove
from derivations.prover.sizes import named, numbers_of, sizes_in

x, S, X = array("x", 3), array("S", 3, 3), array("X", 2, 4)
i, j, k = (index(name, Integer(3)) for name in "ijk")
row, column, other = index("p", Integer(2)), index("q", Integer(4)), index("r", Integer(4))
c = Symbol("c", real=True)
MEAN = total(x[k], k) / 3
EXPRESSIONS = [
    total(S[i, k] * x[k], k) + 3 * x[i] ** 3 - Rational(2, 3) * KroneckerDelta(i, j),
    total(X[row, column] * X[row, other], row) / 6,
    S[3, i] + MEAN * c,
]


@pytest.mark.parametrize("expr", EXPRESSIONS)
@pytest.mark.parametrize("with_coefficients", [False, True])
def test_numbers_that_are_put_in_again_give_the_same(expr, with_coefficients):
    sizes = sizes_in(expr)
    coefficients = {**sizes, Integer(6): 3 * sizes.get(Integer(2), 2)} if with_coefficients else {}
    general = named(expr, sizes, coefficients)
    assert general != expr
    assert general.xreplace(numbers_of(sizes)) == expr


@pytest.mark.parametrize(
    ("left", "right", "assuming"),
    [
        (total(KroneckerDelta(i, k) * x[k], k), x[i], Assuming()),
        (total((x[i] - x[k]) / 3, k), x[i] - MEAN, Assuming()),
        (total(x[k], k), Integer(1), Assuming(facts=(Normalised(x),))),
        (total(S[i, k] * x[k], k), total(S[k, i] * x[k], k), Assuming(facts=(Symmetric(S),))),
        (total(X[row, column], column, row), total(X[row, column], row, column), Assuming()),
        (total(Integer(1), k), Integer(3), Assuming()),
    ],
)
def test_what_holds_for_every_size_is_proved(left, right, assuming):
    proof = prove(left, right, assuming)
    assert proof.holds, proof.why
    assert {str(symbol) for symbol in proof.scope.symbols} <= {"x", "S", "X"}
    assert proof.scope.facts == assuming.facts


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (total(x[k], k), MEAN),
        (total((x[i] - x[k]) / 2, k), x[i] - MEAN),
        (total(x[i], k), 2 * x[i]),
        (total(S[i, k] * x[k], k), total(S[k, i] * x[k], k)),
    ],
)
def test_what_is_wrong_at_these_sizes_is_refuted(left, right):
    assert prove(left, right).counterexample


def test_what_holds_at_one_size_alone_is_proved_for_it():
    assert prove(total(x[k] ** 2, k), x[1] ** 2 + x[2] ** 2 + x[3] ** 2).holds
