"""Stress tests: the model is really called, bands are paired, the dummy goes along."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from stressed import rows, run

from modellab_core.data.task import Task
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.stress import STRESSES, Draw
from modellab_core.harness.stress.bands import crossing
from modellab_core.harness.stress.bench import constant, sample_rows
from modellab_core.harness.stress.columns import known_columns
from modellab_core.harness.stress.runs import FEATURES


def calls_of(name: str, features: int = 4) -> int:
    """How often a model of number columns is called for a stress test, beside once for the rows as they are."""
    stress = STRESSES[name]
    if not stress.calls_model or stress.kinds in ("categories", "texts"):
        return 0
    if stress.hit and stress.each_feature:
        return features * (1 if stress.fixed else stress.repeats)
    return len(stress.severities) * stress.repeats


@pytest.mark.parametrize("name", STRESSES)
def test_the_model_is_called_no_more_than_needed(name: str) -> None:
    """One call as it is and one per severity and draw; per feature where a hit cell is always the same; none for labels
    and weights."""
    predictions, model = rows(100)
    run(predictions, Plan(resamples=20, stresses=(name,)), model=model)
    as_it_is = int(STRESSES[name].calls_model or STRESSES[name].retrain)
    assert len(model.calls) == as_it_is + calls_of(name)
    assert set(model.calls) <= {100}


def test_the_agreed_numbers_of_calls() -> None:
    """F + 1 calls for one-feature missingness, 0 for noise in test labels, one per severity and draw jointly."""
    missing = STRESSES["missing_values"]
    assert (calls_of("missing_feature", 7), calls_of("label_noise", 7)) == (7, 0)
    assert calls_of("missing_values", 7) == len(missing.severities) * missing.repeats


def test_few_rows_are_stratified_and_shown() -> None:
    """The model sees at most `model_rows` rows, classes keep their shares, and n says how many."""
    predictions, model = rows(1000)
    found, _ = run(predictions, Plan(resamples=50, model_rows=200), model=model)
    assert max(model.calls) <= 200
    assert {score.n for score in found.scores if score.value is not None} == {len(sample_rows(predictions, 200, 42))}
    rare = predictions.y_true * 0
    rare[:3] = 1
    few = sample_rows(Predictions(Task.BINARY, np.arange(1000), rare, rare), 100, 1)
    assert rare[few].sum() == 1
    assert 99 <= len(few) <= 101
    assert (sample_rows(predictions, 200, 7) == sample_rows(predictions, 200, 7)).all()
    assert (np.diff(few) > 0).all()


def test_values_are_those_of_a_naive_loop() -> None:
    """The value at a severity is the mean over draws of scikit-learn's metric on the corrupted rows."""
    predictions, model = rows(300)
    found, _ = run(predictions, model=model)
    stress = STRESSES["noise"]
    known = known_columns(predictions.X, predictions.X)
    naive = []
    for repeat in range(stress.repeats):
        frame = stress.corrupt(predictions.X, range(4), 0.5, Draw(42, "noise", repeat), known)
        naive.append(roc_auc_score(predictions.y_true, model.predict_proba(frame)[:, 1]))
    curve = found.curves["noise"]
    place = curve["severities"].index(0.5)
    assert curve["value"][place] == pytest.approx(np.mean(naive), abs=1e-12)
    each = [s.value for s in found.scores if s.stress == "noise" and s.severity == 0.5 and s.repeat is not None]
    assert each == pytest.approx(naive, abs=1e-12)
    assert curve["value"][0] == pytest.approx(roc_auc_score(predictions.y_true, predictions.score), abs=1e-12)


def test_bands_are_the_paired_change() -> None:
    """A band lies around the value from the change alone, so it is narrow where nothing changes and empty at 0."""
    predictions, model = rows(600)
    predictions.X["unused"] = np.random.default_rng(3).normal(size=600) * 1e-9
    found, _ = run(predictions, model=model)
    lines = [s for s in found.scores if s.repeat is None and s.stress == "missing_values"]
    assert (lines[0].severity, lines[0].low, lines[0].high) == (0.0, None, None)
    for line in lines[1:]:
        assert line.low < line.value < line.high
        assert line.high < lines[0].value
    widths = [line.high - line.low for line in lines[1:]]
    assert widths == sorted(widths)
    own = [s for s in found.scores if s.stress == "shuffled_feature: unused" and s.repeat is None][1]
    assert own.value == pytest.approx(lines[0].value, abs=1e-6)


def test_the_crossing_is_where_the_lead_is_lost() -> None:
    """A model of one feature has no lead over the dummy once that feature is shuffled, and says so."""
    predictions, model = rows(600, features=1)
    found, _ = run(predictions, model=model)
    assert found.curves["shuffled_feature: x0"]["crossing"] == 1.0
    curve = found.curves["missing_values"]
    assert curve["crossing"] is None
    assert curve["dummy"] == pytest.approx([0.5] * 5)
    assert curve["lead"][1] == pytest.approx(curve["value"][1] - 0.5)
    assert crossing([0.0, 0.1, 0.2], [(0.3, 0.2, 0.4), (0.1, -0.1, 0.2), (0.0, -0.1, 0.1)]) == 0.1
    assert crossing([0.0, 0.1], [(0.3, 0.2, 0.4), (0.1, 0.05, 0.2)]) is None
    assert crossing([0.0], [(0.0, None, None)]) == 0.0


def test_a_given_dummy_is_the_reference() -> None:
    """The dummy of the batch goes through the same corruption instead of a constant of these rows."""
    predictions, model = rows(200)
    dummy = constant(predictions, np.array([1, 0, 1]))
    plan = Plan(resamples=20, stresses=("noise",))
    assert found_reference(run(predictions, plan, model=model, dummy=dummy)) == "the dummy"
    assert found_reference(run(predictions, plan, model=model)) == "the best constant on these rows"


def found_reference(outcome: Any) -> str:
    """What the lead of the first curve is measured against."""
    return next(iter(outcome[0].curves.values()))["reference"]


def test_without_a_model_it_is_not_applicable_with_a_reason() -> None:
    """Each stress test that needs the model is listed without a value and says why; label noise needs none."""
    predictions, _ = rows(200)
    found, _ = run(predictions)
    lines = {score.stress: score for score in found.scores if score.value is None}
    assert set(lines) == {name for name, one in STRESSES.items() if one.calls_model or one.retrain}
    for name, line in lines.items():
        why = "no function was given by which the model can be fitted again (refit)"
        why = why if STRESSES[name].retrain else "no model was given that could be called again"
        assert line.note == f"Not applicable, because {why}."
    assert "lead" in found.curves["label_noise"]
    assert "lead" in found.curves["reweighted_population: x0"]


def test_a_model_that_refuses_missing_values_is_told_of() -> None:
    """What a model raises on corrupted rows is an outcome with its reason, and the other tests go on."""
    from sklearn.linear_model import LogisticRegression

    predictions, _ = rows(200)
    model = LogisticRegression().fit(predictions.X, np.array(["no", "yes"])[predictions.y_true])
    found, notes = run(predictions, model=model)
    line = next(score for score in found.scores if score.stress == "missing_values")
    assert line.note.startswith("Not applicable, because the model refused the rows (ValueError: ")
    assert found.curves["noise"]["value"]
    assert notes[0].code == "model_disagrees"


def test_no_spread_is_not_applicable() -> None:
    """Noise has no unit where no feature is a number that varies."""
    predictions, model = rows(100)
    bare = Predictions(**{**vars(predictions), "X": pd.DataFrame({"a": [1.0] * 100})})
    line = next(score for score in run(bare, model=model)[0].scores if score.stress == "noise")
    assert "interquartile range above 0" in line.note


def test_many_features_are_capped_with_a_note() -> None:
    """Only the first features are corrupted one at a time in a wide table, and a note says so."""
    predictions, model = rows(60, features=FEATURES + 3)
    found, notes = run(predictions, Plan(resamples=20, stresses=("shuffled_feature",)), model=model)
    assert len(found.curves) == FEATURES
    assert notes[0].code == "stress_capped"


def test_numbers_have_no_label_noise() -> None:
    """For a regression label noise is not applicable; the other tests run on the error."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(300, 2)), columns=["a", "b"])
    y = X.sum(axis=1).to_numpy() + rng.normal(size=300) * 0.1

    def model(frame: pd.DataFrame) -> np.ndarray:
        return np.nansum(frame.to_numpy(), axis=1)

    predictions = Predictions(Task.REGRESSION, np.arange(300), y, model(X), X=X)
    found, _ = run(predictions, model=model)
    assert "number" in next(score.note for score in found.scores if score.stress == "label_noise")
    curve = found.curves["missing_values"]
    assert curve["value"] == sorted(curve["value"])
    assert curve["lead"] == sorted(curve["lead"], reverse=True)
    assert curve["lead"][0] > 0
    assert curve["dummy"][0] == pytest.approx(np.abs(y - np.median(y)).mean())


def test_same_seed_same_numbers() -> None:
    """Two runs give equal outcomes; another seed gives other draws."""
    predictions, model = rows(200)
    plan = Plan(resamples=40)
    own = run(predictions, plan, model=model)
    assert own == run(predictions, plan, model=model)
    other = run(predictions, replace(plan, seed=1), model=model)[0].curves["noise"]
    assert other["value"] != own[0].curves["noise"]["value"]
