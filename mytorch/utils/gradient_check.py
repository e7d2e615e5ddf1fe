"""`gradient_check`: is every gradient written by hand the derivative of its own forward pass?

Each gradient is compared with differences of the loss, entry by entry, in extended precision: in
float64 the round-off of L(p + eps) - L(p - eps) is larger than many a right entry. The report says
where an error is, whose it is, and what the check could not see.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mytorch.nn.modules.loss import SoftmaxCrossEntropy
from mytorch.nn.modules.module import Module, as_floating
from mytorch.nn.optim import check_gradients
from mytorch.shapes import Shaped
from mytorch.utils.differences import Differences, Differentiator
from mytorch.utils.faults import shared_parts, wrong_parts
from mytorch.utils.network import Network, take_apart

PRECISIONS: dict[str, type[np.floating]] = {"extended": np.longdouble, "double": np.float64}
LIMIT = 1e-5  # the homework's bound on the error of a right gradient


def gradient_check(
    model: Module,
    x: Shaped[np.ndarray, "batch in"],
    y: Shaped[np.ndarray, "batch"] | Shaped[np.ndarray, "batch classes"],
    epsilon: float = 1e-5,
    *,
    precision: str = "extended",
    sample: int | None = None,
) -> float:
    """Return the largest relative error |a - n| / (|a| + |n|) of any entry of any parameter.

    a is the entry's gradient from `model.backward`, n = (L(p + epsilon) - L(p - epsilon)) /
    (2 epsilon), L the `SoftmaxCrossEntropy` of `model` on `x` and the labels `y`. 0/0 counts as 0.
    Where an error is above 1e-5, what may be round-off is first taken off |a - n|. What
    `model.backward` returns, dL/dx, is no parameter's gradient: where it alone is wrong, a warning
    says whose it is; and one says where nothing but kinks makes the error large. Both sides are
    computed on a copy in extended precision: `model` itself, whatever its dtype, is only read.
    `gradient_check_report` says where the error is, and takes the same options.

    A module that cannot compute in extended precision is checked with `precision="double"`. Where
    one of another class than `Linear` has so many parameters that the check takes long, `sample`
    goes through that many entries of each one alone, and the report says so.
    """
    report = gradient_check_report(model, x, y, epsilon, precision=precision, sample=sample)
    if report.faults and report.max_relative_error <= LIMIT:
        warnings.warn("; ".join(report.faults), stacklevel=2)
    if report.error_off_kinks <= LIMIT < report.max_relative_error:
        warnings.warn(
            f"{report.max_relative_error:.2e} is at a kink, where a difference of the loss is no "
            f"derivative; all other entries: {report.error_off_kinks:.2e}",
            stacklevel=2,
        )
    return report.max_relative_error


@dataclass(frozen=True)
class ParameterCheck:
    """What the check found for one parameter, or for the input "x": its worst entry.

    `kinks` are the entries where epsilon straddles a kink or a sharp bend: a shorter step bears the
    gradient out, or it lies between the slopes of both sides. They count in `relative_error`;
    `error_off_kinks` is the largest error of the others. `checked` is the number of entries,
    `reduced` of those among them whose error was above 1e-5 before round-off was taken off.
    """

    name: str
    shape: tuple[int, ...]
    checked: int
    index: tuple[int, ...]
    analytical: float
    numerical: float
    relative_error: float
    error_off_kinks: float
    reduced: int
    kinks: tuple[tuple[int, ...], ...]

    def __str__(self) -> str:
        lines = [
            f"{self.name} {self.shape}: {self.relative_error:.2e} at {self.index}, "
            f"analytical {self.analytical:.9e}, numerical {self.numerical:.9e}"
        ]
        if self.checked < int(np.prod(self.shape)):
            lines.append(f"  a sample of {self.checked:,} entries, the others were not checked")
        if self.kinks:
            lines.append(
                f"  {len(self.kinks)} entries at a kink or a sharp bend, first "
                f"{self.kinks[0]}; the others: {self.error_off_kinks:.2e}"
            )
        return "\n".join(lines)


@dataclass(frozen=True)
class GradientCheckReport:
    """The result of `gradient_check_report`; printed, it is a table.

    `input` is the check of dL/dx, beside those of the parameters. `noise_floor` is the round-off of
    a difference, measured: no entry fails by less than that, and smaller faults go unseen.
    `faults` name the modules that are wrong, `remarks` what the check could not see.
    """

    parameters: tuple[ParameterCheck, ...]
    input: ParameterCheck
    loss: float
    epsilon: float
    precision: str
    noise_floor: float
    faults: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def max_relative_error(self) -> float:
        """The largest relative error of all entries of all parameters; NaN if any is NaN."""
        return float(np.max([check.relative_error for check in self.parameters], initial=0.0))

    @property
    def error_off_kinks(self) -> float:
        """The largest relative error of the entries that no kink spoils."""
        return float(np.max([check.error_off_kinks for check in self.parameters], initial=0.0))

    @property
    def reduced(self) -> int:
        """The number of entries of parameters whose error had round-off taken off."""
        return sum(check.reduced for check in self.parameters)

    def __str__(self) -> str:
        entries = sum(check.checked for check in self.parameters)
        return "\n".join(
            [
                f"max relative error {self.max_relative_error:.2e} over {entries:,} entries "
                f"of parameters (loss {self.loss:.6f}, epsilon {self.epsilon:g})",
                f"computed to {self.precision}; differences below {self.noise_floor:.1e} are "
                f"round-off, which was taken off in {self.reduced:,} entries",
                *map(str, self.parameters),
                f"beside them, dL/dx of {self.input}",
                *self.faults,
                *self.remarks,
            ]
        )


def gradient_check_report(
    model: Module,
    x: Shaped[np.ndarray, "batch in"],
    y: Shaped[np.ndarray, "batch"] | Shaped[np.ndarray, "batch classes"],
    epsilon: float = 1e-5,
    *,
    precision: str = "extended",
    sample: int | None = None,
) -> GradientCheckReport:
    """Do what `gradient_check` does, and say where the worst entries are and whose fault it is."""
    x = as_floating("x", x)
    if x.size == 0:
        raise ValueError(f"x: expected at least one sample, got shape {x.shape}")
    if not 0 < epsilon < np.inf:
        raise ValueError(f"epsilon: expected a finite number above 0, got {epsilon}")
    if precision not in PRECISIONS:
        raise ValueError(f"precision: expected 'extended' or 'double', got {precision!r}")
    if sample is not None and sample < 1:
        raise ValueError(f"sample: expected a positive number or None, got {sample}")
    network = take_apart(model, x, np.asarray(y), PRECISIONS[precision])
    loss = SoftmaxCrossEntropy().forward(network.activations[-1], network.labels)
    differentiate = Differentiator(network, epsilon, sample)
    noise = network.noise()
    signals, analytical = _analytical(network)
    pairs = list(zip(analytical, differentiate.of_parameters(), strict=True))
    pairs.append((signals[0], differentiate.of_input()))
    *parameters, first = (_compare(a, n, noise, differentiate) for a, n in pairs)
    return GradientCheckReport(
        parameters=tuple(parameters),
        input=first,
        loss=float(loss),
        epsilon=epsilon,
        precision=f"{np.finfo(PRECISIONS[precision]).precision} decimal digits",
        noise_floor=_floor(noise, epsilon),
        faults=tuple(_faults(network, signals, pairs, [*parameters, first])),
        remarks=tuple(_remarks(pairs, _floor(noise, epsilon))),
    )


def _analytical(network: Network) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return dL/dx of every part and the gradients of all parameters, by the network's backward."""
    try:
        signals = network.signals()
    except ValueError as error:
        for shared in shared_parts(network.parts):
            raise ValueError(f"{error}; {shared}") from error
        raise
    gradients = network.model.get_gradients()
    check_gradients(network.model.get_parameters(), gradients)
    return signals, [np.array(gradient) for gradient in gradients]


def _floor(noise: float, epsilon: float) -> float:
    """Return the round-off of (L(p + eps) - L(p - eps)) / (2 eps), with a margin of four."""
    return 4 * noise / epsilon


def _compare(
    analytical: np.ndarray, found: Differences, noise: float, differentiate: Differentiator
) -> ParameterCheck:
    """Return the worst entry, and the worst that is not at a kink."""
    numerical = found.values
    difference = np.abs(analytical - numerical) * found.taken
    scale = np.abs(analytical) + np.abs(numerical)
    scale[scale == 0] = 1
    beyond_noise = np.maximum(difference - _floor(noise, differentiate.epsilon), 0)
    error = difference / scale
    too_large = error > LIMIT
    error = np.where(too_large, beyond_noise / scale, error)
    off_kinks, kinks = error.copy(), []
    while off_kinks.max() > LIMIT:
        worst = int(off_kinks.argmax())
        if not differentiate.bends_within(found, worst, float(analytical.flat[worst]), noise):
            break
        kinks.append(_index(worst, error.shape))
        off_kinks.flat[worst] = 0
    index = _index(int(error.argmax()), error.shape)
    return ParameterCheck(
        name=found.name,
        shape=error.shape,
        checked=int(found.taken.sum()),
        index=index,
        analytical=float(analytical[index]),
        numerical=float(numerical[index]),
        relative_error=float(error[index]),
        error_off_kinks=float(off_kinks.max()),
        reduced=int(too_large.sum()),
        kinks=tuple(kinks),
    )


def _index(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(flat, shape))


def _faults(
    network: Network,
    signals: Sequence[np.ndarray],
    pairs: Sequence[tuple[np.ndarray, Differences]],
    checks: Sequence[ParameterCheck],
) -> Iterator[str]:
    """Say which modules are wrong, where anything is."""
    failed = [
        (check.name, found.at)
        for check, (_, found) in zip(checks, pairs, strict=True)
        if not check.error_off_kinks <= LIMIT
    ]
    if not failed:
        return
    if shared := list(shared_parts(network.parts)):
        yield from shared
        return
    wrong = wrong_parts(network, signals)
    for at in wrong:
        yield f"wrong: dL/dx that {network.parts[at]} returns; all before it inherits the error"
    for name, at in failed:
        if at > max(wrong, default=-1):
            yield f"wrong: gradient of {name}, by {network.parts[at]}"


def _remarks(pairs: Sequence[tuple[np.ndarray, Differences]], floor: float) -> Iterator[str]:
    """Say where the check could not have failed."""
    for analytical, found in pairs:
        if max(np.abs(analytical).max(initial=0), np.abs(found.values).max(initial=0)) <= floor:
            yield f"not tested: {found.name}, whose gradient is zero or round-off in every entry"
        if found.name != "x" and (found.array == 1).all():
            yield f"hardly tested: {found.name}, all ones: a backward without it looks right"
