"""The exact Huber minimiser of a small rational data set, found by solving every sign pattern."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from sympy import And, Eq, Matrix, Rational, Symbol, Tuple
from sympy.logic.boolalg import Boolean

from derivations.prover.counterexamples import Counterexample
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


# Features without small integer relations, so that no pattern without enough inliers has a
# solution.
EXAMPLE = DataSet(((1,), (2,), (4,), (9,)), tuple(map(Rational, (1, 2, 12, 9))), Rational(1))
EXAMPLE_MINIMISER = Tuple(Rational(45, 43))


def consistent_solutions(data: DataSet) -> list[Tuple]:
    """Solve X_I^T X_I w = X_I^T y_I + delta sum_O sign(r_i) x_i for each of the 3^n patterns.

    Returns the solutions whose residuals have the very pattern that was assumed.
    """
    patterns = product((INSIDE, ABOVE, BELOW), repeat=len(data.y))
    solutions = (_solve(data, pattern) for pattern in patterns)
    return [solution for solution in solutions if solution is not None]


def unique_minimiser(data: DataSet):
    """The tactic: exactly one pattern is consistent, and its solution is the claimed minimiser.

    A solution has gradient 0, and the objective is convex, so that it is a minimiser.
    """

    def tactic(before, after) -> Proof:
        found = consistent_solutions(data)
        tried = 3 ** len(data.y)
        if found != [after]:
            solutions, claimed = (tuple(dict(enumerate(w)) for w in ws) for ws in (found, [after]))
            return refuted(Counterexample({Symbol("patterns"): tried}, solutions, claimed))
        return proved(Scope(conditions=(data.condition,), warrants=(Warrant.ENUMERATION,)))

    return tactic


def _solve(data: DataSet, pattern: tuple[int, ...]) -> Tuple | None:
    X, y = Matrix(data.X), Matrix(data.y)
    inside = Matrix([int(sign == INSIDE) for sign in pattern])
    signs = Matrix(pattern)
    normal = X.T * Matrix.diag(*inside) * X
    right = X.T * (inside.multiply_elementwise(y) + data.delta * signs)
    if normal.det() == 0:
        if normal.row_join(right).rank() == normal.rank():
            raise ValueError(f"pattern {pattern}: a family of solutions; choose other data")
        return None
    w = normal.LUsolve(right)
    residuals = y - X * w
    seen = tuple(_pattern_of(residual, data.delta) for residual in residuals)
    return Tuple(*w) if seen == pattern else None


def _pattern_of(residual: Rational, delta: Rational) -> int:
    if abs(residual) <= delta:
        return INSIDE
    return ABOVE if residual > 0 else BELOW
