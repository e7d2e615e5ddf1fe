"""The public forms and disputes, as questions about objectives."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from verify.objectives.asked import Asked

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """One form: its function, what its names are, and what was claimed of its derivative."""

    id: str
    source: str
    function: str
    shapes: dict[str, tuple[str, ...]]
    assume: tuple[str, ...]
    wrt: str
    order: int
    right: str
    family: str
    wrong: tuple[str, ...] = ()
    claimed: str = ""
    verdict: str = ""

    @property
    def asked(self) -> Asked:
        """The derivative that it is about."""
        shapes = ", ".join(f"{name}: {' '.join(sizes)}" for name, sizes in self.shapes.items())
        return Asked(self.function, self.wrt, shapes, self.assume, self.order)


@cache
def forms() -> tuple[Case, ...]:
    """The closed forms, each with two wrong ones."""
    return _cases("forms.toml")


@cache
def disputes() -> tuple[Case, ...]:
    """The disputes, each with what was claimed and whether it is right."""
    return _cases("disputes.toml")


def _cases(name: str) -> tuple[Case, ...]:
    with (HERE / name).open("rb") as file:
        entries: dict[str, dict[str, Any]] = tomllib.load(file)
    return tuple(_case(id_, entry) for id_, entry in entries.items())


def _case(id_: str, entry: dict[str, Any]) -> Case:
    return Case(
        id_,
        entry["source"],
        entry["function"],
        {name: tuple(sizes.split()) for name, sizes in entry["shapes"].items()},
        tuple(entry.get("assume", ())),
        entry["wrt"],
        entry.get("order", 1),
        entry["right"],
        entry.get("family", "dispute"),
        tuple(entry.get("wrong", ())),
        entry.get("claimed", ""),
        entry.get("verdict", ""),
    )
