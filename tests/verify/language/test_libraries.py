"""Which library a text is written for is told by its code: docstrings and names do not say it."""

import ast
import re

import pytest

from derivations.prover.proof import Verdict
from verify.grading.grade import grade
from verify.language.libraries import UNCLEAR, conventions_in, library_of
from verify.objectives.asked import Asked

METHODS_OF = {
    "x.std()": "",
    "n, dim = X.shape\nX.std()": "",
    '"""As in torch.nn."""\nx.std()': "",
    "F.T @ F + F.sum()": "",
    "import numpy as np\nx.std()": "np",
    "np.sum(x)": "np",
    "jnp.pi*x": "np",
    "import torch\nx.std()": "torch",
    "from torch.nn import functional\nx.std()": "torch",
    "F.relu(x).std()": "torch",
    "torch.nn.functional.relu(x)": "torch",
    "softmax(x, dim=0)": "torch",
    "x.clone()": "torch",
    "x.exp().std()": "torch",
    "np.exp(x).std() + x.exp().sum()": UNCLEAR,
    "torch.exp(x) + np.exp(x)": UNCLEAR,
}
LIBRARY_OF = {
    "sum": "", "x.sum": "", "F.sum": "", "np.sum": "np", "numpy.linalg.norm": "np",
    "F.softmax": "torch", "torch.special.expit": "torch", "jax.nn.gelu": "jax",
    "jax.scipy.special.softmax": "scipy", "scipy.special.softmax": "scipy",
}  # fmt: skip
OTHERWISE = [  # a function, a name, a right answer, and what is right in another library
    ("np.std(x)", "x", "(x - mean(x))/(n*x.std())", "(x - mean(x))/((n - 1)*x.std())"),
    ("torch.std(x)", "x", "(x - x.mean())/((n - 1)*x.std())", "(x - x.mean())/(n*x.std())"),
    ("sum(F.T @ F) + x.std()", "x", "(x - mean(x))/(n*np.std(x))",
     "(x - mean(x))/(n*torch.std(x))"),
    ("x.exp().std()", "x", "y = x.exp()\n(y - y.mean())/((n - 1)*y.std())*y",
     "y = x.exp()\n(y - y.mean())/(n*y.std())*y"),
    ("torch.sum(X.transpose(0, 1)*Y)", "X", "Y.T", "Y"),
    ("np.sum(X.transpose(1, 0)*Y)", "X", "Y.T", "Y"),
    ("sum(inner(2, X)*Y)", "X", "2*Y", "2*Y.T"),
    ("F.smooth_l1_loss(x, y, beta=0.5)", "x", "clip(2*(x - y), -1, 1)/n", "clip(x - y, -1, 1)/n"),
    ("np.sum(jax.scipy.special.softmax(X)*Y)", "X",
     "P = exp(X)/np.sum(exp(X))\nreturn P*(Y - np.sum(P*Y))",
     "P = softmax(X)\nreturn P*(Y - np.sum(P*Y, axis=1, keepdims=True))"),
]  # fmt: skip
REFUSED = {
    "import torch\nimport numpy as np\nnp.sum(x)*x.std()": "std of NumPy or PyTorch?",
    "np.sum(X.transpose(0, 1)*Y)": "transpose",
    "import numpy as np\n(X.transpose(0, 1)*Y).sum()": "transpose",
    "import numpy as np\nz = (sum(X)**2).sum()\nz": "Python's sum of a matrix",
    "(sum(F.relu(X))**2).sum()": "Python's sum of a matrix",
    "import scipy.special\nz = sum(X)\nz.sum()": "Python's sum of a matrix",
    "sum(jax.scipy.special.kl_div(x, y))": "SciPy's is p*log(p/q)",
    "from jax.scipy.special import kl_div\nkl_div(x, y)": "expected jax.scipy.special.kl_div",
    "scipy.special.logsumexp(X, 1, True)": "at most 2 arguments without a name",
    "F.smooth_l1_loss(x, y, 0.5)": "expected beta=... by its name",
    "nn.SmoothL1Loss(0.5)(x, y)": "SmoothL1Loss",
    "F.layer_norm(X, (n, n)).sum()": "the size of the last axis alone",
    "np.linalg.matrix_power(X, 9) + y": "matrix_power",
    "sign, v = np.linalg.slogdet(X)\nsign*v": "line 1, column 1",
    "f = nn.ReLU(inplace=True)\nf(x) @ y": "no inplace",
    "z = y.astype(float, copy=False)\nz -= 2\nsum(x*y)": "astype",
    "s = 0\nfor x, t in zip(X, x):\n    s += t*sum(x)\ns": "a loop that adds to no name",
}
SHAPES = {"x": "n", "y": "n", "X": "n n", "Y": "n n", "F": "n n"}


def shapes_of(text: str) -> str:
    """Those of the names that a text has; F before a function's name is a module."""
    used = re.findall(r"\b([xyXY]|F(?=\.T))\b", text)
    return ", ".join(f"{name}: {SHAPES[name]}" for name in dict.fromkeys(used))


@pytest.mark.parametrize("text", METHODS_OF)
def test_the_library_of_methods_is_told_by_what_is_called_and_imported(text):
    assert conventions_in(ast.parse(text)).of_methods == METHODS_OF[text]


@pytest.mark.parametrize("name", LIBRARY_OF)
def test_the_library_of_a_function_is_told_by_its_whole_name(name):
    assert library_of(name.split(".")) == LIBRARY_OF[name]


@pytest.mark.parametrize(("function", "wrt", "right", "wrong"), OTHERWISE)
def test_what_libraries_mean_in_different_ways_is_judged_by_the_one_at_hand(
    function, wrt, right, wrong
):
    question = Asked(function, wrt, shapes_of(function)).question()
    assert grade(question, right).verdict is Verdict.PROVED
    assert grade(question, wrong).verdict is Verdict.REFUTED


@pytest.mark.parametrize("text", REFUSED)
def test_what_may_mean_two_things_is_not_read(text):
    with pytest.raises(ValueError, match=re.escape(REFUSED[text])):
        Asked(text, "x", shapes_of(text)).question()
