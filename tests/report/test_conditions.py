"""No sentence holds whatever comes out: other numbers contradict each condition that holds now."""

import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from jinja2 import UndefinedError, nodes
from jinja2.environment import TemplateExpression
from jinja2.parser import Parser
from jinja2.visitor import NodeTransformer

from report import render
from report.assertions import Assertions, values_of
from report.build import Plan
from report.context import context_of

PLANS = [Plan("full"), Plan("quick")]
Values = list[tuple[str, Any]]


class Places(NodeTransformer):
    """Puts `value_0` and so on where a condition reads its values."""

    def __init__(self, values: list[nodes.Expr]):
        self.values = values

    def visit(self, node, *args, **kwargs):
        if any(node is value for value in self.values):
            return nodes.Name(f"value_{self.values.index(node)}", "load")
        return super().visit(node, *args, **kwargs)


class Recorder(Assertions):
    """Parses `holds` as the report does, and keeps each condition that holds, with its values."""

    seen: list[tuple[str, str, Values]] = []  # noqa: RUF012 (Jinja makes the instance)

    def _condition(self, parser):
        where = nodes.Const(f"{parser.name}:{parser.stream.current.lineno}")
        condition, shown = super()._condition(parser)
        return nodes.And(condition, self.call_method("_record", [where, shown])), shown

    def _record(self, where, shown) -> bool:
        self.seen.append((where, *shown[0]))
        return True


@pytest.fixture(scope="module", params=PLANS, ids=lambda plan: plan.profile)
def conditions(request: pytest.FixtureRequest) -> list[tuple[str, str, Values]]:
    plan = request.param
    if not plan.verdicts.exists():
        pytest.skip(f"no results here; make report PROFILE={plan.profile} provides them")
    Recorder.seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "Assertions", Recorder)
        environment = render.environment()
    context = context_of(plan.outputs, plan.profile, plan.folder)
    for name in context["order"]:
        environment.get_template(f"{name}.tex.jinja").render(context)
    return Recorder.seen


def test_changed_numbers_contradict_each_condition(conditions):
    assert len(conditions) > 40
    assert [text for _, text, values in conditions if not contradicted(text, values)] == []


def test_each_value_of_a_condition_matters(conditions):
    idle = {
        f"{where}: {text}": sorted(names_but_spreads(values) - decisive(text, values))
        for where, text, values in conditions
        if not re.search(r" or |not \(", text)  # of two alternatives one may not matter
    }
    assert {text: names for text, names in idle.items() if names} == {}


def names_but_spreads(values: Values) -> set[str]:
    """Of two spreads that are added up, the other one may be enough."""
    return {name for name, _ in values if not name.endswith(".spread")}


def contradicted(text: str, values: Values) -> bool:
    """Whether a condition can fail: at one other value, or at several where alternatives hold."""
    if decisive(text, values):
        return True
    condition, held, others = numbered(text, values)
    together = product(*([held[place], *others[place]] for place in held))
    return any(not holds(condition, dict(zip(held, other, strict=True))) for other in together)


def decisive(text: str, values: Values) -> set[str]:
    """The values of a condition that can contradict it, changed alone or made another number."""
    condition, held, others = numbered(text, values)
    return {
        name
        for place, (name, _) in enumerate(values)
        if any(
            not holds(condition, held | {f"value_{place}": other})
            for other in others.get(f"value_{place}", ())
        )
    }


def numbered(text: str, values: Values):
    """A condition on `value_0` and so on, the values at which it holds, and others for each."""
    environment = render.environment()
    expression = Parser(environment, text, state="variable").parse_expression()
    read = list(values_of(expression))
    result = nodes.Assign(nodes.Name("result", "store"), Places(read).visit(expression), lineno=1)
    template = environment.from_string(nodes.Template([result], lineno=1))
    condition = TemplateExpression(template, undefined_to_none=True)
    places = {read.index(node): value for node, (_, value) in zip(read, values, strict=True)}
    held = {f"value_{place}": value for place, value in places.items()}
    assert condition(**held)
    numbers = [value for value in held.values() if is_number(value)]
    numbers += [node.value for node in expression.find_all(nodes.Const) if is_number(node.value)]
    others = {
        place: [*changed(value), *(numbers if is_number(value) else ())]
        for place, value in held.items()
    }
    return condition, held, others


def holds(condition: Callable[..., Any], values: dict[str, Any]) -> bool:
    """Whether a condition holds; of an empty list there is no least and no largest number."""
    try:
        return bool(condition(**values))
    except UndefinedError:
        return False


def changed(value: Any) -> Iterator[Any]:
    """Other values of the same kind: a thousandth, a thousandfold, the opposite; none or more."""
    if isinstance(value, bool):
        yield not value
    elif is_number(value):
        yield from (value / 1000, value * 1000, -value) if value else (1,)
    elif isinstance(value, list) and value and all(map(is_number, value)):
        yield from ([x / 1000 for x in value], [x * 1000 for x in value])
    elif isinstance(value, list):
        yield from ([], 10 * (value or [1]))
    elif isinstance(value, str):
        yield f"not {value}"


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
