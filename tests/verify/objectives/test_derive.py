"""Derivatives of objectives of several families: matrix form, entry, scope, shape, LaTeX."""

import itertools

import pytest

from verify.grading.grade import grade
from verify.objectives.asked import Asked
from verify.objectives.derive import BOTH, derive
from verify.objectives.in_python import derive as derive_here

CASES = {
    "ridge regression": (
        Asked("sum((y - X @ w)**2) + lam*sum(w**2)", "w"),
        "2*(lam*w - X.T @ (y - X @ w))",
        "2*lam*w[i] - 2*sum((y[k] - sum(X[k, l]*w[l], l = 1..d))*X[k, i], k = 1..n)",
        "every d, n",
        "(d,)",
        r"2\, \left(\lambda\, w - X^{\top}\, \left(y - X\, w\right)\right)",
    ),
    "logistic regression": (
        Asked("sum(log(1 + exp(-y * (X @ w))))", "w"),
        "-X.T @ (sigmoid(-y*(X @ w))*y)",
        "-sum(X[k, i]*y[k]/(exp(y[k]*sum(X[k, l]*w[l], l = 1..d)) + 1), k = 1..n)",
        "every d, n",
        "(d,)",
        r"-X^{\top}\, \left(\sigma\left(-y \odot X\, w\right) \odot y\right)",
    ),
    "covariance": (
        Asked(
            "log(det(S)) + trace(inv(S) @ C)",
            "S",
            assume=("S positive definite", "C symmetric"),
        ),
        "inv(S) - inv(S) @ C @ inv(S)",
        "inv(S)[i, j] - sum(inv(S)[k, j]*sum(C[l, k]*inv(S)[i, l], l = 1..n), k = 1..n)",
        "every n, where det(S) > 0, with S symmetric positive definite and C symmetric",
        "(n, n)",
        r"S^{-1} - S^{-1}\, C\, S^{-1}",
    ),
    "trace": (
        Asked("trace(A @ X @ B)", "X"),
        "A.T @ B.T",
        "sum(A[k, i]*B[j, k], k = 1..n)",
        "every d, m, n",
        "(d, m)",
        r"A^{\top}\, B^{\top}",
    ),
    "quadratic form": (
        Asked("x @ A @ x", "x"),
        "(A + A.T) @ x",
        "sum((A[k, i] + A[i, k])*x[k], k = 1..n)",
        "every n",
        "(n,)",
        r"\left(A + A^{\top}\right)\, x",
    ),
    "symmetric quadratic form": (
        Asked("x @ A @ x", "x", assume=("A symmetric",)),
        "2*A @ x",
        "sum(2*A[i, k]*x[k], k = 1..n)",
        "every n, with A symmetric",
        "(n,)",
        r"2\, A\, x",
    ),
    "hinge": (
        Asked("sum(maximum(0, 1 - y*(X @ w)))", "w"),
        "-X.T @ (y*(1 - y*(X @ w) > 0))",
        "sum(-[y[k]*sum(X[k, l]*w[l], l = 1..d) < 1]*X[k, i]*y[k], k = 1..n)",
        "every d, n, off kinks",
        "(d,)",
        r"-X^{\top}\, \left(\mathbf{1}[1 - y \odot X\, w > 0] \odot y\right)",
    ),
    "absolute value": (
        Asked("sum(abs(x - c))", "x"),
        "sign(x - c)",
        "-sign(c[i] - x[i])",
        "every n, off kinks",
        "(n,)",
        r"\operatorname{sign}\left(x - c\right)",
    ),
    "log-sum-exp": (
        Asked("log(sum(exp(z)))", "z"),
        "softmax(z)",
        "exp(z[i])/sum(exp(z[k]), k = 1..n)",
        "every n",
        "(n,)",
        r"\operatorname{softmax}\left(z\right)",
    ),
    "layer": (
        Asked("sum(sigmoid(W @ x))", "W"),
        "outer(sigmoid(W @ x)*(1 - sigmoid(W @ x)), x)",
        "(1 - 1/(1 + exp(-sum(W[i, k]*x[k], k = 1..d))))*x[j]"
        "/(1 + exp(-sum(W[i, k]*x[k], k = 1..d)))",
        "every d, n",
        "(n, d)",
        r"\left(\sigma\left(W\, x\right) \odot \left(1 - \sigma\left(W\, x\right)\right)\right)\,"
        r" x^{\top}",
    ),
    "a number": (
        Asked("lam*sum(w**2)", "lam"),
        "w @ w",
        "sum(w[k]**2, k = 1..n)",
        "every n",
        "number",
        r"\lVert w \rVert^{2}",
    ),
    "Hessian of a quadratic form": (
        Asked("x @ A @ x", "x", order=2),
        "A.T + A",
        "A[i, j] + A[j, i]",
        "every n",
        "(n, n)",
        r"A^{\top} + A",
    ),
    "Hessian in a number": (
        Asked("lam**3", "lam", order=2),
        "6*lam",
        "6*lam",
        "every value",
        "number",
        r"6\, \lambda",
    ),
    "Jacobian of a softmax": (
        Asked("softmax(z/tau)", "z", assume=("tau positive",)),
        "(diag(softmax(z/tau)) - outer(softmax(z/tau), softmax(z/tau)))/tau",
        "-exp(z[i]/tau)*exp(z[j]/tau)/(tau*sum(exp(z[k]/tau), k = 1..n)**2)"
        " + exp(z[i]/tau)*[i = j]/(tau*sum(exp(z[k]/tau), k = 1..n))",
        "every n, tau > 0",
        "(n, n)",
        r"\frac{1}{\tau}\, \left(\operatorname{diag}\left(\operatorname{softmax}\left("
        r"\frac{1}{\tau}\, z\right)\right) - \operatorname{softmax}\left(\frac{1}{\tau}\, z"
        r"\right)\, \operatorname{softmax}\left(\frac{1}{\tau}\, z\right)^{\top}\right)",
    ),
    "largest entry": (
        Asked("max(X @ w)", "w"),
        "X.T @ where(X @ w == max(X @ w), 1, 0)",
        "sum(X[k, i]*[sum(X[k, l]*w[l], l = 1..d) = max(sum(X[l, m]*w[m], m = 1..d), l = 1..n)],"
        " k = 1..n)",
        "every d, n, where max(sum(X[k, l]*w[l], l = 1..d), k = 1..n) is attained once",
        "(d,)",
        r"X^{\top}\, \mathbf{1}[X\, w = \max\left(X\, w\right)]",
    ),
    "log-sum-exp without overflow": (
        Asked("m = max(z)\nreturn m + log(sum(exp(z - m)))", "z"),
        "softmax(z)",
        "exp(z[i])/sum(exp(z[k]), k = 1..n)",
        "every n",
        "(n,)",
        r"\operatorname{softmax}\left(z\right)",
    ),
    "product of entries": (
        Asked("lam*prod(x)", "x"),
        "lam*prod(x)/x",
        "lam*prod(x[k], k = 1..n)/x[i]",
        "every n, where x[i] != 0 and prod(x[k], k = 1..n) != 0",
        "(n,)",
        r"\lambda\, \prod\left(x\right)\, x^{\circ -1}",
    ),
    "cumulative sum": (
        Asked("cumsum(x) @ g", "x"),
        "flip(cumsum(flip(g)))",
        "sum([i <= k]*g[k], k = 1..n)",
        "every n",
        "(n,)",
        r"\operatorname{flip}\left(\operatorname{cumsum}\left(\operatorname{flip}\left(g\right)\right)\right)",
    ),
    "kernel": (
        Asked("sum(exp(-sqdist(X, X)))", "X"),
        "4*(exp(-sqdist(X, X)) - diag(sum(exp(-sqdist(X, X)), axis=1))) @ X",
        "sum((-4*[i = k]*sum(exp(-sum((-X[l, m] + X[i, m])**2, m = 1..d)), l = 1..n)"
        " + 4*exp(-sum((-X[k, l] + X[i, l])**2, l = 1..d)))*X[k, j], k = 1..n)",
        "every d, n",
        "(n, d)",
        r"4\, \left(\exp\left(-\operatorname{sqdist}\left(X, X\right)\right)"
        r" - \operatorname{diag}\left(\textstyle\sum_{\text{columns}}"
        r" \exp\left(-\operatorname{sqdist}\left(X, X\right)\right)\right)\right)\, X",
    ),
    "margin": (
        Asked("sum(maximum(0, m - x))", "x"),
        "-where(m - x > 0, 1, 0)",
        "-[m[i] - x[i] > 0]",
        "every n, off kinks",
        "(n,)",
        r"-\mathbf{1}[m - x > 0]",
    ),
    "Jacobian of a layer": (
        Asked("A @ x + b", "x"), "A", "A[i, j]", "every d, n", "(n, d)", "A",
    ),
}  # fmt: skip
ENTRIES = {
    Asked("outer(x, x)", "x"): "(i == k)*x[j] + (j == k)*x[i]",
    Asked("A @ x + b", "A"): "(i == j)*x[k]",
    Asked("cumsum(x)", "x"): "where(i >= j, 1, 0)",
    Asked("sum(max(X[i, :]) for i in range(n))", "X"): "(X[i, j] == max(X[i, :]))",
    Asked("sum(x[i]**2 for i in range(n))", "x"): "2*x[i]",
}


@pytest.mark.parametrize("name", CASES)
def test_a_derivative_is_found_and_proved(name):
    asked, gradient, entry, scope, shape, latex = CASES[name]
    found = derive(asked)
    assert (found.verdict, found.is_matrix_form) == ("proved", True)
    assert (found.gradient, found.entry, found.scope) == (gradient, entry, scope)
    assert (found.shape, found.latex) == (shape, latex)
    assert found.code.keys() == {"numpy", "jax", "torch"}
    assert {line.verdict for line in found.lines} == {"proved"}
    assert found.lines[0].text.startswith("derivative in ")


@pytest.mark.parametrize("name", CASES)
def test_what_is_printed_is_read_back_as_right(name):
    asked, gradient, *_ = CASES[name]
    assert grade(asked.question(), gradient).verdict.value == "proved"


@pytest.mark.parametrize("asked", ENTRIES, ids=lambda asked: asked.function)
def test_where_no_matrix_form_is_known_the_entry_is_the_answer(asked):
    found = derive(asked)
    assert (found.verdict, found.is_matrix_form, found.code) == ("proved", False, {})
    assert found.gradient == ENTRIES[asked]
    assert found.latex == found.entry_latex
    assert grade(asked.question(), found.gradient).verdict.value == "proved"


@pytest.mark.parametrize(
    ("function", "shapes", "entry"),
    [
        ("-log_softmax(X)[0, 1]", "X: n d", "X[0, j]"),
        ("X.max(axis=1)[0]", "X: n d", "max(X[0, :])"),
    ],
)
def test_places_of_a_printed_entry_count_from_0(function, shapes, entry):
    found = derive(Asked(function, "X", shapes))
    assert not found.is_matrix_form
    assert entry in found.gradient
    question = Asked(function, "X", shapes).question()
    assert grade(question, found.gradient).verdict.value in ("proved", "undecided")


def test_an_entry_that_the_language_has_not_is_printed_all_the_same():
    derived = derive(Asked("sum(append(0, y[:-1])[::-1])", "y", "y: n"))
    assert (derived.verdict, derived.is_matrix_form) == ("proved", False)
    assert "[i + 1 = n - k + 1]" in derived.entry


def test_no_two_lines_of_a_derivation_look_alike():
    for asked, *_ in CASES.values():
        texts = [line.text for line in derive(asked).lines]
        assert all(one != other for one, other in itertools.pairwise(texts))


def test_the_latex_of_an_entry_keeps_the_sign_of_a_whole_exponent():
    found = derive(Asked("sum(exp(-b - W @ x))", "x"))
    assert r"e^{-\left(" in found.entry_latex
    assert r"e^{-\sum" not in found.entry_latex


def loss(X, y, w):
    residual = y - X @ w
    return (residual**2).mean()


def test_a_python_function_is_read_in_this_process():
    found = derive_here(loss, wrt="w")
    assert found.verdict == "proved"
    assert grade(Asked("mean((y - X @ w)**2)", "w").question(), found.gradient).verdict.value == (
        "proved"
    )
    assert found._repr_latex_().startswith(r"$\displaystyle \frac{\partial f}{\partial w} = ")


def test_several_names_give_a_list_and_one_name_one_derivative():
    found = derive_here("lam*sum(w**2)", wrt=["w", "lam"], shapes={"w": "d", "lam": ""})
    assert [one.gradient for one in found] == ["2*lam*w", "w @ w"]
    assert found[0].sizes == {"lam": "", "w": "d"}
    assert derive_here("s*sum(w)", wrt="w", shapes="s:", assume="s > 0").scope == "every s > 0"


def test_a_function_without_a_source_is_refused():
    with pytest.raises(
        ValueError, match="expected a text, or a function whose source is in a file"
    ):
        derive_here(len, wrt="x")


def test_where_a_form_may_have_no_value_nobody_gave_one():
    """Nobody gave the form that `derive` finds: it is no 'yours'."""
    question = Asked("sum(x**2)", "x").question()
    assert grade(question, "2*x**2/x").scope == "every n, wherever yours is defined"
    assert grade(question, "2*x**2/x", gaps=BOTH).scope == f"every n, {BOTH}"
    assert "yours" not in BOTH


@pytest.mark.parametrize(
    ("function", "wrt", "scope"),
    [
        ("-sum(Y*log(P))", "P", "every d, n, where P[k, l] > 0"),
        ("sum(abs(x)**p)", "x", "every n, where x[k] != 0, off kinks"),
        ("norm(x)**p", "x", "every n, where sum(x[k]**2, k = 1..n) != 0"),
    ],
)
def test_what_follows_from_a_condition_is_not_said_beside_it(function, wrt, scope):
    shapes = "p:" if "**p" in function else ""
    assert derive(Asked(function, wrt, shapes)).scope.removesuffix(f", {BOTH}") == scope
