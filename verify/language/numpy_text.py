"""Reads an answer in NumPy's notation: its grammar, and nothing of what the names mean."""

from __future__ import annotations

from functools import cache

from lark import Lark, Token, Tree

from verify.language.defined import written_out
from verify.language.libraries import BUILTINS, Conventions, conventions_of
from verify.language.tree import parse

GRAMMAR = r"""
?start: value

?value: comparison
    | comparison "if" comparison "else" value     -> chosen
?comparison: union
    | union (COMPARISON union)+                   -> compare
?union: intersection
    | union "|" intersection                      -> or_
?intersection: sum
    | intersection "&" sum                        -> and_
?sum: product
    | sum "+" product                             -> add
    | sum "-" product                             -> sub
?product: unary
    | product "*" unary                           -> mul
    | product "/" unary                           -> div
    | product "@" unary                           -> matmul
?unary: power
    | "-" unary                                   -> neg
    | "+" unary                                   -> pos
    | "~" unary                                   -> not_
?power: primary
    | primary "**" unary                          -> power
?primary: atom
    | primary "." NAME                            -> attribute
    | primary "[" place ("," place)* ","? "]"     -> subscript
    | primary "(" [argument ("," argument)* ","?] ")" -> call
?atom: NUMBER                                     -> number
    | NAME                                        -> name
    | STRING                                      -> string
    | "[" each "]"                                -> listed
    | "(" value ")"
    | "(" value "," [value ("," value)* ","?] ")" -> tuple

?argument: value
    | NAME "=" comparison                         -> keyword
    | each
    | "(" each ")"
each: value "for" NAME "in" "range" "(" comparison ["," comparison] ")"
?place: comparison
    | COLON                                       -> whole
    | PART                                        -> part
    | TURNED                                      -> turned

COMPARISON: "<=" | ">=" | "==" | "!=" | "<" | ">"
COLON: ":"
PART.2: /-?\s*[0-9]+\s*:(\s*-?\s*[0-9]+)?|:\s*-?\s*[0-9]+/
TURNED.3: /::\s*-\s*1/
NAME: /[A-Za-z_][A-Za-z_0-9]*/
STRING: /'[A-Za-z,> -]*'|"[A-Za-z,> -]*"/
NUMBER: /([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?/
%ignore " "
"""
BUILTIN = "BUILTIN"


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def read_numpy(text: str, conventions: Conventions | None = None) -> Tree:
    """The tree of a text in NumPy's notation, by conventions that are its own if none are given;
    raises `AnswerSyntaxError`.
    """
    tree = parse(_parser(), text)
    conventions = conventions or conventions_of(text)
    for call in tree.find_data("call") if conventions.has_builtins else ():
        function = call.children[0]
        if function.data == "name" and function.children[0] in BUILTINS:
            function.children[0] = Token(BUILTIN, function.children[0])
    return written_out(tree, _meaning, conventions.of_methods)


@cache
def _meaning(text: str) -> Tree:
    """The tree of what a word means."""
    return parse(_parser(), text)
