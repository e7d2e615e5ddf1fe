"""Expressions in which a rule of the normal form must act, with its traps: one strategy a rule."""

from __future__ import annotations

from operator import add, mul

from hypothesis import strategies as st
from sympy import (
    Abs,
    Derivative,
    Eq,
    Expr,
    Idx,
    Integer,
    KroneckerDelta,
    Mul,
    Piecewise,
    Pow,
    Rational,
    Symbol,
    cos,
    exp,
    log,
    sign,
    sin,
    sqrt,
    tanh,
)

from derivations.notation import (
    Expectation,
    Sum,
    array,
    indicator,
    sequence,
    size,
    substitute,
    time,
)
from derivations.prover.matrices.inverse import (
    DeterminantOf,
    InverseEntry,
    IsLargest,
    SquareMatrix,
)

n, m, t = size("n"), size("m"), time("t")
x, s, p = Symbol("x", real=True), Symbol("s", nonnegative=True), Symbol("p", positive=True)
a, b, c = array("a", n), array("b", n, positive=True), array("c", m)
M, R, g = array("M", n, n), array("R", n, m), sequence("g")
SYMBOLS, ARRAYS = [n, m, t, x, s, p], [a, b, c, M, R, g]
RANDOM = (a, b)


def _index(name: str, upper: Expr) -> Idx:
    return Idx(Symbol(name, integer=True), (1, upper))


# The same names over ranges that differ; kappa_1 and kappa_2 are the normal form's own names.
rows = st.sampled_from([_index(name, n) for name in ("i", "j", "i", "kappa_1", "kappa_2")])
columns = st.sampled_from([_index(name, m) for name in ("i", "q")])
uppers = st.sampled_from([t, t + 1, t, t - 1, t + 2])
times = st.builds(_index, st.sampled_from(["k", "k", "i"]), uppers)
shorter = st.builds(
    _index, st.sampled_from(["k", "i", "j"]), st.sampled_from([n - 1, n - 2, n - 3, n])
)
entries_at = st.sampled_from(
    [
        lambda at: a[at],
        lambda at: a[at - 1],
        lambda at: at * b[at],
        lambda at: Integer(2),
        lambda at: 1 / a[at],
        lambda at: p**at,
        lambda at: x ** (at - 1),
        lambda at: M[at, at],
    ]
)
places = st.one_of(rows, rows, columns, times)
choices = st.integers(0, 5)

entries = st.one_of(
    st.builds(lambda i: a[i], rows),
    st.builds(lambda i: b[i], rows),
    st.builds(lambda q: c[q], columns),
    st.builds(lambda i, j: M[i, j], rows, rows),
    st.builds(lambda i, q: R[i, q], rows, columns),
    st.builds(lambda k: g[k], times),
)
scalars = st.sampled_from([x, s, p, n, t])
numbers = st.sampled_from([Integer(-1), Integer(1), Integer(2), Rational(1, 2), Integer(0)])
deltas = st.one_of(
    st.builds(KroneckerDelta, places, places),
    st.builds(
        lambda i, k, beside: KroneckerDelta(i, k + beside),
        st.one_of(rows, st.sampled_from([Integer(1), n, n + 1])),
        shorter,
        st.integers(-1, 2),
    ),
)
comparisons = st.builds(
    lambda u, v, relation: relation(u, v),
    st.one_of(entries, scalars),
    st.one_of(entries, st.sampled_from([x, Integer(0), p])),
    st.sampled_from(
        [Expr.__le__, Expr.__lt__, Expr.__ge__, Expr.__gt__, Eq, lambda u, v: ~Eq(u, v)]
    ),
)
conditions = st.recursive(
    comparisons,
    lambda parts: st.one_of(
        st.builds(lambda u, v: u & v, parts, parts),
        st.builds(lambda u, v: u | v, parts, parts),
        parts.map(lambda u: ~u),
    ),
    max_leaves=3,
)
atoms = st.one_of(
    entries,
    entries,
    scalars,
    numbers,
    deltas,
    comparisons.map(indicator),
    st.builds(lambda k, up: p ** (up - k), times, uppers),
    entries.map(lambda u: exp(u / 4)),
    st.builds(lambda u, v: u / (v**2 + p), entries, entries),
)


def sum_over(term: Expr, place: Idx) -> Expr:
    """The sum of a term over the range of an index."""
    return Sum(term, (place, place.lower, place.upper))


def binding(term: Expr, choice: int, other: Idx) -> Expr:
    """The sum over one of the indices that are free in a term; at times over another."""
    free = sorted((place for place in term.free_symbols if isinstance(place, Idx)), key=str)
    return sum_over(term, free[choice % len(free)] if free and choice else other)


def _larger(parts):
    return st.one_of(
        st.builds(add, parts, parts),
        st.builds(mul, parts, parts),
        parts.map(lambda u: u**2),
        st.builds(binding, parts, choices, places),
    )


terms = st.recursive(atoms, _larger, max_leaves=3)
products = st.builds(lambda u, v: u * v, terms, terms)
sums = st.builds(binding, terms, choices, places)

linear = st.builds(
    lambda u, v, w, choice, i: binding(x * u + w * v - u, choice, i),
    terms, terms, atoms, choices, places,
)  # fmt: skip

renamed = st.one_of(
    st.builds(lambda u, v, i, j: sum_over(u * sum_over(v, i), j), terms, terms, rows, rows),
    st.builds(
        lambda u, i, j: sum_over(u, i) - sum_over(substitute(u, {i: j}), j), terms, rows, rows
    ),
    st.builds(lambda u, v, i: u * sum_over(v, i), terms, terms, places),
    st.builds(lambda i, j, k, u: sum_over(M[i, j] * u, k), rows, rows, rows, atoms),
    st.builds(
        lambda i, j, k: sum_over(sum_over(M[i, j] * M[j, k], j), i) - M[i, k], rows, rows, rows
    ),
    st.builds(lambda u, i, j: Sum(u, (i, 1, j), (j, 1, n)), terms, rows, rows).filter(
        lambda e: len({k for k, *_ in e.limits}) == 2
    ),
)

moved_out = st.one_of(
    st.builds(lambda f, u, i: sum_over(f * u, i), terms, terms, places),
    st.builds(
        lambda f, u, choice, i: binding(u / (f**2 + 1), choice, i), atoms, terms, choices, places
    ),
    st.builds(
        lambda i, j, u: sum_over(sum_over(M[i, j] * a[i] * u, i), j), rows, rows, atoms
    ),
    st.builds(lambda f, u, i: sum_over(f**-1 * u, i), st.sampled_from([p, n]), terms, places),
    st.builds(sum_over, st.one_of(numbers, scalars), places),
    st.builds(
        lambda u, v, w, first, second, i: binding(binding(u * v * w, first, i), second, i),
        entries, entries, terms, choices, choices, places,
    ),
)  # fmt: skip


def _chain(i: Idx, j: Idx, k: Idx) -> Expr:
    return Sum(KroneckerDelta(i, j) * KroneckerDelta(j, k), (j, j.lower, j.upper))


contracted = st.one_of(
    st.builds(lambda i, j, u: sum_over(KroneckerDelta(i, j) * u, i), places, places, terms),
    st.builds(
        lambda i, j, k, u: sum_over(_chain(i, j, k) * u, i),
        places, places, places, terms,
    ),
    st.builds(
        lambda i, j, step, u: sum_over(KroneckerDelta(i, j + step) * u, i),
        places, places, st.integers(-1, 1), terms,
    ),
    st.builds(
        lambda i, at, u, power: sum_over(KroneckerDelta(i, at) ** power * u, i),
        places, st.sampled_from([Integer(1), Integer(3), t, n]), terms, st.integers(1, 2),
    ),
    st.builds(
        lambda i, k, step, u: sum_over(sum_over(KroneckerDelta(i, k + step) * a[i] * u, i), k),
        rows, shorter, st.integers(-1, 2), terms,
    ),
    st.builds(
        lambda i, k, step, entry, u: sum_over(KroneckerDelta(i, k + step) * entry(k + step) * u, k),
        rows, shorter, st.integers(-1, 3), entries_at, st.one_of(terms, st.just(Integer(1))),
    ),
    st.builds(lambda i, j, u: KroneckerDelta(i, j) * u, places, places, terms),
)  # fmt: skip

multiplied = st.one_of(
    st.builds(mul, sums, sums),
    st.builds(lambda u, power: u**power, sums, st.integers(2, 3)),
    st.builds(
        lambda u, v, first, second, i: binding(binding(u * v, first, i), second, i),
        terms, atoms, choices, choices, places,
    ),
    st.builds(
        lambda u, v, w, first, second, i: binding(binding(u * v * w, first, i), second, i),
        entries, entries, entries, choices, choices, places,
    ),
    st.builds(lambda u, v, choice, i: binding(u * v, choice, i), sums, atoms, choices, places),
    st.builds(lambda u, v, choice, i: binding(u**2 * v, choice, i), sums, atoms, choices, places),
)  # fmt: skip


def _long_sum(term: Expr, name: str, lower: Expr, upper: Expr) -> Expr:
    place = Idx(Symbol(name, integer=True), (lower, upper))
    return Sum(term(place), (place, lower, upper))


powers_of_place = st.sampled_from(
    [
        lambda k: g[k],
        lambda k: k * g[k],
        lambda k: p ** (t - k) * g[k],
        lambda k: p ** (t + 1 - k),
        lambda k: x**k,
        lambda k: 1 / k,
        lambda k: Integer(1),
        lambda k: KroneckerDelta(k, t) * g[k],
        lambda k: indicator(k <= t) * g[k],
        lambda k: indicator(g[k] <= x),
        lambda k: Sum(g[k] * a[_index("i", n)], (_index("i", n), 1, n)),
    ]
)
last_terms = st.builds(
    lambda term, other, name, lower, first, second: (
        _long_sum(term, name, lower, first) - _long_sum(other, name, Integer(1), second)
    ),
    powers_of_place,
    powers_of_place,
    st.sampled_from(["k", "i"]),
    st.sampled_from([Integer(1), Integer(1), Integer(2), Integer(0)]),
    st.sampled_from([t + 1, t, t - 1, t + 2, t - 3, n + 1, Integer(2), Integer(0)]),
    st.sampled_from([t, t + 1, n, Integer(3)]),
)

idempotent = st.builds(
    lambda u, v, first, second, i, w: sum_over(
        indicator(u) ** first * indicator(v) ** second * w, i
    ),
    conditions,
    conditions,
    st.integers(1, 3),
    st.integers(1, 2),
    places,
    terms,
)

guarded = st.one_of(
    terms,
    entries.map(lambda u: 1 / u),
    entries.map(lambda u: log(u)),
    entries.map(lambda u: sqrt(u)),
    st.builds(lambda u, v: u / (u - v), entries, st.sampled_from([x, Integer(1)])),
)
piecewise = st.one_of(
    st.builds(lambda u, v, on: Piecewise((u, on), (v, True)), guarded, guarded, conditions),
    st.builds(
        lambda u, v, w, on, other: Piecewise((u, on), (v, other), (w, True)),
        guarded, guarded, guarded, conditions, conditions,
    ),
    st.builds(
        lambda u, v, on, i: sum_over(Piecewise((u, on), (v, True)), i),
        guarded, guarded, conditions, places,
    ),
    entries.map(lambda u: Piecewise((1 / u, u > 0), (u, True))),
    entries.map(lambda u: Piecewise((log(u), u > 0), (sqrt(-u), True))),
    st.builds(
        lambda u, v, on, i: sum_over(v * Piecewise((u, on), (0, True)) ** 2, i),
        terms, terms, conditions, places,
    ),
)  # fmt: skip

bases = st.one_of(
    entries,
    scalars,
    st.sampled_from([Integer(-1), Integer(2), Rational(1, 4), Integer(-8)]),
    st.builds(mul, entries, entries),
    st.builds(add, entries, scalars),
    entries.map(lambda u: u**2),
    entries.map(Abs),
    sums,
)
exponents = st.sampled_from(
    [*map(Integer, (-2, -1, 2, 3)), Rational(1, 2), Rational(-1, 2), Rational(1, 3), Rational(3, 2),
     x, t, t + 1, p, 2 * x, n]
)  # fmt: skip
powers = st.one_of(
    st.builds(Pow, bases, exponents),
    st.builds(lambda u, e, f: Pow(u, e) * Pow(u, f), bases, exponents, exponents),
    st.builds(lambda u, e, f: Pow(Pow(u, e), f), bases, exponents, exponents),
    st.builds(lambda u, v, e: Pow(u * v, e) - Pow(u, e) * Pow(v, e), bases, bases, exponents),
    st.builds(lambda u, v, e: Pow(u / v, e), bases, bases, exponents),
    st.builds(lambda u, e, f: Pow(u, e + f) - Pow(u, e) * Pow(u, f), bases, exponents, exponents),
    st.builds(lambda u, v: exp((u + v) / 4) - exp(u / 4) * exp(v / 4), bases, bases),
    st.builds(lambda u, e, i: sum_over(Pow(u, e) * a[_index("i", n)], i), bases, exponents, rows),
)

logarithms = st.one_of(
    st.builds(lambda u, v: log(u * v), bases, bases),
    st.builds(lambda u, v: log(u * v) - log(u) - log(v), bases, bases),
    st.builds(lambda u, e: log(Pow(u, e)), bases, exponents),
    st.builds(lambda u, e: log(Pow(u, e)) - e * log(u), bases, exponents),
    st.builds(lambda u, v: log(u / v), bases, bases),
    st.builds(lambda u, v: log(exp(u / 4) * v), bases, bases),
    st.builds(lambda u: exp(log(u)), bases),
    st.builds(lambda u, e: exp(e * log(u)), bases, exponents),
    st.builds(lambda u, i: sum_over(log(u), i), bases, rows),
)

outcomes = st.recursive(
    st.one_of(
        rows.map(lambda i: a[i]), rows.map(lambda i: b[i]), scalars, numbers,
        columns.map(lambda q: c[q]), st.builds(KroneckerDelta, rows, rows),
        rows.map(lambda i: indicator(a[i] <= x)),
    ),
    lambda parts: st.one_of(
        st.builds(add, parts, parts), st.builds(mul, parts, parts), parts.map(lambda u: u**2),
        st.builds(sum_over, parts, rows),
    ),
    max_leaves=4,
)  # fmt: skip
expectations = st.one_of(
    st.builds(lambda u: Expectation(u, a, b), outcomes),
    st.builds(lambda u, f, i: sum_over(f * Expectation(u, a), i), outcomes, scalars, rows),
    st.builds(lambda u, i: Expectation(sum_over(u, i) ** 2, a, b), outcomes, rows),
    st.builds(lambda u, v: Expectation(u, a, b) * v, outcomes, numbers),
)

smooth = st.recursive(
    st.one_of(entries, entries, scalars, numbers, st.builds(KroneckerDelta, rows, rows)),
    lambda parts: st.one_of(
        st.builds(add, parts, parts),
        st.builds(mul, parts, parts),
        parts.map(lambda u: exp(u / 4)),
        parts.map(lambda u: log(u**2 + 1)),
        parts.map(lambda u: sqrt(u**2 + 1)),
        parts.map(tanh),
        parts.map(lambda u: Abs(u) if u.is_real else u),
        st.builds(lambda u, v: u / (v**2 + p), parts, parts),
        st.builds(sum_over, parts, rows),
        st.builds(lambda u, v, i: Piecewise((u, a[i] <= x), (v, True)), parts, parts, rows),
    ),
    max_leaves=4,
)
derivatives = st.one_of(
    st.builds(lambda u, i: Derivative(u, a[i]), smooth, rows),
    st.builds(lambda u, v, i: Derivative(sum_over(u * a[i], i) * v, a[i]), smooth, smooth, rows),
    st.builds(lambda u, i, j: Derivative(u, M[i, j]), smooth, rows, rows),
    st.builds(lambda u: Derivative(u, x), smooth),
    st.builds(lambda u, v, i, j: sum_over(v * Derivative(u, a[i]), j), smooth, atoms, rows, rows),
)

quotients = st.one_of(
    st.builds(lambda u, v, w: (u + v) / (u + w), atoms, atoms, atoms),
    st.builds(lambda u, v: (u**2 - v**2) / (u - v) - u, atoms, atoms),
    st.builds(lambda u, v: u * v / (u * v + v), atoms, atoms),
    st.builds(lambda u, v, i: sum_over((u + 1) * v / (u**2 - 1), i), atoms, atoms, places),
    st.builds(lambda u, v: 1 / (1 + 1 / (u + v)), atoms, atoms),
    st.builds(lambda u, i: sum_over(u / sum_over(u, i), i), terms, places),
)

signs = st.builds(lambda u, v: Abs(u) * sign(u) * v, entries, terms)

cosines = st.one_of(
    st.builds(lambda u, v, e: cos(u) ** e * v, entries, terms, st.integers(-2, 5)),
    st.builds(lambda u, v: cos(u) ** 2 * cos(v) ** 3 + sin(u) ** 2, entries, entries),
    st.builds(lambda u, v, i: sum_over(cos(u) * v, i) ** 2 / cos(u) ** 2, entries, terms, rows),
)

_ends = ((Symbol("row", integer=True), (1, n)), (Symbol("kappa_1", integer=True), (1, n)))
ROW, COLUMN = (Idx(*place) for place in _ends)
matrix_entries = st.recursive(
    st.one_of(
        st.sampled_from(
            [M[ROW, COLUMN], M[ROW, COLUMN], M[COLUMN, ROW], KroneckerDelta(ROW, COLUMN)]
        ),
        st.sampled_from([b[ROW] * KroneckerDelta(ROW, COLUMN), a[ROW] * b[COLUMN], M[ROW, ROW]]),
        st.builds(lambda q: sum_over(R[ROW, q] * R[COLUMN, q], q), columns),
        st.builds(lambda i: sum_over(M[ROW, i] * M[i, COLUMN], i), st.just(_index("j", n))),
        st.builds(lambda i: sum_over(M[i, ROW] * M[i, COLUMN], i), st.just(_index("j", n))),
        st.builds(lambda i: sum_over(M[ROW, i] * b[i] * M[COLUMN, i], i), st.just(_index("j", n))),
    ),
    lambda parts: st.one_of(
        st.builds(add, parts, parts),
        st.builds(
            mul, st.sampled_from([x, p, Integer(-2), Rational(1, 2), a[_index("i", n)]]), parts
        ),
        parts.map(lambda u: InverseEntry(SquareMatrix(u, ROW, COLUMN), ROW, COLUMN)),
    ),
    max_leaves=2,
)


def _times_inverse(u: Expr, i: Idx, j: Idx, k: Idx, on_left: bool, other: Expr) -> Expr:
    matrix = SquareMatrix(u, ROW, COLUMN)
    factors = (
        (matrix.at(j, k), InverseEntry(matrix, k, i))
        if on_left
        else (InverseEntry(matrix, i, k), matrix.at(k, j))
    )
    return sum_over(Mul(*factors) * other, k)


inverses = st.one_of(
    st.builds(
        lambda u, i, j: InverseEntry(SquareMatrix(u, ROW, COLUMN), i, j),
        matrix_entries, rows, rows,
    ),
    st.builds(
        lambda u, i, j: InverseEntry(SquareMatrix(u, COLUMN, ROW), i, j) * KroneckerDelta(i, j),
        matrix_entries, rows, rows,
    ),
    st.builds(
        _times_inverse, matrix_entries, rows, rows, rows, st.booleans(),
        st.one_of(numbers, entries),
    ),
    st.builds(
        lambda u, i, j: sum_over(sum_over(InverseEntry(SquareMatrix(u, ROW, COLUMN), i, j), i), j),
        matrix_entries, rows, rows,
    ),
)  # fmt: skip


def _determinant(entry: Expr) -> Expr:
    return DeterminantOf(SquareMatrix(entry, ROW, COLUMN))


def _product(u: Expr, v: Expr) -> Expr:
    k = _index("k", n)
    return sum_over(substitute(u, {COLUMN: k}) * substitute(v, {ROW: k}), k)


determinants = st.one_of(
    matrix_entries.map(_determinant),
    matrix_entries.map(
        lambda u: _determinant(u) - DeterminantOf(SquareMatrix(u, COLUMN, ROW))
    ),
    st.builds(
        lambda u, v: _determinant(_product(u, v)),
        st.sampled_from([M[ROW, COLUMN], M[COLUMN, ROW], b[COLUMN] * M[ROW, COLUMN]]),
        matrix_entries,
    ),
    st.builds(
        lambda u, v, e: _determinant(KroneckerDelta(ROW, COLUMN) * u**e * v),
        st.sampled_from([a[ROW], M[ROW, ROW], M[ROW, _index("i", n)], b[ROW]]),
        st.sampled_from([a[ROW], b[ROW], x, exp(a[ROW] / 4), a[ROW] + 1, b[ROW] ** b[ROW]]),
        st.sampled_from([Integer(-1), Integer(1), Integer(2), x]),
    ),
)  # fmt: skip
# The derivative of a determinant is Jacobi's where the inverse exists, so that stands beside it.
changes_of_matrices = st.one_of(
    st.builds(lambda u, i, j: Derivative(u, M[i, j]), inverses, rows, rows),
    st.builds(
        lambda u, i, j: (
            Derivative(_determinant(u), M[i, j])
            + InverseEntry(SquareMatrix(u, ROW, COLUMN), i, j)
        ),
        matrix_entries, rows, rows,
    ),
)  # fmt: skip

compared = st.one_of(
    st.sampled_from([a[ROW], b[ROW], -a[ROW], x * b[ROW] + a[ROW], M[ROW, ROW], exp(a[ROW] / 4)]),
    st.builds(lambda i: M[ROW, i] + a[ROW], rows),
    st.builds(lambda i: sum_over(M[ROW, i] * b[i], i), st.just(_index("j", n))),
)


def _mark(u: Expr, i: Idx) -> Expr:
    return IsLargest(SquareMatrix(u, ROW, COLUMN), i)


def _largest(u: Expr) -> Expr:
    k = _index("k", n)
    return sum_over(_mark(u, k) * substitute(u, {ROW: k}), k)


def _log_sum_exp(u: Expr) -> Expr:
    k, largest = _index("q", n), _largest(u)
    return log(sum_over(exp(substitute(u, {ROW: k}) - largest), k)) + largest


largest_entries = st.one_of(
    st.builds(lambda u, i, v, j: sum_over(_mark(u, i) * v, j), compared, rows, terms, rows),
    st.builds(lambda u, i, j: _mark(u, i) * KroneckerDelta(i, j), compared, rows, rows),
    st.builds(lambda u, v, i: _largest(u) * v + _mark(u, i), compared, terms, rows),
    st.builds(lambda u, i: exp(substitute(u, {ROW: i}) / 4 - _largest(u) / 4), compared, rows),
    compared.map(_log_sum_exp),
    st.builds(lambda u, i, e: _mark(u, i) * _largest(u) ** e, compared, rows, st.integers(-1, 2)),
    st.builds(
        lambda u, v, i, k: _mark(u, i) * sum_over(_mark(v, k) * M[k, i], k),
        compared,
        compared,
        rows,
        st.just(_index("q", n)),
    ),
    st.builds(lambda u, i: sum_over(_mark(u, i) ** 2 * _largest(u) * a[i], i), compared, rows),
    st.builds(
        lambda u, v, i: Derivative(_largest(u) * v, a[i]) + _mark(u, i), compared, entries, rows
    ),
)

RULES = {
    "the largest entry": largest_entries,
    "inverses": inverses,
    "determinants": determinants,
    "changes of matrices": changes_of_matrices,
    "sums are linear": linear,
    "bound names may be changed": renamed,
    "a factor moves out of a sum": moved_out,
    "a delta picks one term": contracted,
    "sums that share no index multiply": multiplied,
    "last terms are written out": last_terms,
    "indicators are idempotent": idempotent,
    "piecewise is a sum of indicators": piecewise,
    "powers": powers,
    "logarithms": logarithms,
    "expectation is linear": expectations,
    "derivatives in an entry": derivatives,
    "quotients cancel": quotients,
    "signs and absolute values": signs,
    "squares of cosines": cosines,
}
