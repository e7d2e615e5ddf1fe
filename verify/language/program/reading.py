"""A function as people paste it, an expression, several lines or a `def`: one tree of the language.

Python's own parser finds the statements and nothing is run: each right side is read as an
expression of the language, and put in wherever its name is used. A loop is the sum of what its
turns add to a name.
"""

from __future__ import annotations

import ast
import re
from ast import unparse
from typing import NamedTuple

from lark import Token, Tree

from verify.language.libraries import AS_HERE, conventions_in, conventions_of
from verify.language.numpy_text import read_numpy
from verify.language.program.frame import (
    Harmless,
    Refused,
    hidden_argument,
    refused_argument,
    refused_decorator,
    refused_import,
)
from verify.language.program.labels import LABELLED, NOT_SAID, Declared, Labels
from verify.language.program.masks import assigned_where, is_mask, with_sums_over_masks
from verify.language.program.names import NOTHING_SHOWN, Names, Shown, names_in
from verify.language.program.rewriting.calls import OTHER_CALLS, Calls
from verify.language.program.rewriting.helpers import Helpers
from verify.language.program.rewriting.neighbours import OVER_NEIGHBOURS, Neighbours
from verify.language.program.rewriting.pairs import OVER_PAIRS, Pairs
from verify.language.program.rewriting.simpler import Simpler, text_of
from verify.language.program.rewriting.torch_modules import MAKES_MODULE, TorchModules
from verify.language.program.statements import (
    APPENDED,
    ASSIGNED,
    KINDS,
    LONGEST,
    OPERATORS,
    WHOLE,
    MadeUp,
    arguments_in,
    assigned_in,
    defaults_in,
    given_anew,
    given_in,
    increment_of,
    is_text,
    places_in,
    read_in,
    said,
)
from verify.language.program.text import ProgramText, is_broken_over_lines, without_comments
from verify.language.tree import AnswerSyntaxError, in_line, reject_too_deep
from verify.language.words.at_labels import AT_LABELS, AT_PLACE, AT_ROWS, PUT_AT_LABELS

MOST_STATEMENTS, MOST_PARTS = 100, 20_000
"""Statements of a text, and parts of its tree with all names put in."""
IS_PROGRAM = re.compile(
    r"\n|;|^\s*((def|return|from|import)\b|lambda\b[\w\s,=.*-]*:|\w+\s*(:\s*\w+\s*)?=(?!=))"
)
OVER_ROWS = re.compile(r"(?s)\A(?! *\[).*\bfor\b[\w\s,()]*\bin\b(?! *range\b)")
"""A sum over the rows of an array, in a text that is no list by itself."""
SYMBOLS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
EMPTY_LIST: Tree = Tree("listed", [])
CONDITIONS = (ast.Compare, ast.BinOp, ast.UnaryOp, ast.Call, ast.Name)
"""What may be a condition in g[x < 0] = 0."""


def read_function(
    text: str, declared: Declared = NOT_SAID, question: Shown | None = None
) -> tuple[Tree, Shown]:
    """The tree of a text, and what the text shows beside it; raises `AnswerSyntaxError`, whose
    message names the line and column.

    `declared` are the shapes of some names: what cross_entropy compares with is labels if it has
    one axis. An answer may use what its question shows: its labels, and no others, its library
    if it shows none, and its names.
    """
    if len(text) > LONGEST:
        raise AnswerSyntaxError(f"expected at most {LONGEST} characters, got {len(text)}")
    text = without_comments(text)
    is_one = is_broken_over_lines(text) or not IS_PROGRAM.search(text.strip())
    single = [name for name, shape in declared.items() if not shape]  # maybe one label
    has_label = any(re.search(rf"\[\s*{name}\s*\]", text) for name in single)
    if not is_one or _is_said_by_simpler(text) or has_label or _has_names(text, question):
        labels = Labels(declared, question.labels if question else None)
        program = _Program(text, labels, question or NOTHING_SHOWN)
        return with_sums_over_masks(program.result()), program.shown()
    return _read_expression(text, question or NOTHING_SHOWN)


def read_answer(text: str, question: Shown) -> Tree:
    """The same of an answer, which is a program only on several lines: `y = 1` is no expression."""
    text = without_comments(text) if "#" in text else text
    if "\n" in text.strip() or _is_said_by_simpler(text) or _has_names(text, question):
        return read_function(text, question=question)[0]
    return _read_expression(text, question)[0]


def _has_names(text: str, question: Shown | None) -> bool:
    names = {*question.labels, *question.named, *question.functions} if question else ()
    return any(re.search(rf"\b{name}\b", text) for name in names)


def _read_expression(text: str, question: Shown) -> tuple[Tree, Shown]:
    conventions = conventions_of(text).beside(question.of_methods)
    tree = with_sums_over_masks(read_numpy(text, conventions))
    return tree, Shown(of_methods=conventions.of_methods)


class _Change(NamedTuple):
    """What is added to a name, subtracted from it or, to all its entries, assigned.

    `places` are the indices of loops around it at which the value is one entry of the name; once
    they are all gone through, the value is that of the whole array.
    """

    name: str
    kind: str
    value: Tree
    places: tuple[str, ...] = ()
    is_of_entries: bool = False
    is_anew: bool = False
    """Whether it is s = s + f, which makes another array."""
    is_at_place: bool = False
    """Whether it changes one entry, or one row, that is said by a one-hot vector."""


class _Program:
    """Statements in their order, and what each name stands for."""

    def __init__(self, text: str, labels: Labels, question: Shown):
        self.text, self.labels, self.names = ProgramText(text), labels, Names(question)
        self.question = question
        self.conventions = AS_HERE.beside(question.of_methods)

    def result(self) -> Tree:
        """What the last line, or `return`, is."""
        body = self._body(self._parsed().body)
        if not body:
            raise AnswerSyntaxError("expected an expression, got nothing")
        if len(body) > MOST_STATEMENTS:
            raise AnswerSyntaxError(f"expected at most {MOST_STATEMENTS} statements")
        *assignments, last = body
        for at, statement in enumerate(assignments, 1):
            self.names.read_later = {name for later in body[at:] for name in read_in(later)}
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Lambda):
                raise self.text.error(
                    statement.lineno, "column 1: expected one function, and it last"
                )
            self._assign(statement)
        self.names.read_later = set()
        if isinstance(last, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.For):
            result = self._assign(last)
            whole = (one for one in self.names.given if not one.is_in_loop)
            changed = {one.name for one in whole if one.line == last.lineno}
            if isinstance(last, ast.For) and len(changed) > 1:
                raise self.text.error(
                    last.lineno, "column 1: expected a last line that names the result"
                )
            return self._beside_others(result)
        if isinstance(last, ast.Return) and isinstance(last.value, ast.Tuple):
            got = f"expected one value after return, got {len(last.value.elts)}"
            what = f"column 1: {got}: leave the one that is asked for"
            raise self.text.error(last.lineno, what)
        if isinstance(last, ast.Return | ast.Expr) and last.value is not None:
            return self._beside_others(self._read(last.value))
        raise self._refused(last)

    def shown(self) -> Shown:
        """What it shows beside its result, once that is read."""
        return Shown(
            self.labels.matrices,
            self.conventions.of_methods,
            self.names.at_the_end(),
            self.names.arrays_at_the_end(),
            self.names.defaults,
            self.names.functions,
        )

    def _beside_others(self, result: Tree) -> Tree:
        """The result; what is assigned beside it has to have a meaning, too."""
        others = [one.value for one in self.names.given if not one.is_in_loop]
        used = _parts_of([result])
        others = [value for value in others if id(value) not in used]
        used = _parts_of([result, *others])
        for name, value, line, _ in self.names.given:
            if id(value) not in used and value.data not in ("name", "number"):
                raise self.text.error(line, f"column 1: {name} is not used in its turn of the loop")
        others = [value for value in others if value.data not in ("name", "number")]
        return self._bounded(Tree("beside", [result, *others])) if others else result

    def _parsed(self) -> ast.Module:
        """Its statements, said by simpler ones."""
        try:
            module = self.text.parsed()
            if any(isinstance(part, ast.NamedExpr) for part in ast.walk(module)):
                raise AnswerSyntaxError(":= is not in the language: write a line of its own")
            helpers = Helpers(self.question.functions)
            module = helpers.visit(module)
            self.names.functions = helpers.all
            self.names.own = set(given_in(module))
            self.names.defaults = defaults_in(module)
            module = TorchModules().visit(Harmless().visit(module))
            self.conventions = conventions_in(module).beside(self.conventions.of_methods)
            module = self.labels.visit(module)
            made_up = MadeUp(self.text.text)
            module = Calls(self.conventions.of_methods).visit(module)
            module = Simpler(made_up).visit(module)
            return Neighbours().visit(Pairs(made_up).visit(module))
        except AnswerSyntaxError:
            raise
        except (ValueError, RecursionError, MemoryError):
            raise AnswerSyntaxError("nested too deep, or no text") from None

    def _body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        """The statements that say something: those of the one function, if there is one."""
        body = [s for s in statements if not is_text(s) and not isinstance(s, ast.Pass)]
        for statement in body:
            self._reject(refused_import(statement) or refused_decorator(statement))
        body = [s for s in body if not isinstance(s, ast.Import | ast.ImportFrom)]
        if len(body) == 1 and isinstance(body[0], ast.FunctionDef):
            self._reject(refused_argument(body[0]) or self._hidden_in(body[0]))
            if not self.text.lines_before:
                self.names.forget(self.names.own - self._given_by(body[0]))
            return self._body(body[0].body)
        if len(body) == 1 and self.text.lines_before and isinstance(body[0], ast.If):
            return self._body(body[0].body)
        for statement in body:
            if isinstance(statement, ast.FunctionDef):
                raise self.text.error(
                    statement.lineno, "expected one function and nothing beside it"
                )
        return body

    def _reject(self, refused: Refused | None) -> None:
        if refused:
            raise self.text.error(refused.line, f"column 1: {refused.why}")

    def _hidden_in(self, function: ast.FunctionDef | ast.Lambda) -> Refused | None:
        return hidden_argument(function, self.names.values.keys() | self.names.varying)

    def _given_by(self, function: ast.FunctionDef) -> set[str]:
        """The names that have a value by its arguments, or in the turns of a loop."""
        loops = [part.target for part in ast.walk(function) if isinstance(part, ast.For)]
        return set(arguments_in(function.args)).union(*map(assigned_in, loops))

    def _assign(self, statement: ast.stmt) -> Tree:
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=word)) as value
            ) if word == PUT_AT_LABELS:
                self._reject_second_name(statement, name)
                self.names.give(name, self._read(value), statement)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.List(elts=[]) as value):
                self.names.values[name] = EMPTY_LIST
                self.names.give_array(name, value)
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ) if value is not None:
                self.names.give(name, self._read(value), statement)
                self.names.give_array(name, value)
            case ast.AugAssign(target=ast.Name(id=name), op=operator, value=value) if (
                type(operator) in OPERATORS
            ):
                kind, is_at_place = OPERATORS[type(operator)], _is_at_place(value)
                change = _Change(name, kind, self._read(value), is_at_place=is_at_place)
                self._change(statement, change)
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id=name), slice=mask)], value=value
            ) if isinstance(mask, CONDITIONS) and is_mask(condition := self._read(mask)):
                self._assign_where(statement, name, condition, value)
            case ast.AugAssign(
                target=ast.Subscript(value=ast.Name(id=name), slice=mask) as entries, value=value
            ) if isinstance(mask, CONDITIONS) and is_mask(condition := self._read(mask)):
                changed = f"{unparse(entries)} {SYMBOLS[type(statement.op)]} ({unparse(value)})"
                self._assign_where(statement, name, condition, said(changed, statement).value)
            case ast.For() if changes := self._changes_by(statement):
                for change in changes:
                    self._change(statement, change)
                name = changes[-1].name
            case _:
                raise self._refused(statement)
        self.names.varying.discard(name)
        return self.names.values[name]

    def _change(self, statement: ast.stmt, change: _Change) -> None:
        name, kind, value, places, is_of_entries, *_ = change
        before = self._read_text(name, statement.lineno)
        if not isinstance(statement, ast.Assign) and kind != APPENDED:
            self._reject_second_name(statement, name)
        if places or (kind == APPENDED and before != EMPTY_LIST):
            raise self._refused(statement)
        if is_of_entries:
            value = Tree("filled", [before, value])
        if kind in (ASSIGNED, APPENDED):
            changed = value
        elif before.data == "number" and not change.is_at_place:
            changed = Tree(kind, [before, value])
        else:
            how = "anew" if change.is_anew or is_of_entries else "in_place"
            how = "at_places" if change.is_at_place else how
            parts = [Token("SIGN", kind), Token("HOW", how), before, value]
            changed = Tree("changed", parts)
        self.names.give(name, self._bounded(changed), statement)
        if change.is_anew and name in self.names.arrays and isinstance(statement, ast.Assign):
            self.names.give_array(name, statement)

    def _assign_where(self, statement: ast.stmt, name: str, mask: Tree, value: ast.expr) -> None:
        """g[x < 0] = 0."""
        before = self._read_text(name, statement.lineno)
        self._reject_second_name(statement, name)
        try:
            changed = assigned_where(mask, before, self._read(value))
        except AnswerSyntaxError as error:
            raise self.text.error(statement.lineno, str(error)) from None
        self.names.give(name, self._bounded(changed), statement)

    def _reject_second_name(self, statement: ast.stmt, name: str) -> None:
        if others := self.names.sharing(name):
            changed = f"this may change {min(others)}, too: write {name} = {name}.copy() before"
            column = self.text.column_of(statement)
            raise self.text.error(statement.lineno, f"column {column}: {changed}")

    # --- loops

    def _changes_by(self, loop: ast.For) -> list[_Change]:
        """What all turns of a loop add to names that were there before it.

        What is assigned in a turn may be read after that in the same turn, and nowhere else.
        """
        index, frame = self._frame_of(loop)
        inside = {name for statement in loop.body for name in assigned_in(statement)}
        own = inside | {index}
        self.names.loops += 1
        with_index = {name for name, tree in self.names.values.items() if index in names_in(tree)}
        outside, self.names.varying = (
            self.names.varying,
            (self.names.varying | own | with_index) - {index},
        )
        self.names.values.pop(index, None)
        changes = [change for s in loop.body for change in self._left_by(s)]
        self.names.loops -= 1
        added = {change.name for change in changes}
        anew = {name for statement in loop.body for name in given_anew(statement)}
        if mixed := added & anew | added - self.names.varying:
            what = f"column 1: {min(mixed)} is added to and assigned anew in one turn"
            raise self.text.error(loop.lineno, what)
        if index in inside and any(index in change.places for change in changes):
            what = f"column 1: {index} is assigned in its own loop and says which entry is meant"
            raise self.text.error(loop.lineno, what)
        for name in {change.name for change in changes if change.kind in (ASSIGNED, APPENDED)}:
            first, *others = (change for change in changes if change.name == name)
            is_one_entry = all(other.places == first.places for other in others)
            kinds = (ASSIGNED,) if others else (ASSIGNED, APPENDED)
            if first.kind not in kinds or not is_one_entry:
                raise self._refused(loop)
        self.names.varying = outside | (own - added) | {index}
        return [self._in_all_turns(loop, index, frame, change) for change in changes]

    def _in_all_turns(self, loop: ast.For, index: str, frame: Tree, change: _Change) -> _Change:
        """The sum of what each turn adds, or the entries that each turn gives a value to."""
        _, kind, value, places, *_ = change
        total, turns = frame.children
        each = Tree("each", [value, *turns.children[1:]])
        is_whole = places[-1:] == (index,) and len(each.children) == 3
        if is_whole and kind == APPENDED:
            return change._replace(value=Tree("listed", [each]), places=())
        if is_whole:
            entries, others = Tree("call", [_name("array"), Tree("listed", [each])]), places[:-1]
            if others == (WHOLE,):
                entries, others = Tree("attribute", [entries, Token("NAME", "T")]), ()
            return change._replace(value=entries, places=others, is_of_entries=True)
        if index in places or kind in (ASSIGNED, APPENDED):
            raise self._refused(loop)
        return change._replace(value=Tree("call", [total, each]))

    def _left_by(self, statement: ast.stmt) -> list[_Change]:
        """What a statement of a turn adds to names that outlive it; others are changed here."""
        if isinstance(statement, ast.For):
            changes = self._changes_by(statement)
        elif increment := increment_of(statement):
            name, kind, value, places = increment
            is_anew = isinstance(statement, ast.Assign) and not places
            if not is_anew:
                self._reject_second_name(statement, name)
            if kind == APPENDED:
                self.names.share(name, value)
            is_at_place = _is_at_place(value)
            changes = [_Change(name, kind, self._read(value), places, False, is_anew, is_at_place)]
        else:
            self._assign(statement)
            changes = []
        for change in changes:
            if change.name not in self.names.varying:
                self._change(statement, change)
        return [change for change in changes if change.name in self.names.varying]

    def _frame_of(self, loop: ast.For) -> tuple[str, Tree]:
        """The index of a loop, and sum(0 for k in range(n)) with its range."""
        match loop:
            case ast.For(
                target=ast.Name(id=index), iter=ast.Call(func=ast.Name(id="range")), orelse=[]
            ):
                turns = f"sum(0 for {index} in {text_of(loop.iter, self.text.text)})"
                frame = self._read_text(turns, loop.lineno)
                _, _, *bounds = frame.children[1].children
                if len(bounds) == 2 and bounds[0].children != ["0"] and index in places_in(loop):
                    what = f"column 1: [{index}] counts from 0 in Python: write range(n), or"
                    what += f" x[1:] and x[:-1] for all x[{index}] and x[{index} - 1]"
                    raise self.text.error(loop.lineno, what)
                return index, frame
        raise self._refused(loop)

    # --- expressions

    def _read(self, value: ast.expr) -> Tree:
        if isinstance(value, ast.Lambda):
            self._reject(self._hidden_in(value))
            value = value.body
        segment = text_of(value, self.text.text).replace("\\\n", " \n")
        spaces = " " * (self.text.column_of(value) - 1)
        return self._read_text(spaces + segment, value.lineno)

    def _read_text(self, text: str, line: int) -> Tree:
        try:
            read = read_numpy(text, self.conventions)
        except AnswerSyntaxError as error:
            raise self.text.error(line, str(error)) from None
        if self.text.has_lines:
            read = in_line(read, self.text.line_of(line))
        return self._bounded(self.names.put_in(read))

    def _bounded(self, tree: Tree) -> Tree:
        sizes: dict[int, int] = {}
        for part in tree.iter_subtrees():  # the inner ones first, each once
            sizes[id(part)] = 1 + sum(sizes.get(id(child), 0) for child in part.children)
        if sizes[id(tree)] > MOST_PARTS:
            raise AnswerSyntaxError(f"expected at most {MOST_PARTS} parts with all names put in")
        reject_too_deep(tree)
        return tree

    def _refused(self, statement: ast.stmt) -> AnswerSyntaxError:
        what = KINDS.get(type(statement), "this statement")
        column = self.text.column_of(statement)
        return self.text.error(
            statement.lineno,
            f"column {column}: expected 'name = expression' or 'return expression', got {what}",
        )


def _is_said_by_simpler(text: str) -> bool:
    """Whether an expression has what is said by simpler ones."""
    return any(
        one.search(text)
        for one in (OVER_ROWS, OVER_PAIRS, OVER_NEIGHBOURS, LABELLED, MAKES_MODULE, OTHER_CALLS)
    )


def _is_at_place(value: ast.expr) -> bool:
    """Whether what is added stands at places that labels say."""
    names = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)}
    return not names.isdisjoint({AT_LABELS, AT_PLACE, AT_ROWS})


def _parts_of(trees: list[Tree]) -> set[int]:
    return {id(part) for tree in trees for part in tree.iter_subtrees()}


def _name(name: str) -> Tree:
    return Tree("name", [Token("NAME", name)])
