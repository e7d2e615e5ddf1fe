"""Every number in the PDF comes from a recorded run: it is looked up there."""

import json
import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import is_dataclass
from functools import cache, partial
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pytest
from pypdf import PdfReader

from report.build import Plan
from report.explained import worked

LONGEST_LIST = 60  # longer ones are curves, which are drawn and not written
PLANS = [Plan("full"), Plan("quick")]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.profile)
def test_rows_of_tables_have_the_recorded_numbers(plan: Plan):
    """Each number is compared with the one that belongs into its row and column."""
    lines = text_of(plan).splitlines()
    rows = list(rows_recorded(plan.outputs))
    assert sum(len(values) for _, values in rows) >= 300
    assert [row for row in rows if not any(is_row(line, *row) for line in lines)] == []


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.profile)
def test_claims_have_the_recorded_numbers(plan: Plan):
    text = " ".join(text_of(plan).split())
    claims = json.loads((plan.outputs / "verify.json").read_text(encoding="utf-8"))["claims"]
    rows = text[text.index("Claim Title Proved for Points") :]
    ends = [rows.index(f" {claim['id']} ") for claim in claims] + [len(rows)]
    wrong = [
        claim["id"]
        for claim, start, end in zip(claims, ends[:-1], ends[1:], strict=True)
        if not is_claim(rows[start:end], claim)
    ]
    assert wrong == []


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.profile)
def test_numbers_in_the_pdf_are_in_the_outputs(plan: Plan):
    """In prose as well, but anywhere in the outputs, where a wrong number may be by chance."""
    printed = decimals_in(text_of(plan))
    assert len(printed) >= 100
    recorded = [*recorded_numbers(plan.outputs), *worked_numbers()]
    values = sorted(abs(value) * scale for value in recorded for scale in (1, 100))
    assert [text for text in sorted(printed) if not is_among(text, values)] == []


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


@cache
def text_of(plan: Plan) -> str:
    pdf = plan.folder / "report.pdf"
    if not pdf.exists():
        pytest.skip(f"no report of this profile; make report PROFILE={plan.profile} writes one")
    return "\n".join(page.extract_text() for page in PdfReader(pdf).pages)


def decimals_in(text: str) -> set[str]:
    """The numbers with at least two decimals, without those before a power of ten and versions."""
    body = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text[: text.rindex("Provenance")])
    return set(re.findall(r"(?<![\d.\w])\d+\.\d{2,}(?![\d.\w]|\s*[·⋅])", body))


def rows_recorded(outputs: Path) -> Iterator[tuple[str, list[float]]]:
    """Rows of tables as the outputs have them: how the line starts, and its numbers in order."""

    def result(name: str) -> Any:
        return json.loads((outputs / name / "results.json").read_text(encoding="utf-8"))

    evaluations = [run["evaluation"] for run in result("blood_cells")["runs"]]
    for place, scores in enumerate(evaluations[0]["per_class"]):
        over_runs = [
            [evaluation["per_class"][place][score] for evaluation in evaluations]
            for score in ("precision", "recall")
        ]
        first = [scores[name] for name in ("precision", "recall", "f1", "support")]
        yield CLASSES[place], [*first, *spread(over_runs[0]), *spread(over_runs[1])]
    for recommendation in result("initialization")["recommendations"].values():
        for method, accuracies in recommendation["test_accuracy"].items():
            yield METHODS[method], spread(accuracies["values"])
    scores = result("checkers")["scores"]
    for name, start in CHECKERS.items():
        times = [scores[name]["seconds"].get(size) for size in ("10", "1000", "10000")]
        shares = [scores[name][part] for part in ("caught", "told_apart", "false_alarms")]
        yield start, [*shares, *(1000 * seconds for seconds in times if seconds is not None)]
    for kind in scores["verify, JAX"]["caught_by_kind"]:
        shares = [
            scores[name][part][kind]
            for name in CHECKERS
            for part in ("caught_by_kind", "false_alarms_by_kind")
        ]
        yield kind, [share for share in shares if share is not None]
    closed_forms = result("closed_forms")
    for family, verdicts in [*closed_forms["families"].items(), ("all", closed_forms["total"])]:
        yield family, list(verdicts.values())
    for name, solver in result("robust_regression")["runs"][0]["solvers"][-1]["solvers"].items():
        yield name, [solver["iterations"]]


CLASSES = (
    *("basophil", "eosinophil", "erythroblast", "immature granulocytes"),
    *("lymphocyte", "monocyte", "neutrophil", "platelet"),
)
METHODS = {"zero": "zero", "small": "small random", "xavier": "Xavier", "he": "He"}
CHECKERS = {
    "JAX": "JAX, check_grads",
    "PyTorch": "PyTorch, gradcheck",
    "PyTorch, fast": "PyTorch, gradcheck in fast mode",
    "SciPy": "SciPy, check_grad",
    "mytorch": "mytorch, gradient_check",
    "verify, JAX": "verify, check_gradient in JAX",
    "verify, NumPy": "verify, check_gradient in NumPy",
    "verify, PyTorch": "verify, check_backward in PyTorch",
}


def is_claim(row: str, claim: dict[str, Any]) -> bool:
    """Whether a row of the table of claims has its points, its worst error and its faults."""
    printed = re.search(r" ([\d,]+) (?:(?:(\d) · )?10−(\d+)|0) (\d+)/(\d+)", row)
    if not printed:
        return False
    points, digit, exponent, caught, planted = printed.groups()
    oracles = claim["oracles"]
    tightest = min(oracle["tolerance"] for oracle in oracles if oracle["tolerance"] is not None)
    error = max(oracle["max_error"] for oracle in oracles if oracle["tolerance"] == tightest)
    bound = int(digit or 1) / 10 ** int(exponent) if exponent else 0.0
    return (
        int(points.replace(",", "")) == max(oracle["points"] for oracle in oracles)
        and error <= bound * (1 + 1e-9) <= 2.01 * error  # rounded up, to one digit
        and (int(caught), int(planted)) == (claim["faults"]["caught"], claim["faults"]["planted"])
    )


def spread(values: list[float]) -> list[float]:
    """Mean and standard deviation, of which the latter is not printed where it is zero."""
    deviation = stdev(values) if len(values) > 1 else 0.0
    return [fmean(values), deviation] if deviation else [fmean(values)]


def is_row(line: str, start: str, values: list[float]) -> bool:
    """Whether a line starts so, and its numbers are these, each to the last digit printed."""
    if not line.startswith(f"{start} "):
        return False
    printed = re.findall(r"\d[\d,]*(?:\.\d+)?", line.removeprefix(start))
    return len(printed) >= len(values) and all(map(rounds_to, printed, values))


def rounds_to(text: str, value: float) -> bool:
    """Whether a value is printed so, or to two significant digits where it has no decimals."""
    decimals = len(text.partition(".")[2])
    half = 0.51 * 10.0**-decimals
    if not decimals and value >= 100:  # a time of two digits
        half = max(half, 0.051 * value)
    return abs(abs(value) - float(text.replace(",", ""))) <= half


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


def is_among(text: str, values: list[float]) -> bool:
    """Whether a text is one of some values, in order, that is rounded."""
    half = 0.51 * 10.0 ** -len(text.partition(".")[2])
    place = bisect_left(values, float(text) - half)
    return place < len(values) and values[place] <= float(text) + half
