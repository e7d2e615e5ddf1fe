"""The exact Huber minimiser of a small rational data set, found by solving every sign pattern."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from sympy import And, Eq, Matrix, Rational, Symbol, Tuple
from sympy.logic.boolalg import Boolean

from derivations.prover.points.counterexamples import Counterexample
from derivations.prover.proof import Proof, Scope, Warrant, proved, refuted

INSIDE, ABOVE, BELOW = 0, 1, -1


@dataclass(frozen=True)
class DataSet:
    """Rows of X, targets y and the threshold delta, all rational."""

    X: tuple[tuple[int, ...], ...]
    y: tuple[Rational, ...]
    delta: Rational

    @property
    def condition(self) -> Boolean:
        """That X, y and delta are these."""
        rows = Tuple(*(row[0] if len(row) == 1 else Tuple(*row) for row in self.X))
        values = {"X": rows, "y": Tuple(*self.y), "delta": self.delta}
        return And(*(Eq(Symbol(name), value, evaluate=False) for name, value in values.items()))


@dataclass(frozen=True)
class Solution:
    """The normal equations of one assumed pattern: their solution, and the pattern it really has.

    Both are None where the equations have no solution.
    """

    pattern: tuple[int, ...]
    w: Tuple | None = None
    seen: tuple[int, ...] | None = None

    @property
    def is_consistent(self) -> bool:
        """Whether its residuals have the very pattern that was assumed."""
        return self.seen == self.pattern


def solutions(data: DataSet) -> list[Solution]:
    """Solve X_I^T X_I w = X_I^T y_I + delta sum_O sign(r_i) x_i for each of the 3^n patterns."""
    patterns = product((INSIDE, ABOVE, BELOW), repeat=len(data.y))
    return [_solved(data, pattern) for pattern in patterns]


def consistent_solutions(data: DataSet) -> list[Tuple]:
    """The solutions whose residuals have the very pattern that was assumed."""
    return [solution.w for solution in solutions(data) if solution.is_consistent]


def unique_minimiser(data: DataSet):
    """The tactic: exactly one pattern is consistent, and its solution is the claimed minimiser.

    A solution has gradient 0, and the objective is convex, so that it is a minimiser.
    """

    def tactic(before, after) -> Proof:
        found = consistent_solutions(data)
        if found != [after]:
            solutions, claimed = (tuple(dict(enumerate(w)) for w in ws) for ws in (found, [after]))
            patterns = {Symbol("patterns"): 3 ** len(data.y)}
            return refuted(Counterexample(patterns, solutions, claimed))
        return proved(Scope(conditions=(data.condition,), warrants=(Warrant.ENUMERATION,)))

    return tactic


def _solved(data: DataSet, pattern: tuple[int, ...]) -> Solution:
    X, y = Matrix(data.X), Matrix(data.y)
    inside = Matrix([int(sign == INSIDE) for sign in pattern])
    normal = X.T * Matrix.diag(*inside) * X
    right = X.T * (inside.multiply_elementwise(y) + data.delta * Matrix(pattern))
    if normal.det() == 0:
        if normal.row_join(right).rank() == normal.rank():
            raise ValueError(f"pattern {pattern}: a family of solutions; choose other data")
        return Solution(pattern)
    w = normal.LUsolve(right)
    seen = tuple(_pattern_of(residual, data.delta) for residual in y - X * w)
    return Solution(pattern, Tuple(*w), seen)


def _pattern_of(residual: Rational, delta: Rational) -> int:
    return ABOVE if residual > delta else BELOW if residual < -delta else INSIDE
