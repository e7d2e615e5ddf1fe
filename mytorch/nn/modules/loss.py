"""`SoftmaxCrossEntropy`, softmax and cross-entropy in one: stable, its gradient a difference."""

import numpy as np

from mytorch.nn.modules.module import as_floating
from mytorch.shapes import Shaped


class SoftmaxCrossEntropy:
    """L = -1/N sum_n sum_i y_i log yhat_i, with yhat = softmax(logits), over a batch of N.

    An empty batch has loss 0 and a gradient without rows. With `check_finite`, a loss that is not a
    number or infinite is a ValueError instead of a silently ruined run.
    """

    def __init__(self, *, check_finite: bool = False) -> None:
        self.check_finite = check_finite
        self._difference: np.ndarray | None = None

    def forward(
        self,
        logits: Shaped[np.ndarray, "batch classes"],
        labels: Shaped[np.ndarray, "batch"] | Shaped[np.ndarray, "batch classes"],
    ) -> np.floating:
        """Return the loss, in the dtype of `logits`.

        `labels` are class numbers of shape (batch,), or one distribution over the classes a row:
        one-hot, or softer. ValueError or TypeError names the first label that is neither.
        """
        losses = self.losses(logits, labels)
        loss = losses.sum() / max(len(losses), 1)
        if self.check_finite and not np.isfinite(loss):
            at = int(np.isfinite(losses).argmin())
            raise ValueError(f"loss: expected finite numbers, got {losses[at]} at index {at}")
        return loss

    def losses(
        self,
        logits: Shaped[np.ndarray, "batch classes"],
        labels: Shaped[np.ndarray, "batch"] | Shaped[np.ndarray, "batch classes"],
    ) -> Shaped[np.ndarray, "batch"]:
        """Return each sample's own loss, log sum_i e^z_i - sum_i y_i z_i."""
        logits = as_floating("logits", logits)
        if logits.ndim != 2 or logits.shape[1] == 0:
            raise ValueError(f"logits: expected shape (batch, classes), got {logits.shape}")
        y = _distributions(np.asarray(labels), logits)
        z = logits - logits.max(axis=1, keepdims=True)
        exp_z = np.exp(z)
        total = exp_z.sum(axis=1, keepdims=True)
        self._difference = exp_z / total - y
        # A class that is ruled out adds nothing: no 0 * -inf.
        asked = z[y] if y.dtype == bool else np.multiply(y, z, where=y > 0, out=0 * y).sum(axis=1)
        return np.log(total)[:, 0] - asked

    def backward(self) -> Shaped[np.ndarray, "batch classes"]:
        """Return dL/dlogits = (yhat - y) / N."""
        if self._difference is None:
            raise RuntimeError("backward: expected a forward before it, got none")
        return self._difference / max(len(self._difference), 1)


def _distributions(labels: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """Return `labels` as a distribution a row (booleans for class numbers), or refuse them."""
    batch, classes = logits.shape
    if labels.shape == (batch,):
        if labels.dtype.kind not in "iu":
            raise TypeError(f"labels: expected integers or rows that sum to 1, got {labels.dtype}")
        y = (labels == np.arange(classes)[:, np.newaxis]).T
        if np.count_nonzero(y) < batch:
            at = int(y.any(axis=1).argmin())
            raise ValueError(
                f"labels: expected integers in [0, {classes}), got {labels[at]} at index {at}"
            )
        return y
    if labels.shape == (batch, classes):
        sums, least = labels.sum(axis=1, dtype=np.float64), labels.min(axis=1)
        # As far as the type of the labels resolves a sum of 1.
        eps = np.finfo(labels.dtype).eps if labels.dtype.kind == "f" else 0
        wrong = ~np.isclose(sums, 1, rtol=0, atol=max(1e-6, 4 * float(eps))) | (least < 0)
        if wrong.any():
            at = int(wrong.argmax())
            raise ValueError(
                f"labels: expected rows of numbers >= 0 that sum to 1, "
                f"got the sum {sums[at]} and the least number {least[at]} at index {at}"
            )
        return labels.astype(logits.dtype)
    raise ValueError(
        f"labels: expected shape ({batch},) or ({batch}, {classes}), got {labels.shape}"
    )
