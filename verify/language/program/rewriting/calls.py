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
from verify.language.words.parts import ONE_NUMBER

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
OF_NUMBERS = ("array", "asarray", "tensor")
"""Functions of a list of numbers."""
OF_NORMAL = {
    "cdf": "ndtr({x})",
    "pdf": "(exp(-{x}**2/2)/sqrt(2*np.pi))",
    "logpdf": "(-{x}**2/2 - log(2*np.pi)/2)",
    "logcdf": "log_ndtr({x})",
}
"""Methods of scipy.stats.norm."""
WHOLE_NUMBERS = ("int", "np.int64", "np.int32", "'int'")
OTHER_CALLS = re.compile(
    r"\.(astype|unsqueeze|size|transpose|t|item|numel)\s*\(|\.shape\s*\)|\bnorm\.(log)?[cp]df\b"
    rf"|\b({'|'.join(JOINED)}|expand_dims|np\.(size|shape|int64))\s*\(|\bdtype\s*="
    r"|\b(array|tensor)\s*\(\s*\[(?!.*\bfor\b)"
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
            case (
                ast.Call(func=ast.Attribute(value=truth, attr="astype"), args=[kind], keywords=[])
                | ast.Call(func=kind, args=[truth], keywords=[])
            ) if unparse(kind) in WHOLE_NUMBERS and _is_truth(truth):
                return said(f"1*({unparse(truth)})", node).value
            case (
                ast.Call(func=ast.Attribute(value=array, attr="unsqueeze"), args=[at])
                | ast.Call(func=ast.Attribute(attr="expand_dims"), args=[array, at])
            ) if (place := unparse(at)) in ("0", "1"):
                return said(
                    f"({unparse(array)})[{':, None' if place == '1' else 'None'}]", node
                ).value
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="np"), attr="size" | "shape" as what),
                args=[array],
                keywords=[],
            ):
                return said(f"({unparse(array)}).{what}", node).value
            case ast.Call(
                func=function, args=[ast.List(elts=[_, _, *_] as parts)], keywords=[]
            ) if unparse(function).rpartition(".")[2] in OF_NUMBERS:
                numbers = (f"{ONE_NUMBER}({unparse(part)})" for part in parts)
                return said(reduce("append({}, {})".format, numbers), node).value
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


def _is_truth(value: ast.expr) -> bool:
    """Whether a value is certainly true or false, which as a whole number is 1 or 0."""
    match value:
        case ast.BinOp(left=left, op=ast.BitAnd() | ast.BitOr(), right=right):
            return _is_truth(left) and _is_truth(right)
    return isinstance(value, ast.Compare)
