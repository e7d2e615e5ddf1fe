"""A decimal for a number that has no end is named where the answer is right but for it."""

import pytest

from verify.grading.grade import grade
from verify.objectives.asked import Asked

NAMED = [
    ("log(2)*sum(x**2)", "2*0.693147*x", "right to 6 digits: 0.693147 stands for log(2)"),
    ("pi*sum(x**2)", "2*3.14159*x", "right to 6 digits: 3.14159 stands for pi"),
    ("pi*sum(x**2)", "6.2831*x", "right to 5 digits: 6.2831 stands for 2*pi"),  # cut off
    ("sum(x**2)/3", "0.6667*x", "right to 4 digits: 0.6667 stands for 2/3"),
    (
        "sqrt(2/pi)*sum(x**3)",
        "3*0.797885*x**2",
        "right to 6 digits: 0.797885 stands for sqrt(2/pi)",
    ),
    ("sum(x**2)/sqrt(2*pi)", "0.797885*x", "right to 6 digits: 0.797885 stands for sqrt(2/pi)"),
    (
        "log(2)*sum(x**2) + pi*sum(x)",
        "1.38629*x + 3.142",
        "right to 4 digits: 1.38629 stands for 2*log(2) and 3.142 stands for pi",
    ),
]


@pytest.mark.parametrize(("function", "answer", "says"), NAMED)
def test_a_decimal_is_named_with_its_number(function, answer, says):
    found = grade(Asked(function, "x", "x: n").question(), answer)
    assert found.verdict == "refuted"
    assert found.hint == says


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        ("log(2)*sum(x**2)", "0.693147*x"),  # a factor is wrong as well
        ("log(2)*sum(x**2)", "1.4*x"),  # two digits are near to anything
        ("log(2)*sum(x**2)", "1.38639*x"),  # a digit is wrong
        ("0.375*sum(x**2)", "0.374*x"),
    ],
)
def test_no_number_is_named_where_the_answer_is_wrong_with_it(function, answer):
    found = grade(Asked(function, "x", "x: n").question(), answer)
    assert found.verdict == "refuted"
    assert "stands for" not in (found.hint or "")


def test_a_decimal_that_is_exact_stands_for_itself():
    assert grade(Asked("0.375*sum(x**2)", "x").question(), "0.750*x").verdict == "proved"
