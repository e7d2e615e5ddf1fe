"""`SoftmaxCrossEntropy`: PyTorch's loss and gradient, for labels in both forms, and no overflow."""

import numpy as np
import pytest
import torch

from mytorch.nn import SoftmaxCrossEntropy


def torch_loss(logits, labels):
    """PyTorch's mean loss and its gradient."""
    z = torch.tensor(logits, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(z, torch.tensor(labels))
    loss.backward()
    return loss.detach().numpy(), z.grad.numpy()


@pytest.mark.parametrize(("batch", "classes", "scale"), [(1, 2, 1), (7, 10, 1), (64, 3, 300)])
@pytest.mark.parametrize("form", ["integers", "one-hot", "integer one-hot", "soft"])
def test_loss_and_gradient_agree_with_pytorch(batch, classes, scale, form, rng):
    logits = scale * rng.standard_normal((batch, classes))
    labels = rng.integers(0, classes, batch)
    if form == "soft":
        theirs = labels = rng.dirichlet(np.ones(classes), batch)
    else:
        theirs = labels
        if form != "integers":
            labels = np.eye(classes, dtype=float if form == "one-hot" else int)[labels]
    criterion = SoftmaxCrossEntropy()
    loss, gradient = torch_loss(logits, theirs)
    np.testing.assert_allclose(criterion.forward(logits, labels), loss, rtol=1e-12)
    np.testing.assert_allclose(criterion.backward(), gradient, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.uint64])
def test_any_integer_type_serves_for_labels(dtype):
    logits = np.eye(3)
    expected = SoftmaxCrossEntropy().forward(logits, np.arange(3))
    assert SoftmaxCrossEntropy().forward(logits, np.arange(3).astype(dtype)) == expected


@pytest.mark.parametrize("labels", [np.array([1, 0]), np.eye(2)[[1, 0]], np.eye(2, dtype=int)])
def test_loss_and_gradient_keep_float32(labels, rng):
    criterion = SoftmaxCrossEntropy()
    loss = criterion.forward(rng.standard_normal((2, 2), dtype=np.float32), labels)
    assert loss.dtype == criterion.backward().dtype == np.float32


def test_logits_of_any_size_overflow_nowhere():
    criterion = SoftmaxCrossEntropy()
    logits = np.array([[1e300, -1e300, 0.0], [-1e300, -1e300, -1e300]])
    assert criterion.forward(logits, np.array([0, 1])) == pytest.approx(np.log(3) / 2)
    np.testing.assert_allclose(criterion.backward(), np.array([[0, 0, 0], [1, -2, 1]]) / 6)


def test_a_class_ruled_out_by_minus_infinity_costs_nothing():
    criterion = SoftmaxCrossEntropy()
    assert criterion.forward(np.array([[0.0, -np.inf, 0.0]]), np.array([2])) == np.log(2)
    np.testing.assert_array_equal(criterion.backward(), [[0.5, 0, -0.5]])


def test_gradient_rows_sum_to_zero(rng):
    criterion = SoftmaxCrossEntropy()
    criterion.forward(rng.standard_normal((6, 5)), rng.integers(0, 5, 6))
    np.testing.assert_allclose(criterion.backward().sum(axis=1), 0, atol=1e-16)


def test_an_empty_batch_has_loss_zero_and_a_gradient_without_rows():
    criterion = SoftmaxCrossEntropy()
    assert criterion.forward(np.zeros((0, 10)), np.zeros(0, int)) == 0
    assert criterion.backward().shape == (0, 10)


def test_a_gradient_that_a_user_keeps_is_never_overwritten(rng):
    criterion = SoftmaxCrossEntropy()
    criterion.forward(rng.standard_normal((2, 3)), np.array([0, 1]))
    kept = criterion.backward()
    copy = kept.copy()
    criterion.forward(rng.standard_normal((2, 3)), np.array([0, 1]))
    criterion.backward()
    np.testing.assert_array_equal(kept, copy)


@pytest.mark.parametrize(
    ("error", "labels", "message"),
    [
        (ValueError, [0, 1, 12], "labels: expected integers in [0, 10), got 12 at index 2"),
        (ValueError, [0, -1, 12], "labels: expected integers in [0, 10), got -1 at index 1"),
        (ValueError, [0, 1], "labels: expected shape (3,) or (3, 10), got (2,)"),
        (ValueError, [[0], [1], [2]], "labels: expected shape (3,) or (3, 10), got (3, 1)"),
        (
            TypeError,
            [0.0, 1.0, 2.0],
            "labels: expected integers or rows that sum to 1, got float64",
        ),
        (
            ValueError,
            np.eye(10)[:3] + np.eye(10)[[0, 5, 2]],
            "labels: expected rows of numbers >= 0 that sum to 1, "
            "got the sum 2.0 and the least number 0.0 at index 0",
        ),
        (
            ValueError,
            np.eye(10)[:3] * 2 - np.eye(10)[4:7],
            "labels: expected rows of numbers >= 0 that sum to 1, "
            "got the sum 1.0 and the least number -1.0 at index 0",
        ),
    ],
)
def test_wrong_labels_are_refused(error, labels, message, refuses):
    refuses(
        error,
        message,
        lambda: SoftmaxCrossEntropy().forward(np.zeros((3, 10)), np.array(labels)),
    )


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_rows_of_a_softmax_are_labels_in_every_dtype(dtype, rng):
    for _ in range(50):
        scores = np.exp(rng.normal(0, 3, (8, 10))).astype(dtype)
        labels = scores / scores.sum(axis=1, keepdims=True)
        assert SoftmaxCrossEntropy().forward(np.zeros((8, 10), dtype), labels) > 0
    labels = np.full((8, 10), 0.1 * (1 + 1e-2), dtype)
    with pytest.raises(ValueError, match=r"that sum to 1, got the sum 1\.0"):
        SoftmaxCrossEntropy().forward(np.zeros((8, 10), dtype), labels)


def test_a_class_that_is_ruled_out_is_no_different_in_one_hot_rows():
    logits, labels = np.array([[1.0, 2.0, -np.inf]]), np.array([1])
    expected = SoftmaxCrossEntropy().forward(logits, labels)
    assert SoftmaxCrossEntropy().forward(logits, np.eye(3)[labels]) == expected
    assert np.isfinite(expected)


def test_wrong_logits_are_refused(refuses):
    criterion = SoftmaxCrossEntropy()
    labels = np.array([0, 1, 2])
    refuses(
        ValueError,
        "logits: expected shape (batch, classes), got (3,)",
        lambda: criterion.forward(np.zeros(3), labels),
    )
    refuses(
        TypeError,
        "logits: expected floating-point numbers, got int64",
        lambda: criterion.forward(np.zeros((3, 10), int), labels),
    )


def test_a_loss_that_is_not_finite_is_refused_when_asked(refuses):
    logits, labels = np.array([[0.0, 1.0], [0.0, np.nan]]), np.array([0, 1])
    assert np.isnan(SoftmaxCrossEntropy().forward(logits, labels))
    criterion = SoftmaxCrossEntropy(check_finite=True)
    refuses(
        ValueError,
        "loss: expected finite numbers, got nan at index 1",
        lambda: criterion.forward(logits, labels),
    )


def test_backward_before_forward_is_refused(refuses):
    refuses(
        RuntimeError,
        "backward: expected a forward before it, got none",
        SoftmaxCrossEntropy().backward,
    )
