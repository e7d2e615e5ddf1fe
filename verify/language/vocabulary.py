"""The names that an answer may use: a claim's quantities, sizes and indices, as one types them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sympy import Expr, Idx, IndexedBase, Symbol

from derivations.text import typed
from verify.language.tensor import ONE, Tensor, axis_of, written

__all__ = ["ALIASES", "Quantity", "Vocabulary", "typed"]

ALIASES = {
    "lambda": "lam", "eps": "epsilon", "logits": "Z", "labels": "Y", "num_classes": "K",
    "n_classes": "K",
}  # fmt: skip
"""Other names in common use."""


@dataclass(frozen=True)
class Quantity:
    """An array or a scalar, and its shape: a sequence without end is as long as the time."""

    symbol: IndexedBase | Symbol
    shape: tuple[Expr, ...] = ()

    @property
    def name(self) -> str:
        """The symbol's own name."""
        return str(self.symbol)

    @property
    def is_positive(self) -> bool:
        """Whether every entry is positive."""
        label = self.symbol.label if isinstance(self.symbol, IndexedBase) else self.symbol
        return bool(label.is_positive)


@dataclass(frozen=True)
class Vocabulary:
    """Quantities, sizes, and the free indices of an answer in index notation, by name."""

    quantities: Mapping[str, Quantity]
    sizes: Mapping[str, Symbol] = field(default_factory=dict)
    indices: Mapping[str, Idx] = field(default_factory=dict)

    def tensor(self, name: str) -> Tensor | None:
        """What a name means; None for an unknown one."""
        name = self.spelled(name)
        if name in self.sizes:
            return Tensor(self.sizes[name])
        if name in self.indices:
            return Tensor(self.indices[name])
        if name not in self.quantities:
            return None
        quantity = self.quantities[name]
        if not quantity.shape:
            return Tensor(quantity.symbol)
        axes = tuple(axis_of(extent) for extent in quantity.shape)
        places = tuple(axis or ONE for axis in axes)
        return Tensor(quantity.symbol[places], axes)

    def spelled(self, name: str) -> str:
        """The declared name that is meant: where there is no x, yhat or dz, X, Yhat or dZ is."""
        spellings = (
            name,
            ALIASES.get(name),
            name[:1].upper() + name[1:],
            name[:-1] + name[-1:].upper(),
        )
        return next((known for known in spellings if known in self.names), name)

    @property
    def shapes(self) -> str:
        """What each name is, in words: X (n, d), w (d,), lam number."""
        return ", ".join(
            f"{name} {written(quantity.shape) if quantity.shape else 'number'}"
            for name, quantity in self.quantities.items()
        )

    @property
    def names(self) -> list[str]:
        """All names that are declared."""
        sizes = [name for name in self.sizes if name.isidentifier()]  # not those yet without a name
        return [*self.quantities, *sizes, *self.indices]
