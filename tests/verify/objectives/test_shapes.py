"""Shapes follow from use and, where use leaves them open, from habit."""

import pytest

from verify.grading.grade import grade
from verify.language.tensor import ShapeError
from verify.objectives.asked import Asked
from verify.objectives.derive import derive

READ = {
    # use says all
    "sum((y - X @ w)**2)": "y (n,), X (n, d), w (d,)",
    "trace(A @ B @ C)": "A (n, d), B (d, m), C (m, n)",
    "x @ A @ x": "x (n,), A (n, n)",
    "log(det(S)) + trace(inv(S) @ C)": "S (n, n), C (n, n)",
    "softmax(Z @ W)": "Z (n, d), W (d, m)",
    "sqdist(X, Y)": "X (n, d), Y (m, d)",
    "X + v[:, None]": "X (n, d), v (n,)",
    "sum(Y*log(softmax(X @ W + b)))": "Y (n, d), X (n, m), W (m, d), b (d,)",
    "diag(A) + v": "A (n, n), v (n,)",
    "outer(a, b)": "a (n,), b (d,)",
    "a @ b @ c @ d": "a (n, m), b (m, k), c (k,), d (n,)",
    # habit: capital letters are matrices, small ones vectors, Greek names numbers
    "sum(E + F)": "E (n, d), F (n, d)",
    "sum(a*b)": "a (n,), b (n,)",
    "sum(alpha*x + eps)": "alpha number, x (n,), eps number",
    "lam_2*sum(x)": "lam_2 number, x (n,)",
    "sum((x - mu)**2)/sigma**2": "x (n,), mu number, sigma number",
    "norm(pi*r**2)": "r (n,)",
    "sum(W1 @ x)": "W1 (n, d), x (d,)",
    # habit gives way to use, and to a value that is a number
    "1/(1 + exp(-x))": "x number",
    "(y_true - y_pred)**2/2": "y_true number, y_pred number",
    "pi*R**2": "R number",
    "softmax(z)": "z (n,)",
    "v/norm(v)": "v (n,)",
    "A @ x + b": "A (n, d), x (d,), b (n,)",
    "det(X)**k": "X (n, n), k number",
    "mean((X @ w - y)**2) + lmd*sum(w**2)": "X (n, d), w (d,), y (n,), lmd number",
    "sum(p*g)/(sum(p*g) + al*sum(p) + be*sum(g))": "p (n,), g (n,), al number, be number",
    "A @ lam": "A (n, d), lam (d,)",
    "trace(x)": "x (n, n)",
    # names that count
    "sum(x**2)/n": "x (n,)",
    "sum(x)/N": "x (N,)",
    "sum(A @ x)/n": "A (n, d), x (d,)",
    "sum(A @ x)/d": "A (n, d), x (d,)",
    "A + eye(n)": "A (n, n)",
    "trace(eye(n))": "",
    "sum(1/p)": "p (n,)",
    "np.sum(y.dot(X.dot(theta.T)))": "y (n,), X (n, d), theta (d,)",
    "sum(log(p/(1 - p)))": "p (n,)",
    "sum((X.reshape(n, -1) @ w - y.reshape(n))**2)/n": "X (n, d), w (d,), y (n,)",
    "sum(x[i] for i in range(n))": "x (n,)",
    "sum(A[i, i]*x[i] for i in range(1, n + 1))": "A (n, n), x (n,)",
    # a name that is a function, too
    "sum(exp(exp))": "exp (n,)",
    "np.sum(np.exp(x)) + torch.sum(y)": "x (n,), y (d,)",
    "np.pi*x[:, np.newaxis]": "x (n,)",
    # labels, unless they are said to have the shape of what they are compared to
    "F.cross_entropy(X @ W, y)": "Y (n, K), X (n, d), W (d, K)",
    "F.cross_entropy(z, y)": "Y (n, K), z (n, K)",
}
DECLARED = [
    ("F.cross_entropy(z, y)", "z: n c, y: n", "Y (n, c), z (n, c)"),
    ("F.cross_entropy(z, y)", "z: n c, y: n c", "y (n, c), z (n, c)"),
    ("F.cross_entropy(z, y)", "z: c, y: c", "y (c,), z (c,)"),
    ("sum((y - X @ w)**2)", "X: 5 3", "y (5,), X (5, 3), w (3,)"),
    ("sum((y - X @ w)**2)", "w: p, y: N", "y (N,), X (N, p), w (p,)"),
    ("sum(x)", "x: n d", "x (n, d)"),
    ("sum(a*b)", "a:, b: n", "a number, b (n,)"),
    ("lam*x", "lam: n", "lam (n,), x (n,)"),
    ("A @ x", "A: n n", "A (n, n), x (n,)"),
    ("sum(x)/n", "x: n", "x (n,)"),
    ("sum(x)/n", "x: d", "x (d,)"),
    ("sum(x)/n", "n:", "x (d,), n number"),
]
CONTRADICTIONS = [
    ("sum((y - X @ w)**2)", "X: 5 3, w: 4", "column 10: (5, 3) @ (4,) do not fit: 3 is not 4"),
    ("sum((y - X @ w)**2)", "X: n d, w: n", "column 10: (n, d) @ (n,) do not fit: d is not n"),
    ("sum(a*b)", "a: n, b: m", "column 5: (n,) and (m,) do not fit: n is not m"),
    ("log(det(S))", "S: n d", "column 5: det needs a square matrix, got (n, d)"),
    ("lam @ x", "lam:", "column 1: @ needs vectors or matrices, got () and (n,)"),
    ("sum(x, axis=2)", "", "column 1: axis 2 does not exist in (n,)"),
    ("sum(x[i] for i in range(n))", "x: d, n: 3", "column 1: expected a size"),
    ("F.cross_entropy(z, y)", "z: n c, y: m c", "column 1: (m, c) and (n, c) do not fit"),
    ("F.cross_entropy(z, y)", "z: n c, y: c", "column 1: (c, c) and (n, c) do not fit"),
    ("sum(A[i, i] for i in range(n))", "A: n d", "column 5: index i runs over n, not d"),
]


@pytest.mark.parametrize("text", READ)
def test_shapes_follow_from_use_and_habit(text):
    assert Asked(text, "").objective().vocabulary.shapes == READ[text]


@pytest.mark.parametrize(("text", "shapes", "read"), DECLARED)
def test_shapes_that_are_declared_hold_and_the_others_follow(text, shapes, read):
    assert Asked(text, "", shapes).objective().vocabulary.shapes == read


@pytest.mark.parametrize(("text", "shapes", "says"), CONTRADICTIONS)
def test_a_contradiction_names_its_place_and_both_shapes(text, shapes, says):
    with pytest.raises(ValueError, match="column") as error:
        Asked(text, "", shapes).objective()
    assert str(error.value).startswith(says)


def test_a_contradiction_is_no_fault_of_the_text():
    with pytest.raises(ShapeError):
        Asked("a + b", "", "a: n, b: m").objective()


def test_a_number_is_preferred_to_an_array():
    assert Asked("sum(x) + Y", "").objective().vocabulary.shapes == "x (n,), Y number"


def test_names_are_in_the_order_of_a_function_of_them():
    arguments = Asked("sum(Z @ a)/n", "").objective().arguments
    assert list(arguments) == ["Z", "a"]
    assert list(Asked("lam*trace(eye(n))", "").objective().arguments) == ["lam", "n"]


@pytest.mark.parametrize(
    ("function", "wrt", "shapes", "right", "wrong"),
    [
        (
            "(X @ w - y).T @ (X @ w - y)", "w", "X: m n, w: n 1, y: m 1",
            "2*X.T @ (X @ w - y)", "X.T @ (X @ w - y)",
        ),
        ("x.T @ A @ x", "x", "x: n 1, A: n n", "(A + A.T) @ x", "2*A @ x"),
        (
            "y.reshape(-1, 1).T @ X @ w.reshape(-1, 1)", "w", "X: m n, w: n, y: m",
            "X.T @ y", "X @ y",
        ),
    ],
)  # fmt: skip
def test_a_matrix_of_one_entry_is_a_number(function, wrt, shapes, right, wrong):
    question = Asked(function, wrt, shapes).question()
    assert grade(question, right).verdict == "proved"
    assert grade(question, wrong).verdict == "refuted"
    assert derive(Asked(function, wrt, shapes)).verdict == "proved"


def test_shapes_that_do_not_fit_in_a_program_are_said_with_their_line():
    program = "z = X @ w\nr = z - y @ X\nz = z + 1\nsum(r * z)"
    asked = Asked(program, wrt="w", shapes="X: n d, w: d, y: n")
    with pytest.raises(ValueError, match=r"^line 2, column 5: \(n,\) and \(d,\) do not fit"):
        asked.question()
