"""Draws the figures of a result, and saves them for TeX and for people."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from experiments.framework.experiment import Experiment
from experiments.framework.results import ExperimentResult
from experiments.framework.style import add_caution, print_style
from runs.records import write_atomically


def draw(experiment: Experiment, result: ExperimentResult) -> dict[str, Figure]:
    """Every figure of a result by name.

    A figure that rests on stand-in data or on the quick profile says so itself.
    """
    with print_style():
        figures = {name: plot(result) for name, plot in experiment.plots.items()}
        for figure in figures.values():
            add_caution(figure, _caution(result))
    return figures


def save_figures(folder: Path, figures: Mapping[str, Figure]) -> None:
    """Write each figure as PDF (for TeX) and PNG (for people), undated: same figure, same bytes."""
    undated: dict[str, dict[str, Any]] = {"pdf": {"CreationDate": None}, "png": {"Software": None}}
    for name, figure in figures.items():
        for suffix, metadata in undated.items():
            buffer = io.BytesIO()
            with print_style():
                figure.savefig(buffer, format=suffix, dpi=200, metadata=metadata)
            # What is laid out for print is not laid out again for the screen.
            figure.set_layout_engine("none")
            write_atomically(folder / f"{name}.{suffix}", buffer.getvalue())


def _caution(result: ExperimentResult) -> str:
    """What a reader of a figure must know, if anything."""
    provenance = result.provenance
    notes = [f"data: {record.name}" for record in provenance.data if record.substitute]
    if provenance.profile == "quick":
        notes.append("quick profile, not results")
    return "; ".join(notes)
