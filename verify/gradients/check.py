"""Is a hand-written gradient right? For any NumPy, JAX or PyTorch function, in anybody's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from verify.gradients.differentiation import (
    BLIND,
    NEGLIGIBLE,
    Judge,
    Subject,
    one_sided,
    subject_of,
)
from verify.numerics.domain import Batch, Domain, Kind, normal

RELATIVE = 1e-7
ROUNDINGS = 2.0**10
NOISE = 32.0
RATE = 1.5
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
    too_noisy: int = 0

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
            noisy = f", {self.too_noisy} too noisy" if self.too_noisy else ""
            judged = f"{self.checked} points judged{noisy}"
            return f"gradient of {self.wrt}: {judged}, {self.asked} asked for"
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
        judged; nan is never right. At a kink, each value between the one-sided derivatives is. What
        the function's own noise explains, as it is measured at the point, is no error; where that
        is a tenth of the gradient, the point does not count as judged.

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
    checked = kinks = too_noisy = 0
    judges: dict[str, None] = {}
    mismatches = []
    for kind, point in _points(domain.batches(points, seed)):
        subject = subject_of(function, point, wrt)
        claimed = subject.at(point[wrt], gradient).astype(np.float64)
        found = _judged(subject, claimed, point, wrt, kind)
        checked += not found.is_blind
        too_noisy += found.is_blind
        kinks += found.at_kink
        judges |= dict.fromkeys(found.judges)
        if found.mismatch:
            mismatches.append(found.mismatch)
    return GradientReport(wrt, points, checked, kinks, tuple(judges), tuple(mismatches), too_noisy)


# --- one point -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Judgement:
    judges: tuple[str, ...]
    mismatch: Mismatch | None = None
    at_kink: bool = False
    is_blind: bool = False


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
    at_kink = is_blind = False
    for judge in subject.judges(x):
        names.append(judge.name)
        is_blind |= bool(np.any(_hides(10 * judge.uncertainty, judge, claimed, value.ndim)))
        for place, excess, noise in _suspicious(subject, judge, claimed, x, value):
            sides = _sides_of_kink(subject, x, value, place)
            if sides and sides[0] <= claimed[place] <= sides[1]:
                at_kink = True
            elif sides or excess > 1:
                expected = float(judge.jacobian[place])
                return _Judgement(
                    tuple(names),
                    Mismatch(point, place, float(claimed[place]), expected, judge.name, excess),
                )
            else:
                is_blind |= bool(_hides(noise, judge, claimed, value.ndim)[place])
    if kind is Kind.KINK or at_kink:
        return _Judgement(tuple(names), at_kink=True, is_blind=is_blind)
    direction = _direction(x)
    mismatch = _taylor(subject, claimed, point, wrt, direction)
    if mismatch and _has_kink_along(subject, x, direction):
        return _Judgement(tuple(names), at_kink=True, is_blind=is_blind)
    return _Judgement((*names, "Taylor rate"), mismatch, is_blind=is_blind)


def _hides(
    uncertainty: np.ndarray | float, judge: Judge, claimed: np.ndarray, outputs: int
) -> np.ndarray:
    """Where the uncertainty could be as large as a tenth of what the output varies by at all."""
    inputs = tuple(range(outputs, claimed.ndim))
    size = np.maximum(np.abs(judge.jacobian), np.abs(claimed))
    largest = np.max(size, axis=inputs, keepdims=True, initial=0.0)
    size = np.broadcast_to(largest, claimed.shape)
    return (size > 0) & (uncertainty > np.maximum(BLIND * size, NEGLIGIBLE))


def _suspicious(
    subject: Subject, judge: Judge, claimed: np.ndarray, x: np.ndarray, value: np.ndarray
) -> Iterator[tuple[tuple[int, ...], float, float]]:
    """The entries that are off, the worst first: the error in units of what rounding explains, and
    how much of that is noise.

    How much noise there is in an entry is measured: by moving x so little that only rounding
    changes. Beside a kink that moves the slope, so noise alone excuses nothing there.
    """
    eps = float(np.finfo(value.dtype).eps)
    with np.errstate(all="ignore"):
        error = np.abs(claimed - judge.jacobian)
        relative = max(RELATIVE, ROUNDINGS * eps)
        allowed = relative * np.abs(judge.jacobian) + 10 * judge.uncertainty
        ratio = error / (allowed + TINY)
    ratio = np.where(np.isfinite(ratio), ratio, np.inf)
    for flat in np.argsort(-ratio, axis=None)[: np.count_nonzero(ratio > 1)]:
        place = tuple(map(int, np.unravel_index(flat, ratio.shape)))
        noise = NOISE * _scatter(judge, x, subject.noise.step, place, value.ndim)
        with np.errstate(all="ignore"):
            excess = float(error[place] / (allowed[place] + noise + TINY))
        yield place, excess if np.isfinite(excess) else np.inf, noise


def _scatter(
    judge: Judge, x: np.ndarray, step: float, place: tuple[int, ...], outputs: int
) -> float:
    """How far an entry of the Jacobian is off the line through its values on both sides of x."""
    output, entry = place[:outputs], place[outputs:]
    signs = np.random.default_rng(0).choice([-1, 1], size=x.shape)
    largest = 0.0
    for shift in (step, 3 * step):
        before, after = (judge.column(x * (1 + s * shift * signs), entry)[output] for s in (-1, 1))
        largest = max(largest, abs(float(before + after) / 2 - float(judge.jacobian[place])))
    return largest


def _sides_of_kink(
    subject: Subject, x: np.ndarray, value: np.ndarray, place: tuple[int, ...]
) -> tuple[float, float] | None:
    """What a slope at x may be if the one-sided ones differ, however small the step; else None."""
    output, entry = place[: value.ndim], place[value.ndim :]
    scale = max(1.0, abs(float(x[entry])))
    here = value.astype(np.float64)
    noise = float(subject.noise.level[output])
    near = _near(noise, abs(float(here[output])))

    def sides(h: float) -> list[float]:
        return [float(s[output]) for s in one_sided(subject.value, here, x, entry, h * scale)]

    low, high = sorted(sides(near))
    size, jump = max(abs(low), abs(high)), high - low
    if not jump > 1e-2 * size + 1e2 * noise / (near * scale):
        return None
    left, right = sides(10 * near)
    if not jump > 0.5 * abs(right - left) > 0:
        return None
    return low - 1e-3 * size, high + 1e-3 * size


def _near(noise: float, size: float) -> float:
    """A step that tells a kink from a bend, and its jump from noise in values of that size."""
    return float(max(1e-5, min(1e-3, np.sqrt(noise / max(size, TINY)))))


def _direction(x: np.ndarray) -> np.ndarray:
    """A random direction, as long as x or 1."""
    v = np.random.default_rng(0).normal(size=x.shape)
    return v * max(1.0, float(np.linalg.norm(x))) / max(float(np.linalg.norm(v)), 1e-300)


def _has_kink_along(subject: Subject, x: np.ndarray, v: np.ndarray) -> bool:
    """Whether the one-sided derivatives along v differ, however small the step."""
    noise = float(np.max(subject.noise.level, initial=0.0))
    near = _near(noise, float(np.max(np.abs(subject.value(x)), initial=0.0)))
    jumps = []
    for h in (10 * near, near):
        before, here, after = (
            subject.value(at).astype(np.float64) for at in (x - h * v, x, x + h * v)
        )
        jumps.append(float(np.max(np.abs(after - 2 * here + before))) / h)
    return jumps[1] > 0.5 * jumps[0] + 1e2 * noise / near


def _taylor(
    subject: Subject,
    claimed: np.ndarray,
    point: Mapping[str, np.ndarray],
    wrt: str,
    v: np.ndarray,
) -> Mismatch | None:
    """The remainder of a right gradient falls as h^2: this judges the function's autodiff, too.

    It falls down to the noise, below which nothing is seen.
    """
    x = point[wrt]
    here = subject.value(x)
    eps, scale = float(np.finfo(here.dtype).eps), float(np.max(np.abs(here), initial=1e-300))
    slope = np.tensordot(claimed, v, axes=x.ndim)
    steps = [10.0**-k for k in (2, 3, 4, 5)]
    moved = [subject.value(x + h * v).astype(np.float64) - here for h in steps]
    left = [
        float(np.max(np.abs(m - h * slope), initial=0)) for m, h in zip(moved, steps, strict=True)
    ]
    if min(left) <= 1e3 * eps * scale or (rate := _rate(left, 0.0)) > RATE:
        return None
    visible = NOISE * float(np.max(subject.noise.level, initial=0.0))
    if max(left) <= 10**RATE * visible or (rate := _rate(left, visible)) > RATE:
        return None
    quotient = float(np.max(np.abs(moved[-1] / steps[-1]), initial=0))
    return Mismatch(
        point, (), float(np.max(np.abs(slope))), quotient, f"Taylor rate {rate:.2f}", 1.0
    )


def _rate(left: list[float], visible: float) -> float:
    """The power of h that the remainders fall by at best, from one step to the next."""
    seen = np.maximum(left, visible)
    return max(float(np.log10(far / near)) for far, near in pairwise(seen))


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
