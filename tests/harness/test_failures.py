"""Rows worth looking at: the right ones, with true evidence, and not too many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from planted import case_of

from modellab_core.data.task import Task
from modellab_core.harness.canonical import canonical
from modellab_core.harness.failures.causes import CAUSES, EXPLANATIONS, UNEXPLAINED, cause_of
from modellab_core.harness.failures.failures import TAGS, failure_examples, failures_of, losses
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.slices.slicers import Slice

KEYS = {"row", "y_true", "y_pred", "proba", "loss", "tags", "cause"}


def binary(score: list[float], truth: list[int]) -> Predictions:
    """Binary predictions from P(yes); rows are numbered from 100."""
    p = np.array(score)
    proba = np.stack([1 - p, p], axis=1)
    rows = np.arange(100, 100 + len(p))
    return Predictions(Task.BINARY, rows, np.array(truth), proba.argmax(axis=1), proba, ("no", "yes"), "yes")


def failures(predictions: Predictions, most: int, **known: Any) -> list[dict[str, Any]]:
    """The failures of a case that knows nothing but its predictions and what is given."""
    return failure_examples(case_of(predictions, plan=Plan(failures=most), **known))


def tags(one: dict[str, Any]) -> set[str]:
    return {tag["tag"] for tag in one["tags"]}


def test_kinds_are_told_apart() -> None:
    """Confidently wrong, unsure and right, and the largest loss (of errors) are tagged where they are so."""
    found = failures(binary([0.99, 0.55, 0.95, 0.05, 0.60], [0, 1, 1, 0, 0]), 50)
    by_row = {one["row"]: tags(one) for one in found}
    assert by_row[100] == {"confidently wrong", "largest loss"}
    assert by_row[101] == {"unsure and right", "near the boundary"}
    assert "confidently wrong" not in by_row[104]
    first = found[0]
    assert (first["row"], first["y_true"], first["y_pred"], first["cause"]) == (100, "no", "yes", "unexplained")
    assert first["loss"] == pytest.approx(-np.log(0.01))
    assert first["proba"] == pytest.approx([0.01, 0.99])
    assert "0.99" in first["tags"][0]["evidence"]
    assert set(first) == KEYS


def test_at_most_so_many_and_largest_loss_first() -> None:
    """The number of examples is bounded and they fall by loss; all kinds have their share."""
    rng = np.random.default_rng(0)
    found = failures(binary(list(rng.random(500)), list(rng.integers(0, 2, 500))), 30)
    assert len(found) == 30
    assert len({one["row"] for one in found}) == 30
    falling = [one["loss"] for one in found]
    assert falling == sorted(falling, reverse=True)
    assert set().union(*map(tags, found)) >= {"confidently wrong", "largest loss", "unsure and right"}
    assert failures(binary([0.9], [0]), 0) == []


def test_errors_of_the_worst_slice_have_their_share() -> None:
    """Wrong rows of the first confirmed slice are listed and tagged with its name, which is their cause."""
    rng = np.random.default_rng(0)
    predictions = binary(list(rng.random(300)), list(rng.integers(0, 2, 300)))
    mild = np.abs(predictions.proba[:, 1] - 0.5) < 0.2
    weak = Slice("age: missing", mild & (np.arange(300) < 150), "age", "missing", None)
    found = failure_examples(case_of(predictions, plan=Plan(failures=20)), [weak])
    inside = [one for one in found if "worst slice" in tags(one)]
    assert len(inside) >= 5
    assert all(one["y_true"] != one["y_pred"] and weak.rows[one["row"] - 100] for one in inside)
    assert "age: missing" in inside[0]["tags"][-1]["evidence"] or "age: missing" in str(inside[0]["tags"])
    assert {one["cause"] for one in inside if "near the boundary" not in tags(one)} == {"model"}


def test_losses_are_log_loss_per_row() -> None:
    """Their mean is scikit-learn's log loss."""
    from sklearn.metrics import log_loss

    rng = np.random.default_rng(1)
    predictions = binary(list(rng.random(200)), list(rng.integers(0, 2, 200)))
    assert losses(predictions).mean() == pytest.approx(log_loss(predictions.y_true, predictions.score))


def test_certain_and_wrong_has_a_finite_loss() -> None:
    """A probability of 0 for the truth gives the capped loss, which JSON can hold."""
    found = failures(binary([1.0, 0.0], [0, 1]), 5)
    assert all(np.isfinite(one["loss"]) for one in found)
    assert canonical(found)


def test_without_probabilities_wrong_rows_are_listed() -> None:
    """Wrong rows are tagged as wrong and nothing is said of confidence; what could not be looked for is noted."""
    predictions = Predictions(
        Task.MULTICLASS, np.arange(4), np.array([0, 1, 2, 2]), np.array([0, 2, 2, 1]), None, ("a", "b", "c")
    )
    found, notes = failures_of(case_of(predictions))
    assert [(one["row"], one["proba"], one["loss"]) for one in found] == [(1, None, 1.0), (3, None, 1.0)]
    assert set().union(*map(tags, found)) == {"wrong"}
    assert "there are no probabilities" in notes[0].text
    assert "no features were given" in notes[0].text


def test_largest_residuals_of_a_regression() -> None:
    """The rows farthest off come first, with the side on which they are off."""
    truth = np.array([1.0, 2.0, 3.0, 4.0])
    predictions = Predictions(Task.REGRESSION, np.arange(4), truth, np.array([1.0, 2.5, 0.0, 14.0]))
    found = failures(predictions, 2)
    assert [(one["row"], one["loss"]) for one in found] == [(3, 10.0), (2, 3.0)]
    assert "10 above the truth" in found[0]["tags"][0]["evidence"]
    assert "below" in found[1]["tags"][0]["evidence"]


def test_a_perfect_model_has_none() -> None:
    """No row is listed when every prediction is certain and right."""
    assert failures(binary([1.0, 0.0, 1.0], [1, 0, 1]), 5) == []
    same = np.array([1.0, 2.0])
    assert failures(Predictions(Task.REGRESSION, np.arange(2), same, same), 5) == []


def test_every_cause_has_a_tag_and_every_tag_is_known() -> None:
    """The explanations speak of tags that exist, and each of the six causes can be given."""
    assert {one.cause for one in EXPLANATIONS} == set(CAUSES)
    assert {one.tag for one in EXPLANATIONS} <= {*TAGS, "worst slice"}
    assert len({one.tag for one in EXPLANATIONS}) == len(EXPLANATIONS)
    assert cause_of(["largest loss", "confidently wrong"]) == UNEXPLAINED
    assert cause_of(["near the boundary", "rare slice", "not reproducible"]) == "systems"
    assert cause_of(["near the boundary"], wrong=False) == UNEXPLAINED


class Contributing:
    """A model that tells contributions: the values themselves, and a bias behind them."""

    def __init__(self, shape: tuple[int, ...] = ()) -> None:
        self.shape = shape

    def predict_proba(self, X: pd.DataFrame) -> Any:
        return np.tile([0.9, 0.1], (len(X), 1))

    def contributions(self, X: pd.DataFrame) -> Any:
        if self.shape == (0,):
            return pd.DataFrame({"c": 0.0, "b": -10.0 * X["b"], "a": X["a"]})
        own = np.column_stack([X["a"], -10 * X["b"], np.zeros(len(X)), np.ones(len(X))])
        return own if not self.shape else np.ones(self.shape)


def test_contributions_are_told_where_the_model_knows_them() -> None:
    """The largest contributions of the features of a row, by size, with its values; an odd answer is left out."""
    X = pd.DataFrame({"a": [1.0, 2.0], "b": [3, 4], "c": ["x", None]})
    given = binary([0.9, 0.1], [0, 1])
    predictions = Predictions(
        given.task, given.row, given.y_true, given.y_pred, given.proba, given.classes, given.positive, X=X
    )
    first = failures(predictions, 5, model=Contributing())[0]
    assert first["contributions"] == [
        {"feature": "b", "value": 3, "contribution": -30.0},
        {"feature": "a", "value": 1.0, "contribution": 1.0},
    ]
    assert failures(predictions, 5, model=Contributing((0,)))[0]["contributions"] == first["contributions"]
    assert set(failures(predictions, 5, model=Contributing((2, 9)))[0]) == KEYS
    assert set(failures(predictions, 5)[0]) == KEYS
