"""One normal form for expressions with symbolic sums: two that reach the same form are equal.

The rules are the ones a person uses on paper, each sound for every size: sums are linear and their
summation variables may be renamed; a factor without the summation variable moves in front; a
Kronecker delta picks one term; sums that share no index come apart into a product; the last terms
of a sum up to t + 1 may be written out; an indicator is its own square; expectation is linear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial, reduce, singledispatch
from itertools import count, permutations, product, starmap

from sympy import (
    Add,
    Basic,
    Derivative,
    Dummy,
    Expr,
    Idx,
    Indexed,
    IndexedBase,
    Integer,
    Integral,
    KroneckerDelta,
    Mul,
    Piecewise,
    Pow,
    Symbol,
    cancel,
    cos,
    exp,
    expand,
    expand_log,
    expand_power_exp,
    factor,
    factor_terms,
    fraction,
    log,
    nan,
    together,
    zoo,
)
from sympy import Sum as SympySum
from sympy.core.relational import Eq, Ge, Gt, Le, Lt, Ne
from sympy.logic.boolalg import ITE, And, BooleanAtom, Not, Or
from sympy.simplify.fu import TR6

from derivations.notation import (
    Expectation,
    Sum,
    differentiated,
    indicator,
    is_never_negative,
    places_of,
    substitute,
    with_range,
)
from derivations.prover.matrices.inverse import (
    DeterminantOf,
    InverseEntry,
    IsLargest,
    SquareMatrix,
    SymmetricInverseEntry,
    opened_determinant,
    opened_inverse,
)
from derivations.prover.matrices.inverse_products import inverse_contracted
from derivations.prover.needs import Sign, hides_gaps, may_lack_value, need_of_power
from derivations.prover.orders import orders


@lru_cache(maxsize=20_000)
def normal_form(expr: Expr) -> Expr:
    """The canonical expanded form of a scalar expression in index notation; many expressions of one
    proof have their parts in common.
    """
    return _rule(expr)


def is_zero(expr: Expr, reduce: Callable[[Expr], Expr] = normal_form) -> bool:
    """True only if the rules reduce the expression to 0; False says nothing.

    It is then 0 at every point where all its parts have values, those of branches that are not
    taken included. `reduce` is the normal form with what is known of arrays put in. Terms with
    different indicators must vanish apart: a denominator may be 0 where an indicator is.
    """
    if hides_gaps(expr):
        return False
    form = reduce(expr)
    is_zero_part = partial(_is_quotient_zero, reduce=reduce)
    return not form.has(zoo, nan) and all(map(is_zero_part, _by_indicators(form)))


def _is_quotient_zero(expr: Expr, reduce: Callable[[Expr], Expr]) -> bool:
    """Denominators are factored, so that what several have in common is in the common one once."""
    numerator, denominator = fraction(together(expr.replace(_is_long_divisor, factor)))
    return numerator == 0 or (denominator != 1 and reduce(numerator) == 0)


def _is_long_divisor(part: Basic) -> bool:
    return isinstance(part, Pow) and part.exp.is_negative and len(part.base.args) > 3


def _by_indicators(form: Expr) -> list[Expr]:
    """The sums of the coefficients of each product of indicators; all are 0 if one sum is."""
    coefficients: dict[Expr, list[Expr]] = {}
    for term in Add.make_args(form):
        factors = Mul.make_args(term)
        marks = Mul(*(f for f in factors if isinstance(f, KroneckerDelta) or _is_indicator(f)))
        coefficients.setdefault(marks, []).append(term / marks)
    return [Add(*terms) for terms in coefficients.values()]


def split_by_range(expr: Expr) -> Iterator[list[Expr]]:
    """Split an expression into what lies outside every sum and, per range, one common summand.

    The rest plus the sum of each summand over its range equals `expr`, so if all are zero, it is.
    Summands are left as they stand: a branch that is not taken may be undefined. The rest may also
    be the sum of rest * [i = k] over the range of an index i that it has.
    """
    rest: list[Expr] = []
    summands: dict[tuple, tuple[list[Idx], list[Expr]]] = {}
    for term in Add.make_args(expr):
        sums = [factor for factor in Mul.make_args(term) if isinstance(factor, Sum)]
        if len(sums) == 1 and not sums[0].ends_have(*sums[0].variables):
            limits = sorted(sums[0].limits, key=lambda limit: str(limit[1:]))
            ranges = tuple(limit[1:] for limit in limits)
            new = [with_range(Dummy(integer=True), *ends) for ends in ranges]
            common, parts = summands.setdefault(ranges, (new, []))
            places = {k: place for (k, *_), place in zip(limits, common, strict=True)}
            parts.append(term / sums[0] * substitute(sums[0].function, places))
        else:
            rest.append(term)
    for ((lower, upper), *others), (_, parts) in summands.items():
        if lower == 1 and upper.is_Symbol and upper.is_nonnegative and not others:
            parts.append(Add(*rest).coeff(upper))  # n c is the sum of c over n places
            rest.append(-parts[-1] * upper)
    alone, sums = Add(*rest), [Add(*parts) for _, parts in summands.values()]
    yield [alone, *sums]
    for at, ((_, *others), ((common, *_), _)) in enumerate(summands.items()):
        for place in places_of(alone):
            if not others and place.args[1:] == common.args[1:]:
                with_rest = sums[at] + alone * KroneckerDelta(place, common)
                yield [*sums[:at], with_rest, *sums[at + 1 :]]


# --- the form of each kind of expression ---------------------------------------------------------


@singledispatch
def _rule(expr) -> Expr:
    is_part = isinstance(expr, Idx) or not expr.args
    return expr if is_part else expr.func(*map(normal_form, expr.args))


@_rule.register
def _(expr: Indexed):
    return expr.func(expr.base, *(expand(place) for place in expr.indices))


@_rule.register
def _(expr: Derivative):
    """SymPy would differentiate under an integral whatever jumps there: such a one is left."""
    result = expr if expr.has(Integral) else reduce(differentiated, expr.variables, expr.expr)
    return result if isinstance(result, Derivative) else normal_form(result)


@_rule.register
def _(expr: Mul):
    return _product([normal_form(factor) for factor in expr.args])


@_rule.register
def _(expr: Pow):
    base, exponent = normal_form(expr.base), expand(normal_form(expr.exp))
    if exponent.is_Integer and exponent > 0:
        return _product([base] * int(exponent))
    if base.has(Add) or not exponent.is_Integer:
        base = factor_terms(cancel(base))
    steps, rest = exponent.as_coeff_Add()
    if steps.is_Integer and steps > 0 and is_never_negative(rest):  # also for a base of 0
        return _product([base] * int(steps) + [Pow(base, rest)])
    if (need := need_of_power(base, exponent)) and need.sign is Sign.POSITIVE:
        return Mul(*(Pow(base, term) for term in Add.make_args(exponent)))
    return expand_power_exp(Pow(base, exponent))


@_rule.register
def _(expr: exp):
    """e^(u + v log b) = e^u b^v."""
    exponent = normal_form(expr.args[0])
    powers: dict[Expr, Expr] = {}
    for term in Add.make_args(exponent):
        logarithms = [factor for factor in Mul.make_args(term) if isinstance(factor, log)]
        if len(logarithms) == 1:
            base = logarithms[0].args[0]
            powers[base] = powers.get(base, Integer(0)) + term / logarithms[0]
            exponent -= term
    rest = expand_power_exp(exp(exponent))
    return _product([rest, *(normal_form(Pow(base, power)) for base, power in powers.items())])


@_rule.register
def _(expr: log):
    opened = expand_log(expr)
    if isinstance(opened, log):
        opened = expand_log(log(Mul(*normal_form(expr.args[0]).primitive(), evaluate=False)))
    return opened if isinstance(opened, log) else normal_form(opened)


@_rule.register
def _(expr: Piecewise):
    """Piecewise((a, p), (b, True)) = b + [p](a - b), with the indicator [p] as an atom."""
    if hides_gaps(expr) or expr.has(zoo, nan):  # no branch without a value is multiplied by 0
        return expr
    *branches, (otherwise, condition) = expr.args
    if condition != True:  # noqa: E712 - SymPy's own truth value
        raise ValueError(f"piecewise: expected a last branch for all other values in {expr}")
    result = normal_form(otherwise)
    for value, condition in reversed(branches):
        result = result + _product([_indicator(condition), normal_form(value) - result])
    return expand(result)


@_rule.register
def _(expr: Expectation):
    """Expectation is linear: sums and factors that are not random stand before it."""
    terms = Add.make_args(normal_form(expr.expression))
    return Add(*(_expectation_of_term(term, expr.random) for term in terms))


def _expectation_of_term(term: Expr, random: tuple[IndexedBase, ...]) -> Expr:
    factors, limits = _flattened(term, [], opened=random)
    inside = [factor for factor in factors if factor.has(*random)]
    outside = [factor for factor in factors if not factor.has(*random)]
    present = [base for base in random if any(factor.has(base) for factor in inside)]
    mean = Expectation(Mul(*inside), *present) if inside else Integer(1)
    return _sum_of_term(Mul(*outside, mean), limits)


@_rule.register
def _(expr: SquareMatrix):
    """A bound row and column mean nothing by their names; no free name is taken for them."""
    taken = {place.name for place in expr.free_symbols if isinstance(place, Symbol | Idx)}
    pairs = ((f"row_{at}", f"column_{at}") for at in count(expr.depth))
    names = next(pair for pair in pairs if taken.isdisjoint(pair))
    row, column = expr.places(*(Symbol(name, integer=True) for name in names))
    return SquareMatrix(normal_form(expr.at(row, column)), row, column)


@_rule.register
def _(expr: DeterminantOf):
    """det(M') = det(M)."""
    matrix = normal_form(expr.matrix)
    if (opened := opened_determinant(matrix)) is not None:
        return normal_form(opened)
    return DeterminantOf(min(matrix, normal_form(matrix.transposed), key=str))


@_rule.register
def _(expr: InverseEntry):
    """The inverse of M' is the transpose of that of M; that of a symmetric matrix is symmetric."""
    matrix, places = normal_form(expr.matrix), [expand(place) for place in expr.places]
    if (opened := opened_inverse(matrix, *places)) is not None:
        return normal_form(opened)
    transposed = normal_form(matrix.transposed)
    if matrix == transposed:
        return SymmetricInverseEntry(matrix, *places)
    if str(transposed) < str(matrix):
        matrix, places = transposed, places[::-1]
    return InverseEntry(matrix, *places)


@_rule.register
def _(expr: SympySum):
    raise TypeError(f"sum: expected derivations.notation.Sum, got SymPy's own, {expr}")


@_rule.register
def _(expr: Sum):
    if expr.ends_have(*expr.variables):
        # a range that depends on another index
        return Sum(normal_form(expr.function), *expr.limits)
    result = normal_form(expr.function)
    for k, lower, upper in expr.limits:
        result = _summed(result, k, normal_form(lower), expand(normal_form(upper)))
    return result


def _product(factors: list[Expr]) -> Expr:
    """The product multiplied out, with 1 - sin^2 for cos^2.

    SymPy's own way, which looks into every part for what normal forms no longer have, is taken
    where a power is left that is none of theirs.
    """
    terms = starmap(Mul, product(*map(Add.make_args, factors)))
    opened = (t if _is_monomial(t) else expand(TR6(expand(t), max=100)) for t in terms)
    return Add(*map(_simplified_term, Add.make_args(Add(*opened))))


def _is_monomial(term: Expr) -> bool:
    """Whether no factor is a sum, nor a power of one, of a product or of a cosine, or to a sum."""
    pairs = [factor.as_base_exp() for factor in Mul.make_args(term)]
    return not any(b.is_Add or b.is_Mul or e.is_Add or (e != 1 and b.func == cos) for b, e in pairs)


def _simplified_term(term: Expr) -> Expr:
    """Indicators are idempotent; b^p / b is b^(p - 1) where b may be 0, which is never split; a
    delta is 0 of places that are never equal, and makes the other factors use one index for its
    two; and at the largest entry a sum over what is 0 elsewhere is its one term.
    """
    powers: dict[Expr, list[Expr]] = {}
    factors = []
    for part in Mul.make_args(term):
        base, exponent = part.as_base_exp()
        idempotent = isinstance(base, KroneckerDelta | IsLargest) or _is_indicator(base)
        if base.is_nonnegative and not idempotent and not base.is_positive:
            powers.setdefault(base, []).append(exponent)
        else:
            factors.append(base if idempotent and exponent.is_positive else part)
    for base, exponents in powers.items():  # b^(t + 1) is b b^t at every time t
        is_split = all(map(is_never_negative, exponents))
        factors += [Pow(base, e) for e in (exponents if is_split else [Add(*exponents)])]
    for position in range(len(factors)):
        delta = factors[position]
        if isinstance(delta, KroneckerDelta):
            if any(is_never_negative(one - other - 1) for one, other in permutations(delta.args)):
                return Integer(0)  # the other place is always before the one
            kept, dropped = sorted(delta.args, key=partial(_rank_in, delta))
            ends = (dropped, dropped.lower, dropped.upper) if isinstance(dropped, Idx) else ()
            if ends and (isinstance(kept, Idx) or _outside(kept, ends, []) == []):
                same = {dropped: kept}
                factors = [f if may_lack_value(f) else substitute(f, same) for f in factors]
                factors[position] = delta
        elif isinstance(delta, IsLargest):
            factors = [_at_largest(factor, delta) for factor in factors]
    return Mul(*factors)


def _rank_in(delta: KroneckerDelta, place: Expr) -> tuple[bool, bool, str]:
    """Of two places an index is the last, above all one whose range has all that the other may be,
    so that what is left has a value wherever the other place exists.
    """
    is_index, (other,) = isinstance(place, Idx), {*delta.args} - {place}
    has_all = is_index and _outside(other, (place, place.lower, place.upper), []) == []
    return is_index, has_all, str(place)


def _at_largest(factor: Expr, mark: IsLargest) -> Expr:
    """sum_k h_k f(k) = f(i) where h_i is 1, if f has values everywhere."""
    (base, exponent), place = factor.as_base_exp(), mark.args[1]
    if isinstance(base, Sum) and exponent.is_positive and mark.matrix.has_place(place):
        (k, *ends), *others = base.limits
        values = base.function / IsLargest(mark.matrix, k)
        if (*ends, *others) == mark.matrix.ends and not may_lack_value(values):
            return substitute(values, {k: place}) ** exponent
    return factor


# --- indicators ----------------------------------------------------------------------------------


def _indicator(condition) -> Expr:
    """[condition] as an expression in indicators of `expr <= 0` and `expr == 0` alone."""
    match condition:
        case BooleanAtom():
            return Integer(1 if condition else 0)
        case And():
            return _product([_indicator(part) for part in condition.args])
        case Or():
            return expand(1 - _product([1 - _indicator(part) for part in condition.args]))
        case Not():
            return 1 - _indicator(condition.args[0])
        case ITE(args=(test, yes, no)):
            return _indicator(Or(And(test, yes), And(Not(test), no)))
        case Le() | Ge():
            return _at_most_zero(condition.lts - condition.gts)
        case Lt() | Gt():
            return 1 - _at_most_zero(condition.gts - condition.lts)
        case Eq():
            return _equal(*condition.args)
        case Ne():
            return 1 - _equal(*condition.args)
    raise TypeError(f"condition: expected a comparison, got {condition}")


def _at_most_zero(difference: Expr) -> Expr:
    """[u <= 0], of u and -u for one alone: [-u <= 0] = 1 - [u <= 0] + [u = 0]; not of places."""
    form = normal_form(difference)
    if not form.is_integer and form.could_extract_minus_sign():
        return 1 - indicator(Le(-form, 0)) + indicator(Eq(-form, 0))
    return indicator(Le(form, 0))


def _equal(left: Expr, right: Expr) -> Expr:
    """[left = right], a Kronecker delta for two indices."""
    is_pair = isinstance(left, Idx) and isinstance(right, Idx)
    return KroneckerDelta(left, right) if is_pair else indicator(Eq(normal_form(left - right), 0))


def _is_indicator(expr: Expr) -> bool:
    return isinstance(expr, Piecewise) and [value for value, _ in expr.args] == [1, 0]


# --- sums ----------------------------------------------------------------------------------------


def _summed(function: Expr, k, lower: Expr, upper: Expr) -> Expr:
    """The normal form of Sum(function, (k, lower, upper)) for a function in normal form."""
    if lower.is_Integer and upper.is_Integer:
        values = range(int(lower), int(upper) + 1)
        return normal_form(Add(*[substitute(function, {k: Integer(value)}) for value in values]))
    surplus, top = upper.as_coeff_Add()
    shorter = upper if surplus.is_negative else top
    # A size is positive: n - 1 places are an axis like any other. A time may be 0.
    if not surplus.is_Integer or top.is_positive or not (shorter - lower + 1).is_nonnegative:
        surplus, top = Integer(0), upper
    written_out = [substitute(function, {k: top + step}) for step in range(1, int(surplus) + 1)]
    written_out += [-substitute(function, {k: top - step}) for step in range(-int(surplus))]
    place = with_range(Dummy(integer=True), lower, top) if surplus else k
    function = substitute(function, {k: place})
    # In the shorter range an exponent may be positive that was not: mu^(t + 1 - k) for k <= t.
    function = _cancelled(normal_form(function) if surplus > 0 else function)
    sums = [_sum_of_term(term, [(place, lower, top)]) for term in Add.make_args(function)]
    return Add(*sums, *map(normal_form, written_out))


def _cancelled(function: Expr) -> Expr:
    """Quotients of sums of terms are reduced, so that equal summands look equal. It is done with
    terms of the same denominators: by others they would only be multiplied out.
    """
    terms: dict[frozenset[Expr], list[Expr]] = {}
    for term in Add.make_args(function):
        powers = (p for p in term.atoms(Pow) if p.exp.is_negative and isinstance(p.base, Add))
        terms.setdefault(frozenset(p.base for p in powers), []).append(term)
    sums = ((denominators, Add(*some)) for denominators, some in terms.items())
    return Add(*(expand(cancel(s)) if denominators and s.is_Add else s for denominators, s in sums))


def _sum_of_term(term: Expr, limits: list[tuple]) -> Expr:
    """Sum one product of factors over several indices, as a product of connected sums."""
    factors, limits = _flattened(term, limits)
    if contracted := _delta_contracted(factors, limits) or inverse_contracted(factors, limits):
        factors, limits = contracted
        terms = Add.make_args(_product([normal_form(factor) for factor in factors]))
        return Add(*(_sum_of_term(one, limits) for one in terms))
    idle = [limit for limit in limits if not any(factor.has(limit[0]) for factor in factors)]
    sums = [_number_of_terms(limit) for limit in idle]
    limits = [limit for limit in limits if limit not in idle]
    outside = [f for f in factors if not any(f.has(k) for k, *_ in limits)]
    inside = [f for f in factors if any(f.has(k) for k, *_ in limits)]
    while inside:
        component, inside = _component(inside, [k for k, *_ in limits])
        bound = [limit for limit in limits if any(f.has(limit[0]) for f in component)]
        sums.append(_renamed(Mul(*component), bound))
    return expand(Mul(*outside, *sums))


def _number_of_terms(limit: tuple) -> Expr:
    number = limit[2] - limit[1] + 1
    return number if number.is_nonnegative else _renamed(Integer(1), [limit])


def _flattened(term: Expr, limits: list[tuple], opened=()) -> tuple[list[Expr], list[tuple]]:
    """Sums among the factors that have a bound name, or one to be opened, join one common sum."""
    factors, limits, pending = [], list(limits), list(Mul.make_args(term))
    bound = [k for k, *_ in limits]
    while pending:
        factor = pending.pop()
        base, exponent = factor.as_base_exp()
        is_sum = isinstance(base, Sum) and exponent.is_Integer and exponent > 0
        is_linked = is_sum and base.function.has(*bound, *opened)
        if is_linked and not base.ends_have(*(k for k, *_ in limits), *base.variables):
            inner = base.function
            for k, *ends in base.limits:
                fresh = with_range(Dummy(integer=True), *ends)
                inner = substitute(inner, {k: fresh})
                limits.append((fresh, *ends))
            pending += [*Mul.make_args(inner), base ** (exponent - 1)]
        else:
            factors.append(factor)
    return factors, limits


def _delta_contracted(factors: list[Expr], limits: list[tuple]) -> tuple | None:
    """sum_k [k + c = p] f(k) = f(p - c) if p - c is always in the range of k; if it is but for its
    own first or last place m, that times 1 - [p - c = m], if f has a value there.
    """
    deltas = [f for f in factors if isinstance(f, KroneckerDelta)]
    for is_within, delta, limit in product((True, False), deltas, limits):
        for one, other in permutations(delta.args):
            beside, index = one.as_coeff_Add()
            outside = _outside(other - beside, limit, limits) if index == limit[0] else None
            if outside is None or bool(outside) == is_within:
                continue
            rest = [substitute(f, {index: other - beside}) for f in factors if f != delta]
            if is_within or not (other.has(*(k for k, *_ in limits)) or _may_lack(rest, limits)):
                marks = [1 - KroneckerDelta(other, place + beside) for place in outside]
                return [*rest, *marks], [one for one in limits if one != limit]
    return None


def _outside(place: Expr, limit: tuple, limits: list[tuple]) -> list[Expr] | None:
    """The ends of what a place may be that are outside a range; None if more may be."""
    beside, index = place.as_coeff_Add()
    own = (index.lower, index.upper) if isinstance(index, Idx) else (index, index)
    first, last = (end + beside for end in {k: ends for k, *ends in limits}.get(index, own))
    gaps = limit[1] - first, last - limit[2]
    if not place.is_integer or not all(gap.is_nonpositive or gap == 1 for gap in gaps):
        return None
    return [end for end, gap in zip((first, last), gaps, strict=True) if gap == 1]


def _may_lack(factors: list[Expr], limits: list[tuple]) -> bool:
    """Whether a factor may lack a value, or an entry be at a place that its array does not have."""
    entries = {e for factor in factors for e in factor.atoms(Indexed)}
    pairs = [p for e in entries for p in zip(e.indices, e.base.shape or e.indices, strict=True)]
    are_inside = (_outside(p, (p, Integer(1), extent), limits) == [] for p, extent in pairs)
    return any(map(may_lack_value, factors)) or not all(are_inside)


def _component(factors: list[Expr], bound: list) -> tuple[list[Expr], list[Expr]]:
    """The factors that hang together with the first by summation indices, and the others."""
    component, rest = [factors[0]], factors[1:]
    while touching := [f for f in rest if any(f.has(k) for k in bound if Mul(*component).has(k))]:
        component, rest = component + touching, [f for f in rest if f not in touching]
    return component, rest


def _renamed(function: Expr, limits: list[tuple]) -> Expr:
    """The sum under the names for its indices that come first in SymPy's order.

    Names count upwards from the innermost sum and leave out those that are free, so that a free or
    an outer name is never captured.
    """
    depth = _depth(function)
    free = Sum(function, *limits).free_symbols
    taken = {place.name for place in free if isinstance(place, Symbol | Idx)}
    names = [f"kappa_{depth + place}" for place in range(1, len(limits) + len(taken) + 1)]
    names = [name for name in names if name not in taken]

    def named(order: Sequence[Idx]) -> Expr:
        ranked = sorted(limits, key=lambda limit: order.index(limit[0]))
        new = {
            k: with_range(Symbol(name, integer=True), *ends)
            for name, (k, *ends) in zip(names, ranked, strict=False)
        }
        return Sum(substitute(function, new), *((new[k], *ends) for k, *ends in ranked))

    return min(map(named, orders(Mul.make_args(function), limits)), key=str)


def _depth(expr: Expr) -> int:
    """How many sums lie in each other."""
    return max((len(s.limits) + _depth(s.function) for s in expr.atoms(Sum)), default=0)
