"""A network taken apart for the gradient check: a copy in the check's precision, part by part."""

from collections.abc import Iterator
from copy import copy, deepcopy
from dataclasses import dataclass

import numpy as np

from mytorch.nn.modules.linear import Linear
from mytorch.nn.modules.loss import SoftmaxCrossEntropy
from mytorch.nn.modules.module import Module
from mytorch.nn.sequential import Sequential

PROBE_STEP = 1e-9  # far below what float32 resolves, far above what float64 does
NOISE_STEP = 1e-11  # so short that curvature is below the round-off of extended precision
DIRECTIONS = 4


@dataclass(frozen=True)
class Part:
    """A module that the network calls, and the path to it; its errors name both."""

    path: str
    module: Module

    def __str__(self) -> str:
        return f"{self.path.rstrip('.') or 'model'} ({type(self.module).__name__})"

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the module's output."""
        return self._call("forward", x)

    def backward(self, grad_output: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Return dL/dx, which has the shape of the input `x`."""
        grad_x = self._call("backward", grad_output)
        if grad_x.shape != x.shape:
            raise ValueError(
                f"{self}: backward: expected dL/dx of the input's shape {x.shape}, "
                f"got {grad_x.shape}"
            )
        return grad_x

    def _call(self, method: str, argument: np.ndarray) -> np.ndarray:
        try:
            result = getattr(self.module, method)(argument)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}".removesuffix(": ")
            if isinstance(error, TypeError) and argument.dtype == np.longdouble:
                reason += " (in extended precision; precision='double' computes in float64)"
            raise ValueError(f"{self}: {method}: {reason}") from error
        if not isinstance(result, np.ndarray) or result.dtype.kind != "f":
            kind = getattr(result, "dtype", type(result).__name__)
            raise ValueError(
                f"{self}: {method}: expected an array of floating-point numbers, got {kind}"
            )
        return result


@dataclass(frozen=True)
class Network:
    """The parts in order, and what each one receives; the last of `activations` are the logits."""

    model: Module
    parts: list[Part]
    activations: list[np.ndarray]
    labels: np.ndarray

    def loss_from(self, at: int) -> np.floating:
        """Return the loss, computed from part `at` on."""
        rows = self.activations[at]
        for part in self.parts[at:]:
            rows = part.module.forward(rows)
        return SoftmaxCrossEntropy().forward(rows, self.labels)

    def signals(self) -> list[np.ndarray]:
        """Return dL/dy for the output y of each part and, first, dL/dx for the network's input."""
        criterion = SoftmaxCrossEntropy()
        for part, x in zip(self.parts, self.activations, strict=False):
            part.forward(x)
        criterion.forward(self.activations[-1], self.labels)
        signals = [criterion.backward()]
        for part, x in zip(self.parts[::-1], self.activations[-2::-1], strict=True):
            signals.append(part.backward(signals[-1], x))
        return signals[::-1]

    def noise(self) -> float:
        """Return the round-off of a loss, measured where nothing else is left of a difference.

        That is in second differences of a step so short that no curvature shows. All parameters
        and inputs change by a share of themselves, so that none crosses zero, where kinks are.
        """
        rng = np.random.default_rng(0)
        arrays = [self.activations[0], *self.model.get_parameters()]
        kept = [array.copy() for array in arrays]
        middle, logits = self.loss_from(0), self.activations[-1]
        seen = [float(np.finfo(logits.dtype).eps) * max(1.0, float(np.abs(logits).max()))]
        for _ in range(DIRECTIONS):
            directions = [rng.standard_normal(a.shape).astype(a.dtype) for a in arrays]
            losses = []
            for step in (NOISE_STEP, -NOISE_STEP):
                for array, value, direction in zip(arrays, kept, directions, strict=True):
                    array[...] = value * (1 + step * direction)
                losses.append(self.loss_from(0))
            seen.append(abs(float(losses[0] - middle + (losses[1] - middle))) / 2)
        for array, value in zip(arrays, kept, strict=True):
            array[...] = value
        return max(seen)


def take_apart(model: Module, x: np.ndarray, labels: np.ndarray, dtype: type) -> Network:
    """Return a copy of `model` that computes in `dtype`, with what its parts receive from `x`.

    ValueError names a part that fails, gives two outputs for one input, or computes in float32.
    """
    model = _copy_as(model, dtype)
    parts = list(_parts(model))
    activations: list[np.ndarray] = [x.astype(dtype)]
    for part in parts:
        activations.append(part.forward(activations[-1]))
        again = part.forward(activations[-2])
        if not np.array_equal(again, activations[-1], equal_nan=True):
            raise ValueError(
                f"{part}: forward: expected one output for one input, got two; "
                "let it draw the same numbers each time while it is checked"
            )
        if _is_coarse(part, activations[-2]):
            raise ValueError(
                f"{part}: forward: expected the precision of its input, got float32 or less, whose "
                "steps drown every difference; cast to x.dtype instead"
            )
    return Network(model, parts, activations, labels)


def is_affine(module: Module, x: np.ndarray) -> bool:
    """Whether `module` is a `Linear` that computes X W^T + b.

    Believe no formula: one random change of everything must show it.
    """
    if not isinstance(module, Linear):
        return False
    rng = np.random.default_rng(0)
    other, x = copy(module), x + rng.standard_normal(x.shape)
    other.W = module.W + rng.standard_normal(module.W.shape)
    other.b = module.b + rng.standard_normal(module.b.shape)
    return _close(other.forward(x), x @ other.W.T + other.b)


def acts_on_rows(module: Module, x: np.ndarray) -> bool:
    """Whether `module` maps each row by itself, so that rows of many batches can mix."""
    other = x * np.random.default_rng(0).uniform(0.5, 1.5, x.shape)
    try:
        together = module.forward(np.concatenate([x, other]))
        return _close(together, np.concatenate([module.forward(x), module.forward(other)]))
    except Exception:  # it takes no other batch, so none will be given to it
        return False


def acts_on_entries(module: Module, x: np.ndarray) -> bool:
    """Whether `module` maps each entry by itself, whatever array it is in."""
    chosen = np.random.default_rng(0).permutation(x.size)[: max(2, x.size // 4) * 2]
    if len(chosen) % 2:
        chosen = np.append(chosen, chosen[:1])
    y = module.forward(x)
    try:
        shuffled = module.forward(x.ravel()[chosen].reshape(2, -1))
        return y.shape == x.shape and _close(shuffled.ravel(), y.ravel()[chosen])
    except Exception:  # it takes no other shape, so none will be given to it
        return False


def _close(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-12, atol=1e-12)


def _parts(module: Module, path: str = "") -> Iterator[Part]:
    """Yield the modules that `module` calls in turn, opening every plain `Sequential`."""
    plain = all(
        getattr(type(module), name) is getattr(Sequential, name, None)
        for name in ("forward", "backward", "get_parameters")
    )
    if isinstance(module, Sequential) and plain:
        for index, inner in enumerate(module.modules):
            yield from _parts(inner, f"{path}modules[{index}].")
    else:
        yield Part(path, module)


def _copy_as(model: Module, dtype: type) -> Module:
    """Return a copy of `model` whose parameters are of type `dtype`."""
    parameters = list(model.get_parameters())  # kept, lest another array takes over an id
    memo: dict[int, np.ndarray] = {}
    for index, parameter in enumerate(parameters):
        if not isinstance(parameter, np.ndarray) or parameter.dtype.kind != "f":
            kind = getattr(parameter, "dtype", type(parameter).__name__)
            raise ValueError(
                f"get_parameters: expected a list of floating-point arrays, got {kind} at {index}"
            )
        # What deepcopy finds in its memo it takes for a copy already made, wherever it occurs.
        base = parameter.base if isinstance(parameter.base, np.ndarray) else parameter
        owner = memo.setdefault(id(base), base.astype(dtype))
        if base is not parameter:
            memo[id(parameter)] = _same_view(parameter, base, owner)
    try:
        return deepcopy(model, memo)
    except Exception as error:
        raise ValueError(
            f"model: expected one that can be copied, got {type(error).__name__}: {error}; "
            "take that attribute out while it is checked"
        ) from error


def _same_view(view: np.ndarray, base: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the part of `other`, a copy of `base` in another type, that `view` is of `base`."""
    addresses = [array.__array_interface__["data"][0] for array in (base, view)]
    offset, *strides = (
        bytes_apart // base.itemsize * other.itemsize
        for bytes_apart in (addresses[1] - addresses[0], *view.strides)
    )
    return np.ndarray(view.shape, other.dtype, other, offset, strides)


def _is_coarse(part: Part, x: np.ndarray) -> bool:
    """Whether most outputs stand still or jump under a change that float32 does not see."""
    direction = x * np.random.default_rng(0).choice([-1.0, 1.0], x.shape)
    y = part.forward(x)
    up, down = (part.forward(x + step * direction) for step in (PROBE_STEP, -PROBE_STEP))
    far = part.forward(x + 1e-3 * direction)
    # An output that a change of 1e-3 hardly moves says nothing.
    moving = np.abs(far - y) > 1e-6 * np.abs(y)
    first, second = np.abs(up - down), np.abs(up - y + (down - y))
    odd = (first == 0) | (second > 0.1 * first)
    return bool(moving.any() and odd[moving].mean() > 0.5)
