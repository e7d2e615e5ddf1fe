"""From validated results to LaTeX: Jinja templates that cannot print what the data does not say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from report.assertions import Assertions
from report.filters import FILTERS
from report.outputs import each, points, worst_error
from runs.records import RecordError

FOLDERS = [Path(__file__).with_name(name) for name in ("sections", "frame")]
"""Of what a document says, and of what stands around it: title, preamble, appendix."""
MAIN = "report"
PROBLEMS = ("softmax", "huber", "adam", "blood_cells", "initialization", "library")
BEYOND = ("beyond", "checkers", "closed_forms")
DOCUMENTS = {
    "report": (
        "title",
        "reading",
        *PROBLEMS,
        *BEYOND,
        "exercise_answers",
        "references",
        "appendix",
    ),
    "handout": ("title", *PROBLEMS, "references"),
    "rubric": ("rubric", "exercise_answers"),
}
"""The sections of each document, in order; the report has them all but the rubric."""


class RenderError(Exception):
    """A template asks for what there is not; the message names the template and the line."""


def section_names() -> list[str]:
    """Return the names of all sections, as `--only` takes them."""
    files = (file for folder in FOLDERS for file in folder.glob("*.tex.jinja"))
    names = (file.name.removesuffix(".tex.jinja") for file in files)
    return sorted(name for name in names if name not in (MAIN, "macros"))


def template(name: str) -> Path:
    """Return the file of a section, of the macros or of the frame of all."""
    files = (folder / f"{name}.tex.jinja" for folder in FOLDERS)
    return next(file for file in files if file.exists())


def environment(*folders: Path) -> Environment:
    r"""Return a Jinja environment for LaTeX: `<< value >>`, `<% tag %>`, `<# remark #>`.

    Templates are looked for in `folders`, by default in the report's own. An undefined name is an
    error, and TeX's braces, percent and number signs mean what they mean.
    """
    environment = Environment(
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        extensions=[Assertions, "jinja2.ext.do"],
        loader=FileSystemLoader(folders or FOLDERS),
    )
    functions = (each, points, worst_error)
    environment.filters |= FILTERS | {function.__name__: function for function in functions}
    return environment


def render(context: Mapping[str, Any], folder: Path, only: str | None = None) -> Path:
    """Write a document and one file a section into `folder`, and return the former.

    The context says which `document` it is and the `order` of its sections. With `only`, it has
    that section alone. Raises `ContradictionError` where the data contradicts a sentence, and
    `RenderError` where a template and the results do not fit.
    """
    templates = environment()
    document = context["document"]
    sections = [only] if only else list(context["order"])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sections:
        text = _rendered(templates, name, context)
        for keys in re.findall(r"\\cite\{([^}]*)\}", text):
            context["cited"].update(keys.split(","))
        _write(folder / f"{document}-{name}.tex", text)
    main = folder / f"{document}.tex"
    inputs = [f"{document}-{name}" for name in sections]
    _write(main, _rendered(templates, MAIN, {**context, "sections": inputs}))
    return main


def _rendered(templates: Environment, name: str, context: Mapping[str, Any]) -> str:
    file = f"{name}.tex.jinja"
    try:
        return templates.get_template(file).render(context)
    except RecordError:
        raise
    except (TemplateError, ValueError) as error:
        line = getattr(error, "lineno", None) or _line_in(error, file)
        raise RenderError(f"{file}:{line}: {error}") from error


def _line_in(error: BaseException, file: str) -> int:
    """Return the template's line that raised: Jinja rewrites tracebacks to point into templates."""
    trace, line = error.__traceback__, 0
    while trace:
        if trace.tb_frame.f_code.co_filename.endswith(file):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _write(path: Path, text: str) -> None:
    """Write only what changed, so that an unchanged report keeps its times."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
