"""What people paste is one expression, with what its names stand for put in."""

import pytest
from lark import Tree

from verify.grading.grade import grade
from verify.language.numpy_text import read_numpy
from verify.language.program.reading import MOST_STATEMENTS, read_function
from verify.language.tree import AnswerSyntaxError
from verify.objectives.asked import Asked
from verify.objectives.derive import derive

LOSS = """
import numpy as np

def loss(X, w: Array, y=None):
    '''The squares' sum.'''
    # of the residual
    r = X @ w
    r -= y
    return np.sum(r**2)
"""
SAME = {
    "print(f'{x.mean():.3f}', len(x))\nx": "x",
    "x[:] = 1\nx": "x + ((1) - x)",
    "assert x.shape == y.shape\nr = x - y\nassert r.ndim == 1\nr": "x - y",
    "sum(w**2)": "sum(w**2)",
    "sum(a*b for a, b in zip(x, y))": "sum(x[turn1]*y[turn1] for turn1 in range(len(x)))",
    "turn1*sum(a for a in x)": "turn1*sum(x[turn2] for turn2 in range(len(x)))",
    "y == 2": "y == 2",
    "a, b = 0.0, 0.0\na += 1\nx + a + b": "x + (0.0 + 1) + 0.0",
    "a = b = 0.5\nx*a + b": "x*0.5 + 0.5",
    "a, b = b, a\na - 2*b": "b - 2*a",
    "sum(X, axis=0)\n/ n\n": "sum(X, axis=0) / n",
    "z = X @ w\nsum(z**2)": "sum((X @ w)**2)",
    "z = X @ w\nreturn sum(z**2)": "sum((X @ w)**2)",
    "    z = X @ w\n    return sum(z**2)": "sum((X @ w)**2)",
    "    z = X @ w\n    sum(z**2)\n": "sum((X @ w)**2)",
    LOSS: "np.sum((X @ w - y)**2)",
    "def f(x): return x**2": "x**2",
    "def f(x):\n  y = x\n": "x",
    "@jit\ndef f(x):\n    return x": "x",
    "lambda w: sum(w**2)": "sum(w**2)",
    "f = lambda w: sum(w**2)": "sum(w**2)",
    "x = 1; x + y": "1 + y",
    "x = sum(x)\nx*x": "sum(x)*sum(x)",
    "z: float = x @ x\nz": "x @ x",
    "y = x\ny = y + 1\nx*y": "x*(x + 1)",
    "y = x + 0\ny += 1\nx*y": "x*(x + 0 + 1)",
    "import torch\ny = x.var()\ny": "x.var(ddof=1)",
    "dim = 2\ndim*x.var()": "2*x.var()",
    'def f(x):\n    """As in torch.nn."""\n    return x.var()': "x.var()",
    "F = A\ny = F.T @ F\nx.var() + y.sum()": "x.var() + (A.T @ A).sum()",
    "import torch\ny = A.transpose(0, 1)\ny": "A.T",
    "torch.nn.MSELoss()(x, y)": "F.mse_loss(x, y)",
    "a, b = x, 2*x\na, b = b, a\na - b**2": "2*x - x**2",
    "from scipy import special\ny = special.expit(x)\ny": "special.expit(x)",
    "y = torch.exp(A).t()\ny": "torch.exp(A).T",
    "x.var(0, unbiased=False)": "x.var(0, ddof=0)",
    "np.linalg.matrix_power(A, 3)": "A @ A @ A",
    "s, v = np.linalg.slogdet(A)\nv": "np.linalg.slogdet(A)[1]",
    "rows = torch.arange(n)\nF.cross_entropy(A, rows)": "F.cross_entropy(A, eye(n))",
    "act = nn.LeakyReLU(0.2)\nloss = nn.HuberLoss(delta=2)\nloss(act(x), y)": (
        "F.huber_loss(F.leaky_relu(x, 0.2), y, delta=2)"
    ),
    "f = nn.ReLU()\ny = f(x)\nf = nn.Tanh()\nf(y)": "F.tanh(F.relu(x))",
    "import numpy as np\ny = np.exp(A).transpose(1, 0)\ny": "np.exp(A).T",
    "y = torch.exp(x)\ny.std(axis=0)": "torch.exp(x).std(axis=0, ddof=1)",
    "torch.exp(x).var()": "torch.exp(x).var(ddof=1)",
    "import numpy as np\nx.var()": "x.var()",
    "F.softplus(x).var()": "F.softplus(x).var(ddof=1)",
    "y = F.softplus(x)\ny.var()": "F.softplus(x).var(ddof=1)",
    "from scipy.special import expit\nexpit(x)": "expit(x)",
    "x += 1\nx /= 2\nx *= y\nx @= A\nx": "((x + 1)/2*y) @ A",
    "z = (x +\n     y)\nz*z": "(x + y)*(x + y)",
    "z = x if x > 0 else y\nz": "x if x > 0 else y",
    # a loop is the sum of what its turns add
    "s = 0\nfor k in range(n):\n    s += x[k]\ns": "0 + sum(x[k] for k in range(n))",
    "for k in range(n):\n    s = s - x[k]*y": "s - sum(x[k]*y for k in range(n))",
    "s = 0\nfor k in range(n):\n    a = x[k]\n    b = a + 1\n    s += a*b\ns": (
        "0 + sum(x[k]*(x[k] + 1) for k in range(n))"
    ),
    "s = 0\nfor k in range(n):\n    for l in range(d):\n        s += A[k, l]\ns": (
        "0 + sum(sum(A[k, l] for l in range(d)) for k in range(n))"
    ),
    # the index of a sum is its own
    "i = 2\nsum(x[i] for i in range(n))*i": "sum(x[i] for i in range(n))*2",
    # comments and lines that go on
    "z = (x +  # 'one' of\n     y)  # two\nz*z # 3": "(x + y)*(x + y)",
    "# the sum\nsum(x)  # of x": "sum(x)",
    "z = x + \\\n  y\nz": "x + y",
    # names that begin like statements
    "lambda*x": "lambda*x",
    "default*x + 1": "default*x + 1",
    "returns*importance": "returns*importance",
}
ERRORS = {
    "def f(x):\n    r = t*x\n    t = 2\n    return r": "line 2, column 9: t has no value yet",
    "def f(x):\n    s += x\n    return s": "line 2, column 1: s has no value yet",
    "c = 0\nfor x in y:\n    c += 1\nc*x": "line 4, column 3: what x is depends on the turn",
    "": "column 1: expected an expression, got nothing",
    "import os": "column 1: expected an expression, got nothing",
    "def f(x:": "line 1, column 6: '(' was never closed",
    "3^x": "column 2: unexpected '^': a power is x**2",
    "sum(w**2": "column 9: the expression ends too early",
    "z = x\nreturn 3^z": "line 2, column 9: unexpected '^': a power is x**2",
    "  z = x\n  return 3^z": "line 2, column 11: unexpected '^': a power is x**2",
    "z = x\nreturn z +* 2": "line 2, column 11: invalid syntax",
    "a = 1\nb = a +\nb": "line 2, column 8: invalid syntax",
    "x = 1\nx + foo(": "line 2, column 8: '(' was never closed",
    "return": "line 1, column 1: expected 'name = expression' or 'return expression'",
    "for i in 1, 2:\n    y": "line 2, column 5: expected 'name = expression'",
    "for i, j in x:\n    y": "line 1, column 1: expected 'name = expression' or 'return"
    " expression', got a loop that adds to no name or is not over range(n)",
    "while x:\n    y": "line 1, column 1: expected 'name = expression' or 'return"
    " expression', got a loop",
    "for k in range(n):\n    pass\ns": "expected 'name = expression'",
    "z = x\nreturn z, 2*z": "line 2, column 1: expected one value after return, got 2",
    "s = 0\nfor i in range(1, n):\n    s += x[i]*x[i-2]\ns": "x[1:] and x[:-1] for all x[i] and",
    "for k in range(n):\n    s += s\ns": "line 2, column 10: what s is depends on the turn",
    "for k in range(n):\n    s += a\n    a = x[k]\ns": "line 2, column 10: what a is depends",
    "for k in range(n):\n    a = x[k]\n    s += a\na": "line 4, column 1: what a is depends",
    "for k in range(n):\n    s += x[k]\ns*k": "line 3, column 3: what k is depends",
    "for k in range(n):\n    s *= x[k]\ns": "line 2, column 1: what s is depends",
    "for k in range(n):\n    s += x[k]\n    s = 2\ns": "line 1, column 1: s is added to and",
    "a = 2*k\nfor k in range(n):\n    s += a\ns": "line 3, column 10: what a is depends",
    "a = 2*k\nsum(a*x[k] for k in range(n))": "line 2, column 5: a has been given another k",
    "for k in range(n):\n    s += x[k]\n    for l in range(d):\n        s = 0*x\ns": (
        "line 1, column 1: s is added to and assigned anew"
    ),
    "for k in range(n):\n    for l in range(d):\n        s = 0*x\n    s += x[k]\ns": (
        "line 1, column 1: s is added to and assigned anew"
    ),
    "for k in range(n):\n    w -= x[k]\n    for w in range(d):\n        z += 1\nw": (
        "line 1, column 1: w is added to and assigned anew"
    ),
    "for k in range(n):\n    k = 0\n    s[k] = x[k]\ns": "line 1, column 1: k is assigned in",
    "for k in range(n):\n    for k in range(n):\n        t += 1\n    s[k] += t\ns": "line ",
    "if x > 0:\n    s += x\ns": "line 1, column 1: expected 'name = expression'",
    "for k in range(n):\n    if x[k] > 0:\n        s[k] = 1\ns": "line 2, column 5: expected 'name",
    "for k in range(n):\n    if x[k] > 0:\n        a = 1\n    s += a\ns": "got if with more",
    "for k in range(n):\n    if s > 0:\n        s += x[k]\ns": "line 2, column 5: what s is",
    "for a in x:\n    a += 1\n    s += a\ns": "line 2, column 5: this may change x, too",
    "for a in x:\n    x = x + a\nx": "line 1, column 1: what x is depends",
    "for a, b in A:\n    s += a\ns": "line 1, column 1: expected 'name = expression'",
    "for a, b in zip(x, y, strict=True):\n    s += a\ns": "line 1, column 1: expected 'name",
    "for k, a in enumerate(x, 1):\n    s += a\ns": "line 1, column 1: expected 'name",
    "n, d = x\nn": "line 1, column 1: expected 'name = expression'",
    "n, x[0] = A.shape\nn": "line 1, column 1: expected 'name = expression'",
    "2*y\n- y": "column 1: one expression or several lines: write brackets around it",
    "def f(x, pi):\n    return pi*x": "line 1, column 1: expected another name than pi",
    "def f(x, y, y):\n    return y*x": "line 1, column 1: ",
    "from scipy.special import *\nsoftmax(X)": "line 1, column 1: expected the names from scipy",
    "from torch import *\nvar(x)": "line 1, column 1: expected the names from torch",
    "sum(a for a, b in x)": "line 1, column 12: unexpected",
    "sum(a for a, b in zip(x, y))": "line 1, column 12: unexpected ','",
    "sum(" + "a*" * 3000 + "a for a in x + x)": "nested too deep, or no text",
    "sum(" * 40 + "a" + " for a in a*a)" * 40: "column 1: expected at most 20000 characters with",
    "g = 0*x\ng[0] = {1}\ng": "line 2, column 23: unexpected '{'",
    "[a for a in x]": "column 13: unexpected 'x'",
    "for k in range(n):\n    s += x[k]\nelse:\n    s = 2\ns": "got a loop that adds to no name",
    "for k in range(n):\n    r = X[k]\n    r += 1\n    s += r\ns": "this may change X, too",
    "for k in range(n):\n    s[k] = 2*s[k] + 1\ns": "line 2, column 14: what s is depends",
    "for k in range(n):\n    s[k] = 1\n    s += 1\ns": "got a loop that adds to no name",
    "for k in range(n):\n    s += 1\n    s[k] = 1\ns": "got a loop that adds to no name",
    "for k in range(n):\n    for l in range(d):\n        s[l] = A[k, l]\ns": "got a loop that",
    "for k in range(n):\n    s[k, k] = 1\ns": "line 2, column 5: expected 'name = expression'",
    "for k in range(n):\n    s[0] += 1\ns": "line 2, column 5: expected 'name = expression'",
    "for k in range(1, n + 1):\n    s[k] += 1\ns": "line 1, column 1: [k] counts from 0",
    "for k in range(1, n + 1):\n    s += x[k]\ns": "line 1, column 1: [k] counts from 0 in Python",
    "for k in range(n):\n    s[l] += 1\ns": "line 1, column 1: expected 'name = expression'",
    "g = 2*x\nh = g\nh += 1\ng": "line 3, column 1: this may change g, too: write h =",
    "g = 2*x\nh = g\nfor k in range(n):\n    h += 1\ng": "this may change g, too",
    "z = np.ravel(X)\nz += 1\nX": "this may change X, too",
    "z = x if c > 0 else y\nz += 1\nx": "this may change x, too",
    "def f(x):\n    if x: return 1\n    return 2": "line 2, column 5: expected 'name ="
    " expression' or 'return expression', got if with more than sums and their names:",
    "y = x\ny *= 2\nx*y": "line 2, column 1: this may change x, too: write y = y.copy() before",
    "y = x.T[:, None]\ny += 1\nx": "line 2, column 1: this may change x, too",
    "y = x\nx += 1\ny": "line 2, column 1: this may change y, too",
    "from scipy.special import softmax\nsoftmax(x)": "line 1, column 1: expected"
    " scipy.special.softmax(...) where it is called",
    "from torch import exp, var\nvar(x)": "line 1, column 1: expected torch.var(...)",
    "x, y = z\nx": "line 1, column 1: expected 'name = expression'",
    "x[0, 1] = 1\nx": "line 1, column 1: expected 'name = expression'",
    "x[::2] += 1\nx": "line 1, column 1: expected 'name = expression'",
    "x[:, :] = 1\nx": "line 1, column 1: expected 'name = expression'",
    "y = x\ny[1:] += 1\nx": "line 2, column 1: this may change x, too",
    "y = x\ny[0] = 1\nx": "line 2, column 1: this may change x, too",
    "x **= 2\nx": "line 1, column 1: expected 'name = expression'",
    "del x\nx": "line 1, column 1: expected 'name = expression'",
    "x\0y": "column 2: unexpected '\\x00'",
    "x = 1\n\0": "line 1, column 1: source code string cannot contain null bytes",
    "ехр(x)": "column 1: unexpected 'е'",
    "x\u2212y": "column 2: unexpected '\u2212'",
    "a = 1\n" * (MOST_STATEMENTS + 1): "column 1: expected at most 100 statements",
    "x" * 20_001: "column 1: expected at most 20000 characters, got 20001",
    "(" * 2001: "column 1: expected at most 2000 characters, got 2001",
    "(\n" * 9_000: "too many nested parentheses",
    "(" * 500: "column 501: the expression ends too early",
    "-" * 500 + "x": "expected at most 80 levels",
    "z = np.einsum('ij->ji', A)\nz += 1\nA": "this may change A, too",
    "z = np.diff(y, 0)\nz += 1\ny": "this may change y, too",
    "z = +y\nz += 1\ny": "this may change y, too",
    "z = max(a, b)\nz += 1\na": "this may change a, too",
    "z = np.asarray(y)\nz += 1\ny": "line 2, column 1: this may change y, too",
    "sum = x\nsum(sum)": "line 2, sum is given another meaning",
    "def f(w, relu=np.tanh):\n    return relu(w)": "line 2, relu is given another meaning",
    "relu: object = lambda z: z**2\nsum(relu(w))": "line 2, relu is given another meaning",
    "exp = np.exp(w)\nexp/(1 + exp(w))": "line 2, exp is given another meaning",
    "a = b = x\na += 1\nb": "line 2, column 1: this may change b, too",
    "a, b = x, x\na += 1\nb": "line 2, column 1: this may change b, too",
    "w = 2*w\nf = lambda w: w**2\nf": "line 3, f is a function",
    "from numpy import log as exp\nexp(x)": "line 1, column 1: log has another name than exp",
    "import torch as np\nnp.var(x)": "line 1, column 1: torch has another name than np",
    "@jax.grad\ndef f(w):\n    return w**2": "line 1, column 1: expected no decorator",
    "s = 0\nt = 0\nfor k in range(n):\n    s += x[k]\n    t += y[k]": "line 3, column 1: expected a"
    " last line",
    "s = 0\nfor k in range(n):\n    z = y.sort()\n    s += y[k]\ns": "line 3, column 1: z is not",
    "x^2": "column 2: unexpected '^': a power is x**2",
    "assert (x := 2*x) is not None\nx": ":= is not in the language",
    "assert x.sort() is None\nx": "line 1, column 1: expected 'name = expression' or",
    "print(x.sort())\nx": "a line that gives no name a value",
    "print(np.exp(x, out=x))\nx": "a line that gives no name a value",
    "x\N{SUPERSCRIPT TWO}": ": a power is x**2",
    "x \N{MINUS SIGN} y": "column 3: unexpected '\N{MINUS SIGN}': a minus is -",
    "||x||": "a length is norm(x)",
    "X'*y": "a transpose is A.T",
    "x = y\nreturn x, y": "got 2: leave the one that is asked for",
    "with torch.no_grad():\n    z = x\nz": "got with",
}


@pytest.mark.parametrize("text", SAME)
def test_a_text_is_one_expression(text):
    assert _without_checks(read_function(text)[0]) == read_numpy(SAME[text])


def _without_checks(tree):
    """The tree with what in-place operations are checked for left out."""
    parts = [_without_checks(c) if isinstance(c, Tree) else c for c in tree.children]
    if tree.data == "changed":
        return Tree(str(parts[0]), parts[2:])
    return Tree(tree.data, parts)


@pytest.mark.parametrize("text", ERRORS, ids=lambda text: repr(text[:30]))
def test_an_error_is_one_line_with_its_place(text):
    with pytest.raises(AnswerSyntaxError) as error:
        read_function(text)
    (line,) = str(error.value).splitlines()
    assert ERRORS[text] in line
    assert line.startswith(("column", "line"))


def test_a_text_that_grows_with_each_line_is_bounded():
    doubled = "".join(f"a{i + 1} = a{i} + a{i}\n" for i in range(60))
    with pytest.raises(AnswerSyntaxError, match="expected at most"):
        read_function(f"a0 = x\n{doubled}a60")


def test_nothing_of_a_text_is_run(tmp_path):
    trap = tmp_path / "trap"
    for text in (
        f"open({str(trap)!r}, 'w')",
        f"z = open({str(trap)!r}, 'w')\nz",
        f"@open({str(trap)!r}, 'w')\ndef f(x=open({str(trap)!r}, 'w')):\n    return x",
    ):
        try:
            read_function(text)
        except AnswerSyntaxError:
            continue
    assert not trap.exists()


NETWORK = "def loss(W, x, y):\n    h = np.tanh(W @ x)\n    e = h - y\n    return e @ e"
SQUARES = "s = 0\nfor a in X:\n    e = a @ w\n    s += e**2\ns"


@pytest.mark.parametrize(
    ("function", "wrt", "answer", "verdict"),
    [
        (NETWORK, "W", "2*np.outer(e*(1 - h**2), x)", "proved"),
        (NETWORK, "W", "d = 2*e\nd *= 1 - h**2\nreturn np.outer(d, x)", "proved"),
        (NETWORK, "W", "2*np.outer(e*(1 - h), x)", "refuted"),
        (NETWORK, "W", "h = W @ x\n2*np.outer(e*(1 - h**2), x)", "refuted"),
        ("x = np.linalg.norm(X, axis=0)\nsum(x)", "X", "X/x", "proved"),  # no small letter for X
        ("x = x - np.mean(x)\nx @ x", "x", "2*(x - np.mean(x))", "proved"),
        (SQUARES, "w", "g = 0*w\nfor a in X:\n    e = a @ w\n    g += 2*e*a\ng", "proved"),
    ],
)
def test_an_answer_may_use_what_its_function_names(function, wrt, answer, verdict):
    shapes = {"W": "W: m n, x: n, y: m", "X": "X: n d", "x": "x: n", "w": "X: n d, w: d"}[wrt]
    assert grade(Asked(function, wrt, shapes).question(), answer).verdict == verdict


@pytest.mark.parametrize(
    ("function", "wrt", "answer", "message"),
    [
        ("x = 2*x\nx @ x", "x", "8*x", "x may be the argument or the value that the function"),
        (SQUARES, "w", "2*X.T @ e", "what e is depends on the turn of a loop"),
        (SQUARES, "w", "2*a", "what a is depends on the turn of a loop"),
    ],
)
def test_a_name_with_two_meanings_is_not_read(function, wrt, answer, message):
    question = Asked(function, wrt, "x: n" if wrt == "x" else "X: n d, w: d").question()
    with pytest.raises(AnswerSyntaxError, match=message):
        grade(question, answer)


def test_a_function_has_its_own_names():
    """As in Python, where a local name has no value before it is given one."""
    question = Asked("def f(w):\n    v = w\n    return v @ v", "w", "w: n").question()
    assert grade(question, "v = 2*v\nv").verdict == "proved"
    assert grade(question, "def g(w):\n    v = 2*w\n    return v").verdict == "proved"
    with pytest.raises(AnswerSyntaxError, match="line 2, column 11: v has no value yet"):
        grade(question, "def g(w):\n    v = 2*v\n    return v")


def test_a_derivative_is_found_where_an_argument_is_given_another_value():
    derived = derive(Asked("x = 2*x\nx @ x", "x", "x: n"))
    assert (derived.verdict, derived.gradient) == ("proved", "8*x")


@pytest.mark.parametrize("answer", ["return 2*x", "lambda x: 2*x", "grad = 2*x", "g = 2*x"])
def test_an_answer_may_have_its_left_side(answer):
    assert grade(Asked("x @ x", "x").question(), answer).verdict == "proved"


def test_a_name_of_the_question_is_no_left_side():
    with pytest.raises(AnswerSyntaxError, match="unexpected '='"):
        grade(Asked("x @ x", "x").question(), "x = 2*x")


ALIASES = "p = X @ w\nq = p\nnp.sum(p*q)"
VIEWS = "z = w\nv = w[1:]\nnp.sum(z**2)"


@pytest.mark.parametrize(
    "text",
    [
        "g = x.copy()\nh = g\ns = 0\nfor i in range(n):\n    h[i] += 1\n    s += g[i]**2\ns",
        "g = x\nfor i in range(n):\n    g[i] = 2*x[i]\n    g[i] += x[i]\ng @ g",
        "h = X\ns = 0\nfor i in range(n):\n    h += v\n    s += np.sum(X[i]**2)\ns",
        "g = x\nfor i in range(1, n):\n    g[i] += x[i - 1]\ng @ g",
        "g = x\nfor i in range(n):\n    g += x[i]\ng @ g",
    ],
)
def test_a_loop_changes_no_array_that_has_two_names(text):
    with pytest.raises(AnswerSyntaxError, match="this may change"):
        read_function(text)


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        (ALIASES, "p -= 1\n2*X.T @ q"),
        (ALIASES, "p *= 2\nX.T @ q"),
        (VIEWS, "z *= 2\n2*w"),
        (VIEWS, "w *= 2\nz"),
        (VIEWS, "w[1:] = 0\n2*z"),
        (VIEWS, "v *= 2\n2*w"),
        (VIEWS, "z[z < 0] = 0\n2*w"),
        (VIEWS, "for k in range(n):\n    z[k] += 1\n2*w"),
    ],
)
def test_an_answer_knows_which_names_of_its_function_share_an_array(function, answer):
    shapes = "X: n d, w: d" if function is ALIASES else "w: n"
    with pytest.raises(AnswerSyntaxError, match="this may change"):
        grade(Asked(function, "w", shapes).question(), answer)


@pytest.mark.parametrize("answer", ["lambda z: 4*z", "def g(z):\n    return 4*z"])
def test_an_argument_hides_no_name_of_the_function(answer):
    with pytest.raises(AnswerSyntaxError, match="z is given a value in the function"):
        grade(Asked("z = 2*w\nnp.sum(z**2)", "w", "w: n").question(), answer)
