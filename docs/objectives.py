"""Renders what becomes of public closed forms: `python docs/objectives.py` writes the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from experiments.closed_forms import EXPERIMENT
from experiments.closed_forms.design import LONG
from experiments.closed_forms.gather import is_derived
from experiments.closed_forms.result import ClosedFormsResult, Dispute, Form, Open, Score
from experiments.framework.results import load_result
from verify.objectives.latex.translation import translated

PAGE = Path(__file__).with_suffix(".md")
HEADING = """# What can be derived and proved of an objective

`gradproof derive FUNCTION --wrt NAME` derives the gradient of an objective and proves it for every
size; `gradproof answer --function FUNCTION --wrt NAME GRADIENT` judges yours. This page says what
both make of gradients that others published: {forms} closed forms, each with two typical errors of
it, and {disputes} disputes about a formula, listed with their sources in
[forms.toml](../experiments/closed_forms/forms.toml) and
[disputes.toml](../experiments/closed_forms/disputes.toml). Beside it stands what the `diff` of
SymPy {sympy} makes of the same functions. The page is written by `python docs/objectives.py` from
the result of `gradproof experiments run closed_forms`, which has the times, too.
"""
COLUMNS = """
- *proved*: the published gradient is proved for every size;
- *derived*: `derive` finds a gradient in matrix form and proves it; *compact* are those of at most
  {long:g} times the length of the published one;
- *refuted*: of the wrong gradients, those that a counterexample or their shape refutes;
- *SymPy right*: its derivative has the right values at points; *silently wrong*: it has others, and
  neither an error nor a warning says so; *no answer*: an exception, a derivative that is left
  unevaluated, or a function that its matrix expressions cannot say. Each function is written in two
  ways, and one that is right is enough.
"""
HEAD = (
    "forms", "proved", "derived", "compact", "wrong ones", "refuted",
    "SymPy right", "silently wrong", "no answer",
)  # fmt: skip
MEANINGS = {
    "given": "the published gradient is not decided",
    "derived": "no gradient in matrix form",
    "wrong": "a wrong gradient is not refuted",
    "dispute": "not decided",
}
ALONG_AXIS = """
## Maxima, products, powers, cumulative sums and parts

- Integer labels are read where they choose entries: `P[arange(n), y]`, also with `-= 1` or `= v`
  behind it, `P.gather(1, y[:, None])`, `take_along_axis`, `eye(K)[y]`, `one_hot(y, K)`, in a loop
  `P[i, y[i]]`, `scores[y[i]]`, `W[:, y[i]]` and `j == y[i]`, also with `+= f` behind it, in
  `np.add.at(C, y, D)`, as weights `w[y]` of what they choose, in `F.nll_loss(P, y)`, and in
  `F.cross_entropy(Z, y)`, also with `weight=w`, unless `--shapes` gives `y` the shape of `Z`;
  `torch.arange(n)` as labels is the unit matrix. A name of shape `"y:"`, as in `softmax(z)[y]`, is
  one label. What is printed has their one-hot matrix: the gradient of
  `-log(softmax(X @ W)[arange(n), y]).mean()` is `X.T @ (softmax(X @ W) - Y)/n`, where
  `Y = eye(K)[y]`. Labels that are used as numbers are refused, in an answer too: `softmax(Z) - y`
  is no gradient. Of a one-hot row the entry that is 1 decides all else: with `y one-hot` the
  gradient of `-log(softmax(z) @ y)` is `softmax(z) - y`.
- Entries that a condition chooses are read where they are assigned, `g[x < 0] = 0`, or
  `g[m] = 2*x[m]` after `m = x > 0`, and of their sum and mean: `(r[abs(r) < 1]**2).mean()`. The
  condition has the shape of the array; one on rows is not read.
- A function or a gradient may be one expression, several lines of assignments, or a whole `def`. A
  loop over `range(n)` that adds to a name is the sum of what its turns add, and one that assigns
  `g[k]` at each `k` is the array of these entries, as is `np.array([f(k) for k in range(n)])`. What
  else is assigned in a turn may be read after that in the same turn. `for x, t in zip(X, y)`,
  `for k, x in enumerate(X)`, `n, d = X.shape`, `g[1:] += f`, `g[0] = 0` and, in a loop,
  `G[:, k] += f`, `s[k] = s[k] + f`, `if c: s += f` and `if c: continue` are read, too, and so are
  a list that begins empty and gets one entry in each turn, `g.append(f)`, before `np.array(g)` or
  `sum(g)`, loops over pairs, `for j in range(i)`, `range(i + 1, n)` and
  `sum(f for i in range(n) for j in range(n) if i != j)`, and over neighbours, of `x[i]` and
  `x[i - 1]` in `range(1, n)`.
- An answer may use the names that its function gives values to: after `p = softmax(z)` it may be
  `p - y`. A name that stands for an argument and for another value of it is read in an answer if
  both give one verdict.
- A name that stands where a condition is expected, `where(m, a, b)`, is 0 or 1; the scope says so,
  and `--assume "m 0 or 1"` says it of any other name.
- `max` and `min`, along an axis or of all entries, are differentiated where one entry alone is the
  largest; the scope says *is attained once*, and nothing is said of ties. The gradient of `max(x)`
  is written `x == max(x)`. A maximum that cancels, as in a log-sum-exp or a softmax that subtracts
  it, leaves no such condition.
- `prod` is differentiated where no entry is 0, as `prod(x)/x`, and the scope says so.
- A power to an exponent that may be whole or not, as `x**p`, is differentiated where its base is
  positive, and the scope says so.
- A variance is over `n - 1` entries as PyTorch's, `torch.var(x)` or `x.var(dim=0)`, and over `n` as
  NumPy's; SciPy's `softmax` is over all entries unless an axis is named. PyTorch's losses are means
  over a batch unless `reduction="sum"`. Whose methods `x.std()` and `x.transpose(0, 1)` are is told
  by the functions that are called and imported; where there are NumPy's and PyTorch's, `x.std()` is
  not read without its `ddof`. An answer goes by its question if it does not show it.
- `sum(X)` by itself is the sum of all entries, as the language has it. Beside `np.exp` or an import
  it is Python's own, which goes over the rows of a matrix, and is not read of one.
- PyTorch's modules without weights are read as its functions: `nn.MSELoss()(z, y)`, and
  `criterion(z, y)` after `criterion = nn.MSELoss()`.
- A matrix of one entry, as `r.T @ r` of a column `r`, is an objective like a number.
- `cumsum` and the reverse order, `flip(x)` or `x[::-1]`, hold everywhere: the gradient of
  `cumsum(x) @ g` is `flip(cumsum(flip(g)))`.
- Parts of an axis leave out a number of first and last entries, as `x[1:]`, `x[:-1]` and `diff(x)`;
  single entries are `x[0]`, `x[-1]` and `X[:, 0]`. Gradients are written with rows of the unit
  matrix: that of `x[0]` is `eye(n)[0]`. `append(0, g)` and `pad(g, (1, 0))` are read, too.
- `einsum` has letters for subscripts, at most two an array, and is read as products and sums of
  matrices. `tril` and `triu` take the diagonal that they begin at; a norm of a vector has any whole
  order, or `inf`.
- `kron(A, B)`, and a matrix as a vector, its columns in `vec(X)`, its rows in `X.ravel()`, are read
  where they are multiplied with one another and summed, as in `norm(kron(A, B) @ vec(X) - vec(C))`.
"""
LATEX = {
    r"\sum_{i=1}^n (y_i - x_i^\top w)^2 + \lambda \|w\|_2^2": "x_i is the row i of X",
    r"\frac1n\sum_{i=1}^n \log(1 + e^{-y_i \mathbf{w}^\top \mathbf{x}_i})": "bold: vectors",
    r"\sum_{i=1}^n\sum_{k=1}^K r_{ik}\|x_i - \mu_k\|^2": "distances of rows",
    r"\sum_{i,j} \alpha_i \alpha_j y_i y_j x_i^\top x_j": "sums over two indices",
    r"-\sum_{n=1}^N \sum_{k=1}^K t_{nk} \log y_{nk}": "entries of matrices",
    r"(x-\mu)^\top \Sigma^{-1} (x-\mu) + \log|\Sigma|": "bars of a matrix: det",
    r"\|X - U V^\top\|_F^2": "the norm of a matrix says which one it is",
    r"\sum_{i=2}^n (x_i - x_{i-1})^2": "neighbours",
    r"\sum_{i<j} (x_i - x_j)^2": "pairs",
    r"\arg\min_w \|y - Xw\|^2 + \lambda\|w\|_p^p": "no minimum is sought; any norm",
    r"(y - w x - b)^2": "small letters are numbers where no vectors fit",
}
"""Objectives in LaTeX, and what one may learn from how they are read."""
NO_LATEX = {
    r"z_y - \log\sum_k e^{z_k}": "one entry of an array",
    r"\sum_{i,j} \tanh(A_{ik} + B_{jk})": "a function of three indices",
    r"\log x y": "a function without brackets before a product",
    r"\|x\|^2/2\sigma^2": "a quotient before a factor",
    r"\sum_i p_i \log p_i/q_i": "a function without brackets in a quotient",
    r"x^t A x": "a power that may be a transpose",
    r"\|X\|": "a norm of a matrix without F",
    r"\exp(X)": "a function of a matrix that may be one of its entries",
    r"\|\phi(\mathbf{x}) - y\|^2": "a function that is not known",
}
"""Objectives in LaTeX that are refused, and why."""
ABOUT_LATEX = """
## In LaTeX

A function in LaTeX is translated into NumPy's notation, and shown so; what is derived and proved is
of that text. An index is an axis: sums over indices become operations on whole arrays. Capital
letters are matrices, small ones vectors, Greek ones numbers, or what departs from that least and
fits. Bold letters are vectors and matrices, and beside them plain small ones are numbers.
`--shapes` says it otherwise. An index that no sum is over, `i` to `l`, makes a vector.
"""
PROGRAMS = """\
## Several lines

A function and an answer may be an expression, several lines or a `def`. Functions and lambdas that
stand before the last one are put in where they are called, if they are values for names and one
return; an answer may call those of its function, which hide words of the language. Of several
values that are returned the only number is the function, and the only one that has the right shape
is the answer. Nothing is run.

"""
SHAPES = """\
## Shapes that nobody declares

Shapes follow from use. What use leaves open follows habit: capital letters are matrices, small
ones vectors, Greek names and the likes of `lam` and `eps` numbers, and so is an argument whose
default is a number. What is multiplied by `@` or `dot` is an array. A function whose names may be
numbers is one of numbers, as `1/(1 + exp(-x))` alone. What was taken is printed before the verdict.

An answer that does not fit shapes that were guessed is tried with others that it fits: `b` in
`mean((X @ w + b - y)**2)` is a number for one who answers `2*mean(X @ w + b - y)`. They are said
only if the answer is proved with them.
"""
LIMITS = {
    "sorting": "sum(sort(x)*y)",
    "other shapes of the same entries": "sum(X.reshape(2, -1))",
    "the gamma function": "sum(gammaln(x))",
    "decompositions": "sum(svd(X)[1])",
    "loops that do more than add to a name": "s = 1\nfor k in range(n):\n    s *= x[k]\ns",
    "complex numbers": "sum(conj(x)*x)",
    "conditions on sums of branches, as of two layers of ReLU": (
        "sum(maximum(maximum(X @ A, 0) @ B, 0))"
    ),
}
"""What the language does not have, each with an objective that is refused with one line."""


def render(result: ClosedFormsResult) -> str:
    """The page of a result."""
    forms = [form for run in result.runs for form in run.forms]
    disputes = [dispute for run in result.runs for dispute in run.disputes]
    sympy = result.provenance.packages.get("sympy", "")
    parts = [
        HEADING.format(forms=len(forms), disputes=len(disputes), sympy=sympy),
        "## By family\n" + COLUMNS.format(long=LONG),
        _table(("family", *HEAD), _families(result)),
        f"Verdicts that are wrong: {len(result.false) or 'none'}.\n",
        "## What is undecided, and why\n",
        *(list(map(_open, result.undecided)) or ["Nothing."]),
        PROGRAMS + SHAPES,
        ALONG_AXIS,
        *_latex(),
        "## What the language lacks\n",
        "An objective with one of these is refused with one line that names the word; nothing that",
        "is not understood becomes 0.\n",
        *(f"- {what}: `{_one_line(text)}`" for what, text in LIMITS.items()),
        "\n## Every form\n",
        "The gradient is the derived one.\n",
        _table(("form", "function", "by", "gradient", "SymPy"), map(_form, forms)),
        "## Every dispute\n",
        _table(("dispute", "function", "by", "claimed", "verdict"), map(_dispute, disputes)),
    ]
    return "\n".join(parts)


def _latex() -> Iterator[str]:
    """What LaTeX is read as, and what is refused with which words."""
    yield ABOUT_LATEX
    rows = [(_code(text), _code(translated(text, {}).text), why) for text, why in LATEX.items()]
    yield _table(("LaTeX", "read as", ""), rows)
    yield "What is not clear, or has no such form, is refused in one line:\n"
    yield _table(("LaTeX", "", "error"), [(_code(t), w, _error(t)) for t, w in NO_LATEX.items()])


def _error(text: str) -> str:
    try:
        return _code(translated(text, {}).text)
    except ValueError as error:
        return _code(str(error))


def _table(head, rows) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


def _families(result: ClosedFormsResult) -> list[tuple]:
    rows = [*result.families.items(), ("all", result.total)]
    return [(name, *_counts(score)) for name, score in rows]


def _counts(score: Score) -> tuple[int, ...]:
    return (
        score.forms, score.proved, score.derived, score.compact, score.wrong, score.refuted,
        score.sympy_right, score.sympy_silent, score.sympy_none,
    )  # fmt: skip


def _open(one: Open) -> str:
    return f"- {one.id}, {_code(one.formula)}: {MEANINGS[one.what]}; {one.why}"


def _form(form: Form) -> tuple[str, ...]:
    gradient = _code(form.derived.gradient) if is_derived(form) else "-"
    name = form.wrt if form.order == 1 else f"{form.wrt}, twice"
    return form.id, _code(form.function), name, gradient, form.sympy.verdict


def _dispute(dispute: Dispute) -> tuple[str, ...]:
    claimed = dispute.claimed
    source = f"[{dispute.id}]({dispute.source})"
    return source, _code(dispute.function), dispute.wrt, _code(claimed.formula), claimed.verdict


def _code(text: str) -> str:
    return "`" + _one_line(text).replace("|", "\\|") + "`"


def _one_line(text: str) -> str:
    return "; ".join(line.strip() for line in text.splitlines())


if __name__ == "__main__":
    PAGE.write_text(render(load_result(EXPERIMENT)))
