"""The page about objectives shows the recorded result, and what it says the language lacks."""

import importlib.util
from pathlib import Path

import pytest

from experiments.closed_forms import EXPERIMENT
from experiments.closed_forms.cases import disputes, forms
from experiments.framework.results import OUTPUTS, load_result, result_path
from verify.objectives.asked import Asked

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "objectives.md").read_text()


def module():
    spec = importlib.util.spec_from_file_location("docs_objectives", DOCS / "objectives.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_the_page_is_of_the_recorded_result():
    if not result_path("closed_forms", OUTPUTS).exists():
        pytest.skip("no full result here; gradproof experiments run closed_forms provides it")
    result = load_result(EXPERIMENT)
    assert module().render(result) == PAGE, "renew it with: python docs/objectives.py"


def test_the_page_has_a_row_for_each_case():
    for case in (*forms(), *disputes()):
        (row,) = [
            line for line in PAGE.splitlines()
            if line.startswith((f"| {case.id} |", f"| [{case.id}]("))
        ]  # fmt: skip
        assert case.function.replace("|", "\\|") in row


@pytest.mark.parametrize("what", module().LIMITS)
def test_what_the_language_lacks_is_refused_in_one_line(what):
    function = module().LIMITS[what]
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        Asked(
            function, "X" if "X" in function else "x", "X: m n" if "X" in function else "x: n"
        ).question()
