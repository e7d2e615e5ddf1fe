"""Modules as people write them, right and wrong, for the tests of the gradient check."""

import numpy as np

from mytorch.nn import Linear, Module, ReLU
from mytorch.nn.modules.activation import Activation


class BatchNorm(Module):
    """(x - mean) / std over the batch, times gamma, plus beta."""

    def __init__(self, features):
        self.gamma, self.beta = np.ones(features), np.zeros(features)

    def forward(self, x):
        self.std = np.sqrt(x.var(axis=0) + 1e-5)
        self.xhat = (x - x.mean(axis=0)) / self.std
        return self.gamma * self.xhat + self.beta

    def backward(self, g):
        self.dgamma, self.dbeta = (g * self.xhat).sum(axis=0), g.sum(axis=0)
        g = g * self.gamma
        return (g - g.mean(axis=0) - self.xhat * (g * self.xhat).mean(axis=0)) / self.std

    def get_parameters(self):
        return [self.gamma, self.beta]

    def get_gradients(self):
        return [self.dgamma, self.dbeta]


class WithoutGamma(BatchNorm):
    """Forgets gamma on the way back: invisible as long as gamma is 1."""

    def backward(self, g):
        gamma, self.gamma = self.gamma, np.ones_like(self.gamma)
        grad_x = super().backward(g)
        self.gamma = gamma
        return grad_x


class Std(Activation):
    """x / std(x), the statistics taken for constants on the way back."""

    def value_and_derivative(self, x):
        k = x.std()
        return x / k, np.full_like(x, 1 / k)


class RootMeanSquare(Activation):
    """x / RMS(x), likewise."""

    def value_and_derivative(self, x):
        k = np.sqrt((x * x).mean())
        return x / k, np.full_like(x, 1 / k)


class Centred(Activation):
    """tanh(x - mean(x)), likewise."""

    def value_and_derivative(self, x):
        y = np.tanh(x - x.mean())
        return y, 1 - y * y


class Softmax(Activation):
    """Right, though no entry is by itself."""

    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        return self.y

    def backward(self, g):
        return self.y * (g - (g * self.y).sum(axis=1, keepdims=True))


class ChannelPReLU(Activation):
    """max(x, a x), with an `a` for each column."""

    def __init__(self, features):
        self.a = np.linspace(0.1, 0.3, features)

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.a * x)

    def backward(self, g):
        self.da = (g * np.where(self.x > 0, 0, self.x)).sum(axis=0)
        return g * np.where(self.x > 0, 1, self.a)

    def get_parameters(self):
        return [self.a]

    def get_gradients(self):
        return [self.da]


class WrongSoftplus(Module):
    """Softplus with tanh for its slope."""

    def forward(self, x):
        self.x = x
        return np.logaddexp(0, x)

    def backward(self, g):
        return g * np.tanh(self.x)


class ForwardOnly(Module):
    """Without a backward."""

    def forward(self, x):
        return np.tanh(x)


class ReturnsNothing(ReLU):
    """Forgets to return dL/dx."""

    def backward(self, g):
        super().backward(g)


class Dropout(Module):
    """Draws a new mask each time, or the same where it has a seed."""

    def __init__(self, seed=None):
        self.seed, self.rng = seed, np.random.default_rng(seed)

    def forward(self, x):
        if self.seed is not None:
            self.rng = np.random.default_rng(self.seed)
        self.mask = (self.rng.random(x.shape) < 0.5) * 2.0
        return x * self.mask

    def backward(self, g):
        return g * self.mask


class Float32(Module):
    """Computes in float32, and hides it."""

    def __init__(self, dtype=np.float32):
        self.dtype = dtype

    def forward(self, x):
        self.y = np.tanh(x.astype(self.dtype)).astype(x.dtype)
        return self.y

    def backward(self, g):
        return g * (1 - self.y**2)


class NeedsFloat64(Module):
    """Calls what NumPy has for float64 alone."""

    def forward(self, x):
        self.A = np.linalg.inv(np.eye(x.shape[1], dtype=x.dtype) * 2)
        return x @ self.A

    def backward(self, g):
        return g @ self.A.T


class OwnLinear(Module):
    """X W + b, as a course other than ours may have it."""

    def __init__(self, features, out, rng):
        self.W, self.b = rng.standard_normal((features, out)) / features**0.5, np.zeros(out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, g):
        self.dW, self.db = self.x.T @ g, g.sum(axis=0)
        return g @ self.W.T

    def get_parameters(self):
        return [self.W, self.b]

    def get_gradients(self):
        return [self.dW, self.db]


class FlatLinear(OwnLinear):
    """Computes with one buffer, of which W and b are views."""

    def __init__(self, features, out, rng):
        self.flat = np.append(rng.standard_normal(features * out), np.zeros(out))
        self.W = self.flat[:-out].reshape(features, out)
        self.b = self.flat[-out:]

    def forward(self, x):
        self.x = x
        out = len(self.b)
        return x @ self.flat[:-out].reshape(-1, out) + self.flat[-out:]


class HalfBack(Linear):
    """Halves what it passes back."""

    def backward(self, g):
        return super().backward(g) * 0.5


class Shift(Module):
    """Adds one number to all logits: softmax does not see it."""

    def __init__(self):
        self.s = np.array([0.3])

    def forward(self, x):
        return x + self.s

    def backward(self, g):
        self.ds = np.array([g.sum()])
        return g

    def get_parameters(self):
        return [self.s]

    def get_gradients(self):
        return [self.ds]
