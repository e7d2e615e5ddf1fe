"""Points where a statement is refuted: they are sought, and given with both values."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from sympy import Expr, Rational, Symbol, oo

from derivations.prover.facts import NOTHING, Assuming
from derivations.prover.needs import Need, Sign
from derivations.prover.points.arithmetic import UndefinedError, Value
from derivations.prover.points.drawing import POINTS_TRIED, points_and_values, points_of
from derivations.prover.points.evaluation import Point, difference_at, evaluate, wrong_order_at

FAR = 10**5
NEAR_ENOUGH = Rational(1, 1000)
STAYS = Rational(99, 100)  # of an error, where the slowest root or logarithm loses more


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
    drawn = points_and_values([left, right], assuming, seed, needs)
    for point, in_digits in islice(drawn, points):
        if sign is None:
            values = difference_at(left, right, point, in_digits)
        else:
            values = wrong_order_at(left, right, point, sign is Sign.POSITIVE, in_digits)
        if values:
            return Counterexample(point, *values)
    return None


def find_missed_limit(
    expr: Expr, value: Expr, variable: Symbol, point: Expr, side: str, assuming: Assuming
) -> Counterexample | None:
    """Values near the point that are far from what is claimed, and come no closer as it does."""
    far = [FAR**power for power in (1, 2, 4)]
    step = 1 if side == "+" else -1
    closer = far if point is oo else [Fraction(str(point)) + Fraction(step, d) for d in far]
    for at in islice(points_of([expr, value], assuming), 3):
        try:
            claimed = evaluate(value, at)
            values = [evaluate(expr, {**at, variable: near}) for near in closer]
        except UndefinedError:
            continue
        errors = [abs(one - claimed) for one in values]
        if min(errors) > NEAR_ENOUGH * (1 + abs(claimed)) and errors[-1] > STAYS * errors[0]:
            return Counterexample({**at, variable: closer[-1]}, values[-1], claimed)
    return None


def short(value: Value) -> str:
    """A number in few digits; an array as its entries, a random one as its outcomes."""
    match value:
        case dict():
            return "[" + ", ".join(map(short, value.values())) + "]"
        case tuple():
            return " or ".join(map(short, value))
    return f"{float(value):.6g}"
