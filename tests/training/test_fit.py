from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from training.made import TARGET, TASKS, fitted, mixed, priced, recipe_for, split_of, table_of

from modellab_core.data.split import Split, SplitRule
from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.progress import Cancelled
from modellab_core.training.fit import check, fit
from modellab_core.training.persistence import dump
from modellab_core.training.trained import TrainedModel

MODELS = ("dummy", "linear", "xgboost")
EVERY = [(name, model) for name in TASKS for model in MODELS]


def parts(train: int, test: int, valid: int = 0) -> Split:
    """A split of rows in the order train, valid (half for rounds), test, without folds."""
    part = np.repeat(["train", "valid", "test"], [train, valid, test])
    fold = np.concatenate([np.full(train, -1), np.arange(valid) % 2, np.full(test, -1)])
    return Split(part, fold.astype(np.int64), SplitRule("random"))


def scores_of(model: TrainedModel, frame: pd.DataFrame) -> np.ndarray:
    """Probabilities, or numbers."""
    return model.predict_proba(frame) if model.task.is_classification else model.predict(frame)


@pytest.mark.parametrize(("name", "weighted"), [(name, weighted) for name in TASKS for weighted in (False, True)])
def test_the_dummy_is_that_of_scikit_learn(name: str, weighted: bool) -> None:
    """The dummy predicts what scikit-learn's does by default, with and without weights, to 1e-9."""
    frame, task = TASKS[name]
    frame = frame.assign(w=np.random.default_rng(0).random(len(frame)))
    split = split_of(table_of(frame), task)
    found = fitted(frame, task, "dummy", split, weight="w" if weighted else None)
    train, test = split.rows("train"), split.rows("test")
    theirs = DummyClassifier() if task.is_classification else DummyRegressor()
    y, weight = frame[TARGET].to_numpy(), frame["w"].to_numpy()[train] if weighted else None
    theirs.fit(np.zeros((len(train), 1)), y[train], sample_weight=weight)
    X = np.zeros((len(test), 1))
    expected = theirs.predict_proba(X) if task.is_classification else theirs.predict(X)
    np.testing.assert_allclose(scores_of(found.model, frame.iloc[test]), expected, rtol=1e-9)
    assert found.model.predict(frame.iloc[test]).tolist()[0] == (
        str(theirs.predict(X)[0]) if task.is_classification else pytest.approx(theirs.predict(X)[0], rel=1e-9)
    )


@pytest.mark.slow
@pytest.mark.parametrize(("name", "model"), EVERY)
def test_threads_and_test_rows_change_no_byte(name: str, model: str) -> None:
    """One or three threads, and any values in the test rows, give the same files and development predictions."""
    frame, task = TASKS[name]
    split = split_of(table_of(frame), task)
    changed = frame.copy()
    test = split.rows("test")
    changed.loc[test, "x"] = 1e6
    changed.loc[test, "town"] = "Nowhere"
    changed.loc[test, TARGET] = frame[TARGET].iloc[test[::-1]].to_numpy()
    outcomes = []
    for rows, threads in ((frame, 1), (frame, 3), (changed, 1)):
        table = table_of(rows)
        outcomes.append(fit(recipe_for(table, task, model), table, split, threads=threads))
    first = outcomes[0]
    for other in outcomes[1:]:
        assert dump(other.model) == dump(first.model)
        pd.testing.assert_frame_equal(other.development, first.development, check_exact=True)


@pytest.mark.parametrize(("name", "model"), EVERY)
def test_development_holds_every_training_row_once(name: str, model: str) -> None:
    """Out-of-fold predictions have the columns of predictions.parquet and the fold, sorted by row, labels as text."""
    frame, task = TASKS[name]
    split = split_of(table_of(frame), task)
    found = fitted(frame, task, model, split)
    development, k = found.development, len(found.model.classes)
    assert list(development) == ["row", "y_true", "y_pred", *(f"proba_{i}" for i in range(k)), "fold"]
    assert development["row"].tolist() == split.rows("train").tolist()
    assert development["fold"].tolist() == split.fold[split.rows("train")].tolist()
    truth = frame[TARGET].iloc[development["row"]]
    if not task.is_classification:
        assert np.array_equal(development["y_true"], truth)
        return
    assert development["y_true"].tolist() == [str(label) for label in truth]
    proba = development.filter(like="proba_").to_numpy()
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)
    assert development["y_pred"].tolist() == [found.model.classes[code] for code in proba.argmax(axis=1)]


@pytest.mark.parametrize("model", MODELS)
def test_out_of_fold_predictions_did_not_see_their_row(model: str) -> None:
    """Labels that mean nothing cannot be predicted out of fold, although each fitted model could repeat them."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(600, 5))).add_prefix("x").assign(target=rng.integers(0, 2, 600))
    development = fitted(frame, Task.BINARY, model).development
    assert 0.4 < (development["y_true"] == development["y_pred"]).mean() < 0.6


@pytest.mark.parametrize("model", MODELS)
def test_a_valid_part_serves_the_choices(model: str) -> None:
    """With a valid part the model is fitted on train alone, and predictions exist for both halves of valid."""
    frame = mixed(500)
    table, split = table_of(frame), parts(300, 100, 100)
    found = fit(recipe_for(table, Task.BINARY, model), table, split)
    assert found.development["row"].tolist() == list(range(300, 400))
    assert sorted(set(found.development["fold"])) == [0, 1]
    proba = found.model.predict_proba(frame.iloc[300:400])
    np.testing.assert_array_equal(found.development[["proba_0", "proba_1"]], proba)
    others = frame.copy()
    others.loc[301:399:2, TARGET] = 1 - others.loc[301:399:2, TARGET]  # V2 must not matter
    again = fit(recipe_for(table, Task.BINARY, model), table_of(others), split)
    assert dump(again.model) == dump(found.model)


@pytest.mark.parametrize(("name", "model"), EVERY)
def test_few_rows_have_fixed_rounds(name: str, model: str) -> None:
    """With fewer than 25 training rows nothing is chosen, nothing breaks, and a note says so."""
    frame, task = TASKS[name]
    found = fitted(frame.iloc[:20].reset_index(drop=True), task, model, parts(15, 5))
    assert len(found.development) == 0
    assert found.rounds == (50 if model == "xgboost" else None)
    assert ("fixed_rounds" in {note.code for note in found.notes}) == (model == "xgboost")
    assert np.isfinite(scores_of(found.model, frame)).all()


@pytest.mark.parametrize("model", MODELS)
def test_classes_may_be_missing_from_train_or_a_fold(model: str) -> None:
    """A class without training rows has probability 0 and a note; one with a single training row is learnt."""
    frame = mixed(120, classes=3)
    frame[TARGET] = frame[TARGET].map({0: 0, 1: 1, 2: 3})
    split = split_of(table_of(frame.assign(target=frame[TARGET] % 2)), Task.BINARY)
    train, test = split.rows("train"), split.rows("test")
    frame.loc[test[:3], TARGET] = 2
    frame.loc[train, TARGET] = frame.loc[train, TARGET].replace(3, 1)
    frame.loc[train[0], TARGET] = 4
    found = fitted(frame, Task.MULTICLASS, model, split)
    proba = found.model.predict_proba(frame.iloc[test])
    assert found.model.classes == ("0", "1", "2", "3", "4")
    assert (proba[:, 2:4] == 0).all()
    assert (proba[:, 4] > 0).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)
    assert {note.code for note in found.notes} >= {"class_not_learnt"}
    fold = found.development[found.development["row"] == train[0]]
    assert fold["proba_4"].tolist() == [0.0]


@pytest.mark.parametrize("model", MODELS)
def test_a_single_class_in_train_is_predicted_always(model: str) -> None:
    """With one class in the training rows each model says so and predicts it."""
    frame = mixed(60)
    frame.loc[:39, TARGET] = 1
    frame.loc[40:, TARGET] = 0
    found = fitted(frame, Task.BINARY, model, parts(40, 20))
    assert (found.model.predict(frame) == "1").all()
    assert "one_class" in {note.code for note in found.notes}
    assert dump(found.model).keys() == {"model.json", "model.skops"}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "model"), EVERY)
def test_weights_count(name: str, model: str) -> None:
    """Weight 2 on all rows changes nothing; weight 0 makes a row's target meaningless to the fit."""
    frame, task = TASKS[name]
    frame = frame.assign(two=2.0, some=(np.arange(len(frame)) % 3 > 0) * 1.0)
    split = split_of(table_of(frame), task)
    plain = fitted(frame, task, model, split, drop=("two", "some"))
    double = fitted(frame, task, model, split, drop=("some",), weight="two")
    np.testing.assert_allclose(scores_of(double.model, frame), scores_of(plain.model, frame), rtol=1e-6)
    wrong = frame.copy()
    ignored = np.flatnonzero(frame["some"] == 0)
    wrong.loc[ignored, TARGET] = frame[TARGET].iloc[0]
    first, second = (fitted(rows, task, model, split, drop=("two",), weight="some") for rows in (frame, wrong))
    np.testing.assert_allclose(scores_of(second.model, frame), scores_of(first.model, frame), rtol=0.02, atol=1e-3)


@pytest.mark.parametrize(("values", "said"), [(-1.0, "'-1.0' in row"), (np.nan, "'nan' in row"), (0.0, "0 in every")])
def test_bad_weights_are_refused(values: float, said: str) -> None:
    """A weight below 0, a missing one, and nothing but zeros are refused with the place."""
    with pytest.raises(BadInput, match=said):
        fitted(mixed(60).assign(w=values), Task.BINARY, "linear", weight="w")


@pytest.mark.parametrize(("name", "model"), EVERY)
def test_it_can_be_cancelled_at_any_call(name: str, model: str) -> None:
    """`on_phase` is called with a share that never falls, and what it raises ends the fit at once."""
    frame, task = TASKS[name]
    table = table_of(frame)
    split, calls = split_of(table, task), []
    fit(recipe_for(table, task, model), table, split, lambda *told: calls.append(told))
    shares = [done for _, done, _, _ in calls]
    assert shares == sorted(shares)
    assert {(phase, total) for phase, _, total, _ in calls} == {("fitting", 100)}
    assert len(calls) > (50 if model == "xgboost" else 2)
    for stop in (len(calls) // 2, len(calls) - 1):
        count = iter(range(10**6))

        def on_phase(*told: object, stop: int = stop, count: object = count) -> None:
            if next(count) == stop:  # type: ignore[call-overload]
                raise Cancelled

        with pytest.raises(Cancelled):
            fit(recipe_for(table, task, model), table, split, on_phase)


def test_columns_of_the_split_are_no_inputs() -> None:
    """The column of groups and the column of parts are left out with a note; the column of time stays."""
    frame = mixed(200).assign(g=np.arange(200) % 23, part=np.where(np.arange(200) % 4, "train", "test"))
    features = {}
    for rule in ("group:g", "column:part", "time:when"):
        split = split_of(table_of(frame), Task.BINARY, rule)
        found = fitted(frame, Task.BINARY, "linear", split)
        features[rule] = set(found.model.features)
        assert np.isfinite(found.model.predict_proba(frame)).all()
    assert "g" not in features["group:g"]
    assert "part" not in features["column:part"]
    assert "when" in features["time:when"]


def test_a_time_split_is_developed_forward() -> None:
    """With a split by time the first block is predicted by nobody, all later ones are."""
    frame = mixed(300)
    split = split_of(table_of(frame), Task.BINARY, "time:when")
    found = fitted(frame, Task.BINARY, "xgboost", split)
    train = split.rows("train")
    assert found.development["row"].tolist() == train[split.fold[train] >= 0].tolist()


def test_the_logarithm_is_taken_where_it_helps() -> None:
    """The ridge learns a multiplicative target on the log scale, and one with a long tail of noise as it is."""
    frame = priced(600)
    found = fitted(frame, Task.REGRESSION, "linear")
    assert found.model.settings["log_target"] is True
    assert "log_target" in {note.code for note in found.notes}
    frame[TARGET] = 10 + frame["x"].fillna(0) + np.random.default_rng(0).exponential(4, 600)
    assert fitted(frame, Task.REGRESSION, "linear").model.settings["log_target"] is False


@pytest.mark.parametrize("model", ["linear", "xgboost"])
def test_the_way_back_from_the_logarithm_keeps_the_mean(model: str) -> None:
    """Out-of-fold predictions on the log scale have the mean of the target; zeros in it do no harm."""
    frame, always = priced(600), {"log_target": "always"}
    development = fitted(frame, Task.REGRESSION, model, params=always).development
    assert development["y_pred"].mean() == pytest.approx(development["y_true"].mean(), rel=0.1)
    frame[TARGET] = np.maximum(frame[TARGET] - 1e5, 0)
    development = fitted(frame, Task.REGRESSION, model, params=always).development
    assert np.corrcoef(development["y_pred"], development["y_true"])[0, 1] > 0.5
    frame[TARGET] -= 1
    table = table_of(frame)
    with pytest.raises(BadInput, match="'always'"):
        check(recipe_for(table, Task.REGRESSION, model, params=always), table, split_of(table, Task.REGRESSION))


def test_a_recipe_that_does_not_fit_is_refused() -> None:
    """Wrong task, model, target, column or parameter is one sentence."""
    frame = mixed(60)
    for changes, said in (
        ({"template": "tabular_regression"}, "not for the task 'binary'"),
        ({"template": "forest"}, "no template 'forest'"),
        ({"model": "forest"}, "no model 'forest'"),
        ({"target": "y"}, "'y' is not in the table"),
        ({"drop": ("zz",)}, "'zz' is not in the table"),
        ({"params": {"max_depth": "deep"}}, "'max_depth'"),
        ({"params": {"keep": "zz"}}, "'zz', which is no column"),
        ({"drop": ("x", "count", "town", "flag", "when")}, "No column is left"),
    ):
        table = table_of(frame)
        recipe = replace(recipe_for(table, Task.BINARY, "linear"), **changes)
        for refuses in (fit, check):
            with pytest.raises(BadInput, match=said):
                refuses(recipe, table, split_of(table, Task.BINARY))
