"""What the derivations say of the activations in untrained networks with infinitely wide layers."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float
from sympy import lambdify

from derivations.initialization import fan_in, q, sigma, xavier

# The very expression that is proved: the variance of a unit before its activation.
PREACTIVATION_VARIANCE = lambdify((fan_in, sigma, q), xavier[r"\mathbb{E}[z^2]"].closed_form)
ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
}
NODES, REACH = 401, 10.0


def predicted_moments(
    activation: str,
    fans_in: Sequence[int],
    variances: Sequence[float],
    input_mean_squares: Float[np.ndarray, " inputs"],
) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each hidden layer, over all units and inputs.

    For one input the pre-activations of a layer are normal with mean 0, and their variance is what
    the derivation makes of the layer's `fans_in`, of its weights' `variances`, and of the mean
    square of the layer before. The mean square after the activation is an integral, here a sum over
    `NODES` points. Inputs differ in their mean squares, so moments are averaged over them.
    """
    z = np.linspace(-REACH, REACH, NODES)
    density = np.exp(-(z**2) / 2)
    density /= density.sum()
    mean_square, means, stds = np.asarray(input_mean_squares), [], []
    for fan, variance in zip(fans_in, variances, strict=True):
        before = PREACTIVATION_VARIANCE(fan, np.sqrt(variance), mean_square)
        after = ACTIVATIONS[activation](np.sqrt(before)[:, None] * z)
        mean_square = after**2 @ density
        mean = float((after @ density).mean())
        means.append(mean)
        stds.append(float(np.sqrt(max(0.0, mean_square.mean() - mean**2))))
    return means, stds
