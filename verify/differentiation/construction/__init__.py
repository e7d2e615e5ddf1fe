"""Builds nodes so that equal expressions look equal: like terms meet, scalars stand in front.

Nothing is multiplied out: what a person wrote as a sum stays one. A sum is made of products and a
product of sums, so the modules call one another, by their names.
"""

from verify.differentiation.construction.branches import indicator, where
from verify.differentiation.construction.functions import elementwise, softmax
from verify.differentiation.construction.matrices import (
    diag,
    diagonal,
    inverse,
    matmul,
    outer,
    trace,
)
from verify.differentiation.construction.parts import (
    extent_of,
    is_whole,
    is_zero,
    number,
    split,
    zeros,
)
from verify.differentiation.construction.products import (
    divide,
    mul,
    negative,
    power,
    product,
    root,
    scalars_of,
    spread,
)
from verify.differentiation.construction.sums import add, subtract
from verify.differentiation.construction.totals import total
from verify.differentiation.construction.transposition import as_vector, column, transpose

__all__ = [
    "add", "as_vector", "column", "diag", "diagonal", "divide", "elementwise", "extent_of",
    "indicator", "inverse", "is_whole", "is_zero", "matmul", "mul", "negative", "number", "outer",
    "power", "product", "root", "scalars_of", "softmax", "split", "spread", "subtract", "total",
    "trace", "transpose", "where", "zeros",
]  # fmt: skip
