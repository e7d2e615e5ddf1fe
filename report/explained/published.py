"""Public objectives whose gradients the report derives in full, by the rules that prove it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from experiments.closed_forms.cases import Case, forms
from verify.objectives.derive import derive
from verify.objectives.derived import Derived

SHOWN = ("ml_cox", "fa_orth", "ly_wn")
"""A loss, a penalty and a layer."""


class Published(NamedTuple):
    """A public form and its derivation."""

    case: Case
    derived: Derived

    @property
    def name(self) -> str:
        """The entry that is derived, as LaTeX."""
        places = " ".join(self.derived.places)
        return rf"\frac{{\partial f}}{{\partial {self.case.wrt}_{{{places}}}}}"


def derived_in_full() -> Iterator[Published]:
    """The forms that are shown; raises `ValueError` for one that is not proved."""
    by_id = {case.id: case for case in forms()}
    for id_ in SHOWN:
        derived = derive(by_id[id_].asked)
        if derived.verdict != "proved":
            raise ValueError(f"{id_}: expected a proof, it is {derived.verdict}")
        yield Published(by_id[id_], derived)
