"""Which rows a model is fitted on, which serve its choices, and which are kept for the test."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from modellab_core.data.chance import Ints
from modellab_core.data.portions import ByClass, ByGroup, ByTime, Dealer, Mask, halves
from modellab_core.data.roles import group_codes, moments_of, parts_of
from modellab_core.data.table import Note, Table
from modellab_core.data.target import class_labels, column_of, sorted_classes, target_values
from modellab_core.data.task import Task
from modellab_core.errors import BadInput

Part = Literal["train", "valid", "test", "unused"]
PARTS: tuple[Part, ...] = get_args(Part)
MOST_ROWS_WITHOUT_VALID = 50_000
MOST_VALID_ROWS = 100_000
VALID_SHARE = 0.2
LEAST_ROWS = 5
LEAST_TRAIN_ROWS_FOR_FOLDS = 25


@dataclass(frozen=True)
class SplitRule:
    """How rows are dealt out: `random`, or by a column of the table: `time`, `group`, `column`."""

    kind: Literal["random", "time", "group", "column"]
    column: str | None = None

    @classmethod
    def parse(cls, text: str) -> SplitRule:
        """The rule that `text` says: random, time:COL, group:COL or column:COL. BadInput names these four."""
        kind, _, column = text.partition(":")
        if text == "random":
            return cls("random")
        if kind in {"time", "group", "column"} and column:
            return cls(kind, column)  # type: ignore[arg-type]
        raise BadInput(f"There is no split {text!r}: say random, time:COL, group:COL or column:COL.")

    def __str__(self) -> str:
        return self.kind if self.column is None else f"{self.kind}:{self.column}"


@dataclass(frozen=True, eq=False)
class Split:
    """The part and the fold of every row of a table.

    `part` is train, valid, test or unused, (n,) text. `fold` of a train row is its out-of-fold fold 0 … 4 or -1 (held
    out by none), of a valid row 0 (for rounds) or 1 (for the rest), else -1. `groups` is a code per row, for a split by
    group, else None.
    """

    part: npt.NDArray[np.str_]
    fold: Ints
    rule: SplitRule
    notes: tuple[Note, ...] = ()
    groups: Ints | None = field(default=None, repr=False)

    @property
    def time_ordered(self) -> bool:
        """Whether the test rows are the latest ones."""
        return self.rule.kind == "time"

    def rows(self, part: Part) -> Ints:
        """The rows of a part, sorted."""
        return np.flatnonzero(self.part == part)

    def folds(self) -> list[tuple[Ints, Ints]]:
        """Per fold the rows to fit on and the rows held out; empty with a valid part or without folds.

        By time, a fold is fitted on the rows before it alone.
        """
        train = self.rows("train")
        fold = self.fold[train]
        if (self.part == "valid").any():
            return []
        fits = np.less if self.time_ordered else np.not_equal
        return [(train[fits(fold, k)], train[fold == k]) for k in range(int(fold.max(initial=-1)) + 1)]

    def to_csv(self) -> bytes:
        """`row,part,fold` for every row, in order."""
        lines = zip(range(len(self.part)), self.part.tolist(), self.fold.tolist(), strict=True)
        return ("row,part,fold\n" + "".join(f"{row},{part},{fold}\n" for row, part, fold in lines)).encode()

    @classmethod
    def from_csv(cls, content: bytes, rule: SplitRule, table: Table | None = None) -> Split:
        """The split that `to_csv` wrote; `table` gives the groups of a split by group. BadInput when it is no split."""
        try:
            read = pa.csv.read_csv(io.BytesIO(content)).to_pydict()
            row, part, fold = (np.asarray(read[name]) for name in ("row", "part", "fold"))
        except (pa.ArrowInvalid, KeyError) as error:
            raise BadInput("This split cannot be read: it has to have the columns row, part and fold.") from error
        if not (np.array_equal(row, np.arange(len(row))) and set(part.tolist()) <= set(PARTS)):
            raise BadInput(f"This split does not give each row one of the parts {', '.join(PARTS)}.")
        if table is not None and len(table.frame) != len(row):
            raise BadInput(f"This split is of {len(row):,} rows and the table has {len(table.frame):,}.")
        split = cls(part.astype("U6"), fold.astype(np.int64), rule)
        if table is None or rule.kind != "group" or rule.column is None:
            return split
        return replace(split, groups=group_codes(table, rule.column)[0])


def assign(table: Table, target: str, task: Task, rule: SplitRule, test_size: float, seed: int) -> Split:
    """Deal out every row of `table`: the same arguments give the same split, on any machine.

    Rows without a target are unused. `test_size` is the share of the others that is kept for the test. BadInput when
    the column of the rule is not there or cannot serve, or when a part would hold nothing to learn from or to test on.
    """
    if not 0 < test_size < 1:
        raise BadInput(f"The test size is {test_size:g}: give a share between 0 and 1, such as 0.2.")
    codes = _codes(table, target, task)
    notes = _target_notes(codes, target)
    given, dealer, groups = _dealer(table, target, rule, codes, seed, notes)
    part = np.where(codes < 0, "unused", given).astype("U6")
    usable = np.flatnonzero(part != "unused")
    if len(usable) < LEAST_ROWS:
        raise BadInput(f"Only {len(usable)} rows have a target, and at least {LEAST_ROWS} are needed.")
    if rule.kind != "column":
        total = min(max(int(np.floor(len(usable) * test_size + 0.5)), 1), len(usable) - 1)
        part[dealer.take(usable, total, "test")] = "test"
    _cut_valid(part, dealer)
    split = Split(part, _folds(part, dealer), rule, groups=groups)
    _refuse_useless(split, codes, task, target)
    return replace(split, notes=(*notes, *_class_notes(split, table, target, task, codes)))


def crossed(
    table: Table, target: str, task: Task, rule: SplitRule, seed: int, *, folds: int = 5, repeat: int = 0
) -> list[Split]:
    """The splits of one repeat of cross-validation: every row with a target is a test row of at most one of them.

    Stratified, by whole groups, or forward in time, as `rule` says; by time each split is fitted on the rows before its
    test rows, so every repeat is the same. A rule by column leaves out what the column leaves out, and stratifies.
    There is no `valid` part. BadInput as in `assign`.
    """
    codes = _codes(table, target, task)
    given, dealer, groups = _dealer(table, target, rule, codes, seed, [])
    outer = _dealer(table, target, rule, codes, seed + 1 + repeat, [])[1]
    usable = np.flatnonzero((codes >= 0) & (given != "unused"))
    fold = outer.folds(usable, folds)
    fits = np.less if rule.kind == "time" else np.not_equal
    splits = []
    for number in range(int(fold.max(initial=-1)) + 1):
        part = np.full(len(codes), "unused", dtype="U6")
        part[usable[fits(fold, number)]] = "train"
        part[usable[fold == number]] = "test"
        splits.append(Split(part, _folds(part, dealer), rule, groups=groups))
        _refuse_useless(splits[-1], codes, task, target)
    return splits


def _codes(table: Table, target: str, task: Task) -> Ints:
    """The class of each row, or 0; -1 where the target is missing."""
    column_of(table, target)
    values = target_values(table, target, task)
    return values.astype(np.int64) if task.is_classification else np.where(np.isnan(values), -1, 0)


def _dealer(
    table: Table, target: str, rule: SplitRule, codes: Ints, seed: int, notes: list[Note]
) -> tuple[npt.NDArray[np.str_], Dealer, Ints | None]:
    """The parts that are settled by the rule's column, how the rest is dealt out, and the groups."""
    everyone = np.full(len(codes), "train", dtype="U6")
    by_class = ByClass(np.maximum(codes, 0), seed)
    if rule.column is None:
        return everyone, by_class, None
    if rule.column == target:
        raise BadInput(f"The rows cannot be split by {target!r}, which is the target: choose another column.")
    if rule.kind == "time":
        moments, lacking = moments_of(table, rule.column, notes)
        return np.where(lacking, "unused", everyone), ByTime(moments), None
    if rule.kind == "group":
        groups, _ = group_codes(table, rule.column, notes)
        return everyone, ByGroup(groups, by_class.codes, seed), groups
    return parts_of(table, rule.column, notes), by_class, None


def _cut_valid(part: npt.NDArray[np.str_], dealer: Dealer) -> None:
    rest = np.flatnonzero((part == "train") | (part == "valid"))
    if (part == "valid").any() or len(rest) <= MOST_ROWS_WITHOUT_VALID:
        return
    part[dealer.take(rest, min(round(len(rest) * VALID_SHARE), MOST_VALID_ROWS), "valid")] = "valid"


def _folds(part: npt.NDArray[np.str_], dealer: Dealer) -> Ints:
    fold = np.full(len(part), -1, dtype=np.int64)
    train, valid = (np.flatnonzero(part == name) for name in ("train", "valid"))
    if len(valid):
        fold[valid] = halves(dealer, valid)
    elif len(train) >= LEAST_TRAIN_ROWS_FOR_FOLDS:
        fold[train] = dealer.folds(train)
    return fold


def _refuse_useless(split: Split, codes: Ints, task: Task, target: str) -> None:
    train, test = split.rows("train"), split.rows("test")
    if len(test) == 0:
        raise BadInput(f"The split {str(split.rule)!r} leaves no row for the test: {_way_out(split.rule)}")
    if len(train) < 2:
        raise BadInput(f"The split {str(split.rule)!r} leaves {len(train)} rows to train on: {_way_out(split.rule)}")
    if task.is_classification and len(np.unique(codes[train])) < 2:
        raise BadInput(
            f"With the split {str(split.rule)!r} all rows to train on have the same {target!r}, so there is nothing to "
            f"learn: choose another --split."
        )


def _way_out(rule: SplitRule) -> str:
    if rule.column is None:
        return "give another --test-size."
    return f"column {rule.column!r} has too few distinct values for it; choose another --split."


def _target_notes(codes: Ints, target: str) -> list[Note]:
    missing = int((codes < 0).sum())
    if not missing:
        return []
    text = f"{missing:,} of {len(codes):,} rows have no {target!r} and are not used."
    return [Note("target_missing", text, target)]


def _class_notes(split: Split, table: Table, target: str, task: Task, codes: Ints) -> list[Note]:
    """Classes that only one of train and test has."""
    if not task.is_classification:
        return []
    names = sorted_classes(class_labels(table, target))
    train, test = (_held(split.part == name, codes, len(names)) for name in ("train", "test"))
    total = np.bincount(codes[codes >= 0], minlength=len(names))
    notes = []
    for code in np.flatnonzero((total == 1) & train):
        text = f"Class {names[code]!r} has one row, which is used to train; no test row has it."
        notes.append(Note("single_row_class", text, target))
    for code in np.flatnonzero((total > 1) & train & ~test):
        text = f"No test row has the class {names[code]!r}."
        notes.append(Note("class_not_in_test", text, target))
    for code in np.flatnonzero(test & ~train):
        text = f"The class {names[code]!r} is only among the test rows, so no model can learn it."
        notes.append(Note("class_not_in_train", text, target))
    return notes


def _held(chosen: Mask, codes: Ints, classes: int) -> Mask:
    return np.bincount(codes[chosen & (codes >= 0)], minlength=classes) > 0
