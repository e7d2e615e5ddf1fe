"""Gradients as people write them, that need more than the rules of a sum; right and wrong ones."""

import re

import pytest

from verify.grading.grade import grade
from verify.language.tree import AnswerSyntaxError
from verify.objectives.asked import Asked

NETWORK = "A: m k, B: k d, x: d, y: m"
UNIT = ("p in (0, 1)",)
HOT, ROWS = ("y one-hot",), ("Y one-hot rows",)
SCORES = "Z: n k, Y: n k"
LIKELIEST = "sum(Y*softmax(Z, axis=1), axis=1)"
CLIPPED = "p = np.clip(sigmoid(X @ w), 1e-7, 1 - 1e-7)\n"
ROSENBROCK = "sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)"
ROSENBROCK_GRADIENT = """g = zeros_like(x)
g[1:-1] = 200*(x[1:-1] - x[:-2]**2) - 400*(x[2:] - x[1:-1]**2)*x[1:-1] - 2*(1 - x[1:-1])
g[0] = -400*x[0]*(x[1] - x[0]**2) - 2*(1 - x[0])
g[-1] = 200*(x[-1] - x[-2]**2)
g"""
INNER_ROWS = "G = zeros_like(X)\nG[1:] += X[:-1]\nG[:-1] += X[1:]\nG"
FORMS = [
    # one entry of a row is 1, which decides the others and sums over them
    ("-log(sum(softmax(z)*y))", "z", "z: n", HOT, "softmax(z) - y", "softmax(z) - 2*y"),
    ("-log(softmax(z) @ y)", "z", "z: n", HOT, "softmax(z) - y", "y - softmax(z)"),
    ("-sum(Y*w*log_softmax(Z))", "Z", f"w: k, {SCORES}", ROWS,
     "(Y @ w)[:, None]*(softmax(Z) - Y)", "w*(softmax(Z) - Y)"),
    (f"-sum((1 - {LIKELIEST})**2*log({LIKELIEST}))", "Z", SCORES, ROWS,
     f"p = {LIKELIEST}\n(2*(1 - p)*p*log(p) - (1 - p)**2)[:, None]*(Y - softmax(Z))",
     f"p = {LIKELIEST}\n(2*(1 - p)*log(p) - (1 - p)**2)[:, None]*(Y - softmax(Z))"),
    ("sum((Y @ C - X)**2)", "C", "Y: n k, C: k d, X: n d", ROWS,
     "2*(sum(Y, axis=0)[:, None]*C - Y.T @ X)", "2*(C - Y.T @ X)"),
    ("trace(Y.T @ Y @ C)", "C", "Y: n k", ROWS, "diag(sum(Y, axis=0))", "sum(Y)*eye(k)/k"),
    ("(r + g*max(q) - sum(p*a))**2", "p", "p: k, q: k, a: k, r:, g:", ("a one-hot",),
     "2*(p - r - g*max(q))*a", "2*(p - r - g*max(q))"),
    ("sum(maximum(0, 1 + z - sum(z*y)))", "z", "z: n", HOT,
     "m = 1*(1 + z - sum(z*y) > 0)\nm*(1 - y) - y*sum(m*(1 - y))",
     "m = 1*(1 + z - sum(z*y) > 0)\nm*(1 - y) - y*sum(m)"),
    # branches in a divisor
    (CLIPPED + "-np.mean(y*np.log(p) + (1 - y)*np.log(1 - p))", "w", "X: n d", (),
     "s = sigmoid(X @ w)\n" + CLIPPED +
     "X.T @ ((p - y)/(p*(1 - p))*s*(1 - s)*((s > 1e-7) & (s < 1 - 1e-7)))/len(y)",
     "s = sigmoid(X @ w)\nX.T @ ((s - y)*s*(1 - s))/len(y)"),
    # a unit of value 0 is a kink: its slope there may be 0 or 1
    (
        "sum((maximum(X @ W, 0) @ V - Y)**2)", "W", "X: n d, W: d h, V: h k, Y: n k", (),
        "Z = X @ W\nG = 2*(maximum(Z, 0) @ V - Y) @ V.T\nG[Z < 0] = 0\nX.T @ G",
        "Z = X @ W\nG = 2*(maximum(Z, 0) @ V - Y) @ V.T\nG[Z > 0] = 0\nX.T @ G",
    ),
    # the logarithm of |det|, of a matrix with a diagonal of its own
    (
        "slogdet(K + s*eye(n))[1]", "s", "K: n n, s:", (),
        "trace(inv(K + s*eye(n)))", "trace(inv(K + eye(n)))",
    ),
    # a hinge of distances between rows
    (
        "sum(maximum(norm(A - P, axis=1) - norm(A - N, axis=1) + 1, 0))", "A",
        "A: n d, P: n d, N: n d", (),
        "D = norm(A - P, axis=1)[:, None]\nE = norm(A - N, axis=1)[:, None]\n"
        "(D - E + 1 > 0)*((A - P)/D - (A - N)/E)",
        "D = norm(A - P, axis=1)[:, None]\nE = norm(A - N, axis=1)[:, None]\n"
        "(D - E + 1 > 0)*((A - P)/D + (A - N)/E)",
    ),
    # a sigmoid of a sigmoid: denominators that have a factor in common
    (
        "sum((sigmoid(sigmoid(z)) - y)**2)", "z", "z: n, y: n", (),
        "p = sigmoid(z)\nq = sigmoid(p)\n2*(q - y)*q*(1 - q)*p*(1 - p)",
        "p = sigmoid(z)\nq = sigmoid(p)\n2*(q - y)*q*(1 - q)*p*(1 - q)",
    ),
    # a hidden layer: a maximum with 0 is a relu
    (
        "sum((A @ maximum(B @ x, 0) - y)**2)", "B", NETWORK, (),
        "2*outer((A.T @ (A @ relu(B @ x) - y))*(B @ x > 0), x)",
        "2*outer(A.T @ (A @ relu(B @ x) - y), x)",
    ),
    (
        "sum((A @ minimum(1, B @ x) - y)**2)", "x", NETWORK, (),
        "2*B.T @ ((A.T @ (A @ minimum(B @ x, 1) - y))*(B @ x < 1))",
        "2*B.T @ ((A.T @ (A @ minimum(B @ x, 1) - y))*(B @ x > 1))",
    ),
    ("sum((relu(x) @ a - y)**2)", "x", "x: n, a: n, y:", (),
     "2*(relu(x) @ a - y)*a*(x >= 0)", "2*(relu(x) @ a - y)*a*(x <= 0)"),
    # branches that may lack a value where they are not taken
    (
        "sum(where(y == 1, -log(p), -log(1 - p)))", "p", "p: n, y: n", (),
        "where(y == 1, -1/p, 1/(1 - p))", "where(y == 1, -1/p, -1/(1 - p))",
    ),
    ("sum(where(w <= 1, w, w/a))", "w", "w: n, a:", (),
     "where(w <= 1, 1, 1/a)", "where(w <= 1, 1/a, 1)"),
    ("sum(1/where(y > 0, p, 1 - p))", "p", "p: n, y: n", UNIT,
     "where(y > 0, -1/p**2, 1/(1 - p)**2)", "where(y > 0, -1/p**2, -1/(1 - p)**2)"),
    # pairs, at which what they are divided by is 0 on the diagonal alone
    ("sum(where(eye(n) == 1, 0, 1/(x[:, None] - x)**2))", "x", "x: n", (),
     "-4*sum(where(eye(n) == 1, 0, 1/(x[:, None] - x)**3), axis=1)",
     "-2*sum(where(eye(n) == 1, 0, 1/(x[:, None] - x)**3), axis=1)"),
    # what is beyond a positive bound is not below a negative one
    ("sum(maximum(maximum(x - u, 0), maximum(l - x, 0)))", "x", "x: n, u: n, l:",
     ("u > 0", "l < 0"), "1*(x > u) - 1*(x < l)", "1*(x > u) + 1*(x < l)"),
    # rows that sum to 1, and a sum over pairs with two denominators
    (
        "-sum(Y*log(softmax(X @ W)))", "W", "X: n d, W: d k, Y: n k", ("Y probabilities",),
        "X.T @ (softmax(X @ W) - Y)", "X.T @ (softmax(X @ W) - Y)/n",
    ),
    (
        "sum(P*log(1 + sqdist(Y, Y))) + sum(exp(-sqdist(Y, Y)))", "Y", "P: n n, Y: n d",
        ("P symmetric",),
        "4*(sum(P/(1 + sqdist(Y, Y)) - exp(-sqdist(Y, Y)), axis=1)[:, None]*Y"
        " - (P/(1 + sqdist(Y, Y)) - exp(-sqdist(Y, Y))) @ Y)",
        "2*(sum(P/(1 + sqdist(Y, Y)) - exp(-sqdist(Y, Y)), axis=1)[:, None]*Y"
        " - (P/(1 + sqdist(Y, Y)) - exp(-sqdist(Y, Y))) @ Y)",
    ),
    # the mean of two matrices, and a multiple of their sum
    (
        "log(det((X + Y)/2)) - log(det(X @ Y))/2", "X", "X: n n, Y: n n",
        ("X positive definite", "Y positive definite"),
        "inv(X + Y) - inv(X)/2", "inv(X + Y)/2 - inv(X)/2",
    ),
    # sums over several indices, each with its own part of a sigmoid's derivative
    (
        "norm(X - sigmoid(X @ W) @ W.T)**2", "W", "X: n d, W: d k", (),
        "-2*((X - sigmoid(X @ W) @ W.T).T @ sigmoid(X @ W)"
        " + X.T @ (((X - sigmoid(X @ W) @ W.T) @ W)*sigmoid(X @ W)*(1 - sigmoid(X @ W))))",
        "-2*((X - sigmoid(X @ W) @ W.T).T @ sigmoid(X @ W)"
        " + X.T @ (((X - sigmoid(X @ W) @ W.T) @ W)*sigmoid(X @ W)*(2 - sigmoid(X @ W))))",
    ),
    # a Huber loss of entries
    ("sum(where(abs(x) < 1, x**2/2, abs(x) - 1/2))", "x", "x: n", (), "clip(x, -1, 1)", "sign(x)"),
    ("sum(where(abs(x) <= d, x**2/2, d*(abs(x) - d/2)))", "x", "x: n, d:", ("d positive",),
     "clip(x, -d, d)", "minimum(x, d)"),
    # powers
    ("sum(g*abs(x)**p)", "x", "g: n, x: n, p:", ("p > 1",), "g*p*sign(x)*abs(x)**(p - 1)",
     "g*p*abs(x)**(p - 1)"),
    ("sum(abs(x)**p)**(1/p)", "x", "x: n, p:", ("p > 1",),
     "sign(x)*abs(x)**(p - 1)*sum(abs(x)**p)**(1/p - 1)", "abs(x)**(p - 1)*sum(abs(x)**p)**(1/p)"),
    ("sum(x**g)", "x", "x: n, g:", (), "g*x**(g - 1)", "g*x**g"),
    ("-sum((1 - p)**g*log(p))", "p", "p: n, g:", UNIT,
     "g*(1 - p)**(g - 1)*log(p) - (1 - p)**g/p", "g*(1 - p)**(g - 1)*log(p) + (1 - p)**g/p"),
    # angles and hyperbolic functions
    ("sum(g*tan(x))", "x", "g: n, x: n", (), "g/cos(x)**2", "g*(1 - tan(x)**2)"),
    ("sum(g*sin(x)**2)", "x", "g: n, x: n", (), "g*sin(2*x)", "g*sin(x)"),
    ("sum(g*tanh(x))", "x", "g: n, x: n", (), "g/cosh(x)**2", "g/cosh(x)"),
    ("sum(log(cosh(X @ w - y)))", "w", "X: n d, w: d, y: n", (), "X.T @ tanh(X @ w - y)",
     "X.T @ tanh(y - X @ w)"),
    # sums over the same places, and as many equal terms
    ("sum(softplus(X @ w + b) - y*(X @ w + b))", "b", "X: n d, w: d, b:, y: n", (),
     "sum(sigmoid(X @ w + b)) - sum(y)", "sum(sigmoid(X @ w + b)) + sum(y)"),
    ("sum(m + 2*log(1 + exp(m - x)))", "m", "m:, x: n", (), "n + 2*sum(sigmoid(m - x))",
     "1 + 2*sum(sigmoid(m - x))"),
    ("sum((1 + m)*log((1 + m)/2) + (1 - m)*log((1 - m)/2))", "m", "m: n", ("m in (-1, 1)",),
     "2*arctanh(m)", "2*tanh(m)"),
    # the unit matrix and a product of two vectors
    ("det(eye(n) + outer(u, v))", "u", "u: n, v: n", (), "v", "u"),
    ("log(det(eye(n) + a*outer(u, u)))", "u", "u: n, a:", (), "2*a*u/(1 + a*(u @ u))", "2*a*u"),
    # neighbours and single entries
    ("sum(diff(x)**2)", "x", "x: n", (), "2*(append(0, diff(x)) - append(diff(x), 0))",
     "2*(append(diff(x), 0) - append(0, diff(x)))"),
    ("sum((x[2:] - 2*x[1:-1] + x[:-2])**2)", "x", "x: n", (),
     "2*diff(eye(n), 2, axis=0).T @ diff(x, 2)", "2*diff(eye(n), 2, axis=0).T @ diff(x[1:])"),
    ("100*(x[1] - x[0]**2)**2 + (1 - x[0])**2", "x", "x: 2", (),
     "np.array([-400*x[0]*(x[1] - x[0]**2) - 2*(1 - x[0]), 200*(x[1] - x[0]**2)])",
     "np.array([-400*x[0]*(x[1] - x[0]**2) + 2*(1 - x[0]), 200*(x[1] - x[0]**2)])"),
    ("sum(x**2)", "x", "x: 3", (), "2*np.array([x[0], x[1], x[2]])",
     "2*np.array([x[0], x[2], x[1]])"),
    ("sum(maximum(x, 0))", "x", "x: n", (), "(x > 0).astype(int)", "np.int64(x < 0)"),
    ("sum(x**2)/np.size(x)", "x", "x: n", (), "2*x/np.shape(x)[0]  # a mean", "2*x"),
    (ROSENBROCK, "x", "x: n", (), ROSENBROCK_GRADIENT,
     ROSENBROCK_GRADIENT.replace("x[-2]**2", "x[-2]")),
    ("sum(X[1:]*X[:-1])", "X", "X: n d", (), INNER_ROWS,
     INNER_ROWS.replace("+= X[1:]", "-= X[1:]")),
    ("sum(abs(x[1:] - x[:-1]))", "x", "x: n", (),
     "(eye(n)[1:] - eye(n)[:-1]).T @ sign(x[1:] - x[:-1])", "append(0, sign(diff(x)))"),
    ("sum(maximum(0, diff(x))**2)", "x", "x: n", (),
     "2*(append(0, maximum(0, diff(x))) - append(maximum(0, diff(x)), 0))",
     "2*append(maximum(0, diff(x)), 0)"),
    ("sum(where(x[1:] > x[:-1], x[1:], 0))", "x", "x: n", (),
     "append(0, where(x[1:] > x[:-1], 1, 0))", "append(where(x[1:] > x[:-1], 1, 0), 0)"),
    ("sum((x[1:] - a*x[:-1])**2)", "a", "x: n, a:", (), "-2*x[:-1] @ (x[1:] - a*x[:-1])",
     "-2*x[1:] @ (x[1:] - a*x[:-1])"),
    ("sum(w*diff(x)**2)", "w", "x: n", (), "diff(x)**2", "2*diff(x)"),
    ("sum((x[1:] - w*x[:-1])**2)", "w", "x: n", (), "-2*x[:-1]*(x[1:] - w*x[:-1])",
     "-2*x[:-1] @ (x[1:] - w*x[:-1])"),
    ("sum((X @ w[1:] + w[0] - y)**2)", "w", "X: n d, y: n", (),
     "2*append(sum(X @ w[1:] + w[0] - y), X.T @ (X @ w[1:] + w[0] - y))",
     "2*append(0, X.T @ (X @ w[1:] + w[0] - y))"),
    ("X[0] @ w", "X", "X: n d, w: d", (), "outer(eye(n)[0], w)", "outer(eye(n)[-1], w)"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "wrt", "shapes", "assume", "right", "wrong"), FORMS)
def test_a_right_gradient_is_proved_and_a_wrong_one_refuted(
    function, wrt, shapes, assume, right, wrong
):
    question = Asked(function, wrt, shapes, assume).question()
    assert grade(question, right).verdict == "proved"
    assert grade(question, wrong).verdict == "refuted"


def test_a_power_to_any_exponent_says_where_its_base_is_positive():
    question = Asked("sum(x**g)", "x", "x: n, g:").question()
    assert "x[k] > 0" in grade(question, "g*x**(g - 1)").scope


def test_a_power_whose_base_may_be_negative_is_not_right_where_it_is_positive_alone():
    """At g = 3 and x = -1 it has the value 3, and |x|^g the slope -3."""
    question = Asked("sum(abs(x)**g)", "x", "x: n, g:").question()
    assert grade(question, "g*abs(x)**(g - 1)*sign(x)").verdict == "proved"
    found = grade(question, "g*x**(g - 1)")
    assert found.verdict == "undecided"
    assert found.scope.startswith("right for every n")
    assert found.scope.endswith("where x[i] > 0; open elsewhere")


@pytest.mark.parametrize(
    "one", ["x**g/x**g", "x**g*x**(-g)", "(x**g)**2/x**(2*g)", "(x**g)**0", "1 + 0*x**g"]
)
def test_nor_is_it_where_the_power_cancels(one):
    """Each is 1 at g = 2 and x = -1, too, where |x| has the slope -1."""
    question = Asked("sum(abs(x)) + g", "x", "x: n, g:").question()
    assert grade(question, one).verdict == "undecided"
    assert grade(question, f"{one} + 0*log(x)").verdict == "proved"


def test_a_square_that_is_positive_says_nothing_of_its_base():
    """At x = -1 and g = 1 the slope is -2, and the answer 0."""
    question = Asked("g*log(x**2)", "x", "x:, g:").question()
    assert grade(question, "2*g/x").verdict == "proved"
    assert grade(question, "2*g/x + abs(x)**g - x**g").verdict == "undecided"


def test_an_angle_of_0_and_0_is_left_open():
    """Mathematics has no arctan2(0, 0), and NumPy has 0: at x = 0 the sum is not 0 there."""
    question = Asked("sum(x**2)", "x").question()
    assert grade(question, "2*x + arctan2(x**2, 0) - pi/2").verdict == "undecided"


def test_a_need_that_follows_from_others_leaves_nothing_open():
    question = Asked("sum(log(x)) + prod(y)*g", "x", "x: n, y: n, g:").question()
    assert grade(question, "prod(x*y)/prod(x)/prod(y)/x").verdict == "proved"
    assert grade(question, "x**g/x**(g + 1)").verdict == "proved"


BARS = [
    ("norm(x)", "x", r"\frac{x}{|x|}", r"\frac{2x}{|x|}"),
    ("norm(x, 1)", "x", r"\frac{x}{|x|}", r"\frac{x}{|x|^2}"),
    ("sum(abs(x)**3)", "x", r"3 |x| \odot x", r"|x| \odot x"),
    ("norm(x)**3", "x", r"3\, |x| x", r"2\, |x| x"),
    ("det(A)", "A", r"|A| A^{-\top}", r"|A| A^{-1}"),
    ("log(det(A))", "A", r"\frac{1}{|A|} |A| A^{-\top}", r"\frac{1}{|A|} A^{-\top}"),
    ("x @ y/norm(x)", "x", r"\frac{y}{|x|} - \frac{x^\top y}{|x|^3} x", r"\frac{y}{|x|}"),
]


@pytest.mark.parametrize(("function", "wrt", "right", "wrong"), BARS)
def test_bars_are_what_makes_an_answer_right(function, wrt, right, wrong):
    question = Asked(function, wrt).question()
    assert grade(question, right).verdict == "proved"
    assert grade(question, wrong).verdict == "refuted"


UNCLEAR = {
    r"-(x - \mu) \exp(-\|x - \mu\|^2/2\sigma^2)/\sigma^2": "what is divided is not clear",
    r"\exp(\mu) \log x/\sigma": r"what \log is of is not clear",
    r"\mu x^t x": "whether ^t is a transpose is not clear",
}


@pytest.mark.parametrize("text", UNCLEAR)
def test_an_answer_that_people_read_in_two_ways_is_not_refuted(text):
    shapes = "x: n, mu:, sigma:"
    question = Asked("exp(-sum((x - mu)**2)/(2*sigma**2))", "x", shapes).question()
    with pytest.raises(AnswerSyntaxError, match=re.escape(UNCLEAR[text])):
        grade(question, text)


DERIVED = {
    "-log(softmax(x) @ y)": "softmax(x) - y",
    "-sum(log(sum(Y*softmax(x), axis=1)))": "softmax(x) - Y",
    "sum(log(cosh(x)))": "tanh(x)",
    "sum(log(abs(x)))": "1/x",
    "sum(g*logaddexp(x, y))": "g*sigmoid(x - y)",
    "trace(diag(x) @ A @ diag(x))": "2*x*diag(A)",
    "-mean(y*log(sigmoid(x)) + (1 - y)*log(1 - sigmoid(x)))": "(sigmoid(x) - y)/n",
}


ONE_HOT = {
    "-log(softmax(x) @ y)": ("y one-hot",),
    "-sum(log(sum(Y*softmax(x), axis=1)))": ("Y one-hot rows",),
}


@pytest.mark.parametrize("function", DERIVED)
def test_a_derived_gradient_is_written_as_a_person_would(function):
    from verify.objectives.derive import derive

    shapes = "x: n k" if "axis" in function else ""
    found = derive(Asked(function, "x", shapes, ONE_HOT.get(function, ())))
    assert (found.gradient, found.verdict) == (DERIVED[function], "proved")


def test_labels_that_are_signs_leave_the_hessian_of_logistic_regression():
    """It is the same for both labels, and only where these are 1 or -1."""
    function, right = "sum(log(1 + exp(-y * (X @ w))))", "X.T @ diag(p * (1 - p)) @ X"
    right = right.replace("p", "sigmoid(X @ w)")
    shapes = "X: n d, y: n, w: d"
    with_signs = Asked(function, "w", shapes, ("y signs",), 2).question()
    assert grade(with_signs, right).verdict == "proved"
    assert grade(with_signs, right.replace("1 -", "1 +")).verdict == "refuted"
    assert grade(Asked(function, "w", shapes, (), 2).question(), right).verdict == "refuted"
