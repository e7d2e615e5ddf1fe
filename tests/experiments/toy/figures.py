from matplotlib.figure import Figure

from experiments.framework.style import new_figure
from toy.result import ToyResult


def plot_draws(result: ToyResult) -> Figure:
    figure, axes = new_figure(2.0)
    axes.plot([run.draws[0] for run in result.runs])
    axes.set(xlabel="run", ylabel="first number (m)")
    return figure
