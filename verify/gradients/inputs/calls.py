"""A user's function as it wants to be called: by name or position, in whose arrays, on copies."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from verify.gradients.inputs.layout import Layout
from verify.gradients.inputs.libraries import candidates, library_of, mentioned_in, native, to_array

PRECISIONS = {"numpy": ("float64",), "jax": ("float64",), "torch": ("float64", "float32")}


@dataclass
class Call:
    """A function with the library and precision of its arrays; `changes` what it wrote into."""

    function: Callable[..., Any]
    role: str
    way: str
    library: str
    dtype: str
    extra: str | None = None
    changes: set[str] = field(default_factory=set)

    def __call__(self, values: Mapping[str, Any], *upstream: Any) -> Any:
        """What it returns for native arrays, which it may write into."""
        if self.way == "positional":
            return self.function(*values.values(), *upstream)
        also = {self.extra: upstream[0]} if self.extra and upstream else {}
        return self.function(**values, **also)

    def at(self, layout: Layout, x: np.ndarray, *upstream: np.ndarray) -> Any:
        """What it returns at a point; an exception is told as the function's own."""
        values = layout.arguments(x, self.library, self.dtype)
        before = layout.arguments(x, self.library, self.dtype)
        try:
            value = self(values, *(native(self.library, v, self.dtype) for v in upstream))
        except Exception as error:
            raise failure(self.role, error) from error
        self.changes |= layout.differing(before, values)
        return value


def failure(role: str, error: Exception) -> ValueError:
    """An exception of a user's function, named as such."""
    text = " ".join(str(error).split())
    return ValueError(f"{role}: raised {type(error).__name__}{': ' if text else ''}{text[:300]}")


def call_of(
    function: Callable[..., Any],
    role: str,
    layout: Layout,
    x: np.ndarray,
    library: str | None = None,
    preferred: str | None = None,
    upstream: np.ndarray | None = None,
) -> Call:
    """The first way to call a function that works, the likeliest first.

    `library` allows no other; `preferred` is asked first unless the function itself names another.
    """
    extra = _extra(function, layout.names) if upstream is not None else None
    also = () if upstream is None else (upstream,)
    mentioned = mentioned_in(function)
    if preferred and mentioned and preferred not in mentioned:
        preferred = None
    first: Exception | None = None
    other: Call | None = None
    for candidate in [library] if library else candidates(function, preferred):
        for dtype in PRECISIONS[candidate]:
            for way in _ways(function, role, layout.names, extra):
                call = Call(function, role, way, candidate, dtype, extra)
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        value = call(
                            layout.arguments(x, candidate, dtype),
                            *(native(candidate, v, dtype) for v in also),
                        )
                except Exception as error:
                    first = first or error
                    continue
                if candidate == "numpy" or library_of(value) == candidate or role == "gradient":
                    return call
                other = other or call
    if other:
        return other
    assert first is not None
    raise failure(role, first) from first


def is_ambiguous(call: Call, layout: Layout, x: np.ndarray, here: np.ndarray) -> bool:
    """Whether a NumPy function that names no library has another value in PyTorch."""
    if call.library != "numpy" or mentioned_in(call.function):
        return False
    try:
        there = replace(call, library="torch")(layout.arguments(x, "torch", "float64"))
        if library_of(there) != "torch":
            return False
        there = to_array(there)
    except Exception:  # not a function of tensors
        return False
    return here.shape != there.shape or not np.allclose(here, there, rtol=1e-6, equal_nan=True)


def takes_upstream(gradient: Callable[..., Any], names: tuple[str, ...]) -> bool:
    """Whether a gradient wants one argument more than the function: a backward pass g(x, dy)."""
    required = _required(gradient)
    return required is not None and len(required) == len(names) + 1


def _extra(gradient: Callable[..., Any], names: tuple[str, ...]) -> str | None:
    others = [name for name in _required(gradient) or [] if name not in names]
    return others[0] if len(others) == 1 else None


def _required(function: Callable[..., Any]) -> list[str] | None:
    """The parameters without a default; None if nobody knows."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    return [p.name for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]


def _ways(
    function: Callable[..., Any], role: str, names: tuple[str, ...], extra: str | None
) -> list[str]:
    """By keyword where the names fit, by position else; a single argument by position first."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return ["positional"]
    more = 0 if extra is None and not takes_upstream(function, names) else 1
    ways = []
    try:
        signature.bind(**dict.fromkeys([*names, *([extra] if extra else [])]))
        ways.append("keyword")
    except TypeError:
        pass
    try:
        signature.bind(*[None] * (len(names) + more))
        ways.append("positional")
    except TypeError:
        pass
    if not ways:
        raise ValueError(f"{role}: expected to take {', '.join(names)}, got {signature}")
    return sorted(ways, reverse=True) if len(names) == 1 else ways


def sole_parameter(function: Callable[..., Any]) -> str | None:
    """The name of a function's only required parameter."""
    required = _required(function)
    return required[0] if required is not None and len(required) == 1 else None
