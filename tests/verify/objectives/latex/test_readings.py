r"""What an objective in LaTeX is read as, word by word, and what is refused and where."""

import pytest

from verify.language.tree import AnswerSyntaxError
from verify.objectives.asked import Asked, shapes_in
from verify.objectives.latex.translation import is_translatable, translated

RIDGE = "sum((y - X @ w)**2) + lam*sum(w**2)"
READ_AS = {
    # --- the same ridge regression as people spell it
    r"\sum_{i=1}^n (y_i - x_i^\top w)^2 + \lambda \|w\|_2^2": RIDGE,
    r"$$\sum\limits_{i} \left(y_i - \mathbf{w}^T\mathbf{x}_i\right)^2 + \lambda \|w\|^2.$$": RIDGE,
    r"L(w) = \sum_{i=1}^{n} \bigl( y^{(i)} - w^\intercal x^{(i)} \bigr)^2"
    r"+ \lambda \|w\|^{2}_{2}": RIDGE,
    r"\mathcal{L}(w, b) := \|y - X w\|^2 + \lambda \left\lVert w \right\rVert_2^{2}": RIDGE,
    r"\sum_i \Big(y_i - \sum_j X_{ij} w_j\Big)^2 + \lambda \sum_j w_j^2": RIDGE,
    "||y - Xw||^2 + \\lambda ||w||^2": RIDGE,
    r"\| \mathbf{y} - \mathbf{X}\mathbf{w} \|_2^2 + \lambda \|\mathbf{w}\|_2^2": RIDGE,
    # --- spellings
    r"x^{\rm T} A x": "x @ A @ x",
    r"x^{\mathsf T} A x": "x @ A @ x",
    "x^T A x": "x @ A @ x",
    r"\beta^\top X^\top X \beta": "beta @ X.T @ X @ beta",
    r"(Y - X\beta)^\top (Y - X\beta)": "(Y - X @ beta) @ (Y - X @ beta)",
    r"\frac\lambda n \theta^\top\theta": "lam*(theta @ theta)/n",
    r"\lambda/2\, w^\top w": "lam*(w @ w)/2",
    r"\frac\lambda2 w^\top w": "lam*(w @ w)/2",
    r"\frac{\lambda}2 w^\top w": "lam*(w @ w)/2",
    r"\frac{1}n \sum_i x_i": "sum(x)/n",
    r"\frac1{2n} \sum_i x_i": "sum(x)/(2*n)",
    r"1/2 \lambda \|w\|^2": "lam*sum(w**2)/2",
    r"1/(2\sigma^2) \|x - \bar x\|^2 + \bar x^\top x": "sum((x - xbar)**2)/(2*sigma**2) + xbar @ x",
    r"\sum_i \log x_i / n": "sum(log(x))/n",
    r"\gamma^t \|x\|^2 + (1 + r)^t \mu": "gamma**t*sum(x**2) + (1 + r)**t*mu",
    r"\sum_i \alpha_i (1 - \alpha_i)": "alpha @ (1 - alpha)",
    r"1/n \sum_i x_i": "sum(x)/n",
    r"\operatorname{tr}[A X^{-1}]": "trace(A @ inv(X))",
    r"\log|X^\top X|": "log(det(X.T @ X))",
    r"\sum_i \log \sigma(x_i)": "sum(log(sigmoid(x)))",
    r"\lambda_1 \|w\|_1 + \lambda_2 \|w\|_2^2": "lam1*sum(abs(w)) + lam2*sum(w**2)",
    r"\varepsilon \|\hat{y} - \bar{y}\|^2": "epsilon*sum((yhat - ybar)**2)",
    r"\sum_i (x_i - x_{\text{new}})^2": "sum((x - x_new)**2)",
    r"\|X + \lambda I\|_F^2": "sum((X + lam*eye(n))**2)",
    r"\mathbf{1}_n^\top X \mathbf{1}_d": "sum(X)",
    # --- neighbours
    r"\sum_{i=2}^n x_i": "sum(x[1:])",
    r"\sum_{i=2}^n (x_i - x_{i-1})^2": "sum((x[1:] - x[:-1])**2)",
    r"\sum_{i=1}^{n - 1} |x_{i + 1} - x_i|": "sum(abs(x[1:] - x[:-1]))",
    r"\sum_{i=0}^{n-2} (x_{i+1} - x_i)^2": "sum((x[1:] - x[:-1])**2)",
    r"\sum_{i=2}^{n-1} w_i (x_{i+1} - 2x_i + x_{i-1})": "w[1:-1] @ (x[2:] - 2*x[1:-1] + x[:-2])",
    r"\sum_{i=1}^n \sum_{j=1}^{m-1} (X_{i,j+1} - X_{ij})^2": "sum((X[:, 1:] - X[:, :-1])**2)",
    r"\sum_{i=3}^{10} x_i x_{i-2}": "x[2:] @ x[:-2]",
    # --- pairs of indices
    r"\sum_{i < j} (x_i - x_j)^2": "sum(triu((x[:, None] - x)**2, 1))",
    r"\sum_{i > j} A_{ij}": "sum(tril(A, -1))",
    r"\sum_{1 \le i \leq j \le m} A_{ij} x_i": "sum(triu(A*x[:, None]))",
    r"\sum_{i \neq j} x_i x_j": "sum(outer(x, x)*(1 - eye(n)))",
    r"\sum_i \sum_{j \ne i} |x_i - x_j|": "sum(abs(x[:, None] - x).T*(1 - eye(n)))",
    # --- norms of any order
    r"\|x\|_p^p": "sum(abs(x)**p)",
    r"\|Ax - b\|_{4}^{4}": "sum(abs(A @ x - b)**4)",
    r"\|x\|_q": "sum(abs(x)**q)**(1/q)",
    r"\|x\|_3^2": "(sum(abs(x)**3)**(1/3))**2",
    # --- a minimum that is sought
    r"\min_w \|Xw - y\|^2": "sum((X @ w - y)**2)",
    r"\hat{\beta} = \arg\min_{\beta \in \mathbb{R}^d} \|X\beta - y\|^2": "sum((X @ beta - y)**2)",
    r"w^* = \underset{w}{\operatorname{arg\,min}}\ \|Xw - y\|^2": "sum((X @ w - y)**2)",
    r"\min_{w, b} \sum_i (y_i - w^\top x_i - b)^2": "sum((y - X @ w - b)**2)",
    r"\max_i x_i": "max(x)",
    r"\max_i \sum_j A_{ij} x_j": "max(A @ x)",
    r"\max_i w^\top x^{(i)}": "max(X @ w)",
    r"\log|X^\top X| + |w^\top v|": "log(det(X.T @ X)) + abs(w @ v)",
    r"\frac1n\sum_i x_i^2 + n": "sum(x**2)/n + n",
    r"\boldsymbol\mu^\top\bm{\mu}": "mu @ mu",
    # --- a dot holds looser than nothing
    r"x \cdot A x": "x @ (A @ x)",
    r"\frac{1}{n} \cdot y^\top X w \cdot c": "(y @ X @ w)*c/n",
    # --- letters: numbers, vectors, matrices
    r"\mathbf{w}^\top\mathbf{x} + b": "w @ x + b",
    r"\sum_i s_i^2 \operatorname{tr}(S)": "trace(S)*sum(s**2)",
    r"C \sum_i \xi_i": "C*sum(xi)",
    r"\sum_i \tanh(w x_i + b)": "sum(tanh(w*x + b))",
    r"\sum_i v_i \tanh(w_i^\top x + b_i)": "v @ tanh(W @ x + b)",
    # --- what three axes meet in
    r"\sum_{i,j} \alpha_i \alpha_j x_i^\top x_j": "alpha @ (X @ X.T @ alpha)",
    r"\operatorname{tr}(\sum_i x_i x_i^\top)": "trace(X.T @ X)",
}
REFUSED = {
    r"\sum_i (\mathbf{x}_i \mathbf{w} - y_i)^2": "column 18: a column times a column",
    r"\sum_{i=1}^n (x_{i+1} - x_i)^2": "column 15: i+1 is outside the array at an end of the sum",
    r"\sum_{i,j} (X_{i,j+1} - X_{ij})^2": "column 13: j+1 is outside the array",
    r"\|x\|^2 + x_{n-1}": "column 11: x_n-1 is one entry of x",
    r"x_{i-1} y_i": "column 1: i is an index outside its sum",
    r"\sum_{i=2}^n X_{i,i-1}": "column 14: entries beside a diagonal are not read: i, i-1",
    r"\sum_{i=0}^n x_i": "expected a range from 1 to n, or from 0 to n - 1",
    r"\frac{\lambda}25 \|w\|^2": "column 15: expected braces around what is below",
    r"z_y - \log\sum_k e^{z_k}": "column 1: z_y is one entry of z",
    r"\|x\|^2 + x_1": "column 11: x_1 is one entry of x",
    r"|Xw - y|^2": r"column 1: bars of a column are not clear: write \|x\|",
    r"|X\mathbf{w} - y|^2": "column 2: a column and a number do not go together",
    r"|\mathbf{w}|": "column 1: bars of a column are not clear",
    r"\sigma^2(z) + \sigma(z)": r"column 1: \sigma is a function and a number",
    r"n\log s + \sum_i x_i^2": r"column 1: whether n counts entries is not clear: write \sum_",
    r"\sum_j w_{cj} x_j": "column 8: w_cj: beside the index j stands what is none",
    r"\sum_i x_{i1}": "column 8: x_i1: beside the index i stands what is none",
    r"\log x y": r"column 1: what \log is of is not clear: write \log(...)",
    r"\sum_i \log p_i q_i": r"column 8: what \log is of is not clear",
    r"\log x^2": "column 7: unexpected '^'",
    r"1/2n \|x\|^2": r"column 1: what is divided is not clear: write \frac",
    r"\alpha + a/b c": r"column 10: what is divided is not clear",
    r"\|x\|^2/2\sigma^2": r"column 1: what is divided is not clear: write \frac",
    r"\exp(-\|x - \mu\|^2/2\sigma^2)": r"column 7: what is divided is not clear",
    r"1/2\sigma^2 \|x\|^2": "column 1: what is divided is not clear",
    r"\sum_i x_i/2y_i": "column 8: what is divided is not clear",
    r"x^\top y/\|x\| \|y\|": "column 1: what is divided is not clear",
    r"\sum_i p_i \log p_i/q_i": r"column 8: what \log is of is not clear",
    r"\sin x / x": r"column 1: what \sin is of is not clear: write \sin(...)",
    r"\log|A| |B|": r"column 1: what \log is of is not clear",
    r"\log\frac{x}{y} \frac{z}{w}": r"column 1: what \log is of is not clear",
    r"x^t A x": r"column 1: whether ^t is a transpose is not clear: write ^\top",
    r"\lambda + (y - Xw)^t (y - Xw)": "column 11: whether ^t is a transpose is not clear",
    r"x^\top A^{-2} x": "column 8: expected a power of a matrix from 1 to 4, or -1",
    r"\sum_i (x_i - \bar x)^3": r"column 1: \bar x may be a mean: write it as a sum",
    r"\sum_i \|x_i - \bar{x}\|^2": r"column 1: \bar x may be a mean: write it as a sum",
    r"\sum_{i,j} (A_{ij} - \delta_{ij})^2": r"column 22: \delta_{ij} is 1 or 0: write I",
    r"f(x) + \alpha": "column 1: f(...): unknown function 'f'",
    r"\sum_i (y_i - h_\theta(x_i))^2": "column 15: h(...): unknown function 'h'",
    r"\sum_i \ell_i(w)": "column 8: ell(...): unknown function 'ell'",
    r"\lambda_{max}(A)": "column 1: lam(...): unknown function 'lam'",
    r"\sum_i \rho(y_i - x_i)": "column 8: rho(...): unknown function 'rho'",
    r"E[(x - y)^2]": "column 1: E(...): unknown function 'E'",
    r"\Gamma(x + 1)": "column 1: Gamma(...): unknown function 'Gamma'",
    r"\nabla_x f = 2 A x": "column 1: expected the function itself, and no derivative",
    r"\|\phi(\mathbf{x}) - y\|^2": "column 3: phi(...): unknown function 'phi'",
    r"W^{(1)} x": "column 2: ^{(1)} is no power: write W_1",
    r"\exp(X)": "column 1: exp of a matrix is not clear",
    r"\operatorname{tr}(e^{X})": "column 19: exp of a matrix is not clear",
    r"\|X\|": r"column 1: which norm of a matrix is not clear: write \|X\|_F",
    r"\|X\|_2^2": "column 1: which norm of a matrix is not clear",
    r"\|x\|_0": "column 1: there is no norm of order 0 of a column here",
    r"\|x\|_k": "column 1: there is no norm of order k of a column here",
    r"\|X\|_p": "column 1: expected a norm of a column, not of a matrix",
    r"x \times y": r"column 1: \times of two arrays is not clear",
    r"\operatorname{tr}(A \otimes B)": r"column 19: \otimes is of two columns, not of a matrix",
    r"\sum_i \tanh(x W_i)": "column 14: a column times a column has no meaning",
    r"\sum_i (y_i - w X_i)^2": "column 15: a column times a column has no meaning",
    r"\sum_i x_i^{(t)}": "column 8: t is an index outside its sum",
    r"\frac{df}{dx}": "column 1: expected no derivative",
    r"\nabla f": r"column 1: unexpected '\nabla'",
    r"\int x": r"column 1: unexpected '\int'",
    r"\sum_{i \ne j} x_i": "column 1: expected a term with two indices, i and j",
    r"\sum_{i < i} x_i": "column 1: the index i has a meaning already",
    r"\sum_{2 \le i < j \le n} x_i x_j": r"column 1: expected \sum_{1 \le i < j \le n}",
    r"\sum_{i < j} A_{ij} B_{jk}": "column 1: three axes at once: ",
    r"\sum_{i=1}^{n-1} x_i": "nothing in the sum over i has an entry n",
    r"\sum_{i=1}^n x_j": "column 1: nothing after the sum has the index i",
    r"\sum_i \sum_i x_i": "column 8: the index i has a meaning already",
    r"\sum_i a_i - b_i": "column 14: i is an index outside its sum",
    r"\sum_i i x_i": "column 8: i is an index here, and no array",
    r"\sum_{t=1}^T \gamma^t r_t": "column 21: t is an index here, and no array",
    r"\alpha x_i y_j": "column 1: expected a sum over i, j",
    r"\sum_{i,j,k} x_i": "column 14: nothing after the sum has the index k",
    r"\sum_{i,j} \tanh(A_{ik} + B_{jk})": "column 18: three axes at once",
    r"\sum_i x_i \text{ and so on}": "column 12: unexpected",
    r"\text{loss} + x": r"column 1: unknown word \text{loss}",
    r"\|w\|^2 = c": "column 9: unexpected '='",
    r"\alpha x + {": "column 13: the expression ends too early",
    r"\pi_i x_i": "column 1: pi has no index here",
    r"e^\top e + e^x": "column 1: e is the base of exponentials here",
    r"\begin{cases} x & x > 0 \\ 0 & x > 1 \end{cases}": r"expected a last case \text{otherwise}",
    r"\operatorname{tr}(X, Y)": "column 1: tr: expected 1 argument",
    r"\alpha" * 401: "column 1: expected at most 2000 characters",
    r"\left(" * 200: "the expression ends too early",
    r"\sqrt{" * 90 + "x" + "}" * 90: "expected at most 80 levels",
    "\\": "column 1: unexpected '\\'",
    "\\alpha\0": "column 7: unexpected",
    r"\input{/etc/passwd}": r"column 1: unexpected '\input'",
    r"\def\x{\x\x}\x": r"column 1: unexpected '\def'",
}


@pytest.mark.parametrize("text", READ_AS)
def test_an_objective_is_read_as_numpy(text):
    assert translated(text, {}).text == READ_AS[text]


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text[:40]))
def test_what_is_not_read_is_refused_in_one_line_at_its_column(text):
    with pytest.raises(ValueError, match="column") as error:
        Asked(text, "x").objective()
    (line,) = str(error.value).splitlines()
    assert REFUSED[text] in line
    assert line.startswith("column")


@pytest.mark.parametrize(
    ("text", "shapes", "read_as"),
    [
        (r"\sum_i (y_i - x_i)^2", "x: n", "sum((y - x)**2)"),
        (r"\sum_i x_i^\top w", "x: n d", "sum(x @ w)"),
        (r"\sum_i x_i^\top w", "X: n d, w: d", "sum(X @ w)"),
        (r"\sum_i (x_i - \bar x)^2", "x: n, xbar:", "sum((x - xbar)**2)"),
        (r"\|\theta\|^2", "theta: k", "sum(theta**2)"),
    ],
)
def test_shapes_that_are_declared_are_kept(text, shapes, read_as):
    declared = shapes_in(shapes)
    found = translated(text, declared)
    assert found.text == read_as
    assert declared.items() <= found.shapes.items()


def test_the_end_of_a_sum_names_the_size():
    shapes = translated(r"\frac1n\sum_{i=1}^n \sum_{k=1}^K Y_{ik} z_k", {}).shapes
    assert shapes == {"Y": ("n", "K"), "z": ("K",)}
    with pytest.raises(ValueError, match="expected one size, got m and n"):
        translated(r"\sum_{i=1}^n x_i + \sum_{i=1}^m x_i", {})
    with pytest.raises(ValueError, match="expected one size, got n and 3"):
        translated(r"\sum_{i=1}^n x_i", {"x": (3,)})


@pytest.mark.parametrize(
    ("text", "is_latex"),
    [
        ("x^T A x", True),
        (r"\alpha x", True),
        ("x^2 * 3", False),
        ("sum(x)^2", False),
        ("def f(x):\n    r'''\\sum_i x_i'''\n    return x $ 2", False),
        ("x = 1  # \\alpha\nx $ 2", False),
    ],
)
def test_lines_of_python_are_never_taken_for_latex(text, is_latex):
    assert is_translatable(text) is is_latex


def test_an_error_in_what_was_read_names_it_and_no_column():
    with pytest.raises(ValueError, match=r"^read as .*: expected an exponent of at most 16$"):
        Asked(r"\alpha^{99}", "alpha").objective()


def test_what_python_cannot_read_keeps_its_own_error():
    with pytest.raises(AnswerSyntaxError, match=r"a power is x\*\*2"):
        Asked("sum(x)^2", "x").objective()
