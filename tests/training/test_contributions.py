"""What each column adds to a prediction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from training.made import TARGET, TASKS, fitted, mixed, priced, split_of, table_of

from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.training.persistence import dump, load
from modellab_core.training.trained import TrainedModel

EVERY = dict(TASKS) | {"logarithm": (priced(160), Task.REGRESSION)}


def margin(model: TrainedModel, X: pd.DataFrame) -> np.ndarray:
    """What contributions add up to: log odds, log probability of the predicted class, or the number as learnt."""
    if not model.task.is_classification:
        log = model.predictor.log
        said = model.predict(X)
        return said if log is None else np.log((said + log.shift) / log.smear)
    proba = model.predict_proba(X)
    return np.log(proba[:, 1] / proba[:, 0]) if proba.shape[1] == 2 else np.log(proba.max(axis=1))


@pytest.mark.parametrize("model", ["linear", "xgboost"])
@pytest.mark.parametrize("name", EVERY)
def test_contributions_and_the_rest_are_the_margin(name: str, model: str) -> None:
    """Row by row the contributions differ from the margin by one number, the same for all rows of a class."""
    frame, task = EVERY[name]
    found = fitted(frame, task, model, params={"log_target": "always"} if name == "logarithm" else {}).model
    X = frame[list(found.features)].iloc[:60]
    parts = found.predictor.explained(found.encode(X))
    shown = found.predictor(found.encode(X)).argmax(axis=1) if parts.shape[1] > 1 else np.zeros(len(X), int)
    own = parts[np.arange(len(X)), shown]
    table = found.contributions(X)
    assert list(table.columns) == list(found.features)
    assert table.index.equals(X.index)
    assert np.allclose(table.sum(axis=1), own[:, :-1].sum(axis=1))
    for place in np.unique(shown):
        assert np.ptp(own[shown == place, -1]) < 1e-5 * max(1.0, abs(own[0, -1]))
    if task is Task.MULTICLASS:  # up to what is the same for all classes
        whole = parts.sum(axis=2)
        whole -= np.log(np.exp(whole).sum(axis=1, keepdims=True))
        assert np.allclose(whole.max(axis=1), margin(found, X), atol=1e-5)
    else:
        log = getattr(found.predictor, "log", None)
        whole = own.sum(axis=1) if log is None else np.clip(own.sum(axis=1), log.low, log.high)
        assert np.allclose(whole, margin(found, X), rtol=1e-5, atol=1e-5)


def test_dates_and_categories_are_summed_per_column() -> None:
    """A date has one contribution, though it is several inputs, and a column that is not used adds nothing."""
    frame = mixed(500)
    frame["blank"] = np.random.default_rng(0).normal(size=500)
    frame[TARGET] = (frame["when"] > frame["when"].median()).astype(int)
    found = fitted(frame, Task.BINARY, "xgboost").model
    sizes = found.contributions(frame).abs().mean()
    assert sizes.idxmax() == "when"
    assert sizes["when"] > 5 * sizes.drop("when").max()
    later = frame[TARGET] == 1
    assert (found.contributions(frame)["when"][later] > 0).mean() > 0.95


def test_linear_contributions_are_zero_on_average() -> None:
    """A coefficient counts from the mean of its column, so over the training rows contributions add up to nothing."""
    frame, task = TASKS["binary"]
    split = split_of(table_of(frame), task)
    found = fitted(frame, task, "linear", split).model
    means = found.contributions(frame.iloc[split.rows("train")]).mean()
    assert np.abs(means).max() < 1e-9


def test_the_dummy_adds_nothing_and_a_stored_model_adds_the_same() -> None:
    """The dummy's contributions are 0; a model that was stored and opened tells the same to the bit."""
    frame, task = TASKS["multiclass"]
    assert (fitted(frame, task, "dummy").model.contributions(frame) == 0).all(axis=None)
    for model in ("linear", "xgboost"):
        found = fitted(frame, task, model).model
        assert load(dump(found)).contributions(frame).equals(found.contributions(frame))


def test_a_model_that_does_not_tell_says_so() -> None:
    """Without contributions there is a sentence, not zeros."""
    frame, task = TASKS["binary"]
    found = fitted(frame, task, "linear").model
    found = replace(found, predictor=lambda inputs: np.zeros((len(inputs), 2)))
    with pytest.raises(BadInput, match="does not tell"):
        found.contributions(frame)
