"""Functions beside the one that is asked for are put in where they are called."""

import pytest

from verify.grading.grade import grade
from verify.language.tree import AnswerSyntaxError
from verify.objectives.asked import Asked

SIGMOID = "def sigmoid(z):\n    return 1/(1 + np.exp(-z))\n\n"
COST = """def cost(w, X, y):
    h = sigmoid(X @ w)
    return -np.mean(y*np.log(h) + (1 - y)*np.log(1 - h))"""
SLOPE = "def slope(w, X, y):\n    return X.T @ (sigmoid(X @ w) - y)/len(y)"
READ = {
    "a def before": (SIGMOID + COST, "w", SIGMOID + SLOPE),
    "another meaning of a word": (
        "def sigmoid(z):\n    return 2*z\ndef f(x):\n    return np.sum(sigmoid(x)*x)", "x", "4*x",
    ),
    "a lambda": ("model = lambda w: X @ w\nnp.sum((model(w) - y)**2)", "w", "2*X.T @ (X @ w - y)"),
    "a number": (
        "eps = 1e-8\ndef f(x):\n    return np.sum(np.sqrt(x**2 + eps))", "x", "x/sqrt(x**2 + 1e-8)",
    ),
    "a number that an argument hides": (
        "lam = 3\ndef f(x, lam):\n    return lam*np.sum(x**2)", "x", "2*lam*x",
    ),
    "a def inside, with a value of its own": (
        "def f(x):\n    def g(z, k=2):\n        u = z**k\n        return u + 1\n"
        "    return np.sum(g(x, k=3)) + np.sum(g(z=x))", "x", "3*x**2 + 2*x",
    ),
    "a name that changes before the call": (
        "def f(x):\n    a = 2\n    g = lambda z: a*z*z\n    a = 3\n    return np.sum(g(x))",
        "x", "6*x",
    ),
    "a name that changes after the call": (
        "def f(x):\n    a = 2\n    g = lambda z: a*z*z\n    y = g(x)\n    a = 3\n    return sum(y)",
        "x", "4*x",
    ),
    "a sum in it": (
        "def f(x):\n    def g(z):\n        return sum(z[i]**2 for i in range(len(z)))\n"
        "    return g(x)",
        "x", "2*x",
    ),
    "one in the sum": (
        "def g(i):\n    return i**2\ndef f(x):\n    return sum(g(x[i]) for i in range(len(x)))",
        "x", "2*x",
    ),
    "an argument that is given another value": (
        "def f(z, y):\n    z = z - np.max(z)\n    return -np.sum(y*(z - logsumexp(z)))",
        "z", "def g(z, y):\n    return np.sum(y)*softmax(z) - y",
    ),
    "two values": (
        "def f(w, X, y):\n    r = X @ w - y\n    return r @ r, 2*X.T @ r", "w",
        "def g(w, X, y):\n    r = X @ w - y\n    return r @ r, 2*X.T @ r",
    ),
    "the number second": (
        "def f(w, X, y):\n    r = X @ w - y\n    return r, r @ r", "w", "2*X.T @ (X @ w - y)",
    ),
}  # fmt: skip
LATE = {
    # what a function calls is looked up when it is called
    "one that is defined later": (
        "def layer(z): return relu(z)\ndef relu(z): return z*z\n"
        "def f(w): return np.sum(layer(w))", "2*w", "1.0*(w > 0)",
    ),
    "one that is defined again": (
        "def act(z): return z**2\ndef layer(z): return act(z)\ndef act(z): return z**3\n"
        "def f(w): return np.sum(layer(w))", "3*w**2", "2*w",
    ),
    "an argument by another's name": (
        "def f(w):\n    t = 2.0\n    sq = lambda z: t*z**2\n"
        "    loss = lambda r, t: np.sum(sq(r)) + t\n    return loss(w, 3.0)", "4*w", "6*w",
    ),
    "a function as an argument": (
        "def f(w):\n    k = lambda z: 2*z\n    ap = lambda k, z: k(z)\n"
        "    return np.sum(ap(np.negative, w)*w)", "-2*w", "4*w",
    ),
    "a helper of the question in its answer": (
        "def softmax(z): return np.exp(z)\ndef f(w): return np.sum(softmax(w))", "softmax(w)",
        "np.exp(w)/np.sum(np.exp(w))",
    ),
    "the function itself in its answer": (
        "def softplus(w):\n    return np.sum(w**3)", "3*softplus(w)/np.sum(w**3)*w**2",
        "softplus(w)",
    ),
}  # fmt: skip
REFUSED = {
    "itself": (
        "def relu(z): return np.maximum(relu(z), 0)\ndef f(x): return np.sum(relu(x))",
        "line 1, relu calls itself",
    ),
    "a value that is not used": (
        "def g(z):\n    bad = z @ ones((3, 3))\n    return z\ndef f(x):\n    return np.sum(g(x))",
        "line 5, g has a value that is not used",
    ),
    "an argument that is not used": (
        "def g(z, u): return z\ndef f(x): return np.sum(g(x, A @ x))",
        "line 2, g has a value that is not used",
    ),
    "an argument by its place alone": (
        "def g(z, /, k=1): return z*k\ndef f(x): return np.sum(g(z=x))", "line 2, g takes",
    ),
    "a lambda in a loop": (
        "s = 0\nfor i in range(len(x)):\n    sigmoid = lambda z: z\n    s += sigmoid(x[i])\ns",
        "line 4, sigmoid is given another meaning",
    ),
    "other names": (
        "def g(z):\n    return a*z\ndef f(x):\n    a = 3\n    return np.sum(g(x))",
        "line 5, g has names that are others here",
    ),
    "a part that is changed": (
        "def relu(z):\n    z[z < 0] = 0\n    return z\ndef f(x):\n    return np.sum(relu(x))",
        "line 5, relu is more than values for names and one return",
    ),
    "a value too early": (
        "def g(z):\n    y = y + z\n    return y\ndef f(x):\n    return np.sum(g(x))",
        "line 5, g reads y before it has a value",
    ),
    "an index that is captured": (
        "def f(x):\n    def g(z):\n        return sum(z*x[i] for i in range(len(x)))\n"
        "    return sum(g(x[i]) for i in range(len(x)))",
        "line 4, g has an index that is a name in its argument",
    ),
    "another function of it": (
        "@grad\ndef g(z):\n    return z\ndef f(x):\n    return np.sum(g(x))",
        "line 5, g has names that are others here",
    ),
    "a function as a number": (
        "def f(x):\n    g = lambda z: z\n    h = g\n    return np.sum(h(x))",
        "line 3, g is a function",
    ),
    "arguments that do not fit": (
        "def g(z, k):\n    return k*z\ndef f(x):\n    return np.sum(g(x))", "line 4, g takes z, k",
    ),
    "what is changed is the argument itself": (
        "def g(z):\n    return z\ndef f(x):\n    h = g(x)\n    h += 1\n    return np.sum(x*h)",
        "line 5, column 5: this may change x, too",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_a_helper_is_what_it_returns(case):
    function, wrt, answer = READ[case]
    question = Asked(function, wrt).question()
    assert grade(question, answer).verdict == "proved"
    assert grade(question, "2.5*x" if wrt == "x" else f"0.5*{wrt}").verdict == "refuted"


@pytest.mark.parametrize("case", LATE)
def test_what_a_helper_calls_is_what_python_calls(case):
    function, right, wrong = LATE[case]
    question = Asked(function, "w", "w: d").question()
    assert grade(question, right).verdict == "proved"
    assert grade(question, wrong).verdict == "refuted"


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_put_in_is_named(case):
    function, says = REFUSED[case]
    with pytest.raises(AnswerSyntaxError) as error:
        Asked(function, "x").question()
    assert str(error.value).startswith(says)


def test_of_two_values_that_are_both_wrong_the_one_that_fits_is_refuted():
    question = Asked("np.sum((X @ w - y)**2)", "w").question()
    assert grade(question, "def g(w):\n    return np.sum(X @ w), X.T @ y").verdict == "refuted"
    for values in ("w, 2*w", "3*w, 2*X.T @ (X @ w - y)"):  # one right guess is none
        with pytest.raises(AnswerSyntaxError, match="expected one value after return, got 2"):
            grade(question, f"def g(w):\n    return {values}")


def test_of_two_numbers_none_is_the_function():
    with pytest.raises(AnswerSyntaxError, match="expected one value after return, got 2"):
        Asked("def f(w):\n    return len(y), np.sum((X @ w - y)**2)", "w").question()
