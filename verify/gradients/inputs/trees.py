"""Arrays in nested dicts, lists and tuples: their names, and the same nest with other arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from numbers import Number
from typing import Any


def is_nest(value: Any) -> bool:
    """Whether a value holds arrays, rather than being one: a list of numbers is an array."""
    if isinstance(value, Mapping):
        return True
    return isinstance(value, (list, tuple)) and not _is_numeric(value)


def leaves(tree: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The arrays of a nest in order, each with the text that picks it: `params['W']`."""
    if not is_nest(tree):
        yield name, tree
    elif isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from leaves(value, f"{name}[{key!r}]")
    else:
        fields = getattr(tree, "_fields", None)
        for place, value in enumerate(tree):
            yield from leaves(value, f"{name}.{fields[place]}" if fields else f"{name}[{place}]")


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same nest of what a function makes of each array, in the order of `leaves`."""
    if not is_nest(tree):
        return function(tree)
    if isinstance(tree, Mapping):
        return type(tree)({key: mapped(function, value) for key, value in tree.items()})  # type: ignore[call-arg]
    values = [mapped(function, value) for value in tree]
    return type(tree)(*values) if hasattr(tree, "_fields") else type(tree)(values)


def _is_numeric(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(_is_numeric(item) for item in value)
    return isinstance(value, Number)
