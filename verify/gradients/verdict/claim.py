"""What a hand-written gradient claims at a point, whatever form it comes in, as one Jacobian."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from verify.gradients.inputs.calls import Call
from verify.gradients.inputs.layout import Layout, Leaf
from verify.gradients.inputs.trees import is_nest, leaves
from verify.gradients.judges.subject import Subject, floating


def claimed_at(
    call: Call, subject: Subject, t: np.ndarray, order: int = 1
) -> tuple[np.ndarray, float]:
    """The claimed Jacobian along the subject's coordinates, (r, k), and its precision.

    A backward pass g(x, dy) is asked once for each of the subject's sums.
    """
    x, layout = subject.coordinates.moved(t), subject.layout
    if subject.upstream is None:
        values = [(call.at(layout, x), subject.shape)]
    else:
        values = [(call.at(layout, x, row.reshape(subject.shape)), ()) for row in subject.upstream]
    rows, precision = [], [0.0]
    for value, outputs in values:
        parts = [floating(part, "gradient") for part in _parts(value, layout, subject)]
        precision += [float(np.finfo(p.dtype).eps) for p in parts if p.dtype.kind == "f"]
        if order == 2:
            outputs = (*outputs, *layout.moved[0].array.shape)
        rows.append(
            np.concatenate(
                [
                    _fitted(part, outputs, leaf)
                    for part, leaf in zip(parts, layout.moved, strict=True)
                ],
                axis=1,
            )
        )
    claimed = subject.coordinates.along(np.concatenate(rows))
    if order == 2:
        blocks = claimed.reshape(-1, x.size, claimed.shape[1])
        claimed = np.concatenate([subject.coordinates.along(block.T).T for block in blocks])
    return claimed, max(precision)


def arguments_of(
    value: Any, names: tuple[str, ...], differentiable: tuple[str, ...]
) -> tuple[str, ...]:
    """Which arguments a gradient speaks of, if it speaks of several: one part for each."""
    if isinstance(value, Mapping):
        return tuple(name for name in differentiable if name in value)
    if len(differentiable) > 1 and isinstance(value, (tuple, list)):
        for order in (differentiable, names):
            if len(value) == len(order):
                return tuple(
                    name
                    for name, part in zip(order, value, strict=True)
                    if name in differentiable and part is not None
                )
    return ()


def _parts(value: Any, layout: Layout, subject: Subject) -> list[Any]:
    """What the gradient says of each moved array."""
    if value is None:
        raise TypeError("gradient: expected numbers, got None; is a return missing?")
    if isinstance(value, tuple) and len(value) == len(layout.names) and None in map(_kind, value):
        value = dict(zip(layout.names, value, strict=True))
        value = value if len(layout.wrt) > 1 else value[layout.wrt[0]]
    if len(layout.wrt) == 1:
        return _of_argument(_unpaired(value, layout, subject), layout.wrt[0], layout)
    if isinstance(value, Mapping):
        by_name = value
    elif isinstance(value, (tuple, list)) and len(value) in (len(layout.wrt), len(layout.names)):
        order = layout.wrt if len(value) == len(layout.wrt) else layout.names
        by_name = dict(zip(order, value, strict=True))
    else:
        raise ValueError(
            f"gradient: expected one part for each of {', '.join(layout.wrt)},"
            f" got {type(value).__name__}"
        )
    missing = [name for name in layout.wrt if by_name.get(name) is None]
    if missing:
        raise ValueError(f"gradient: expected a part for {missing[0]}, got {', '.join(by_name)}")
    return [
        part
        for name in layout.names
        if name in layout.wrt
        for part in _of_argument(by_name[name], name, layout)
    ]


def _kind(part: Any) -> Any:
    return None if part is None else type(part)


def _of_argument(value: Any, name: str, layout: Layout) -> list[Any]:
    if not is_nest(layout.values[name]):
        return [value]
    parts = dict(leaves(value, name))
    moved = [leaf for leaf in layout.moved if leaf.argument == name]
    for leaf in moved:
        if leaf.name not in parts:
            raise ValueError(f"gradient: expected a part for {leaf.name}, got {', '.join(parts)}")
    return [parts[leaf.name] for leaf in moved]


def _unpaired(value: Any, layout: Layout, subject: Subject) -> Any:
    """The gradient of a (value, gradient) pair."""
    if not (isinstance(value, tuple) and len(value) == 2) or is_nest(layout.values[layout.wrt[0]]):
        return value
    try:
        first = floating(value[0], "gradient")
        if first.shape == subject.shape and np.allclose(first.ravel(), subject.here, rtol=1e-6):
            second = floating(value[1], "gradient").shape
            if second[first.ndim :] == layout.moved[0].array.shape:
                return value[1]
    except (TypeError, ValueError):
        pass
    return value


def _fitted(array: np.ndarray, outputs: tuple[int, ...], leaf: Leaf) -> np.ndarray:
    """A part as (outputs, entries); an axis of one output may be left out."""
    size = int(np.prod(outputs))
    expected = (*outputs, *leaf.array.shape)
    allowed = {expected}
    if size == 1:
        allowed.add(leaf.array.shape)
    if not leaf.array.shape:
        allowed.add((*outputs, 1))
    if array.shape not in allowed:
        also = ""
        if outputs and outputs == leaf.array.shape == array.shape:
            also = ": of a function entry by entry that is np.diag of it"
        elif array.size == leaf.array.size and size == 1:
            also = f": an update {leaf.name} - gradient would not fit"
        raise ValueError(f"gradient: expected shape {expected}, got {array.shape}{also}")
    return array.astype(np.float64).reshape(size, leaf.array.size)
