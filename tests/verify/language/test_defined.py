"""Words that are said in other words: what they mean, with a wrong gradient of each refuted."""

import re

import pytest

from verify.grading.grade import grade
from verify.language.defined import DEFINED, LOSSES
from verify.language.numpy_text import read_numpy
from verify.language.tree import AnswerSyntaxError
from verify.objectives.asked import Asked

WORDS = {
    "softsign(x) @ g": ("g/(1 + abs(x))**2", "g/(1 + x**2)"),
    "tanhshrink(x) @ g": ("g*tanh(x)**2", "-g*tanh(x)**2"),
    "hardshrink(x) @ g": ("g*(abs(x) > 0.5)", "g*(x > 0.5)"),
    "softshrink(x) @ g": ("g*(abs(x) > 0.5)", "g*(abs(x) > 1)"),
    "softshrink(x, lambd=2) @ g": ("g*(abs(x) > 2)", "g*(abs(x) > 0.5)"),
    "relu6(x) @ g": ("g*((x > 0) & (x < 6))", "g*(x < 6)"),
    "hardtanh(x) @ g": ("g*(abs(x) < 1)", "g*(x < 1)"),
    "hardtanh(x, -2, 3) @ g": ("g*((x > -2) & (x < 3))", "g*(abs(x) < 1)"),
    "hardsigmoid(x) @ g": ("g*(abs(x) < 3)/6", "g*(abs(x) < 3)"),
    "hardswish(x) @ g": ("g*where(x > 3, 1, where(x > -3, x/3 + 1/2, 0))", "g*(x > 0)"),
    "threshold(x, 1, 2) @ g": ("g*(x > 1)", "g*(x > 2)"),
    "prelu(x, a) @ g": ("g*where(x > 0, 1, a)", "g*(x > 0)"),
    "celu(x, 2) @ g": ("g*where(x > 0, 1, exp(x/2))", "g*where(x > 0, 1, 2*exp(x/2))"),
    "selu(x) @ g": ("g*where(x > 0, 1.0507009873554805, \
1.0507009873554805*1.6732632423543772*exp(x))", "g*(x > 0)"),
    "elu(x) @ g": ("g*where(x > 0, 1, exp(x))", "g*(x > 0)"),
    "leaky_relu(x) @ g": ("g*where(x > 0, 1, 0.01)", "g*(x > 0)"),
    "leaky_relu(x, negative_slope=a) @ g": ("g*where(x > 0, 1, a)", "g*where(x > 0, a, 1)"),
    "silu(x) @ g": ("g*sigmoid(x)*(1 + x*(1 - sigmoid(x)))", "g*sigmoid(x)*(1 - sigmoid(x))"),
    "swish(x) @ g": ("g*(swish(x) + sigmoid(x)*(1 - swish(x)))", "g*sigmoid(x)"),
    "gelu(x) @ g": ("g*(ndtr(x) + x*exp(-x**2/2)/sqrt(2*pi))", "g*ndtr(x)"),
    "ndtr(x) @ g": ("g*exp(-x**2/2)/sqrt(2*pi)", "g*exp(-x**2/2)/sqrt(pi)"),
    "log_ndtr(x) @ g": ("g*exp(-x**2/2)/(sqrt(2*pi)*ndtr(x))", "g/ndtr(x)"),
    "entr(x) @ g": ("-g*(log(x) + 1)", "-g*log(x)"),
    "rel_entr(x, y) @ g": ("g*(log(x/y) + 1)", "g*log(x/y)"),
    "cbrt(x) @ g": ("g/(3*cbrt(x)**2)", "g/3*cbrt(x)**2"),
    "deg2rad(x) @ g": ("pi*g/180", "180*g/pi"),
    "rad2deg(x) @ g": ("180*g/pi", "pi*g/180"),
    "logcumsumexp(x, dim=0) @ g": (
        "flip(cumsum(flip(g/cumsum(exp(x)))))*exp(x)", "softmax(x)*g",
    ),
    "dist(x, y)": ("(x - y)/dist(x, y)", "x - y"),
    "mish(x) @ g": ("g*(tanh(softplus(x)) + x*sigmoid(x)/cosh(softplus(x))**2)", "g*tanh(x)"),
    "softmin(x) @ g": ("-softmax(-x)*(g - g @ softmax(-x))", "softmax(-x)*(g - g @ softmax(-x))"),
    "exp2(x) @ g": ("g*log(2)*exp2(x)", "g*exp2(x)"),
    "erfc(x) @ g": ("-2/sqrt(pi)*exp(-x**2)*g", "2/sqrt(pi)*exp(-x**2)*g"),
    "sinc(x) @ g": ("g*(cos(pi*x) - sinc(x))/x", "g*cos(pi*x)"),
    "logit(x) @ g": ("g/(x*(1 - x))", "g/x"),
    "xlogy(x, y) @ g": ("g*log(y)", "g*x/y"),
    "xlog1py(x, y) @ g": ("g*log(1 + y)", "g*log(y)"),
    "huber(2, x) @ g": ("g*clip(x, -2, 2)", "g*clip(x, -1, 1)"),
    "pseudo_huber(2, x) @ g": ("g*x/sqrt(1 + (x/2)**2)", "g*x/sqrt(1 + x**2)"),
    "hypot(x, y) @ g": ("g*x/hypot(x, y)", "g/hypot(x, y)"),
    "lerp(x, y, a) @ g": ("g*(1 - a)", "g*a"),
    "addcmul(y, x, g).sum()": ("g", "x"),
    "addcdiv(y, x, g, value=a).sum()": ("a/g", "1/g"),
    "addmm(Y, X, W).sum()": ("ones((n, 1)) @ sum(W, axis=1)[None]", "ones((n, d))"),
    "g @ addmv(g, X, x)": ("X.T @ g", "X @ g"),
    "addr(X, x, y, beta=a, alpha=3).sum()": ("3*sum(y)*ones(n)", "sum(y)*ones(n)"),
    "cosine_similarity(x, y, dim=0)": (
        "y/(norm(x)*norm(y)) - (x @ y)*x/(norm(x)**3*norm(y))", "y/(norm(x)*norm(y))",
    ),
    "mse_loss(x, y)": ("2*(x - y)/n", "2*(x - y)"),
    "l1_loss(x, y, reduction='sum')": ("sign(x - y)", "sign(x - y)/n"),
    "smooth_l1_loss(x, y)": ("clip(x - y, -1, 1)/n", "clip(x - y, -1, 1)"),
    "huber_loss(x, y, delta=2)": ("clip(x - y, -2, 2)/n", "clip(x - y, -1, 1)/n"),
    "binary_cross_entropy(x, y)": ("(x - y)/(x*(1 - x))/n", "(x - y)/n"),
    "binary_cross_entropy_with_logits(x, y)": ("(sigmoid(x) - y)/n", "sigmoid(x) - y"),
    "soft_margin_loss(x, y)": ("-y*sigmoid(-y*x)/n", "-y*sigmoid(y*x)/n"),
    "poisson_nll_loss(x, y)": ("(exp(x) - y)/n", "exp(x) - y"),
    "kl_div(x, y)": ("-y/n", "-y"),
    "nll_loss(x, y)": ("-eye(K)[y]/n", "-eye(K)[y]"),
    "margin_ranking_loss(x, y, g, margin=1)": ("-g*(g*(x - y) < 1)/n", "-g*(g*(x - y) < 0)/n"),
    "kl_div(x, y, reduction='batchmean')": ("-y/n", "-y"),
    "hinge_embedding_loss(x, y)": (
        "((y != -1) - 1.0*(y != 1)*(x < 1))/n", "((y != -1) - 1.0*(y != 1))/n",
    ),
    "triplet_margin_loss(x, y, g)": (
        "(1 + norm(x - y + 1e-6) > norm(x - g + 1e-6))"
        "*((x - y + 1e-6)/norm(x - y + 1e-6) - (x - g + 1e-6)/norm(x - g + 1e-6))",
        "(x - y + 1e-6)/norm(x - y + 1e-6) - (x - g + 1e-6)/norm(x - g + 1e-6)",
    ),
    "pairwise_distance(x, y)": ("(x - y + 1e-6)/pairwise_distance(x, y)", "x - y + 1e-6"),
    "normalize(x, dim=0) @ g": (
        "where(norm(x) > 1e-12, g/norm(x) - (x @ g)*x/norm(x)**3, g*1e12)",
        "g/norm(x) - (x @ g)*x/norm(x)**2",
    ),
    "where(logical_and(x > 0, logical_not(logical_or(x > 1, g < 0))), x, 0) @ g": (
        "g*((x > 0) & (x <= 1) & (g >= 0))", "g*((x > 0) & (g >= 0))",
    ),
    "linear(X, W, g).sum()": ("ones((n, 1)) @ sum(W, axis=0)[None]", "ones((n, d))"),
    "sum(layer_norm(X, (d,), W, g))": (
        "s = sqrt(var(X, axis=1, keepdims=True) + 1e-5)\n"
        "h = (X - mean(X, axis=1, keepdims=True))/s\n"
        "(W - mean(W, axis=1, keepdims=True) - h*mean(W*h, axis=1, keepdims=True))/s",
        "W/sqrt(var(X, axis=1, keepdims=True) + 1e-5)",
    ),
    "sum(W*scaled_dot_product_attention(X, Y, Z))": (
        "P = softmax(X @ Y.T/sqrt(d))\nG = W @ Z.T\n"
        "(P*(G - sum(P*G, axis=1, keepdims=True))) @ Y/sqrt(d)",
        "P = softmax(X @ Y.T)\nG = W @ Z.T\n(P*(G - sum(P*G, axis=1, keepdims=True))) @ Y",
    ),
    "masked_fill(x, y > 0, 3) @ g": ("g*(y <= 0)", "g*(y > 0)"),
    "cdist(X, Y).sum()": (
        "D = cdist(X, Y)\nsum(1/D, axis=1, keepdims=True)*X - (1/D) @ Y", "X/cdist(X, Y)",
    ),
    "multilabel_soft_margin_loss(X, W)": ("(sigmoid(X) - W)/(n*d)", "(sigmoid(X) - W)/n"),
    "binary_cross_entropy_with_logits(x, y, pos_weight=a)": (
        "((1 - y)*sigmoid(x) - a*y*sigmoid(-x))/n", "(sigmoid(x) - a*y)/n",
    ),
    "cross_entropy(X, W, label_smoothing=0.1)": (
        "((0.9*sum(W, axis=1, keepdims=True) + 0.1)*softmax(X) - 0.9*W - 0.1/d)/n",
        "(softmax(X) - W)/n",
    ),
    "cross_entropy(X, W, weight=g)": ("(softmax(X)*(W @ g)[:, None] - g*W)/n", "softmax(X) - W"),
    "sum(softplus(x, beta=a))": ("sigmoid(a*x)", "a*sigmoid(a*x)"),
    "sum(full(n, a)*x)": ("a*ones(n)", "x"),
    "clamp_min(x, 1) @ g": ("g*(x > 1)", "g*(x < 1)"),
    "clamp_max(x, 1) @ g": ("g*(x < 1)", "g*(x > 1)"),
    "cross_entropy(x, y)": ("sum(y)*softmax(x) - y", "softmax(x) - y"),
}  # fmt: skip


@pytest.mark.parametrize("function", WORDS)
def test_a_word_has_its_derivative_and_no_other(function):
    right, wrong = WORDS[function]
    wrt = "X" if re.search(r"\bX\b", function) and not re.search(r"\bx\b", function) else "x"
    question = Asked(function, wrt, _shapes(function)).question()
    assert grade(question, right).verdict == "proved"
    assert grade(question, wrong).verdict == "refuted"


def _shapes(function: str) -> str:
    shapes = {"x": "n", "y": "n", "g": "n", "a": ""}
    if function.startswith("addmm"):
        shapes = {"Y": "n k", "X": "n d", "W": "d k"}
    elif function.startswith("linear"):
        shapes = {"X": "n d", "W": "k d", "g": "k"}
    elif "X" in function and not re.search(r"addr|addmv", function):
        shapes = {"X": "n d", "Y": "m d", "Z": "m k", "W": "n k" if "Z" in function else "n d"}
        shapes |= {"g": "d"}
    if function.startswith("nll_loss"):
        shapes = {"x": "n K", "y": "n"}
    if function.startswith("addr") or "addmv" in function:
        shapes |= {"X": "n n"}
    names = {str(t.children[0]) for t in read_numpy(function).find_data("name")}
    return ", ".join(f"{name}: {sizes}" for name, sizes in shapes.items() if name in names)


def test_each_word_is_tested():
    tested = " ".join(WORDS)
    assert all(f"{word}(" in tested for word in {*DEFINED, *LOSSES})


LIBRARIES = [
    ("torch.var(x)", "2*(x - mean(x))/(n - 1)", "2*(x - mean(x))/n"),
    ("np.var(x)", "2*(x - mean(x))/n", "2*(x - mean(x))/(n - 1)"),
    ("x.var(dim=0)", "2*(x - mean(x))/(n - 1)", "2*(x - mean(x))/n"),
    ("torch.var(x, correction=0)", "2*(x - mean(x))/n", "2*(x - mean(x))/(n - 1)"),
]


@pytest.mark.parametrize(("function", "right", "wrong"), LIBRARIES)
def test_a_variance_is_that_of_its_library(function, right, wrong):
    question = Asked(function, "x", "x: n", ("n >= 2",)).question()
    assert grade(question, right).verdict == "proved"
    assert grade(question, wrong).verdict == "refuted"


def test_the_second_part_of_slogdet_is_the_logarithm_of_the_size_of_the_determinant():
    for text in ("np.linalg.slogdet(A)[1]", "torch.slogdet(A).logabsdet"):
        question = Asked(text, "A").question()
        assert grade(question, "inv(A).T").verdict == "proved"
        assert grade(question, "inv(A)").verdict == "refuted"


def test_a_softmax_of_scipy_is_over_all_entries():
    s = "scipy.special.softmax(X)"
    question = Asked(f"np.sum(G*{s})", "X", "X: n d, G: n d").question()
    assert grade(question, f"{s}*(G - np.sum(G*{s}))").verdict == "proved"
    assert (
        grade(question, "softmax(X)*(G - sum(G*softmax(X), axis=1)[:, None])").verdict == "refuted"
    )


def test_a_softmax_of_scipy_is_along_an_axis_that_is_named_or_not():
    for columns in ("scipy.special.softmax(X, 0)", "scipy.special.softmax(X, axis=0)"):
        question = Asked(f"np.sum(G*{columns})", "X", "X: n d, G: n d").question()
        right = f"{columns}*(G - np.sum(G*{columns}, axis=0))"
        assert grade(question, right).verdict == "proved"


REFUSED = {
    "mse_loss(x)": "the arguments x, y",
    "mse_loss(x, y, 3)": "each of x, y once",
    "mse_loss(x, y, reduction='batchmean')": "expected mean, sum, none, got batchmean",
    "lerp(a, b, weight=c, c=d)": "the arguments start, end, weight",
    "jax.nn.gelu(x)": "an approximation by tanh",
    "softsign(" * 30 + "x" + ")" * 30: "at most 5000 parts",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_does_not_fit_is_refused_in_one_line(text):
    with pytest.raises(AnswerSyntaxError, match=REFUSED[text]) as error:
        read_numpy(text)
    assert str(error.value).startswith("column ")
