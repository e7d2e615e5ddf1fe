"""One task: check the gradients of a fresh network, then train it."""

import math
from typing import Literal, cast

import numpy as np
from jaxtyping import Float, Int

from experiments.datasets import Dataset, Split
from experiments.framework.experiment import Task
from experiments.numpy_mnist.design import (
    BATCH_SIZE,
    CHECKED_IMAGES,
    EPOCHS,
    LEARNING_RATE,
    QUICK_IMAGES,
    SHOWN_IMAGES,
)
from experiments.numpy_mnist.result import CheckedParameter, Digit, GradientCheck, NumpyMnistRun
from experiments.numpy_mnist.training import as_inputs, build_model, train_epoch
from mytorch.nn import SGD, Sequential, SoftmaxCrossEntropy
from mytorch.utils import gradient_check_report


def run(task: Task, mnist: Dataset) -> NumpyMnistRun:
    """Check the gradients of a fresh network on five images, then train it."""
    rng = np.random.default_rng(task.seed)
    quick = task.profile == "quick"
    images, labels = as_inputs(mnist.train, QUICK_IMAGES if quick else None)
    test_images, test_labels = as_inputs(mnist.test)
    model = build_model(cast(Literal["xavier", "he"], task.setting), rng)
    checked = rng.choice(len(labels), CHECKED_IMAGES, replace=False)
    gradient_check = check_gradients(model, images[checked], labels[checked])

    loss, optimizer = SoftmaxCrossEntropy(), SGD(model.get_parameters(), lr=LEARNING_RATE)
    losses, accuracies = [], []
    for _ in range(1 if quick else EPOCHS):
        order = rng.permutation(len(labels))
        losses += train_epoch(model, loss, optimizer, images, labels, order, BATCH_SIZE)
        right = model.forward(test_images).argmax(axis=1) == test_labels
        accuracies.append(100 * int(right.sum()) / len(right))
    shown = rng.choice(len(test_labels), SHOWN_IMAGES, replace=False)
    return NumpyMnistRun(
        setting=task.setting,
        seed=task.seed,
        gradient_check=gradient_check,
        losses=losses,
        test_accuracies=accuracies,
        digits=[read_digit(model, mnist.test, index) for index in shown.tolist()],
    )


def check_gradients(
    model: Sequential, images: Float[np.ndarray, "count pixels"], labels: Int[np.ndarray, " count"]
) -> GradientCheck:
    """Compare every gradient with central differences."""
    report = gradient_check_report(model, images, labels)
    return GradientCheck(
        max_relative_error=report.max_relative_error,
        epsilon=report.epsilon,
        noise_floor=report.noise_floor,
        parameters=[
            CheckedParameter(
                name=checked.name,
                entries=math.prod(checked.shape),
                index=checked.index,
                analytical=checked.analytical,
                numerical=checked.numerical,
                relative_error=checked.relative_error,
                kinks=len(checked.kinks),
                reduced=checked.reduced,
            )
            for checked in report.parameters
        ],
        output=str(report),
    )


def read_digit(model: Sequential, test: Split, index: int) -> Digit:
    """What the network takes one test image for, and how sure it is."""
    pixels, _ = as_inputs(Split(test.images[[index]], test.labels[[index]]))
    logits = model.forward(pixels)[0].astype(np.float64)
    probabilities = np.exp(logits - logits.max())
    probabilities /= probabilities.sum()
    return Digit(
        image=test.images[index],
        label=int(test.labels[index]),
        prediction=int(probabilities.argmax()),
        confidence=float(probabilities.max()),
    )
