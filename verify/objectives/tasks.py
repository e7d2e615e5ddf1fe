"""Deriving and checking as work for processes that are bounded in time and in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from verify.grading.workers import Work
from verify.objectives.asked import Asked
from verify.objectives.derived import FAULTS, JUDGES, Checks, Derived


@dataclass(frozen=True)
class Derivation(Work[Derived]):
    """The derivative of an objective in one name."""

    asked: Asked

    def settled(self) -> Derived:
        """The derivative with its verdict, or why there is none."""
        from verify.objectives.derive import derive

        try:
            return derive(self.asked)
        except MemoryError:
            raise
        except ValueError as error:
            return Derived(self.asked.wrt, "unreadable", str(error))
        except Exception as error:  # SymPy raises what it likes; a user is owed a verdict
            return self.given_up(f"could not be settled ({type(error).__name__})")

    def given_up(self, why: str) -> Derived:
        """A derivative of which nothing is known."""
        return Derived(self.asked.wrt, "undecided", why)


@dataclass(frozen=True)
class Judging(Work[Checks]):
    """The judges of a derivative, two of which are large libraries; or those that are named."""

    asked: Asked
    by: tuple[str, ...] = (*JUDGES, FAULTS)
    gibibytes: ClassVar[int] = 16
    importing: ClassVar[float] = 20.0

    def settled(self) -> Checks:
        """What they find; nothing where nothing can be derived."""
        from verify.objectives.checks import check

        try:
            return check(self.asked, self.by)
        except MemoryError:
            raise
        except Exception as error:
            return self.given_up(type(error).__name__)

    def given_up(self, why: str) -> Checks:
        """Checks that did not come to an end."""
        return Checks(why=why)
