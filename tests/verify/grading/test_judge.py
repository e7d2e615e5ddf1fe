"""The judge itself: right answers pass, every kind of false verdict is named."""

import ast

import pytest
from judge import complaint
from latex import to_latex
from reader import ShapeMismatchError, value_of
from reals import agree, differ
from references import REFERENCES, point
from rewrites import generated, text_of

from verify.grading.claim_questions import questions_matching
from verify.grading.workers import Record

POINTS = 6
PROVED, QUALIFIED = "every value", "every value, wherever yours is defined"
TEXTS = [(name, text) for name, reference in REFERENCES.items() for text in reference.texts]


@pytest.mark.parametrize(("question_id", "text"), TEXTS)
def test_right_answers_have_the_right_value_at_every_point(question_id, text):
    values_agree = []
    for seed in range(POINTS):
        values, right = point(question_id, seed)
        yours = _value(question_id, text, values)
        for mine, theirs in zip(yours.flat, right.flat, strict=True):
            assert not differ(mine, theirs)
            values_agree.append(agree(mine, theirs))
    assert any(values_agree)
    assert complaint(Record(question_id, "proved", QUALIFIED), text) is None


def test_most_questions_have_a_reference():
    known = {question.id for question in questions_matching()}
    assert REFERENCES.keys() <= known
    assert len(REFERENCES) >= 0.9 * len(known)


def refuted(question_id, yours, right, **point_):
    data = {"point": point_, "yours": yours, "right": right}
    return Record(question_id, "refuted", counterexample=data)


HUBER = "huber.derivative"
FALSE = {
    "another value": (Record(HUBER, "proved", PROVED), "r", "proved, but "),
    "another value in one region": (
        Record("momentum.scale", "proved", "every t"),
        "abs(c) * sum(mu ** (t - k) * g[k] for k in range(1, t + 1))",
        "proved, but ",
    ),
    "another value at one size": (
        Record("adam.moments.3", "proved", QUALIFIED),
        "where(t > 0, 1 - beta1 ** t, 5 + sum(1 / t for k in range(1, t + 1)))",
        "proved, but 5",
    ),
    "a gap without a qualifier": (
        Record(HUBER, "proved", PROVED),
        "clip(r, -delta, delta) * r / r",
        "without a qualifier",
    ),
    "no value at all": (
        Record(HUBER, "proved", QUALIFIED),
        "-sqrt(-1) ** 2 * clip(r, -delta, delta)",
        "no point found",
    ),
    "a condition without a value": (
        Record("softmax.jacobian", "proved", QUALIFIED),
        "where(sqrt(-tau) == sqrt(-tau), (diag(y) - outer(y, y)) / tau, eye(n))",
        "no point found",
    ),
    "another shape": (
        Record("softmax.jacobian", "proved", "every n"),
        "y[i] * (eye(n) - y) / tau",
        "another shape",
    ),
    "refuted, though equal": (
        refuted(HUBER, 1.0, 1.0, r=1, delta=2),
        "clip(r, -delta, delta)",
        "refuted, but 1, right 1",
    ),
    "refuted by rounding": (
        refuted("adam.step1.m1", 4.6e16, -1.17e10, beta1=0.9, g1=-122120120088.30882),
        "(1 - beta1 + (g1 + 1) ** 2 - g1 ** 2 - 2 * g1 - 1) * g1",
        "refuted, but ",
    ),
    "refuted where there is no value": (
        refuted(HUBER, None, 0.0, r=0, delta=1),
        "minimum(abs(r), delta) * r / abs(r)",
        "where it has no value",
    ),
    "refuted outside the conditions": (
        refuted("adam.epsilon.2", 0.08, -0.08, alpha=0.08, g1=-0.2),
        "-alpha * sign(g1)",
        "outside the conditions",
    ),
    "refuted at a border that is excluded": (
        refuted("momentum.conventions.2", 1.0, 2.0, g=[1], alpha=2, mu=1),
        "alpha",
        "outside the conditions",
    ),
    "refuted at a point that says too little": (
        refuted(HUBER, 1.0, 2.0, delta=2),
        "clip(r, -delta, delta)",
        "refuted, but ",
    ),
    "refuted by a shape that fits": (
        Record("layers.sigmoid", "refuted", hint="shapes"),
        "dY * sigmoid(X) * (1 - sigmoid(X))",
        "shape, which fits",
    ),
    "refuted by a number that is right everywhere": (
        Record("softmax.limits.1", "refuted", hint="yours is ()"),
        "1 / n + tanh(2) - 2 * sigmoid(4) + 1",
        "shape, which fits",
    ),
}


@pytest.mark.parametrize(("record", "text", "says"), FALSE.values(), ids=FALSE)
def test_a_false_verdict_is_named(record, text, says):
    assert says in (complaint(record, text) or "")


TRUE = {
    "a difference": (refuted(HUBER, 3.0, 2.0, r=3, delta=2), "r"),
    "a difference below float64's digits": (
        refuted(HUBER, 1.0, 1.0, r=1, delta=2),
        "clip(r, -delta, delta) + 1e-30",
    ),
    "a difference at a rate beyond 1 where nothing is said of it": (
        refuted("adam.moments.3", 8.0, -8.0, t=2, beta1=3),
        "abs(1 - beta1 ** t)",
    ),
    "a difference at the first rate of all": (
        refuted("adam.step1.m1", 1.0, 2.0, g1=2, beta1=0),
        "(1 - beta1 - (beta1 == 0) / 2) * g1",
    ),
    "a difference at labels that are not one-hot": (
        refuted("initialization.zero.5", [0.0], [-2.0], Y=[[3]]),
        "1 / C - minimum(sum(Y, axis=0) / N, 1)",
    ),
    "a shape": (Record("softmax.jacobian", "refuted"), "y"),
    "a number for an array": (Record("softmax.limits.1", "refuted"), "where(sum(z) > 0, 1, 1 / n)"),
    "a gap that is told": (Record(HUBER, "proved", QUALIFIED), "clip(r, -delta, delta) * r / r"),
    "a branch that is never taken": (
        Record(HUBER, "proved", PROVED),
        "where(delta > 0, clip(r, -delta, delta), log(-1))",
    ),
    "an undecided answer": (Record(HUBER, "undecided"), "r"),
}


@pytest.mark.parametrize(("record", "text"), TRUE.values(), ids=TRUE)
def test_a_true_verdict_passes(record, text):
    assert complaint(record, text) is None


def test_generated_answers_differ_and_are_read_by_python():
    answers = [generated(seed) for seed in range(60)]
    assert answers == [generated(seed) for seed in range(60)]
    assert len(set(answers)) > 50
    for _, text in answers:
        assert text_of(ast.parse(text, mode="eval").body) == text


@pytest.mark.parametrize("text", ["dZ.T @ X @ X @ X.T @ dZ[:, :, None]", "diag(1) @ X"])
def test_numpy_decides_about_shapes(text):
    values, _ = point("layers.linear_dW", 0)
    with pytest.raises(ShapeMismatchError):
        _value("layers.linear_dW", text, values)


def _value(question_id, text, values):
    reference = REFERENCES[question_id]
    sizes = {name: value for name, value in values.items() if isinstance(value, int)}
    names = {name: value for name, value in values.items() if name not in sizes}
    shape = tuple(values[size] for size in reference.shape)
    tree = ast.parse(text, mode="eval")
    return value_of(tree, names, sizes, reference.indices, shape)


LATEX = {
    "w1 - alpha * mhat1 / (sqrt(vhat1) + epsilon)": (
        r"\left(w_1 - \frac{(\alpha \cdot \hat{m}_1)}{\left(\sqrt{\hat{v}_1} + \varepsilon\right)}"
        r"\right)"
    ),
    "sum(mu ** (t - k) * g[k] for k in range(1, t + 1))": (
        r"(\sum_{k=1}^{t} ((\mu)^{\left(t - k\right)} \cdot g_{k}))"
    ),
    "where(abs(r) <= delta, r, 1)": (
        r"\begin{cases} r & \left|r\right| \le \delta \\ 1 & \text{otherwise} \end{cases}"
    ),
    "sum(mu ** (t - 1 - k) * g[k] for k in range(t))": None,
    "where((r > 0) & (r < 1), r, 1)": None,
}


@pytest.mark.parametrize(("text", "latex"), LATEX.items())
def test_an_answer_is_written_in_latex_where_that_has_a_form_for_it(text, latex):
    assert to_latex(text, {"g"}) == latex
