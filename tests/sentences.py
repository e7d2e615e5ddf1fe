"""The conditions of the report's sentences as Jinja parses them, with the values they rest on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jinja2 import Environment, TemplateError, UndefinedError, nodes

from report import render
from report.assertions import Assertions
from report.build import Plan
from report.context import context_of

NAN = float("nan")
SCALES = [10 ** (power / 2) for power in range(-6, 7)]

Point = tuple[Any, ...]


@dataclass(frozen=True)
class Sentence:
    """A tag `holds` with each `otherwise`: their conditions, in which values are constants."""

    where: str
    conditions: list[nodes.Expr]
    values: list[nodes.Const]
    evaluation: nodes.EvalContext

    @property
    def recorded(self) -> Point:
        """The values in the results."""
        return tuple(value.value for value in self.values)

    def truth(self, condition: nodes.Expr, point: Point) -> bool | None:
        """Whether a condition holds at other values; None at an error, as the least of nothing."""
        recorded = self.recorded
        self._put(point)
        try:
            return bool(condition.as_const(self.evaluation))
        except (nodes.Impossible, UndefinedError):
            return None
        finally:
            self._put(recorded)

    def literals(self, condition: nodes.Expr) -> list[nodes.Const]:
        """The numbers and words that a condition itself holds."""
        values = set(map(id, self.values))
        return [part for part in parts(condition, nodes.Const) if id(part) not in values]

    def points(self) -> list[Point]:
        """The results first, a point for each alternative, and those where one value is another."""
        centres = [self.recorded, *map(self.witness, self.conditions)]
        return [
            *centres,
            *(
                (*centre[:place], other, *centre[place + 1 :])
                for centre in centres
                for place, others in enumerate(self.others)
                for other in others
            ),
        ]

    @cached_property
    def others(self) -> list[list[Any]]:
        """What each value could be instead."""
        literals = [
            part.value for condition in self.conditions for part in self.literals(condition)
        ]
        return [list(changed(value, self.recorded, literals)) for value in self.recorded]

    def witness(self, condition: nodes.Expr) -> Point:
        """A point at which a condition holds, sought one value after the other."""
        point = self.recorded

        def met(point: Point) -> int:
            return sum(bool(self.truth(part, point)) for part in conjuncts(condition))

        for place, others in enumerate(self.others):
            choices = [(*point[:place], other, *point[place + 1 :]) for other in others]
            point = max([point, *choices], key=met)
        return point

    def _put(self, point: Point) -> None:
        for value, other in zip(self.values, point, strict=True):
            value.value = other


def sentences_of(plan: Plan) -> list[Sentence]:
    """The sentences with a condition that the report reaches when it is rendered."""
    seen: list[Sentence] = []

    class Recorder(Assertions):
        """Parses as the report does, and records each tag that is reached."""

        def parse(self, parser):
            tag = super().parse(parser)
            if isinstance(tag, nodes.If):
                conditions[where := f"{parser.name}:{tag.lineno}"] = [
                    branch.test for branch in (tag, *tag.elif_)
                ]
                arguments = [nodes.Const(where), nodes.DerivedContextReference()]
                tag.test = nodes.And(self.call_method("_record", arguments), tag.test)
            return tag

        def _record(self, where, context) -> bool:
            names = context.get_all()
            seen.append(sentence(self.environment, where, conditions[where], names))
            return True

    conditions: dict[str, list[nodes.Expr]] = {}
    environment = render.environment()
    del environment.extensions[Assertions.identifier]
    environment.add_extension(Recorder)
    context = context_of(plan.outputs, plan.profile, plan.folder)
    for name in context["order"]:
        environment.get_template(f"{name}.tex.jinja").render(context)
    return seen


def sentence(
    environment: Environment, where: str, conditions: list[nodes.Expr], names: dict[str, Any]
) -> Sentence:
    """Put a constant for each value that the results give to some conditions."""
    values: dict[str, nodes.Const] = {}

    def with_values(node: Any) -> Any:
        operation = isinstance(node, nodes.Filter) and is_plain(evaluate(node.node))
        if not operation and isinstance(node, VALUES):
            return values.setdefault(repr(node), nodes.Const(evaluate(node)))
        return rebuilt(node, with_values)

    def evaluate(node: nodes.Expr) -> Any:
        result = nodes.Name("result", "store", lineno=1)
        program = nodes.Template([nodes.Assign(result, node, lineno=1)], lineno=1)
        template = environment.from_string(program)
        context = template.new_context(names)
        try:
            list(template.root_render_func(context))
        except (TemplateError, LookupError) as error:  # the value belongs to another alternative
            return environment.undefined(str(error))
        return context.vars["result"]

    conditions = list(map(with_values, conditions))
    return Sentence(where, conditions, list(values.values()), nodes.EvalContext(environment))


VALUES = (nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Call)


def parts(node: nodes.Node, kind: type[nodes.Node]) -> list[Any]:
    """The parts of one kind, the node itself among them."""
    return [*([node] if isinstance(node, kind) else []), *node.find_all(kind)]


def conjuncts(node: nodes.Expr) -> list[nodes.Expr]:
    """What `and` joins."""
    return (
        [*conjuncts(node.left), *conjuncts(node.right)] if isinstance(node, nodes.And) else [node]
    )


def replaced(node: nodes.Expr, old: nodes.Expr, new: nodes.Expr) -> Any:
    """The same node with one part exchanged; constants stay the same objects."""
    if node is old:
        return new
    if isinstance(node, nodes.Const):
        return node
    return rebuilt(node, lambda part: replaced(part, old, new))


def rebuilt(node: nodes.Node, change: Callable[[nodes.Node], nodes.Node]) -> nodes.Node:
    """A node of the same kind with changed parts."""

    def of(field: Any) -> Any:
        if is_list(field):
            return list(map(of, field))
        return change(field) if isinstance(field, nodes.Node) else field

    return type(node)(*(of(getattr(node, name)) for name in node.fields), lineno=node.lineno)


def changed(value: Any, recorded: Point, literals: list[Any]) -> Iterator[Any]:
    """Other values of the same kind, some of them on both sides of what they are compared with."""
    numbers = list(filter(is_number, literals))
    near = [number * scale for number in numbers for scale in SCALES]
    if is_number(value):
        others = list(filter(is_number, recorded))
        beside = [other + sign * away for other in others for away in near for sign in (1, -1)]
        candidates = (0, 1, NAN, *(value * scale for scale in SCALES), *near, *others, *beside)
        yield from (other for other in candidates if value < 0 or not other < 0)  # a size stays one
    elif is_numbers(value):
        yield from ([x * scale for x in value] for scale in SCALES)
        yield from ([number for _ in value] for number in near)
        yield from ([], value[:1], [*value, value[0] + 1])
    elif isinstance(value, bool):
        yield not value
    elif is_list(value):
        yield from ([], [1], [*value, "another"], *(part for part in literals if is_list(part)))
    else:
        yield from ("another", 1, *literals, *filter(is_plain, recorded))


def is_plain(value: Any) -> bool:
    """Whether a value is a number, a word or a list of these."""
    return isinstance(value, int | float | str) or (is_list(value) and all(map(is_plain, value)))


def is_number(value: Any) -> bool:
    """Whether a value is a number, which a truth value is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_numbers(value: Any) -> bool:
    """Whether a value is a list of at least one number, and of nothing else."""
    return is_list(value) and bool(value) and all(map(is_number, value))


def is_list(value: Any) -> bool:
    """Whether a value is a list."""
    return isinstance(value, list)
