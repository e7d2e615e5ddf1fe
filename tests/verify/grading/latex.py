"""An answer in NumPy's notation written in the homework's LaTeX, as far as one can write it so."""

from __future__ import annotations

import ast
import re

FUNCTIONS = {
    "exp": r"\exp",
    "log": r"\log",
    "tanh": r"\tanh",
    "minimum": r"\min",
    "maximum": r"\max",
    "sigmoid": r"\sigma",
    "sign": r"\operatorname{sign}",
    "relu": r"\mathrm{relu}",
    "clip": r"\mathrm{clip}",
}
RELATIONS = {
    ast.Lt: "<",
    ast.LtE: r"\le",
    ast.Gt: ">",
    ast.GtE: r"\ge",
    ast.Eq: "=",
    ast.NotEq: r"\ne",
}
GREEK = {"epsilon": r"\varepsilon", "lam": r"\lambda"}
LETTERS = "klpq"


def to_latex(text: str, sequences: set[str]) -> str | None:
    """The same answer in LaTeX; None for what has no usual form there, such as a sum from 0."""
    try:
        return _Printer(sequences).of(ast.parse(text, mode="eval").body)
    except NotImplementedError:
        return None


class _Printer:
    def __init__(self, sequences: set[str]):
        self.sequences = sequences
        self.places: dict[str, str] = {}

    def of(self, node: ast.expr) -> str:
        match node:
            case ast.Constant(value) if re.fullmatch(r"[0-9.]+", str(value)):
                return str(value)
            case ast.Name(name) if name not in self.sequences:
                return self.places.get(name) or _name(name)
            case ast.UnaryOp(ast.USub(), operand):
                return f"(-{self.of(operand)})"
            case ast.BinOp(a, ast.Add(), b):
                return rf"\left({self.of(a)} + {self.of(b)}\right)"
            case ast.BinOp(a, ast.Sub(), b):
                return rf"\left({self.of(a)} - {self.of(b)}\right)"
            case ast.BinOp(a, ast.Mult(), b):
                return rf"({self.of(a)} \cdot {self.of(b)})"
            case ast.BinOp(a, ast.Div(), b):
                return rf"\frac{{{self.of(a)}}}{{{self.of(b)}}}"
            case ast.BinOp(a, ast.Pow(), b):
                return f"({self.of(a)})^{{{self.of(b)}}}"
            case ast.Compare():
                return rf"\mathbf{{1}}[{self.condition(node)}]"
            case ast.Subscript(ast.Name(name), ast.Name(place)) if place in self.places:
                return f"{_name(name)}_{{{self.places[place]}}}"
            case ast.Call(ast.Name("sum"), [ast.Name(name)]) if name in self.sequences:
                return self.sum(ast.Subscript(node.args[0], ast.Name("_")), "_", "t")
            case ast.Call(ast.Name("sum"), [ast.GeneratorExp(term, [loop])]):
                return self.sum(term, loop.target.id, self.last(term, loop))
            case ast.Call(ast.Name("where"), [condition, yes, no]):
                branches = rf"{self.of(yes)} & {self.condition(condition)} \\ {self.of(no)}"
                return rf"\begin{{cases}} {branches} & \text{{otherwise}} \end{{cases}}"
            case ast.Call(ast.Name("abs"), [argument]):
                return rf"\left|{self.of(argument)}\right|"
            case ast.Call(ast.Name("sqrt"), [argument]):
                return rf"\sqrt{{{self.of(argument)}}}"
            case ast.Call(ast.Name(name), arguments) if name in FUNCTIONS:
                return f"{FUNCTIONS[name]}({', '.join(map(self.of, arguments))})"
        raise NotImplementedError

    def condition(self, node: ast.expr) -> str:
        match node:
            case ast.Compare(left, [relation], [right]):
                return f"{self.of(left)} {RELATIONS[type(relation)]} {self.of(right)}"
        raise NotImplementedError

    def last(self, term: ast.expr, loop: ast.comprehension) -> str:
        """The last value of an index that starts at 1, or that the term does not need."""
        match loop.iter:
            case ast.Call(_, [ast.Constant(1), ast.BinOp(ast.Name(last), ast.Add())]):
                return last
            case ast.Call(_, [ast.Name(last)]) if loop.target.id not in ast.unparse(term):
                return last
        raise NotImplementedError

    def sum(self, term: ast.expr, place: str, last: str) -> str:
        if last not in ("t", "n"):
            raise NotImplementedError
        before = self.places
        self.places = {**before, place: LETTERS[len(before)]}
        text = rf"(\sum_{{{self.places[place]}=1}}^{{{last}}} {self.of(term)})"
        self.places = before
        return text


def _name(name: str) -> str:
    r"""mhat1 is \hat{m}_1, beta1 is \beta_1, n_in has its words upright."""
    letters, hat, number = re.fullmatch(r"([A-Za-z_]+?)(hat)?(\d?)", name).groups()
    if "_" in letters:
        return re.sub(r"(\w)_(\w+)", r"\1_{\\mathrm{\2}}", letters)
    plain = letters if len(letters) == 1 else GREEK.get(letters, f"\\{letters}")
    plain = rf"\hat{{{plain}}}" if hat else plain
    return f"{plain}_{number}" if number else plain
