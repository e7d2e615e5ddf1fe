"""An answer means what NumPy says: every construct is run beside NumPy on the same arrays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Symbol

from derivations.notation import array, size, substitute
from verify.language.latex_meaning import LatexMeaning
from verify.language.latex_text import is_latex, read_latex
from verify.language.meaning import Meaning
from verify.language.numpy_text import read_numpy
from verify.language.spoken import spoken
from verify.language.tensor import ShapeError
from verify.language.tree import AnswerSyntaxError
from verify.language.vocabulary import Quantity, Vocabulary, typed
from verify.numerics.arrays import evaluate

n, d = size("n"), size("d")
VOCABULARY = Vocabulary(
    {
        "X": Quantity(array("X", n, d), (n, d)),
        "A": Quantity(array("A", n, n), (n, n)),
        "y": Quantity(array("y", n), (n,)),
        "w": Quantity(array("w", d), (d,)),
        "tau": Quantity(Symbol("tau", positive=True)),
    },
    {"n": n, "d": d},
)
SIZES = {"n": 3, "d": 4}
UFUNCS = "diag outer sum mean dot exp log sqrt abs sign where minimum maximum clip tanh square"
NUMPY = {name: getattr(np, name) for name in f"{UFUNCS} eye ones zeros".split()}
NUMPY |= {
    "norm": np.linalg.norm,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.maximum(x, 0),
    "softmax": lambda x, axis=-1: np.exp(x) / np.exp(x).sum(axis, keepdims=True),
}


@pytest.fixture
def values(rng):
    shapes = {"X": (3, 4), "A": (3, 3), "y": (3,), "w": (4,), "tau": ()}
    return {name: np.round(rng.normal(size=shape), 1) for name, shape in shapes.items()} | {
        "tau": np.array(0.7)
    }


def run(text, values, meaning=Meaning, read=read_numpy):
    tensor = meaning(VOCABULARY).answer(read(text))
    batch = {name: value[None] for name, value in values.items()}
    axes = tuple(axis for axis in tensor.axes if axis is not None)
    found = evaluate(tensor.entry, batch, SIZES, axes)[0]
    shape = tuple(int(substitute(extent, {n: 3, d: 4})) for extent in tensor.shape)
    return np.reshape(found, shape)


SAME_AS_NUMPY = [
    "-2 ** 2 + 3 - -1", "2 * tau ** -1", "tau ** 0.5", "1e-2 * .5", "X @ w", "y @ X", "y @ y",
    "X.T @ y", "X.T", "y.T", "A @ A.T @ y", "diag(y)", "diag(A)", "outer(y, w)", "dot(y, y)",
    "sum(X)", "sum(X, axis=0)", "sum(X, 1)", "sum(X, axis=-1, keepdims=True)", "mean(X, axis=1)",
    "mean(X)", "norm(y)", "norm(X)", "norm(X, axis=0)", "exp(y) / tau", "log(exp(y))",
    "sqrt(square(y))", "abs(y) * sign(y)", "tanh(X)", "sigmoid(X)", "relu(X)", "softmax(y)",
    "softmax(X)", "softmax(X, axis=0)", "where(y > 0, y, -1)", "where(X <= 0, X, w)",
    "minimum(y, 0)", "maximum(y, -y)", "clip(y, -0.5, tau)", "clip(X, 1, -1)", "y * (y > 0)",
    "(y > 0) + tau * (y < 1)", "where((y > 0) & (y < 1) | ~(y >= 0), y, 2)", "where(y == y, 1, 0)",
    "where(y != 0, y, 1)", "y[:, None] * w", "y[None, :] - y[:, None]",
    "X[:, None, :] * X[:, :, None]",
    "eye(n) - diag(y)", "ones(n)", "zeros((n, d)) + 1", "n * y / d", "(X - mean(X, axis=0)) ** 2",
    "X / sum(X, axis=1, keepdims=True)", "+y", "((y))",
    "where(maximum(y, 0) > minimum(y, tau), y, 0)",
]  # fmt: skip


@pytest.mark.parametrize("text", SAME_AS_NUMPY)
def test_numpy_agrees(text, values):
    expected = eval(text, {"n": 3, "d": 4}, NUMPY | values)
    np.testing.assert_allclose(run(text, values), np.asarray(expected, dtype=float), 1e-12, 1e-12)


SUMS = {
    "sum(X[k] * y[k] for k in range(n))": lambda X, y, **_: X.T @ y,
    "sum(k * y[k] for k in range(n))": lambda y, **_: np.arange(3) @ y,
    "sum(k * y[k] for k in range(1, n + 1))": lambda y, **_: np.arange(1, 4) @ y,
    "sum(sum(A[k, l] * (k == l) for k in range(n)) for l in range(n))": lambda A, **_: np.trace(A),
    "sum(where(k != l, 1, 0) for k in range(n) for l in range(n))": None,
}


@pytest.mark.parametrize("text", [text for text, expected in SUMS.items() if expected])
def test_sums_over_an_index_agree_with_numpy(text, values):
    np.testing.assert_allclose(run(text, values), SUMS[text](**values), 1e-12)


LATEX = {
    r"X w - y": lambda X, w, y, tau, A: (X @ w - y)[:, None],
    r"Ay y^\top": lambda X, w, y, tau, A: np.outer(A @ y, y),
    r"\frac{1}{2} \|y\|^2 + |\tau|^{2}": lambda X, w, y, tau, A: y @ y / 2 + tau**2,
    r"y^T X w": lambda X, w, y, tau, A: y @ X @ w,
    r"\sum_{i=1}^{n} y_i^2 X_{ii}": None,
    r"\sum_{i=1}^n A_{ii} y_i": lambda X, w, y, tau, A: np.diag(A) @ y,
    r"\sum_{i=1}^n y_i x_i": lambda X, w, y, tau, A: (X.T @ y)[:, None],
    r"\sqrt{\tau} e^{-\tau} \cdot \max(\tau, 1)": lambda X, w, y, tau, A: (
        np.sqrt(tau) * np.exp(-tau)
    ),
    r"\left( y \odot y \right)^\top": lambda X, w, y, tau, A: (y * y)[None],
    r"\sum_{i=1}^n \mathbf{1}_{y_i > 0} \exp(y_i)": lambda X, w, y, tau, A: np.exp(y[y > 0]).sum(),
    r"\sigma(y) - \tfrac{1}{2} y": lambda X, w, y, tau, A: (1 / (1 + np.exp(-y)) - y / 2)[:, None],
    r"\begin{cases} 1, & \tau < 1 \\ 2, & \text{otherwise} \end{cases}": lambda **_: 1.0,
}


@pytest.mark.parametrize("text", [text for text, expected in LATEX.items() if expected])
def test_latex_means_what_mathematics_says(text, values):
    found = run(text, values, LatexMeaning, read_latex)
    expected = np.asarray(LATEX[text](**values))
    np.testing.assert_allclose(np.squeeze(found), np.squeeze(expected), 1e-12)


WRONG_SHAPES = {
    "X @ y": "column 1: (n, d) @ (n,) do not fit: d is not n",
    "y + w": "(n,) and (d,) do not fit: n is not d",
    "1 + (y + w)": "column 6: (n,) and (d,)",
    "y @ 2": "@ needs vectors or matrices",
    "outer(X, y)": "outer needs a vector, got (n, d)",
    "diag(X)": "diag needs a vector",
    "softmax(tau)": "softmax needs a vector",
    "y[:, :]": "too many places",
}


@pytest.mark.parametrize("text", WRONG_SHAPES)
def test_shapes_that_do_not_fit_are_named(text):
    with pytest.raises(ShapeError) as error:
        Meaning(VOCABULARY).answer(read_numpy(text))
    assert WRONG_SHAPES[text] in str(error.value)


@pytest.mark.parametrize("text", [r"y + y^\top", r"y^2", r"\frac{1}{y}", r"X X"])
def test_latex_refuses_what_has_no_meaning_on_paper(text):
    with pytest.raises(ShapeError):
        LatexMeaning(VOCABULARY).answer(read_latex(text))


def test_latex_is_recognised_by_its_characters():
    assert is_latex(r"\tau")
    assert is_latex("x^2")
    assert is_latex("$x$")
    assert is_latex("x_{i}")
    assert not is_latex("x ** 2 @ y[:, None]")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("beta_1", "beta1"), (r"\beta_1", "beta1"), (r"\hat m_1", "mhat1"), (r"\hat{m}_2", "mhat2"),
     ("lambda", "lam"), ("n_in", "n_in"), ("dZ", "dZ")],
)  # fmt: skip
def test_names_are_spelled_as_one_types_them(name, expected):
    assert typed(name) == expected


def test_an_answer_is_said_back_in_index_notation():
    tensor = Meaning(VOCABULARY).answer(read_numpy("diag(y) @ y + where(abs(y) < 1, y, 0)"))
    i = array("y", n)[tensor.axes[0]].indices[0]
    said = spoken(tensor.entry, (i,))
    assert "sum(" in said
    assert "|y[" in said
    assert "Piecewise" not in said


WORDS = st.sampled_from(
    ["y", "X", "w", "tau", "n", "+", "-", "*", "/", "**", "@", ".T", "(", ")", "[", "]", ",", ":",
     "None", "sum", "exp(", "where(", "<", "==", "for", "in", "range(", "0", "1", "1e9", "=",
     "axis", "\\frac{", "}", "\\tau", "^", "_", "|", "\\sum", "&", "\\left(", "\u221e", "'",
     "__import__"]
)  # fmt: skip


def complaint(read, meaning, text):
    """What is said against a text; None if it has a meaning."""
    try:
        meaning(VOCABULARY).answer(read(text))
    except (AnswerSyntaxError, ShapeError) as error:
        return str(error)
    return None


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=14).map(" ".join) | st.text(max_size=40))
def test_any_text_has_a_meaning_or_one_line_that_says_why_not(text):
    for read, meaning in ((read_numpy, Meaning), (read_latex, LatexMeaning)):
        said = complaint(read, meaning, text)
        assert said is None or ("column" in said and "\n" not in said)


HOSTILE = [
    "(" * 5000, "-" * 1999 + "y", "(" * 900 + "y" + ")" * 900, "y" + "[:]" * 600, "[" * 2000,
    "y" + "**2" * 600, "1+" * 900 + "1", "\x00", "y\ny", "((((((y+1)**16)**16)**16)**16)**16)",
    "9" * 30 + "**16", "1e-300**16", "sum(" * 70 + "y" + ")" * 70, "\\frac{" * 300, "|" * 1999,
    "tau**tau**tau**tau", "0**-1", "0/0", "(-1)**0.5", "log(0)", "exp(exp(exp(exp(99))))",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20])
def test_hostile_text_does_no_harm(text):
    for read, meaning in ((read_numpy, Meaning), (read_latex, LatexMeaning)):
        said = complaint(read, meaning, text)
        assert said is None or ("column" in said and "\n" not in said)
