"""The verdict on one answer: read it, check its shape, attack it at points, prove it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import Expr, exp, tanh

from derivations.prover.normal_form import is_zero, normal_form
from derivations.prover.proof import Verdict
from derivations.prover.regions import BRANCHING, vanishes_in_regions
from verify.grading.hints import hint_for
from verify.grading.points import Counterexample, search
from verify.grading.question import Question
from verify.language.latex_meaning import LatexMeaning
from verify.language.latex_text import is_latex, read_latex
from verify.language.meaning import Meaning
from verify.language.numpy_text import read_numpy
from verify.language.spoken import spoken
from verify.language.tensor import ShapeError, Tensor, written
from verify.numerics.domain import Kind

DEFINED = ", wherever yours is defined"
ONLY_AT_A_KINK = "only at a kink, where another value is declared"


@dataclass(frozen=True)
class Grade:
    """What is known of an answer; `understood` is its entry in index notation, as it was read."""

    verdict: Verdict
    scope: str
    understood: str = ""
    hint: str | None = None
    counterexample: Counterexample | None = None


def grade(question: Question, text: str, latex: bool = False) -> Grade:
    """Grade an answer, in LaTeX if said so or if it looks like it.

    Raises `AnswerSyntaxError` for a text that is not in the language.
    """
    try:
        meaning, answer = _read(question, text, latex or is_latex(text))
    except ShapeError as error:
        return Grade(Verdict.REFUTED, "shapes", hint=str(error))
    remark = next(iter(meaning.remarks), None)
    found = judged(question, answer.entry, remark)
    if found.verdict is not Verdict.PROVED:
        return found
    if answer.needs:
        return replace(found, scope=found.scope.removesuffix(DEFINED) + DEFINED)
    return found


def judged(question: Question, answer: Expr, remark: str | None = None) -> Grade:
    """Grade an entry at the question's indices; `remark` is the hint if no mistake explains it."""
    said = spoken(answer, question.indices)
    found = search(question, answer)
    if found.counterexample:
        at_kink = found.counterexample.kind is Kind.KINK
        hint = ONLY_AT_A_KINK if at_kink else hint_for(question, answer) or remark
        return Grade(Verdict.REFUTED, "one point", said, hint, found.counterexample)
    if not found.agreeing:
        return Grade(Verdict.UNDECIDED, "no point found where it has a value", said)
    return _proved(question, answer, said) or Grade(
        Verdict.UNDECIDED, f"agrees at {found.agreeing} points", said
    )


def _read(question: Question, text: str, latex: bool) -> tuple[Meaning, Tensor]:
    """What was read, and its entry at the question's indices.

    Where an answer in LaTeX does not fit as arrays, its small letters may be entries of them.
    """
    if not latex:
        meaning = Meaning(question.vocabulary)
        return meaning, _entry(question, meaning.answer(read_numpy(text)))
    tree = read_latex(text)
    meaning = LatexMeaning(question.vocabulary)
    try:
        return meaning, _entry(question, meaning.answer(tree))
    except ShapeError as error:
        meaning = LatexMeaning(question.vocabulary, small_letters_are_entries=True)
        try:
            return meaning, _entry(question, meaning.answer(tree))
        except ValueError:
            raise error from None


def _entry(question: Question, tensor: Tensor) -> Tensor:
    """The answer's entry at the question's indices."""
    if not tensor.axes and _is_entry(question, tensor.entry):
        return tensor
    if tensor.shape != question.shape:
        raise ShapeError(f"yours is {written(tensor.shape)}, {question.expected}")
    return tensor.placed(*question.indices)


def _is_entry(question: Question, number: Expr) -> bool:
    """Whether a number speaks of the places asked for, or is right at all of them."""
    indexed = bool(number.free_symbols & set(question.indices))
    return indexed or _vanishes(question, number - question.right)


def _proved(question: Question, answer: Expr, said: str) -> Grade | None:
    """The proof, with the abbreviations as they stand or written out; by regions if need be."""
    sizes = ", ".join(question.vocabulary.sizes)
    scope = f"every {sizes}" if sizes else "every value"
    as_it_stands = answer - question.right
    written_out = question.written_out(answer) - question.written_out(question.right)
    written_out = written_out.replace(tanh, lambda x: (1 - exp(-2 * x)) / (1 + exp(-2 * x)))
    plain = [e for e in (as_it_stands, written_out) if not e.has(*BRANCHING)]
    if any(_vanishes(question, difference) for difference in plain):
        return Grade(Verdict.PROVED, scope, said)
    proved, everywhere = vanishes_in_regions(written_out)
    if not proved:
        return None
    return Grade(Verdict.PROVED, scope if everywhere else scope + DEFINED, said)


def _vanishes(question: Question, difference: Expr) -> bool:
    form = normal_form(difference)
    for fact in question.facts:
        form = normal_form(fact.rewrite(form))
    return is_zero(form)
