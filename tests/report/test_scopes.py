"""Scopes are printed in the homework's notation."""

import pytest

from report.scopes import scope


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("every d, n", "every $d$, $n$"),
        ("every value", "every value"),
        (
            "every ell, n_in; by induction on ell",
            r"every $\ell$, $n_{\mathrm{in}}$; by induction on $\ell$",
        ),
        ("|r[i]| < delta; 0 < mu < 1", r"$|r_{i}| < \delta$; $0 < \mu < 1$"),
        ("every d, 81 patterns", "every $d$, 81 patterns"),
        ("81 patterns of 4 points, d = 1", "81 patterns of 4 points, $d = 1$"),
    ],
)
def test_scopes_are_set_as_formulas(text: str, expected: str):
    assert scope(text) == expected
