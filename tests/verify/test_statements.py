"""A statement is typed by hand: read as a student's answer, it must be proved."""

import pytest

from verify.claims import claim_named
from verify.grading.workers import Record, Task, grade_all

CLOSED_FORMS = (
    "softmax.jacobian",
    "least_squares.grad_A",
    "least_squares.grad_b",
    "huber.gradient",
    "huber.ridge_gradient",
    "layers.linear_dW",
    "layers.linear_dX",
    "layers.softmax_cross_entropy",
)


@pytest.fixture(scope="module")
def graded() -> dict[str, Record]:
    """What grading says of the right side of each statement's first equation."""
    statements = [claim_named(id).derivation.statement for id in CLOSED_FORMS]
    sides = [statement.split(r"\qquad")[0].split("=")[-1] for statement in statements]
    tasks = [
        Task(id, side.strip().rstrip(",."), latex=True)
        for id, side in zip(CLOSED_FORMS, sides, strict=True)
    ]
    return {record.id: record for _, record in grade_all(tasks, 2, 30.0)}


@pytest.mark.parametrize("id", CLOSED_FORMS)
def test_printed_statement_is_what_is_proved(id: str, graded: dict[str, Record]):
    assert graded[id].verdict == "proved", graded[id].hint
