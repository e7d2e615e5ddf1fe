"""What is said of a derivative that was derived: plain data, for a line, a page or a program."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Line:
    """One line of the derivation: an expression of an entry, its reason, and what proof says."""

    relation: str
    text: str
    latex: str
    because: str
    verdict: str


JUDGES = ("JAX", "PyTorch", "complex step", "40 digits")
FAULTS = "faults"
"""What is asked beside the judges."""


@dataclass(frozen=True)
class Checks:
    """What judges that know nothing of the proof found, and how many planted faults were refuted.

    `error` is the largest of any judge at any point, relative to max(1, |right|); `agree` is None
    where there was no judge; `why` says what kept them from an end.
    """

    judges: tuple[str, ...] = ()
    points: int = 0
    error: float = 0.0
    agree: bool | None = None
    faults: int = 0
    refuted: int = 0
    why: str = ""

    def __or__(self, other: Checks) -> Checks:
        """What two processes found of one derivative."""
        known = [one.agree for one in (self, other) if one.agree is not None]
        return Checks(
            judges=tuple(judge for judge in JUDGES if judge in self.judges + other.judges),
            points=max(self.points, other.points),
            error=max(self.error, other.error),
            agree=all(known) if known else None,
            faults=self.faults + other.faults,
            refuted=self.refuted + other.refuted,
            why=self.why or other.why,
        )

    def to_text(self) -> str:
        """The judges, their error and the faults in one line; or why there are none."""
        if self.why:
            return f"not: {self.why}"
        faults = f"{self.refuted} of {self.faults} planted faults refuted"
        if not self.judges:
            return f"no judge can run this; {faults}"
        verb = "" if self.agree else "DISAGREE: "
        points = f"{self.points:,} point{'s' * (self.points != 1)}"
        return f"{', '.join(self.judges)}: {verb}{self.error:.0e} at {points}; {faults}"


@dataclass(frozen=True)
class Derived:
    """The derivative of an objective in one name.

    `gradient` is text in the language of the objective, in matrix form or, where none is proved,
    for the entry at the indices `places`; `translation` is what a function in LaTeX is in that
    language; `shapes` says what each name is, and `sizes` the same as
    `--shapes` reads it. A text that cannot be read has the verdict `unreadable`, and `scope` says
    why.
    """

    wrt: str
    verdict: str
    scope: str = ""
    translation: str = ""
    gradient: str = ""
    is_matrix_form: bool = True
    places: tuple[str, ...] = ()
    entry: str = ""
    latex: str = ""
    entry_latex: str = ""
    code: dict[str, str] = field(default_factory=dict)
    shape: str = ""
    shapes: str = ""
    sizes: dict[str, str] = field(default_factory=dict)
    assume: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    checks: Checks | None = None
    seconds: float = 0.0

    def for_json(self) -> dict[str, Any]:
        """The part that is a promise to other programs."""
        return {
            "wrt": self.wrt,
            "translation": self.translation,
            "gradient": self.gradient,
            "entry": self.entry,
            "latex": self.latex,
            "numpy": self.code.get("numpy", ""),
            "jax": self.code.get("jax", ""),
            "torch": self.code.get("torch", ""),
            "shape": self.shape,
            "shapes": self.sizes,
            "assume": list(self.assume),
            "verdict": self.verdict,
            "scope": self.scope,
            "steps": [asdict(line) for line in self.lines],
            "checks": asdict(self.checks) if self.checks else None,
            "seconds": round(self.seconds, 3),
        }

    def _repr_latex_(self) -> str:
        derivative = rf"\frac{{\partial f}}{{\partial {self.wrt}}}"
        return rf"$\displaystyle {derivative} = {self.latex}$ ({self.verdict} for {self.scope})"
