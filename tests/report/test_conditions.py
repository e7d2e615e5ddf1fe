"""No sentence holds whatever comes out: other numbers contradict each condition that holds now."""

import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from jinja2 import UndefinedError, nodes

from report import render
from report.assertions import Assertions
from report.build import Plan
from report.context import context_of

PLANS = [Plan("full"), Plan("quick")]


class Recorder(Assertions):
    """Parses `holds` as the report does, and keeps each condition that holds, with its values."""

    seen: list[tuple[str, str, dict[str, Any]]] = []  # noqa: RUF012 (Jinja makes the instance)

    def _condition(self, parser):
        where = nodes.Const(f"{parser.name}:{parser.stream.current.lineno}")
        condition, shown = super()._condition(parser)
        return nodes.And(condition, self.call_method("_record", [where, shown])), shown

    def _record(self, where, shown) -> bool:
        self.seen.append((where, *shown[0]))
        return True


@pytest.fixture(scope="module", params=PLANS, ids=lambda plan: plan.profile)
def conditions(request: pytest.FixtureRequest) -> list[tuple[str, str, dict[str, Any]]]:
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


def names_but_spreads(values: dict[str, Any]) -> set[str]:
    """Of two spreads that are added up, the other one may be enough."""
    return {name for name in values if not name.endswith(".spread")}


def contradicted(text: str, values: dict[str, Any]) -> bool:
    """Whether a condition can fail: at one other value, or at several where alternatives hold."""
    if decisive(text, values):
        return True
    condition, held, others = numbered(text, values)
    together = product(*([held[name], *others[name]] for name in held))
    return any(not holds(condition, dict(zip(held, other, strict=True))) for other in together)


def decisive(text: str, values: dict[str, Any]) -> set[str]:
    """The values of a condition that can contradict it, changed alone or made another number."""
    condition, held, others = numbered(text, values)
    return {
        name
        for place, name in by_length(values)
        if any(not holds(condition, held | {place: other}) for other in others[place])
    }


def numbered(text: str, values: dict[str, Any]):
    """A condition on `value_0` and so on, the values at which it holds, and others for each."""
    for place, name in by_length(values):
        text = re.sub(rf"(?<![\w.\]]){re.escape(name)}(?!\w)", place, text)
    condition = render.environment().compile_expression(text)
    held = {place: values[name] for place, name in by_length(values)}
    assert condition(**held)
    numbers = [value for value in values.values() if is_number(value)]
    numbers += [float(number) for number in re.findall(r"(?<![\w.])[0-9.]+", text)]
    others = {
        place: [*changed(value), *(numbers if is_number(value) else ())]
        for place, value in held.items()
    }
    return condition, held, others


def by_length(values: dict[str, Any]) -> list[tuple[str, str]]:
    """Names for values, the longest value first, which may begin with the name of another."""
    names = sorted(values, key=len, reverse=True)
    return [(f"value_{place}", name) for place, name in enumerate(names)]


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
