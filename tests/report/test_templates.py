"""Templates hold no numbers of their own: digits come from results or from the homework's data."""

import re

import pytest

from report.render import DOCUMENTS, section_names, template

# What may hold digits without being a number about anything.
MARKUP = (
    r"<#.*?#>",  # remarks, tags and values of the template
    r"<%.*?%>",
    r"<<.*?>>",
    r"(?<!\\)%.*",
    r"(?s)\\begin\{lstlisting\}.*?\\end\{lstlisting\}",  # code
    r"\\(?:label|ref|pageref|cref|hyperref|begin|setlength|renewcommand|vspace|hspace|linespread)\*?(?:\[[^\]]*\])?\{[^}]*\}(?:\{[^}]*\})?",
    r"(?:\\cmidrule\(\w*\)\{\d-\d+\})+|\\addtocounter\{\w+\}\{-?\d\}",
    r"\\(?:includegraphics|addlinespace|href|url)(?:\([^)]*\))?(?:\[[^\]]*\])?(?:\{[^}]*\})?",
    r"\\\\\[[^\]]*\]",
    r"[\d.]+(?:em|ex|pt|in|\\(?:linewidth|textwidth|paperwidth|paperheight|baselineskip))",
    r"\[table-format=[^\]]*\]|\*\{\d\}|\\multicolumn\{\d\}",  # columns
    r"_\d",  # subscripts
    r"L-BFGS|[A-Z]\w*-\d+",  # names
)
MATHEMATICS = r"\$[^$]*\$|\\\[.*?\\\]|\\begin\{(align|equation|gather)\*?\}.*?\\end\{\1\*?\}"


def without(patterns: tuple[str, ...], text: str) -> str:
    for pattern in patterns:
        text = re.sub(pattern, " ", text, flags=re.DOTALL if pattern.startswith("<") else 0)
    return text


@pytest.mark.parametrize("name", section_names())
def test_prose_has_no_digits_of_its_own(name: str):
    text = without(MARKUP, template(name).read_text(encoding="utf-8"))
    prose = re.sub(MATHEMATICS, " ", text, flags=re.DOTALL)
    assert re.findall(r".*\d.*", prose) == []


@pytest.mark.parametrize("name", section_names())
def test_formulas_have_only_small_whole_numbers(name: str):
    text = without(MARKUP, template(name).read_text(encoding="utf-8"))
    formulas = [found[0] for found in re.finditer(MATHEMATICS, text, flags=re.DOTALL)]
    assert [f for f in formulas if re.search(r"\d\.\d|[3-9]|\d\d", f)] == []


def test_every_section_is_in_a_document_and_in_none_twice():
    assert sorted({name for order in DOCUMENTS.values() for name in order}) == section_names()
    assert all(len(set(order)) == len(order) for order in DOCUMENTS.values())


@pytest.mark.parametrize("name", section_names())
def test_figures_and_tables_are_cited(name: str):
    text = template(name).read_text(encoding="utf-8")
    labels = set(re.findall(r"\\label\{(table:[^<}]*)\}", text))
    labels |= {":".join(("fig", *found)) for found in re.findall(r'figure\("(.+?)", "(.+?)"', text)}
    labels |= {f"fig:{found}" for found in re.findall(r'drawing\("(.+?)"', text)}
    cited = {
        label for found in re.findall(r"\\[cC]ref\{(.*?)\}", text) for label in found.split(",")
    }
    cited |= {f"fig:{found}" for found in re.findall(r'shown\("(.+?)"', text)}
    assert labels - cited == set()
