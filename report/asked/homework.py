"""The homework's own constants and questions, as data: what it demands, not what came out."""

from __future__ import annotations

from dataclasses import dataclass

COURSE = "Deep Learning"
TITLE = "Homework 1"
SUBTITLES = {
    "report": "derived, proved, measured",
    "handout": "tasks, results and many derivations",
    "rubric": "what earns the points",
}
"""What each document is, by its name."""

# Fewest and most sentences that each written answer may have.
ANSWER_LENGTHS = {
    "2.3": (2, 3),
    "2.4": (3, 4),
    "3.3": (3, 5),
    "Q4.4": (3, 4),
    "Q5.2": (3, 4),
    "Q5.4": (4, 5),
}


@dataclass(frozen=True)
class Question:
    """One question: where its answer is, and which experiments its numbers come from.

    `made` are the experiments that measure here on data made from their seeds, `given` those that
    measure on data sets.
    """

    number: str
    title: str
    points: int
    made: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The LaTeX label of the subsection that answers it."""
        return f"question:{self.number}"


@dataclass(frozen=True)
class Problem:
    """One problem with its questions, in the homework's order and numbering."""

    number: int
    title: str
    points: int
    questions: tuple[Question, ...]


PROBLEMS = (
    Problem(
        1,
        "Warmup: softmax and matrix gradients",
        15,
        (
            Question("1.1", "Temperature-scaled softmax Jacobian", 6),
            Question("1.2", "Gradients of affine least squares", 6),
            Question("1.3", "Softmax or sigmoid", 3, made=("output_activations",)),
        ),
    ),
    Problem(
        2,
        "Linear regression with Huber loss",
        15,
        (
            Question("2.1", "Gradient of the Huber objective", 6),
            Question("2.2", "Closed form or not", 4, made=("robust_regression",)),
            Question("2.3", "Ridge regularisation", 3, made=("robust_regression",)),
            Question("2.4", "The three-step recipe", 2, made=("robust_regression",)),
        ),
    ),
    Problem(
        3,
        "Adam and SGD with momentum",
        15,
        (
            Question("3.1", "The first two Adam updates", 6),
            Question("3.2", "Adam beside momentum SGD", 5, made=("optimizers",)),
            Question(
                "3.3", "Noisy gradients, sparse features", 4, ("optimizers",), ("optimizers",)
            ),
        ),
    ),
    Problem(
        4,
        "Blood cell classification with MLPs",
        15,
        (
            Question("Q4.1", "Data loading and exploration", 2, given=("blood_cells",)),
            Question("Q4.2", "Build and train an MLP", 5, given=("blood_cells",)),
            Question("Q4.3", "Evaluation and analysis", 5, given=("blood_cells",)),
            Question("Q4.4", "Prediction confidence", 3, given=("blood_cells",)),
        ),
    ),
    Problem(
        5,
        "Weight initialisation and training dynamics",
        15,
        (
            Question("Q5.1", "Initialisation schemes", 3),
            Question("Q5.2", "Activation statistics before training", 5, given=("initialization",)),
            Question("Q5.3", "Training dynamics", 4, given=("initialization",)),
            Question("Q5.4", "The same with ReLU", 3, given=("initialization",)),
        ),
    ),
    Problem(
        6,
        "A neural network library from scratch",
        25,
        (
            Question("Q6.1", "Linear layer", 5),
            Question("Q6.2", "Activations", 4),
            Question("Q6.3", "Softmax and cross-entropy", 5),
            Question("Q6.4", "Sequential container", 2),
            Question("Q6.5", "SGD", 2),
            Question("Q6.6", "Gradient checking", 3, given=("numpy_mnist",)),
            Question("Q6.7", "Train and evaluate", 4, given=("numpy_mnist",)),
        ),
    ),
)

QUESTIONS = {question.number: question for problem in PROBLEMS for question in problem.questions}

GRADIENT_CHECK_LIMIT = 1e-5
LIBRARY_EPOCHS = 3
LIBRARY_ACCURACY_FLOOR = 90.0  # per cent

CONFIDENT = 0.9
UNCERTAIN = 0.6
BLOOD_CELLS_EPOCHS = 30
BLOOD_CELLS_BATCH_SIZE = 64
BLOOD_CELLS_LEARNING_RATE = 1e-3
BLOOD_CELLS_WIDTHS = (2352, 256, 128, 8)
INITIALIZATION_EPOCHS = 10
INITIALIZATION_IMAGES = 256
INITIALIZATION_BATCH_SIZE = 128
INITIALIZATION_LEARNING_RATE = 0.1
SMALL_STD = 0.01
