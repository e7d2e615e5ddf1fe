"""What the commands that read a person's formula share: help, where the text is, exit statuses."""

from __future__ import annotations

from pathlib import Path

from typer.core import TyperCommand

from runs.command import UsageError
from verify.grading.submissions import standard_input, text_in
from verify.grading.words import as_name

EXIT = {"proved": 0, "refuted": 1, "undecided": 3, "unreadable": 2}
"""The exit status of each verdict."""


def teaching(examples: str, statuses: str) -> type[TyperCommand]:
    """A command whose help ends in examples; what the language knows is imported for help alone."""

    class Teaching(TyperCommand):
        def format_help(self, ctx, formatter) -> None:
            from verify.language.words.functions import KNOWN_FUNCTIONS
            from verify.objectives.assumptions import KINDS

            functions = (
                f"Functions: {', '.join(KNOWN_FUNCTIONS)}; also + - * / @ ** .T and comparisons."
            )
            kinds = f"Assumptions: a name and one of {', '.join(KINDS)}; or bounds, as 0 < s < 1."
            self.epilog = "\n\n".join([examples, functions, kinds, statuses])
            super().format_help(ctx, formatter)

    return Teaching


def text_given(word: str | None, file: Path | None) -> str:
    """The word, or what a file or standard input has; raises `UsageError`."""
    if word and word != "-":
        return word
    try:
        return text_in(file) if file else standard_input()
    except ValueError as error:
        source = as_name(str(file)) if file else "standard input"
        raise UsageError(f"{source}: {error}") from None
