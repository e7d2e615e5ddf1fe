"""Integer labels mean what NumPy does with them: their one-hot matrix says the same."""

import ast

import numpy as np
import pytest
import torch

from verify.grading.grade import grade
from verify.language.program.labels import NOT_SAID, Labels
from verify.language.program.reading import read_function
from verify.language.tree import AnswerSyntaxError
from verify.objectives.asked import Asked, shapes_in
from verify.objectives.derive import derive

SOFTMAX = """
n = len(y)
z = X @ W
p = np.exp(z)/np.sum(np.exp(z), axis=1, keepdims=True)
loss = -np.log(p[range(n), y]).sum()/n
"""
MARGINS = """
n = X.shape[0]
rows = np.arange(n)
scores = X @ W
margins = np.maximum(0, scores - scores[rows, y].reshape(-1, 1) + 1)
margins[rows, y] = 0
loss = np.sum(margins)/n
"""
IN_LOOPS = """
loss = 0.0
for i in range(n):
    scores = X[i] @ W
    correct = scores[y[i]]
    for j in range(K):
        if j == y[i]:
            continue
        loss += max(0, scores[j] - correct + 1)
return loss/n
"""
OF_LOOPS = """
dW = np.zeros(W.shape)
for i in range(n):
    scores = X[i] @ W
    correct = scores[y[i]]
    for j in range(K):
        if j == y[i]:
            continue
        margin = scores[j] - correct + 1
        if margin > 0:
            dW[:, j] += X[i]
            dW[:, y[i]] -= X[i]
dW /= n
return dW
"""
SOFTMAX_IN_LOOPS = """
dW = np.zeros_like(W)
for i in range(n):
    f = X[i] @ W
    p = np.exp(f)/np.sum(np.exp(f))
    for j in range(K):
        dW[:, j] = dW[:, j] + p[j]*X[i]
    dW[:, y[i]] -= X[i]
return dW/n
"""
CENTRES = "sum(sum((X[i] - C[y[i]])**2) for i in range(n))"
OF_CENTRES = "G = np.zeros_like(C)\nfor i in range(n):\n    {}\nreturn G"
OF_MARGINS = """
num_train = X.shape[0]
scores = X @ W
margins = np.maximum(0, scores - scores[np.arange(num_train), y][:, np.newaxis] + 1)
margins[np.arange(num_train), y] = 0
binary = margins
binary[margins > 0] = 1
binary[np.arange(num_train), y] = -binary.sum(axis=1)
return X.T @ binary / num_train
"""
GRADIENT = """
def gradient(W, X, y):
    n = len(y)
    z = X @ W
    p = np.exp(z)/np.sum(np.exp(z), axis=1, keepdims=True)
    dz = p.copy()
    dz[np.arange(n), y] -= 1
    return X.T @ dz / n
"""
OF_CHOSEN = "-sum(log(z[arange(n), y]))/n"
CHOSEN_CHANGED = "G = zeros_like(z)\nG[arange(n), y] {}\nG"
LIKE_NUMPY = [
    SOFTMAX,
    MARGINS,
    "loss = X[np.arange(len(y)), y]",
    "loss = (X @ W)[list(range(n)), y].mean()",
    "loss = np.log(X**2 + 1)[np.arange(y.shape[0]), y]*3",
    "loss = np.log((X @ W)[np.arange(n), y]**2)",
    "loss = np.sum(np.eye(K)[y]*(X @ W))",
    "P = X @ W\nP[np.arange(n), y] += 1/n\nloss = P",
    "P = X @ W\nP[np.arange(n), y] = -2\nP[np.arange(n), y] -= 0.5\nloss = P",
    "P = X @ W\nP[np.arange(n), y] -= P.sum(axis=1)\nloss = P",
    "P = X @ W\nP[np.arange(n), y] = -1.0/len(y)\nloss = P",
    "P = X @ W\nP[np.arange(n), y] = 2*P[np.arange(n), y] + 1\nloss = P",
    "rows = np.arange(len(y))\nP = X @ W\nP[rows, y] += 1\nloss = P[rows, y]",
    "loss = np.take_along_axis(X, y[:, None], axis=1)",
    "loss = np.take_along_axis(X @ W, y.reshape(-1, 1), 1)[:, 0].mean()",
    "loss = np.log(np.take_along_axis(X, y[:, np.newaxis], axis=-1)).squeeze()",
]


def at_labels(values, one_hot):
    return np.reshape(values, (-1, 1) if np.ndim(values) else ()) * one_hot


def put_at_labels(array, values, one_hot):
    return np.where(one_hot == 1, at_labels(values, one_hot), array)


@pytest.mark.parametrize("text", LIKE_NUMPY)
def test_the_one_hot_matrix_says_what_numpy_does_with_labels(text):
    labels = Labels()
    said = ast.unparse(labels.visit(ast.parse(text)))
    assert labels.matrices == {"y": "Y"}
    for seed in range(3):
        rng = np.random.default_rng(seed)
        n, d = 5, 4
        drawn = rng.integers(0, d, size=n)
        names = {"n": n, "K": d, "np": np, "ones": np.ones, "eye": np.eye, "einsum": np.einsum}
        names |= {"_at_labels": at_labels, "_put_at_labels": put_at_labels}
        names |= {"X": rng.uniform(1, 2, size=(n, d)), "W": rng.uniform(1, 2, size=(d, d))}
        with_labels, with_matrix = names | {"y": drawn}, names | {"Y": np.eye(d)[drawn]}
        exec(text, with_labels)
        exec(said, with_matrix)
        np.testing.assert_allclose(with_matrix["loss"], with_labels["loss"])


@pytest.mark.parametrize(
    ("function", "answer", "verdict"),
    [
        (SOFTMAX, GRADIENT, "proved"),
        (MARGINS, OF_MARGINS, "proved"),
        (IN_LOOPS, OF_MARGINS, "proved"),
        (IN_LOOPS, OF_MARGINS.replace("-binary", "binary"), "refuted"),
        ("sum(-log(P[i, y[i]]) for i in range(n))", "-eye(K)[y]/P", "proved"),
        ("sum(P[i, y[i]]*c[i] for i in range(n))", "eye(K)[y]*c[:, None]", "proved"),
        ("sum(P[i, y[i]]*c[i] for i in range(n))", "eye(K)[y]*c", "refuted"),
        (MARGINS, OF_MARGINS.replace("-binary", "binary"), "refuted"),
        (IN_LOOPS, OF_LOOPS, "proved"),
        (IN_LOOPS, OF_LOOPS.replace("dW[:, y[i]] -=", "dW[:, j] -="), "refuted"),
        (SOFTMAX, SOFTMAX_IN_LOOPS, "proved"),
        (SOFTMAX, SOFTMAX_IN_LOOPS.replace("-= X[i]", "+= X[i]"), "refuted"),
        ("sum(c[y]*P[arange(n), y])", "Y*c[y][:, None]", "proved"),
        ("sum(c[y]*P[arange(n), y])", "Y*c[y]", "refuted"),
        (SOFTMAX, "X.T @ (softmax(X @ W) - Y)/n", "proved"),
        (SOFTMAX, "X.T @ (softmax(X @ W) - eye(K)[y])/len(y)", "proved"),
        (SOFTMAX, GRADIENT.replace("-= 1", "+= 1"), "refuted"),
        (SOFTMAX, GRADIENT.replace(" / n", ""), "refuted"),
        ("sum(logp[arange(n), y])", "eye(K)[y]", "proved"),
        (OF_CHOSEN, CHOSEN_CHANGED.format("= -1/(n*z[arange(n), y])"), "proved"),
        (OF_CHOSEN, CHOSEN_CHANGED.format("-= 1/(n*z[arange(n), y])"), "proved"),
        (OF_CHOSEN, CHOSEN_CHANGED.format("-= 1/(n*z[arange(n), y]**2)"), "refuted"),
        (OF_CHOSEN, CHOSEN_CHANGED.format("= 1/(n*z[arange(n), y])"), "refuted"),
        (
            "-sum(F.one_hot(y, K)*log_softmax(z))",
            "softmax(z) - one_hot(y, num_classes=K)",
            "proved",
        ),
        ("-sum(F.one_hot(y, K)*log_softmax(z))", "one_hot(y, num_classes=K)", "refuted"),
        ("F.cross_entropy(z, y)", "(F.softmax(z, dim=1) - F.one_hot(y, K))/n", "proved"),
        ("nn.CrossEntropyLoss()(z, y)", "(F.softmax(z, dim=1) - F.one_hot(y, K))/n", "proved"),
        ("F.cross_entropy(z, y)", "(F.softmax(z, dim=1) - F.one_hot(y))/len(y)", "proved"),
        ("F.cross_entropy(z, y)", "F.softmax(z, dim=1) - F.one_hot(y, num_classes=K)", "refuted"),
        ("F.nll_loss(F.log_softmax(z, 1), y, reduction='sum')", "softmax(z) - eye(K)[y]", "proved"),
        (
            "-torch.log(torch.softmax(z, 1).gather(1, y.unsqueeze(1))).mean()",
            "(softmax(z) - Y)/n",
            "proved",
        ),
        ("-torch.gather(z, 1, index=y[:, None]).squeeze(1).sum()", "-Y", "proved"),
        (
            "F.cross_entropy(z, y, weight=w)",
            "((Y @ w)[:, None]*softmax(z) - Y*w)/sum(Y @ w)",
            "proved",
        ),
        (
            "nn.CrossEntropyLoss(weight=w)(z, y)",
            "w[y][:, None]*(softmax(z) - Y)/w[y].sum()",
            "proved",
        ),
        ("F.cross_entropy(z, y, weight=w)", "(Y @ w)[:, None]*(softmax(z) - Y)/n", "refuted"),
        (
            "F.cross_entropy(z, y, weight=w, reduction='sum')",
            "(Y @ w)[:, None]*(softmax(z) - Y)",
            "proved",
        ),
    ],
)
def test_gradients_with_labels_are_graded(function, answer, verdict):
    wrt = {"-": "z", "s": "P" if "P" in function else "logp"}.get(function[0], "W")
    wrt = "z" if "\n" not in function and "(z" in function else wrt
    shapes = "z: n K, y: n" if "one_hot" in function else ""
    assert grade(Asked(function, wrt, shapes).question(), answer).verdict == verdict


@pytest.mark.parametrize(
    ("function", "shapes", "labels"),
    [
        ("F.cross_entropy(z, y)", "", {"y"}),
        ("F.cross_entropy(z, y)", "y: n", {"y"}),
        ("F.cross_entropy(z, y)", "z: n K, y: n K", set()),
        ("F.cross_entropy(z, y)", "z: K, y: K", set()),
        ("F.cross_entropy(X @ W, y) + sum(y)", "", set()),
        ("F.cross_entropy(X @ W, y)*len(y)", "", {"y"}),
        ("F.cross_entropy(z, 0.9*y + 0.1/K)", "", set()),
        ("F.cross_entropy(X @ W, T)*sum(y)", "", set()),
    ],
)
def test_what_cross_entropy_compares_with_is_labels_unless_it_has_the_scores_shape(
    function, shapes, labels
):
    assert _labels_in(function, shapes_in(shapes)).keys() == labels
    assumed = {f"Y one-hot of the labels {name}" for name in labels}
    assert {one.words for one in Asked(function, "y", shapes).objective().assumptions} == assumed


def test_classes_are_counted_by_k_if_no_other_letter_is_given():
    shapes = {
        given: Asked("F.cross_entropy(X @ W, y)", "W", given).objective().vocabulary.shapes
        for given in ("", "W: d C", "X: n K")
    }
    assert shapes[""] == "Y (n, K), X (n, d), W (d, K)"
    assert shapes["W: d C"] == "Y (n, C), X (n, d), W (d, C)"
    assert shapes["X: n K"] == "Y (n, d), X (n, K), W (K, d)"


def test_labels_are_said_to_be_one_hot():
    asked = Asked("-log(softmax(X @ W)[arange(n), y]).mean()", "W", "y: n")
    assert [one.words for one in asked.objective().assumptions] == ["Y one-hot of the labels y"]
    assert grade(asked.question(), "X.T @ (softmax(X @ W) - Y)/n").scope.endswith("with Y one-hot")
    assert _labels_in(SOFTMAX) == {"y": "Y"}
    assert _labels_in("sum(Y*P[arange(n), y])") == {"y": "y_one_hot"}
    assert _labels_in("sum(P[arange(n), _y])") == {"_y": "Y"}
    assert _labels_in("sum(P[arange(n), y]*P[arange(n), _y])") == {"_y": "Y", "y": "y_one_hot"}
    assert _labels_in("sum(x[k] for k in range(n))") == {}


def test_the_code_takes_labels_where_it_can_tell_how_many_classes_there_are():
    rng = np.random.default_rng(0)
    X, W, y = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.integers(0, 4, size=5)
    exec(derive(Asked("F.cross_entropy(X @ W, y)", "W")).code["numpy"], names := {})
    tensor = torch.tensor(W, requires_grad=True)
    torch.nn.functional.cross_entropy(torch.tensor(X) @ tensor, torch.tensor(y)).backward()
    np.testing.assert_allclose(names["gradient"](y, X, W), tensor.grad.numpy(), rtol=1e-12)
    code = derive(Asked("F.cross_entropy(X @ W, y)", "W")).code
    exec(code["torch"], names := {})
    inputs = torch.tensor(y), torch.tensor(X), torch.tensor(W)
    np.testing.assert_allclose(names["gradient"](*inputs), tensor.grad.numpy(), rtol=1e-12)
    assert "def gradient(Y, x)" in derive(Asked("sum(one_hot(y, K)) + sum(x)", "x")).code["numpy"]


@pytest.mark.parametrize("answer", ["(softmax(Z) - y)/n", "1.0*(y > 0)", "softmax(Z) + sum(y)"])
def test_an_answer_does_not_compute_with_labels(answer):
    question = Asked("-mean(log(softmax(Z)[arange(n), y]))", "Z", "Z: n n, y: n").question()
    with pytest.raises(AnswerSyntaxError, match="y holds labels, which are read in"):
        grade(question, answer)


@pytest.mark.parametrize(
    "text", ["rows = np.arange(n)\nsum(P[rows, y]*rows)", "r = arange(n)\nr = r - 1\nsum(P[r, y])"]
)
def test_a_name_of_all_rows_stands_for_them_alone(text):
    with pytest.raises(AnswerSyntaxError, match="unknown function 'arange'"):
        Asked(text, "P").question()


def test_an_answer_has_no_labels_that_the_question_computes_with():
    question = Asked("sum(Z*y)", "Z", "Z: n K, y: n K").question()
    with pytest.raises(AnswerSyntaxError, match="y holds numbers in the question, and here labels"):
        grade(question, "eye(K)[y]")


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ("G[y[i]] -= 2*(X[i] - C[y[i]])", "proved"),
        ("G[y[i], :] -= 2*(X[i] - C[y[i], :])", "proved"),
        ("G[y[i]] += 2*(X[i] - C[y[i]])", "refuted"),
    ],
)
def test_rows_at_labels_are_changed(change, verdict):
    question = Asked(CENTRES, "C", "X: n d, C: K d, y: n").question()
    assert grade(question, OF_CENTRES.format(change)).verdict == verdict


def test_what_is_added_at_labels_adds_up():
    question = Asked(CENTRES, "C", "X: n d, C: K d, y: n").question()
    for sign, verdict in (("subtract", "proved"), ("add", "refuted")):
        answer = f"G = np.zeros_like(C)\nnp.{sign}.at(G, y, 2*(X - C[y]))\nreturn G"
        assert grade(question, answer).verdict == verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("p = softmax(W @ x)\np[y] -= 1\nreturn np.outer(p, x)", "proved"),
        ("np.outer(softmax(W @ x) - np.eye(K)[y], x)", "proved"),
        ("p = softmax(W @ x)\np[y] += 1\nreturn np.outer(p, x)", "refuted"),
    ],
)
def test_a_number_that_says_a_place_is_one_label(answer, verdict):
    question = Asked("-np.log(softmax(W @ x)[y])", "W", "x: d, W: K d, y:").question()
    assert grade(question, answer).verdict == verdict


OF_ONE = "np.log(np.sum(np.exp(z))) - z[y]"
OF_ALL = "P = softmax(Z, axis=1)\n-np.sum(np.log(P[np.arange(n), y]))"


@pytest.mark.parametrize(
    ("function", "answer", "verdict"),
    [
        (OF_ONE, "Y = softmax(z)\nY[y] -= 1\nY", "proved"),
        (OF_ONE, "Y = np.eye(K)[y]\nsoftmax(z) - Y", "proved"),
        (OF_ONE, "Y = 2*one_hot(y, K)\np = softmax(z)\np[y] -= 0.5\np", "refuted"),
        (OF_ALL, "Y = softmax(Z, axis=1)\nY[np.arange(n), y] -= 1\nY", "proved"),
        (OF_ALL, "Y = one_hot(y, K)/2\nP[np.arange(n), y] -= 0.5\nP - Y", "proved"),
        (OF_ALL, "Y = 2*one_hot(y, K)\nP[np.arange(n), y] -= 0.5\nP", "refuted"),
        (OF_ALL, "P[np.arange(K), y] -= 1\nP", "refuted"),
        (OF_ALL, "G = P.copy()\nG[np.arange(K), y] = 0\nG - P*Y - Y", "refuted"),
    ],
)
def test_an_answer_may_give_the_name_of_the_one_hot_matrix_its_own_value(function, answer, verdict):
    wrt, shapes = ("z", "z: K, y:") if function is OF_ONE else ("Z", "Z: n K, y: n")
    assert grade(Asked(function, wrt, shapes).question(), answer).verdict == verdict


def test_a_size_is_no_name_of_a_one_hot_matrix():
    question = Asked("-np.sum(np.log(Z[np.arange(n), c]))", "Z", "Z: n C, c: n").question()
    assert grade(question, "-np.eye(C)[c]/Z").verdict == "proved"


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        ("sum(W @ np.eye(K)[y])", "G = zeros_like(W)\nG[y] += 1\nG"),
        ("sum(W[y])", "G = zeros_like(W)\nG[y] += 1\nG"),
        ("sum(W @ np.eye(K)[y])", "G = zeros_like(W)\nG[y] += sum(W)\nG"),
    ],
)
def test_a_number_is_not_added_to_a_row(function, answer):
    with pytest.raises(ValueError, match="what is added at a place is no array"):
        grade(Asked(function, "W", "y:, W: K K").question(), answer)


@pytest.mark.parametrize(
    "answer",
    [
        "G = zeros_like(C)\nG[y] += X - C[y]\nG",  # NumPy adds once where labels are the same
        "G = zeros(K)\nfor i in range(n):\n    G[y[i]] += X[i]\nG",
        "G = zeros_like(C)\nfor i in range(n):\n    G[y[i]] += 1\nG",
        "G = zeros_like(C)\nG[y] = 1\nG",
        "G = zeros_like(C)\nnp.add.at(G, y, 1)\nG",
        "G = zeros_like(C)\nnp.add.at(G, y, C[0])\nG",
        "G = zeros_like(C)\nnp.add.at(G, y, X[:, 0])\nG",
    ],
)
def test_what_labels_do_not_say_is_not_read(answer):
    question = Asked(CENTRES, "C", "X: n d, C: K d, y: n").question()
    unread = r"expected one label|expected a row for|added at a place|y holds labels"
    with pytest.raises(ValueError, match=unread):
        grade(question, answer)


@pytest.mark.parametrize("zeros", ["(Z > 0)*1", "Z > 0"])
def test_numbers_are_not_put_where_numpy_would_round_them(zeros):
    question = Asked("sum(log(Z[arange(n), y]))", "Z", "Z: n K, y: n").question()
    with pytest.raises(ValueError, match="an array of whole numbers keeps no fractions"):
        grade(question, f"g = {zeros}\ng[arange(n), y] = 1/Z[arange(n), y]\ng")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sum(P[arange(n), y]) + sum(y)", "line 1, y holds labels, which are read in one_hot"),
        ("sum(P[arange(n), y])*y.size", "y holds labels"),
        ("F.nll_loss(z, y) + sum(y)", "line 1, y holds labels"),
        ("g = P\ng[arange(n), y] = 0\nsum(g*P)", "line 2, column 1: this may change P, too"),
        ("P[arange(n), y] -= 1/y.sum()\nsum(P)", "line 1, y holds labels"),
        ("sum(P[i, y[i]]*y[i] for i in range(n))", "line 1, y holds labels"),
    ],
)
def test_labels_are_not_used_as_numbers(text, message):
    with pytest.raises(AnswerSyntaxError, match=message):
        read_function(text)


@pytest.mark.parametrize(
    ("function", "wrt", "shapes", "message"),
    [
        ("sum(P[arange(n), y])", "y", "", "--wrt y: expected numbers, got labels"),
        ("sum(P[arange(m), y])", "P", "y: n, P: n K", "m is not n"),
        ("sum(p[arange(n), y])", "p", "p: K", "is not for an array of shape"),
        ("sum(P[arange(n), y])", "P", "P: m K, y: n", "do not fit"),
    ],
)
def test_labels_that_do_not_fit_are_refused(function, wrt, shapes, message):
    with pytest.raises(ValueError, match=message):
        Asked(function, wrt, shapes).question()


def _labels_in(function, declared=NOT_SAID):
    _, shown = read_function(function, declared)
    return shown.labels


def test_a_name_that_an_answer_gives_too_late_is_named_as_it_is_typed():
    question = Asked(OF_ALL, "Z", "Z: n k, y: n").question()
    with pytest.raises(AnswerSyntaxError, match="unknown name 'Y'"):
        grade(question, "Y = Y*2\nP - Y/2")


def test_rows_that_labels_choose_are_said_by_a_matrix():
    with pytest.raises(ValueError, match=r"what many labels choose is one_hot\(y, K\) @"):
        Asked("sum(C[y]**2)", "C", "C: K d, y: n").question()
    question = Asked("sum((one_hot(y, K) @ C)**2)", "C", "C: K d, y: n").question()
    assert grade(question, "2*Y.T @ (Y @ C)").verdict == "proved"


@pytest.mark.parametrize(
    "answer",
    [
        "P[np.arange(1), y] -= 1\nP",
        "n = 1\nP[np.arange(n), y] -= 1\nP",
        "P[np.arange(1), y] = 0\nP",
        "P - np.sum(P[np.arange(1), y])*Y",
    ],
)
def test_one_row_is_not_stretched_to_all_labels(answer):
    """NumPy takes the first row for each label."""
    question = Asked(OF_ALL, "Z", "Z: n k, y: n").question()
    with pytest.raises(AnswerSyntaxError, match="an axis of 1 is not stretched"):
        grade(question, answer)
    assert grade(question, answer.replace("n = 1\n", "").replace("(1)", "(len(P))"))


def test_one_label_changes_one_row():
    function = "P = Z**2\nP[np.arange(len(y)), y] -= 1\nnp.sum(P**2)"
    with pytest.raises(AnswerSyntaxError, match="added at a place is no array of shape"):
        Asked(function, "Z", "Z: n K, y: 1").question()
