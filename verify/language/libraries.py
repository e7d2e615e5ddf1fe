"""Which library a text is written for: what a function is taken from, and whose conventions methods
and Python's own functions have by what stands beside them.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

MODULES = ("np", "numpy", "jnp", "torch", "F", "math", "scipy", "special", "jax", "nn")
"""Names of modules: `special` is SciPy's, and the functions of `nn` are JAX's."""
OF_ARRAYS = {
    "T", "abs", "all", "any", "astype", "clamp", "clip", "clone", "copy", "cumsum", "detach",
    "diagonal", "dot", "double", "exp", "flatten", "float", "inner", "item", "log", "matmul", "max",
    "mean", "min", "mm", "mv", "ndim", "norm", "numpy", "outer", "pow", "prod", "ravel", "reshape",
    "shape", "size", "sqrt", "squeeze", "std", "sum", "t", "trace", "transpose", "unsqueeze", "var",
    "view",
}  # fmt: skip
"""What arrays have and torch.nn.functional lacks: F.sum() is the sum of an array F."""
OPTIONS_OF_TORCH = {"dim", "keepdim"}
"""What PyTorch alone calls an option."""
METHODS_OF_TORCH = {
    "abs", "add", "clamp", "clone", "detach", "div", "double", "exp", "float", "gather", "log",
    "log_softmax", "matmul", "mm", "mul", "mv", "norm", "pow", "relu", "sigmoid", "softmax", "sqrt",
    "sub", "t", "tanh", "unsqueeze", "view",
}  # fmt: skip
"""What shows that an array is a tensor: NumPy's arrays have most of it as functions alone."""
BUILTINS = {"sum", "max", "min"}
"""Functions that Python has, too: of a matrix they go over its rows."""
OF_PYTHON = BUILTINS | {"abs", "enumerate", "float", "int", "len", "list", "pow", "range", "zip"}
"""What is called by itself in Python without being imported."""
UNCLEAR = "NumPy or PyTorch"
"""Whose conventions methods have where functions of both are called."""


@dataclass(frozen=True)
class Conventions:
    """How a text means what libraries mean in different ways."""

    of_methods: str = ""
    """The library whose methods x.std() and the like are: `torch`, `np` or `UNCLEAR`; "" if nothing
    shows it: NumPy's then.
    """
    has_builtins: bool = False
    """Whether sum, max and min by themselves are Python's."""

    def beside(self, of_methods: str) -> Conventions:
        """Those of a text beside another, which shows whose methods they are if it does not."""
        return replace(self, of_methods=self.of_methods or of_methods)


AS_HERE = Conventions()
"""Those of the language itself."""


def library_of(path: list[str]) -> str:
    """The library of a function by the parts of its name, SciPy's of jax.scipy.special.softmax; ""
    of a name by itself and of a method.
    """
    first, *others = path
    is_array = first == "F" and bool(others) and others[0] in OF_ARRAYS
    if not others or first not in MODULES or is_array:
        return ""
    library = {"F": "torch", "numpy": "np", "special": "scipy", "nn": "jax"}.get(first, first)
    return "scipy" if "scipy" in path else library


def conventions_of(text: str) -> Conventions:
    """Those of one expression; of a text that is none in Python they are the language's."""
    try:
        return conventions_in(ast.parse(text.strip()))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return AS_HERE


def conventions_in(program: ast.Module) -> Conventions:
    """Those of a program, by what it imports, calls and names as an option. In one expression sum
    beside exp(x) is as little Python's.
    """
    found, imported, names = set[str](), set[str](), set[str]()
    has_tensors = False
    for part in ast.walk(program):
        has_tensors |= _is_of_tensors(part)
        match part:
            case ast.Attribute(value=ast.Name(id=name), attr=attr):
                found.update(filter(None, [library_of([name, attr])]))
            case ast.Import(names=aliases):
                imported.update(alias.name.partition(".")[0] for alias in aliases)
            case ast.ImportFrom(names=aliases):
                imported.add((part.module or "").partition(".")[0])
                names.update(alias.name for alias in aliases)
    is_of_words = len(program.body) == 1 and not _called_in(program.body[0]) <= OF_PYTHON
    is_of_numpy, is_of_torch = bool(found & {"np", "jnp"}), "torch" in found | imported
    if is_of_torch or has_tensors:
        of_methods = UNCLEAR if is_of_numpy else "torch"
    else:
        of_methods = "np" if is_of_numpy or "numpy" in imported else ""
    return Conventions(
        of_methods=of_methods,
        has_builtins=bool(found | imported)
        and not is_of_words
        and names.isdisjoint(BUILTINS | {"*"}),
    )


def _called_in(statement: ast.stmt) -> set[str]:
    """What an expression calls without a module; nothing in other statements is asked about."""
    calls = ast.walk(statement) if isinstance(statement, ast.Expr) else ()
    return {c.func.id for c in calls if isinstance(c, ast.Call) and isinstance(c.func, ast.Name)}


def _is_of_tensors(part: ast.AST) -> bool:
    """Whether a part of a program calls a method, or gives an option, of PyTorch alone."""
    match part:
        case ast.Call(func=ast.Attribute(attr=method) as function) if (
            method in METHODS_OF_TORCH and not library_of(ast.unparse(function).split("."))
        ):
            return True
        case ast.Call(keywords=options):
            return any(option.arg in OPTIONS_OF_TORCH for option in options)
    return False
