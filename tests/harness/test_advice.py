"""Advice: only what was tried by fitting again, on rows that are there to be chosen on, and with its interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from training.made import TARGET, mixed, recipe_for, split_of, table_of

from modellab_core.data.task import Task
from modellab_core.experiment import perform
from modellab_core.harness import report
from modellab_core.harness.advice import ground as advice_ground
from modellab_core.harness.advice.advice import advice
from modellab_core.harness.advice.ground import ground_of
from modellab_core.harness.advice.tries import falls_of, idle
from modellab_core.harness.case import Case
from modellab_core.harness.report import Report, evaluate
from modellab_core.harness.scores import Plan

QUICK = Plan(resamples=200, metrics=(), stresses=(), slicers=(), discovery=False, importance=0, failures=0)
Fit = Callable[[Any, Any], Any]


def noisy(n: int, seed: int = 0, noise: int = 30) -> tuple[pd.DataFrame, np.ndarray]:
    """Two columns that count and many that do not."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 2 + noise)), columns=[f"x{at}" for at in range(2 + noise)])
    return X, (X["x0"] + X["x1"] + rng.normal(size=n) > 0).astype(int).to_numpy()


def logistic(X: pd.DataFrame, y: Any) -> Any:
    """A linear model that is hardly held back."""
    return LogisticRegression(C=1e4).fit(X, y)


def told(X: pd.DataFrame, y: np.ndarray, fit: Fit = logistic, **more: Any) -> Report:
    """The report of a model fitted on the first two thirds, whose training rows and fit are known."""
    cut = 2 * len(X) // 3
    given: dict[str, Any] = {"plan": QUICK, "train": (X[:cut], y[:cut]), "refit": fit} | more
    return evaluate(y[cut:], X=X[cut:], model=fit(X[:cut], y[:cut]), **given)


@pytest.fixture
def cases(monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    """The cases of the reports that are made."""
    seen: list[Case] = []

    def kept(case: Case) -> dict[str, Any]:
        seen.append(case)
        return advice(case)

    monkeypatch.setattr(report, "advice", kept)
    return seen


def performed(frame: pd.DataFrame, model: str, task: Task = Task.BINARY, metric: str = "roc_auc") -> Report:
    """The report of a run of a template."""
    table = table_of(frame)
    recipe = recipe_for(table, task, model, metric=metric, positive="1" if task is Task.BINARY else None)
    split = split_of(table, task)
    plan = replace(QUICK, headline=metric)
    return perform(recipe, table, split, plan, pngs=False).report


def test_noise_columns_are_dropped_together_and_it_helps() -> None:
    """Columns of noise are named, dropped jointly, and the paired interval shows that it helps."""
    X, y = noisy(400)
    found = performed(X.assign(**{TARGET: y}), "xgboost").advice
    one = found["tried"][0]
    assert one["code"] == "drop_columns"
    assert one["verdict"] == "helps"
    assert found["recommended"] == 0
    assert not {"x0", "x1"} & set(one["detail"]["columns"])
    assert one["detail"]["count"] > 25
    assert one["after"] - one["before"] == pytest.approx(one["difference"])
    assert 0 < one["low"] < one["difference"] < one["high"]
    assert one["n"] == 300


def test_before_and_after_are_those_of_the_folds(cases: list[Case]) -> None:
    """Before is the score of the stored development predictions; after is that of a loop that drops and fits again."""
    frame = mixed(300).drop(columns="when")
    frame["noise"] = np.random.default_rng(5).normal(size=300)
    one = performed(frame, "linear").advice["tried"][0]
    (case,) = cases
    assert case.development is not None
    assert case.train is not None
    assert case.refit is not None
    stored, said = case.development.predictions, np.empty(len(case.development))
    assert one["before"] == pytest.approx(roc_auc_score(stored.y_true, stored.score))
    ground = ground_of(case)
    assert ground is not None
    for fold in ground.folds:
        gone = idle(falls_of(case, ground, fold.model, fold.fit))
        kept = [name for at, name in enumerate(case.train.X) if at not in gone]
        again = case.refit(case.train.X.iloc[fold.fit][kept], case.train.spelled(case.train.y[fold.fit]))
        said[fold.held] = again.predict_proba(stored.X.iloc[fold.held])[:, 1]
    assert one["after"] == pytest.approx(roc_auc_score(stored.y_true, said))


@pytest.mark.parametrize("model", [pytest.param("linear", marks=pytest.mark.slow), "xgboost"])
def test_columns_that_seem_useless_one_by_one_are_judged_by_the_joint_drop(model: str) -> None:
    """Of breast cancer's 30 columns permutation finds nearly all useless; the joint number says what dropping costs."""
    frame = load_breast_cancer(as_frame=True).frame.rename(columns={"target": TARGET})
    found = performed(frame, model)
    first = found.advice["tried"][0]
    assert first["detail"]["count"] >= 28
    assert first["verdict"] == "harms"
    assert first["after"] < first["before"] - 0.05
    assert first["high"] < 0
    assert found.advice["recommended"] != 0
    sentence = found.takeaway[4]["sentence"]
    assert f"drop {first['detail']['count']} of 30 columns" not in sentence


@pytest.mark.parametrize("copied", [False, True])
def test_a_valid_part_serves(cases: list[Case], monkeypatch: pytest.MonkeyPatch, copied: bool) -> None:
    """With a `valid` part advice is measured on its second half, and its copies of training rows are seen."""
    monkeypatch.setattr("modellab_core.data.split.MOST_ROWS_WITHOUT_VALID", 100)
    X, y = noisy(500, noise=4)
    frame = X.assign(**{TARGET: y})
    if copied:
        frame = pd.concat([frame, frame.iloc[:150]], ignore_index=True)
    tried = performed(frame, "xgboost").advice["tried"]
    (case,) = cases
    assert case.development is not None
    assert case.development.kind == "valid"
    assert {one["folds"] for one in tried} == {1}
    stored = case.development.predictions.take(case.development.fold == 1)
    whole = next(one for one in tried if one["code"] == "drop_columns")
    assert whole["n"] == len(stored)
    assert whole["before"] == pytest.approx(roc_auc_score(stored.y_true, stored.score))
    assert (tried[0]["code"] == "drop_repeated_rows") == copied
    if copied:
        assert tried[0]["n"] < len(stored)
        assert 50 < tried[0]["detail"]["count"] < 150


def test_repeated_rows_flatter_a_model_that_remembers_them() -> None:
    """Where rows are copied, labels are noise, and the model remembers, the score without copies is a coin's."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(400, 3)), columns=list("abc"))
    y = rng.integers(0, 2, 400)
    at = np.concatenate([np.arange(200), rng.permutation(200)[:120], np.arange(200, 360)])

    def neighbour(X: pd.DataFrame, y: Any) -> Any:
        return KNeighborsClassifier(1).fit(X, y)

    found = told(X.iloc[at].reset_index(drop=True), y[at], neighbour)
    one = found.advice["tried"][0]
    assert one["code"] == "drop_repeated_rows"
    assert one["verdict"] == "flatters"
    assert one["after"] == pytest.approx(0.5, abs=0.1)
    assert one["before"] > 0.6
    assert found.advice["recommended"] == 0
    assert found.takeaway[4]["sentence"].startswith("What to do next: drop the")


def test_rows_that_repeat_as_a_matter_of_course_are_let_be() -> None:
    """A table of few distinct rows, or with hardly a repeated one, gets no advice on repeated rows."""
    rng = np.random.default_rng(0)
    few = pd.DataFrame(rng.integers(0, 2, (300, 3)), columns=list("abc"))
    some = pd.DataFrame(rng.normal(size=(300, 3)), columns=list("abc"))
    some.iloc[10:13] = some.iloc[0:3].to_numpy()
    for X in (few, some):
        y = (X["a"] + rng.normal(size=300) > 0.5).astype(int).to_numpy()
        assert "drop_repeated_rows" not in {one["code"] for one in told(X, y).advice["tried"]}


def drifting(n: int, drift: float) -> tuple[pd.DataFrame, np.ndarray]:
    """A number that follows a feature and the time; with drift the feature's part turns round in time."""
    rng = np.random.default_rng(1)
    when = np.sort(rng.uniform(0, 1, n))
    X = pd.DataFrame({"x": rng.normal(size=n), "clock": when, "square": when**2})
    X["date"] = pd.Timestamp("2021-01-01") + pd.to_timedelta(np.round(1e7 * when), unit="s")
    order = rng.permutation(n)
    y = X["x"].to_numpy() + drift * np.sin(12 * when) + 0.3 * rng.normal(size=n)
    return X.iloc[order].reset_index(drop=True), y[order]


@pytest.mark.parametrize(("drift", "verdict"), [(3.0, "flatters"), (0.0, "open")])
def test_a_random_split_is_tried_against_time(drift: float, verdict: str) -> None:
    """With a date, a fit on the earlier rows predicts the latest; worse with drift, no different without."""
    from sklearn.ensemble import RandomForestRegressor

    def forest(X: pd.DataFrame, y: Any) -> Any:
        return Dated(RandomForestRegressor(20, random_state=0).fit(numbers(X), y))

    X, y = drifting(450, drift)
    found = told(X, y, forest, plan=replace(QUICK, headline="mae"))
    one = next(one for one in found.advice["tried"] if one["code"] == "split_by_time")
    assert one["verdict"] == verdict
    assert one["method"] == "blocks"
    assert one["detail"]["column"] == "date"
    assert one["n"] == 60
    if verdict == "flatters":
        assert one["after"] > one["before"]  # an error, so more is worse
        assert one["difference"] < one["high"] < 0
        assert "split by time" in found.takeaway[4]["sentence"]


def numbers(X: pd.DataFrame) -> np.ndarray:
    """The number columns alone."""
    return np.column_stack([np.zeros(len(X)), X.select_dtypes("number").to_numpy()])


class Dated:
    """A model of the number columns of a frame."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """The numbers."""
        return np.asarray(self.model.predict(numbers(X)))


def test_test_rows_are_not_looked_at() -> None:
    """Other test rows and labels change nothing about the advice."""
    X, y = noisy(300, noise=6)
    other = y.copy()
    other[200:] = 1 - other[200:]
    moved = X.copy()
    moved.iloc[200:] = 0.0
    assert told(X, y).advice == told(moved, other).advice


def test_why_nothing_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reason for trying nothing is a sentence, in the advice and in the takeaway."""
    X, y = noisy(120, noise=2)
    reasons = {
        "could fit the model again": told(X, y, refit=None),
        "training rows are not known": told(X, y, train=X[:80]),
        "belong together": told(X, y, groups=np.arange(40) // 2),
        "belong together ": told(X, y, plan=replace(QUICK, time_ordered=True)),
        "too few": told(X[:30], y[:30]),
        "failed (ValueError: no": told(X, y, refit=fails),
    }
    monkeypatch.setattr(advice_ground, "MOST_CELLS", 100)
    reasons["more than the 100 cells"] = told(X, y)
    for reason, found in reasons.items():
        assert found.advice["tried"] == []
        assert found.advice["recommended"] is None
        assert reason.strip() in found.advice["note"]
        assert found.takeaway[4]["sentence"].startswith("No advice on what to do next is given, because none was tried")
        assert reason.strip() in found.takeaway[4]["sentence"]
    off = told(X, y, plan=replace(QUICK, advice=False))
    assert off.advice == {}
    assert "made without" in off.takeaway[4]["sentence"]


def fails(X: Any, y: Any) -> Any:
    """A fit that does not work."""
    raise ValueError("no")


def test_a_constant_gets_no_advice() -> None:
    """The dummy says the same of every row, so nothing is tried for it."""
    assert "says the same of every row" in performed(mixed(120), "dummy").advice["note"]


def test_at_least_one_column_is_kept() -> None:
    """However idle all are, the least idle column stays; half takes the idlest."""
    assert idle(np.zeros(4)) == [0, 1, 2]
    assert idle(np.array([0.001, 0.3, 0.0, 0.002, 0.0]), 0.5) == [2, 4]
    assert idle(np.full(3, np.nan)) == []
