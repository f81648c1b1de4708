"""Two models whose difference never varies: told apart by swaps, or said to be on too few rows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import permutation_test

from modellab_core.data.task import Task
from modellab_core.harness.comparing.comparison import judge
from modellab_core.harness.comparing.swapping import MOST_UNITS, swapped_reach
from modellab_core.harness.metrics import METRICS
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.report import evaluate_predictions
from modellab_core.harness.scores import Plan

PLAN = Plan(headline="roc_auc", resamples=200)


def models(n: int) -> dict[str, Predictions]:
    """A constant, and a model that ranks every one of `n` rows right."""
    truth = np.arange(n) % 2
    told = {"dummy": np.full(n, 0.49), "linear": np.where(truth == 1, 0.9, 0.1)}
    return {
        name: Predictions(
            Task.BINARY,
            np.arange(n),
            truth,
            (p > 0.5).astype(np.int64),
            np.column_stack([1 - p, p]),
            ("no", "yes"),
            "yes",
        )
        for name, p in told.items()
    }


@pytest.mark.parametrize("n", [10, 60, 2 * MOST_UNITS])
def test_a_perfect_model_beats_a_constant(n: int) -> None:
    """Every resample shows the same .5 of ROC AUC; that no spread is seen is no reason to call it a tie."""
    verdict = judge(models(n), "roc_auc", PLAN)
    pair = verdict.pairs[0]
    assert (pair.verdict, pair.method, verdict.recommended) == ("better", "null_band", "linear")
    assert pair.difference == 0.5
    assert 0 < pair.low < 0.5 < pair.high <= 1
    assert verdict.sentence.startswith("Use the linear model. It beats the dummy: ROC AUC 1.00")
    assert "random swaps" in pair.note


def test_on_four_rows_nothing_is_told_and_the_sentence_says_why() -> None:
    """The simplest of the tied is recommended, and the sentence blames the rows, not the models."""
    verdict = judge(models(4), "roc_auc", PLAN)
    assert verdict.recommended == "dummy"
    assert "4 test rows are too few to tell the linear model from it: ROC AUC 1.000 against 0.500" in verdict.sentence


def test_the_reach_of_swaps_is_that_of_all_of_them() -> None:
    """Of the 16 ways to swap four rows two reach .5 (none, and all), so it is passed at 80 % but not at 95 %."""
    dummy, linear = models(4).values()
    metric = METRICS["roc_auc"]
    assert swapped_reach(linear, dummy, metric, 1, 0.8) < 0.5 <= swapped_reach(linear, dummy, metric, 1, 0.95)
    assert swapped_reach(dummy, linear, metric, 1, 0.8) == swapped_reach(linear, dummy, metric, 1, 0.8)
    assert swapped_reach(dummy, linear, metric, 1, 0.9999) == float("inf")


@pytest.mark.parametrize("level", [0.9, 0.95, 0.983])
def test_the_reach_is_that_of_scipys_permutation_test(level: float) -> None:
    """Paired swaps of the two models' predictions, by scipy.stats.permutation_test over the same statistic."""
    n = 14
    dummy, linear = models(n).values()

    def apart(one: np.ndarray, other: np.ndarray, axis: int) -> np.ndarray:
        truth = linear.y_true == 1
        auc = [
            (rows[..., truth][..., :, None] > rows[..., ~truth][..., None, :]).mean((-1, -2)) for rows in (one, other)
        ]
        ties = [
            (rows[..., truth][..., :, None] == rows[..., ~truth][..., None, :]).mean((-1, -2)) for rows in (one, other)
        ]
        return (auc[0] + ties[0] / 2) - (auc[1] + ties[1] / 2)

    tried = permutation_test(
        (linear.proba[:, 1], dummy.proba[:, 1]), apart, permutation_type="samples", n_resamples=4_000, rng=0
    )
    reach = swapped_reach(linear, dummy, METRICS["roc_auc"], 1, level)
    assert np.quantile(np.abs(tried.null_distribution), level) == pytest.approx(reach, abs=0.09)


def test_the_takeaway_says_that_it_beats_the_dummy() -> None:
    """The second sentence follows the verdict also where resamples show no spread."""
    both = models(60)
    plan = Plan(headline="roc_auc", resamples=100, discovery=False, advice=False, importance=0, stresses=())
    report = evaluate_predictions(both["linear"], plan, baselines={"dummy": both["dummy"]}, name="linear")
    assert "beats the dummy by 0.5" in report.sentences[1]
