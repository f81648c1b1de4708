"""Rows worth looking at: the right ones, with true evidence, and not too many."""

from __future__ import annotations

import numpy as np
import pytest

from modellab_core.data.task import Task
from modellab_core.harness.canonical import canonical
from modellab_core.harness.failures import failures, losses
from modellab_core.harness.predictions import Predictions


def binary(score: list[float], truth: list[int]) -> Predictions:
    """Binary predictions from P(yes); rows are numbered from 100."""
    p = np.array(score)
    proba = np.stack([1 - p, p], axis=1)
    rows = np.arange(100, 100 + len(p))
    return Predictions(Task.BINARY, rows, np.array(truth), proba.argmax(axis=1), proba, ("no", "yes"), "yes")


def test_kinds_are_told_apart() -> None:
    """Confident and wrong, unsure and right, and the largest loss are tagged where they are so."""
    found = failures(binary([0.99, 0.55, 0.95, 0.05, 0.60], [0, 1, 1, 0, 0]), 50)
    tags = {one["row"]: {tag["tag"] for tag in one["tags"]} for one in found}
    assert tags[100] == {"confident and wrong", "largest loss"}
    assert tags[101] == {"unsure and right", "largest loss"}
    assert "confident and wrong" not in tags[104]
    first = found[0]
    assert (first["row"], first["y_true"], first["y_pred"], first["cause"]) == (100, "no", "yes", "unexplained")
    assert first["loss"] == pytest.approx(-np.log(0.01))
    assert first["proba"] == pytest.approx([0.01, 0.99])
    assert "0.99" in first["tags"][0]["evidence"]


def test_at_most_so_many_and_largest_loss_first() -> None:
    """The number of examples is bounded and they fall by loss; all kinds have their share."""
    rng = np.random.default_rng(0)
    found = failures(binary(list(rng.random(500)), list(rng.integers(0, 2, 500))), 30)
    assert len(found) == 30
    assert len({one["row"] for one in found}) == 30
    falling = [one["loss"] for one in found]
    assert falling == sorted(falling, reverse=True)
    assert {tag["tag"] for one in found for tag in one["tags"]} == {
        "confident and wrong",
        "largest loss",
        "unsure and right",
    }


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
    """Wrong rows are tagged as wrong and nothing is said of confidence."""
    predictions = Predictions(
        Task.MULTICLASS, np.arange(4), np.array([0, 1, 2, 2]), np.array([0, 2, 2, 1]), None, ("a", "b", "c")
    )
    found = failures(predictions, 5)
    assert [(one["row"], one["proba"], one["loss"]) for one in found] == [(1, None, 1.0), (3, None, 1.0)]
    assert {tag["tag"] for one in found for tag in one["tags"]} == {"wrong"}


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
