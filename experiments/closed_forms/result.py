"""What is recorded of each form: verdicts on what was given, what was derived, what SymPy says."""

from typing import Literal

from experiments.framework.results import ExperimentResult, Run
from runs.records import Model


class Judged(Model):
    """A formula and the verdict on it; `scope` is what it is proved for, or why it is not.

    `counterexample` says whether a point was given; an answer of another shape needs none.
    """

    formula: str
    verdict: str
    scope: str
    seconds: float
    counterexample: bool = False


class Made(Model):
    """What `derive` makes: a gradient in matrix form, or entry by entry where none is proved.

    `length` is relative to the given gradient, both in characters without spaces.
    """

    gradient: str
    is_matrix_form: bool
    verdict: str
    scope: str
    length: float
    seconds: float


class Said(Model):
    """What SymPy's own derivative is worth: held against the right values at points.

    `why` is the exception, the first part that stays unevaluated, or what no translation has.
    """

    verdict: Literal["right", "silently wrong", "no answer"]
    derivative: str
    why: str
    seconds: float


class Form(Model):
    """One closed form; `wrong` are its two wrong ones."""

    id: str
    source: str
    function: str
    wrt: str
    order: int
    given: Judged
    derived: Made
    wrong: list[Judged]
    sympy: Said


class Dispute(Model):
    """One dispute: `expected` is the verdict that is right for what was claimed."""

    id: str
    source: str
    function: str
    wrt: str
    claimed: Judged
    expected: Literal["proved", "refuted"]


class ClosedFormsRun(Run):
    """The forms of one family, or the disputes."""

    forms: list[Form]
    disputes: list[Dispute]


class Score(Model):
    """Counts over forms; `compact` are the matrix forms that are not long.

    `silent` counts where SymPy is wrong without a word.
    """

    forms: int
    proved: int
    derived: int
    compact: int
    wrong: int
    refuted: int
    sympy_right: int
    sympy_silent: int
    sympy_none: int


class Open(Model):
    """What is not decided, and why: a gradient that was given, or one that none was derived for."""

    id: str
    what: Literal["given", "derived", "wrong", "dispute"]
    formula: str
    why: str


class ClosedFormsResult(ExperimentResult):
    """All forms and disputes.

    `false` names verdicts that are wrong, of which there must be none; `seconds` are those of every
    given gradient, in order.
    """

    families: dict[str, Score]
    total: Score
    disputes: int
    decided: int
    undecided: list[Open]
    false: list[str]
    seconds: list[float]
    runs: list[ClosedFormsRun]

    @property
    def failures(self) -> list[str]:
        """The wrong verdicts."""
        return [f"{what}: a wrong verdict" for what in self.false]
