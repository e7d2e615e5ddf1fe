"""What is said of gradients through maxima, products and cumulative sums, and for which points."""

import pytest

from verify.grading.grade import grade
from verify.objectives.asked import Asked

ONCE = "max(x[k], k = 1..n) is attained once"
PROVED = [
    # a maximum: the scope names the ties
    ("max(x)", "x", "x == max(x)", f"every n, where {ONCE}"),
    ("np.max(x)**2", "x", "2*np.max(x)*(x == x.max())", ONCE),
    ("max(x)", "x", "where(x == np.max(x), 1, 0)", ONCE),
    ("min(x)", "x", "x == min(x)", "min(x[k], k = 1..n) is attained once"),
    ("-min(-2*x)", "x", "2*(x == max(x))", "is attained once"),
    ("max(x + 3*lam)", "lam", "3", "is attained once"),
    ("X.max()", "X", "X == X.max()", "max(max(X[k, l], l = 1..d), k = 1..n) is attained once"),
    ("sum(X.max(axis=0)*g)", "X", "(X == X.max(axis=0))*g", "max(X[k, l], k = 1..n)"),
    (
        "torch.max(X, dim=1).values @ g",
        "X",
        "(X == torch.amax(X, 1, keepdim=True))*g[:, None]",
        "max(X[l, k], k = 1..d) is attained once",
    ),
    ("max(X @ w + 1)", "w", "X.T @ (X @ w == max(X @ w))", "is attained once"),
    ("max(x)", "x", "(x == max(x))/sum(x == max(x))", ONCE),
    ("max(x)**2", "x", "2*(x == max(x))*x", ONCE),
    ("sum(max(X, axis=1)**3)", "X", "3*X**2*(X == max(X, axis=1)[:, None])", "is attained once"),
    ("max(x)*max(y)", "x", "(x == max(x))*max(y)", "is attained once"),
    ("max(abs(x))", "x", "sign(x)*(abs(x) == max(abs(x)))", "off kinks"),
    ("relu(max(x))", "x", "(max(x) > 0)*(x == max(x))", "off kinks"),
    ("sum(where(x == max(x), x**2, 0))", "x", "2*x*(x == max(x))", ONCE),
    # a maximum that cancels asks for nothing
    ("max(x) + log(sum(exp(x - max(x))))", "x", "softmax(x)", "every n"),
    ("sum(x)", "x", "exp(max(x) - max(x))*ones(n)", "every value"),
    (
        "e = np.exp(X - X.max(axis=1, keepdims=True))\n"
        "p = e/e.sum(axis=1, keepdims=True)\nreturn -(Y*np.log(p)).sum()",
        "X",
        "softmax(X)*sum(Y, axis=1)[:, None] - Y",
        "every d, n",
    ),
    # a product: no entry is 0
    ("prod(x)", "x", "prod(x)/x", "every n, where x[i] != 0 and prod(x[k], k = 1..n) != 0"),
    ("log(prod(1 + x))", "x", "1/(1 + x)", "prod(x[k] + 1, k = 1..n) > 0"),
    ("sum(prod(X, axis=-1))", "X", "prod(X, axis=1, keepdims=True)/X", "!= 0"),
    ("X.prod()", "X", "X.prod()/X", "!= 0"),
    ("prod(x*y)", "x", "prod(x)*prod(y)/x", "!= 0"),
    ("prod(x**2/y)", "x", "2*prod(x)**2/prod(y)/x", "!= 0"),
    ("prod(2*x)", "x", "2**n*prod(x)/x", "!= 0"),
    # cumulative sums, and from the end
    ("cumsum(x) @ g", "x", "cumsum(g[::-1])[::-1]", "every n"),
    ("cumsum(x[::-1])[::-1] @ g", "x", "cumsum(g)", "every n"),
    ("cumsum(flip(x)) @ g", "x", "cumsum(flip(g))", "every n"),
    ("sum(cumsum(x)**2)", "x", "2*np.flip(np.cumsum(np.flip(np.cumsum(x))))", "every n"),
    ("cumsum(cumsum(x)) @ g", "x", "flip(cumsum(cumsum(flip(g))))", "every n"),
    ("sum(exp(x[::-1])*g)", "x", "exp(x)*g[::-1]", "every n"),
    ("sum(relu(x[::-1] - g))", "x", "x > g[::-1]", "off kinks"),
    ("sum(X[::-1, ::-1]*G)", "X", "flip(G)", "every d, n"),
    (
        "torch.sum(torch.cumsum(X, dim=0)*G)",
        "X",
        "torch.flip(G, (0,)).cumsum(0).flip(0)",
        "every d, n",
    ),
]
REFUTED = [
    ("max(x)", "x", "softmax(x)"),
    ("max(x)", "x", "x == min(x)"),
    ("max(x)", "x", "ones(n)"),
    ("max(x)", "x", "max(x)*(x == max(x))"),
    ("sum(X.max(axis=0)*g)", "X", "(X == X.max())*g"),
    ("sum(max(X, axis=1))", "X", "X == max(X, axis=0)"),
    ("log(sum(exp(x - max(x))))", "x", "softmax(x)"),
    ("sum(exp(x - max(x)))", "x", "exp(x - max(x))"),
    ("max(x)**2", "x", "2*(x == max(x))"),
    ("max(x)*sum(x)", "x", "(x == max(x))*sum(x)"),
    ("prod(x*y)", "x", "prod(x)/x"),
    ("prod(x)", "x", "prod(x)*x"),
    ("prod(x)", "x", "prod(x)"),
    ("sum(prod(X, axis=1))", "X", "prod(X, axis=0)/X"),
    ("cumsum(x) @ g", "x", "cumsum(g)"),
    ("cumsum(x) @ g", "x", "flip(cumsum(g))"),
    ("cumsum(x[::-1]) @ g", "x", "flip(cumsum(flip(g)))"),
    ("sum(X.cumsum(axis=0)*G)", "X", "G[:, ::-1].cumsum(axis=1)[:, ::-1]"),
    ("sum(g*x[::-1])", "x", "g"),
    # an entry that an array lacks is none of a sum over places that it has
    ("v = x + 0\nv[1:] -= x[:-1]\nv @ v", "x", "2*x"),
    ("v = x + 0\nv[:-1] += x[1:]\nv @ v", "x", "2*x"),
    # entries from the end in a condition
    ("relu(1 + x @ x[::-1])", "x", "2*x[::-1]"),
    ("relu(x @ g[::-1])", "x", "g[::-1]"),
    ("maximum(x @ x[::-1], 0)", "x", "2*x[::-1]"),
    ("sum(g)*(1 if x @ flip(x) > -1 else 2)", "g", "ones(n)"),
    ("sum(relu(x[::-1] - g))", "x", "x > g"),
]
UNDECIDED = [
    ("max(x)", "x", "where(sum(x == max(x)) > 1, 7, x == max(x))"),
    # right where one entry alone is the largest; where two are, two are marked
    ("sum(x**2)", "x", "2*x + (x == max(x))*sum(x == max(x)) - (x == max(x))"),
    ("sum(x**2)", "x", "2*x + max(x) - sum((x == max(x))*x)"),
    ("sum(x**2)", "x", "2*x + (x == min(x))*(min(x) - sum(x*(x == min(x))))"),
    ("sum(X**2)", "X", "2*X + (X == max(X, axis=0))*(sum(X == max(X, axis=0), axis=0) - 1)"),
]


@pytest.mark.parametrize("none", ["max(x[1:]) - max(x[1:])", "0*norm(x[1:], inf)"])
def test_what_cancels_still_needs_entries(none):
    found = grade(Asked("x[0]**2*s", "s", "s:, x: n").question(), f"x[0]**2 + {none}")
    assert (found.verdict, found.scope) == ("proved", "every n, wherever yours is defined")


def test_a_maximum_of_what_may_have_fewer_than_no_entries_is_not_read():
    with pytest.raises(ValueError, match="expected entries for every size, got n - 2 of them"):
        Asked("max(x[2:])", "x").question()


@pytest.mark.parametrize(("function", "wrt", "answer", "scope"), PROVED)
def test_a_right_gradient_is_proved_where_it_is_one(function, wrt, answer, scope):
    found = grade(Asked(function, wrt).question(), answer)
    assert found.verdict == "proved", found
    assert scope in found.scope
    if scope.startswith("every"):
        assert scope == found.scope


@pytest.mark.parametrize(("function", "wrt", "answer"), REFUTED)
def test_a_wrong_gradient_is_refuted_at_a_point_without_ties(function, wrt, answer):
    found = grade(Asked(function, wrt).question(), answer)
    assert found.verdict == "refuted", found
    assert found.counterexample is not None


@pytest.mark.parametrize(("function", "wrt", "answer"), UNDECIDED)
def test_what_no_rule_or_point_settles_is_undecided(function, wrt, answer):
    assert grade(Asked(function, wrt).question(), answer).verdict == "undecided"


def test_no_point_with_two_largest_entries_refutes():
    question = Asked("max(x)", "x", shapes="x: 2").question()
    only_there = "where(2*max(x) == sum(x), 7, x == max(x))"
    assert grade(question, only_there).verdict == "undecided"
