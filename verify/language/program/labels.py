"""Integer labels as people use them, said by their one-hot matrix: P[arange(n), y], eye(K)[y], and
PyTorch's cross_entropy(Z, y) and Z.gather(1, y[:, None]).

In the language y is said by a matrix Y, whose row i has 1 at the label of sample i.
"""

from __future__ import annotations

import ast
import re
from ast import unparse
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import chain, count
from types import MappingProxyType

from verify.language.program.chosen import (
    AS_VECTOR,
    Chosen,
    added_at,
    entry_of,
    gathered,
    labels_counted,
    last_name,
)
from verify.language.program.statements import SIGNS, arguments_in, given_in, said
from verify.language.tree import AnswerSyntaxError
from verify.language.words.at_labels import AT_LABELS, AT_PLACE, AT_ROWS, OWN, PUT_AT_LABELS

LABELLED = re.compile(
    r"\[[^\[\]]*range\s*\(|(eye|identity)\s*\([^()]*\)\s*\[\s*\w"
    r"|\[([\s\w:]*,)?\s*\w+\s*\[\s*\w+\s*\]\s*(,\s*:\s*)?\]|\b(one_hot|cross_entropy|nll_loss|gather|take_along_axis)\s*\("
)
"""What stands in an expression that uses labels."""
CHOSEN = "einsum('ij,ij->i', {array}, {labels})"
"""The entry of each row that its label says."""
COUNTED = "einsum('i,i->i', ones({number}), {entries})"
"""Entries of which there are so many, and not one for all."""
READ = "one_hot({0}, K), eye(K)[{0}], P[arange(n), {0}] and len({0})"
OF_CLASSES = ("cross_entropy", "nll_loss")
Matrices = Mapping[str, str]
"""Names of labels, and of their one-hot matrices."""
NO_LABELS: Matrices = MappingProxyType({})
Declared = Mapping[str, tuple[str | int, ...]]
"""The shapes of the names of which it is said."""
NOT_SAID: Declared = MappingProxyType({})
Change = Callable[[ast.expr], ast.expr]
"""Makes another expression of one, such as its logarithm."""


class Labels(ast.NodeTransformer):
    """A walk over statements that leaves the one-hot matrix wherever labels stood."""

    def __init__(self, declared: Declared = NOT_SAID, known: Matrices | None = None) -> None:
        """`known` are the labels of a question, and all that an answer to it has."""
        self.ranks = {name: len(shape) for name, shape in declared.items()}
        self.sizes, self.known = {str(s) for shape in declared.values() for s in shape}, known
        self.matrices: dict[str, str] = dict(known or {})
        """The one-hot matrix of each name that holds labels."""
        self.ranges: dict[str, str] = {}
        """The names of arange(n), and n."""

    def visit_Module(self, node: ast.Module) -> ast.AST:
        """All of a text; raises `AnswerSyntaxError` where labels are used as numbers."""
        self.ranges = self._ranges_in(node)
        parts = [*ast.walk(node)]
        used = Counter(part.id for part in parts if isinstance(part, ast.Name))
        targets = Counter(filter(None, map(self._classes, parts)))
        counted = Counter(filter(None, map(labels_counted, parts)))
        names = {*filter(None, map(self._labels, parts))}
        names |= {name for name in targets if used[name] == targets[name] + counted[name]}
        names -= self.ranges.keys()
        if self.known is None:
            taken = {*used, *arguments_in(node), *self.ranks, *self.sizes}
            for name in sorted(names):
                bare = name.lstrip("_") or "y"
                others = (f"{bare}_one_hot{number or ''}" for number in count())
                wishes = chain([bare[:1].upper() + bare[1:]], others)
                self.matrices[name] = next(wish for wish in wishes if wish not in taken)
                taken.add(self.matrices[name])
        elif other := names - self.known.keys():
            raise AnswerSyntaxError(f"{min(other)} holds numbers in the question, and here labels")
        else:
            own = {*given_in(node)} & {*self.known.values()}
            for part in parts:  # an answer may give its own values to the name of a one-hot matrix
                if isinstance(part, ast.Name) and part.id in own:
                    part.id, part.end_lineno = f"{OWN}{part.id}", None
        return self.generic_visit(node)

    def _ranges_in(self, node: ast.Module) -> dict[str, str]:
        """The names of arange(n) that stand for it alone: given once, and used in P[rows, y]."""
        names = Counter(part.id for part in ast.walk(node) if isinstance(part, ast.Name))
        chosen = [part.slice for part in ast.walk(node) if isinstance(part, ast.Subscript)]
        rows = [s.elts[0] for s in chosen if isinstance(s, ast.Tuple) and len(s.elts) == 2]
        calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
        rows += [c.args[1] for c in calls if last_name(c.func) in OF_CLASSES and len(c.args) == 2]
        used = Counter(row.id for row in rows if isinstance(row, ast.Name))
        found: dict[str, str] = {}
        for part in ast.walk(node):
            match part:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if (
                    number := self._number_of_rows(call)
                ):
                    if names[name] == 1 + used[name]:
                        found[name] = number
        return found

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        """P[arange(n), y] = c; a name for arange(n) has nothing left to say."""
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) if name in self.ranges:
                return None
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name)) as target]) if (
                chosen := self._chosen(target)
            ):
                value, matrix = self._in_each_row(node.value, chosen)
                return said(f"{name} = {PUT_AT_LABELS}({name}, {value}, {matrix})", node)
        return self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """P[arange(n), y] -= 1 is P -= 1*y."""
        match node:
            case ast.AugAssign(
                target=ast.Subscript(value=ast.Name(id=name)) as target,
                op=ast.Add() | ast.Sub() as sign,
                value=value,
            ) if chosen := self._chosen(target):
                added = f"{AT_LABELS}({', '.join(self._in_each_row(value, chosen))})"
                return said(f"{name} {SIGNS[type(sign)]} {added}", node)
            case ast.AugAssign(
                target=ast.Subscript() as target, op=ast.Add() | ast.Sub() as sign, value=value
            ) if entry := self._entry(target):
                array, one_hot, is_column = entry
                added = f"{AT_PLACE}({unparse(self.visit(value))}, {one_hot})"
                turned = ".T" if is_column else ""
                return said(f"{unparse(array)} {SIGNS[type(sign)]} {added}{turned}", node)
        return self.generic_visit(node)

    def _in_each_row(self, value: ast.expr, chosen: Chosen) -> tuple[str, str]:
        """What is put into each row, or into so many rows as are said, and the one-hot matrix."""
        text, matrix = unparse(self.visit(value)), self.matrices[chosen.labels]
        if not _is_number_of(chosen.labels, chosen.number):
            text = COUNTED.format(number=chosen.number, entries=f"ones({matrix}.shape[0])*({text})")
        return text, matrix

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """np.add.at(C, y, D) adds each row of D to the row of C that its label says."""
        match node.value:
            case ast.Call(args=[ast.Name(id=name), ast.Name(id=labels), rows], keywords=[]) if (
                labels in self.matrices and (sign := added_at(node.value))
            ):
                matrix = self.matrices[labels]
                added = f"{AT_ROWS}({unparse(self.visit(rows))}, {matrix})"
                return said(f"{name} {sign} {added}", node)
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """P[arange(n), y], eye(K)[y] and w[y]."""
        if (text := self._chosen_text(node)) and isinstance(node.ctx, ast.Load):
            return said(text, node).value
        if labels := self._labels(node):
            return said(
                f"({self.matrices[labels]} @ {unparse(self.visit(node.value))})", node
            ).value
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """The logarithm of the entries that labels choose is chosen from the logarithms."""
        match node:
            case ast.Call(func=function, args=[entries]) if last_name(function) == "log" and (
                text := self._chosen_text(entries, lambda a: ast.Call(function, [a], node.keywords))
            ):
                return said(text, node).value
            case ast.Call(args=[scores, rows]) if last_name(node.func) in OF_CLASSES and (
                number := self._number_of_rows(rows)
            ):
                node.args = [self.visit(scores), said(f"eye({number})", node).value]
                return node
            case ast.Call() if text := self._chosen_text(node):
                return said(text, node).value
            case ast.Call(args=[scores, _]) if (labels := self._classes(node)) in self.matrices:
                return said(self._loss(node, self.visit(scores), self.matrices[labels]), node).value
            case ast.Call() if labels := self._labels(node):
                classes = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
                size = f" @ eye({unparse(classes[0])})" if classes else ""
                return said(f"({self.matrices[labels]}{size})", node).value
            case ast.Call() if (labels := labels_counted(node)) in self.matrices:
                return said(f"{self.matrices[labels]}.shape[0]", node).value
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """j == y[i]: whether the label of sample i is j."""
        match node:
            case (
                ast.Compare(
                    left=ast.Name(id=other),
                    ops=[ast.Eq() | ast.NotEq() as sign],
                    comparators=[ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=index))],
                )
                | ast.Compare(
                    left=ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=index)),
                    ops=[ast.Eq() | ast.NotEq() as sign],
                    comparators=[ast.Name(id=other)],
                )
            ) if name in self.matrices:
                symbol = "==" if isinstance(sign, ast.Eq) else "!="
                return said(f"{self.matrices[name]}[{index}, {other}] {symbol} 1", node).value
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """The shape of the labels, whose first size alone is read."""
        if (labels := labels_counted(node)) in self.matrices:
            return said(f"{self.matrices[labels]}.shape", node).value
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Labels that are left are used as numbers."""
        if node.id in self.matrices:
            what = f"{node.id} holds labels, which are read in {READ.format(node.id)}"
            matrix = f"their one-hot matrix is {self.matrices[node.id]}"
            raise AnswerSyntaxError.saying(f"line {node.lineno}, {what}; {matrix}")
        return node

    def _labels(self, node: ast.AST) -> str | None:
        """The name of the labels that an expression uses, if it does."""
        match node:
            case ast.Subscript() | ast.Call() if chosen := self._chosen(node):
                return chosen.labels
            case ast.Call(func=function) if last_name(function) == "nll_loss":
                return self._classes(node)
            case ast.Subscript() if entry := entry_of(node):
                return entry.labels
            case ast.Subscript(slice=ast.Name(id=name)) if self.ranks.get(name) == 0:
                return name
            case ast.Call(args=[_, ast.Name(id=name), _]) if added_at(node):
                return name
            case ast.Subscript(
                value=ast.Call(func=function, args=[_]), slice=ast.Name(id=name)
            ) if last_name(function) in ("eye", "identity"):
                return name
            case ast.Call(func=function, args=[ast.Name(id=name), *classes], keywords=keywords) if (
                last_name(function) == "one_hot" and len(classes) + len(keywords) <= 1
            ):
                return name
        return None

    def _classes(self, node: ast.AST) -> str | None:
        """The name that a loss over classes takes for labels: the probabilities of cross_entropy,
        which have the shape of what they are compared with, are none.
        """
        match node:
            case ast.Call(func=function, args=[_, ast.Name(id=name)]) if (
                last_name(function) == "nll_loss"
            ):
                return name
            case ast.Call(func=function, args=[scores, ast.Name(id=name)]) if (
                last_name(function) == "cross_entropy"
            ):
                is_one = isinstance(scores, ast.Name) and self.ranks.get(scores.id) == 1
                by_habit = 2 if name[:1].isupper() else 1
                return name if self.ranks.get(name, by_habit) == 1 and not is_one else None
        return None

    def _chosen(self, node: ast.AST) -> Chosen | None:
        """P[arange(n), y], P.gather(1, y[:, None]), and the latter with its column as a vector."""
        match node:
            case ast.Subscript(value=array, slice=ast.Tuple(elts=[rows, ast.Name(id=name)])) if (
                number := self._number_of_rows(rows)
            ):
                return Chosen(array, name, number)
            case ast.Call(func=ast.Attribute(value=ast.Call() as column, attr=attr)) if (
                f"{attr}({', '.join(map(unparse, node.args))})" in AS_VECTOR
                and (chosen := gathered(column))
            ):
                return chosen._replace(is_column=False)
            case ast.Call():
                return gathered(node)
        return None

    def _chosen_text(self, node: ast.AST, change: Change = lambda array: array) -> str | None:
        """What labels choose of an array, or of a function of it, by their one-hot matrix."""
        if chosen := self._chosen(node):
            return self._choice(chosen._replace(array=change(chosen.array)))
        if entry := self._entry(node):
            array, one_hot, is_column = entry
            text = f"({unparse(self.visit(change(array)))})"
            return f"({text} @ {one_hot})" if is_column else f"({one_hot} @ {text})"
        return None

    def _entry(self, node: ast.AST) -> tuple[ast.expr, str, bool] | None:
        """The array of w[y], W[y[i]] and W[:, y[i]], what says the label, and whether it says a
        column.
        """
        if entry := entry_of(node):
            return entry.array, f"{self.matrices[entry.labels]}[{entry.sample}]", entry.is_column
        match node:
            case ast.Subscript(value=ast.Call(func=function)) if last_name(function) in (
                "eye",
                "identity",
            ):
                return None
            case ast.Subscript(value=array, slice=ast.Name(id=name)) if name in self.matrices:
                return array, self.matrices[name], False
        return None

    def _choice(self, chosen: Chosen) -> str:
        array, labels, number, is_column = chosen
        entries = CHOSEN.format(array=unparse(self.visit(array)), labels=self.matrices[labels])
        if is_column:
            return f"{entries}[:, None]"
        if _is_number_of(labels, number):
            return entries
        return COUNTED.format(number=number, entries=entries)

    def _loss(self, call: ast.Call, scores: ast.expr, matrix: str) -> str:
        """A loss over classes; its mean with weights of classes is one by the weights of labels."""
        options = {str(option.arg): unparse(option.value) for option in call.keywords}
        over = ""
        if "weight" in options and options.get("reduction", "'mean'") == "'mean'":
            options["reduction"], over = "'sum'", f"/sum({matrix} @ ({options['weight']}))"
        said_options = "".join(f", {name}={value}" for name, value in options.items())
        return f"({unparse(call.func)}({unparse(scores)}, {matrix}{said_options}){over})"

    def _number_of_rows(self, node: ast.expr) -> str | None:
        """n of arange(n), range(n), list(range(n)) or a name for one of them."""
        match node:
            case ast.Call(func=ast.Name(id="list"), args=[inner], keywords=[]):
                return self._number_of_rows(inner)
            case ast.Call(func=function, args=[number], keywords=options) if last_name(
                function
            ) in (
                "arange",
                "range",
            ) and {o.arg for o in options} <= {"device"}:
                return unparse(number)
            case ast.Name(id=name):
                return self.ranges.get(name)
        return None


def _is_number_of(labels: str, number: str | None) -> bool:
    """Whether a text is that of how many labels there are, or none is given."""
    return number in (None, f"len({labels})", f"{labels}.shape[0]", f"{labels}.size(0)")
