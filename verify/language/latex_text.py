r"""Reads an answer in the homework's LaTeX: \frac{1}{\tau}(\mathrm{diag}(y) - yy^\top)."""

from __future__ import annotations

import re
from functools import cache

from lark import Lark, Tree

from verify.language.numpy_text import read_numpy
from verify.language.tree import AnswerSyntaxError, parse

GRAMMAR = r"""
?start: _LEFT_SIDE? expression

?expression: term
    | expression "+" term                          -> add
    | expression "-" term                          -> sub
?term: "-" term                                    -> neg
    | "+" term                                     -> pos
    | product
    | product sum                                  -> times
    | sum
?sum: "\\sum" "_" "{" LETTER "=" NUMBER "}" "^" upper summand -> over_range
    | "\\sum" "_" LETTER summand                   -> over_index
    | "\\sum" "_" "{" LETTER "}" summand           -> over_index
?summand: product
    | product sum                                  -> times
    | sum
?upper: LETTER                                     -> name
    | "{" LETTER "}"                               -> name

?product: power
    | product power                                -> times
    | product ("\\cdot" | "\\times") power         -> times
    | product ("\\odot" | "\\circ") power          -> mul
    | product "\\otimes" power                     -> outer
    | product "/" power                            -> div
?power: atom
    | atom "^" TRANSPOSE                           -> transposed
    | atom "^" SAMPLE                              -> of_sample
    | atom "^" exponent                            -> power
    | FUNCTION symbol                              -> apply
?exponent: NUMBER                                  -> number
    | LETTER                                       -> name
    | GREEK                                        -> name
    | "{" expression "}"

?atom: NUMBER                                      -> number
    | symbol
    | _FRACTION group group                        -> div
    | _FRACTION TWO_DIGITS                         -> fraction
    | _FRACTION digit narrow                       -> div
    | _FRACTION "{" _PARTIAL LETTER "}" "{" _PARTIAL letter ("_" subscript)? "}" -> partial
    | "\\sqrt" group                               -> root
    | "(" expression ")"
    | "[" expression "]"
    | OPEN_BAR expression CLOSE_BAR                -> absolute
    | OPEN_NORM expression CLOSE_NORM              -> norm
    | FUNCTION "(" expression ("," expression)* ")" -> apply
    | ONE "[" comparison "]"                       -> indicator
    | ONE "\\{" comparison "\\}"                   -> indicator
    | ONE "_" "{" comparison "}"                   -> indicator
    | ONE_IF "(" comparison ")"                    -> indicator
    | ONE                                          -> constant
    | ONE "_" size                                 -> constant
    | ZERO                                         -> zero
    | "\\begin{cases}" branch ("\\\\" branch)* "\\\\"? "\\end{cases}" -> cases
?size: LETTER                                      -> name
    | "{" expression "}"
?group: "{" expression "}"
?narrow: letter                                    -> plain
    | group
digit: DIGIT                                       -> number
branch: expression ("&" | "," "&"?) (comparison | OTHERWISE) ("," | ".")?
comparison: expression (RELATION expression)+

?symbol: letter                                    -> plain
    | letter "_" subscript                         -> subscripted
letter: LETTER | GREEK | ACCENTED | WORD
subscript: LETTER | GREEK | NUMBER | "{" (LETTER | GREEK | NUMBER | WORD | ",")+ "}"

_LEFT_SIDE.4: /\\nabla[^=]*=/
    | /\\[td]?frac\s*\{\s*\\partial[^{}=]*\}\s*\{\s*\\partial(?:[^{}=]|\{[^{}=]*\})*\}\s*=/
_FRACTION: "\\frac" | "\\tfrac" | "\\dfrac"
_PARTIAL: "\\partial"
TRANSPOSE.3: "\\top" | "\\intercal" | "T" | /\{\s*(\\top|\\intercal|T)\s*\}/
FUNCTION.3: /\\(exp|log|ln|tanh|min|max)(?![A-Za-z])/
    | /\\(operatorname|mathrm|text|mathbf)\{\s*(diag|sign|sgn|exp|log|tanh)\s*\}/
    | /\\(operatorname|mathrm|text|mathbf)\{\s*(softmax|sigmoid|relu|ReLU|min|max|clip)\s*\}/
    | /\\psi_(\\delta(?![A-Za-z])|\{\s*\\delta\s*\})(?=\s*(\\left\s*)?\()/
    | /\\sigma(?=\s*(\\left\s*)?\()/
SAMPLE.4: /\{\s*\(\s*[a-z]\s*\)\s*\}/
ONE.3: /\\(mathbf|mathbb|mathds|boldsymbol|bm)\s*([1I](?![A-Za-z])|\{\s*[1I]\s*\})/
ONE_IF.4: /\\(mathbf|mathbb|mathds)\s*\{?\s*[1I]\s*\}?(?=\s*(\\left)?\s*\([^()]*([<>=]|\\[lgn]e))/
ZERO.3: /\\(mathbf|boldsymbol|bm)\s*(0|\{\s*0\s*\})/
OTHERWISE.3: /\\(text|mathrm|textrm)\{\s*(otherwise|else)\.?\s*\}/
WORD.2: /\\(mathrm|text|mathit|operatorname)\{\s*d\s*\}\s*[A-Z]/
    | /\\(mathrm|text|mathit|operatorname)\{\s*(?!(if|for|when)\s*\})[A-Za-z]{2,}\s*\}/
ACCENTED.3: /\\hat\s*(\{\s*[A-Za-z]\s*\}|[A-Za-z])/
GREEK.2: /\\(ell|alpha|beta|gamma|delta|epsilon|varepsilon|lambda|mu|tau)(?![A-Za-z])/
    | /\\(psi|omega|sigma|Delta)(?![A-Za-z])/
RELATION: "<" | ">" | "=" | "\\leq" | "\\le" | "\\geq" | "\\ge" | "\\neq" | "\\ne"
LETTER: /[A-Za-z]/
TWO_DIGITS.1: /[0-9]{2}/
DIGIT: /[0-9]/
NUMBER: /[0-9]+(\.[0-9]+)?/
OPEN_BAR: "⟨"
CLOSE_BAR: "⟩"
OPEN_NORM: "⟪"
CLOSE_NORM: "⟫"
%ignore /\\(left|right|displaystyle)(?![A-Za-z])|\\[,;:! ]|[ ~$]/
%ignore /\\(text|mathrm)\{\s*(if|for|when)?\s*\}/
"""
BOLD = re.compile(
    r"\\(?:mathbf|boldsymbol|bm)"
    r"(?:\s*\{\s*([A-HJ-Za-z]|\\[A-Za-z]+)\s*\}|\s+([A-HJ-Za-z](?![A-Za-z])|\\[A-Za-z]+))"
)
BARS = re.compile(r"\\\||\\[lr]Vert(?![A-Za-z])|\\[lr]vert(?![A-Za-z])|\|")
LATEX_ONLY = re.compile(r"[\\${}^]")
CERTAINLY_LATEX = re.compile(r"[\\${}]")


def is_latex(text: str) -> bool:
    """Whether a text uses characters that only LaTeX has: a backslash, braces, ^ or $."""
    return LATEX_ONLY.search(text) is not None


def read_latex(text: str) -> Tree:
    """The tree of a text in LaTeX, where bold letters are letters; raises `AnswerSyntaxError`."""
    plain = BOLD.sub(lambda bold: (bold[1] or bold[2]).rjust(len(bold[0])), text)
    try:
        return parse(_parser(), _with_paired_bars(plain))
    except AnswerSyntaxError:
        if "^" in text and not CERTAINLY_LATEX.search(text):
            read_numpy(text)  # what is wrong with it is then the ^
        raise


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def _with_paired_bars(text: str) -> str:
    """Bars that open and that close look alike: each second one closes. Columns stay."""
    is_open = {"|": False, "||": False}

    def paired(bar: re.Match) -> str:
        kind = "||" if bar[0] == r"\|" or "Vert" in bar[0] else "|"
        is_open[kind] = not is_open[kind]
        signs = {"|": "⟩⟨", "||": "⟫⟪"}[kind]
        return signs[is_open[kind]].ljust(len(bar[0]))

    return BARS.sub(paired, text)
