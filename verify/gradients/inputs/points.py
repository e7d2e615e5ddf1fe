"""Where a gradient is tested: what a user says of the arguments, and the points drawn from it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from verify.gradients.inputs.calls import sole_parameter
from verify.gradients.inputs.layout import Layout
from verify.gradients.inputs.libraries import library_of, to_array
from verify.gradients.inputs.sets import Set, anywhere, between, exactly
from verify.gradients.inputs.trees import leaves, mapped
from verify.numerics.domain import Batch, Domain

Bounds = tuple[float | None, float | None]


@dataclass(frozen=True)
class Places:
    """The points of a check, as values of each argument, and the sets that they lie in."""

    values: list[dict[str, Any]]
    spaces: dict[str, list[Set]]
    asked: int
    library: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The arguments."""
        return tuple(self.spaces)

    @property
    def differentiable(self) -> tuple[str, ...]:
        """The arguments that a gradient can be taken in."""
        return tuple(
            name
            for name, spaces in self.spaces.items()
            if any(not space.is_constant for space in spaces)
        )

    def layouts(self, wrt: tuple[str, ...]) -> Iterator[Layout]:
        """Each point with the arguments in `wrt` as one vector."""
        spreads = {name: self._spreads(name) for name in self.names}
        for values in self.values:
            yield Layout(values, self.spaces, spreads, wrt)

    def _spreads(self, name: str) -> list[float]:
        """How large the values of each array are that are not 0: what a step from 0 goes by."""
        arrays = [[array for _, array in leaves(values[name], name)] for values in self.values]
        return [_typical(list(column)) for column in zip(*arrays, strict=True)]


def places_of(
    at: Any,
    function: Callable[..., Any],
    points: int,
    seed: int,
    bounds: Bounds | Mapping[str, Bounds] | None,
    wrt: tuple[str, ...] | None,
) -> Places:
    """The points that a user asks for.

    Args:
        at: a `Domain`; or of each argument, in a dict by name or a tuple by position, its shape,
            its set, or its value, which may be a nest of dicts and lists; or that of the only one.
        function: whose parameters give names to what has none.
        points: how many are drawn; where every argument is a value there is one.
        seed: of the draws.
        bounds: between which the arguments in `wrt`, or those named, are moved.
        wrt: the arguments that are moved.
    """
    if isinstance(at, Domain):
        return _bounded(_of_domain(at, points, seed), bounds, wrt)
    trees = {name: mapped(_set_of(name), tree) for name, tree in _named(at, function).items()}
    spaces = {name: [space for _, space in leaves(tree, name)] for name, tree in trees.items()}
    is_drawn = any(space.is_drawn for column in spaces.values() for space in column)
    asked = points if is_drawn else 1
    rng = np.random.default_rng(seed)
    values = [
        {name: mapped(lambda space: space.at(rng), tree) for name, tree in trees.items()}
        for _ in range(asked)
    ]
    library = next((found for _, v in leaves(at, "") if (found := library_of(v)) != "numpy"), None)
    return _bounded(Places(values, spaces, asked, library), bounds, wrt)


def _named(at: Any, function: Callable[..., Any]) -> dict[str, Any]:
    """The arguments by name."""
    if isinstance(at, Mapping):
        sole = sole_parameter(function)
        if len(at) > 1 and sole is not None and sole not in at:
            return {sole: at}
        return {str(name): value for name, value in at.items()}
    if isinstance(at, tuple) and not _is_shape(at):
        return dict(zip(_parameters(function, len(at)), at, strict=True))
    return {_parameters(function, 1)[0]: at}


def _parameters(function: Callable[..., Any], count: int) -> list[str]:
    import inspect

    try:
        known = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        known = []
    names = [p.name for p in known if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(names) < count:
        names = ["x"] if count == 1 else [f"argument {place}" for place in range(count)]
    return names[:count]


def _set_of(name: str) -> Callable[[Any], Set]:
    def set_of(value: Any) -> Set:
        if isinstance(value, Set):
            return value
        if isinstance(value, tuple) and _is_shape(value):
            return anywhere(value)
        try:
            array = to_array(value)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{name}: expected a shape, a set or an array, got {value!r}"[:300]
            ) from error
        _check(name, array)
        return exactly(array)

    return set_of


def _check(name: str, array: np.ndarray) -> None:
    if array.dtype.kind == "c":
        raise ValueError(f"{name}: expected real numbers, got {array.dtype}; pass two real arrays")
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name}: expected a shape, a set or numbers, got {array.dtype}")


def _is_shape(value: Any) -> bool:
    return isinstance(value, tuple) and all(type(n) is int for n in value)


def _of_domain(domain: Domain, points: int, seed: int) -> Places:
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        try:
            batches = domain.batches(points, seed)
        except np.exceptions.ComplexWarning as error:
            raise ValueError(
                "at: expected real numbers, got a domain that draws complex ones"
            ) from error
    spaces = {name: [anywhere(())] for name in domain.shapes}
    return Places([point for batch in batches for point in _points(batch)], spaces, points)


def _points(batch: Batch) -> Iterator[dict[str, Any]]:
    for place in range(len(batch)):
        yield {name: np.array(array[place]) for name, array in batch.values.items()}


def _bounded(
    places: Places, bounds: Bounds | Mapping[str, Bounds] | None, wrt: tuple[str, ...] | None
) -> Places:
    if bounds is None:
        return places
    if not isinstance(bounds, Mapping):
        bounds = dict.fromkeys(wrt or places.names[:1], bounds)
    spaces = dict(places.spaces)
    for name, pair in bounds.items():
        if name not in spaces:
            raise ValueError(f"bounds: expected one of {', '.join(spaces)}, got {name!r}")
        low, high = _pair(pair)
        outside = [
            v
            for values in places.values
            for _, v in leaves(values[name], name)
            if np.any((v < low) | (v > high))
        ]
        if outside:
            first = _first(outside[0], low, high)
            raise ValueError(f"{name}: expected values in [{low:g}, {high:g}], got {first}")
        spaces[name] = [replace(space, room=between(low, high)) for space in spaces[name]]
    return replace(places, spaces=spaces)


def _first(array: np.ndarray, low: float, high: float) -> float:
    return float(array[(array < low) | (array > high)].ravel()[0])


def _pair(pair: Any) -> tuple[float, float]:
    try:
        low, high = pair
        low = -np.inf if low is None else float(low)
        high = np.inf if high is None else float(high)
    except (TypeError, ValueError) as error:
        raise ValueError(f"bounds: expected (low, high), got {pair!r}") from error
    if not low < high:
        raise ValueError(f"bounds: expected low < high, got {pair!r}")
    return low, high


def _typical(arrays: Sequence[np.ndarray]) -> float:
    sizes = np.abs(np.concatenate([np.asarray(a, dtype=np.float64).ravel() for a in arrays]))
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    return float(np.exp(np.mean(np.log(sizes)))) if sizes.size else 1.0
