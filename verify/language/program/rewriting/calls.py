"""Functions and methods that people call, said by those that the language has: what makes floats of
truth values, a new axis, a transpose, a size, arrays that are joined, the normal distribution.
"""

from __future__ import annotations

import ast
import re
from ast import unparse
from functools import reduce
from itertools import compress

from verify.language.program.statements import said

FLOATS = ("float", "np.float64", "np.float32", "'float'", "'float64'", "'float32'", "torch.float")
TURNED, IN_ORDER = (("1", "0"), ("-1", "-2")), (("0", "1"), ("-2", "-1"))
"""Axes of a transpose: PyTorch's exchanges two, and NumPy's names them all in their new order. In
their old order nobody names them there.
"""
JOINED = {
    **dict.fromkeys(("concatenate", "hstack", "cat", "concat"), "append({}, {})"),
    "multi_dot": "({}) @ ({})",
}
"""Functions of a list of arrays, and how two of them are joined."""
OF_NORMAL = {
    "cdf": "ndtr({x})",
    "pdf": "(exp(-{x}**2/2)/sqrt(2*np.pi))",
    "logpdf": "(-{x}**2/2 - log(2*np.pi)/2)",
    "logcdf": "log_ndtr({x})",
}
"""Methods of scipy.stats.norm."""
OTHER_CALLS = re.compile(
    r"\.(astype|unsqueeze|size|transpose|t|item|numel)\s*\(|\.shape\s*\)|\bnorm\.(log)?[cp]df\b"
    rf"|\b({'|'.join(JOINED)})\s*\(|\bdtype\s*="
)
"""What stands in a text that calls them."""


class Calls(ast.NodeTransformer):
    """A walk over calls, by the library whose methods they are."""

    def __init__(self, of_methods: str):
        self.of_methods = of_methods

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """What makes floats of truth values, a new axis, a transpose, and a size."""
        self.generic_visit(node)
        options = [(option.arg, unparse(option.value)) for option in node.keywords]
        is_kept = [name != "dtype" or kind not in FLOATS for name, kind in options]
        if not all(is_kept):  # what is made is of floats anyway
            kept = [*compress(node.keywords, is_kept)]
            node = said(unparse(ast.Call(node.func, node.args, kept)), node).value
        match node:
            case ast.Call(func=ast.Attribute(value=array, attr="astype"), keywords=[]) if (
                ", ".join(map(unparse, node.args)) in FLOATS
            ):
                return said(f"1.0*({unparse(array)})", node).value
            case ast.Call(
                func=ast.Attribute(value=array, attr="unsqueeze"), args=[ast.Constant(0 | 1 as at)]
            ):
                return said(f"({unparse(array)})[{':, None' if at else 'None'}]", node).value
            case ast.Call(func=ast.Attribute(value=array, attr="transpose"), args=[_, _]) if (
                axes := tuple(map(unparse, node.args))
            ) in TURNED or (axes in IN_ORDER and self.of_methods in ("", "torch")):
                return said(f"({unparse(array)}).T", node).value
            case ast.Call(func=ast.Attribute(value=array, attr="t"), args=[], keywords=[]):
                return said(f"({unparse(array)}).T", node).value
            case ast.Call(
                func=function, args=[ast.Attribute(value=array, attr="shape")], keywords=[]
            ) if (name := unparse(function).rpartition(".")[2]) in ("zeros", "ones"):
                return said(f"{name}_like({unparse(array)})", node).value
            case ast.Call(
                func=function, args=[ast.List(elts=parts) | ast.Tuple(elts=parts)], keywords=[]
            ) if parts and (name := unparse(function).rpartition(".")[2]) in JOINED:
                return said(reduce(JOINED[name].format, map(unparse, parts)), node).value
            case ast.Call(func=ast.Attribute(value=array, attr="item"), args=[], keywords=[]):
                return said(f"float({unparse(array)})", node).value
            case ast.Call(func=ast.Attribute(value=array, attr="numel"), args=[], keywords=[]):
                return said(f"({unparse(array)}).size", node).value
            case ast.Call(func=ast.Attribute(value=array, attr="size"), args=[at]):
                return said(f"({unparse(array)}).shape[{unparse(at)}]", node).value
            case ast.Call(func=ast.Attribute(value=law, attr=name), args=[x], keywords=[]) if (
                unparse(law).rpartition("stats.")[2] == "norm" and name in OF_NORMAL
            ):
                return said(OF_NORMAL[name].format(x=f"({unparse(x)})"), node).value
        return node
