"""What is asked, from a command line and from a teacher's table."""

import pytest

from verify.objectives.asked import Asked, asked_in, shapes_in

SHAPES = {
    "": {},
    " , ": {},
    "X: n d, w: d, lam:": {"X": ("n", "d"), "w": ("d",), "lam": ()},
    "X: n d; w: d\nlam :": {"X": ("n", "d"), "w": ("d",), "lam": ()},
    "X:5  3, y:\t5": {"X": (5, 3), "y": (5,)},
}
NO_SHAPES = {
    "X n": "expected 'X: n d, w: d, lam:', got 'X n'",
    "X: n,d": "expected 'X: n d, w: d, lam:', got 'd'",
    "X: n d k": "expected at most two sizes of X, got 3",
    "X: 0": "got 'X: 0'",
    "X: -1": "got 'X: -1'",
    "X: 2.5": "got 'X: 2.5'",
    "X: n*d": r"got 'X: n\*d'",
    "1X: n": "got '1X: n'",
    "x: n²": "got 'x: n²'",
    "é: n": "got 'é: n'",
    "x: ٣": "got",
    "x: n, x: d": "x is said twice, 'x: d' as well",
}
FUNCTION = {"function": "sum(x)"}
NO_QUESTIONS = [
    ({"wrt": "x"}, "function: expected a text in quotes"),
    ({"function": 3, "wrt": "x"}, "function: expected a text in quotes"),
    (FUNCTION, "wrt: expected a name in quotes, or a list of them"),
    (FUNCTION | {"wrt": []}, "wrt: expected a name in quotes, or a list of them"),
    (FUNCTION | {"wrt": ["x", 3]}, "wrt: expected a name in quotes, or a list of them"),
    (FUNCTION | {"wrt": "x", "assume": 3}, "assume: expected a list of texts in quotes"),
    (FUNCTION | {"wrt": "x", "assume": ["x positive", 3]}, "assume: expected a list of texts"),
    (FUNCTION | {"wrt": "x", "order": 3}, "order: expected 1 or 2, got 3"),
    (FUNCTION | {"wrt": "x", "order": 1.0}, "order: expected 1 or 2, got 1.0"),
    (FUNCTION | {"wrt": "x", "order": True}, "order: expected 1 or 2, got True"),
    (FUNCTION | {"wrt": "x", "shapes": {"x": 3}}, "shapes: expected a table such as"),
    (FUNCTION | {"wrt": "x", "shapes": [1]}, "shapes: expected a table such as"),
    (FUNCTION | {"wrt": "x", "anwser": "1"}, "'anwser': expected one of answer, answers"),
]


@pytest.mark.parametrize("text", SHAPES)
def test_shapes_are_read(text):
    assert shapes_in(text) == SHAPES[text]


@pytest.mark.parametrize("text", NO_SHAPES)
def test_what_are_no_shapes_is_said(text):
    with pytest.raises(ValueError, match=f"^shapes: .*{NO_SHAPES[text]}"):
        shapes_in(text)


def test_a_table_asks_once_for_each_name():
    table = {
        "function": "lam*sum(w**2)",
        "wrt": ["w", "lam"],
        "shapes": {"w": "n", "lam": ""},
        "assume": ["lam positive"],
        "order": 2,
        "answers": {},
    }
    shared = ("w: n, lam: ", ("lam positive",), 2)
    assert asked_in(table) == {name: Asked("lam*sum(w**2)", name, *shared) for name in ("w", "lam")}


def test_a_table_needs_a_function_and_a_name_alone():
    assert asked_in(FUNCTION | {"wrt": "x"}) == {"x": Asked("sum(x)", "x")}
    said = FUNCTION | {"wrt": "x", "shapes": "x: n", "assume": "x positive"}
    assert asked_in(said) == {"x": Asked("sum(x)", "x", "x: n", ("x positive",))}


@pytest.mark.parametrize(("table", "says"), NO_QUESTIONS)
def test_what_is_no_question_is_said(table, says):
    with pytest.raises(ValueError, match=rf"^{says}"):
        asked_in(table)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (Asked("sum(x)", "y"), "--wrt y: expected a name of the function: x"),
        (Asked("sum(x)/n", "n"), "--wrt n: expected a name of the function: x"),
        (Asked("3", "x"), "--wrt x: expected a name of the function: none"),
        (Asked("sum(x)", "x", "z: n"), "shapes: the function has no z"),
        (Asked("sum(x)", "x", order=3), "order: expected 1 or 2, got 3"),
        (
            Asked("sum(foo(x))", "x"),
            "column 5: unknown function 'foo'; all are listed by '",
        ),
        (Asked("x.foo()", "x"), "column 1: '.foo()' is not in the language"),
        (Asked("sum(x", "x"), "column 6: the expression ends too early"),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(asked, says):
    with pytest.raises(ValueError, match=r"expected|unknown|has no|is not|ends") as error:
        asked.question()
    assert str(error.value).startswith(says)


def test_branches_in_a_divisor_are_not_multiplied_out():
    clipped = "-mean(y*log(clip(sigmoid(X @ w), 0.1, 0.9)))"
    assert Asked(clipped, "w").question().right.count_ops() < 150


def test_the_right_side_of_a_question_is_the_derivative():
    question = Asked("sum(x**2)/n", "x").question("mean of squares")
    assert (question.id, question.what) == ("mean of squares", "the gradient in x")
    assert str(question.right) == "2*x[i]/n"
    assert question.expected == "the gradient in x is (n,)"
    assert Asked("A @ x", "x").question().expected == "the derivative in x is (n, d)"
    assert Asked("x @ A @ x", "x", order=2).question().what == "the Hessian in x"


@pytest.mark.parametrize(
    ("function", "says"),
    [
        ("x**3 + 2*x", "derivative in x is (n, n), as x is (n,); with shapes 'x:' it is a number"),
        ("a*exp(x)", "derivative in x is (n, n), as x is (n,); with shapes 'x:' it is a number"),
        ("softmax(x)", "derivative in x is (n, n)"),
        ("A @ x", "derivative in x is (d, n)"),
        ("x*sum(x)", "derivative in x is (n, n)"),
        ("sum(x**3)", "gradient in x is (n,)"),
    ],
)
def test_a_name_that_may_be_meant_as_a_number_is_said_to_be_an_array(function, says):
    shapes = "x: n, a: n" if function.startswith("a") else "x: n"
    assert Asked(function, "x", shapes).question().expected == f"the {says}"


def test_names_in_latex_are_as_one_types_them():
    asked = Asked("f", r"\lambda", r"\lambda:, \hat{y}: n, \beta_1: n", (r"\hat y > 0", "X inv"))
    plain = Asked("f", "lam", "lam:, yhat: n, beta1: n", ("yhat > 0", "X inv"))
    assert asked == plain


def test_the_rows_of_a_matrix_are_asked_for_by_their_letter():
    function = r"\sum_{i,j} (R_{ij} - u_i^\top v_j)^2"
    assert Asked(function, "u").wrt == Asked(function, "U").wrt == "U"
    assert Asked(r"\|y - Xw\|^2", "w").wrt == "w"
    assert Asked(r"\|y - Xw\|^2", "x").wrt == "x"  # which is refused where it is asked
    assert Asked(function, "z").wrt == "z"
