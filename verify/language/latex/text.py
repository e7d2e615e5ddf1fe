r"""Reads an answer in the homework's LaTeX: \frac{1}{\tau}(\mathrm{diag}(y) - yy^\top)."""

from __future__ import annotations

import re
from functools import cache

from lark import Lark, Tree

from derivations.text import typed
from verify.language.numpy_text import read_numpy
from verify.language.tree import AnswerSyntaxError, Location, location_of, parse

OF_FUNCTION = (
    r"(?:\\mathcal\s*\{?\s*[A-Z]\s*\}?|\\ell|[A-Za-z])(?:\s*_\s*(\{[^{}=]*\}|\\?\w+))?"
    r"(?:\s*(?:\\left\s*)?\([^()=]*\))?\s*"
)
OF_NAME = (
    r"\s*(\{\s*(?:\\[A-Za-z]+|[A-Za-z])\s*\}|\\[A-Za-z]+|[A-Za-z])"
    r"(?:\s*_\s*(\{[^{}=]*\}|\w))?\s*"
)
LEFT_SIDES = (
    rf"\\nabla\s*(?:_{OF_NAME})?{OF_FUNCTION}=",
    rf"\\[td]?frac\s*\{{\s*\\partial\s*{OF_FUNCTION}\}}\s*\{{\s*\\partial{OF_NAME}\}}\s*=",
)
"""A derivative of a function by its letter, and what it is in; its indices."""
GRAMMAR = r"""
?start: _LEFT_SIDE? expression

?expression: term
    | expression "+" term                          -> add
    | expression "-" term                          -> sub
?term: "-" term                                    -> neg
    | "+" term                                     -> pos
    | summand
?summand: dotted
    | dotted _CROSS? tail                          -> times
    | tail
?tail: "\\sum" "_" "{" LETTER "=" NUMBER "}" "^" upper summand -> over_range
    | "\\sum" "_" LETTER summand                   -> over_index
    | "\\sum" "_" "{" LETTER "}" summand           -> over_index
    | "\\sum" "_" "{" LETTER (","? LETTER)+ "}" summand -> over_several
    | "\\sum" "_" "{" LETTER PAIR LETTER "}" summand -> over_pairs
    | "\\sum" "_" "{" NUMBER PAIR LETTER PAIR LETTER PAIR letter "}" summand -> over_pairs_from
    | "\\prod" under summand                       -> product_over
    | EXTREME under summand                        -> extreme_over
    | FUNCTION tail                                -> bare
under: "_" "{" LETTER "=" NUMBER "}" "^" upper
    | "_" LETTER
    | "_" "{" LETTER "}"
?upper: LETTER                                     -> name
    | NUMBER                                       -> number
    | "{" expression "}"

?dotted: product
    | dotted "\\cdot" product                      -> dot
    | dotted "\\times" product                     -> cross
    <LOOSE>
?product: power
    | product power                                -> times
    <TIGHT>
    | product "\\otimes" power                     -> outer
    | product "/" power                            -> div
?power: atom
    | atom "^" TRANSPOSE                           -> transposed
    | atom "^" INVERSE_TRANSPOSED                  -> inverse_transposed
    | atom "^" SAMPLE                              -> of_sample
    | atom "^" exponent                            -> power
    | FUNCTION argument                            -> bare
?exponent: NUMBER                                  -> number
    | LETTER                                       -> name
    | GREEK                                        -> name
    | "{" expression "}"
?argument: symbol
    | NUMBER                                       -> number
    | fraction
    | call
    | bars
    | FUNCTION argument                            -> bare

?atom: NUMBER                                      -> number
    | symbol
    | fraction
    | bars
    | brackets
    | brackets "_" subscript                       -> part
    | brackets POSITIVE                            -> positive_part
    | call
    | call "_" subscript                           -> part
    | "{" expression "}"
    | "\\langle" expression "," expression "\\rangle" -> inner
    | ONE "[" comparison "]"                       -> indicator
    | ONE "\\{" comparison "\\}"                   -> indicator
    | ONE "_" "{" comparison "}"                   -> indicator
    | ONE_IF "(" comparison ")"                    -> indicator
    | ONE                                          -> constant
    | ONE "_" size                                 -> constant
    | ZERO                                         -> zero
    | "\\begin{cases}" branch ("\\\\" branch)* "\\\\"? "\\end{cases}" -> cases
?brackets: "(" expression ")"
    | "[" expression "]"
    | "\\{" expression "\\}"
?bars: OPEN_BAR expression CLOSE_BAR               -> absolute
    | OPEN_NORM expression CLOSE_NORM              -> norm
    | OPEN_NORM expression CLOSE_NORM "_" order    -> norm
order: NUMBER | LETTER | INFINITY | "{" (NUMBER | LETTER | INFINITY) "}"
?call: FUNCTION "(" expression ("," expression)* ")" -> apply
    | FUNCTION "[" expression ("," expression)* "]"  -> apply
    | FUNCTION "\\{" expression ("," expression)* "\\}" -> apply
    | FUNCTION "{" expression ("," expression)* "}"  -> apply
?fraction: _FRACTION group group                   -> div
    | _FRACTION TWO_DIGITS                         -> fraction
    | _FRACTION narrow group                       -> div
    | _FRACTION group whole                        -> div
    | _FRACTION narrow whole                       -> div
    | _FRACTION "{" _PARTIAL LETTER "}" "{" _PARTIAL letter ("_" subscript)? "}" -> partial
    | "\\sqrt" group                               -> root
    | "\\sqrt" narrow                              -> root
?size: LETTER                                      -> name
    | "{" expression "}"
?group: "{" expression "}"
?narrow: letter                                    -> plain
    | DIGIT                                        -> number
?whole: letter                                     -> plain
    | NUMBER                                       -> number
branch: expression ("&" | "," "&"?) (comparison | OTHERWISE) ("," | ".")?
comparison: expression (RELATION expression)+

?symbol: letter                                    -> plain
    | letter "_" subscript                         -> subscripted
letter: LETTER | GREEK | ACCENTED | WORD
subscript: LETTER | GREEK | NUMBER | "{" (LETTER | GREEK | NUMBER | WORD | NEIGHBOUR | ",")+ "}"

_LEFT_SIDE.4: /<NABLA>/ | /<FRACTION>/
_FRACTION: "\\frac" | "\\tfrac" | "\\dfrac"
_PARTIAL: "\\partial"
_CROSS: "\\cdot" | "\\times"
TRANSPOSE.3: "\\top" | "\\intercal" | "T" | /\\(mathsf|mathrm|text)\s*(T(?![A-Za-z])|\{\s*T\s*\})/
    | /\{\s*(\\top|\\intercal|T|\\(mathsf|mathrm|text)\s*(T|\{\s*T\s*\})|\\rm\s*T)\s*\}/
INVERSE_TRANSPOSED.4: /\{\s*-\s*(\\top|\\intercal|T|\\(mathsf|mathrm|text)\s*\{?\s*T\s*\}?)\s*\}/
EXTREME.4: /\\(max|min)(?=\s*(\\limits\s*)?_)/
FUNCTION.3: /\\(exp|log|ln|sin|cos|tan|sinh|cosh|tanh|arctan|min|max|det|tr|Tr)(?![A-Za-z])/
    | /\\(operatorname|mathrm|text|mathbf)\{\s*(diag|sign|sgn|exp|log|tanh|det|[tT]r|trace)\s*\}/
    | /\\(operatorname|mathrm|text|mathbf)\{\s*(softmax|sigmoid|relu|ReLU|min|max|clip)\s*\}/
    | /\\(operatorname|mathrm|text|mathbf)\{\s*(softplus|erf)\s*\}/
    | /\\psi_(\\delta(?![A-Za-z])|\{\s*\\delta\s*\})(?=\s*(\\left\s*)?\()/
    | /\\sigma(?=\s*(\\(left|[bB]igg?l?)\s*)?[(\[])/
NEIGHBOUR.4: /[a-z]\s*[+-]\s*[0-9](?=\s*[,}])/
SAMPLE.4: /\{\s*\(\s*[a-z]\s*\)\s*\}/
POSITIVE.4: /_\s*(\+|\{\s*\+\s*\})/
INFINITY: "\\infty"
ONE.3: /\\(mathbf|mathbb|mathds|boldsymbol|bm)\s*([1I](?![A-Za-z])|\{\s*[1I]\s*\})/
ONE_IF.4: /\\(mathbf|mathbb|mathds)\s*\{?\s*[1I]\s*\}?(?=\s*(\\left)?\s*\([^()]*([<>=]|\\[lgn]e))/
ZERO.3: /\\(mathbf|boldsymbol|bm)\s*(0|\{\s*0\s*\})/
OTHERWISE.3: /\\(text|mathrm|textrm)\{\s*(otherwise|else)\.?\s*\}/
WORD.2: /\\(mathrm|text|mathit|operatorname)\{\s*d\s*\}\s*[A-Z]/
    | /\\(mathrm|text|mathit|operatorname)\{\s*(?!(if|for|when)\s*\})[A-Za-z]{2,}\s*\}/
ACCENTED.3: /\\(hat|bar|tilde)\s*(\{\s*[A-Za-z]\s*\}|[A-Za-z])/
GREEK.2: /\\(ell|alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|kappa)(?![A-Za-z])/
    | /\\(lambda|mu|nu|xi|pi|rho|sigma|tau|phi|varphi|chi|psi|omega)(?![A-Za-z])/
    | /\\(Gamma|Delta|Theta|Lambda|Xi|Sigma|Phi|Psi|Omega)(?![A-Za-z])/
PAIR: "<" | ">" | "\\leq" | "\\le" | "\\geq" | "\\ge" | "\\neq" | "\\ne"
RELATION: "<" | ">" | "=" | "\\leq" | "\\le" | "\\geq" | "\\ge" | "\\neq" | "\\ne"
LETTER: /[A-Za-z]/
TWO_DIGITS.1: /[0-9]{2}/
DIGIT: /[0-9]/
NUMBER: /[0-9]+(\.[0-9]+)?/
OPEN_BAR: "⟨"
CLOSE_BAR: "⟩"
OPEN_NORM: "⟪"
CLOSE_NORM: "⟫"
%ignore /\\(left|right|displaystyle|textstyle|limits|nolimits|q?quad|[bB]igg?[lrm]?)(?![A-Za-z])/
%ignore /\\[,;:!> ]|[ ~$]/
%ignore /\\(text|mathrm)\{\s*(if|for|when)?\s*\}/
"""
GRAMMAR = GRAMMAR.replace("<NABLA>", LEFT_SIDES[0]).replace("<FRACTION>", LEFT_SIDES[1])
TIGHT, LOOSE = (
    rf'| {first} ("\\odot" | "\\circ") {second} -> mul'
    for first, second in (("product", "power"), ("dotted", "product"))
)
"""How tightly \\odot may bind."""
ODOTS = re.compile(r"\\(odot|circ)(?![A-Za-z])")
BOLD = re.compile(
    r"\\(?:mathbf|boldsymbol|bm)"
    r"(?:\s*\{\s*([A-HJ-Za-z]|\\[A-Za-z]+)\s*\}|\s*(\\[A-Za-z]+)|\s+([A-HJ-Za-z](?![A-Za-z])))"
)
BARS = re.compile(r"\\\||\\[lr]?Vert(?![A-Za-z])|\\[lr]?vert(?![A-Za-z])|\|")
DOUBLED = re.compile(r"(?<!\\)\|\|")
PIECE = r"\s*(?:\{[^{}]*\}|\\[A-Za-z]+|[A-Za-z0-9])"
EXPONENT_FIRST = re.compile(rf"(\^{PIECE})(\s*_{PIECE})")
POWER_OF_MATRIX = re.compile(
    r"(?:[A-Z]|\))\s*\^\s*(?:\{\s*-?\s*\d+\s*\}|\d)\s*_\s*\{[^{}]*[^{}\s][^{}]*[^{}\s]\s*\}"
)
LATEX_ONLY = re.compile(r"[\\${}^]")
CERTAINLY_LATEX = re.compile(r"[\\${}]")


def is_latex(text: str) -> bool:
    """Whether a text uses characters that only LaTeX has: a backslash, braces, ^ or $."""
    return LATEX_ONLY.search(text) is not None


def read_latex(text: str, odot_is_loose: bool = False) -> Tree:
    r"""The tree of a text in LaTeX, where bold letters are letters, and \odot may bind looser than
    juxtaposition; raises `AnswerSyntaxError`.
    """
    plain = _with_paired_bars(without_bold(text))
    if power := POWER_OF_MATRIX.search(plain):
        what = "is an entry of a power, or a power of an entry: write A_{ij}^2, or a sum"
        raise AnswerSyntaxError(f"{power[0]} {what}", Location(power.start() + 1))
    plain = EXPONENT_FIRST.sub(r"\2\1", plain)
    try:
        tree = parse(_parser(odot_is_loose), plain)
        _reject_bare_numbers(tree, plain)
        return tree
    except AnswerSyntaxError:
        if "^" in text and not CERTAINLY_LATEX.search(text):
            read_numpy(text)  # what is wrong with it is then the ^
        raise


def left_side(text: str) -> tuple[str, list[str]] | None:
    r"""The name that a left side is a derivative in, if it says so, and all its letters that may be
    indices: w and j for \frac{\partial f}{\partial w_j} =.
    """
    plain = without_bold(text).lstrip(" $")
    if nabla := re.match(LEFT_SIDES[0], plain):
        name, *subscripts = nabla.groups()
    elif fraction := re.match(LEFT_SIDES[1], plain):
        above, name, below = fraction.groups()
        subscripts = [above, below]
    else:
        return None
    places = re.sub(r"\\[A-Za-z]+", "", " ".join(filter(None, subscripts)))
    return typed(re.sub(r"[{}\s]", "", name or "")), re.findall("[a-z]", places)


def without_bold(text: str) -> str:
    """The text with bold letters as letters. Columns stay."""
    return BOLD.sub(lambda bold: (bold[1] or bold[2] or bold[3]).rjust(len(bold[0])), text)


def bold_letters(text: str) -> frozenset[str]:
    """The letters that are bold, as one types them."""
    return frozenset(typed(bold[1] or bold[2] or bold[3]) for bold in BOLD.finditer(text))


def letter_name(letter: Tree) -> str:
    r"""The name that one types for a letter: `\lambda` is lam, `\hat y` yhat."""
    text = re.sub(
        r"\\(mathrm|text|mathit|operatorname)|\\var(?=epsilon|phi)", "", str(letter.children[0])
    )
    return typed(re.sub(r"\\(bar|tilde)\s*\{?\s*(\w)\s*\}?", r"\2\1", text))


def _reject_bare_numbers(tree: Tree, text: str) -> None:
    r"""Raise `AnswerSyntaxError` for \frac{x}25, in which 2 alone is below the line."""
    for above, below in (division.children for division in tree.find_data("div")):
        between = text[above.meta.end_pos : below.meta.start_pos].strip()
        if below.data == "number" and len(str(below.children[0])) > 1 and between in ("", "}"):
            raise AnswerSyntaxError("expected braces around what is below", location_of(below))


@cache
def _parser(odot_is_loose: bool) -> Lark:
    tight, loose = ("", LOOSE) if odot_is_loose else (TIGHT, "")
    grammar = GRAMMAR.replace("<TIGHT>", tight).replace("<LOOSE>", loose)
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def _with_paired_bars(text: str) -> str:
    """Bars that open and that close look alike: each second one closes. Columns stay."""
    is_open = {"|": False, "||": False}
    doubled, single = DOUBLED.subn(r"\|", text), text.replace(r"\|", "").count("|")
    if single and single == 2 * doubled[1]:
        text = doubled[0]

    def paired(bar: re.Match) -> str:
        kind = "||" if bar[0] == r"\|" or "Vert" in bar[0] else "|"
        is_open[kind] = not is_open[kind]
        signs = {"|": "⟩⟨", "||": "⟫⟪"}[kind]
        return signs[is_open[kind]].ljust(len(bar[0]))

    return BARS.sub(paired, text)
