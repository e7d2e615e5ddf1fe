"""Is a hand-written gradient right? For any NumPy, JAX or PyTorch function, in anybody's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from verify.differentiation import Judge, Subject, one_sided, subject_of
from verify.domain import Batch, Domain, Kind, normal

RELATIVE = 1e-7
ROUNDINGS = 2.0**10
NOISE = 32.0
TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class Mismatch:
    """The worst entry of one point: what was claimed, and what a judge says."""

    point: Mapping[str, np.ndarray]
    entry: tuple[int, ...]
    claimed: float
    expected: float
    judge: str
    excess: float

    def __str__(self) -> str:
        where = "\n".join(f"  {name} = {_retypeable(value)}" for name, value in self.point.items())
        entry = f"entry {list(self.entry)}" if self.entry else "the derivative"
        said = f"but {self.judge} says {self.expected:.10g}"
        return f"{entry} is {self.claimed:.10g}, {said} at\n{where}"


@dataclass(frozen=True)
class GradientReport:
    """What a check found: at how many points it judged, and where the gradient is wrong."""

    wrt: str
    asked: int
    checked: int
    kinks: int
    judges: tuple[str, ...]
    mismatches: tuple[Mismatch, ...]

    @property
    def passed(self) -> bool:
        """Whether the gradient is right at every point, and there were as many as asked for."""
        return not self.mismatches and self.checked >= self.asked

    def __str__(self) -> str:
        judges = ", ".join(self.judges) or "nothing"
        kinks = f", {self.kinks} of them kinks" if self.kinks else ""
        if self.passed:
            return f"gradient of {self.wrt}: right at {self.checked} points{kinks}, by {judges}"
        if not self.mismatches:
            return f"gradient of {self.wrt}: {self.checked} points judged, {self.asked} asked for"
        worst = max(self.mismatches, key=lambda mismatch: mismatch.excess)
        return (
            f"gradient of {self.wrt}: wrong at {len(self.mismatches)} of"
            f" {self.checked} points{kinks}; {worst}"
        )


def assert_gradient(
    function: Callable[..., Any],
    gradient: Callable[..., Any],
    domain: Domain | Mapping[str, tuple[int, ...]],
    *,
    wrt: str | None = None,
    points: int = 20,
    seed: int = 0,
) -> None:
    """Raise `AssertionError`, with the worst entry and a retypeable input, if a gradient is wrong.

    >>> import numpy as np
    >>> from verify import assert_gradient
    >>> assert_gradient(lambda x: np.sum(x**3), lambda x: 3 * x**2, {"x": (4,)})
    >>> assert_gradient(lambda x: np.sum(x**3), lambda x: 2 * x**2, {"x": (1,)}, points=1)
    Traceback (most recent call last):
        ...
    AssertionError: gradient of x: wrong at 1 of 1 points; entry [0] is 0.03161617..., \
but complex step says 0.04742426... at
      x = np.array([0.12573022...])

    Arguments are those of `check_gradient`.
    """
    report = check_gradient(function, gradient, domain, wrt=wrt, points=points, seed=seed)
    if not report.passed:
        raise AssertionError(str(report))


def check_gradient(
    function: Callable[..., Any],
    gradient: Callable[..., Any],
    domain: Domain | Mapping[str, tuple[int, ...]],
    *,
    wrt: str | None = None,
    points: int = 20,
    seed: int = 0,
) -> GradientReport:
    """Compare a hand-written gradient or Jacobian with every judge, at every point of a domain.

    >>> import numpy as np
    >>> from verify import check_gradient
    >>> def gradient(x, b):
    ...     return np.diag(1 - np.tanh(x + b) ** 2)
    >>> print(check_gradient(lambda x, b: np.tanh(x + b), gradient, {"x": (3,), "b": ()}))
    gradient of x: right at 20 points, by complex step, Taylor rate
    >>> print(check_gradient(lambda x: np.abs(x).sum(), np.sign, {"x": (3,)}, points=5))
    gradient of x: right at 5 points, by differences, Taylor rate

    Args:
        function: takes the domain's names as keywords, float64 arrays without a batch axis, and
            returns a number or an array, in NumPy, JAX or PyTorch.
        gradient: takes the same, and returns an array of shape (*outputs, *inputs).
        domain: where to test; or the shape of each name, for values from a normal distribution. A
            function of a single array is given it by position.
        wrt: the name that it is the gradient in; the first one by default.
        points: how many points to judge at least; the domain's hard rows come on top.
        seed: of the points.

    Returns:
        A report. It passes only if every entry is right at all points and at least `points` were
        judged; nan is never right. At a kink, each value between the one-sided derivatives is.

    Raises:
        ValueError: for a name that is not in the domain, a shape that is not (*outputs, *inputs),
            or points below 1.
    """
    domain = domain if isinstance(domain, Domain) else _around_zero(domain)
    wrt = next(iter(domain.shapes)) if wrt is None else wrt
    if wrt not in domain.shapes:
        raise ValueError(f"wrt: expected one of {', '.join(domain.shapes)}, got {wrt!r}")
    if points < 1:
        raise ValueError(f"points: expected at least 1, got {points}")
    checked = kinks = 0
    judges: dict[str, None] = {}
    mismatches = []
    for kind, point in _points(domain.batches(points, seed)):
        subject = subject_of(function, point, wrt)
        claimed = subject.at(point[wrt], gradient).astype(np.float64)
        found = _judged(subject, claimed, point, wrt, kind)
        checked += 1
        kinks += found.at_kink
        judges |= dict.fromkeys(found.judges)
        if found.mismatch:
            mismatches.append(found.mismatch)
    return GradientReport(wrt, points, checked, kinks, tuple(judges), tuple(mismatches))


# --- one point -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Judgement:
    judges: tuple[str, ...]
    mismatch: Mismatch | None = None
    at_kink: bool = False


def _judged(
    subject: Subject, claimed: np.ndarray, point: Mapping[str, np.ndarray], wrt: str, kind: Kind
) -> _Judgement:
    x = point[wrt]
    value = subject.value(x)
    if claimed.shape != (*value.shape, *x.shape):
        raise ValueError(
            f"gradient: expected shape {(*value.shape, *x.shape)}, got {claimed.shape}"
        )
    names: list[str] = []
    at_kink = False
    for judge in subject.judges(x):
        names.append(judge.name)
        for place, excess in _suspicious(judge, claimed, x, value):
            sides = _sides_of_kink(subject, x, value, place)
            if sides and sides[0] <= claimed[place] <= sides[1]:
                at_kink = True
            elif sides or excess > 1:
                expected = float(judge.jacobian[place])
                return _Judgement(
                    tuple(names),
                    Mismatch(point, place, float(claimed[place]), expected, judge.name, excess),
                )
    if kind is Kind.KINK or at_kink:
        return _Judgement(tuple(names), at_kink=True)
    direction = _direction(x)
    mismatch = _taylor(subject, claimed, point, wrt, direction)
    if mismatch and _has_kink_along(subject, x, direction):
        return _Judgement(tuple(names), at_kink=True)
    return _Judgement((*names, "Taylor rate"), mismatch)


def _suspicious(
    judge: Judge, claimed: np.ndarray, x: np.ndarray, value: np.ndarray
) -> Iterator[tuple[tuple[int, ...], float]]:
    """The entries that are off, the worst first, with the error in units of what rounding explains.

    How much rounding there is in an entry is measured: by moving x in its last digits. Beside a
    kink that moves the slope, so rounding alone excuses nothing there.
    """
    eps = float(np.finfo(value.dtype).eps)
    with np.errstate(all="ignore"):
        error = np.abs(claimed - judge.jacobian)
        relative = max(RELATIVE, ROUNDINGS * eps)
        allowed = relative * np.abs(judge.jacobian) + 10 * judge.uncertainty
        ratio = error / (allowed + TINY)
    ratio = np.where(np.isfinite(ratio), ratio, np.inf)
    moved = x * (1 + 4 * eps * np.random.default_rng(0).choice([-1, 1], size=x.shape))
    for flat in np.argsort(-ratio, axis=None)[: np.count_nonzero(ratio > 1)]:
        place = tuple(map(int, np.unravel_index(flat, ratio.shape)))
        output, entry = place[: value.ndim], place[value.ndim :]
        noise = NOISE * abs(judge.column(moved, entry)[output] - judge.jacobian[place])
        with np.errstate(all="ignore"):
            excess = float(error[place] / (allowed[place] + noise + TINY))
        yield place, excess if np.isfinite(excess) else np.inf


def _sides_of_kink(
    subject: Subject, x: np.ndarray, value: np.ndarray, place: tuple[int, ...]
) -> tuple[float, float] | None:
    """What a slope at x may be if the one-sided ones differ, however small the step; else None."""
    output, entry = place[: value.ndim], place[value.ndim :]
    scale = max(1.0, abs(float(x[entry])))
    here = value.astype(np.float64)

    def sides(h: float) -> list[float]:
        return [float(s[output]) for s in one_sided(subject.value, here, x, entry, h * scale)]

    low, high = sorted(sides(1e-5))
    size, jump = max(abs(low), abs(high)), high - low
    rounding = 1e2 * float(np.finfo(value.dtype).eps) * abs(float(here[output])) / (1e-5 * scale)
    if not jump > 1e-2 * size + rounding:
        return None
    left, right = sides(1e-4)
    if not jump > 0.5 * abs(right - left) > 0:
        return None
    return low - 1e-3 * size, high + 1e-3 * size


def _direction(x: np.ndarray) -> np.ndarray:
    """A random direction, as long as x or 1."""
    v = np.random.default_rng(0).normal(size=x.shape)
    return v * max(1.0, float(np.linalg.norm(x))) / max(float(np.linalg.norm(v)), 1e-300)


def _has_kink_along(subject: Subject, x: np.ndarray, v: np.ndarray) -> bool:
    """Whether the one-sided derivatives along v differ, however small the step."""
    value = subject.value(x)
    largest = float(np.max(np.abs(value), initial=0.0))
    rounding = 1e2 * float(np.finfo(value.dtype).eps) * largest / 1e-5
    jumps = []
    for h in (1e-4, 1e-5):
        before, here, after = (
            subject.value(at).astype(np.float64) for at in (x - h * v, x, x + h * v)
        )
        jumps.append(float(np.max(np.abs(after - 2 * here + before))) / h)
    return jumps[1] > 0.5 * jumps[0] + rounding


def _taylor(
    subject: Subject,
    claimed: np.ndarray,
    point: Mapping[str, np.ndarray],
    wrt: str,
    v: np.ndarray,
) -> Mismatch | None:
    """The remainder of a right gradient falls as h^2: this judges the function's autodiff, too."""
    x = point[wrt]
    here = subject.value(x)
    eps, scale = float(np.finfo(here.dtype).eps), float(np.max(np.abs(here), initial=1e-300))
    slope = np.tensordot(claimed, v, axes=x.ndim)
    steps = [10.0**-k for k in (2, 3, 4, 5)]
    moved = [subject.value(x + h * v).astype(np.float64) - here for h in steps]
    left = [
        float(np.max(np.abs(m - h * slope), initial=0)) for m, h in zip(moved, steps, strict=True)
    ]
    if min(left) <= 1e3 * eps * scale:
        return None
    rates = [np.log10(far / near) for far, near in pairwise(left)]
    if max(rates) > 1.5:
        return None
    quotient = float(np.max(np.abs(moved[-1] / steps[-1]), initial=0))
    return Mismatch(
        point, (), float(np.max(np.abs(slope))), quotient, f"Taylor rate {max(rates):.2f}", 1.0
    )


# --- points and arguments ------------------------------------------------------------------------


def _around_zero(shapes: Mapping[str, tuple[int, ...]]) -> Domain:
    """Normal values of fixed shapes."""
    axes = {
        name: tuple(f"{name}{axis}" for axis in range(len(shape))) for name, shape in shapes.items()
    }
    sizes = {
        axis: extent
        for name, shape in shapes.items()
        for axis, extent in zip(axes[name], shape, strict=True)
    }
    return Domain(axes, dict.fromkeys(shapes, normal()), (sizes,))


def _points(batches: list[Batch]) -> Iterator[tuple[Kind, dict[str, np.ndarray]]]:
    for batch in batches:
        for place in range(len(batch)):
            yield batch.kind, {name: array[place] for name, array in batch.values.items()}


def _retypeable(value: np.ndarray) -> str:
    if not value.ndim:
        return repr(float(value))
    return f"np.array({value.tolist()})"
