"""The figure of what becomes of public closed forms, beside SymPy's own derivatives."""

import numpy as np
from matplotlib.figure import Figure

from experiments.closed_forms.result import ClosedFormsResult
from experiments.framework.style import COLOURS, new_figure

SHARES = {
    "right": ("sympy_right", COLOURS[0]),
    "silently wrong": ("sympy_silent", COLOURS[6]),
    "no answer": ("sympy_none", "#dddddd"),
}


def plot_families(result: ClosedFormsResult) -> Figure:
    """By family, how many gradients were derived and proved, and what SymPy makes of them."""
    figure, (ours, sympy) = new_figure(3.2, columns=2, sharey=True)
    families = list(result.families)
    places = np.arange(len(families))
    scores = list(result.families.values())
    forms = np.array([score.forms for score in scores])
    derived = np.array([score.derived for score in scores])
    ours.barh(places, derived, color=COLOURS[0], label="derived and proved")
    ours.barh(places, forms - derived, left=derived, color="#dddddd", label="not derived")
    start = np.zeros(len(families))
    for label, (field, colour) in SHARES.items():
        counts = np.array([getattr(score, field) for score in scores])
        sympy.barh(places, counts, left=start, color=colour, label=label)
        start += counts
    ours.set_yticks(places, families)
    ours.invert_yaxis()
    for axes, title in ((ours, "this project"), (sympy, "SymPy's diff")):
        axes.set(title=title, xlabel="closed forms", xlim=(0, 1.02 * max(forms)))
        axes.grid(visible=False, axis="y")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=3)
    return figure
