"""Case splits must leave nothing out, whatever a condition seems to say."""

import pytest
from sympy import And, Integer, Piecewise, Symbol

from derivations.notation import array, index, size
from derivations.prover.cases import Case
from derivations.prover.facts import Assuming
from derivations.prover.proof import Verdict, prove

n = size("n")
i, j = index("i", n), index("j", n)
x, B = array("x", n), array("B", n, n)
positive, real = Symbol("c", positive=True), Symbol("a", real=True)


@pytest.mark.parametrize(
    ("array_", "condition"),
    [
        (x, x[1] > 0),
        (x, x[index("q", n - 1)] > 0),
        (B, B[i, i] > 0),
    ],
)
def test_a_condition_on_some_entries_does_not_speak_of_all(array_, condition):
    entry = array_[i] if array_ is x else array_[i, j]
    never_drawn = Piecewise((1, entry > -100), (0, True))
    cases = (Case("positive", {array_: positive}),)
    assert (
        prove(never_drawn, Integer(1), Assuming(cases=cases, provided=condition)).verdict
        is Verdict.UNDECIDED
    )
    assert prove(never_drawn, Integer(1), Assuming(cases=cases, provided=entry > 0)).holds


def test_nothing_is_proved_of_no_point_at_all():
    nowhere = Assuming(
        cases=(Case("positive", {real: positive}),), provided=And(real > 0, real < 0)
    )
    assert prove(real, real + 1, nowhere).verdict is Verdict.UNDECIDED
