"""Points where a statement is refuted: they are sought, and given with both values."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from sympy import Expr

from derivations.prover.arithmetic import Value
from derivations.prover.evaluation import Point, difference_at, wrong_order_at
from derivations.prover.facts import NOTHING, Assuming
from derivations.prover.needs import Need, Sign
from derivations.prover.points import POINTS_TRIED, points_of


@dataclass(frozen=True)
class Counterexample:
    """A point, and the two different values there."""

    point: Point
    left: Value
    right: Value

    def __str__(self) -> str:
        at = ", ".join(f"{name} = {short(value)}" for name, value in self.point.items())
        return f"at {at}: {short(self.left)}, not {short(self.right)}"


def find_counterexample(
    left: Expr,
    right: Expr,
    assuming: Assuming = NOTHING,
    sign: Sign | None = None,
    needs: tuple[Need, ...] = (),
    points: int = POINTS_TRIED,
    seed: int = 0,
) -> Counterexample | None:
    """The first sampled point where the two sides certainly break the relation."""
    for point in islice(points_of([left, right], assuming, seed, needs), points):
        if sign is None:
            values = difference_at(left, right, point)
        else:
            values = wrong_order_at(left, right, point, strict=sign is Sign.POSITIVE)
        if values:
            return Counterexample(point, *values)
    return None


def short(value: Value) -> str:
    """A number in few digits; an array as its entries, a random one as its outcomes."""
    match value:
        case dict():
            return "[" + ", ".join(map(short, value.values())) + "]"
        case tuple():
            return " or ".join(map(short, value))
    return f"{float(value):.6g}"
