"""A derivation's lines come out whole: relation, expression and reason, nothing lost."""

from derivations.softmax import DERIVATIONS
from report.layout import lines


def test_each_step_is_one_line_with_its_reason():
    for derivation in DERIVATIONS:
        for chain in derivation.chains:
            found = lines(chain)
            assert len(found) == 1 + len(chain.steps)
            assert found[0][0] == chain.name
            assert [reason for *_, reason in found[1:]] == [step.because for step in chain.steps]
