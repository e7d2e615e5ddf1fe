"""Random expressions in index notation, full of traps: names that clash, sums that bind again."""

from operator import add, mul

from hypothesis import strategies as st
from sympy import Abs, Derivative, Idx, Integer, KroneckerDelta, Piecewise, Symbol, exp, log, sqrt

from derivations.notation import Sum, array, indicator, sequence, size, substitute, time

n, t = size("n"), time("t")
x, p = Symbol("x", real=True), Symbol("p", positive=True)
a, b, M, g = array("a", n), array("b", n, positive=True), array("M", n, n), sequence("g")

# The last two are names that the normal form gives to summation indices.
INDICES = [
    Idx(Symbol(name, integer=True), (1, n)) for name in ("i", "j", "k", "kappa_1", "kappa_2")
]
TIMES = [
    Idx(Symbol(name, integer=True), (1, upper)) for name in "km" for upper in (t, t + 1, t - 1)
]
indices, times = st.sampled_from(INDICES), st.sampled_from(TIMES)

entries = st.one_of(
    indices.map(lambda i: a[i]),
    indices.map(lambda i: b[i]),
    st.builds(lambda i, j: M[i, j], indices, indices),
    times.map(lambda k: g[k]),
)
leaves = st.one_of(
    entries,
    st.sampled_from([x, p, n, t, g[t]]),
    st.integers(-2, 3).map(Integer),
    st.builds(KroneckerDelta, indices, indices),
    st.builds(lambda k: p ** (t - k), times),
    indices.map(lambda i: indicator(a[i] <= x)),
)


def _triangular(term, j):
    """The sum of a term over i = 1, ..., j."""
    inner = Idx(Symbol("i", integer=True), (1, j))
    return Sum(substitute(term, {INDICES[0]: inner}), (inner, 1, j))


def _with(term, name, value):
    # SymPy cannot differentiate in a value, and unfolds a condition on a sum of cases wrongly.
    return term if term.has(Derivative, Piecewise) else substitute(term, {name: value})


def _larger(parts):
    return st.one_of(
        st.builds(add, parts, parts),
        st.builds(mul, parts, parts),
        parts.map(lambda u: u**2),
        parts.map(lambda u: exp(u / 8)),
        parts.map(lambda u: log(u**2 + 1)),
        parts.map(lambda u: sqrt(u**2 + 1)),
        parts.map(lambda u: Abs(u) if u.is_real else u),  # SymPy sees complex numbers elsewhere
        st.builds(lambda u, v: u / (v**2 + p), parts, parts),
        st.builds(lambda u, v, i: Piecewise((u, a[i] <= x), (v, True)), parts, parts, indices),
        st.builds(lambda u, i: Sum(u, (i, 1, n)), parts, indices),
        st.builds(
            lambda u, ij: Sum(u, *((i, 1, n) for i in ij)),
            parts,
            st.lists(indices, min_size=2, max_size=2, unique=True),
        ),
        st.builds(lambda u, k: Sum(u, (k, 1, k.upper)), parts, times),
        st.builds(_triangular, parts, indices),
        st.builds(lambda u, i: Derivative(u, a[i]), parts, indices),
        st.builds(lambda u, i, j: substitute(u, {i: j}), parts, indices, indices),
        st.builds(lambda u, i, v: _with(u, a[i], v), parts, indices, parts),
        st.builds(lambda u, v: _with(u, x, v), parts, parts),
        parts.map(lambda u: substitute(u, {t: t + 1})),
        parts.map(lambda u: substitute(u, {t: Integer(2)})),
    )


expressions = st.recursive(leaves, _larger, max_leaves=7)
smooth_expressions = expressions.filter(lambda u: not u.has(Derivative, Piecewise))
