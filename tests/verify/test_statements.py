r"""The homework's own formulas, read as a student's answers, are proved."""

import pytest

from verify.grading.workers import Record, Task, settle_all

PARTS = [
    ("softmax.jacobian", r"\frac{1}{\tau}\left(\operatorname{diag}(y) - y y^{\top}\right)"),
    ("least_squares.grad_A", r"(Ax + b - t)\, x^{\top}"),
    ("least_squares.grad_b", "Ax + b - t"),
    (
        "huber.derivative",
        r"\begin{cases} r & |r| \le \delta, \\ "
        r"\delta \operatorname{sign}(r) & |r| > \delta \end{cases}",
    ),
    ("huber.gradient", r"-\sum_{i=1}^{n} \psi_\delta(r_i)\, x_i"),
    ("huber.gradient", r"-X^{\top} \psi_\delta(r)"),
    ("huber.limits.1", r"-X^{\top} r"),
    ("huber.limits.2", r"-X^{\top} \operatorname{sign}(r)"),
    ("huber.ridge_gradient", r"-X^{\top} \psi_\delta(r) + \lambda w"),
    ("adam.step1.mhat1", "g_1"),
    ("adam.step1.vhat1", "g_1^2"),
    ("adam.step1.w2", r"w_1 - \alpha \frac{g_1}{|g_1| + \varepsilon}"),
    ("adam.step2.mhat2", r"\frac{\beta_1 g_1 + g_2}{1 + \beta_1}"),
    ("adam.step2.vhat2", r"\frac{\beta_2 g_1^2 + g_2^2}{1 + \beta_2}"),
    ("adam.step2.w3", r"w_2 - \alpha \frac{\hat m_2}{\sqrt{\hat v_2} + \varepsilon}"),
    ("adam.moments.mt", r"(1 - \beta_1) \sum_{k=1}^{t} \beta_1^{t-k} g_k"),
    ("adam.moments.3", r"1 - \beta_1^t"),
    ("adam.step_size", r"\alpha \frac{|g_1|}{|g_1| + \varepsilon}"),
    ("momentum.unrolled.ut", r"\sum_{k=1}^{t} \mu^{t-k} g_k"),
    ("momentum.steady_state", r"\frac{g}{1 - \mu}"),
    ("initialization.zero.5", r"\frac{1}{C} - \frac{1}{N} \sum_{s=1}^{N} Y_{sc}"),
    ("layers.linear_dW", r"\left(\frac{\partial L}{\partial Z}\right)^{\top} X"),
    ("layers.linear_db", r"\sum_{n=1}^{N} \frac{\partial L}{\partial Z_n}"),
    ("layers.linear_dX", r"\frac{\partial L}{\partial Z} \cdot W"),
    ("layers.relu", r"\frac{\partial L}{\partial y} \odot \mathbf{1}_{x>0}"),
    ("layers.sigmoid", r"\frac{\partial L}{\partial y} \odot \sigma(x) (1 - \sigma(x))"),
    ("layers.softmax_cross_entropy", r"\frac{1}{N} (\hat Y - Y)"),
    ("softmax.limits.1", r"\frac{1}{n}"),
    ("huber.minimiser", r"\frac{45}{43}"),
    ("huber.ridge_shrinks.2", r"\frac{s^2}{s^2 + \lambda} w_0"),
    ("adam.step_bound.3", r"\frac{(1 - \beta_1)^2}{1 - \beta_2}"),
    (
        "adam.step_bound.2",
        r"\frac{(1 - \beta_1)^2}{(1 - \beta_2) (1 - \beta_1^2 / \beta_2)}",
    ),
    ("initialization.flow.1", r"n_{in} \sigma^2 a"),
    ("initialization.flow.4", r"\frac{1}{\sqrt{2}}"),
]


@pytest.fixture(scope="module")
def graded() -> list[Record]:
    tasks = [Task(question, part, latex=True) for question, part in PARTS]
    records = dict(settle_all(tasks, 2, 30.0))
    return [records[place] for place in range(len(tasks))]


@pytest.mark.parametrize("place", range(len(PARTS)), ids=[question for question, _ in PARTS])
def test_the_formula_of_the_homework_is_proved(place: int, graded: list[Record]):
    assert graded[place].verdict == "proved", graded[place].hint
