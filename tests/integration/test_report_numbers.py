"""Every number in the PDF comes from a recorded run: a sample of them is looked up there."""

import json
import math
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import is_dataclass
from functools import partial
from pathlib import Path
from statistics import fmean, stdev

import pytest
from pypdf import PdfReader

from report.build import Plan
from report.explained import worked

SAMPLE = 60
LONGEST_LIST = 60  # longer ones are curves, which are drawn and not written
PLANS = [Plan("full"), Plan("quick")]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.profile)
def test_numbers_in_the_pdf_are_in_the_outputs(plan: Plan):
    pdf = plan.folder / "report.pdf"
    if not pdf.exists():
        pytest.skip(f"no report of this profile; make report PROFILE={plan.profile} writes one")
    printed = decimals_in(pdf)
    assert len(printed) >= 30
    sample = random.Random(0).sample(sorted(printed), min(SAMPLE, len(printed)))
    recorded = [*recorded_numbers(plan.outputs), *worked_numbers()]
    assert [text for text in sample if not any(agrees(text, value) for value in recorded)] == []


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.profile)
def test_the_pdf_has_bookmarks_title_and_author(plan: Plan):
    pdf = plan.folder / "report.pdf"
    if not pdf.exists():
        pytest.skip(f"no report of this profile; make report PROFILE={plan.profile} writes one")
    reader = PdfReader(pdf)
    assert reader.metadata is not None
    assert reader.metadata.author == "gradproof"
    assert "Homework" in (reader.metadata.title or "")
    assert len(reader.outline) >= 7
    stamped = ["quick profile, not results" in page.extract_text() for page in reader.pages]
    assert all(stamped) if plan.profile == "quick" else not any(stamped)


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.profile)
def test_outputs_are_json_that_every_parser_reads(plan: Plan):
    """JSON has no NaN and no infinity, which Python's own parser takes."""
    paths = [*plan.outputs.glob("verify.json"), *plan.outputs.glob("*/results.json")]
    paths += plan.outputs.glob("*/tasks/*.json")
    if not paths:
        pytest.skip(f"no results of this profile; make report PROFILE={plan.profile} writes them")
    for path in paths:
        json.loads(path.read_text(encoding="utf-8"), parse_constant=partial(refuse, path))


def refuse(path: Path, constant: str):
    raise AssertionError(f"{path}: {constant}")


def decimals_in(pdf: Path) -> set[str]:
    """The numbers with at least two decimals, without those before a power of ten and versions."""
    text = "\n".join(page.extract_text() for page in PdfReader(pdf).pages)
    body = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text[: text.rindex("Provenance")])
    return set(re.findall(r"(?<![\d.\w])\d+\.\d{2,}(?![\d.\w]|\s*[·⋅])", body))


def recorded_numbers(outputs: Path) -> list[float]:
    """All numbers in the outputs, and means and deviations of one quantity over runs."""
    found = list[float]()
    for path in [outputs / "verify.json", *outputs.glob("*/results.json")]:
        over_runs = defaultdict(list)
        content = json.loads(path.read_text(encoding="utf-8"))
        for place, value in numbers_in(content):
            found.append(value)
            over_runs[place].append(value)
        for values in over_runs.values():
            if 1 < len(values) <= LONGEST_LIST:
                found += [fmean(values), stdev(values)]
    return found


def worked_numbers() -> Iterator[float]:
    """All numbers of the examples by hand, which are exact until they are printed."""
    examples = [f for name, f in vars(worked).items() if name.endswith("_example")]
    pending: list = [example() for example in examples]
    while pending:
        part = pending.pop()
        if is_dataclass(part):
            pending += vars(part).values()
        elif isinstance(part, dict):
            pending += part.values()
        elif isinstance(part, list | tuple):
            pending += part
        elif getattr(part, "is_real", False) or isinstance(part, int | float):
            yield float(part)


def numbers_in(content: object, place: str = "") -> Iterator[tuple[str, float]]:
    """Each number with its place, in which runs of one setting stand together."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from numbers_in(value, f"{place}.{key}")
    elif isinstance(content, list) and len(content) <= LONGEST_LIST:
        for index, value in enumerate(content):
            together = place.endswith(("runs", "values"))
            group = value.get("setting") if isinstance(value, dict) else ""
            yield from numbers_in(value, f"{place}.{group if together else index}")
    elif isinstance(content, list):
        yield from numbers_in(content[-1], f"{place}.last")
    elif isinstance(content, str):
        yield from ((place, float(text)) for text in re.findall(r"\d+\.\d+", content))
    elif isinstance(content, int | float) and math.isfinite(content):
        yield place, float(content)


def agrees(text: str, value: float) -> bool:
    """Whether a value, as it is or as a percentage, rounds to a text."""
    half = 0.51 * 10.0 ** -len(text.partition(".")[2])
    return any(abs(abs(value) * scale - float(text)) <= half for scale in (1, 100))
