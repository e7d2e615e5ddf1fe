"""Inverse and determinant of a square matrix, which is given by its entry at two bound places."""

from __future__ import annotations

from sympy import Add, Basic, Dummy, Expr, Idx, KroneckerDelta, Mul, S, Tuple

from derivations.notation import (
    Sum,
    WithRanges,
    is_never_negative,
    order_of_places,
    substitute,
    total,
    with_range,
)


class SquareMatrix(WithRanges):
    """The matrix with the entry `function` at a row and a column: of X[q, p], p, q it is X'."""

    def __new__(cls, function: Expr, *places: Idx | Tuple) -> SquareMatrix:
        """Two places, each an index or the triple of one; raises `ValueError` unless square."""
        ranged = [p if isinstance(p, tuple | Tuple) else (p, p.lower, p.upper) for p in places]
        limits = [*map(tuple, ranged)]
        if len(limits) != 2 or limits[0][1:] != limits[1][1:]:
            raise ValueError(f"matrix: expected as many rows as columns, got {limits}")
        matrix = Expr.__new__(cls, function, *(Tuple(*limit) for limit in limits))
        if not is_never_negative(matrix.extent):
            raise ValueError(f"matrix: expected no negative number of rows, got {limits}")
        matrix.is_commutative = True
        return matrix

    @property
    def ends(self) -> tuple[Expr, Expr]:
        """The numbers of the first and the last row."""
        return tuple(self.limits[0][1:])

    @property
    def extent(self) -> Expr:
        """How many rows and columns there are."""
        return self.ends[1] - self.ends[0] + 1

    @property
    def transposed(self) -> SquareMatrix:
        """Row and column exchanged."""
        return SquareMatrix(self.function, *self.limits[::-1])

    @property
    def depth(self) -> int:
        """How many matrices lie in each other."""
        return 1 + max((m.depth for m in self.function.atoms(SquareMatrix)), default=0)

    def at(self, row: Expr, column: Expr) -> Expr:
        """The entry at other places."""
        return substitute(self.function, dict(zip(self.variables, (row, column), strict=True)))

    def has_place(self, place: Expr) -> bool:
        """Whether there is a row of that number, whatever the sizes are."""
        first, last = self.ends
        return is_never_negative(place - first) and is_never_negative(last - place)

    def places(self, *names: Basic) -> list[Idx]:
        """Indices of its range; without names, such as nothing else has."""
        fresh = (Dummy("p", integer=True) for _ in self.limits)
        return [with_range(name, *self.ends) for name in names or fresh]


class _OfMatrix(Expr):
    """A number that a `SquareMatrix` has."""

    is_real, is_commutative = True, True

    @property
    def matrix(self) -> SquareMatrix:
        """What it is the determinant of, or the inverse."""
        return self.args[0]


class DeterminantOf(_OfMatrix):
    """The determinant of a `SquareMatrix`."""

    def _eval_derivative(self, variable):
        """det(M)' = det(M) tr(inv(M) M'), where inv(M) exists (Jacobi's formula)."""
        p, q = self.matrix.places()
        change = self.matrix.at(p, q).diff(variable)
        return self * total(InverseEntry(self.matrix, q, p) * change, p, q)


class InverseEntry(_OfMatrix):
    """An entry of the inverse of a `SquareMatrix`: `InverseEntry(matrix, i, j)`."""

    @property
    def places(self) -> tuple[Expr, Expr]:
        """Row and column."""
        return self.args[1:]

    def _eval_derivative(self, variable):
        """inv(M)' = -inv(M) M' inv(M), from inv(M) M = 1."""
        (i, j), (p, q) = self.places, self.matrix.places()
        change = self.matrix.at(p, q).diff(variable)
        left, right = InverseEntry(self.matrix, i, p), InverseEntry(self.matrix, q, j)
        return -total(left * change * right, p, q)


class SymmetricInverseEntry(InverseEntry):
    """An entry of the inverse of a symmetric matrix: its two places are sorted."""

    def __new__(cls, matrix: SquareMatrix, *places: Expr) -> SymmetricInverseEntry:
        """The entry at the places in SymPy's order, whatever is put in for them."""
        return super().__new__(cls, matrix, *sorted(places, key=order_of_places))


class IsLargest(_OfMatrix):
    """1 at the place of the largest entry on the diagonal of a `SquareMatrix`, 0 at the others:
    `IsLargest(matrix, k)`. It has a value where no two are the largest, and does not change there.
    """

    is_nonnegative = True

    def _eval_derivative(self, variable):
        return S.Zero


# --- matrices whose inverse is known -------------------------------------------------------------


def opened_determinant(matrix: SquareMatrix) -> Expr | None:
    """det(1) = 1, det(inv(N)) = 1/det(N), det(c N) = c^n det(N), det(LR) = det(L) det(R), also of
    diagonal L and R, whose product is that of their entries.
    """
    (p, q), (scale, rest) = matrix.variables, _scale(matrix)
    if rest == KroneckerDelta(p, q):
        return scale**matrix.extent
    if _is_inverse_at(rest, p, q):
        return scale**matrix.extent / DeterminantOf(rest.matrix)
    if scale not in (0, 1):  # of the matrix 0 nothing is left to take out
        return scale**matrix.extent * DeterminantOf(SquareMatrix(rest, *matrix.limits))
    if halves := _halves(matrix):
        return Mul(*map(DeterminantOf, halves))
    powers = (diagonal_of(matrix) or S.One).as_powers_dict()
    if [*powers.values()] != [1] and not any(power.has(p) for power in powers.values()):
        delta = KroneckerDelta(p, q)
        parts = ((SquareMatrix(delta * base, *matrix.limits), e) for base, e in powers.items())
        return Mul(*(DeterminantOf(part) ** power for part, power in parts))
    return None


def opened_inverse(matrix: SquareMatrix, i: Expr, j: Expr) -> Expr | None:
    """The inverse of a diagonal matrix, of an inverse, inv(c N) = inv(N)/c, inv(LR) = inv(R) inv(L)
    for square L and R: wherever the left side exists, the right side does.
    """
    (p, q), (scale, rest) = matrix.variables, _scale(matrix)
    if (diagonal := diagonal_of(matrix)) is not None:
        return KroneckerDelta(i, j) / substitute(diagonal, {p: i})
    if _is_inverse_at(rest, p, q):
        row, column = (i, j) if rest.places == (p, q) else (j, i)
        return rest.matrix.at(row, column) / scale
    if scale not in (0, 1):  # of the matrix 0 nothing is left to take out
        return InverseEntry(SquareMatrix(rest, *matrix.limits), i, j) / scale
    if halves := _halves(matrix):
        (left, right), (k, _) = halves, matrix.places()
        return total(InverseEntry(right, i, k) * InverseEntry(left, k, j), k)
    return None


def diagonal_of(matrix: SquareMatrix) -> Expr | None:
    """f(p) of a matrix with the entries [p = q] f(p); None if there may be others."""
    (p, q), terms = matrix.variables, Add.make_args(matrix.function)
    if not all(KroneckerDelta(p, q) in Mul.make_args(term) for term in terms):
        return None
    return substitute(Add(*(term / KroneckerDelta(p, q) for term in terms)), {q: p})


def _scale(matrix: SquareMatrix) -> tuple[Expr, Expr]:
    """The factors that are the same in all entries, and the others: of X/2 + Y/2 they are 1/2."""
    number, entry = matrix.function.primitive()
    scale, rest = entry.as_independent(*matrix.variables, as_Add=False)
    return number * scale, rest


def _is_inverse_at(expr: Expr, p: Idx, q: Idx) -> bool:
    is_entry = isinstance(expr, InverseEntry) and set(expr.places) == {p, q}
    return is_entry and expr.matrix.ends == (p.lower, p.upper) and not expr.matrix.has(p, q)


def _halves(matrix: SquareMatrix) -> tuple[SquareMatrix, SquareMatrix] | None:
    """The square matrices L and R with sum_k L_pk R_kq for the entry."""
    entry = matrix.function
    if not isinstance(entry, Sum) or entry.ends_have(*entry.variables):
        return None
    rows, columns = (row, *ends), (column, *_) = matrix.limits
    factors = Mul.make_args(entry.function)
    for k, *range_of_k in entry.limits:
        inner = [limit for limit in entry.limits if limit[0] != k]
        left, right = (_reached(place, factors, inner) for place in (row, column))
        is_product = range_of_k == ends and len(left) + len(right) == len(factors)
        if is_product and all(f not in right and not f.has(column) for f in left):
            shared = (*matrix.places(k), *ends)
            first, second = (
                Sum(Mul(*part), *(limit for limit in inner if Tuple(*part).has(limit[0])))
                for part in (left, right)
            )
            return SquareMatrix(first, rows, shared), SquareMatrix(second, shared, columns)
    return None


def _reached(place: Idx, factors, limits) -> list[Expr]:
    """The factors that hang together with a place by summation indices."""
    names, reached = {place}, []
    while new := [f for f in factors if f not in reached and f.has(*names)]:
        reached += new
        names |= {k for k, *_ in limits if Tuple(*new).has(k)}
    return reached
