"""What a column says when rows are dealt out by it: a moment, a group, or the part itself."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from modellab_core.data.chance import Ints
from modellab_core.data.portions import Mask
from modellab_core.data.spelling import plain
from modellab_core.data.table import Note, Table
from modellab_core.data.target import column_of, is_number
from modellab_core.errors import BadInput

LEAST_DAYS = 10

Moments = npt.NDArray[np.int64] | npt.NDArray[np.float64]

_PART_WORDS = {
    **dict.fromkeys(("train", "training", "fit", "development"), "train"),
    **dict.fromkeys(("valid", "validation", "validate", "val", "dev"), "valid"),
    **dict.fromkeys(("test", "testing", "holdout", "hold-out", "evaluation"), "test"),
    **dict.fromkeys(("unused", "none", "ignore", "exclude"), "unused"),
}
_YES, _NO = {"1", "true", "yes", "y", "t"}, {"0", "false", "no", "n", "f"}


def moments_of(table: Table, name: str, notes: list[Note]) -> tuple[Moments, Mask]:
    """When each row was, in order of time, and which rows do not say; adds a note for these.

    Dates with hours count by the day where there are at least ten days, so that no day is cut in two.
    """
    column = column_of(table, name, "time")
    lacking = column.isna().to_numpy()
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        ticks = column.to_numpy().astype("datetime64[us]").astype(np.int64)
        days = ticks // 86_400_000_000
        moments = days if len(np.unique(days[~lacking])) >= LEAST_DAYS else ticks
    elif is_number(column):
        moments = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        raise BadInput(
            f"Column {name!r} holds neither dates nor numbers, so rows cannot be put in order of time by it: choose "
            f"another column, or read it as dates with --type {name}=date."
        )
    if lacking.any():
        text = f"{int(lacking.sum()):,} rows have no {name!r}, cannot be put in order of time, and are not used."
        notes.append(Note("time_missing", text, name))
    return moments, lacking


def group_codes(table: Table, name: str, notes: list[Note] | None = None) -> tuple[Ints, pd.Index]:
    """The group of each row as a code, and the groups; rows that name none are one group together (with a note)."""
    column = column_of(table, name, "group")
    codes, values = pd.factorize(column, use_na_sentinel=True)
    lacking = codes < 0
    if lacking.any() and notes is not None:
        text = f"{int(lacking.sum()):,} rows have no {name!r}; they stay together as one group."
        notes.append(Note("group_missing", text, name))
    return np.where(lacking, len(values), codes).astype(np.int64), pd.Index(values)


def parts_of(table: Table, name: str, notes: list[Note]) -> npt.NDArray[np.str_]:
    """The part that the column gives each row; adds a note for rows for which it is blank (unused).

    The words train, test, valid and their kin in any case; or 0/1, true/false, yes/no in a column whose name says what
    a yes means (is_test, train). BadInput names a value that says no part.
    """
    column = column_of(table, name, "split")
    codes, values = pd.factorize(column, use_na_sentinel=True)
    meaning = [_part_of(value, name) for value in values]
    if "test" not in meaning:
        shown = ", ".join(repr(plain(value)) for value in values[:5])
        raise BadInput(f"Column {name!r} marks no row as test (it has {shown}): write train and test in it.")
    parts: npt.NDArray[np.str_] = np.array([*meaning, "unused"], dtype="U6")[codes]
    blank = int((codes < 0).sum())
    if blank:
        notes.append(Note("part_missing", f"{blank:,} rows have no {name!r} and are not used.", name))
    return parts


def _part_of(value: object, name: str) -> str:
    word = plain(value).strip().lower()
    if word in _PART_WORDS:
        return _PART_WORDS[word]
    says_test, says_train = "test" in name.lower(), "train" in name.lower()
    if says_test != says_train and word in _YES | _NO:
        return "test" if (word in _YES) == says_test else "train"
    raise BadInput(
        f"Column {name!r} has the value {plain(value)!r}, which says no part: write train, test or valid in it, or "
        f"choose another --split."
    )
