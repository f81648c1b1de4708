"""How rows are dealt out to train, valid and test."""

# ruff: noqa: E501 - one case a line is easier to look through

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modellab_core.data.chance import random_keys
from modellab_core.data.split import Split, SplitRule, assign
from modellab_core.data.table import Reading, Table
from modellab_core.data.task import Task
from modellab_core.errors import BadInput

RANDOM = SplitRule("random")


def table_of(**columns: Any) -> Table:
    """A table with these columns."""
    return Table(pd.DataFrame(columns), Reading("csv", {}), "", 0)


def dealt(
    y: Any, rule: str = "random", task: Task = Task.MULTICLASS, size: float = 0.2, seed: int = 42, **columns: Any
) -> Split:
    """The split of a table with the target `y` and more columns."""
    return assign(table_of(y=y, **columns), "y", task, SplitRule.parse(rule), size, seed)


def counts(split: Split, y: Any, part: str) -> dict[str, int]:
    """How often each class is in a part."""
    return pd.Series(y)[split.rows(part)].value_counts().to_dict()


@given(
    st.dictionaries(st.sampled_from("abcdefg"), st.integers(1, 60), min_size=2),
    st.sampled_from([0.1, 0.2, 0.25, 0.5]),
    st.integers(0, 9),
)
@settings(max_examples=60, deadline=None)
def test_classes_in_proportion(sizes: dict[str, int], size: float, seed: int) -> None:
    """Each class has its share of the test rows within one row; two rows give one to each part, one row is for training."""
    y = [label for label, number in sizes.items() for _ in range(number)]
    if len(y) < 5 or max(sizes.values()) == 1:
        return
    split = dealt(y, size=size, seed=seed)
    assert set(split.part) <= {"train", "test"}
    test, train = counts(split, y, "test"), counts(split, y, "train")
    free = {label for label, number in sizes.items() if number * size >= 1 and number > 2}
    for label, number in sizes.items():
        assert test.get(label, 0) == 0 if number == 1 else 1 <= test.get(label, 0) < number
        if number == 2:
            assert (test[label], train[label]) == (1, 1)
    if len(free) == len(sizes):
        assert all(abs(test[label] - sizes[label] * size) <= 1 for label in free)
        assert len(split.rows("test")) == max(1, int(np.floor(len(y) * size + 0.5)))
    singles = {note.text.split("'")[1] for note in split.notes if note.code == "single_row_class"}
    assert singles == {label for label, number in sizes.items() if number == 1}


def test_a_split_never_changes() -> None:
    """The same seed gives the same rows for ever: these hashes are part of the contract."""
    split = dealt(["a", "b", "b", "c"] * 50)
    assert (
        hashlib.sha256(split.to_csv()).hexdigest() == "20a34c4e4007938064199c4dee362cceb5f88aab28fb958350bd701c3a07e3bb"
    )
    assert random_keys(42, "test", np.arange(3)).tolist() == [
        17736438817337898805,
        14256583418149825010,
        11234103090274341428,
    ]
    assert dealt(["a", "b", "b", "c"] * 50, seed=43).to_csv() != split.to_csv()


def test_regression_is_plain_chance() -> None:
    """A target of numbers gives the exact share of test rows, and missing targets are unused."""
    y = np.arange(200.0)
    y[::10] = np.nan
    split = dealt(y, task=Task.REGRESSION)
    assert len(split.rows("test")) == 36
    assert split.rows("unused").tolist() == list(range(0, 200, 10))
    assert [note.code for note in split.notes] == ["target_missing"]
    assert "20 of 200" in split.notes[0].text


def test_folds_are_stratified() -> None:
    """Every train row is held out once; folds are equal in size, in all and of each class, within one row."""
    y = ["a"] * 50 + ["b"] * 23 + ["c"] * 9 + ["d"] * 2
    split = dealt(y)
    folds = split.folds()
    train = split.rows("train")
    assert len(folds) == 5
    assert sorted(np.concatenate([held for _, held in folds]).tolist()) == train.tolist()
    sizes = [len(held) for _, held in folds]
    assert max(sizes) - min(sizes) <= 1
    for fit, held in folds:
        assert sorted([*fit.tolist(), *held.tolist()]) == train.tolist()
    for label in "abcd":
        of_class = [sum(y[row] == label for row in held) for _, held in folds]
        assert max(of_class) - min(of_class) <= 1
    assert (split.fold[split.part != "train"] == -1).all()


def test_few_rows_have_no_folds() -> None:
    """Under 25 train rows there are no folds; from 25 on there are."""
    assert dealt([0, 1] * 15).folds() == []
    assert len(dealt([0, 1] * 16).folds()) == 5


def test_time() -> None:
    """Test rows are the latest, whole days together, and each fold is fitted on earlier days alone."""
    rng = np.random.default_rng(3)
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 24 * 60, 400), unit="h")
    split = dealt(rng.integers(0, 2, 400), rule="time:when", task=Task.BINARY, when=when)
    days = when.normalize()
    test, train = split.rows("test"), split.rows("train")
    assert days[train].max() < days[test].min()
    assert 0.15 < len(test) / 400 < 0.25
    assert split.time_ordered
    held_before = days[train].min()
    assert len(split.folds()) == 5
    for fit, held in split.folds():
        assert days[fit].max() < days[held].min()
        assert days[held].min() > held_before
        held_before = days[held].max()
    first = train[split.fold[train] == -1]
    assert len(first) > 30
    assert (days[first].max() < days[train[split.fold[train] == 0]]).all()


def test_time_by_numbers_and_gaps() -> None:
    """Years as numbers serve as time; rows without a time are unused, with a note."""
    year = [*np.repeat(np.arange(2000.0, 2010), 10), np.nan, np.nan]
    split = dealt([0, 1] * 51, rule="time:year", task=Task.BINARY, year=year)
    assert sorted({year[row] for row in split.rows("test")}) == [2008, 2009]
    assert split.rows("unused").tolist() == [100, 101]
    assert "2 rows have no 'year'" in split.notes[0].text


@given(st.lists(st.integers(1, 40), min_size=2, max_size=30), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_groups_stay_together(sizes: list[int], seed: int) -> None:
    """No group is in two parts or in two folds."""
    group = np.repeat(np.arange(len(sizes)), sizes)
    if len(group) < 10:
        return
    y = np.arange(len(group)) % 2
    split = dealt(y, rule="group:g", task=Task.BINARY, seed=seed, g=[f"g{n}" for n in group]) if sizes else None
    assert split is not None
    for name in np.unique(group):
        assert len(set(split.part[group == name])) == 1
        assert len(set(split.fold[group == name])) == 1
    assert split.groups is not None
    assert (pd.factorize(group)[0] == pd.factorize(split.groups)[0]).all()


def test_groups_are_fair() -> None:
    """With many groups the test part has its size and its share of a class that sits in few groups."""
    group = np.repeat(np.arange(100), 10)
    y = np.where(group < 10, "rare", "common")
    split = dealt(y, rule="group:g", task=Task.BINARY, g=group)
    assert abs(len(split.rows("test")) - 200) <= 10
    assert 10 <= counts(split, y, "test")["rare"] <= 30
    sizes = [len(held) for _, held in split.folds()]
    assert max(sizes) - min(sizes) <= 10
    gaps = dealt(y, rule="group:g", task=Task.BINARY, g=pd.Series(group).where(group > 2).astype("Int64"))
    assert len(set(gaps.part[group <= 2])) == 1
    assert gaps.notes[0].code == "group_missing"


@pytest.mark.parametrize(
    ("name", "words", "parts"),
    [
        ("set", ["Train", "TEST", "validation", None], ["train", "test", "valid", "unused"]),
        ("is_test", [0, 1, 0, None], ["train", "test", "train", "unused"]),
        ("training", [True, False, True, True], ["train", "test", "train", "train"]),
    ],
)
def test_column(name: str, words: list[Any], parts: list[str]) -> None:
    """A column of the table says the part, in words or by a yes that its name explains."""
    column = pd.Series(words * 30).convert_dtypes()
    y = [(row // 4) % 2 for row in range(120)]
    split = dealt(y, rule=f"column:{name}", task=Task.BINARY, **{name: column})
    assert split.part.tolist() == parts * 30
    if "valid" in parts:
        assert split.folds() == []
        assert sorted(split.fold[split.rows("valid")].tolist()) == [0] * 15 + [1] * 15


def test_large_tables_have_a_valid_part() -> None:
    """Above 50,000 rows beside the test a fifth of them is kept for choices, in two halves, by the same rule."""
    rng = np.random.default_rng(0)
    y = rng.choice(["a", "b"], 70_000, p=[0.9, 0.1])
    split = dealt(y, task=Task.BINARY)
    assert [len(split.rows(part)) for part in ("train", "valid", "test", "unused")] == [44_800, 11_200, 14_000, 0]
    assert split.folds() == []
    assert np.bincount(split.fold[split.rows("valid")]).tolist() == [5600, 5600]
    assert (split.fold[split.rows("train")] == -1).all()
    for part in ("train", "valid", "test"):
        assert abs(np.mean(y[split.rows(part)] == "b") - np.mean(y == "b")) < 1e-4
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 700, 70_000), unit="D")
    timed = dealt(y, rule="time:d", task=Task.BINARY, d=days)
    latest = [days[timed.rows(part)].max() for part in ("train", "valid", "test")]
    earliest = [days[timed.rows(part)].min() for part in ("train", "valid", "test")]
    assert latest[0] < earliest[1] <= latest[1] < earliest[2]
    grouped = dealt(y, rule="group:g", task=Task.BINARY, g=np.arange(70_000) // 7)
    assert (grouped.part.reshape(-1, 7) == grouped.part[::7][:, None]).all()
    assert dealt(y[:62_500], task=Task.BINARY).rows("valid").size == 0


def test_valid_part_is_bounded() -> None:
    """The valid part has at most 100,000 rows."""
    split = dealt(np.arange(700_000) % 2, task=Task.BINARY)
    assert len(split.rows("valid")) == 100_000
    assert len(split.rows("train")) == 460_000
    group = np.arange(700_000) // 7
    assert 99_000 < len(dealt(group % 2, rule="group:g", task=Task.BINARY, g=group).rows("valid")) <= 100_000


def test_csv_both_ways() -> None:
    """A split comes back from its CSV, with its groups from the table; nonsense is refused."""
    table = table_of(y=[0, 1] * 30, g=np.arange(60) // 3)
    split = assign(table, "y", Task.BINARY, SplitRule.parse("group:g"), 0.2, 1)
    again = Split.from_csv(split.to_csv(), split.rule, table)
    assert again.to_csv() == split.to_csv()
    assert split.to_csv().startswith(b"row,part,fold\n0,")
    np.testing.assert_array_equal(again.groups, split.groups)
    for content in (
        b"",
        b"a,b\n1,2\n",
        b"row,part,fold\n1,train,0\n",
        b"row,part,fold\n0,tset,0\n",
        split.to_csv()[:200],
    ):
        with pytest.raises(BadInput):
            Split.from_csv(content, split.rule, table)


def test_rules_as_text() -> None:
    """A rule is read from the text that it writes; others are refused with the four ways."""
    for text in ("random", "time:when it was", "group:a:b", "column:part"):
        assert str(SplitRule.parse(text)) == text
    for text in ("", "time", "time:", "Random", "chance:x"):
        with pytest.raises(BadInput, match="random, time:COL, group:COL or column:COL"):
            SplitRule.parse(text)


@pytest.mark.parametrize(
    ("columns", "rule", "size", "said"),
    [
        ({"y": [0, 1] * 20}, "time:when", 0.2, "'when' is not in the table"),
        ({"y": [0, 1] * 20}, "time:y", 0.2, "is the target"),
        ({"y": [0, 1] * 20, "t": ["x"] * 40}, "time:t", 0.2, "--type t=date"),
        ({"y": [0, 1] * 20, "t": [1.0] * 40}, "time:t", 0.2, "too few distinct"),
        ({"y": [0, 1] * 20, "g": ["x"] * 40}, "group:g", 0.2, "too few distinct"),
        ({"y": [0, 1] * 20, "c": ["x", "test"] * 20}, "column:c", 0.2, "'x'"),
        ({"y": [0, 1] * 20, "c": ["train"] * 40}, "column:c", 0.2, "no row as test"),
        ({"y": [0, 1] * 20, "c": [0, 1] * 20}, "column:c", 0.2, "says no part"),
        ({"y": [0] * 20 + [1] * 20, "t": range(40)}, "time:t", 0.6, "nothing to learn"),
        ({"y": [0, 1] * 20}, "random", 1.0, "between 0 and 1"),
        ({"y": [0, 1] * 20}, "random", 0.0, "between 0 and 1"),
        ({"y": [0, 1] * 2}, "random", 0.2, "at least 5"),
    ],
)
def test_refused(columns: dict[str, Any], rule: str, size: float, said: str) -> None:
    """A split that cannot be made is refused with the value and the way out."""
    table = table_of(**columns)
    with pytest.raises(BadInput, match=said):
        assign(table, "y", Task.BINARY, SplitRule.parse(rule), size, 1)


def test_classes_on_one_side_are_told() -> None:
    """By time, a class that only test rows or only train rows have is told."""
    y = ["a", "b"] * 40 + ["a", "c"] * 10
    split = dealt(y, rule="time:t", t=range(100))
    assert {note.code for note in split.notes} == {"class_not_in_train", "class_not_in_test"}
