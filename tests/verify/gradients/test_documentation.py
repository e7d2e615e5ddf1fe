"""The page about gradients runs, and prints what it says."""

import contextlib
import io
import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "gradients.md"


def test_the_examples_run_and_print_what_the_page_shows():
    text = PAGE.read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    shown = re.findall(r"```\n\n((?:    .*\n)+)", text)
    printed = io.StringIO()
    names: dict = {}
    with contextlib.redirect_stdout(printed):
        for block in blocks:
            exec(block, names)
    assert len(blocks) == 4
    assert printed.getvalue() == "".join(re.sub("^    ", "", part, flags=re.M) for part in shown)


def test_the_modules_that_the_page_names_exist():
    for name in re.findall(r"`(\w+\.py)`", PAGE.read_text()):
        assert (PAGE.parents[1] / "verify" / "gradients" / name).exists(), name
