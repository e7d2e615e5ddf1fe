"""An answer has a value exactly where every need of it holds: by a table, and by chance."""

import ast
import operator

import mpmath
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sympy import Integer, Symbol

from derivations.notation import array, index, size, time
from derivations.prover.needs import Need, Sign
from derivations.prover.points.arithmetic import UndefinedError
from derivations.prover.points.drawing import holds
from derivations.prover.points.evaluation import evaluate
from verify.language.latex.meaning import LatexMeaning
from verify.language.latex.text import is_latex, read_latex
from verify.language.meaning import Meaning
from verify.language.numpy_text import read_numpy
from verify.language.spoken import spoken
from verify.language.tree import AnswerSyntaxError
from verify.language.vocabulary import Quantity, Vocabulary

n, t = size("n"), time("t")
r, s = Symbol("r", real=True), Symbol("s", real=True)
VOCABULARY = Vocabulary(
    {
        "A": Quantity(array("A", n, n), (n, n)),
        "z": Quantity(array("z", n), (n,)),
        "y": Quantity(array("y", n, positive=True), (n,)),
        "g": Quantity(array("g", t), (t,)),
        "r": Quantity(r),
        "s": Quantity(s),
        "delta": Quantity(Symbol("delta", positive=True)),
    },
    {"n": n, "t": t},
    {"i": index("i", n), "j": index("j", n)},
)


def read(text):
    meaning, reader = (LatexMeaning, read_latex) if is_latex(text) else (Meaning, read_numpy)
    return meaning(VOCABULARY).answer(reader(text))


def said(need, places):
    text = f"{spoken(need.quantity, places)} {need.sign.value} 0"
    where = [spoken(condition, places) for condition in need.where]
    return " where ".join([text, " and ".join(where)]) if where else text


NEEDS = {
    "r / s": ["s != 0"],
    "r / r": ["r != 0"],
    "0 * log(r)": ["r > 0"],
    "exp(log(r)) - sqrt(s) ** 2": ["r > 0", "s >= 0"],
    "r / delta + log(delta) + sqrt(exp(r)) + 1 / (1 + exp(-r))": [],
    "r / (abs(s) + delta)": [],
    "r * sqrt(-delta - 1) * 0": ["-delta - 1 >= 0"],
    r"\frac{r}{s} + \sqrt{r} + \log(s)": ["s != 0", "r >= 0", "s > 0"],
    # powers
    "r ** -2": ["r != 0"],
    "r ** 2 + r ** 0": [],
    "r ** 0.5": ["r >= 0"],
    "r ** -0.5": ["r > 0"],
    "r ** n + delta ** -t": [],
    "r ** -t": ["r != 0 where -t < 0"],
    "sum(r ** (t - k) * g[k] for k in range(1, t + 1))": [],
    "sum(r ** (t - 1 - k) * g[k] for k in range(t))": [],
    "sum(r ** (k - 2) for k in range(1, n + 1))": ["r != 0 where k < 2"],
    "r ** (1 - 3 * n)": ["r != 0"],
    # functions whose operands all count
    "minimum(1, delta / abs(r))": ["|r| != 0"],
    "maximum(log(r), s)": ["r > 0"],
    "clip(r, -1 / s, 1)": ["s != 0"],
    "relu(1 / r)": ["r != 0"],
    "sigmoid(z / r) + softmax(z)": ["r != 0"],
    "norm(z) * z": [],
    # branches
    "where(r > 0, 1 / r, s)": ["r != 0 where r > 0"],
    "where(r > 0, s, 1 / r)": ["r != 0 where r <= 0"],
    "where(1 / r > 0, r, s)": ["r != 0"],
    "where(1 / r == 1 / r, 1, 2)": ["r != 0"],
    "where((1 / r > 0) | (s > 1), r, s)": ["r != 0"],
    "(1 / r > 0) * s": ["r != 0"],
    "where(r > 0, where(s > 0, 1 / s, log(r)), r)": [
        "s != 0 where s > 0 and r > 0", "r > 0 where s <= 0 and r > 0",
    ],
    "1 / r if r > 0 else log(s)": ["r != 0 where r > 0", "s > 0 where r <= 0"],
    r"\begin{cases} 1/r & r > 1 \\ \log(s) & r < -1 \\ \sqrt{r} & \text{otherwise} \end{cases}": [
        "r != 0 where r > 1", "s > 0 where r < -1 and r <= 1", "r >= 0 where r >= -1 and r <= 1",
    ],
    r"\begin{cases} r & \frac{1}{s} > r \\ s & \frac{1}{s} \le r \end{cases}": ["s != 0"],
    r"\begin{cases} r & r > s \\ s & \frac{r s}{s} \le s \end{cases}": ["s != 0 where r <= s"],
    "where(i == j, 1 / z[i], 1 / z[j])": [
        "z[i] != 0 where i = j", "z[j] != 0 where i != j",
    ],
    "where(eye(n) == 1, 1 / A, 0)": ["A[i, j] != 0 where i = j"],
    # arrays
    "1 / z": ["z[i] != 0"],
    "diag(1 / z)": ["z[i] != 0"],
    "diag(1 / A)": ["A[i, i] != 0"],
    "(1 / A).T": ["A[j, i] != 0"],
    "1 / z[:, None] + log(z)": ["z[i] != 0", "z[j] > 0"],
    "outer(1 / z, log(z))": ["z[i] != 0", "z[j] > 0"],
    "A @ (1 / z)": ["z[k] != 0"],
    "(1 / A) @ z": ["A[i, k] != 0"],
    "1 / z[i]": ["z[i] != 0"],
    "sum(1 / A, axis=0)": ["A[k, i] != 0"],
    "1 / sum(z)": ["sum(z[k], k = 1..n) != 0"],
    "exp(z) / sum(exp(z)) + y / sum(y * y)": [],
    r"\sum_k \frac{1}{z_k}": ["z[k] != 0"],
    r"z^\top (z / r)": ["r != 0"],
    # ranges that may be empty
    "mean(z)": [],
    "t * mean(g)": ["t > 0"],
    "z * var(z[1:])": ["n - 1 > 0"],
    "z * var(z, ddof=1)": ["n - 1 > 0"],
    # parts that may be too short: none has n - 2 entries where n is 1
    "sum(z[2:])": [],
    "mean(z[2:])": ["n - 2 > 0"],
    "len(z[2:])": ["n - 2 >= 0"],
    "z[2:].size": ["n - 2 >= 0"],
    "A[:, 2:].shape[1]": ["n - 2 >= 0"],
    "sum(append(z[2:], 1))": ["n - 2 >= 0"],
    "sum(append(1, z[1:]))": [],
    "sum(pad(z[2:], (1, 0)))": ["n - 2 >= 0"],
    "sum(z[1] * z[1:])": ["n - 2 >= 0"],
    "sum(ones(n - 1))": [],
    "sum(1 / t for k in range(1, t + 1))": ["t != 0 where t >= 1"],
    "sum(1 / r for k in range(1, n + 1))": ["r != 0"],
    "sum(g / r)": ["r != 0 where t >= 1"],
    "g @ (g / r)": ["r != 0 where t >= 1"],
    "1 / (sum(delta for k in range(t)))": ["sum(delta, k = 1..t) != 0"],
}  # fmt: skip


@pytest.mark.parametrize("text", NEEDS)
def test_an_answer_carries_what_it_needs(text):
    tensor, places = read(text), tuple(VOCABULARY.indices.values())
    needs = tensor.placed(*places[: tensor.ndim]).needs
    assert [said(need, places) for need in needs] == NEEDS[text]


def test_needs_move_with_the_entry():
    i = VOCABULARY.indices["i"]
    (need,) = read("1 / z").placed(i).needs
    assert need == Need(array("z", n)[i], Sign.NONZERO)
    tensor = read("where(eye(n) == 1, 1 / A, 0)")
    (need,) = tensor.placed(i, i).needs
    assert need.where == ()
    assert tensor.placed(Integer(1), Integer(2)).needs == ()


def test_a_branch_that_is_not_taken_is_not_evaluated():
    i, j = VOCABULARY.indices.values()
    entry = read("where(i == j, r, s / z[i])").entry
    point = {r: 7, s: 1, array("z", n): {(1,): 0, (2,): 0}, i: 1}
    assert evaluate(entry, point | {j: 1}) == 7
    with pytest.raises(UndefinedError):
        evaluate(entry, point | {j: 2})


# --- by chance -----------------------------------------------------------------------------------

CONTEXT = mpmath.MPContext()
CONTEXT.dps = 60
TOO_CLOSE = CONTEXT.mpf("1e-20")
LEAVES = st.sampled_from(["r", "s", "0", "1", "2", "-1", "0.5"])
BINARY = st.sampled_from(["{} + {}", "{} - {}", "{} * {}", "{} / {}", "minimum({}, {})"])
UNARY = st.sampled_from(
    ["sqrt({})", "log({})", "abs({})", "({}) ** 2", "({}) ** -1", "({}) ** 0.5", "({}) ** -0.5",
     "relu({})", "exp(-abs({}))"]
)  # fmt: skip
BRANCHED = st.sampled_from(["where({} > {}, {}, {})", "where(({} > {}) | (r > 0), {}, {})"])
TEXTS = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(lambda form, a, b: f"({form.format(a, b)})", BINARY, inner, inner)
        | st.builds(str.format, UNARY, inner)
        | st.builds(str.format, BRANCHED, inner, inner, inner, inner)
    ),
    max_leaves=10,
)
NUMBERS = st.sampled_from([0, 1, -1, 2, -2, 0.5, -0.5, 3])


class Undefined(Exception):  # noqa: N818
    """No real value."""


def lazy_value(node, names):
    """The real value by the definitions: of a branch that is not taken, nothing is asked."""
    match node:
        case ast.Constant(value):
            return CONTEXT.mpf(value)
        case ast.Name(name):
            return names[name]
        case ast.UnaryOp(ast.USub(), operand):
            return -lazy_value(operand, names)
        case ast.BinOp(left, ast.BitOr(), right):
            return any([lazy_value(left, names), lazy_value(right, names)])
        case ast.BinOp(left, kind, right):
            return operation(kind, lazy_value(left, names), lazy_value(right, names))
        case ast.Compare(left, [ast.Gt()], [right]):
            difference = lazy_value(left, names) - lazy_value(right, names)
            assume(abs(difference) > TOO_CLOSE or not is_rounded(node))
            return difference > 0
        case ast.Call(ast.Name("where"), [condition, yes, no]):
            return lazy_value(yes if lazy_value(condition, names) else no, names)
        case ast.Call(ast.Name(name), arguments):
            return function(name, *(lazy_value(argument, names) for argument in arguments))
    raise AssertionError(ast.dump(node))


def is_rounded(node):
    """Whether a quotient, a power or a function is in it."""
    return any(isinstance(part, ast.Div | ast.Pow | ast.Call) for part in ast.walk(node))


def operation(kind, left, right):
    if isinstance(kind, ast.Pow):
        assume(left == 0 or abs(left) > TOO_CLOSE)
        if (left == 0 and right < 0) or (left < 0 and right != int(right)):
            raise Undefined
        return left**right
    if isinstance(kind, ast.Div):
        assume(right == 0 or abs(right) > TOO_CLOSE)
        if right == 0:
            raise Undefined
        return left / right
    plain = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
    return plain[type(kind)](left, right)


def function(name, *values):
    (value, *_) = values
    if name in ("sqrt", "log"):
        assume(value == 0 or abs(value) > TOO_CLOSE)
        if value < 0 or (name == "log" and value == 0):
            raise Undefined
    plain = {
        "abs": abs,
        "minimum": min,
        "relu": lambda x: max(x, 0),
        "exp": CONTEXT.exp,
        "sqrt": CONTEXT.sqrt,
        "log": CONTEXT.log,
    }
    return plain[name](*values)


def is_met(need, point):
    """Whether a need holds; one under a condition without a value is not the one that fails."""
    try:
        if not all(holds(condition, point) for condition in need.where):
            return True
        value = evaluate(need.quantity, point)
    except UndefinedError:
        return True
    assume(value == 0 or abs(value) > TOO_CLOSE)
    return {Sign.NONZERO: value != 0, Sign.POSITIVE: value > 0}.get(need.sign, value >= 0)


@settings(max_examples=300, deadline=None)
@given(TEXTS, NUMBERS, NUMBERS)
def test_a_value_exists_exactly_where_all_needs_are_met(text, r_value, s_value):
    try:
        tensor = read(text)
    except AnswerSyntaxError:  # a value that nobody can have, somewhere
        assume(False)
    point = {r: CONTEXT.mpf(r_value), s: CONTEXT.mpf(s_value)}
    try:
        expected = lazy_value(ast.parse(text, mode="eval").body, {"r": point[r], "s": point[s]})
    except Undefined:
        assert not all(is_met(need, point) for need in tensor.needs)
        return
    assert all(is_met(need, point) for need in tensor.needs)
    assert abs(evaluate(tensor.entry, point) - expected) <= TOO_CLOSE * (1 + abs(expected))
