"""Functions along an axis of an array, or of all its entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from operator import sub, truediv

from sympy import Abs, Integer, Mul, exp, log, sqrt

from derivations.prover.needs import Need, Sign
from verify.language.definedness import logarithm, root, union
from verify.language.tensor import (
    Axis,
    Tensor,
    axes_left,
    elementwise,
    extents_at,
    places_of_axis,
    sum_over,
)
from verify.language.words.order import cumsum_along, flip_along, tril_of, triu_of
from verify.language.words.parts import diff_along, pad, squeeze_along
from verify.language.words.reductions import max_along, min_along, prod_along

Order = int | str | None
INFINITE = "inf"
"""The order of the norm that is the largest entry's size."""


def sum_along(tensor: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The sum along one axis or several, or of all entries."""
    tensor, places = tensor.number, places_of_axis(tensor, axis)
    result = sum_over(tensor, *(tensor.axes[place] for place in places))
    return replace(result, axes=axes_left(tensor, places, keepdims))


def mean_along(tensor: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The mean along one axis or several, or of all entries."""
    return elementwise(truediv, sum_along(tensor, axis, keepdims), _number_of_entries(tensor, axis))


def norm_along(
    tensor: Tensor, ord: Order = None, axis: Axis = None, keepdims: bool = False
) -> Tensor:
    """The Euclidean norm, of a matrix the Frobenius norm; of a vector also the root of order p of
    the sum of |x_i|^p, for p = inf the largest |x_i|.
    """
    is_matrix = tensor.ndim == 2 and (axis is None or isinstance(axis, tuple))
    is_order = ord in (None, INFINITE) or (isinstance(ord, int) and ord > 0)
    if not (ord in (None, "fro") if is_matrix else is_order):
        what = "a matrix" if is_matrix else "a vector"
        orders = "'fro'" if is_matrix else "1, 2, 3, ... or inf"
        raise ValueError(f"norm of {what}: expected no order or {orders}")
    if ord == INFINITE:
        return max_along(elementwise(Abs, tensor), axis, keepdims)
    order = 2 if ord in (None, "fro") else Integer(ord)
    powers = elementwise(lambda x: (x if order % 2 == 0 else Abs(x)) ** order, tensor)
    sums = sum_along(powers, axis, keepdims)
    return replace(sums, entry=sums.entry ** (1 / Integer(order)))


def norm1_along(tensor: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The sum of the sizes of the entries."""
    return sum_along(elementwise(Abs, tensor), axis, keepdims)


def var_along(tensor: Tensor, axis: Axis = None, keepdims: bool = False, ddof: int = 0) -> Tensor:
    """The mean squared distance to the mean; over n - `ddof` instead of n entries."""
    distances = elementwise(sub, tensor, mean_along(tensor, axis, keepdims=True))
    squares = sum_along(elementwise(lambda x: x**2, distances), axis, keepdims)
    return elementwise(truediv, squares, _number_of_entries(tensor, axis, ddof))


def std_along(tensor: Tensor, axis: Axis = None, keepdims: bool = False, ddof: int = 0) -> Tensor:
    """The root of the variance."""
    return elementwise(sqrt, var_along(tensor, axis, keepdims, ddof), needs=root)


def logsumexp_along(tensor: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """log sum_j e^{x_j}."""
    return elementwise(log, sum_along(elementwise(exp, tensor), axis, keepdims), needs=logarithm)


def softmax_along(tensor: Tensor, axis: int = -1) -> Tensor:
    """e^{x_i} / sum_j e^{x_j} along one axis, the last if none is named; of a number it is 1."""
    powers, along = elementwise(exp, tensor), _one_axis(tensor, axis)
    return elementwise(lambda a, b: a / b, powers, sum_along(powers, along, keepdims=True))


def log_softmax_along(tensor: Tensor, axis: int = -1) -> Tensor:
    """x_i - log sum_j e^{x_j} along one axis, the last if none is named."""
    along = _one_axis(tensor, axis)
    return elementwise(sub, tensor, logsumexp_along(tensor, along, keepdims=True))


def _one_axis(tensor: Tensor, axis: int) -> int | None:
    """The axis; of a number, which has none, the first and the last are all of it."""
    return None if not tensor.ndim and axis in (0, -1) else axis


ALONG_AXIS: dict[str, Callable[..., Tensor]] = {
    "sum": sum_along,
    "mean": mean_along,
    "var": var_along,
    "std": std_along,
    "norm": norm_along,
    "norm1": norm1_along,
    "logsumexp": logsumexp_along,
    "softmax": softmax_along,
    "log_softmax": log_softmax_along,
    "cumsum": cumsum_along,
    "flip": flip_along,
    "diff": diff_along,
    "squeeze": squeeze_along,
    "pad": pad,
    "tril": tril_of,
    "triu": triu_of,
    "prod": prod_along,
    "max": max_along,
    "min": min_along,
}
"""Functions with an axis or another option, by name."""
OPTIONS = {
    "softmax": ("axis",),
    "log_softmax": ("axis",),
    "var": ("axis", "keepdims", "ddof"),
    "std": ("axis", "keepdims", "ddof"),
    "norm": ("ord", "axis", "keepdims"),
    "cumsum": ("axis",),
    "flip": ("axis",),
    "diff": ("n", "axis"),
    "squeeze": ("axis",),
    "pad": ("pad_width",),
    "tril": ("k",),
    "triu": ("k",),
}
"""The options of a function, in the order in which they may stand without their names."""
UNNAMED = {"var": 1, "std": 1, "logsumexp": 1}
"""How many of them may, where libraries have different ones in the next place."""
OTHER_NAMES = {"average": "mean", "amax": "max", "amin": "min"}
"""Names of other libraries, and what they are called here."""
OTHER_OPTIONS = {
    "dim": "axis", "dims": "axis", "keepdim": "keepdims", "correction": "ddof",
    "diagonal": "k",
    "pad": "pad_width",
    "p": "ord",
}  # fmt: skip
"""What PyTorch calls an option."""


def _number_of_entries(tensor: Tensor, axis: Axis, ddof: int = 0) -> Tensor:
    """How many entries there are along axes, less `ddof`: one at least."""
    extents = extents_at(tensor, *places_of_axis(tensor, axis))
    count = Mul(*extents) - ddof
    return Tensor(count, (), union(Need(n, Sign.POSITIVE) for n in (*extents, count)))
