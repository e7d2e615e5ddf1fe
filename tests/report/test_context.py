"""What templates see: a remark says where to look in the document, not in the code."""

import pytest

from derivations.derivation import Derivation
from report import context


def test_a_remark_names_the_question_instead_of_a_claim(monkeypatch: pytest.MonkeyPatch):
    named = {"a.b": "equal (softmax.shift), as (layers.relu) is"}
    known = {"softmax.shift": "1.1", "layers.relu": "6.2"}

    def find(id: str) -> Derivation:
        return Derivation(id, known.get(id, "0"), "", (), named.get(id, ""))

    monkeypatch.setattr(context, "find_derivation", find)
    assert context.remark_on("a.b") == (
        r"equal (\hyperref[question:1.1]{1.1}), as (\hyperref[question:Q6.2]{Q6.2}) is"
    )
