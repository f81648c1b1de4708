"""What holds for every stress test of the registry, whatever the columns hold and whatever the model is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from stressed import rows, run

from modellab_core.data.task import Task
from modellab_core.harness.case import TrainRows
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.stress import STRESSES, Draw
from modellab_core.harness.stress.columns import known_columns

ON_FEATURES = [name for name, one in STRESSES.items() if one.calls_model]
SHARES = [name for name, one in STRESSES.items() if one.hit]
QUICK = Plan(resamples=20)


def odd_frame(n: int = 120) -> pd.DataFrame:
    """A column of every type that a table may hold, with and without missing values, under an odd index."""
    rng = np.random.default_rng(4)
    texts = rng.choice(["a", "b", "ü"], n)
    frame = pd.DataFrame(
        {
            "float": rng.normal(size=n),
            "holes": np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n)),
            "infinite": np.where(rng.random(n) < 0.1, np.inf, rng.normal(size=n)),
            "narrow": rng.normal(size=n).astype(np.float32),
            "whole": rng.integers(0, 50, n),
            "byte": rng.integers(0, 50, n).astype(np.uint8),
            "nullable": pd.array(rng.integers(0, 9, n), dtype="Int64"),
            "flag": rng.random(n) < 0.5,
            "maybe": pd.array(rng.random(n) < 0.5, dtype="boolean"),
            "text": pd.Series(texts, dtype="str"),
            "object": pd.Series(texts, dtype=object),
            "mixed": pd.Series(rng.choice(np.array([1, "1", 2.5], dtype=object), n), dtype=object),
            "lists": [[number] for number in range(n)],
            "category": pd.Categorical(texts),
            "ranked": pd.Categorical(rng.choice([1, 2, 3], n), ordered=True),
            "day": pd.date_range("2020", periods=n),
            "zoned": pd.date_range("2020", periods=n, tz="Europe/Berlin"),
            "span": pd.to_timedelta(np.arange(n), unit="h"),
            "constant": 7.0,
            "empty": np.nan,
            "nothing": pd.Series([None] * n, dtype=object),
            "complex": rng.normal(size=n) + 1j,
        }
    )
    frame.loc[::7, ["text", "object", "category", "day"]] = None
    frame.loc[::5, "nullable"] = pd.NA
    return frame.set_axis(np.arange(n) * 3 + 5)


ODD = odd_frame()
KNOWN = known_columns(ODD, ODD)


def columns_of(name: str) -> list[int]:
    """The columns of the odd frame that a stress test fits."""
    return [at for at in range(ODD.shape[1]) if STRESSES[name].fits(KNOWN[at])]


def corrupted(name: str, severity: float, repeat: int = 0, frame: pd.DataFrame = ODD) -> pd.DataFrame:
    """The odd frame with all columns corrupted that the stress test fits."""
    return STRESSES[name].corrupt(frame, columns_of(name), severity, Draw(3, name, repeat), KNOWN)


@pytest.mark.parametrize("name", STRESSES)
def test_each_is_defined_in_words(name: str) -> None:
    """Every stress test has a definition, a unit, rising severities above 0, and one function."""
    one = STRESSES[name]
    assert len(one.definition) > 40
    assert one.unit
    assert list(one.severities) == sorted(set(one.severities))
    assert one.severities[0] > 0
    assert sum(role is not None for role in (one.hit, one.graded, one.relabel, one.weigh)) == 1
    assert one.repeats >= 1


@pytest.mark.parametrize("name", ON_FEATURES)
def test_severity_zero_changes_nothing(name: str) -> None:
    """At severity 0 the frame is as it was, and corrupting changes no cell of the frame that was given."""
    before = odd_frame()
    pd.testing.assert_frame_equal(corrupted(name, 0.0), before)
    corrupted(name, STRESSES[name].severities[-1])
    pd.testing.assert_frame_equal(ODD, before)


@pytest.mark.parametrize("name", ON_FEATURES)
def test_columns_and_index_stay(name: str) -> None:
    """A corrupted frame has the columns, the index and the length of the frame, and other columns are untouched."""
    for severity in STRESSES[name].severities:
        found = corrupted(name, severity)
        assert list(found.columns) == list(ODD.columns)
        assert found.index.equals(ODD.index)
        others = [at for at in range(ODD.shape[1]) if at not in columns_of(name)]
        pd.testing.assert_frame_equal(found.iloc[:, others], ODD.iloc[:, others])
        assert not found.iloc[:, columns_of(name)].equals(ODD.iloc[:, columns_of(name)])


@pytest.mark.parametrize("name", ON_FEATURES)
def test_same_seed_same_cells(name: str) -> None:
    """A draw gives the same cells each time, and another draw others unless none is drawn."""
    top = STRESSES[name].severities[-1]
    pd.testing.assert_frame_equal(corrupted(name, top), corrupted(name, top))
    if STRESSES[name].repeats > 1 and top < 1:
        assert not corrupted(name, top, 1).equals(corrupted(name, top, 0))


@pytest.mark.parametrize("name", SHARES)
def test_draws_are_nested(name: str) -> None:
    """A cell that is hit at a severity is hit, in the same way, at every higher one; about the asked share is."""
    low, high = corrupted(name, 0.2), corrupted(name, 0.6)
    for at in columns_of(name):
        draw = Draw(3, name, 0)
        hit, more = draw.hit(at, len(ODD), 0.2), draw.hit(at, len(ODD), 0.6)
        assert (more | ~hit).all()
        assert 0.05 < hit.mean() < 0.35
        first, second, own = (frame.iloc[:, at].astype(object).map(str) for frame in (low, high, ODD))
        assert (first[hit] == second[hit]).all()
        if not pd.api.types.is_numeric_dtype(ODD.dtypes.iloc[at]):
            assert (first[~hit] == own[~hit]).all()


def test_swapped_categories_are_others_of_the_training_rows() -> None:
    """Each hit category is another one of the training rows, all alike, and a missing one stays missing."""
    whole = corrupted("swapped_categories", 1.0)
    for name in ("text", "object", "category", "flag"):
        there = ODD[name].notna()
        assert (whole.loc[there, name].astype(str) != ODD.loc[there, name].astype(str)).all()
        assert set(whole.loc[there, name].astype(str)) == set(ODD.loc[there, name].astype(str))
        assert whole[name].isna().equals(ODD[name].isna())


def test_unseen_categories_were_never_seen() -> None:
    """An unseen category is no value of the training rows, also where categories are numbers or named so."""
    whole = corrupted("unseen_categories", 1.0)
    for name in ("text", "object", "category", "ranked"):
        assert not set(whole[name]) & set(ODD[name].dropna())
    named = pd.DataFrame({"a": ["unseen", "unseen_", "b"]})
    known = known_columns(named, named)
    found = STRESSES["unseen_categories"].corrupt(named, [0], 1.0, Draw(0, "unseen_categories", 0), known)
    assert set(found["a"]) == {"unseen__"}


def test_numbers_move_as_defined() -> None:
    """Outliers are ten interquartile ranges away, units a thousand times, and rounded numbers are whole steps."""
    at, spread = list(ODD.columns).index("float"), KNOWN[0].spread
    away = (corrupted("outliers", 1.0)["float"] - ODD["float"]).to_numpy() / spread
    assert np.abs(away) == pytest.approx(np.full(len(ODD), 10.0))
    assert 0.3 < (away > 0).mean() < 0.7
    assert corrupted("rescaled_units", 1.0)["float"].to_numpy() == pytest.approx(ODD["float"].to_numpy() * 1000)
    steps = corrupted("rounding", 0.5)["float"].to_numpy() / (0.5 * spread)
    assert steps == pytest.approx(np.round(steps))
    assert at == 0


@pytest.mark.parametrize("name", ON_FEATURES)
def test_a_model_that_raises_is_not_applicable(name: str) -> None:
    """Whatever a model raises on corrupted rows is told as the reason why nothing can be said."""
    predictions, good = rows(60, text=True)
    seen: list[int] = []

    def model(frame: pd.DataFrame) -> np.ndarray:
        seen.append(len(frame))
        if len(seen) > 1:
            raise ZeroDivisionError("no\nway.")
        return good.predict_proba(frame)

    found, _ = run(predictions, replace(QUICK, stresses=(name,)), model=model)
    (line,) = found.scores
    assert line.value is None
    assert line.note == "Not applicable, because the model refused the rows (ZeroDivisionError: no)."


@pytest.mark.parametrize("task", [Task.BINARY, Task.MULTICLASS, Task.REGRESSION])
def test_any_table_can_be_put_through_all(task: Task) -> None:
    """With columns of every type, weights and groups each stress test gives numbers or a reason."""
    n, rng = len(ODD), np.random.default_rng(1)
    k = {Task.BINARY: 2, Task.MULTICLASS: 3, Task.REGRESSION: 0}[task]
    truth = rng.integers(0, k, n) if k else rng.normal(size=n)

    def model(frame: pd.DataFrame) -> np.ndarray:
        z = np.nan_to_num(frame["float"].to_numpy(dtype=float), posinf=9) + frame["text"].eq("a").to_numpy(dtype=float)
        proba = np.exp(np.clip(np.stack([z * place for place in range(k)], axis=1), -30, 30)) if k else z
        return proba / proba.sum(axis=1, keepdims=True) if k else proba

    said: Any = model(ODD)
    proba, said = (said, said.argmax(axis=1)) if k else (None, said)
    classes = tuple(str(code) for code in range(k))
    given = Predictions(task, np.arange(n), truth, said, proba, classes, "1" if k == 2 else None, X=ODD)
    given = replace(given, weight=rng.uniform(0.5, 2, n), groups=rng.integers(0, 30, n))
    train = TrainRows(ODD, truth, np.array(classes) if k else None)
    found, _ = run(given, QUICK, model=model, train=train, refit=lambda X, y: model)
    told = {score.stress.split(":")[0] for score in found.scores}
    assert told == set(STRESSES)
    assert all(score.note for score in found.scores)
    undone = {score.stress for score in found.scores if score.value is None}
    assert undone == (set() if k else {"label_noise", "train_label_noise"})
