"""Array expressions print as a textbook writes matrices, and as they are meant."""

import pytest

from verify.differentiation.reading import read
from verify.differentiation.to_latex import to_latex
from verify.objectives.asked import Asked

PRINTED = {
    # numbers and names
    "2*x/3": r"\tfrac{2}{3}\, x",
    "0.5": r"\tfrac{1}{2}",
    "-3": "-3",
    "lam": r"\lambda",
    "eps": r"\varepsilon",
    "w_1": "w_{1}",
    "beta1": r"\beta_{1}",
    "pi*x": r"\pi\, x",
    # products of matrices, and entry by entry
    "X.T @ (X @ w - y)": r"X^{\top}\, \left(X\, w - y\right)",
    "x @ y": r"x^{\top}\, y",
    "x @ A @ y": r"x^{\top}\, A\, y",
    "(A + B) @ x": r"\left(A + B\right)\, x",
    "(A*B) @ x": r"\left(A \odot B\right)\, x",
    "x*(A @ y)": r"x \odot A\, y",
    "outer(x + y, y)": r"\left(x + y\right)\, y^{\top}",
    "A*v[:, None]": r"A \odot v\,\mathbf{1}^{\top}",
    # entries and parts
    "x[0]*y": r"\mathbf{e}_{1}^{\top}\, x\, y",
    "x[-1]*y[-2]": r"\mathbf{e}_{n}^{\top}\, x\, \mathbf{e}_{d - 1}^{\top}\, y",
    "A[1:, :-1]": r"I_{2:n}\, A\, I_{1:d - 1}^{\top}",
    # signs
    "-x - y": r"-\left(x + y\right)",
    "A - -B": "A + B",
    "x - 2*y": r"x - 2\, y",
    "-A @ x": r"-A\, x",
    "exp(-x)": r"\exp\left(-x\right)",
    # powers and fractions
    "lam**2": r"\lambda^{2}",
    "1/(lam + 1)": r"\frac{1}{\lambda + 1}",
    "1/(2*(lam + 1))": r"\frac{1}{2\, \left(\lambda + 1\right)}",
    "1/(lam*(lam + 1))": r"\frac{1}{\lambda\, \left(\lambda + 1\right)}",
    "3*lam/(4*mu)": r"\frac{3\, \lambda}{4\, \mu}",
    "sqrt(lam)": r"\sqrt{\lambda}",
    # norms
    "x @ x": r"\lVert x \rVert^{2}",
    "norm(x)": r"\lVert x \rVert",
    "norm(X @ w - y)": r"\lVert X\, w - y \rVert",
    "x/norm(x)": r"\frac{1}{\lVert x \rVert}\, x",
    "norm(x)**3": r"\lVert x \rVert^{3}",
    # totals: what follows one is not under it
    "2*sum(x)": r"2\, \textstyle\sum x",
    "sum(x + y)": r"\textstyle\sum \left(x + y\right)",
    "sum(x)*y": r"\left(\textstyle\sum x\right)\, y",
    "sum(x)*lam": r"\left(\textstyle\sum x\right)\, \lambda",
    "sum(x)/sum(y)": r"\frac{\textstyle\sum x}{\textstyle\sum y}",
    "sum(x) + sum(y)": r"\textstyle\sum x + \textstyle\sum y",
    "mean(A, axis=0)": r"\frac{1}{n}\, \textstyle\sum_{\text{rows}} A",
    "x @ sum(A, axis=1)": r"x^{\top}\, \left(\textstyle\sum_{\text{columns}} A\right)",
    "A*sum(B, axis=1)[:, None]": r"A \odot \left(\textstyle\sum_{\text{columns}} B\right)\,"
    r"\mathbf{1}^{\top}",
    "max(x) + min(A)": r"\max\left(x\right) + \min\left(\min_{\text{columns}}\left(A\right)\right)",
    "prod(A, axis=0)": r"\prod_{\text{rows}}\left(A\right)",
    "cumsum(x)": r"\operatorname{cumsum}\left(x\right)",
    "flip(A, axis=1)": r"\operatorname{flip}_{\text{columns}}\left(A\right)",
    "where(x == max(x), y, 0)": r"\begin{cases} y & x = \max\left(x\right) \\"
    r" 0 & \text{else} \end{cases}",
    # functions
    "sigmoid(x)": r"\sigma\left(x\right)",
    "log_softmax(x)": r"\operatorname{log softmax}\left(x\right)",
    "abs(x)": r"\left|x\right|",
    "maximum(x, y)": r"\max\left(x, y\right)",
    "where(x > 0, 1, 0)": r"\mathbf{1}[x > 0]",
    "where((x > 0) & (y <= 1), x, -x)": r"\begin{cases} x & x > 0 \land y \le 1 \\"
    r" -x & \text{else} \end{cases}",
    # matrices
    "inv(A) @ B": r"A^{-1}\, B",
    "inv(A + B)": r"\left(A + B\right)^{-1}",
    "inv(A.T)": r"A^{-\top}",
    "log(det(A))": r"\log\det\left(A\right)",
    "trace(A @ B)": r"\operatorname{tr}\left(A\, B\right)",
    "diag(x) + diag(A)": r"\operatorname{diag}\left(x\right) + \operatorname{diag}\left(A\right)",
    "eye(n) + A": "I_{n} + A",
    "lam*ones(n)": r"\lambda\, \mathbf{1}_{n}",
}


OF_VECTORS = {
    "2*x*y - z": r"2\, x \odot y - z",
    "(x + y)*z": r"\left(x + y\right) \odot z",
    "x**2": r"x^{\circ 2}",
    "1/x": r"x^{\circ -1}",
    "tanh(x)**2": r"\tanh\left(x\right)^{\circ 2}",
    "x/lam": r"\frac{1}{\lambda}\, x",
    "~(x > 0)*y": r"\lnot \left(x > 0\right) \odot y",
}
"""What is of numbers if nothing else is said."""


@pytest.mark.parametrize("text", PRINTED | OF_VECTORS)
def test_an_expression_prints_as_a_textbook_writes_it(text):
    vectors = [name for name in "xyz" if text in OF_VECTORS and name in text.replace("exp", "")]
    asked = Asked(text, "", ", ".join(f"{name}: n" for name in vectors))
    printed = to_latex(read(asked.tree(), asked.objective().vocabulary))
    assert printed == (PRINTED | OF_VECTORS)[text]
