"""What people have is what a check takes: arguments, values and gradients in their own forms."""

from collections import OrderedDict, namedtuple
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse
import torch
from scipy.optimize import rosen, rosen_der, rosen_hess
from torch.nn import functional

from verify import check_gradient

X0 = np.array([0.3, -0.7, 1.2])
W0 = np.array([[1.0, 2.0, -1.0], [0.5, -0.3, 2.0]])
LABELS = np.array([0, 2, 1])

# --- whose function it is ------------------------------------------------------------------------

TORCH = {
    "exp": (lambda x: x.exp().sum(), lambda x: x.exp()),
    "pow": (lambda x: x.pow(3).sum(), lambda x: 3 * x.pow(2)),
    "norm": (lambda x: x.norm(), lambda x: x / x.norm()),
    "clamp": (lambda x: x.clamp(min=0).sum(), lambda x: (x > 0).double()),
    "relu": (lambda x: x.relu().sum(), lambda x: (x > 0).double()),
    "unsqueeze": (lambda x: x.unsqueeze(0).sum(), lambda x: torch.ones_like(x)),
    "abs": (lambda x: x.abs().sum(), lambda x: x.sign()),
    "clone": (lambda x: (x.clone() ** 2).sum(), lambda x: 2 * x.clone()),
    "view": (lambda x: x.view(2, 2).det(), lambda x: torch.stack([x[3], -x[2], -x[1], x[0]])),
    "max": (lambda x: x.max(0)[0], lambda x: functional.one_hot(x.argmax(), 4).double()),
    "softmax": (
        lambda x: x.softmax(0)[0],
        lambda x: x.softmax(0)[0] * (torch.eye(4, dtype=x.dtype)[0] - x.softmax(0)),
    ),
    "F.log_softmax": (
        lambda x: -functional.log_softmax(x, dim=0)[1],
        lambda x: x.softmax(0) - torch.eye(4, dtype=x.dtype)[1],
    ),
    "in NumPy by hand": (lambda x: x.exp().sum(), lambda x: np.exp(x).copy()),
    "in place": (lambda x: x.mul_(2).sum(), lambda x: torch.full_like(x, 2)),
    "only a number": (lambda x: x.exp().sum().item(), lambda x: x.exp()),
}  # fmt: skip


@pytest.mark.parametrize("name", TORCH)
def test_tensor_methods_are_pytorch(name):
    function, gradient = TORCH[name]
    report = check_gradient(function, gradient, {"x": (4,)})
    assert report.passed, str(report)
    wrong = check_gradient(function, lambda x: gradient(x) * (1 + 1e-6), {"x": (4,)})
    assert wrong.mismatches


def test_a_numpy_function_may_have_a_pytorch_gradient():
    report = check_gradient(lambda x: np.exp(x).sum(), lambda x: torch.exp(x), {"x": (3,)})
    assert report.passed, str(report)


def variance(x):
    return x.var()


def test_a_function_that_means_two_things_must_say_which():
    by_numpy = lambda x: 2 * (x - x.mean()) / len(x)  # noqa: E731
    by_torch = lambda x: 2 * (x - x.mean()) / (len(x) - 1)  # noqa: E731
    with pytest.raises(ValueError, match="say library='numpy' or library='torch'"):
        check_gradient(variance, by_numpy, {"x": (4,)})
    for library, right, wrong in [
        ("numpy", by_numpy, by_torch),
        ("torch", by_torch, by_numpy),
    ]:
        assert check_gradient(variance, right, {"x": (4,)}, library=library).passed
        assert not check_gradient(variance, wrong, {"x": (4,)}, library=library).passed


def test_a_real_tensor_says_whose_a_function_is():
    x = torch.tensor(X0)
    gradient = lambda x: 2 * (x - x.mean()) / (len(x) - 1)  # noqa: E731
    assert check_gradient(variance, gradient, x).passed
    standardised = lambda x: ((x - x.mean()) / x.std())[0]  # noqa: E731

    def by_autograd(x):
        x = x.clone().requires_grad_()
        return torch.autograd.grad(standardised(x), x)[0]

    assert check_gradient(standardised, by_autograd, x).passed


def test_a_jax_function_may_index_and_loop():
    def loop(x):
        return jax.lax.while_loop(lambda s: s[0] < 3, lambda s: (s[0] + 1, s[1] * x), (0, x))[
            1
        ].sum()

    report = check_gradient(loop, lambda x: 4 * x**3, {"x": (3,)})
    assert report.passed, str(report)
    assert report.judges == ("jacfwd", "differences")
    assert not check_gradient(loop, lambda x: 3 * x**3, {"x": (3,)}).passed
    at = lambda x: (x.at[0].set(0.0) ** 2).sum()  # noqa: E731
    assert check_gradient(at, lambda x: 2 * x.at[0].set(0.0), {"x": (3,)}).passed


def test_jax_code_whose_values_decide_is_not_compiled():
    def function(x):
        return jnp.sum(x**2) if x[0] > 0 else jnp.sum(x**3)

    def gradient(x):
        return 2 * x if x[0] > 0 else 3 * x**2

    report = check_gradient(function, gradient, {"x": (3,)})
    assert report.passed, str(report)


@pytest.mark.parametrize("method", ["autodiff", "complex step", "differences"])
def test_the_judge_beside_differences_can_be_chosen(method):
    functions = {"autodiff": lambda x: torch.exp(x).sum()}
    function = functions.get(method, lambda x: np.exp(x).sum())
    report = check_gradient(function, lambda x: np.exp(np.asarray(x)), {"x": (3,)}, method=method)
    assert report.passed
    expected = {"autodiff": ("torch", "differences"), "differences": ("differences",)}
    assert report.judges == expected.get(method, (method, "differences"))


def test_a_method_that_does_not_apply_is_an_error():
    with pytest.raises(ValueError, match="method: complex step does not apply: it fails"):
        check_gradient(
            lambda x: sum(map(float, x)), np.ones_like, {"x": (3,)}, method="complex step"
        )
    with pytest.raises(
        ValueError, match="method: autodiff does not apply: the function is numpy's"
    ):
        check_gradient(np.sum, np.ones_like, {"x": (3,)}, method="autodiff")


# --- arguments -----------------------------------------------------------------------------------


def squared_error(W, x, b):
    return ((W @ x + b) ** 2).sum()


def error_gradient(W, x, b):
    r = W @ x + b
    return 2 * np.outer(r, x), 2 * W.T @ r, 2 * r


SHAPES = {"W": (2, 3), "x": (3,), "b": (2,)}


@pytest.mark.parametrize(
    "at",
    [SHAPES, tuple(SHAPES.values()), (W0, X0, np.array([0.5, 0.1])), {"W": W0, "x": X0, "b": (2,)}],
)
def test_all_arguments_are_judged_at_once(at):
    report = check_gradient(squared_error, error_gradient, at)
    assert report.passed, str(report)
    assert report.wrt == "W, x, b"
    for place in range(3):

        def wrong(W, x, b, place=place):
            parts = list(error_gradient(W, x, b))
            parts[place] = parts[place] * (1 + 1e-6)
            return tuple(parts)

        bad = check_gradient(squared_error, wrong, at)
        assert {m.entry.partition("[")[0] for m in bad.mismatches} == {"Wxb"[place]}
        assert f"wrong only in {'Wxb'[place]}" in str(bad)


def test_a_dict_of_parts_names_its_arguments():
    def gradient(W, x, b):
        parts = error_gradient(W, x, b)
        return {"b": parts[2], "W": parts[0]}

    report = check_gradient(squared_error, gradient, SHAPES)
    assert report.passed
    assert report.wrt == "W, b"
    assert check_gradient(squared_error, gradient, SHAPES, wrt=["b", "W"]).passed
    with pytest.raises(ValueError, match="gradient: expected a part for x, got b, W"):
        check_gradient(squared_error, gradient, SHAPES, wrt=["x", "W"])


Layer = namedtuple("Layer", "W b")


@pytest.mark.parametrize(
    "parameters",
    [
        {"W": W0, "b": np.ones(2) * 0.3},
        OrderedDict(b=np.ones(2) * 0.3, W=W0),
        Layer(W0, np.ones(2) * 0.3),
        [{"W": W0}, np.ones(2) * 0.3],
        (W0, [np.ones(2) * 0.3]),
    ],
)
@pytest.mark.parametrize("xp", [np, jnp, torch])
def test_nested_parameters_are_judged(parameters, xp):
    def arrays(tree):
        if isinstance(tree, dict):
            tree = [tree[key] for key in sorted(tree)]
        for item in tree:
            if isinstance(item, (dict, list)):
                yield from arrays(item)
            else:
                yield item

    def function(tree):
        return sum((a**3).sum() for a in arrays(tree)) * 0.5

    def gradient(tree, factor=1.5):
        if isinstance(tree, dict):
            return type(tree)({key: gradient(value, factor) for key, value in tree.items()})
        if isinstance(tree, Layer):
            return Layer(*(gradient(value, factor) for value in tree))
        if isinstance(tree, (list, tuple)):
            return type(tree)(gradient(value, factor) for value in tree)
        return factor * tree**2

    library = {np: "numpy", jnp: "jax", torch: "torch"}[xp]
    at = {"tree": parameters}
    assert check_gradient(function, gradient, at, library=library).passed
    wrong = check_gradient(function, lambda tree: gradient(tree, 1.4), at, library=library)
    assert len(wrong.mismatches) == 8
    assert wrong.mismatches[0].entry.startswith("tree")


@pytest.mark.parametrize("kind", [list, tuple])
def test_as_many_layers_as_arguments_are_no_gradient_of_each(kind):
    def loss(layers, x):
        return sum((layer["W"] @ x).sum() ** 2 for layer in layers)

    def gradient(layers, x):
        return kind({"W": 2 * (p["W"] @ x).sum() * np.tile(x, (2, 1))} for p in layers)

    at = {"layers": kind({"W": factor * W0} for factor in (1, 2)), "x": (3,)}
    report = check_gradient(loss, gradient, at)
    assert report.passed, str(report)
    assert report.wrt == "layers"


def test_a_dict_is_one_argument_where_the_function_takes_one():
    def loss(params):
        return ((params["W"] @ X0 + params["b"]) ** 2).sum()

    def gradient(params):
        r = params["W"] @ X0 + params["b"]
        return {"W": 2 * np.outer(r, X0), "b": 2 * r}

    report = check_gradient(loss, gradient, {"W": (2, 3), "b": (2,)})
    assert report.passed, str(report)
    assert report.wrt == "params"


@pytest.mark.parametrize(
    ("function", "gradient", "at"),
    [
        (np.dot, lambda a, b: b, ((3,), (3,))),
        (lambda a, b, /: a @ b, lambda a, b, /: b, {"x": (3,), "y": (3,)}),
        (lambda *arrays: arrays[0] @ arrays[1], lambda *arrays: arrays[1], ((3,), (3,))),
        (lambda u, v: u @ v, lambda p, q: q, {"x": (3,), "y": (3,)}),
        (lambda *, x: (x**2).sum(), lambda *, x: 2 * x, {"x": (3,)}),
        (lambda w: (w**2).sum(), lambda v: 2 * v, (3,)),
        (lambda **named: named["x"] @ named["y"], lambda x, y: y, {"x": (3,), "y": (3,)}),
        (lambda x, scale=2.0: scale * x.sum(), lambda x: 0 * x + 2, (3,)),
    ],
)
def test_arguments_go_by_name_where_names_fit_and_by_position_else(function, gradient, at):
    report = check_gradient(function, gradient, at)
    assert report.passed, str(report)


def test_a_function_that_takes_other_arguments_is_an_error():
    with pytest.raises(ValueError, match=r"function: expected to take x, y, got \(x\)"):
        check_gradient(lambda x: x.sum(), lambda x, y: x, {"x": (3,), "y": (3,)})


@pytest.mark.parametrize("x", [X0, X0.tolist(), torch.tensor(X0), X0.astype(np.float32)])
def test_one_point_is_judged_where_arrays_are_given(x):
    for at in (x, {"x": x}):
        report = check_gradient(lambda x: (x**3).sum(), lambda x: 3 * x**2, at)
        assert report.passed, str(report)
        assert report.checked == 1


def test_whole_numbers_and_masks_are_constants():
    mask = np.array([True, False, True])

    def function(W, labels, mask, power):
        return -(np.take_along_axis(W, labels[None], axis=0)[0, mask] ** power).sum()

    def gradient(W, labels, mask, power):
        g = np.zeros_like(W)
        rows = labels[mask]
        g[rows, np.flatnonzero(mask)] = -power * W[rows, np.flatnonzero(mask)] ** (power - 1)
        return g

    at = {"W": (3, 3), "labels": LABELS, "mask": mask, "power": 3}
    report = check_gradient(function, gradient, at)
    assert report.passed, str(report)
    assert not check_gradient(function, lambda **k: 2 * gradient(**k), at).passed


def test_integer_labels_reach_pytorch():
    target = torch.tensor([0, 2])

    def gradient(z, target):
        p = z.softmax(1)
        return (p - functional.one_hot(target, 4)) / 2

    at = {"z": (2, 4), "target": target}
    assert check_gradient(
        lambda z, target: functional.cross_entropy(z, target), gradient, at
    ).passed


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ({"x": "text"}, "x: expected a shape, a set or numbers, got <U4"),
        ({"x": 4}, "at: expected floating-point numbers in x, got whole ones, which are constants"),
        ({"x": np.arange(3)}, "at: expected floating-point numbers in x, got whole ones"),
        ({"x": [[1.0], [1.0, 2.0]]}, "x: expected a shape, a set or an array, got"),
    ],
)
def test_places_that_are_none_are_an_error(at, says):
    with pytest.raises(ValueError, match=says):
        check_gradient(np.sum, np.ones_like, at)


# --- values and gradients ------------------------------------------------------------------------


def test_value_and_gradient_may_come_as_a_pair():
    def pair(x):
        return (x**2).sum(), 2 * x

    assert check_gradient(pair, True, {"x": (3,)}).passed
    assert check_gradient(lambda x: (x**2).sum(), pair, {"x": (3,)}).passed
    assert not check_gradient(lambda x: (pair(x)[0], x), True, {"x": (3,)}).passed
    with pytest.raises(ValueError, match=r"expected a pair \(value, gradient\), got ndarray"):
        check_gradient(lambda x: x, True, {"x": (3,)})


@pytest.mark.parametrize("shape", [(1,), (1, 1)])
def test_a_value_of_one_entry_is_a_number(shape):
    function = lambda x: (x**2).sum().reshape(shape)  # noqa: E731
    assert check_gradient(function, lambda x: 2 * x, {"x": (3,)}).passed
    assert check_gradient(function, lambda x: 2 * x.reshape(*shape, 3), {"x": (3,)}).passed


def test_the_gradient_in_a_number_may_have_one_entry():
    assert check_gradient(lambda x: x**2, lambda x: np.array([2 * x]), {"x": ()}).passed


def test_a_shape_that_does_not_fit_is_an_error_that_helps():
    with pytest.raises(ValueError, match=r"expected shape \(3, 3\), got \(3,\): .* np.diag of it"):
        check_gradient(np.sin, np.cos, {"x": (3,)})
    with pytest.raises(ValueError, match=r"got \(3, 1\): an update x - gradient would not fit"):
        check_gradient(lambda x: (x**2).sum(), lambda x: 2 * x[:, None], {"x": (3,)})


@pytest.mark.parametrize("form", ["csr_matrix", "dia_array", "coo_array"])
def test_a_sparse_jacobian_is_read(form):
    sparse = getattr(scipy.sparse, form)
    function = np.tanh
    gradient = lambda x: sparse(np.diag(1 - np.tanh(x) ** 2))  # noqa: E731
    assert check_gradient(function, gradient, {"x": (4,)}).passed
    assert not check_gradient(function, lambda x: gradient(x) * 1.1, {"x": (4,)}).passed


def test_a_jacobian_may_be_a_matrix_a_list_or_masked():
    A = np.array([[1.0, 2], [3, 4]])
    for form in (
        np.matrix,
        np.ma.masked_array,
        np.ndarray.tolist,
        lambda A: A.astype(np.longdouble),
    ):
        assert check_gradient(lambda x: A @ x, lambda x, f=form: f(A), {"x": (2,)}).passed


@pytest.mark.parametrize("xp", ["numpy", "torch", "jax"])
def test_a_backward_pass_is_judged_with_the_gradient_that_flows_into_it(xp):
    library = {"numpy": np, "torch": torch, "jax": jnp}[xp]

    def function(x):
        return library.tanh(x) * x[0]

    def backward(x, dy, wrong=0.0):
        y = library.tanh(x)
        dx = dy * (1 - y**2) * x[0] * (1 + wrong)
        first = (dy * y).sum()
        return dx + library.stack([first, 0 * first, 0 * first])

    assert check_gradient(function, backward, {"x": (3,)}).passed
    wrong = lambda x, dy: backward(x, dy, 1e-6)  # noqa: E731
    assert not check_gradient(function, wrong, {"x": (3,)}).passed


def test_a_backward_pass_of_many_outputs_is_judged():
    function = lambda X: np.tanh(X)  # noqa: E731
    report = check_gradient(
        function, lambda X, dY: dY * (1 - np.tanh(X) ** 2), {"X": (12, 12)}, points=2
    )
    assert report.passed, str(report)
    only_the_first = lambda X, dY: dY[0, 0] * (1 - np.tanh(X) ** 2)  # noqa: E731
    assert not check_gradient(function, only_the_first, {"X": (12, 12)}, points=2).passed


def test_a_backward_pass_that_is_not_linear_fails():
    report = check_gradient(
        np.tanh, lambda x, dy: dy * np.abs(dy) * (1 - np.tanh(x) ** 2), {"x": (3,)}
    )
    assert not report.passed


@pytest.mark.parametrize("method", [None, "differences"])
def test_a_hessian_is_judged_from_the_function_alone(method):
    at = {"x": (4,)}
    assert check_gradient(rosen, rosen_hess, at, order=2, method=method).passed
    for fault in (1e-6, 1e-3):
        wrong = check_gradient(rosen, lambda x, f=fault: rosen_hess(x) * (1 + f), at, order=2)
        assert wrong.mismatches
    assert check_gradient(rosen_der, rosen_hess, at).passed


def test_hessians_of_tensors_and_of_matrices_are_judged():
    torch_function = lambda x: torch.exp(x).sum() + x[0] * x[1]  # noqa: E731

    def hessian(x):
        H = np.diag(np.exp(np.asarray(x)))
        H[0, 1] = H[1, 0] = 1
        return H

    assert check_gradient(torch_function, hessian, {"x": (3,)}, order=2).passed
    assert check_gradient(
        lambda x: jnp.exp(x).sum() + x[0] * x[1], hessian, {"x": (3,)}, order=2
    ).passed
    assert not check_gradient(
        torch_function, lambda x: hessian(x).T + 1, {"x": (3,)}, order=2
    ).passed
    eye = np.einsum("ik,jl->ijkl", np.eye(2), np.eye(3))
    assert check_gradient(lambda W: (W**2).sum(), lambda W: 2 * eye, {"W": (2, 3)}, order=2).passed


# --- precision -----------------------------------------------------------------------------------


@pytest.mark.parametrize("slope", [np.float32(0.1), np.float32(0.01), np.float32(1 / 3)])
def test_a_float32_constant_in_a_float64_gradient_passes_and_is_said(slope):
    report = check_gradient(
        lambda x: float(f"{slope:.7g}") * x.sum() if slope < 0.3 else x.sum() / 3,
        lambda x: np.full(3, slope, dtype=np.float64),
        {"x": (3,)},
    )
    assert report.passed, str(report)
    assert "constant in float32" in str(report)


def test_a_gradient_in_float32_is_judged_as_such_and_it_is_said():
    gradient = lambda x: np.exp(x.astype(np.float32))  # noqa: E731
    report = check_gradient(lambda x: np.exp(x).sum(), gradient, {"x": (3,)})
    assert report.passed, str(report)
    assert "the gradient is in float32" in str(report)
    assert not check_gradient(
        lambda x: np.exp(x).sum(), lambda x: gradient(x) * 1.001, {"x": (3,)}
    ).passed


@pytest.mark.parametrize(
    ("rtol", "atol", "right"), [(1e-3, 0, True), (1e-9, 0, False), (0, 1, True)]
)
def test_tolerances_can_be_set(rtol, atol, right):
    report = check_gradient(
        lambda x: (x**2).sum(), lambda x: 2 * x * (1 + 1e-5), {"x": (3,)}, rtol=rtol, atol=atol
    )
    assert report.passed is right


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ({"order": 3}, "order: expected 1 or 2, got 3"),
        (
            {"method": "magic"},
            "method: expected one of autodiff, complex step, differences, got 'magic'",
        ),
        ({"library": "tf"}, "library: expected one of numpy, torch, jax, got 'tf'"),
        ({"rtol": -1}, "rtol: expected a number from 0 on, got -1"),
        ({"entries": 0}, "entries: expected at least 1, got 0"),
    ],
)
def test_an_option_that_does_not_fit_is_an_error(option, says):
    with pytest.raises(ValueError, match=says):
        check_gradient(np.sum, np.ones_like, {"x": (3,)}, **option)


def test_some_entries_of_a_large_array_are_looked_at_and_it_is_said():
    function = lambda x: (np.abs(x) ** 3).sum()  # noqa: E731
    right = lambda x: 3 * x * np.abs(x)  # noqa: E731
    report = check_gradient(function, right, {"x": (100, 50)}, entries=10, points=2)
    assert report.passed, str(report)
    assert "x: 10 of 5,000 entries one by one, the others in 3 directions together" in str(report)
    wrong = lambda x: right(x) * (1 + 0.1 * (np.arange(5000).reshape(100, 50) == 4321))  # noqa: E731
    assert not check_gradient(function, wrong, {"x": (100, 50)}, entries=10, points=2).passed


def test_every_combination_of_libraries_works():
    forms = {"numpy": np, "torch": torch, "jax": jnp}
    for f, g in product(forms, forms):
        report = check_gradient(
            lambda x, f=f: forms[f].exp(x).sum(),
            lambda x, g=g: forms[g].exp(x),
            {"x": (3,)},
            library=f,
            points=2,
        )
        assert report.passed, (f, g, str(report))
