"""The trusted core is small enough to be read, and the page on *proved* names it."""

import ast
import re
import tokenize
from pathlib import Path

from rule_expressions import RULES

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "prover.md"
MOST_LINES = 1800
SAYS_NOTHING = (
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
)


def core() -> list[Path]:
    """The files that the page lists under its heading on the core."""
    section = PAGE.read_text().partition("## The trusted core\n")[2].partition("\n## ")[0]
    return [
        ROOT / "derivations" / name for name in re.findall(r"^\| `([\w/]+\.py)`", section, re.M)
    ]


def lines_of_code(file: Path) -> int:
    """The lines that say something: no blank ones, comments, docstrings or imports."""
    silent: set[int] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_text or isinstance(node, ast.Import | ast.ImportFrom):
            silent |= set(range(node.lineno, node.end_lineno + 1))
    with file.open("rb") as source:
        tokens = [t for t in tokenize.tokenize(source.readline) if t.type not in SAYS_NOTHING]
    spoken = {line for t in tokens for line in range(t.start[0], t.end[0] + 1)} - {0}
    return len(spoken - silent)


def test_lines_of_code_leave_out_what_says_nothing(tmp_path):
    file = tmp_path / "two.py"
    file.write_text('"""One.\n\nTwo.\n"""\n\nimport os\n\n# three\nx = (\n    1)  # four\n')
    assert lines_of_code(file) == 2


def test_the_core_can_be_read():
    files = core()
    assert len(files) == len(set(files)) >= 10
    assert sum(map(lines_of_code, files)) <= MOST_LINES


def test_the_core_rests_on_itself_and_on_what_can_only_refute():
    """What is imported from the project is core, or one of the modules that the page names."""
    section = PAGE.read_text().partition("## The trusted core\n")[2].partition("\n## ")[0]
    allowed = set(re.findall(r"`(?:\w+/)*(\w+)\.py`", section))
    for file in core():
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("derivations"):
                assert node.module.rpartition(".")[2] in allowed, (file.name, node.module)


def test_each_rule_on_the_page_has_its_test_and_each_tested_rule_is_there():
    section = PAGE.read_text().partition("## The rules\n")[2].partition("\n## ")[0]
    rows = [row.split(" | ") for row in section.splitlines() if row.startswith("| ")]
    named = {name for row in rows[1:] if len(row) == 3 for name in re.findall("`([^`]+)`", row[2])}
    folder = Path(__file__).parent
    sources = [*folder.glob("test_*.py"), folder.parent / "rule_expressions.py"]
    tested = "".join(file.read_text() for file in sources)
    assert not [name for name in named if f'"{name}": ' not in tested]
    assert RULES.keys() <= named
