"""Central differences of a network's loss: many entries at once where that is safe, or one by one.

Nothing is taken on trust for speed: what a part does with rows and entries was tried before.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mytorch.nn.modules.loss import SoftmaxCrossEntropy
from mytorch.shapes import Shaped
from mytorch.utils.network import Network, acts_on_entries, acts_on_rows, is_affine

ROWS_AT_ONCE = 1024  # enough to forget Python's overhead, few enough to stay in the cache
QUIET_SECONDS = 5
# Steps that tell a kink or a bend within epsilon from a fault, as shares of epsilon.
SHORTER = (1e-2, 1e-4, 1e-6)


@dataclass(frozen=True)
class Differences:
    """The central differences of an array that part `at` uses, and which of them were taken."""

    name: str
    at: int
    array: np.ndarray
    values: np.ndarray
    taken: np.ndarray


class Differentiator:
    """Takes differences of `network`'s loss with a step of `epsilon`.

    `sample` limits how many entries of an array are gone through one by one.
    """

    def __init__(self, network: Network, epsilon: float, sample: int | None) -> None:
        self.network, self.epsilon, self.sample = network, epsilon, sample
        self.step = network.activations[0].dtype.type(epsilon)
        pairs = list(zip(network.parts, network.activations, strict=False))
        self.affine = [is_affine(part.module, x) for part, x in pairs]
        self.on_entries = [acts_on_entries(part.module, x) for part, x in pairs]
        by_rows = [x.ndim == 2 and acts_on_rows(part.module, x) for part, x in pairs]
        self.rows_mix = [all(by_rows[at:]) for at in range(len(pairs) + 1)]

    def of_input(self) -> Differences:
        """Return the differences with respect to the network's input."""
        x = self.network.activations[0]
        if self.rows_mix[0]:
            return _all("x", 0, x, self._of_rows(x))
        return self._one_by_one("x", 0, x)

    def of_parameters(self) -> Iterator[Differences]:
        """Yield the differences with respect to each parameter, in the model's order."""
        for at, part in enumerate(self.network.parts):
            names = {id(value): name for name, value in vars(part.module).items()}
            columns = {}
            if self.affine[at] and self.rows_mix[at]:
                both = self._of_columns(at)
                W, b = part.module.get_parameters()
                columns = {id(W): both[:, :-1], id(b): both[:, -1]}
            for index, parameter in enumerate(part.module.get_parameters()):
                name = part.path + names.get(id(parameter), f"get_parameters()[{index}]")
                if id(parameter) in columns:
                    yield _all(name, at, parameter, columns[id(parameter)])
                else:
                    yield self._one_by_one(name, at, parameter)

    def bends_within(self, found: Differences, index: int, claim: float, noise: float) -> bool:
        """Whether a shorter step bears out `claim`, which the step of epsilon did not.

        Then a kink lies within epsilon, or a sharp bend. At a kink itself the claim must lie
        between the slopes of both sides.
        """
        middle = self.network.loss_from(found.at)
        for share in SHORTER:
            step = self.step * share
            up, down = self._losses(found.at, found.array, index, step)
            slopes = sorted([float((up - middle) / step), float((middle - down) / step)])
            difference = abs(float(found.values.flat[index]))
            scale = max(abs(claim) + max(map(abs, slopes)), difference)
            blur = 4 * noise / float(step)
            if blur > 1e-2 * scale:
                return False
            margin = 1e-5 * scale + blur
            if slopes[0] - margin <= claim <= slopes[1] + margin:
                return True
        return False

    def _one_by_one(self, name: str, at: int, array: np.ndarray) -> Differences:
        """Return the differences of `array`, or of a sample of it, entry by entry."""
        values, taken = np.zeros_like(array), np.zeros(array.shape, bool)
        count = min(array.size, self.sample or array.size)
        chosen = np.random.default_rng(0).permutation(array.size)[:count]
        for index in _told(name, chosen.tolist()):
            up, down = self._losses(at, array, index, self.step)
            values.flat[index], taken.flat[index] = (up - down) / (2 * self.step), True
        return Differences(name, at, array, values, taken)

    def _losses(
        self, at: int, array: np.ndarray, index: int, step: np.floating
    ) -> tuple[np.floating, np.floating]:
        """Return the losses with entry `index`, counted flat, of `array` moved up and down."""
        kept = array.flat[index]
        array.flat[index] = kept + step
        up = self.network.loss_from(at)
        array.flat[index] = kept - step
        down = self.network.loss_from(at)
        array.flat[index] = kept
        return up, down

    def _of_rows(self, x: Shaped[np.ndarray, "batch in"]) -> Shaped[np.ndarray, "batch in"]:
        """Return the differences of the input, each entry of which moves its own row alone."""
        values, (batch, features) = np.zeros_like(x), x.shape
        for start in range(0, x.size, ROWS_AT_ONCE):
            sample, unit = np.divmod(np.arange(start, min(start + ROWS_AT_ONCE, x.size)), features)
            column = x[sample, unit] + self.step * np.array([[1], [-1]])
            values[sample, unit] = self._of_moved(0, column, unit, sample)
        return values / (2 * self.step * batch)

    def _of_columns(self, at: int) -> Shaped[np.ndarray, "out in_and_one"]:
        """Return the differences of [W | b] of the Linear at `at`.

        Changing one entry of [W | b] moves one column of Z.
        """
        x, z = self.network.activations[at : at + 2]
        # What epsilon more in entry i of any row of [W | b] adds to that row's column of Z.
        change = self.step * np.column_stack([x, np.ones(len(x))]).T
        entries, samples = np.nonzero(change)
        values = np.zeros((z.shape[1], len(change)), x.dtype)
        total = z.shape[1] * len(entries)
        for start in range(0, total, ROWS_AT_ONCE):
            rows = np.arange(start, min(start + ROWS_AT_ONCE, total))
            unit, moving = np.divmod(rows, len(entries))
            entry, sample = entries[moving], samples[moving]
            column = z[sample, unit] + change[entry, sample] * np.array([[1], [-1]])
            np.add.at(values, (unit, entry), self._of_moved(at + 1, column, unit, sample))
        return values / (2 * self.step * len(x))

    def _of_moved(
        self,
        at: int,
        column: Shaped[np.ndarray, "2 rows"],
        unit: Shaped[np.ndarray, "rows"],
        sample: Shaped[np.ndarray, "rows"],
    ) -> Shaped[np.ndarray, "rows"]:
        """Return by how much each sample's loss differs between two values of one entry of it.

        `column` has both values of the entry `unit` of activation `at`.
        """
        activations, parts = self.network.activations, self.network.parts
        while at < len(parts) and self.on_entries[at]:
            column = parts[at].module.forward(column)
            at += 1
        # A row that the change leaves as it was has the loss it had.
        moved = (column != activations[at][sample, unit]).any(axis=0)
        difference = np.zeros(len(sample), column.dtype)
        if not moved.any():
            return difference
        column, unit, sample = column[:, moved], unit[moved], sample[moved]
        if at < len(parts) and self.affine[at]:
            # One entry of its input moves its output along one column of W.
            shift = column - activations[at][sample, unit]
            W = parts[at].module.get_parameters()[0]
            rows = activations[at + 1][sample] + shift[:, :, np.newaxis] * W.T[unit]
            at += 1
        else:
            rows = np.stack([activations[at][sample]] * 2)
            rows[:, np.arange(len(sample)), unit] = column
        rows = rows.reshape(2 * len(sample), -1)
        for part in parts[at:]:
            rows = part.module.forward(rows)
        labels = np.concatenate([self.network.labels[sample]] * 2)
        up, down = SoftmaxCrossEntropy().losses(rows, labels).reshape(2, -1)
        difference[moved] = up - down
        return difference


def _told(name: str, indices: list[int]) -> Iterator[int]:
    """Yield `indices`, and say now and then how far that is."""
    start = said = time.monotonic()
    for done, index in enumerate(indices):
        yield index
        now = time.monotonic()
        if now - said > QUIET_SECONDS:
            said, left = now, (now - start) / (done + 1) * (len(indices) - done - 1)
            print(
                f"gradient check: {name}, {done + 1:,} of {len(indices):,} entries, about "
                f"{left:.0f} s left; `sample` checks fewer",
                file=sys.stderr,
            )


def _all(name: str, at: int, array: np.ndarray, values: np.ndarray) -> Differences:
    return Differences(name, at, array, values, np.ones(values.shape, bool))
