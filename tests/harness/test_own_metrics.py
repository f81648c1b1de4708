"""A metric of one's own is one function: intervals, weights, slices and comparisons come with it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from naive import made_up, rows_drawn

from modellab_core.errors import BadInput, Conflict
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.intervals.formulas import expanded_percentile
from modellab_core.harness.intervals.tails import outer, skewness_ends
from modellab_core.harness.metrics.metric import METRICS, Metric, metric
from modellab_core.harness.parts import effective_rows
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.report import evaluate
from modellab_core.harness.scores import Plan
from modellab_core.harness.scoring import paired, scores

BARE = {"slicers": (), "stresses": (), "importance": 0, "advice": False, "discovery": False}


def cost(predictions: Predictions, weight: np.ndarray) -> float:
    """Mean cost: 5 for a missed positive, 1 for a false alarm; lower is better."""
    missed = predictions.y_true == predictions.positive_code
    wrong = predictions.y_true != predictions.y_pred
    return float(np.average(wrong * np.where(missed, 5, 1), weights=weight))


@pytest.fixture
def own() -> Iterator[Metric]:
    """The metric under its name, for one test."""
    metric("cost", "Cost per row", "binary", -1)(cost)
    yield METRICS["cost"]
    METRICS._things.pop("cost")


def test_in_a_report(own: Metric) -> None:
    """It stands in a report beside the others, overall and by slice, with an interval or a reason everywhere."""
    some = made_up("binary", 240, 3)
    X = pd.DataFrame({"a": np.arange(240) % 3, "b": np.random.default_rng(1).normal(size=240)})
    plan = Plan(metrics=("cost", "accuracy"), resamples=100, stresses=(), importance=0, discovery=False)
    report = evaluate(some.y_true, some.y_pred, y_proba=some.proba, X=X, plan=plan)
    score = report["cost"]
    assert score.value == pytest.approx(cost(some, np.ones(240)))
    assert score.low is not None
    assert score.low < score.value < score.high
    sliced = [line for line in report.scores if line.metric == "cost" and line.slice != "all"]
    assert len(sliced) > 5
    assert all(line.note or line.low is not None for line in sliced)
    assert own.definition.startswith("Mean cost")


def test_importance_weights(own: Metric) -> None:
    """Resamples are drawn with the weights: the ends are those of a loop over the drawn rows."""
    some = made_up("binary", 80, 4, weighted=True)
    resampling = Resampling(80, 60, seed=2)
    score = scores(some, [own], resampling)[0]
    assert some.weight is not None
    loop = [cost(again, again.weight) for again in (some.take(rows_drawn(resampling, b)) for b in range(60))]
    ends = expanded_percentile(np.array(loop), effective_rows(some.weight))
    assert (score.low, score.high) == pytest.approx(
        outer(ends, skewness_ends(score.value, np.array(loop)), score.value)
    )
    double = scores(made_up("binary", 80, 4), [own], resampling)[0]
    assert double.value != score.value


def test_slices_and_pairs(own: Metric) -> None:
    """A slice has the value of its rows alone, an empty one none; a model against itself never differs."""
    some = made_up("binary", 90, 1)
    masks = {"third": np.arange(90) % 3 == 0, "none": np.zeros(90, dtype=bool)}
    whole, third, none = scores(some, [own], Resampling(90, 50), masks)
    assert third.value == pytest.approx(cost(some.take(masks["third"]), np.ones(30)))
    assert (none.value, none.note) == (None, "Undefined: there are no rows.")
    assert whole.n == 90
    assert paired(some, some, [own], Resampling(90, 50))["cost"].difference == 0


@pytest.mark.parametrize(("n", "used", "note"), [(30_000, 60, ""), (100_001, 200, "200 resamples instead of 220")])
def test_many_rows(own: Metric, n: int, used: int, note: str) -> None:
    """Where bundles of rows are drawn it still runs through the rows, above 100,000 in 200 resamples, and says so."""
    some = made_up("binary", n, 1)
    plan = Plan(metrics=("cost",), resamples=max(used, 220) if note else used, **BARE)
    score = evaluate(some.y_true, some.y_pred, plan=plan)["cost"]
    assert score.resamples == used
    assert note in score.note
    assert score.low is not None
    values = np.where(some.y_true == some.y_pred, 0, np.where(some.y_true == 1, 5, 1))
    assert score.high - score.low == pytest.approx(2 * 1.96 * values.std() / n**0.5, rel=0.25)


def test_nothing_said_is_undefined() -> None:
    """A function that gives NaN leaves no value, with a note; its own sentence comes first."""
    some = made_up("regression", 40, 1)
    for name, said, note in (("nan_a", None, "its function gave no number"), ("nan_b", "so it is", "so it is")):
        metric(name, "Nothing", "regression", 1, said)(lambda predictions, weight: float("nan"))
        score = scores(some, [METRICS[name]], Resampling(40, 20))[0]
        METRICS._things.pop(name)
        assert (score.value, score.note) == (None, f"Undefined: {note}.")


def test_what_is_refused(own: Metric) -> None:
    """A name that is taken, an unknown task, a third argument and an impossible direction are told in one sentence."""
    with pytest.raises(Conflict, match="'accuracy' is defined twice"):
        metric("accuracy", "Mine", "binary", 1)(cost)
    with pytest.raises(BadInput, match="no task 'binry': did you mean binary"):
        metric("mine", "Mine", "binry", 1)
    with pytest.raises(BadInput, match="direction of the metric 'mine' is 2"):
        metric("mine", "Mine", "classification", 2)
    with pytest.raises(BadInput, match="takes 3 arguments"):
        metric("mine", "Mine", ("binary", "multiclass"), 1)(lambda a, b, c: 0.0)
    metric("cost", "Cost again", "binary", -1)(cost)
    assert METRICS["cost"].label == "Cost again"
    assert "mine" not in METRICS
