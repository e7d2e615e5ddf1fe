"""No sentence holds whatever comes out: each condition is weakened once, and a law must see it."""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import pytest
from jinja2 import nodes
from sentences import Sentence, is_number, is_numbers, parts, replaced, sentences_of

from experiments.framework.experiment import experiment_names
from experiments.framework.results import result_path
from report.build import Plan
from report.render import environment, section_names, template

PLANS = [Plan("full"), Plan("quick")]


@pytest.fixture(scope="module", params=PLANS, ids=lambda plan: plan.profile)
def tables(request: pytest.FixtureRequest) -> list["Table"]:
    plan = request.param
    results = [plan.verdicts, *(result_path(name, plan.outputs) for name in experiment_names())]
    if missing := [path for path in results if not path.exists()]:
        pytest.skip(f"no {missing[0].name} here; make report PROFILE={plan.profile} provides it")
    return [Table(sentence) for sentence in sentences_of(plan)]


def test_sentences_obey_the_laws(tables: list["Table"]):
    broken = [
        (table.sentence.where, *laws) for table in tables if (laws := list(table.broken_laws()))
    ]
    assert broken == []


def test_each_part_of_a_condition_matters(tables: list["Table"]):
    idle = [
        (table.sentence.where, mutant.change)
        for table in tables
        for mutant, row in table.mutants
        if row == table.rows[mutant.place] and not mutant.change.startswith("a number")
    ]
    assert idle == []


def test_each_weakened_condition_breaks_a_law(tables: list["Table"]):
    weakened = [
        (table, mutant, row)
        for table in tables
        for mutant, row in table.mutants
        if any(new and not own for new, own in zip(row, table.rows[mutant.place], strict=True))
    ]
    survivors = [
        (table.sentence.where, mutant.place, mutant.change)
        for table, mutant, row in weakened
        if not any(table.laws_broken_by(mutant, row))
    ]
    assert len(weakened) > 200
    assert survivors == []


@pytest.mark.parametrize("name", section_names())
def test_what_compares_quantities_is_no_plain_if(name: str):
    """It would choose between two sentences, of which no law holds either."""
    source = template(name).read_text(encoding="utf-8")
    tags = list(environment().parse(source).find_all(nodes.If))
    sentences = [tag for tag in tags if any(isinstance(n, nodes.CallBlock) for n in tag.else_)]
    branches = {id(branch) for tag in sentences for branch in (tag, *tag.elif_)}
    compared = [
        tag.test.lineno
        for tag in tags
        if id(tag) not in branches
        for operand in parts(tag.test, nodes.Operand)
        if operand.op in ("lt", "lteq", "gt", "gteq")
    ]
    assert compared == []


class Mutant(NamedTuple):
    """One condition of a sentence, changed once."""

    place: int
    change: str
    condition: nodes.Expr


def mutants(sentence: Sentence) -> Iterator[Mutant]:
    """Each condition negated and left out, each part of it left out, each number ten times off."""
    for place, condition in enumerate(sentence.conditions):
        yield Mutant(place, "negated", nodes.Not(condition))
        yield Mutant(place, "left out", nodes.Const(True))
        for joined in parts(condition, nodes.And):
            for kept, left_out in (("left", "right"), ("right", "left")):
                change = f"the {left_out} of `and` left out"
                yield Mutant(place, change, replaced(condition, joined, getattr(joined, kept)))
        for number in filter(lambda part: is_number(part.value), sentence.literals(condition)):
            for other in tenfold(number.value):
                change = f"a number {number.value} made {other}"
                yield Mutant(place, change, replaced(condition, number, nodes.Const(other)))


class Table:
    """Where each condition of a sentence holds: at the results first, then at other points."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence, self.points = sentence, sentence.points()
        self.rows = [self.row(condition) for condition in sentence.conditions]

    def row(self, condition: nodes.Expr) -> list[bool | None]:
        return [self.sentence.truth(condition, point) for point in self.points]

    @cached_property
    def mutants(self) -> list[tuple[Mutant, list[bool | None]]]:
        """The weakened conditions, and where each of them holds."""
        return [(mutant, self.row(mutant.condition)) for mutant in mutants(self.sentence)]

    def broken_laws(self) -> Iterator[str]:
        """What is wrong with the sentence as it is written."""
        yield from self.contradictions(self.rows)
        if len(self.rows) == 1:
            yield from self.unheld(self.sentence.conditions[0], self.rows[0])

    def laws_broken_by(self, mutant: Mutant, row: list[bool | None]) -> Iterator[str]:
        """What would be wrong with the sentence if one condition were another."""
        yield from self.contradictions(
            [*self.rows[: mutant.place], row, *self.rows[mutant.place + 1 :]]
        )
        if len(self.rows) == 1:
            yield from self.unheld(mutant.condition, row)

    def contradictions(self, rows: list[list[bool | None]]) -> Iterator[str]:
        """Whether the alternatives say nothing about the results, or too much somewhere."""
        if not any(row[0] for row in rows):
            yield "the results contradict it"
        if any(column.count(True) > 1 for column in zip(*rows, strict=True)):
            yield "two alternatives hold at once"

    def unheld(self, condition: nodes.Expr, row: list[bool | None]) -> Iterator[str]:
        """What nothing holds, where no alternative says what the sentence does not."""
        if parts(condition, nodes.And):
            yield "it has several parts and no alternative"
        if all(row):
            yield "it holds whatever comes out"
        numbers = [part for part in self.sentence.literals(condition) if is_number(part.value)]
        others = [
            (value, other) for value in self.sentence.values for other in tenfold(value.value)
        ]
        if numbers and all(self.holds_at(condition, *change) for change in others):
            yield "it holds for values ten times off"

    def holds_at(self, condition: nodes.Expr, value: nodes.Const, other: object) -> bool | None:
        """Whether a condition holds at the results but for one value."""
        point = [other if each is value else each.value for each in self.sentence.values]
        return self.sentence.truth(condition, tuple(point))


def tenfold(value: object) -> list[object]:
    """A number ten times as large and ten times as small; of what is no number, another value."""
    if isinstance(value, bool):
        return [not value]
    if is_number(value):
        return [value * 10, value / 10] if value else [1]
    if is_numbers(value):
        return [[tenfold(number)[place] for number in value] for place in (0, -1)]
    return [[], [*value, "another"]] if isinstance(value, list) else ["another"]
