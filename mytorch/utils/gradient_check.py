"""`gradient_check`: is every gradient written by hand the derivative of its own forward pass?"""

from collections.abc import Iterator, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass

import numpy as np
from jaxtyping import Shaped

from mytorch.nn.modules.activation import Activation, ReLU
from mytorch.nn.modules.linear import Linear
from mytorch.nn.modules.loss import SoftmaxCrossEntropy
from mytorch.nn.modules.module import Module, as_floating
from mytorch.nn.optim import check_gradients
from mytorch.nn.sequential import Sequential

# In float64 the round-off of L(p + eps) - L(p - eps) is larger than many a right gradient entry;
# where the platform has nothing finer, `noise_floor` says how much of an error it explains.
PRECISE = np.longdouble
ROWS_AT_ONCE = 1024  # enough to forget Python's overhead, few enough to stay in the cache


def gradient_check(
    model: Module,
    x: Shaped[np.ndarray, "batch in"],
    y: Shaped[np.ndarray, "batch"] | Shaped[np.ndarray, "batch classes"],
    epsilon: float = 1e-5,
) -> float:
    """Return the largest relative error |a - n| / (|a| + |n|) of any entry of any parameter.

    a is the entry's gradient from `model.backward`, n = (L(p + epsilon) - L(p - epsilon)) /
    (2 epsilon), L the `SoftmaxCrossEntropy` of `model` on `x` and the labels `y`. No entry is left
    out; 0/0 counts as 0. Both sides are computed on a copy in extended precision: `model` itself,
    whatever its dtype, is only read. `gradient_check_report` says where the error is.
    """
    return gradient_check_report(model, x, y, epsilon).max_relative_error


@dataclass(frozen=True)
class ParameterCheck:
    """What the check found for one parameter: its worst entry, and the entries at a kink.

    An entry is at a kink when a ReLU is on one side of 0 for p + epsilon and on the other for
    p - epsilon. The difference then straddles two slopes and need not be near the gradient. Such
    entries count in `relative_error`; `error_off_kinks` is the largest error of the others.
    """

    name: str
    shape: tuple[int, ...]
    index: tuple[int, ...]
    analytical: float
    numerical: float
    relative_error: float
    error_off_kinks: float
    kinks: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class GradientCheckReport:
    """The result of `gradient_check_report`; printed, it is a table.

    `noise_floor` is 0 in extended precision. In float64 it is the round-off that |a - n| may hide,
    and each |a - n| is counted from there: smaller faults than that go unseen, and `str` says so.
    """

    parameters: tuple[ParameterCheck, ...]
    loss: float
    epsilon: float
    precision: str
    noise_floor: float

    @property
    def max_relative_error(self) -> float:
        """The largest relative error of all entries; NaN if any is NaN."""
        return float(np.max([check.relative_error for check in self.parameters], initial=0.0))

    def __str__(self) -> str:
        entries = sum(int(np.prod(check.shape)) for check in self.parameters)
        lines = [
            f"max relative error {self.max_relative_error:.2e} over {entries:,} entries "
            f"(loss {self.loss:.6f}, epsilon {self.epsilon:g}, differences to {self.precision})"
        ]
        if self.noise_floor:
            lines.append(
                "no extended precision on this platform: "
                f"round-off may hide a difference up to {self.noise_floor:.1e}"
            )
        for check in self.parameters:
            lines.append(
                f"{check.name} {check.shape}: {check.relative_error:.2e} at {check.index}, "
                f"analytical {check.analytical:.9e}, numerical {check.numerical:.9e}"
            )
            if check.kinks:
                lines.append(
                    f"  {len(check.kinks)} entries move a ReLU across its kink, first "
                    f"{check.kinks[0]}; the others: {check.error_off_kinks:.2e}"
                )
        return "\n".join(lines)


def gradient_check_report(
    model: Module,
    x: Shaped[np.ndarray, "batch in"],
    y: Shaped[np.ndarray, "batch"] | Shaped[np.ndarray, "batch classes"],
    epsilon: float = 1e-5,
) -> GradientCheckReport:
    """Do what `gradient_check` does, and say per parameter where its worst entry is.

    A parameter of a `Linear` is checked many entries at once, as changing one moves one column of
    the output, and rows that nothing moves keep their loss. Any other is checked entry by entry.
    """
    x = as_floating("x", x).astype(PRECISE)
    if x.size == 0:
        raise ValueError(f"x: expected at least one sample, got shape {x.shape}")
    if not epsilon > 0:
        raise ValueError(f"epsilon: expected a number above 0, got {epsilon}")
    model, relus = _precise_copy(model)
    criterion = SoftmaxCrossEntropy()
    logits = model.forward(x)
    loss = criterion.forward(logits, y)
    model.backward(criterion.backward())
    check_gradients(model.get_parameters(), model.get_gradients())
    analytical = [np.array(gradient, PRECISE) for gradient in model.get_gradients()]
    numerical = _numerical(model, relus, x, np.asarray(y), PRECISE(epsilon))

    limits = np.finfo(PRECISE)
    floor = 0.0
    if limits.eps >= np.finfo(np.float64).eps:
        # A loss is good to a few units in the last place of its largest logit.
        floor = 4 * float(limits.eps) * max(1.0, float(np.abs(logits).max())) / epsilon
    checks = tuple(
        _compare(name, a, n, kinks, floor)
        for a, (name, n, kinks) in zip(analytical, numerical, strict=True)
    )
    digits = f"{limits.precision} decimal digits"
    return GradientCheckReport(checks, float(loss), epsilon, digits, floor)


def _compare(
    name: str, analytical: np.ndarray, numerical: np.ndarray, kinks: np.ndarray, floor: float
) -> ParameterCheck:
    difference = np.maximum(np.abs(analytical - numerical) - floor, 0)
    scale = np.abs(analytical) + np.abs(numerical)
    error = np.divide(difference, scale, out=np.zeros_like(scale), where=scale != 0)
    index = tuple(int(i) for i in np.unravel_index(error.argmax(), error.shape))
    return ParameterCheck(
        name=name,
        shape=error.shape,
        index=index,
        analytical=float(analytical[index]),
        numerical=float(numerical[index]),
        relative_error=float(error[index]),
        error_off_kinks=float(error[~kinks].max(initial=0.0)),
        kinks=tuple(map(tuple, np.argwhere(kinks).tolist())),
    )


def _precise_copy(model: Module) -> tuple[Module, list[ReLU]]:
    """Return a copy of `model` whose parameters are in extended precision, and all its ReLUs."""
    # What deepcopy finds in its memo it takes for a copy already made, wherever it occurs.
    memo = {id(parameter): parameter.astype(PRECISE) for parameter in model.get_parameters()}
    precise = deepcopy(model, memo)
    return precise, [part for part in memo.values() if isinstance(part, ReLU)]


def _numerical(
    model: Module, relus: list[ReLU], x: np.ndarray, labels: np.ndarray, epsilon: np.floating
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield each parameter's name, its central differences, and where they straddle a kink."""
    paths = [path for path, _ in _leaves(model)]
    chain = [module for _, module in _leaves(model)]
    activations = [x]
    for module in chain:
        activations.append(module.forward(activations[-1]))
    understood = [_acts_row_by_row(*pair) for pair in zip(chain, activations, strict=False)]
    for at, module in enumerate(chain):
        names = {id(value): name for name, value in vars(module).items()}
        by_columns = {}
        if isinstance(module, Linear) and all(understood[at:]):
            numerical, kinks = _by_columns(chain[at:], activations[at:], labels, epsilon)
            by_columns[id(module.W)] = numerical[:, :-1], kinks[:, :-1]
            by_columns[id(module.b)] = numerical[:, -1], kinks[:, -1]
        for index, parameter in enumerate(module.get_parameters()):
            name = paths[at] + names.get(id(parameter), f"get_parameters()[{index}]")
            numerical, kinks = by_columns.get(id(parameter)) or _one_by_one(
                chain[at:], relus, activations[at], labels, parameter, epsilon
            )
            yield name, numerical, kinks


def _leaves(module: Module, path: str = "") -> Iterator[tuple[str, Module]]:
    """Yield the modules that `module.forward` calls in turn, each with the path to it."""
    kind = type(module)
    if isinstance(module, Sequential) and (kind.forward, kind.get_parameters) == (
        Sequential.forward,
        Sequential.get_parameters,
    ):
        for index, inner in enumerate(module.modules):
            yield from _leaves(inner, f"{path}modules[{index}].")
    else:
        yield path, module


def _acts_row_by_row(module: Module, x: np.ndarray) -> bool:
    """Whether `module` is known to map each row by itself, so that rows of many batches can mix."""
    if isinstance(module, Linear):
        # Believe no formula: one random change of everything must show X W^T + b.
        rng = np.random.default_rng(0)
        other, x = copy(module), x + rng.standard_normal(x.shape)
        other.W = module.W + rng.standard_normal(module.W.shape)
        other.b = module.b + rng.standard_normal(module.b.shape)
        return np.allclose(other.forward(x), x @ other.W.T + other.b, rtol=1e-12, atol=1e-12)
    return type(module).forward is Activation.forward


def _by_columns(
    chain: Sequence[Module],
    activations: Sequence[np.ndarray],
    labels: np.ndarray,
    epsilon: np.floating,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the central differences of [W | b] of the Linear `chain[0]`, and which have a kink."""
    x, z = activations[:2]
    # What epsilon more in entry i of any row of [W | b] adds to that row's column of Z, by sample.
    change = epsilon * np.column_stack([x, np.ones(len(x))]).T
    entries, samples = np.nonzero(change)
    shape = (z.shape[1], len(change))
    difference, kinks = np.zeros(shape, PRECISE), np.zeros(shape, bool)
    total = shape[0] * len(entries)
    for start in range(0, total, ROWS_AT_ONCE):
        unit, at = np.divmod(np.arange(start, min(start + ROWS_AT_ONCE, total)), len(entries))
        entry, sample = entries[at], samples[at]
        column = z[sample, unit] + change[entry, sample] * np.array([[1], [-1]])
        depth = 1
        while depth < len(chain) and isinstance(chain[depth], Activation):
            column = chain[depth].forward(column)
            crossed = _crossed(chain[depth], len(unit))
            kinks[unit[crossed], entry[crossed]] = True
            depth += 1
        # A row that the change leaves as it was has the loss it had.
        moved = (column != activations[depth][sample, unit]).any(axis=0)
        if not moved.any():
            continue
        unit, entry, sample, column = unit[moved], entry[moved], sample[moved], column[:, moved]
        (up, down), crossed = _losses(
            chain[depth:], activations[depth:], labels, column, unit, sample
        )
        np.add.at(difference, (unit, entry), up - down)
        kinks[unit[crossed], entry[crossed]] = True
    return difference / (2 * epsilon * len(x)), kinks


def _losses(
    chain: Sequence[Module],
    activations: Sequence[np.ndarray],
    labels: np.ndarray,
    column: Shaped[np.ndarray, "2 rows"],
    unit: Shaped[np.ndarray, "rows"],
    sample: Shaped[np.ndarray, "rows"],
) -> tuple[Shaped[np.ndarray, "2 rows"], Shaped[np.ndarray, "rows"]]:
    """Return the loss of each sample with entry `unit` of its activation replaced, and its kinks.

    Both signs of the change are rows of one batch, so that every module runs once.
    """
    crossed = np.zeros(len(sample), bool)
    if chain and isinstance(chain[0], Linear):
        # One entry of its input moves its output along one column of W.
        shift = column - activations[0][sample, unit]
        rows = activations[1][sample] + shift[:, :, np.newaxis] * chain[0].W.T[unit]
    else:
        rows = np.stack([activations[0][sample]] * 2)
        rows[:, np.arange(len(sample)), unit] = column
    rows = rows.reshape(2 * len(sample), -1)
    for module in chain[1:]:
        rows = module.forward(rows)
        crossed |= _crossed(module, len(sample))
    losses = SoftmaxCrossEntropy().losses(rows, np.concatenate([labels[sample]] * 2))
    return losses.reshape(2, -1), crossed


def _crossed(module: Module, rows: int) -> Shaped[np.ndarray, "rows"]:
    """Return for which of `rows` a ReLU saw different sides of 0 with + and with - epsilon."""
    if not isinstance(module, ReLU) or module.derivative is None:
        return np.zeros(rows, bool)
    up, down = module.derivative.reshape(2, rows, -1)
    return (up != down).any(axis=1)


def _one_by_one(
    chain: Sequence[Module],
    relus: Sequence[ReLU],
    x: np.ndarray,
    labels: np.ndarray,
    parameter: np.ndarray,
    epsilon: np.floating,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the central differences of `parameter`, and which of them straddle a kink."""
    numerical, kinks = np.zeros(parameter.shape, PRECISE), np.zeros(parameter.shape, bool)

    def loss_and_sides() -> tuple[np.floating, list[np.ndarray]]:
        rows = x
        for module in chain:
            rows = module.forward(rows)
        sides = [relu.derivative for relu in relus if relu.derivative is not None]
        return SoftmaxCrossEntropy().forward(rows, labels), sides

    for index in np.ndindex(parameter.shape):
        kept = parameter[index]
        parameter[index] = kept + epsilon
        up, sides_up = loss_and_sides()
        parameter[index] = kept - epsilon
        down, sides_down = loss_and_sides()
        parameter[index] = kept
        numerical[index] = (up - down) / (2 * epsilon)
        kinks[index] = any(
            not np.array_equal(*sides) for sides in zip(sides_up, sides_down, strict=True)
        )
    return numerical, kinks
