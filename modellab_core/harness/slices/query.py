"""Slice queries: a small grammar by which a person says which rows are meant.

    age >= 60 and not (job in ('clerk', 'cook') or `net income` is missing)

Columns stand bare or in backticks (a backtick inside is doubled); numbers, texts in quotes, `True` and `False` are
compared with them by `== != < <= > >= in`, `not in`, chained if wanted (`20 <= age < 35`); `is missing` and `is not
missing` ask for empty cells; conditions are joined by `and`, `or`, `not` and brackets; a column of truth values is a
condition by itself. Dates are written as text (`day < "2024-03-01"`, in UTC where the column has a zone) and may have
a time; text is compared by code point; 1e999 is infinity.

No comparison holds for a missing value, neither `==` nor `!=` nor `not in`: those rows are had by `is missing`, or by
`not (…)`, which turns the whole condition round. The structure is read by `ast` from placeholders only, checked
against the few nodes of the grammar and applied with numpy: nothing of a query is ever run.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.errors import BadInput, choices
from modellab_core.harness.slices.columns import Column, Columns, Mask
from modellab_core.harness.slices.query_values import compared, compared_columns
from modellab_core.harness.slices.query_words import Word, refused, words_of

Sign = Callable[[Any, Any], Any]
SIGNS: dict[type[ast.cmpop], Sign] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
TURNED: dict[Sign, Sign] = {
    operator.lt: operator.gt,
    operator.le: operator.ge,
    operator.gt: operator.lt,
    operator.ge: operator.le,
}
MISSING = "missing"


@dataclass(frozen=True, eq=False)
class Query:
    """A query that was read: its text, its structure, and what its placeholders stand for."""

    text: str
    tree: ast.expr
    words: Mapping[str, Word]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that it names, each once, in the order of the text."""
        named = sorted((word for word in self.words.values() if word.kind == "name"), key=lambda word: word.at)
        return tuple(dict.fromkeys(str(word.value) for word in named))

    def rows(self, frame: pd.DataFrame | Columns) -> Mask:
        """The rows of a frame that are meant, (n,). BadInput for an unknown column or one of another kind."""
        columns = frame if isinstance(frame, Columns) else Columns(frame)
        return _Applied(self, columns).holds(self.tree)


def rows(query: str, frame: pd.DataFrame | Columns) -> Mask:
    """The rows of `frame` that a query means, (n,) of truth values; see the top of this file for the grammar.

    BadInput names the place and the way out: what cannot be read, a column that is not there, a wrong kind of value.
    """
    return parse(query).rows(frame)


def parse(query: str) -> Query:
    """A query that can be applied to frames. BadInput with the place of what is not in the grammar."""
    if not isinstance(query, str) or not query.strip():
        raise BadInput(f"A query is a condition on columns such as age >= 60, and {query!r} is none.")
    words = words_of(query)
    known = {f"_{place}": word for place, word in enumerate(words)}
    spelled = [str(w.value) if w.kind in ("sign", "keyword", MISSING) else name for name, w in known.items()]
    starts = np.cumsum([0] + [len(word) + 1 for word in spelled])
    try:
        tree = ast.parse(" ".join(spelled), mode="eval").body
    except SyntaxError as error:
        place = int(np.searchsorted(starts, (error.offset or 0) - 1, side="right")) - 1
        # an offset before the first word stands for the end
        raise _unfitting(query, words, place) from error
    found = Query(query, tree, known)
    _Checked(found).condition(tree)
    return found


def _unfitting(query: str, words: list[Word], place: int) -> BadInput:
    if not 0 <= place < len(words):
        return refused(query, len(query), "it ends before it is complete")
    return refused(query, words[place].at, f"{str(words[place].value)!r} does not fit to what stands around it")


class _Walk:
    """What reading and applying a query share: looking at its parts."""

    def __init__(self, query: Query) -> None:
        self.query = query

    def refuse(self, node: ast.AST, why: str) -> BadInput:
        inner = [self.query.words[n.id].at for n in ast.walk(node) if isinstance(n, ast.Name) and n.id != MISSING]
        return refused(self.query.text, min(inner, default=0), why)

    def name(self, node: ast.AST) -> str | None:
        """The column that a node names, if it names one."""
        word = self.query.words.get(node.id) if isinstance(node, ast.Name) else None
        return str(word.value) if word is not None and word.kind == "name" else None

    def value(self, node: ast.AST) -> str | float | bool:
        """The number, text or truth value of a node."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            inner = self.value(node.operand)
            if isinstance(inner, float):
                return -inner
        word = self.query.words.get(node.id) if isinstance(node, ast.Name) else None
        if word is None or word.kind != "value":
            raise self.refuse(node, "a number, a text in quotes, True or False is needed")
        return word.value

    def listed(self, node: ast.AST) -> list[str | float | bool]:
        if not isinstance(node, (ast.Tuple, ast.List)):
            raise self.refuse(node, "'in' needs a list of values in brackets, such as (1, 2) or ('a',)")
        return [self.value(item) for item in node.elts]


class _Checked(_Walk):
    """Refuses whatever is not in the grammar, before any table is seen."""

    def condition(self, node: ast.expr) -> None:
        if isinstance(node, ast.BoolOp):
            for part in node.values:
                self.condition(part)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self.condition(node.operand)
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for left, sign, right in zip(sides, node.ops, sides[1:], strict=False):
                self._comparison(left, sign, right)
        elif self.name(node) is None:
            raise self.refuse(node, "a condition is needed, such as age >= 60 or job is missing")

    def _comparison(self, left: ast.expr, sign: ast.cmpop, right: ast.expr) -> None:
        missing = isinstance(right, ast.Name) and right.id == MISSING
        if missing != isinstance(sign, (ast.Is, ast.IsNot)):
            raise self.refuse(left, "a condition with 'is' must read 'is missing' or 'is not missing'")
        if missing or isinstance(sign, (ast.In, ast.NotIn)):
            if self.name(left) is None:
                raise self.refuse(left, "a column is needed before 'is' and 'in'")
            if not missing:
                self.listed(right)
            return
        values = [self.value(side) for side in (left, right) if self.name(side) is None]
        if len(values) == 2:
            raise self.refuse(left, "two values are compared, and none of them is a column")


class _Applied(_Walk):
    """Which rows of a table a query means."""

    def __init__(self, query: Query, columns: Columns) -> None:
        super().__init__(query)
        self.columns = columns

    def column(self, node: ast.expr) -> Column | None:
        name = self.name(node)
        if name is None:
            return None
        if name not in self.columns:
            raise self.refuse(
                node, f"stands the column {name!r}, which is not there: {choices(name, self.columns)[:-1]}"
            )
        return self.columns[name]

    def holds(self, node: ast.expr) -> Mask:
        if isinstance(node, ast.BoolOp):
            join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            return reduce(join, [self.holds(part) for part in node.values])
        if isinstance(node, ast.UnaryOp):
            return ~self.holds(node.operand)
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            pairs = zip(sides, node.ops, sides[1:], strict=False)
            return reduce(np.logical_and, [self._compared(*pair) for pair in pairs])
        column = self.column(node)
        if column is None or column.kind != "truth":
            raise self.refuse(node, "stands a column that holds no truth values: compare it with something")
        return np.asarray((column.values == 1) & ~column.missing)

    def _compared(self, left: ast.expr, sign: ast.cmpop, right: ast.expr) -> Mask:
        first = self.column(left)
        if isinstance(sign, (ast.Is, ast.IsNot)) and first is not None:
            return first.missing.copy() if isinstance(sign, ast.Is) else ~first.missing
        try:
            if isinstance(sign, (ast.In, ast.NotIn)) and first is not None:
                nothing = np.zeros(len(first), dtype=bool)
                among = reduce(np.logical_or, [compared(first, operator.eq, v) for v in self.listed(right)], nothing)
                return among if isinstance(sign, ast.In) else np.asarray(~among & ~first.missing)
            test, second = SIGNS[type(sign)], self.column(right)
            if first is not None and second is not None:
                return compared_columns(first, test, second)
            if first is not None:
                return compared(first, test, self.value(right))
            assert second is not None
            return compared(second, TURNED.get(test, test), self.value(left))
        except ValueError as error:
            raise self.refuse(left, str(error)) from error
