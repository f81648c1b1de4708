"""The corruptions: nested draws, the asked shares, types that stay; label noise and its inverse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score
from stressed import rows, run

from modellab_core.harness.scores import Plan
from modellab_core.harness.stress import STRESSES, Draw, Known, inverse_of_label_noise
from modellab_core.harness.stress.columns import spreads


def test_missing_is_nested_and_keeps_types() -> None:
    """A cell emptied at a severity is emptied at higher ones, in columns of any type, at the asked share."""
    X = pd.DataFrame(
        {
            "i": np.arange(2000),
            "f": np.arange(2000.0),
            "s": ["a"] * 2000,
            "b": [True, False] * 1000,
            "d": pd.date_range("2020", periods=2000),
            "c": pd.Categorical(["x", "y"] * 1000),
        }
    )
    stress, draw = STRESSES["missing_values"], Draw(1, "missing_values", 0)
    low = stress.corrupt(X, range(6), 0.1, draw, {}).isna()
    high = stress.corrupt(X, range(6), 0.5, draw, {}).isna()
    assert (high | ~low).all().all()
    assert low.mean().to_numpy() == pytest.approx(0.1, abs=0.03)
    assert not X.isna().any().any()
    assert low.corr().to_numpy()[0, 1] < 0.1


def test_noise_is_in_units_of_the_training_spread() -> None:
    """Noise of severity s has the standard deviation s times the training interquartile range; dates keep still."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=5000), "day": pd.date_range("2020", periods=5000), "k": 1.0})
    train = pd.DataFrame({"k": 1.0, "a": 10 * rng.normal(size=5000)})
    assert set(spreads(X)) == {0}
    noisy = STRESSES["noise"].corrupt(X, (0,), 0.5, Draw(1, "noise", 0), {0: Known(13.5)})
    assert (noisy["a"] - X["a"]).std() == pytest.approx(6.75, rel=0.05)
    assert noisy["day"].equals(X["day"])
    assert spreads(train)[1] == pytest.approx(13.5, rel=0.05)


def test_shuffled_columns_keep_their_values() -> None:
    """A shuffled feature holds the same values in another order, and the others are untouched."""
    predictions, _ = rows(300)
    frame = STRESSES["shuffled_feature"].corrupt(predictions.X, (1,), 1.0, Draw(0, "shuffled_feature", 0), {})
    assert sorted(frame["x1"]) == sorted(predictions.X["x1"])
    assert (frame["x1"] != predictions.X["x1"]).mean() > 0.9
    assert frame[["x0", "x2", "x3"]].equals(predictions.X[["x0", "x2", "x3"]])


def test_label_noise_swaps_the_asked_share() -> None:
    """Labels are swapped to other classes alike, at the asked share, nested."""
    codes = np.random.default_rng(0).integers(0, 3, 6000)
    draw = Draw(5, "label_noise", 0)
    low, high = (STRESSES["label_noise"].relabel(codes, 3, share, draw) for share in (0.1, 0.2))
    assert (low != codes).mean() == pytest.approx(0.1, abs=0.02)
    assert (high[low != codes] == low[low != codes]).all()
    moved = (low - codes)[low != codes] % 3
    assert (moved == 1).mean() == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.2])
def test_the_inverse_formulas_undo_label_noise(share: float) -> None:
    """From the metric on noisy labels the formulas give that on true labels."""
    rng = np.random.default_rng(2)
    n = 150_000
    truth = (rng.random(n) < 0.3).astype(np.int64)
    score = truth + rng.normal(size=n)
    noisy = STRESSES["label_noise"].relabel(truth, 2, share, Draw(0, "label_noise", 0))
    a = accuracy_score(noisy, score > 0.5)
    assert inverse_of_label_noise("accuracy", a, share, 0.3, 2) == pytest.approx(
        accuracy_score(truth, score > 0.5), abs=0.012
    )
    auc = inverse_of_label_noise("roc_auc", roc_auc_score(noisy, score), share, noisy.mean(), 2)
    assert auc == pytest.approx(roc_auc_score(truth, score), abs=0.012)
    three = rng.integers(0, 3, n)
    guess = np.where(rng.random(n) < 0.8, three, (three + 1) % 3)
    seen = STRESSES["label_noise"].relabel(three, 3, share, Draw(0, "label_noise", 0))
    assert inverse_of_label_noise("accuracy", (seen == guess).mean(), share, 0.0, 3) == pytest.approx(0.8, abs=0.012)


def test_impossible_noise_has_no_inverse() -> None:
    """An accuracy that cannot have come about with so much noise has no true value, and no formula means none."""
    assert np.isnan(inverse_of_label_noise("accuracy", 0.99, 0.2, 0.5, 2))
    assert np.isnan(inverse_of_label_noise("f1", 0.9, 0.1, 0.5, 2))
    assert np.isnan(inverse_of_label_noise("roc_auc", 0.9, 0.2, 0.1, 2))


def test_label_noise_notes_print_the_formula() -> None:
    """The note of label noise says that it is no property of the model and prints the inverse."""
    predictions, _ = rows(400)
    found, _ = run(predictions, Plan(resamples=50, stresses=("label_noise",), headline="accuracy"))
    notes = [score.note for score in found.scores if score.severity == 0.1 and score.repeat is None]
    assert "no property of the model" in notes[0]
    assert "(a - ρ)/(1 - 2ρ)" in notes[0]
