"""Formulas print as a person writes them."""

import pytest
from sympy import (
    Abs,
    And,
    Derivative,
    DiagMatrix,
    HadamardProduct,
    Integer,
    KroneckerDelta,
    OneMatrix,
    Piecewise,
    Rational,
    Symbol,
    Tuple,
    exp,
    pi,
    sqrt,
    symbols,
)

from derivations.entries import as_matrix
from derivations.latex import to_latex
from derivations.notation import (
    Expectation,
    array,
    index,
    indicator,
    sequence,
    size,
    time,
    total,
)

n, d, t, fan_in = size("n"), size("d"), time("t"), size("n_in")
i, j, k, step = index("i", n), index("j", n), index("k", n), index("k", t)
X, A = array("X", n, d), array("A", n, n)
y, z, psi, other = (array(name, n) for name in ("y", "z", "psi", "psi'"))
dZ, g = array("dZ", n, n), sequence("g")
tau, alpha, beta, epsilon = (
    Symbol(s, positive=True) for s in ("tau", "alpha", "beta_1", "epsilon")
)
g1, w1, mhat = Symbol("g_1", real=True), Symbol("w_1", real=True), Symbol("mhat_1", real=True)
q, c, x = Symbol("q", positive=True), Symbol("c", positive=True), Symbol("x", real=True)
X_, A_, y_, z_, psi_, dZ_ = map(as_matrix, (X, A, y, z, psi, dZ))

CASES = Piecewise((x, Abs(x) <= c), (c, True))
PRINTED_CASES = r"\begin{cases} x & \left|x\right| \leq c \\ c & \text{otherwise} \end{cases}"
PRINTED = {
    # names
    epsilon: r"\varepsilon",
    fan_in: r"n_{\mathrm{in}}",
    mhat: r"\hat{m}_{1}",
    dZ[i, j]: r"\mathrm{d}Z_{i j}",
    other[i]: r"\psi_{i}^{\prime}",
    y[i] ** 2: r"y_{i}^{2}",
    # exponents carry a slash
    exp(z[i] / tau): r"e^{z_{i} / \tau}",
    exp(-z[i] / tau): r"e^{-z_{i} / \tau}",
    exp((z[i] + c) / tau): r"e^{\left(z_{i} + c\right) / \tau}",
    exp(-(x**2) / (2 * q)): r"e^{-x^{2} / (2 q)}",
    exp((-c - y[i]) / tau): r"e^{-\left(y_{i} + c\right) / \tau}",
    # the order of terms: what is positive first, epsilon last
    w1 - alpha * g1: r"w_{1} - \alpha g_{1}",
    1 + beta: r"1 + \beta_{1}",
    Abs(g1) + epsilon: r"\left|g_{1}\right| + \varepsilon",
    total(A[i, k] * z[k], k) + y[i]: r"\sum_{k=1}^{n} A_{i k} z_{k} + y_{i}",
    beta * g[t - 1] + (1 - beta) * g[t]: r"\beta_{1} g_{t - 1} + \left(1 - \beta_{1}\right) g_{t}",
    # the order of factors: constants, entries, indicators, brackets, sums
    (1 - beta) * g1: r"\left(1 - \beta_{1}\right) g_{1}",
    y[i]
    * (KroneckerDelta(i, j) - y[j])
    / tau: r"\frac{y_{i} \left(\mathbf{1}[i = j] - y_{j}\right)}{\tau}",
    y[i] * KroneckerDelta(i, j): r"y_{i} \, \mathbf{1}[i = j]",
    exp(z[i]) * total(exp(z[k]), k): r"e^{z_{i}} \sum_{k=1}^{n} e^{z_{k}}",
    (1 - beta) * total(beta ** (t - step) * g[step], step): (
        r"\left(1 - \beta_{1}\right) \sum_{k=1}^{t} \beta_{1}^{t - k} g_{k}"
    ),
    # brackets only where they are needed
    total(y[i], i) ** 2: r"\left(\sum_{i=1}^{n} y_{i}\right)^{2}",
    total(y[i] - z[i], i): r"\sum_{i=1}^{n} \left(y_{i} - z_{i}\right)",
    c * (y[i] - z[i]): r"c \left(y_{i} - z_{i}\right)",
    # sums one by one, constants in front of them
    total(A[i, j], i, j): r"\sum_{i=1}^{n} \sum_{j=1}^{n} A_{i j}",
    total(y[i], i) / n: r"\frac{1}{n} \sum_{i=1}^{n} y_{i}",
    Rational(1, 2) * total(y[i] ** 2, i): r"\frac{1}{2} \sum_{i=1}^{n} y_{i}^{2}",
    # roots in one
    exp(-x) / sqrt(2 * pi * q): r"\frac{e^{-x}}{\sqrt{2 \pi q}}",
    c * sqrt(q) / sqrt(1 + q): r"c \sqrt{\frac{q}{1 + q}}",
    # derivatives
    Derivative(exp(z[i] / tau), z[j]): r"\frac{\partial e^{z_{i} / \tau}}{\partial z_{j}}",
    Derivative(y[i] - z[i], z[j]): (r"\frac{\partial}{\partial z_{j}} \left(y_{i} - z_{i}\right)"),
    # cases
    indicator(y[i] > 0): r"\mathbf{1}[y_{i} > 0]",
    CASES: PRINTED_CASES,
    Piecewise(
        (-c, x < -c), (x, True)
    ): r"\begin{cases} - c & x < - c \\ x & \text{otherwise} \end{cases}",
    # cases end where something follows
    CASES * Derivative(total(z[i], i), z[j]): (
        rf"\left({PRINTED_CASES}\right) \frac{{\partial}}{{\partial z_{{j}}}}"
        r" \sum_{i=1}^{n} z_{i}"
    ),
    total(y[i] * CASES, i) + c * x: (
        rf"\sum_{{i=1}}^{{n}} y_{{i}} \left({PRINTED_CASES}\right) + c x"
    ),
    And(x < c, x > -c): r"x > - c,\ x < c",
    # matrices
    (DiagMatrix(y_) - y_ * y_.T) / tau: (
        r"\frac{1}{\tau} \left(\operatorname{diag}(y) - y y^{\top}\right)"
    ),
    -X_.T * psi_ + c * X_.T * y_: r"c X^{\top} y - X^{\top} \psi",
    (A_ * y_ + z_) * y_.T: r"\left(A y + z\right) y^{\top}",
    dZ_.T * X_: r"\mathrm{d}Z^{\top} X",
    HadamardProduct(A_, OneMatrix(n, n) - A_): r"A \odot \left(\mathbf{1} - A\right)",
    # expectations and points
    Expectation(y[i] ** 2, y): r"\mathbb{E}\left[y_{i}^{2}\right]",
    Tuple(Integer(1), Rational(1, 2)): r"\left(1, \frac{1}{2}\right)",
}


@pytest.mark.parametrize(("expression", "text"), PRINTED.items(), ids=map(str, PRINTED))
def test_a_formula_prints_as_a_person_writes_it(expression, text):
    assert to_latex(expression) == text


def test_a_function_that_has_a_name_is_printed_by_it_and_another_is_not():
    r, s, delta = *symbols("r s", real=True), Symbol("delta", positive=True)

    def loss(x):
        return Piecewise((x**2, Abs(x) <= delta), (delta, True))

    named = ((r"\ell", loss),)
    assert to_latex(2 * loss(r) - loss(s), named) == r"2 \ell(r) - \ell(s)"
    assert r"\ell" not in to_latex(Piecewise((r**3, Abs(r) <= delta), (delta, True)), named)
