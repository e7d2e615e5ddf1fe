"""The verdict on one answer: read it, try it at points, prove it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import product

from sympy import Basic, Dummy, Expr, Integer, Mul, Pow, Symbol, fraction, together

from derivations.notation import places_of, substitute, with_range
from derivations.prover.facts import ZeroOrOne
from derivations.prover.needs import Need, Sign
from derivations.prover.normal_form import normal_form
from derivations.prover.points.counterexamples import Counterexample
from derivations.prover.points.drawing import has_value_at
from derivations.prover.proof import Proof, Scope, Verdict
from derivations.prover.prove import prove, proved_for_every_size
from derivations.prover.words import scope_to_text
from verify.grading.hints import hint_for
from verify.grading.points import search
from verify.grading.question import Question
from verify.grading.remarks.digits import rounded
from verify.grading.remarks.floats import overflow
from verify.language.definedness import is_of_length
from verify.language.latex.meaning import LatexMeaning
from verify.language.latex.text import BARS, ODOTS, is_latex, left_side, read_latex, without_bold
from verify.language.latex.unclear import reject_unclear
from verify.language.meaning import Meaning
from verify.language.program.masks import truths_in
from verify.language.program.reading import read_answer
from verify.language.program.text import own_arguments, with_one_value, with_result
from verify.language.tensor import ShapeError, Tensor, UnreadShapeError, written
from verify.language.tree import AnswerSyntaxError
from verify.numerics.domain import Kind

SHAPES = "shapes"
"""The scope of an answer whose shape is wrong."""
LEFT_SIDE = re.compile(
    r"\s*(?:return\b|lambda\s+(?P<arguments>\w[\w\s,]*):|(?P<name>[A-Za-z_]\w*)\s*=(?!=))"
)
YOURS = "wherever yours is defined"
ONLY_AT_A_KINK = "only at a kink, where another value is declared"


@dataclass(frozen=True)
class Grade:
    """What is known of an answer: its `entry` in index notation, as it was read."""

    verdict: Verdict
    scope: str
    entry: Expr | None = None
    counterexample: Counterexample | None = None
    explain: Callable[[], str | None] = lambda: None

    @cached_property
    def hint(self) -> str | None:
        """What may have gone wrong, sought once it is asked for: it takes as long as a verdict."""
        return self.explain()


def grade(question: Question, text: str, latex: bool = False, gaps: str = YOURS) -> Grade:
    """Grade an answer, in LaTeX if said so or if it looks like it.

    `gaps` says where it is proved that has no value everywhere. Bars that are wrong entry by entry
    may be those of a norm or a determinant, and \\sigma(x)(1 - \\sigma(x)) may be meant entry by
    entry. Raises `AnswerSyntaxError` for a text that is not in the language.
    """
    is_in_latex = latex or is_latex(text)
    values = [] if is_in_latex else with_one_value(text)
    fitting = _the_one_that_fits(question, values, gaps) if len(values) > 1 else None
    text, found = fitting or (text, _graded(question, text, is_in_latex, gaps))
    if not is_in_latex:
        _reject_two_meanings(question, text, found.verdict)
    if not is_in_latex or found.verdict is not Verdict.REFUTED:
        return found
    if BARS.search(text) and (other := _proved_as(question, text, gaps, bars_are_norms=True)):
        return other
    # A sum may be meant over the rows of what stands in it: of that nothing is said.
    is_of_shapes = found.scope == SHAPES and r"\sum" not in text
    if is_of_shapes and _proved_as(question, text, gaps, neighbours_are_alike=True):
        raise AnswerSyntaxError.saying(r"a product of the entries of two arrays: write \odot")
    if ODOTS.search(text) and _proved_as(question, text, gaps, odot_is_loose=True):
        raise AnswerSyntaxError.saying(r"what \odot is between is not clear: write brackets")
    return found


def _the_one_that_fits(
    question: Question, values: list[str], gaps: str
) -> tuple[str, Grade] | None:
    """Of a text that returns several values that with the only one that has the shape that is asked
    for, and the verdict on it.
    """
    fitting = []
    for value in values:
        with suppress(ValueError):
            found = _graded(question, value, False, gaps)
            if found.verdict is Verdict.PROVED or is_one_for_each(question, found):
                fitting.append((value, found))
    return fitting[0] if len(fitting) == 1 else None


def is_one_for_each(question: Question, found: Grade) -> bool:
    """Whether an answer has a number for each index that the question has."""
    return found.entry is not None and found.entry.has(*question.indices)


def _reject_two_meanings(question: Question, text: str, verdict: Verdict) -> None:
    """A name of the function to which it gives another value is either of them in an answer, if
    that makes no difference; an argument of an answer's own def is the function's.
    """
    again = question.given_again.keys() - own_arguments(text)
    if twice := [name for name in again if re.search(rf"\b{name}\b", text)]:
        shown = question.shown._replace(named={**question.shown.named, **question.given_again})
        other = _graded(replace(question, shown=shown), text, False, YOURS).verdict
        if other is not verdict:
            which = f"{min(twice)} may be the argument or the value that the function gives it"
            raise AnswerSyntaxError(f"{which}: write another name for one of them there")


def _proved_as(
    question: Question, text: str, gaps: str, latex: bool = True, **reading: bool
) -> Grade | None:
    """The verdict on another reading of a text, if it is proved."""
    with suppress(ValueError):
        found = _graded(question, text, latex, gaps, **reading)
        return found if found.verdict is Verdict.PROVED else None
    return None


def _graded(question: Question, text: str, is_in_latex: bool, gaps: str, **reading: bool) -> Grade:
    try:
        meaning, answer = _read(question, text, is_in_latex, **reading)
    except UnreadShapeError as error:
        raise AnswerSyntaxError.saying(str(error)) from None
    except ShapeError as error:
        misfit = partial(_misfit, question, text, is_in_latex, str(error))
        return Grade(Verdict.REFUTED, SHAPES, explain=misfit)
    remark = next(iter(meaning.remarks), None)
    is_of_entry = _names_a_place(question, text, is_in_latex)
    is_number = question.shape and not answer.axes and not is_of_entry
    entry = answer.placed(*question.indices) if answer.axes else answer
    found = judged(question, entry.entry, entry.needs, remark, gaps)

    def explain() -> str | None:
        match found.verdict:
            case Verdict.PROVED if not is_in_latex:
                return overflow(question, text)
            case Verdict.REFUTED if is_number:
                return f"yours is (), {question.expected}"
            case Verdict.REFUTED if not is_in_latex:
                return rounded(text, partial(_is_proved, question)) or found.hint
        return found.hint

    return replace(found, explain=explain)


def _misfit(question: Question, text: str, is_in_latex: bool, said: str) -> str:
    """What is wrong with the shape; in numerator layout a gradient is the transpose, and of a
    Hessian some give the diagonal.
    """
    transposed = rf"\left({text}\right)^\top" if is_in_latex else with_result(text, "({}).T")
    if _proved_as(question, transposed, YOURS, is_in_latex):
        return f"{said}; its transpose is right, as in numerator layout"
    if not is_in_latex and _proved_as(question, with_result(text, "diag({})"), YOURS, False):
        return f"{said}; it is the right diagonal, beside which all entries are 0"
    return said


def _is_proved(question: Question, text: str) -> bool:
    _, answer = _read(question, text, latex=False)
    entry = answer.placed(*question.indices) if answer.axes else answer
    return _proof(
        question, entry.entry, (*entry.needs, *question.required, *question.crossings)
    ).holds


def judged(
    question: Question,
    answer: Expr,
    needs: tuple[Need, ...] = (),
    remark: str | None = None,
    gaps: str = YOURS,
) -> Grade:
    """Grade an entry at the question's indices; `remark` is the hint if no mistake explains it."""
    needs = (*needs, *question.required)
    wanted = (*needs, *question.crossings)
    # Before a point of large arrays is tried.
    proof = proved_for_every_size((answer, question.right, question.assuming, wanted))
    found = None if proof else search(question, answer, (*needs, *question.kinks))
    counterexample, kind = found or (None, Kind.ORDINARY)
    if not counterexample:
        proof = proof or _proof(question, answer, wanted)
        counterexample = proof.counterexample
        if not counterexample:
            scope = _scope(question, proof)
            if proof.holds and (unsaid := _gaps_with_values(scope.gaps, question)):
                shown = tuple(gap.at(_unnamed(gap, question)) for gap in unsaid)
                agreed = scope_to_text(replace(scope, gaps=shown))
                return Grade(Verdict.UNDECIDED, f"right for {agreed}; open elsewhere", answer)
            return Grade(proof.verdict, proof.why or _in_words(scope, question, gaps), answer)
        if not has_value_at((), question.kinks, counterexample.point):
            return Grade(Verdict.UNDECIDED, "differs where there may be no derivative", answer)
    at_a_kink = ONLY_AT_A_KINK if kind is Kind.KINK else None

    def explain() -> str | None:
        return at_a_kink or hint_for(question, answer) or remark

    return Grade(Verdict.REFUTED, "one point", answer, counterexample, explain)


def _proof(question: Question, answer: Expr, needs: tuple[Need, ...]) -> Proof:
    """The proof that an answer is right, or equal to a form that the derivation proves to be."""
    proof = prove(answer, question.right, question.assuming, needs=needs)
    if proof.verdict is Verdict.UNDECIDED:
        for form, scope in question.other_forms:
            other = prove(answer, form, question.assuming, needs=needs)
            if other.holds:
                return replace(other, scope=other.scope | scope)
    return proof


def _gaps_with_values(gaps: tuple[Need, ...], question: Question) -> list[Need]:
    """Where the rules say nothing, but the answer may have values, as x^a at x = -1 and a = 2: gaps
    of the rules alone that do not follow from other needs.
    """
    certain = [*question.needs, *(gap for gap in gaps if not gap.is_of_rules)]
    certain += [replace(n, sign=Sign.NONZERO) for n in certain if n.sign is Sign.POSITIVE]

    def is_certain(need: Need) -> bool:
        return any(
            _essence(need, question) == _essence(other, question)
            or _is_of_one_entry(need, other, question)
            for other in certain
        )

    def follows(gap: Need) -> bool:
        factors = Mul.make_args(normal_form(gap.quantity))
        return all(is_certain(replace(gap, quantity=f.as_base_exp()[0])) for f in factors)

    return [gap for gap in gaps if gap.is_of_rules and not follows(gap)]


def _scope(question: Question, proof: Proof) -> Scope:
    """What was proved: what the right side itself needs is a condition of the question."""
    kinks = {_essence(kink.simplified(), question) for kink in question.crossings}
    gaps = {gap: _essence(gap, question) for gap in proof.scope.gaps}
    off_kinks = {gap: essence for gap, essence in gaps.items() if essence not in kinks}
    needed = {_essence(need, question) for need in question.needs}
    needed |= {(*what, Sign.NONZERO) for *what, sign in needed if sign is Sign.POSITIVE}
    asked: dict[tuple, Need] = {}
    for gap, essence in off_kinks.items():
        if essence in needed:
            asked[essence] = min(asked.get(essence, gap), gap, key=_length)
    alike: dict[tuple, list[Need]] = {}
    for (*what, _), gap in asked.items():
        if not gap.where and not any(_is_of_one_entry(gap, o, question) for o in asked.values()):
            alike.setdefault(tuple(what), []).append(gap)
    conditions = [need.at(_unnamed(need, question)).relation for need in map(_both, alike.values())]
    others = [gap for gap, essence in off_kinks.items() if essence not in asked]
    others += [gap for gap in asked.values() if gap.where]  # some places ask it, and not all
    said = (*others, *asked.values())
    return replace(
        proof.scope,
        symbols=proof.scope.symbols | question.signed,
        conditions=(*proof.scope.conditions, *conditions),
        gaps=tuple(g for g in others if not any(_is_of_one_entry(g, o, question) for o in said)),
        off_kinks=proof.scope.off_kinks or len(off_kinks) < len(gaps),
    )


def _both(needs: list[Need]) -> Need:
    """All that is needed of one quantity: what is at least 0, and not 0, is positive."""
    shortest = min(needs, key=_length)
    return shortest if len(needs) == 1 else replace(shortest, sign=Sign.POSITIVE)


def _length(need: Need) -> int:
    return need.quantity.count_ops()


def _in_words(scope: Scope, question: Question, gaps: str) -> str:
    asked = {_essence(need, question) for need in question.needs if need.where}
    is_of_both = any(gap.where and _essence(gap, question) in asked for gap in scope.gaps)
    text = scope_to_text(scope, None if is_of_both else gaps)
    shapes = [quantity.shape for quantity in question.vocabulary.quantities.values()]
    has_numbers = any(isinstance(extent, Integer) for shape in shapes for extent in shape)
    return f"{text}, at the sizes given in numbers" if has_numbers else text


def _essence(need: Need, question: Question) -> tuple[Expr, tuple, Sign]:
    """What a need asks, whatever its sums and its own index are called, and up to a factor that is
    positive.
    """
    quantity, sign = normal_form(need.quantity), need.sign
    numerator, denominator = fraction(together(quantity))
    if denominator.is_positive:
        quantity = numerator.primitive()[1]
    while isinstance(quantity, Pow) and quantity.exp.is_positive:
        if sign is Sign.POSITIVE and quantity.exp.is_even:
            sign = Sign.NONZERO  # a square is positive where its root is not 0
        if not _is_told_by_base(sign, quantity):
            break
        quantity = quantity.base
    own = places_of(quantity) - set(question.indices)
    if len(own) == 1:
        (place,) = own
        name = with_range(Symbol("own", integer=True), place.lower, place.upper)
        quantity = substitute(quantity, {place: name})
    return quantity, need.where, sign


def _is_told_by_base(sign: Sign, power: Pow) -> bool:
    """A power is 0 where its base is; a root is positive where that is."""
    is_root = power.exp.is_integer is False
    return sign is Sign.NONZERO or (sign is Sign.POSITIVE and is_root)


def _is_of_one_entry(need: Need, other: Need, question: Question) -> bool:
    """Whether a need of the entry in question is what the other asks of every entry, or less."""
    own = sorted(places_of(other.quantity) - set(question.indices), key=str)
    quantity, where, sign = _essence(need, question)
    for places in product(question.indices, repeat=len(own)):
        at = dict(zip(own, places, strict=True))
        if at and all(general.upper == place.upper for general, place in at.items()):
            same, always, stronger = _essence(other.at(at), question)
            if same == quantity and {*always} <= {*where} and stronger in (sign, Sign.POSITIVE):
                return True
    return False


def _unnamed(need: Need, question: Question) -> dict[Basic, Basic]:
    """New indices, which are printed as single letters, for those of a need of every entry."""
    own = places_of(need.quantity, *need.where) - set(question.indices)
    return {k: with_range(Dummy(integer=True), k.lower, k.upper) for k in own}


def _without_left_side(question: Question, text: str) -> str:
    """What is behind `return`, `lambda x:`, or `dw =` if dw is no name of the question, at its
    columns.
    """
    left = LEFT_SIDE.match(text)
    if not left or "\n" in text.strip() or left["name"] in question.vocabulary.names:
        return text
    arguments = set(re.findall(r"\w+", left["arguments"] or ""))
    is_in_names = arguments <= set(question.vocabulary.names) - question.given_again.keys()
    return " " * left.end() + text[left.end() :] if is_in_names else text


def _read(
    question: Question, text: str, latex: bool, odot_is_loose: bool = False, **reading: bool
) -> tuple[Meaning, Tensor]:
    """What was read; where an answer in LaTeX does not fit as arrays, its small letters may be
    entries of them.
    """
    if not latex:
        text = _without_left_side(question, text)
        meaning = Meaning(question.vocabulary)
        read = read_answer(text, question.shown)
        facts = question.assuming.facts
        known = {str(fact.base) for fact in facts if isinstance(fact, ZeroOrOne)}
        for name in truths_in(read) - known:
            what = f"{name} is not known to be 0 or 1: write where({name} != 0, ...)"
            raise AnswerSyntaxError(what)
        return meaning, _fitting(question, meaning.answer(read))
    tree = read_latex(text, odot_is_loose)
    _reject_other_left_side(question, text)
    reject_unclear(tree, without_bold(text))
    meaning = LatexMeaning(question.vocabulary, **reading)
    try:
        return meaning, _fitting(question, meaning.answer(tree))
    except ShapeError as error:
        meaning = LatexMeaning(question.vocabulary, small_letters_are_entries=True)
        try:
            return meaning, _fitting(question, meaning.answer(tree))
        except ValueError:
            raise error from None


def _reject_other_left_side(question: Question, text: str) -> None:
    """What is equal to a derivative in another name, or at its indices in another order, is another
    thing than the question asks for.
    """
    name, letters = left_side(text) or ("", [])
    places = [letter for letter in letters if letter in question.vocabulary.indices]
    if name and question.wrt and question.vocabulary.spelled(name) != question.wrt:
        raise AnswerSyntaxError(f"expected a derivative in {question.wrt}, got one in {name}")
    if places and places != [str(place) for place in question.indices]:
        at = "".join(map(str, question.indices))
        raise AnswerSyntaxError(f"expected the entry {at} on the left side, or no indices there")


def _fitting(question: Question, answer: Tensor) -> Tensor:
    """The answer, whose shape must be the question's, or a number's."""
    if answer.axes and answer.shape != question.shape:
        yours = f"yours is {written(answer.shape)}"
        if any(map(is_of_length, answer.needs)):
            whole = "expected a part of an axis that has as many entries at every size"
            raise UnreadShapeError(f"{yours} at some sizes: {whole}")
        raise ShapeError(f"{yours}, {question.expected}")
    return answer


def _names_a_place(question: Question, text: str, is_in_latex: bool) -> bool:
    r"""Whether an answer is written for one entry, by the indices that it has in the text; in LaTeX
    they stand side by side, as in A_{ij}.
    """
    if is_in_latex:
        letters = re.sub(r"\\[A-Za-z]+", "", text)
        return any(name in letters for name in question.vocabulary.indices)
    names = map(re.escape, question.vocabulary.indices)
    return any(re.search(rf"(?<![A-Za-z]){name}(?![A-Za-z])", text) for name in names)
