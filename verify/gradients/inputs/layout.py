"""Which arrays of which arguments are moved, as one vector, and which stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from verify.gradients.inputs.libraries import native, to_array
from verify.gradients.inputs.sets import Set
from verify.gradients.inputs.trees import is_nest, leaves, mapped


@dataclass(frozen=True, eq=False)
class Leaf:
    """One array of an argument: where it is in the vector, or its value if it is not moved."""

    name: str
    argument: str
    array: np.ndarray
    space: Set
    spread: float
    start: int | None

    @property
    def is_moved(self) -> bool:
        """Whether the gradient is taken in it."""
        return self.start is not None


class Layout:
    """The arguments of one point. `x` is the moved arrays, one after the other, (n,)."""

    def __init__(
        self,
        values: Mapping[str, Any],
        spaces: Mapping[str, list[Set]],
        spreads: Mapping[str, list[float]],
        wrt: tuple[str, ...],
    ) -> None:
        self.values, self.wrt = values, wrt
        self.names = tuple(values)
        self._is_nest = {name: is_nest(tree) for name, tree in values.items()}
        self.leaves: list[Leaf] = []
        size = 0
        for argument, tree in values.items():
            for place, (name, array) in enumerate(leaves(tree, argument)):
                space = spaces[argument][place]
                moved = argument in wrt and not space.is_constant
                start = size if moved else None
                size += array.size if moved else 0
                spread = spreads[argument][place]
                self.leaves.append(Leaf(name, argument, array, space, spread, start))
        self.moved = [leaf for leaf in self.leaves if leaf.is_moved]
        self.x = np.concatenate(
            [leaf.array.ravel() for leaf in self.moved] or [np.zeros(0)]
        ).astype(np.float64)

    @property
    def key(self) -> tuple:
        """What tells two layouts of one function apart."""
        return (*((leaf.name, leaf.array.shape, leaf.is_moved) for leaf in self.leaves),)

    @cached_property
    def constants(self) -> list[np.ndarray]:
        """The arrays that are not moved."""
        return [leaf.array for leaf in self.leaves if not leaf.is_moved]

    def arguments(self, x: np.ndarray, library: str, dtype: str) -> dict[str, Any]:
        """Fresh native arguments at another x; complex in NumPy if x is."""
        kind = dtype if x.dtype.kind == "f" else str(x.dtype)
        constants = [native(library, array, dtype) for array in self.constants]
        return self.filled(native(library, x, kind), constants, scalars=library == "numpy")

    def filled(self, x: Any, constants: list, scalars: bool = False) -> dict[str, Any]:
        """The arguments with native arrays; in NumPy a scalar is a number, as it is for people."""
        arrays = self._arrays(x, iter(constants), scalars)
        return {
            name: mapped(lambda _: next(arrays), tree) if self._is_nest[name] else next(arrays)
            for name, tree in self.values.items()
        }

    def differing(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
        """The names of the arguments whose arrays are not what they were."""
        return {name for name in self.names if not _is_same(before[name], after[name], name)}

    def _arrays(self, x: Any, constants: Iterator, scalars: bool) -> Iterator[Any]:
        for leaf in self.leaves:
            if leaf.start is None:
                array = next(constants)
            else:
                array = x[leaf.start : leaf.start + leaf.array.size].reshape(leaf.array.shape)
            yield array[()] if scalars and not leaf.array.shape else array


def _is_same(before: Any, after: Any, name: str) -> bool:
    old, new = (dict(leaves(tree, name)) for tree in (before, after))
    return old.keys() == new.keys() and all(
        np.array_equal(a := to_array(old[key]), to_array(new[key]), equal_nan=a.dtype.kind in "fc")
        for key in old
    )
