"""What is said of the derivatives of generated objectives is true before JAX."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from limits import time_limit

from derivations.prover.points.counterexamples import Counterexample
from derivations.prover.proof import Verdict
from tests.verify.differentiation.evaluation import derivative, value
from tests.verify.objectives.mutants import mutants
from tests.verify.objectives.random_objectives import SIZES, RandomObjective, random_objective
from verify.differentiation.gradient import gradient
from verify.differentiation.nodes import NoMatrixFormError
from verify.grading.grade import Grade, grade
from verify.language import meaning
from verify.language.tree import AnswerSyntaxError
from verify.language.words.along_axis import ALONG_AXIS
from verify.language.words.elementwise import NUMBERS
from verify.objectives.asked import Asked
from verify.objectives.objective import ObjectiveError

BLOCK = 20
SECONDS = 3
DEPTH = 2
MUTANTS = 2
HINTS = 5
"""Every so many objectives, hints are asked for, too: they must not raise."""
POINTS, EXTENTS = 2, ((2, 3, 4), (4, 2, 3), (3, 4, 2), (2, 4, 1))
"""Few shapes, since JAX compiles every operation for every shape."""
STEP = 1e-6
ALIKE, APART = 1e-7, 1e-4
"""Of one value relative to the largest: rounding is far below, an error of a formula far above."""
PINNED = tomllib.loads((Path(__file__).parent / "pinned.toml").read_text())["objectives"]


def pytest_generate_tests(metafunc):
    if "seeds" in metafunc.fixturenames:
        number, first = (metafunc.config.getoption(name) for name in ("--objectives", "--seed"))
        first *= 10**6
        blocks = [
            range(at, min(at + BLOCK, first + number)) for at in range(first, first + number, BLOCK)
        ]
        metafunc.parametrize("seeds", blocks, ids=lambda block: f"{block.start}-{block.stop - 1}")


def test_verdicts_on_generated_objectives_are_true(seeds):
    judged = [(seed, said) for seed in seeds for _, said in judged_objective(seed)]
    complaints = [f"seed {seed}: {said}" for seed, said in judged if said]
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("pinned", PINNED, ids=lambda pinned: pinned["function"])
def test_a_derivative_that_was_not_settled_is_proved(pinned, request):
    if why := pinned.get("known"):
        request.applymarker(pytest.mark.xfail(reason=why))
    case = Asked(pinned["function"], pinned["wrt"], pinned["shapes"])
    with time_limit(SECONDS):
        assert grade(case.question(), pinned["derivative"]).verdict is Verdict.PROVED


def test_the_objectives_are_in_all_words_of_the_language():
    drawn = " ".join(random_objective(seed, DEPTH).function for seed in range(3000))
    known = {*meaning.FUNCTIONS, *ALONG_AXIS, *meaning.CONSTANTS, *meaning.LIKE, *NUMBERS}
    known -= {*meaning.OF_ENTRIES, "squeeze", "copy", "float"}  # each is the array that it is of
    known = {word for word in known if not word.startswith("_")}  # of what labels are said by
    words = drawn.replace("(", " ").replace(")", " ").replace(".", " ").replace(",", " ").split()
    assert known <= set(words), known - set(words)


def judged_objective(seed: int) -> list[tuple[str, str]]:
    """The verdict on the derivative that rules find and on mutants of it, each with a complaint.

    What ends in an error has no verdict, as for a reader of the answer.
    """
    drawn = random_objective(seed, DEPTH)
    asked = asked_of(drawn)
    try:
        with time_limit(SECONDS):
            form, *_ = gradient(asked.tree(), asked.objective().vocabulary, drawn.wrt)
            question = asked.question()
    except (NoMatrixFormError, TimeoutError, ObjectiveError) as error:
        return [(type(error).__name__, "")]
    except AnswerSyntaxError as error:  # the one thing that is drawn and not read
        if "a condition on a sum of branches is not in the language" not in str(error):
            raise
        return [(type(error).__name__, "")]
    judge, found = Judge(drawn, seed), []
    for place, text in enumerate([form.text, *mutants(form.text, drawn.names, MUTANTS, seed)]):
        try:
            with time_limit(SECONDS):
                given = grade(question, text)
                if seed % HINTS == 0:
                    _ = given.hint
        except (TimeoutError, ValueError, TypeError) as error:
            found.append((type(error).__name__, ""))
            continue
        said = f"{drawn.function}  d/d{drawn.wrt}  {text}  is {given.verdict.value}"
        name = given.verdict.value if not place else f"mutant {given.verdict.value}"
        found.append((name, complaint(judge, text, given, said, is_derived=not place)))
    return found


def asked_of(drawn: RandomObjective) -> Asked:
    """The derivative of a drawn objective, as a question."""
    shapes = ", ".join(f"{name}: {' '.join(shape)}" for name, shape in drawn.names.items())
    return Asked(drawn.function, drawn.wrt, shapes)


def complaint(judge: Judge, text: str, given: Grade, said: str, is_derived: bool) -> str:
    """What JAX has against a verdict, or against the rules that derived a text; else nothing."""
    truth = judge.truth(text)
    if truth is False and (is_derived or given.verdict is Verdict.PROVED):
        return f"{said}, and JAX differs"
    if given.verdict is Verdict.REFUTED and truth:
        at = given.counterexample
        if is_derived or at is None or not judge.differs_at(at, text):
            return f"{said}, and JAX agrees"
    return ""


class Judge:
    """JAX, at a few points of drawn sizes."""

    def __init__(self, drawn: RandomObjective, seed: int):
        self.drawn = drawn
        self.points = []
        rng = np.random.default_rng([seed, 1])
        for extents in rng.permutation(EXTENTS)[:POINTS]:
            sizes = dict(zip(SIZES, map(int, extents), strict=True))
            point = sizes | {
                name: rng.normal(size=[sizes[s] for s in shape])
                for name, shape in drawn.names.items()
            }
            right = derivative(drawn.function, drawn.wrt, point)
            if np.all(np.isfinite(right)):
                self.points.append((point, right))

    def truth(self, text: str) -> bool | None:
        """Whether a text is the derivative; None where rounding leaves it open."""
        errors = [error_of(text, point, right) for point, right in self.points]
        if any(error > APART for error in errors):
            return False
        return True if len(errors) == POINTS and max(errors) < ALIKE else None

    def differs_at(self, found: Counterexample, text: str) -> bool:
        """Whether a text is no derivative at the point that refutes it, as far as rounding says."""
        given = {str(name): as_array(value) for name, value in found.point.items()}
        sizes = {name: int(given.get(name, 2)) for name in SIZES}
        for name, shape in self.drawn.names.items():
            sizes |= dict(zip(shape, np.shape(given.get(name, 0)), strict=False))
        unused = {
            name: np.ones([sizes[size] for size in shape])
            for name, shape in self.drawn.names.items()
            if name not in given
        }
        point = given | unused | sizes
        right = derivative(self.drawn.function, self.drawn.wrt, point)
        if not np.all(np.isfinite(right)):  # as JAX's of a norm at 0, also where its square is met
            right = slopes(self.drawn.function, self.drawn.wrt, point)
        return not error_of(text, point, right) < ALIKE


def slopes(function: str, wrt: str, point: dict) -> np.ndarray:
    """The derivative by central differences."""
    at = np.asarray(point[wrt], dtype=float)
    found = np.zeros(at.shape)
    for place in np.ndindex(at.shape):
        step = np.zeros(at.shape)
        step[place] = STEP
        before, after = (value(function, point | {wrt: at + s}) for s in (-step, step))
        found[place] = (after - before) / (2 * STEP)
    return found


def as_array(given):
    """A number, or an array whose entries have places that count from 1."""
    if not isinstance(given, dict):
        return float(given)
    array = np.zeros(np.max(list(given), axis=0))
    for place, entry in given.items():
        array[tuple(p - 1 for p in place)] = float(entry)
    return array


def error_of(text: str, point: dict, right) -> float:
    """The largest difference of entries that have values, relative to the largest value; infinite
    for what does not fit.
    """
    try:
        mine = value(text, point)
    except (TypeError, ValueError, AttributeError):  # a number has no .T
        return np.inf
    if np.ndim(mine) and np.shape(mine) != np.shape(right):
        return np.inf
    errors = np.abs(mine - right) / (1 + np.max(np.abs(right)))
    return float(np.max(errors, where=np.isfinite(errors), initial=0))
