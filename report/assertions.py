"""Two Jinja tags that keep prose honest: `holds` ties a sentence to data, `answer` counts them.

<% holds he.accuracy > xavier.accuracy %>He initialisation is ahead.
<% otherwise he.accuracy < xavier.accuracy %>Xavier initialisation is ahead.
<% endholds %>

<% answer "2.3" %>...<% endanswer %>
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from report.asked.homework import ANSWER_LENGTHS

_CONDITION = re.compile(r"<%([-+]?)\s*(holds|otherwise)\s+(.*?)\s*([-+]?)%>", re.DOTALL)

MOST_WORDS = 30
"""In a sentence of an answer, in the mean: longer ones are not read to their end."""

# Words that end in a full stop without ending a sentence.
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|vs|cf|Fig|Eq|resp)\.")
_SENTENCE_END = re.compile(r"[.!?](?=[)}'\"]*(?:\s+[\\A-Z$({`]|\s*$))")


class ContradictionError(Exception):
    """The data contradicts a sentence; the message holds the sentence, condition and values."""


class Assertions(Extension):
    """Parses the tags `holds` ... `otherwise` ... `endholds` and `answer` ... `endanswer`."""

    tags = {"holds", "answer"}  # noqa: RUF012 (Jinja's own interface)

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Give each condition its own text, so that a failure can show it."""
        return _CONDITION.sub(_quote, source)

    def parse(self, parser: Parser) -> nodes.Node:
        """Turn a tag into an `If` whose last branch raises, or into a counted block."""
        tag = next(parser.stream)
        if tag.value == "answer":
            number = parser.parse_expression()
            body = parser.parse_statements(("name:endanswer",), drop_needle=True)
            call = self.call_method("_count", [number])
            return nodes.CallBlock(call, [], [], body).set_lineno(tag.lineno)
        condition, shown = self._condition(parser)
        sentence = parser.parse_statements(("name:otherwise", "name:endholds"))
        alternatives: list[nodes.If] = []
        while next(parser.stream).value == "otherwise":
            other, others_shown = self._condition(parser)
            body = parser.parse_statements(("name:otherwise", "name:endholds"))
            alternatives.append(nodes.If(other, body, [], [], lineno=tag.lineno))
            shown.items.extend(others_shown.items)
        where = nodes.Const(f"{parser.name}:{tag.lineno}")
        refuse = nodes.CallBlock(
            self.call_method("_refuse", [where, shown]), [], [], sentence, lineno=tag.lineno
        )
        return nodes.If(condition, sentence, alternatives, [refuse], lineno=tag.lineno)

    def _condition(self, parser: Parser) -> tuple[nodes.Expr, nodes.List]:
        text = parser.parse_expression()
        parser.stream.expect("comma")
        condition = parser.parse_expression()
        values = [
            nodes.Tuple([nodes.Concat(_name(value)), value], "load")
            for value in values_of(condition)
        ]
        shown = nodes.Tuple([text, nodes.List(values)], "load")
        return condition, nodes.List([shown])

    def _refuse(
        self,
        where: str,
        conditions: list[tuple[str, list[tuple[str, Any]]]],
        caller: Callable[[], str],
    ) -> str:
        sentence = " ".join(caller().split())
        values = {name: value for _, shown in conditions for name, value in shown}
        raise ContradictionError(
            f"{where}: the data contradicts a sentence\n"
            f"  sentence:  {sentence}\n"
            f"  condition: {' | '.join(text for text, _ in conditions)}\n"
            f"  values:    {', '.join(f'{name} = {value}' for name, value in values.items())}"
        )

    def _count(self, number: str, caller: Callable[[], str]) -> str:
        text = caller()
        fewest, most = ANSWER_LENGTHS[number]
        if not fewest <= (count := count_sentences(text)) <= most:
            raise ContradictionError(
                f"answer {number}: expected {fewest} to {most} sentences, got {count}\n"
                f"  answer:    {' '.join(text.split())}"
            )
        if (mean := count_words(text) / count) > MOST_WORDS:
            raise ContradictionError(
                f"answer {number}: expected at most {MOST_WORDS} words a sentence in the mean, "
                f"got {mean:.1f}\n  answer:    {' '.join(text.split())}"
            )
        return text


def values_of(node: nodes.Node) -> Iterator[nodes.Expr]:
    """Yield what a condition reads: names with their attributes and entries, but no functions."""
    if isinstance(node, nodes.Expr) and _name(node):
        yield node
    else:
        callee = node.node if isinstance(node, nodes.Call) else None
        for part in node.iter_child_nodes():
            if part is not callee:
                yield from values_of(part)


def count_sentences(latex: str) -> int:
    """Count the sentences of a written answer in LaTeX."""
    prose = re.sub(r"(?<!\\)%.*", "", latex)
    prose = _ABBREVIATION.sub(lambda word: word[0].replace(".", ""), prose)
    return len(_SENTENCE_END.findall(prose))


def count_words(latex: str) -> int:
    """Count the words of a written answer; a formula, a number and a name of a figure are one."""
    prose = re.sub(r"(?<!\\)%.*", "", latex)
    prose = re.sub(r"\$[^$]*\$|\\(?:num|qty|[cC]ref)\{[^}]*\}(?:\{[^}]*\})?", " x ", prose)
    prose = re.sub(r"\\[a-zA-Z]+|[{}]|~", " ", prose)
    return sum(any(map(str.isalnum, word)) for word in prose.split())


def _quote(condition_tag: re.Match[str]) -> str:
    before, tag, condition, after = condition_tag.groups()
    text = " ".join(condition.split())
    # Line breaks are kept, so that Jinja's own messages keep their line numbers.
    return f"<%{before} {tag} {text!r}, ({condition}) {after}%>"


def _name(value: nodes.Node) -> list[nodes.Expr]:
    """Return the parts of a value's name, the subscripts among them still to be evaluated."""
    match value:
        case nodes.Name(name=name):
            return [nodes.Const(name)]
        case nodes.Getattr(node=owner, attr=attribute) if parts := _name(owner):
            return [*parts, nodes.Const(f".{attribute}")]
        case nodes.Getitem(arg=nodes.Slice()):
            return []
        case nodes.Getitem(node=owner, arg=subscript) if parts := _name(owner):
            return [*parts, nodes.Const("["), subscript, nodes.Const("]")]
    return []
