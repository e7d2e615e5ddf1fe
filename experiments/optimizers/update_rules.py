"""Adam and momentum SGD as the homework states them, for arrays and tensors of any shape.

A learning rate may be an array that broadcasts with the parameters: one for each of many runs.
"""

from dataclasses import dataclass
from typing import Any

Values = Any


@dataclass
class MomentumSGD:
    """u_t = mu u_{t-1} + g_t, w_{t+1} = w_t - alpha u_t: without damping, as in PyTorch."""

    learning_rate: Values
    mu: float = 0.9
    u: Values = 0.0

    def step(self, w: Values, gradient: Values) -> Values:
        """The parameters after one more gradient."""
        self.u = self.mu * self.u + gradient
        return w - self.learning_rate * self.u


@dataclass
class Adam:
    """Kingma and Ba (2015), algorithm 1: epsilon is outside the root, after the correction."""

    learning_rate: Values
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    m: Values = 0.0
    v: Values = 0.0
    t: int = 0

    def step(self, w: Values, gradient: Values) -> Values:
        """The parameters after one more gradient."""
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        return w - self.learning_rate * m_hat / (v_hat**0.5 + self.epsilon)
