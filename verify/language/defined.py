"""Words that are said in other words of the language: activations, losses, and functions of several
numbers, as PyTorch, NumPy and SciPy define them. A text is read as if they were written out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from lark import Token, Tree

from verify.language.einsum import contracted
from verify.language.libraries import UNCLEAR, library_of
from verify.language.tree import AnswerSyntaxError, location_of, reject_too_deep
from verify.language.words.along_axis import OTHER_OPTIONS

Sizes = dict[int, tuple[Tree, int]]
"""Per tree's identity the tree, which keeps that from another, and how many parts it has."""
MOST_PARTS = 5000
"""Of a text with all words written out: each may say its argument twice."""

DEFINED: dict[str, tuple[str, str]] = {
    "softsign": ("x", "x/(1 + abs(x))"),
    "tanhshrink": ("x", "x - tanh(x)"),
    "hardshrink": ("x, lambd=0.5", "where(abs(x) > lambd, x, 0)"),
    "softshrink": (
        "x, lambd=0.5",
        "where(x > lambd, x - lambd, where(x < -lambd, x + lambd, 0)) + 0*sqrt(lambd)",
    ),
    "relu6": ("x", "clip(x, 0, 6)"),
    "hardtanh": (
        "x, min_val=-1, max_val=1",
        "clip(x, min_val, max_val) + 0*sqrt(max_val - min_val)",
    ),
    "hardsigmoid": ("x", "clip(x + 3, 0, 6)/6"),
    "hardswish": ("x", "x*clip(x + 3, 0, 6)/6"),
    "threshold": ("x, threshold, value", "where(x > threshold, x, value)"),
    "prelu": ("x, weight", "where(x > 0, x, weight*x)"),
    "celu": ("x, alpha=1", "where(x > 0, x, alpha*(exp(x/alpha) - 1))"),
    "selu": (
        "x",
        "1.0507009873554805*where(x > 0, x, 1.6732632423543772*(exp(x) - 1))",
    ),
    "elu": ("x, alpha=1", "where(x > 0, x, alpha*(exp(x) - 1))"),
    "leaky_relu": ("x, negative_slope=0.01", "where(x > 0, x, negative_slope*x)"),
    "silu": ("x", "x*sigmoid(x)"),
    "swish": ("x", "x*sigmoid(x)"),
    "gelu": ("x", "x*(1 + erf(x/sqrt(2)))/2"),
    "mish": ("x", "x*tanh(softplus(x))"),
    "softmin": ("x, axis=-1", "softmax(-x, axis=axis)"),
    "clamp_min": ("x, min", "maximum(x, min)"),
    "clamp_max": ("x, max", "minimum(x, max)"),
    "exp2": ("x", "2**x"),
    "erfc": ("x", "1 - erf(x)"),
    "ndtr": ("x", "(1 + erf(x/sqrt(2)))/2"),
    "log_ndtr": ("x", "log(1 + erf(x/sqrt(2))) - log(2)"),
    "entr": ("x", "-x*log(x)"),
    "rel_entr": ("x, y", "x*log(x/y) + 0*log(x)"),
    "cbrt": ("x", "sign(x)*abs(x)**(1/3)"),
    "full": ("shape, value", "value*(1*(zeros(shape) == 0))"),  # of whole numbers if value is one
    "deg2rad": ("x", "x*np.pi/180"),
    "rad2deg": ("x", "180*x/np.pi"),
    "logcumsumexp": ("x, axis", "log(cumsum(exp(x), axis=axis))"),
    "dist": ("x, y", "norm(x - y)"),
    "sinc": ("x", "sin(np.pi*x)/(np.pi*x)"),
    "logit": ("p", "log(p) - log(1 - p)"),
    "xlogy": ("x, y", "x*log(y)"),
    "xlog1py": ("x, y", "x*log(1 + y)"),
    "hypot": ("x, y", "sqrt(x**2 + y**2)"),
    "huber": (
        "delta, r",
        "where(abs(r) <= delta, r**2/2, delta*(abs(r) - delta/2)) + 0*sqrt(delta)",
    ),
    "pseudo_huber": ("delta, r", "delta**2*(sqrt(1 + (r/delta)**2) - 1) + 0*sqrt(delta)"),
    "lerp": ("start, end, weight", "start + weight*(end - start)"),
    "addcmul": ("c, a, b, value=1", "c + value*a*b"),
    "addcdiv": ("c, a, b, value=1", "c + value*a/b"),
    "addmm": ("c, a, b, beta=1, alpha=1", "beta*c + alpha*(a @ b)"),
    "addmv": ("c, a, b, beta=1, alpha=1", "beta*c + alpha*(a @ b)"),
    "addr": ("c, a, b, beta=1, alpha=1", "beta*c + alpha*outer(a, b)"),
    "linear": ("x, weight, bias=0", "x @ weight.T + bias"),
    "layer_norm": (
        "x, normalized_shape, weight=1, bias=0, eps=1e-5",
        "(x - mean(x, axis=-1, keepdims=True))/sqrt(var(x, axis=-1, keepdims=True) + eps)*weight"
        " + bias",
    ),
    "scaled_dot_product_attention": (
        "query, key, value",
        "softmax(query @ key.T/sqrt(query.shape[1]), axis=-1) @ value",
    ),
    "masked_fill": ("x, mask, value", "where(mask, value, x)"),
    "cdist": ("x, y", "sqrt(sqdist(x, y))"),
    "logical_and": ("a, b", "a & b"),
    "logical_or": ("a, b", "a | b"),
    "logical_not": ("a", "~a"),
    "normalize": (
        "x, ord=2, axis=1, eps=1e-12",
        "x/maximum(norm(x, ord=ord, axis=axis, keepdims=True), eps)",
    ),
    "pairwise_distance": ("x, y, ord=2, eps=1e-6", "norm(x - y + eps, ord=ord, axis=-1)"),
    "cosine_similarity": (
        "x, y, axis=1",
        "sum(x*y, axis=axis)/(norm(x, axis=axis)*norm(y, axis=axis))",
    ),
}
"""Parameters, some with a value where they may be left out, and the meaning. That one must not be
negative is said by 0 times its root: a library refuses others.
"""
LOSSES: dict[str, tuple[str, str]] = {
    "mse_loss": ("x, y", "(x - y)**2"),
    "l1_loss": ("x, y", "abs(x - y)"),
    "smooth_l1_loss": (
        "x, y, beta=1",
        "where(abs(x - y) < beta, (x - y)**2/(2*beta), abs(x - y) - beta/2) + 0*sqrt(beta)",
    ),
    "huber_loss": (
        "x, y, delta=1",
        "where(abs(x - y) <= delta, (x - y)**2/2, delta*(abs(x - y) - delta/2)) + 0*log(delta)",
    ),
    "binary_cross_entropy": ("p, y", "-(y*log(p) + (1 - y)*log(1 - p))"),
    "binary_cross_entropy_with_logits": ("z, y", "softplus(z) - y*z"),
    "soft_margin_loss": ("z, y", "log(1 + exp(-y*z))"),
    "multilabel_soft_margin_loss": ("z, y", "mean(softplus(z) - y*z, axis=-1)"),
    "poisson_nll_loss": ("z, y", "exp(z) - y*z"),
    "margin_ranking_loss": ("x, y, t, margin=0", "maximum(-t*(x - y) + margin, 0)"),
    "hinge_embedding_loss": (
        "x, t, margin=1",
        "where(t == 1, 0, maximum(margin - x, 0)) + where(t == -1, 0, x)",
    ),
    "triplet_margin_loss": (
        "anchor, positive, negative, margin=1, ord=2, eps=1e-6",
        "maximum(margin + norm(anchor - positive + eps, ord=ord, axis=-1)"
        " - norm(anchor - negative + eps, ord=ord, axis=-1), 0)",
    ),
    "kl_div": ("z, y", "y*(log(y) - z)"),
    "nll_loss": ("z, y", "-sum(y*z, axis=-1) + 0*vdot(y, z)"),
    "cross_entropy": ("z, y", "-sum(y*log_softmax(z), axis=-1) + 0*vdot(y, z)"),
}
"""The same for each entry of a batch, over which PyTorch takes the mean unless told otherwise. The
probabilities y of cross_entropy have the shape of z, as vdot's do: one number a row is a class.
"""
WITH_OPTION: dict[tuple[str, str], tuple[str, str]] = {
    ("cross_entropy", "label_smoothing"): (
        "z, y, label_smoothing=0",
        "-(1 - label_smoothing)*sum(y*log_softmax(z), axis=-1)"
        " - label_smoothing*mean(log_softmax(z), axis=-1) + 0*vdot(y, z)",
    ),
    ("cross_entropy", "weight"): (
        "z, y, weight=1",
        "-sum(weight*y*log_softmax(z), axis=-1) + 0*vdot(y, z)",
    ),
    ("softplus", "beta"): ("x, beta=1", "softplus(beta*x)/beta"),
    ("binary_cross_entropy_with_logits", "pos_weight"): (
        "z, y, pos_weight=1",
        "pos_weight*y*softplus(-z) + (1 - y)*softplus(z)",
    ),
}
"""What a word means if an option is named that is left out of its shortest form."""
NOT_AS_IN_NUMPY = {
    "scipy": ("softmax", "log_softmax", "kl_div"), "torch": ("var", "std"), "jax": ("gelu",),
}  # fmt: skip
"""Words that a library means by its own conventions."""
OTHER_FUNCTIONS = {
    ("jax", "gelu"): "JAX's is an approximation by tanh",
    ("scipy", "kl_div"): "SciPy's is p*log(p/q) - p + q",
}
"""What a library has by the name of a word here, and is another function."""
BETWEEN = {
    ("min", "x"): "maximum(x, min)",
    ("max", "x"): "minimum(x, max)",
    ("max", "min", "x"): "clip(x, min, max)",
}
"""What clip means with the bounds that are given."""
OF_KL_DIV = "batchmean"
REDUCTIONS = {
    "mean": "mean({0})", "sum": "sum({0})", "none": "{0}", OF_KL_DIV: "sum({0})/len({1})",
}  # fmt: skip


def written_out(tree: Tree, read: Callable[[str], Tree], of_methods: str = "") -> Tree:
    """The tree with the meaning of each word that is defined here; `read` reads such a meaning.
    Methods are those of the library that is named.

    Raises `AnswerSyntaxError` for arguments that do not fit, and where the text gets too long.
    """
    result = _written_out(tree, read, {}, of_methods)
    reject_too_deep(result)
    return result


def _written_out(tree: Tree, read: Callable[[str], Tree], sizes: Sizes, of_methods: str) -> Tree:
    children = [
        _written_out(c, read, sizes, of_methods) if isinstance(c, Tree) else c
        for c in tree.children
    ]
    tree = Tree(tree.data, children, tree.meta)
    if _is_logarithm_of_size(tree):
        return _put_in(read("log(abs(det(x)))"), {"x": children[0].children[1]}, tree)
    if tree.data != "call":
        return tree
    function, *arguments = children = [*map(_with_ddof, children)]
    name, library = _name_of(tree), _library(function)
    if function.data == "attribute" and not library:
        arguments.insert(0, function.children[0])
        library = of_methods
    unnamed = [argument for argument in arguments if argument.data != "keyword"]
    options = {str(a.children[0]): a.children[1] for a in arguments if a.data == "keyword"}
    try:
        if other := OTHER_FUNCTIONS.get((library, name)):
            raise ValueError(f"{name}: {other}; write that formula, or PyTorch's F.{name}")
        if name in ("clip", "clamp"):
            return _between(unnamed, options, read, tree)
        if name in DEFINED or name in LOSSES or any((name, o) in WITH_OPTION for o in options):
            meaning = _meaning(name, unnamed, options, read, tree)
            if _size(meaning, sizes) > MOST_PARTS:
                raise ValueError(f"expected at most {MOST_PARTS} parts with all words written out")
            return meaning
        if name == "matrix_power" and not options and (power := _small_power(unnamed)):
            return _put_in(read(" @ ".join("A" * power)), {"A": unnamed[0]}, tree)
        if name == "einsum" and options:
            raise ValueError(f"einsum: expected no {min(options)}")
        if name == "einsum" and unnamed and unnamed[0].data == "string":
            say = lambda text, **parts: _put_in(read(text), parts, tree)  # noqa: E731
            return contracted(str(unnamed[0].children[0])[1:-1], unnamed[1:], say)
        unsaid = [
            Tree("keyword", [key, read(text)])
            for key, text in _unsaid(name, library, options, len(unnamed))
        ]
        return Tree(tree.data, [*children, *unsaid], tree.meta)
    except ValueError as error:
        raise AnswerSyntaxError(str(error), location_of(tree)) from None


def _between(unnamed: list[Tree], options: dict[str, Tree], read: Callable, call: Tree) -> Tree:
    """clip(x, min, max), one bound of which may be missing, or None."""
    named = {key.removeprefix("a_"): value for key, value in options.items()}
    values = {**dict(zip(("x", "min", "max"), unnamed, strict=False)), **named}
    values = {key: value for key, value in values.items() if value.children != ["None"]}
    if len(unnamed) > 3 or tuple(sorted(values)) not in BETWEEN:
        raise ValueError("clip: expected clip(x, min, max), or one of both")
    return _put_in(read(BETWEEN[tuple(sorted(values))]), values, call)


def _with_ddof(argument: Tree) -> Tree:
    """ddof=0 for unbiased=False, and ddof=1 for True."""
    match argument:
        case Tree(
            data="keyword", children=["unbiased", Tree(children=["True" | "False" as truth])]
        ):
            number = Token("NUMBER", str(int(truth == "True")))
            return Tree("keyword", [Token("NAME", "ddof"), Tree("number", [number])], argument.meta)
    return argument


def _small_power(operands: list[Tree]) -> int:
    """The whole number that a matrix is raised to, from 1 to 6; 0 for another."""
    match operands:
        case [_, Tree(data="number", children=[text])] if str(text) in "123456":
            return int(str(text))
    return 0


def _is_logarithm_of_size(tree: Tree) -> bool:
    """Whether a tree is slogdet(A)[1] or slogdet(A).logabsdet."""
    match tree:
        case Tree(data="subscript", children=[call, Tree(data="number", children=["1"])]):
            pass
        case Tree(data="attribute", children=[call, "logabsdet"]):
            pass
        case _:
            return False
    return call.data == "call" and len(call.children) == 2 and _name_of(call) == "slogdet"


def _name_of(call: Tree) -> str:
    return str(call.children[0].children[-1])


def _unsaid(
    name: str, library: str, options: Mapping[str, Tree], unnamed: int
) -> Iterator[tuple[str, str]]:
    """What a library takes for an option that a call leaves out, where NumPy takes another."""
    is_of_torch = library == "torch" or options.keys() & OTHER_OPTIONS.keys()
    if name in ("var", "std") and not options.keys() & {"ddof", "correction"}:
        if library == UNCLEAR and not is_of_torch:
            raise ValueError(f"{name} of {UNCLEAR}? ddof=0 or ddof=1 says which")
        if is_of_torch:
            yield "ddof", "1"
    if name in ("softmax", "log_softmax") and library == "scipy" and unnamed + len(options) < 2:
        yield "axis", "None"


def _meaning(
    name: str, unnamed: list[Tree], options: dict[str, Tree], read: Callable, call: Tree
) -> Tree:
    named_options = ((name, option) for option in options)
    parameters, text = next(
        (WITH_OPTION[key] for key in named_options if key in WITH_OPTION),
        (DEFINED | LOSSES).get(name, ("", "")),
    )
    defaults = dict(part.split("=") for part in parameters.split(", ") if "=" in part)
    known = [part.partition("=")[0] for part in parameters.split(", ")]
    if name in LOSSES:
        text = REDUCTIONS[_reduction(name, options.pop("reduction", None))].format(text, known[0])
    named = {OTHER_OPTIONS.get(key, key): value for key, value in options.items()}
    values = {
        **{key: read(text) for key, text in defaults.items()},
        **dict(zip(known, unnamed, strict=False)),
        **named,
    }
    most = len(known) - (len(defaults) if name in LOSSES else 0)
    if len(unnamed) > most and len(unnamed) <= len(known):
        raise ValueError(f"{name}: expected {known[most]}=... by its name")
    if len(unnamed) > len(known) or set(known[: len(unnamed)]) & named.keys():
        raise ValueError(f"{name}: expected each of {parameters} once")
    if set(known) != values.keys():
        unknown = f" and no {min(more)}" if (more := values.keys() - set(known)) else ""
        raise ValueError(f"{name}: expected the arguments {parameters}{unknown}")
    if (shape := values.get("normalized_shape")) and not _is_one_size(shape):
        raise ValueError(f"{name}: expected the size of the last axis alone, such as (d,)")
    return _put_in(read(text), values, call)


def _is_one_size(shape: Tree) -> bool:
    return shape.data in ("name", "number") or (shape.data == "tuple" and len(shape.children) == 1)


def _reduction(name: str, option: Tree | None) -> str:
    text = str(option.children[-1]).strip("'\"") if option and option.children else "mean"
    known = [one for one in REDUCTIONS if one != OF_KL_DIV or name == "kl_div"]
    if text not in known:
        raise ValueError(f"reduction: expected {', '.join(known)}, got {text[:20]}")
    return text


def _put_in(meaning: Tree, values: Mapping[str, Tree], call: Tree) -> Tree:
    """The meaning with arguments for parameters; it stands in the text where the call does."""
    if meaning.data == "name" and str(meaning.children[0]) in values:
        return values[str(meaning.children[0])]
    parts = [_put_in(c, values, call) if isinstance(c, Tree) else c for c in meaning.children]
    return Tree(meaning.data, parts, call.meta)


def _size(tree: Tree, sizes: Sizes) -> int:
    """How many parts a tree has, those that occur twice counted twice, but each looked at once."""
    if id(tree) not in sizes:
        inner = (_size(child, sizes) for child in tree.children if isinstance(child, Tree))
        sizes[id(tree)] = tree, 1 + sum(inner)
    return sizes[id(tree)][1]


def _library(function: Tree) -> str:
    """The library that a function is taken from; "" for none."""
    path: list[str] = []
    while function.data == "attribute":
        function, name = function.children
        path.insert(0, str(name))
    return library_of([str(function.children[0]), *path]) if function.data == "name" else ""
