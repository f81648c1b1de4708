"""The one verdict: right about equal models, right about different ones, and told in one sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from naive import made_up

from modellab_core.harness.comparing.comparison import Comparison, Incomparable, compare, judge, rows_needed
from modellab_core.harness.engine.drawing import resampled
from modellab_core.harness.engine.resampling import Resampling
from modellab_core.harness.intervals.resampled import paired_accuracy_interval
from modellab_core.harness.metrics import METRICS
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.scoring import paired


def blurred(some: Predictions, much: float, seed: int) -> Predictions:
    """The same predictions with noise added: a worse model on the same rows."""
    rng = np.random.default_rng(seed)
    if some.proba is None:
        return replace(some, y_pred=some.y_pred + much * rng.normal(size=len(some)))
    odds = np.log(some.proba) + much * rng.normal(size=some.proba.shape)
    proba = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    return replace(some, proba=proba, y_pred=proba.argmax(axis=1))


def dummy_of(some: Predictions) -> Predictions:
    if some.proba is None:
        return replace(some, y_pred=np.full(len(some), some.y_true.mean()))
    share = np.bincount(some.y_true, minlength=len(some.classes)) / len(some)
    return replace(some, proba=np.tile(share, (len(some), 1)), y_pred=np.full(len(some), share.argmax()))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_better_models_beat_the_dummy(task: str) -> None:
    """Two models of equal skill beat the dummy and tie, so the simpler of the two is recommended."""
    some = made_up(task, 400, 1)
    models = {"dummy": dummy_of(some), "linear": blurred(some, 0.3, 1), "xgboost": blurred(some, 0.3, 2)}
    verdict = judge(models, None, Plan(resamples=500))
    assert verdict.top_set == ("linear", "xgboost")
    assert verdict.recommended == "linear"
    assert verdict.pair("linear", "dummy").verdict == "better"
    assert verdict.sentence.startswith("Use the linear model. XGBoost cannot be told apart from it: ")
    assert verdict.best in ("linear", "xgboost")


def test_noise_recommends_the_dummy() -> None:
    """On 100 rows of noise all three are one tied set, and the dummy is recommended."""
    some = replace(made_up("binary", 100, 1), y_true=np.random.default_rng(5).integers(0, 2, 100))
    models = {"dummy": dummy_of(some), "linear": some, "xgboost": blurred(some, 1.0, 3)}
    verdict = judge(models, None, Plan())
    assert verdict.top_set == ("dummy", "linear", "xgboost")
    assert verdict.recommended == "dummy"
    assert verdict.sentence.startswith("Use the dummy. Neither the linear model nor XGBoost can be told apart")


def test_a_clear_winner() -> None:
    """A model that is clearly better is recommended although it is the most complex, with the difference in numbers."""
    some = made_up("binary", 3000, 2)
    verdict = judge({"dummy": dummy_of(some), "linear": blurred(some, 2.0, 1), "xgboost": some}, None, Plan())
    assert verdict.top_set == ("xgboost",)
    assert verdict.sentence.startswith("Use XGBoost. It beats the dummy and the linear model: ROC AUC 0.")
    assert "difference 0." in verdict.sentence


def test_rule_by_hand() -> None:
    """c, s and the ends are what the rule says when computed by a loop over the shared resamples."""
    some = made_up("binary", 300, 4)
    models = {"dummy": blurred(some, 3, 0), "linear": blurred(some, 1, 1), "xgboost": blurred(some, 0.5, 2)}
    verdict = judge(models, "roc_auc", Plan(resamples=400))
    draws = [resampled(model, [METRICS["roc_auc"]], Resampling(300, verdict.resamples))["roc_auc"]
             for model in models.values()]  # fmt: skip
    largest = np.zeros(verdict.resamples)
    spread = {}
    for first, second in ((0, 1), (0, 2), (1, 2)):
        gap = draws[second] - draws[first]
        point = verdict.values[second] - verdict.values[first]
        spread[first, second] = gap.std(ddof=1)
        largest = np.maximum(largest, np.abs(gap - point) / gap.std(ddof=1))
    c = np.quantile(largest, 0.95)
    assert verdict.critical == pytest.approx(c, rel=1e-9)
    pair = verdict.pair("xgboost", "linear")
    assert pair.low == pytest.approx(pair.difference - c * spread[1, 2], abs=1e-12)
    assert pair.detectable == pytest.approx((c + 0.84) * spread[1, 2], abs=1e-12)


def test_few_discordant_rows_decide_accuracy() -> None:
    """With fewer than 25 discordant rows their interval at the corrected level decides alone."""
    some = made_up("multiclass", 200, 1)
    guess = some.y_true.copy()
    guess[:10] = (guess[:10] + 1) % 3
    simple = replace(some, y_pred=guess)
    complex_ = replace(some, y_pred=some.y_true)
    verdict = judge({"dummy": simple, "linear": simple, "xgboost": complex_}, "accuracy", Plan(resamples=200))
    pair = verdict.pair("linear", "xgboost")
    assert (pair.method, pair.discordant) == ("discordant", 10)
    assert (pair.low, pair.high) == pytest.approx(paired_accuracy_interval(10, 0, 200, 1 - 0.05 / 3))
    assert pair.verdict == "better"
    none = verdict.pair("dummy", "linear")
    assert (none.low, none.high) == pytest.approx((-(1 - 0.05 ** (1 / 200)), 1 - 0.05 ** (1 / 200)))
    assert none.verdict == "tied"


def test_ends_enclose_a_difference_without_opposition() -> None:
    """Where one model is right in every discordant row, the difference is an end, and not a bit outside of it."""
    some = made_up("multiclass", 30, 1)
    for right, wrong in ((29, 16), (13, 7), (26, 3)):
        better = replace(some, y_pred=np.where(np.arange(30) < right, some.y_true, (some.y_true + 1) % 3))
        worse = replace(some, y_pred=np.where(np.arange(30) < right - wrong, some.y_true, (some.y_true + 1) % 3))
        pair = judge({"dummy": worse, "linear": better}, "accuracy", Plan(resamples=100)).pairs[0]
        assert pair.method == "discordant"
        assert pair.low <= pair.difference <= pair.high
        turned = paired(worse, better, [METRICS["accuracy"]], Resampling(30, 100))["accuracy"]
        assert turned.low <= turned.difference <= turned.high


def test_a_model_against_itself_is_tied() -> None:
    """Identical predictions never differ: tied, with the reason, and the simpler name is recommended."""
    some = made_up("binary", 100, 1)
    verdict = judge({"linear": some, "xgboost": some}, None, Plan(resamples=100))
    assert verdict.recommended == "linear"
    assert verdict.pairs[0].verdict == "tied"
    assert verdict.pairs[0].low is None
    assert "never differ" in verdict.pairs[0].note
    assert verdict.sentence.endswith("difference 0.000 (without an interval: the two never differ in the resamples).")


def test_close_calls_are_looked_at_again() -> None:
    """A limit near zero is decided with 10,000 resamples, where they are affordable."""
    some = made_up("regression", 150, 3)
    taken = {judge({"a": blurred(some, 0.1 + step / 20, 1), "b": some}, None, Plan(resamples=200)).resamples
             for step in range(12)}  # fmt: skip
    assert taken == {200, 10_000}


def test_lower_is_better_turns_the_sign() -> None:
    """For an error the difference is positive when the candidate's error is smaller."""
    some = made_up("regression", 300, 3)
    pair = judge({"linear": blurred(some, 2, 1), "xgboost": some}, "rmse", Plan(resamples=200)).pairs[0]
    assert pair.candidate == "xgboost"
    assert pair.difference > 0
    assert pair.verdict == "better"


def test_equal_models_are_rarely_told_apart() -> None:
    """Of 60 samples with five equally good models at most 10 % yield a "beats" (long form: 200 samples)."""
    beats = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        truth = rng.normal(size=150)
        base = made_up("regression", 150, seed)
        models = {
            f"model {number}": replace(base, y_true=truth, y_pred=truth + rng.normal(size=150)) for number in range(5)
        }
        verdict = judge(models, "mae", Plan(resamples=200, seed=seed))
        beats += any(pair.verdict != "tied" for pair in verdict.pairs)
    assert beats <= 6


def test_undefined_for_one_model() -> None:
    """A model without probabilities is left out of a ranking by AUC, and the sentence still recommends."""
    some = made_up("binary", 200, 1)
    verdict = judge({"dummy": replace(some, proba=None), "linear": some}, "roc_auc", Plan(resamples=100))
    assert verdict.values[0] is None
    assert verdict.recommended == "linear"
    assert verdict.pairs[0].verdict == "tied"
    assert "undefined" in verdict.pairs[0].note
    nothing = judge({"dummy": replace(some, proba=None)}, "roc_auc", Plan())
    assert nothing.recommended is None
    assert "undefined" in nothing.sentence


def test_few_groups_say_nothing() -> None:
    """Under ten groups no model beats another, however large the difference."""
    some = replace(made_up("binary", 300, 1), groups=np.arange(300) % 8)
    verdict = judge({"dummy": dummy_of(some), "linear": some}, None, Plan(resamples=100))
    assert verdict.pairs[0].verdict == "tied"
    assert "Only 8 groups" in verdict.pairs[0].note


def test_other_rows_are_refused() -> None:
    """Models scored on other rows, truth or classes are not ranked at all."""
    some = made_up("binary", 100, 1)
    for other in (
        replace(some, row=some.row + 1),
        replace(some, y_true=1 - some.y_true),
        replace(some, classes=("a", "b"), positive="b"),
        some.take(np.arange(50)),
    ):
        with pytest.raises(Incomparable, match="cannot be compared"):
            judge({"linear": some, "xgboost": other}, None, Plan())


class _Report:
    def __init__(self, predictions: Predictions | None, name: str = "") -> None:
        self.predictions, self.name, self.plan = predictions, name, Plan(resamples=100)


def test_compare_reports() -> None:
    """Reports that hold their predictions are compared by name; one without them is refused with the way out."""
    some = made_up("binary", 200, 1)
    found = compare(_Report(blurred(some, 1, 1)), _Report(some, "mine"))
    assert found.names == ("model 1", "mine")
    with pytest.raises(Incomparable, match="evaluate it again"):
        compare(_Report(some), _Report(None))


def test_json_both_ways() -> None:
    """A comparison survives JSON, and its frame has a line per pair."""
    some = made_up("multiclass", 120, 1)
    verdict = judge({"a": some, "b": blurred(some, 1, 1), "c": dummy_of(some)}, None, Plan(resamples=100))
    assert Comparison.from_json(verdict.to_json()) == verdict
    assert len(verdict.frame()) == 3
    assert list(verdict.frame()["baseline"]) == ["a", "a", "b"]


def test_rows_needed() -> None:
    """Half the difference takes four times the rows."""
    assert rows_needed(1000, 0.02, 0.01) == 4000
    assert rows_needed(1000, 0.02, -0.02) == 1000
