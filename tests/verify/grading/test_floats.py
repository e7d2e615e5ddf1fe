"""A right answer that has no value in float64, where the function has one, is said to have none."""

import pytest

from verify.grading.grade import grade
from verify.grading.record import recorded
from verify.grading.words import reason
from verify.objectives.asked import Asked

SOFTPLUS = "log(1 + exp(-z))"
SAID = [
    (SOFTPLUS, "-exp(-z)/(1 + exp(-z))", "overflows in float64 for z below -709"),
    (SOFTPLUS, "-np.exp(-z)/(1 + np.exp(-z))", "overflows in float64 for z below -709"),
    ("log(sum(exp(z)))", "exp(z)/sum(exp(z))", "is 0/0 in float64 for entries of z below -745"),
    (
        "sum(tanh(z))",
        "1 - ((exp(z) - exp(-z))/(exp(z) + exp(-z)))**2",
        "overflows in float64 for entries of z below -709",
    ),
    (
        "sum(log(1 + exp(-y*(X @ z))))",
        "-X.T @ (y*exp(-y*(X @ z))/(1 + exp(-y*(X @ z))))",
        "overflows in float64 for large entries of z",
    ),
]


@pytest.mark.parametrize(("function", "answer", "says"), SAID)
def test_an_answer_without_a_value_in_float64_is_proved_with_a_remark(function, answer, says):
    question = Asked(function, "z", "z:" if function == SOFTPLUS else "").question()
    found = grade(question, answer)
    assert found.verdict == "proved"
    assert found.hint == f"right for real numbers, but {says}"
    assert reason(recorded(question, found)).endswith(f"; {found.hint}")


@pytest.mark.parametrize("assume", ["z in (-5, 5)", "z > 0"])
def test_no_value_is_moved_to_where_it_is_assumed_not_to_be(assume):
    answer = "-exp(-z)/(1 + exp(-z))"
    assert grade(Asked(SOFTPLUS, "z", "z:", (assume,)).question(), answer).hint is None


def test_a_large_array_is_not_moved():
    question = Asked("log(sum(exp(z)))", "z", "z: 1000000").question()
    found = grade(question, "exp(z)/sum(exp(z))")
    assert (found.verdict, found.hint) == ("proved", None)


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        (SOFTPLUS, "-sigmoid(-z)"),
        (SOFTPLUS, "-1/(1 + exp(z))"),  # infinity in between, and 0 in the end
        ("log(sum(exp(z)))", "softmax(z)"),
        ("sum(exp(z))", "exp(z)"),  # as large itself
        ("sum(z**2)", "2*z"),
        ("sum(exp(z)*C, axis=1) @ v", "(C.T @ v)*exp(z)"),
    ],
)
def test_no_remark_is_made_where_the_answer_is_as_good_as_the_gradient(function, answer):
    question = Asked(function, "z", "z:" if function == SOFTPLUS else "").question()
    found = grade(question, answer)
    assert (found.verdict, found.hint) == ("proved", None)
