"""A derivative is written as short as a textbook writes it, and is proved as it is printed."""

import pytest

from verify.differentiation.reading import read
from verify.differentiation.to_numpy import to_numpy
from verify.objectives.asked import Asked
from verify.objectives.derive import derive

CASES = {
    "a number that is broadcast": (
        "-softmax(z) @ log(softmax(z))", "z", "z: n", (),
        "softmax(z)*(log(softmax(z)) @ softmax(z) - log(softmax(z)))",
    ),
    "a part of a matrix": (
        "sum(triu(A*outer(x, x), 1))", "x", "A: n n, x: n", (),
        "(triu(A, 1) + triu(A, 1).T) @ x",
    ),
    "one fraction": ("sum(r**2/(1 + r**2))", "r", "r: n", (), "2*r/(1 + r**2)**2"),
    "one fraction with roots": (
        "sum(sqrt(1 + x**2))", "x#2", "x: n", (), "diag(1/(1 + x**2)**1.5)",
    ),
    "two denominators": (
        "0.5*log((1 + r)/(1 - r))", "r", "r:", ("r in (-1, 1)",), "1/(1 - r**2)",
    ),
    "one fraction, but for numbers of entries": (
        "v @ ((x - mean(x))/sqrt(sum((x - mean(x))**2)/(n - 1)))", "x", "v: n, x: n", (),
        "(sum((x - mean(x))**2)*(v - mean(v)) + ((x - mean(x)) @ v)*(mean(x) - x))"
        "/((sum((x - mean(x))**2)/(n - 1))**1.5*(n - 1))",
    ),
    "the size and the sign of what is positive": (
        "sum(log(abs(y)) + abs(y)*abs(f))", "y", "y: n, f: n", ("y positive", "f positive"),
        "f + 1/y",
    ),
    "a fraction within a product": (
        "sum(v*log(x + sqrt(x**2 + 1)))", "x", "v: n, x: n", (), "v/sqrt(x**2 + 1)",
    ),
    "a factor within a power": (
        "sum(log(1 + (r/c)**2))", "r", "r: n, c:", ("c positive",), "2*r/(c**2 + r**2)",
    ),
    "a factor within a power that may be any number": (
        "sum((x/l)**k)", "l", "x: n, l:, k:", ("x positive", "l positive"), "-k*sum((x/l)**k)/l",
    ),
    "one root": (
        "sum((sqrt(p) - sqrt(q))**2)", "p", "p: n, q: n", ("p positive", "q positive"),
        "1 - sqrt(q/p)",
    ),
    "one root of numbers": (
        "sum(v*0.5*(1 + erf(x/sqrt(2))))", "x", "v: n, x: n", (), "v*exp(-x**2/2)/sqrt(2*pi)",
    ),
    "one exponential": (
        "log(a*exp(x) + b*exp(-x))", "x#2", "a:, b:, x:", ("a positive", "b positive"),
        "4*a*b/(a*exp(x) + b*exp(-x))**2",
    ),
    "squares of sine and cosine": ("sum(v*sin(x)/cos(x))", "x", "v: n, x: n", (), "v/cos(x)**2"),
    "a product of vectors in common": (
        "sum((y - a*x)**2) - (y - a*x) @ m", "a", "y: n, a:, x: n, m: n", (),
        "-(2*(y - a*x) - m) @ x",
    ),
    "a number beside vectors": (
        "sqrt(mean((x - mean(x))**2))/mean(x)", "x", "x: n", ("x positive",),
        "(sum(x)*(x - mean(x)) - sum((x - mean(x))**2))/(sum(x)**2*sqrt(mean((x - mean(x))**2)))",
    ),
    "diagonal matrices": (
        "sum(log(1 + exp(x)) + x**3)", "x#2", "x: n", (), "diag(sigmoid(x)*(1 - sigmoid(x)) + 6*x)",
    ),
    "terms that cancel once they are multiplied out": (
        "-sum(y*log(sigmoid(X @ w)) + (1 - y)*log(1 - sigmoid(X @ w)))", "w#2",
        "y: m, X: m n, w: n", (), "X.T @ diag(sigmoid(X @ w) - sigmoid(X @ w)**2) @ X",
    ),
    "a column that sums to 0": (
        "trace((X - mean(X, axis=0)).T @ (X - mean(X, axis=0)) @ A)/(N - 1)", "X", "X: N d, A: d d",
        ("A symmetric",), "2*(X - mean(X, axis=0)) @ A/(N - 1)",
    ),
    "sums of columns of a product": (
        "trace((X - mu) @ inv(S) @ (X - mu).T)", "mu", "X: N d, mu: d, S: d d",
        ("S positive definite",), "-2*inv(S) @ sum(X - mu, axis=0)",
    ),
    "a condition with a term on both sides": (
        "sum(maximum(q*(y - f), (q - 1)*(y - f)))", "f", "y: n, f: n, q:", ("q in (0, 1)",),
        "-where(y > f, q, q - 1)",
    ),
    "a condition with a bound that does not matter": (
        "sum(v*maximum(-1, minimum(1, x)))", "x", "v: n, x: n", (), "v*(x > -1)*(x < 1)",
    ),
    "a condition with positive factors": (
        "sum(v*(maximum(0, x) + minimum(0, a*(exp(x/a) - 1))))", "x", "v: n, x: n, a:",
        ("a positive",), "v*exp(x/a)*(x < 0) + v*(x > 0)",
    ),
    "an exponential that does not overflow": (
        "mean(maximum(x, 0) - x*y + log(1 + exp(-abs(x))))", "x", "x: n, y: n", (),
        "(sigmoid(x) - y)/n",
    ),
    "a mean of long squares": (
        "sqrt(mean((x - mean(x))**2))", "x", "x: n", (),
        "(x - mean(x))/(sqrt(mean((x - mean(x))**2))*n)",
    ),
}  # fmt: skip


def test_a_function_is_shown_as_it_was_written():
    asked = Asked("maximum(x, 0) + log(1 + exp(-abs(x)))", "x", "x:")
    function = read(asked.tree(), asked.objective().vocabulary)
    assert to_numpy(function) == "maximum(x, 0) + log(1 + exp(-abs(x)))"


@pytest.mark.parametrize("name", CASES)
def test_a_derivative_is_short_and_proved(name):
    function, wrt, shapes, assume, gradient = CASES[name]
    name, _, order = wrt.partition("#")
    found = derive(Asked(function, name, shapes, assume, int(order or 1)))
    assert (found.gradient, found.verdict) == (gradient, "proved")
