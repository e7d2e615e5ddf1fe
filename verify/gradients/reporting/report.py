"""What a check says: in at most 25 lines, as a page in Jupyter, and as data in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from textwrap import shorten
from typing import Any

SHOWN = 5  # mismatches
TYPED = 12  # numbers of an array that are printed to type again
NOTES = 4
WIDTH = 300


@dataclass(frozen=True)
class Mismatch:
    """One wrong entry: what was claimed, and what a judge says."""

    point: Mapping[str, Any]
    number: int
    entry: str
    claimed: float
    expected: float
    judge: str
    excess: float

    def __str__(self) -> str:
        return f"{self.entry} is {self.claimed:.10g}, but {self.judge} says {self.expected:.10g}"


@dataclass(frozen=True)
class GradientReport:
    """What a check found: at how many points it judged, and where the gradient is wrong.

    `hint` is the mistake that explains all of it; `notes` is what else a reader must know.
    """

    wrt: str
    asked: int
    checked: int
    kinks: int
    judges: tuple[str, ...]
    mismatches: tuple[Mismatch, ...]
    too_noisy: int = 0
    hint: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the gradient is right at every point, and there were as many as asked for."""
        return not self.mismatches and self.checked >= self.asked

    @property
    def headline(self) -> str:
        """The verdict in one line."""
        judges = ", ".join(self.judges) or "nothing"
        kinks = f", {self.kinks} of them kinks" if self.kinks else ""
        if self.passed:
            points = _count(self.checked)
            return f"gradient of {self.wrt}: right at {points}{kinks}, by {judges}"
        if not self.mismatches:
            noisy = f", {self.too_noisy} too noisy" if self.too_noisy else ""
            judged = f"{_count(self.checked)} judged{noisy}"
            return f"gradient of {self.wrt}: {judged}, {self.asked} asked for"
        wrong = len({mismatch.number for mismatch in self.mismatches})
        total = self.checked + self.too_noisy
        return f"gradient of {self.wrt}: wrong at {wrong} of {_count(total)}{kinks}"

    def __str__(self) -> str:
        lines = [self.headline]
        if self.mismatches:
            worst = self.worst[0]
            lines[0] += f"; {worst} at"
            lines += [f"  {name} = {_typed(value)}" for name, value in worst.point.items()][:6]
            if self.hint:
                lines.append(f"  perhaps {self.hint}")
            if len(self.mismatches) > 1:
                lines.append(f"  {len(self.mismatches)} wrong entries in .mismatches, such as")
                lines += [f"    {other}" for other in self.worst[1:SHOWN]]
        lines += [f"  {note}" for note in self.notes[:NOTES]]
        return "\n".join(lines)

    @property
    def worst(self) -> list[Mismatch]:
        """The mismatches, those first that are off most."""
        return sorted(self.mismatches, key=lambda mismatch: -mismatch.excess)

    def _repr_html_(self) -> str:
        """For Jupyter."""
        rows = "".join(
            f"<tr><td>{m.number}</td><td>{escape(m.entry)}</td><td>{m.claimed:.10g}</td>"
            f"<td>{m.expected:.10g}</td><td>{escape(m.judge)}</td></tr>"
            for m in self.worst[: 4 * SHOWN]
        )
        head = "<tr><th>point</th><th>entry</th><th>yours</th><th>right</th><th>judge</th></tr>"
        table = f"<table>{head}{rows}</table>" if rows else ""
        said = [f"perhaps {self.hint}"] if self.hint else []
        items = "".join(f"<li>{escape(text)}</li>" for text in [*said, *self.notes])
        return f"<p>{escape(self.headline)}</p>{table}{f'<ul>{items}</ul>' if items else ''}"


def _count(points: int) -> str:
    return "1 point" if points == 1 else f"{points} points"


def _typed(value: Any) -> str:
    """A value to type again; of a large array its shape."""
    if isinstance(value, Mapping):
        return shorten(str({key: _typed(item) for key, item in value.items()}), WIDTH)
    if isinstance(value, (list, tuple)):
        return shorten(str([_typed(item) for item in value]), WIDTH)
    if not value.ndim:
        return repr(value.item())
    if value.size <= TYPED:
        return f"np.array({value.tolist()})"
    return f"an array {value.shape}, .worst[0].point of the report"
