"""Figures that explain: drawn from the derivations' expressions, where no run is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from sympy import Basic, Expr, Symbol, lambdify

from derivations import adam, huber, softmax
from experiments.framework.drawing import save_figures
from experiments.framework.style import COLOURS, LINES, new_figure, print_style
from report.explained.worked import huber_example, softmax_example, table, weights

CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.75**0.5]])
"""Where the three one-hot vectors lie on paper."""

TEMPERATURES = (0.4, 1.0, 4.0)
EPSILONS = (1e-8, 0.1, 1.0)


def draw_all(folder: Path, widths: Sequence[int], batch_size: int) -> None:
    """Draw every figure into a folder, as PDF for TeX and PNG for people."""
    with print_style():
        figures = {
            "simplex": plot_simplex(),
            "huber": plot_huber(),
            "adam": plot_adam(),
            "network": plot_network(widths, batch_size),
        }
    save_figures(folder, figures)


def plot_simplex() -> Figure:
    """Where the softmax of three classes sends a grid of logits, at three temperatures."""
    probabilities = _softmax_of_three()
    figure, panels = new_figure(2.1, columns=3)
    lines = np.linspace(-3, 3, 13)
    along = np.linspace(-3, 3, 60)
    path = np.geomspace(0.02, 200, 300)
    z = np.array(softmax_example().z, dtype=float)
    for axes, tau in zip(panels, TEMPERATURES, strict=True):
        axes.plot(*CORNERS[[0, 1, 2, 0]].T, color="black", linewidth=0.8, linestyle="-")
        for fixed in lines:
            for first, second in ((along, np.full(60, fixed)), (np.full(60, fixed), along)):
                grid = probabilities(first, second, np.zeros(60), tau) @ CORNERS
                axes.plot(*grid.T, color=COLOURS[5], linewidth=0.6, linestyle="-")
        axes.plot(*(probabilities(*z, path) @ CORNERS).T, color=COLOURS[-1], linestyle="-")
        axes.plot(*(probabilities(*z, np.array([tau])) @ CORNERS).T, "o", color=COLOURS[-1])
        axes.set_title(rf"$\tau = {tau:g}$")
        axes.set(aspect="equal", xlim=(-0.1, 1.1), ylim=(-0.13, 0.98))
        axes.axis("off")
        for number, (x, height) in enumerate(CORNERS, start=1):
            name = rf"$e_{number}$"
            place = (x, height + (0.03 if number == 3 else -0.03))
            axes.text(*place, name, ha="center", va="bottom" if number == 3 else "top")
    return figure


def plot_huber() -> Figure:
    """Loss, influence and weight of a residual, and the objective of the example by hand."""
    figure, panels = new_figure(2.1, columns=4)
    r, x, delta = np.linspace(-3, 3, 300), huber.rho, huber_example().delta
    squared = {"color": COLOURS[0], "linestyle": LINES[1]}
    robust = {"color": COLOURS[1], "linestyle": "-"}
    for axes, function, of_squared, title in (
        (panels[0], huber.loss, r**2 / 2, r"loss $\ell_\delta(r)$"),
        (panels[1], huber.influence, r, r"influence $\psi_\delta(r)$"),
        (panels[2], huber.weight, np.ones_like(r), r"weight $\psi_\delta(r) / r$"),
    ):
        axes.plot(r, of_squared, label="squared", **squared)
        axes.plot(r, _function(function(x).subs(huber.delta, delta), x)(r), label="Huber", **robust)
        axes.set(title=title, xlabel="$r$", xticks=[-1, 1], xticklabels=[r"$-\delta$", r"$\delta$"])
    example = huber_example()
    w = np.linspace(0.4, 2, 301)
    for of_loss, look, best in (
        (lambda residual: residual**2 / 2, squared, weights(example.least_squares)[0]),
        (huber.loss, robust, weights(example.right)[0]),
    ):
        objective = _objective(of_loss)
        panels[3].plot(w, objective(w), **look)
        panels[3].plot(float(best), objective(np.array([float(best)])), "o", color=look["color"])
    panels[3].set(title=r"objective $L_\delta(w)$", xlabel="$w$", ylim=(0, 60))
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def plot_adam() -> Figure:
    """The first step in units of alpha against the gradient, for several epsilon."""
    figure, axes = new_figure(2.2)
    g = np.linspace(-3, 3, 1201)
    for condition, epsilon in enumerate(EPSILONS):
        step = (adam.first_update / adam.alpha).subs(adam.epsilon, epsilon)
        label = (
            rf"Adam, $\varepsilon = {epsilon:g}$"
            if epsilon > 1e-3
            else r"Adam, $\varepsilon = 10^{-8}$"
        )
        axes.plot(
            g,
            _function(step, adam.g1)(g),
            color=COLOURS[0],
            linestyle=LINES[condition],
            label=label,
        )
    axes.plot(g, g, color=COLOURS[1], label="momentum SGD")
    axes.set(
        xlabel="gradient $g_1$",
        ylabel=r"first step $(w_1 - w_2) / \alpha$",
        ylim=(-2, 2),
        xlim=(-3, 3),
    )
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
    return figure


def plot_network(widths: Sequence[int], batch_size: int) -> Figure:
    """The network of Q6.7 as a graph: what flows forward and back, with its shape."""
    figure, axes = new_figure(1.35)
    layers: list[tuple[str, str]] = []
    for number, (before, after) in enumerate(pairwise(widths), start=1):
        layers.append(("Linear", rf"$W_{number}$: {after} $\times$ {before}"))
        if number < len(widths) - 1:
            layers.append(("ReLU", ""))
    layers.append(("softmax,\ncross-\nentropy", ""))
    sizes = [widths[0]] + [w for width in widths[1:-1] for w in (width, width)] + [widths[-1]]
    names = ["X", "Z_1", "H_1", "Z_2", "H_2", "Z_3"]
    gap = 1.55
    for place, (name, shape) in enumerate(layers):
        x = gap * (place + 0.62)
        axes.add_patch(
            FancyBboxPatch(
                (x - 0.42, -0.34), 0.84, 0.68, boxstyle="round,pad=0.04", fc="#F4F6F8", ec="#1F4E79"
            )
        )
        axes.text(x, 0, name, ha="center", va="center", fontsize=8)
        axes.text(x, 0.46, shape, ha="center", va="bottom", fontsize=8)
    for place, (name, size) in enumerate(zip(names, sizes, strict=True)):
        x = gap * (place + 0.62) - 0.5 * gap
        _arrow(axes, x - 0.3, x + 0.3, 0.12, COLOURS[0])
        _arrow(axes, x + 0.3, x - 0.3, -0.12, COLOURS[-1])
        axes.text(x, 0.2, f"${name}$", ha="center", color=COLOURS[0])
        axes.text(x, -0.2, rf"$\mathrm{{d}}{name}$", ha="center", va="top", color=COLOURS[-1])
        axes.text(x, -0.48, rf"{batch_size} $\times$ {size}", ha="center", va="top", fontsize=8)
    x = gap * (len(layers) + 0.62) - 0.5 * gap
    _arrow(axes, x - 0.3, x + 0.2, 0.12, COLOURS[0])
    axes.text(x + 0.35, 0.12, "$L$", va="center", color=COLOURS[0])
    axes.set(xlim=(-0.2, x + 0.6), ylim=(-0.75, 0.75))
    axes.axis("off")
    return figure


def _arrow(axes: Axes, start: float, end: float, height: float, colour: str) -> None:
    look = {"arrowstyle": "->", "color": colour, "linewidth": 1.2}
    axes.annotate("", (end, height), (start, height), arrowprops=look)


def _function(expr: Expr, *symbols: Symbol) -> Callable[..., np.ndarray]:
    """A function of NumPy arrays that computes an expression; constants are spread out."""
    compiled = lambdify(symbols, expr, "numpy")
    return lambda *arrays: np.broadcast_to(compiled(*arrays), np.broadcast(*arrays).shape)


@cache
def _softmax_of_three() -> Callable[..., Float[np.ndarray, "points classes"]]:
    """Three logits and tau to points on the simplex, a row each."""
    logits = tuple(Symbol(f"z_{number}", real=True) for number in (1, 2, 3))
    given: dict[Basic, object] = {softmax.n: 3, softmax.z: logits, softmax.tau: softmax.tau}
    entries = [
        _function(entry, *logits, softmax.tau) for entry in table(softmax.softmax, given, softmax.i)
    ]
    return lambda *inputs: np.stack([entry(*inputs) for entry in entries], axis=-1)


def _objective(loss: Callable[[Expr], Expr]) -> Callable[..., np.ndarray]:
    """The objective of the example by hand as a function of its one weight."""
    example, w = huber_example(), Symbol("w", real=True)
    terms = [loss(y - w * x) for x, y in zip(example.x, example.y, strict=True)]
    return _function(sum(terms).subs(huber.delta, example.delta), w)
