"""Who flipped, counted both ways, against a plain loop and somebody else's table of pairs."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import SquareTable

from modellab_core.data.task import Task
from modellab_core.harness.comparing.flips import flips
from modellab_core.harness.comparing.verdict import Incomparable
from modellab_core.harness.predictions import Predictions

CLASSES = ("a", "b", "c")


def classes(seed: int, n: int = 300, sure: float = 1.5) -> Predictions:
    """Predictions of three classes; the truth is the same whatever the seed."""
    truth = np.random.default_rng(0).integers(0, 3, n)
    scores = np.random.default_rng(seed).normal(size=(n, 3)) + sure * np.eye(3)[truth]
    proba = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return Predictions(Task.MULTICLASS, np.arange(n), truth, proba.argmax(axis=1), proba=proba, classes=CLASSES)


def numbers(said: list[float]) -> Predictions:
    """Predictions of numbers whose truth is 0, 10, 20 …"""
    truth = 10.0 * np.arange(len(said))
    return Predictions(Task.REGRESSION, np.arange(len(said)), truth, np.array(said))


def test_flips_of_classes_are_the_cells_of_the_square_table() -> None:
    """Rows that only one gets right, both and neither are the table of right and wrong of the two models."""
    one, two = classes(1), classes(2)
    found = flips(one, two)
    right = np.column_stack([one.y_pred == one.y_true, two.y_pred == two.y_true]).astype(int)
    table = np.zeros((2, 2))
    np.add.at(table, (right[:, 0], right[:, 1]), 1)
    assert [[found.neither, found.second], [found.first, found.both]] == SquareTable(
        table, shift_zeros=False
    ).table.tolist()
    assert found.n == found.first + found.second + found.both + found.neither == 300


def test_every_row_on_which_they_differ_is_listed_the_largest_gap_first() -> None:
    """A line says what each model says, who is right, and how far apart the probabilities of the truth are."""
    one, two = classes(1), classes(2)
    rows = flips(one, two).rows
    assert set(rows["row"]) == set(np.flatnonzero(one.y_pred != two.y_pred))
    assert rows["gap"].is_monotonic_decreasing
    first = rows.iloc[0]
    code = CLASSES.index(first["truth"])
    assert one.proba is not None
    assert two.proba is not None
    assert first["gap"] == pytest.approx(abs(one.proba[first["row"], code] - two.proba[first["row"], code]))
    assert first["first"] == CLASSES[one.y_pred[first["row"]]]
    says = {"first": first["first"] == first["truth"], "second": first["second"] == first["truth"]}
    assert [name for name, is_right in says.items() if is_right] == (
        [] if first["right"] == "neither" else [first["right"]]
    )


def test_turned_round_the_counts_change_sides() -> None:
    """With the models exchanged the two counts are exchanged and nothing else."""
    one, two = classes(1), classes(2)
    forward, back = flips(one, two), flips(two, one)
    assert (forward.first, forward.second) == (back.second, back.first)
    assert (forward.both, forward.neither) == (back.both, back.neither)
    assert forward.rows["gap"].tolist() == back.rows["gap"].tolist()


def test_of_numbers_the_nearer_one_counts() -> None:
    """For a regression the model nearer to the truth is right; the gap is that of the absolute errors."""
    found = flips(numbers([1, 10, 25]), numbers([3, 10, 21]))
    assert (found.first, found.second, found.both, found.neither) == (1, 1, 1, 0)
    assert found.rows[["row", "right", "gap"]].values.tolist() == [[2, "second", 4.0], [0, "first", 2.0]]


def test_other_rows_are_refused() -> None:
    """Predictions of other rows are not compared."""
    with pytest.raises(Incomparable, match="different rows"):
        flips(numbers([1, 2]), numbers([1, 2, 3]))
