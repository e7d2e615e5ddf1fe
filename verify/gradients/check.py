"""Is a hand-written gradient right? For any NumPy, JAX or PyTorch function, in anybody's tests."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from verify.gradients.inputs.calls import call_of, is_ambiguous, takes_upstream
from verify.gradients.inputs.layout import Layout
from verify.gradients.inputs.libraries import (
    LIBRARIES,
    double_precision,
    is_loaded,
    mentioned_in,
    threads_for,
    to_array,
)
from verify.gradients.inputs.points import Bounds, Places, places_of
from verify.gradients.inputs.trees import is_nest, leaves
from verify.gradients.judges.curvature import Curved
from verify.gradients.judges.subject import Subject, floating
from verify.gradients.reporting.hints import Case, hint_for
from verify.gradients.reporting.report import GradientReport, Mismatch
from verify.gradients.reporting.suspicions import (
    gap_of,
    of_function,
    of_points,
    of_precision,
    unrepeatable,
)
from verify.gradients.verdict.claim import arguments_of, claimed_at
from verify.gradients.verdict.point import Tolerance, verdict_on

METHODS = ("autodiff", "complex step", "differences")
FULL = 16
"""Outputs up to which a backward pass is asked for each one alone."""
SUMS = 3
"""Random sums of more outputs that it is asked for."""
LISTED = 1000  # mismatches of one point
REMEMBERED = 10**6  # numbers of all points that hints and notes look at


def assert_gradient(
    function: Callable[..., Any], gradient: Callable[..., Any] | bool, at: Any, **options: Any
) -> None:
    """Raise `AssertionError`, with the worst entry and a retypeable input, if a gradient is wrong.

    >>> import numpy as np
    >>> from verify import assert_gradient
    >>> assert_gradient(lambda x: np.sum(x**3), lambda x: 3 * x**2, {"x": (4,)})
    >>> assert_gradient(lambda x: np.sum(x**3), lambda x: 2 * x**2, {"x": (1,)}, points=1)
    Traceback (most recent call last):
        ...
    AssertionError: gradient of x: wrong at 1 of 1 point; x[0] is 0.03161617..., \
but differences says 0.04742426... at
      x = np.array([0.12573022...])
      perhaps a constant factor: yours is 2/3 times the right one

    Arguments are those of `check_gradient`.
    """
    report = check_gradient(function, gradient, at, **options)
    if not report.passed:
        raise AssertionError(str(report))


def check_gradient(
    function: Callable[..., Any],
    gradient: Callable[..., Any] | bool,
    at: Any,
    *,
    wrt: str | Sequence[str] | None = None,
    order: int = 1,
    points: int = 20,
    seed: int = 0,
    rtol: float | None = None,
    atol: float = 0.0,
    method: str | None = None,
    library: str | None = None,
    bounds: Bounds | Mapping[str, Bounds] | None = None,
    entries: int | None = None,
) -> GradientReport:
    """Compare a hand-written gradient, Jacobian, backward pass or Hessian with the function itself.

    >>> import numpy as np
    >>> from verify import check_gradient
    >>> def gradient(x, b):
    ...     return np.diag(1 - np.tanh(x + b) ** 2)
    >>> print(check_gradient(lambda x, b: np.tanh(x + b), gradient, {"x": (3,), "b": ()}))
    gradient of x: right at 20 points, by differences
    >>> print(check_gradient(lambda x: np.abs(x).sum(), np.sign, {"x": (3,)}, points=5))
    gradient of x: right at 5 points, by differences

    Args:
        function: of float64 arrays, or of tensors, as they come from `at`, each call with copies of
            its own; returns a number or an array, in NumPy, JAX or PyTorch.
        gradient: of the same arguments; returns an array of shape (*outputs, *inputs), or one for
            each of several arguments, as a tuple, a dict or a nest like the argument. With one
            argument more, g(x, dy), it is a backward pass. True: the function returns a pair of its
            value and its gradient.
        at: where to test. A `Domain`; or for each argument, in a dict by name or in a tuple by
            position, its shape, its set (`positive(3)`, `simplex(5)`), or its value, an array or a
            nest of arrays; or that of the only argument. Whole numbers are constants.
        wrt: the argument that the gradient is taken in, or several; by default the first one, or
            all that the gradient has a part for.
        order: 2 if `gradient` is the Hessian.
        points: how many are drawn, and must be judged at least; a domain's hard rows come on top.
        seed: of the points.
        rtol: allowed relative error; 1e-7, or more for a function or a gradient in less precision.
        atol: allowed error on top.
        method: the only judge beside differences: "autodiff" or "complex step"; or "differences".
        library: "numpy", "torch" or "jax", for a function that does not say whose it is.
        bounds: (low, high) of the arguments in `wrt`, or a dict of them; no step leaves them.
        entries: of a larger array, how many drawn ones are looked at alone; the others are moved
            together, in three random directions. None: all.

    Returns:
        A report. It passes only if every entry is right at all points and at least `points` were
        judged; nan is never right. At a kink, each subgradient is right. What the function's own
        noise explains, as it is measured at the point, is no error; where that is a tenth of the
        gradient, the point does not count as judged.

    Raises:
        ValueError: for a name, shape or option that does not fit, and for what function or gradient
            raise at a point, named as theirs.
        TypeError: for a value that is not an array of real numbers.
    """
    _check_options(order, points, method, library, entries)
    tolerance = Tolerance(rtol, atol)
    if gradient is True:
        function, gradient = _parted(function)
    if not callable(gradient):
        raise TypeError(f"gradient: expected a function or True, got {type(gradient).__name__}")
    names = (wrt,) if isinstance(wrt, str) else tuple(wrt) if wrt is not None else None
    places = places_of(at, function, points, seed, bounds, names)
    with double_precision(), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        check = _Check(function, gradient, places, names, order, seed, method, library, entries)
        return check.report(tolerance)


class _Check:
    """One check: how function and gradient are called, and what is found point by point."""

    def __init__(
        self,
        function: Callable[..., Any],
        gradient: Callable[..., Any],
        places: Places,
        wrt: tuple[str, ...] | None,
        order: int,
        seed: int,
        method: str | None,
        library: str | None,
        entries: int | None,
    ) -> None:
        self.entries, self.precision = entries, 0.0
        self.places, self.order, self.seed, self.method = places, order, seed, method
        self.is_backward = takes_upstream(gradient, places.names)
        self.notes: dict[str, None] = {}
        layout = next(iter(places.layouts(_in(places, wrt)[:1] if wrt else _first(places))))
        guessed = places.library or _library_told_by(gradient, function)
        self.function = call_of(function, "function", layout, layout.x, library, preferred=guessed)
        output = floating(self.function.at(layout, layout.x), "function")
        is_guessed = library is None and guessed is None and is_loaded("torch")
        if is_guessed and is_ambiguous(self.function, layout, layout.x, output):
            raise ValueError(
                "function: NumPy and PyTorch give it different values, and it names neither:"
                " say library='numpy' or library='torch'"
            )
        self.gradient = call_of(
            gradient,
            "gradient",
            layout,
            layout.x,
            None,
            preferred=library or self.function.library,
            upstream=np.ones(output.shape) if self.is_backward else None,
        )
        self.wrt = _in(places, wrt) if wrt else self._told(layout, output)

    def report(self, tolerance: Tolerance) -> GradientReport:
        checked = kinks = blind = size = 0
        judges: dict[str, None] = {}
        mismatches: list[Mismatch] = []
        cases: list[Case] = []
        for number, layout in enumerate(self.places.layouts(self.wrt)):
            if number == 0 and (said := unrepeatable(self.function, layout)):
                return self._undecided(said)
            with threads_for(sum(leaf.array.size for leaf in layout.leaves)):
                case = self._case(number, layout, tolerance)
            verdict = case.verdict
            is_blind = verdict.is_blind or not np.all(np.isfinite(case.subject.here))
            if not np.all(np.isfinite(case.subject.here)):
                self._note(f"the function is {case.subject.here[0]:g} at point {number}")
            checked += not is_blind
            blind += is_blind
            kinks += verdict.at_kink
            judges |= dict.fromkeys(verdict.judges)
            mismatches += self._mismatches(number, case)
            size += verdict.claimed.size
            if not cases or size <= REMEMBERED:
                cases.append(case)
        return self._reported(checked, kinks, blind, judges, mismatches, cases)

    def _case(self, number: int, layout: Layout, tolerance: Tolerance) -> Case:
        subject = self._subject(number, layout)

        def claim(t: np.ndarray) -> np.ndarray:
            jacobian, eps = claimed_at(self.gradient, subject, t, self.order)
            self.precision = max(self.precision, eps)
            return jacobian

        claim(np.zeros(len(subject.coordinates)))
        seed = self.seed + number
        return Case(subject, verdict_on(claim, subject, tolerance, self.precision, seed))

    def _subject(self, number: int, layout: Layout) -> Subject:
        if self.order == 2:
            return Curved(self.function, layout, method=self.method, entries=self.entries)
        subject = Subject(self.function, layout, method=self.method, entries=self.entries)
        if not self.is_backward:
            return subject
        rng = np.random.default_rng([self.seed, number, 1])  # no argument's own
        m = subject.here.size
        sums = rng.normal(size=(1 if m <= FULL else SUMS, m))
        upstream = np.vstack([np.eye(m), sums]) if 1 < m <= FULL else sums
        return Subject(self.function, layout, upstream, self.method, self.entries)

    def _told(self, layout: Layout, output: np.ndarray) -> tuple[str, ...]:
        """The arguments that the gradient has a part for."""
        upstream = (np.ones(output.shape),) if self.is_backward else ()
        value = self.gradient.at(layout, layout.x, *upstream)
        argument, first = layout.wrt[0], layout.moved[0].array.shape
        nest = layout.values[argument]
        if (
            is_nest(nest)
            and dict(leaves(value, argument)).keys() == dict(leaves(nest, argument)).keys()
        ):
            return layout.wrt
        try:
            shape = to_array(value).shape if not isinstance(value, Mapping) else None
        except (TypeError, ValueError):
            shape = None
        outputs = () if self.is_backward else output.shape
        if shape == (*outputs, *first):
            return layout.wrt
        told = arguments_of(value, self.places.names, self.places.differentiable)
        return told or layout.wrt

    def _mismatches(self, number: int, case: Case) -> Iterator[Mismatch]:
        verdict, gap = case.verdict, gap_of(case)
        entries = np.argwhere(verdict.wrong)
        order = np.argsort(-gap[verdict.wrong])[:LISTED]
        judge = verdict.judges[0]
        for row, column in entries[order]:
            yield Mismatch(
                case.subject.layout.values,
                number,
                self._name(case.subject, int(row), int(column)),
                float(verdict.claimed[row, column]),
                float(verdict.right[row, column]),
                "differences" if verdict.disowned else judge,
                float(gap[row, column]),
            )
        if verdict.disowned:
            same = np.allclose(verdict.claimed, verdict.right) and "yours agrees with the function"
            self._note(
                f"{verdict.disowned}'s own derivative of the function is not that of its values"
                + (f": {same}" if same else "")
            )

    def _name(self, subject: Subject, row: int, column: int) -> str:
        entry = subject.coordinates.name(column)
        if subject.upstream is not None:
            if (
                row < len(subject.upstream)
                and np.count_nonzero(subject.upstream[row]) == 1 < subject.upstream.shape[1]
            ):
                output = np.unravel_index(int(np.argmax(subject.upstream[row])), subject.shape)
                return f"dy{list(map(int, output))} = 1: {entry}"
            return entry if subject.shape == () else f"dy random: {entry}"
        if self.order == 2:
            k = len(subject.coordinates)
            other = subject.coordinates.name(row % k)
            entry, row = f"{other}, {entry}", row // k
        if int(np.prod(subject.shape)) == 1:
            return entry
        return f"output {list(map(int, np.unravel_index(row, subject.shape)))}, {entry}"

    def _undecided(self, note: str) -> GradientReport:
        return GradientReport(
            ", ".join(self.wrt),
            self.places.asked,
            0,
            0,
            (),
            (),
            too_noisy=len(self.places.values),
            notes=(note,),
        )

    def _reported(self, checked, kinks, blind, judges, mismatches, cases) -> GradientReport:
        for leaf in cases[0].subject.layout.moved:
            if self.entries is not None and leaf.array.size > self.entries:
                self._note(
                    f"{leaf.name}: {self.entries} of {leaf.array.size:,} entries one by one, the"
                    " others in 3 directions together"
                )
        for call in (self.function, self.gradient):
            for name in sorted(call.changes):
                self._note(f"{call.role}: changes its argument {name}; it was given copies")
        if mismatches:
            worst = max(cases, key=lambda case: float(np.max(gap_of(case), initial=0.0)))
            for note in of_function(worst) if np.any(worst.verdict.wrong) else ():
                self._note(note)
        else:
            for note in (*of_precision(cases, self.precision), *of_points(cases)):
                self._note(note)
        return GradientReport(
            ", ".join(self.wrt),
            self.places.asked,
            checked,
            kinks,
            tuple(sorted(judges, key=lambda name: name == "differences")),
            tuple(mismatches),
            blind,
            hint_for(cases),
            tuple(self.notes),
        )

    def _note(self, text: str) -> None:
        self.notes[text] = None


def _check_options(
    order: int, points: int, method: str | None, library: str | None, entries: int | None
) -> None:
    if points < 1:
        raise ValueError(f"points: expected at least 1, got {points}")
    if entries is not None and entries < 1:
        raise ValueError(f"entries: expected at least 1, got {entries}")
    if order not in (1, 2):
        raise ValueError(f"order: expected 1 or 2, got {order!r}")
    if method is not None and method not in METHODS:
        raise ValueError(f"method: expected one of {', '.join(METHODS)}, got {method!r}")
    if library is not None and library not in LIBRARIES:
        raise ValueError(f"library: expected one of {', '.join(LIBRARIES)}, got {library!r}")


def _in(places: Places, wrt: tuple[str, ...]) -> tuple[str, ...]:
    for name in wrt:
        if name not in places.names:
            raise ValueError(f"wrt: expected one of {', '.join(places.names)}, got {name!r}")
        if name not in places.differentiable:
            raise ValueError(f"wrt: expected floating-point numbers in {name}, got whole numbers")
    return wrt


def _library_told_by(gradient: Callable[..., Any], function: Callable[..., Any]) -> str | None:
    """The one library that the gradient names, for a function that names none."""
    named = mentioned_in(gradient)
    return next(iter(named)) if len(named) == 1 and not mentioned_in(function) else None


def _first(places: Places) -> tuple[str, ...]:
    if not places.differentiable:
        raise ValueError(
            f"at: expected floating-point numbers in {' or '.join(places.names)}, got whole ones,"
            " which are constants; a shape is a tuple such as (4,)"
        )
    return places.differentiable[:1]


def _parted(function: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Value and gradient of a function that returns both."""

    def part(place: int) -> Callable[..., Any]:
        @functools.wraps(function)
        def one(*arguments: Any, **named: Any) -> Any:
            pair = function(*arguments, **named)
            if not (isinstance(pair, tuple) and len(pair) == 2):
                raise TypeError(f"expected a pair (value, gradient), got {type(pair).__name__}")
            return pair[place]

        return one

    return part(0), part(1)
