"""Induction and limits must not say more than they show."""

import pytest
from sympy import Integer, Piecewise, Symbol, exp, oo

from derivations.notation import array, index, size, total
from derivations.proof import Verdict, prove_sign
from derivations.tactics import limit_at

n = size("n")
i = index("i", n)
x = array("x", n)
a, c = Symbol("a", real=True), Symbol("c", positive=True)


@pytest.mark.parametrize(
    ("before", "point"),
    [
        (exp(-a / c), Integer(0)),  # depends on the sign of a
        (Piecewise((1, c > 10**7), (0, True)), oo),
        (total(exp(-c * x[i]), i), oo),
    ],
)
def test_a_limit_that_sympy_gives_up_is_undecided(before, point):
    proof = limit_at(c, point)(before, Integer(0))
    assert proof.verdict is Verdict.UNDECIDED


def test_the_sign_of_a_negative_quantity_is_not_refuted_by_a_positive_one():
    assert prove_sign(-Symbol("q", negative=True), strict=True).holds
