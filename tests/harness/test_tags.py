"""What is said of a failing row is true, and planted faults land in the right tag."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from planted import FAULTS, case_of, caught, planted

from modellab_core.data.task import Task
from modellab_core.harness.canonical import canonical
from modellab_core.harness.case import Case, TrainRows
from modellab_core.harness.failures.failures import TAGS, Look, failure_examples, tagged
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan

Model = Callable[[pd.DataFrame], Any]


def told(case: Case, tag: str) -> dict[int, str]:
    """What a tag says of all rows of a case, by position."""
    return dict(tagged(Look(case, np.arange(len(case.predictions)))).found[tag])


def why_not(case: Case, tag: str) -> str:
    return tagged(Look(case, np.arange(len(case.predictions)))).left_out[tag]


def case(X: pd.DataFrame, train: pd.DataFrame | None, model: Model | None = None, **more: Any) -> Case:
    """A binary case whose predictions are those of `model`, a function that gives P(yes)."""
    score = np.full(len(X), 0.3) if model is None else np.asarray(model(X), dtype=float)
    proba = np.stack([1 - score, score], axis=1)
    truth = more.pop("truth", np.zeros(len(X), dtype=np.int64))
    predictions = Predictions(
        Task.BINARY, np.arange(len(X)), truth, proba.argmax(axis=1), proba, ("no", "yes"), "yes", X=X
    )
    rows = None if train is None else TrainRows(train, more.pop("train_truth", None))
    return case_of(predictions, train=rows, model=model, **more)


def numbers(X: pd.DataFrame, truth: Any, said: Any, **known: Any) -> Case:
    """The case of predicted numbers."""
    given = np.asarray(truth, dtype=float), np.asarray(said, dtype=float)
    return case_of(Predictions(Task.REGRESSION, np.arange(len(X)), *given, X=X), **known)


@pytest.mark.parametrize(
    "boosted", [pytest.param(False, id="logistic"), pytest.param(True, id="boosted", marks=pytest.mark.slow)]
)
def test_planted_faults_land_in_the_right_tag(boosted: bool) -> None:
    """2 % flips, rows out of range and contradicting rows are tagged with a precision of at least .8 at AUC .99."""
    made = [planted(seed, 4.0, boosted=boosted, n=3000) for seed in range(2)]
    assert 0.98 < np.mean([one.auc for one in made]) < 0.997
    for tag in FAULTS:
        marked, right, there = np.sum([caught(one)[tag] for one in made], axis=0)
        assert right / marked >= 0.8, tag
        assert right / there >= 0.5, tag


@pytest.mark.slow
@pytest.mark.parametrize("separation", [3.0, 5.0])
def test_planted_faults_in_many_tables(separation: float) -> None:
    """The precision of at least .8 holds from AUC .976 (3 standard deviations apart) to .998, over 4 tables each."""
    made = [planted(seed, separation, boosted=boosted) for seed in range(2) for boosted in (False, True)]
    for tag in FAULTS:
        marked, right, _ = np.sum([caught(one)[tag] for one in made], axis=0)
        assert right / marked >= 0.8, tag


def test_overlapping_classes_accuse_no_label() -> None:
    """Where classes overlap (AUC .92) a confident error needs no wrong label, and the reason is told."""
    made = planted(0, 2.0)
    assert "classes overlap" in why_not(made.case, "likely label error")


def test_label_errors_without_development_rows() -> None:
    """Each half of the test rows is judged by the other; with few rows of a class none is, which is told."""
    made = planted(1, 5.0)
    alone = replace(made.case, development=None)
    marked = sorted(told(alone, "likely label error"))
    assert made.marks["flipped"][marked].mean() >= 0.8
    assert len(marked) >= made.marks["flipped"].sum() / 2
    few = replace(alone, predictions=made.case.predictions.take(np.arange(12)))
    assert "no development predictions" in why_not(few, "likely label error")
    held = made.case.development
    assert held is not None
    known = replace(held, predictions=held.predictions.take(np.arange(60)))
    assert "under 50" in why_not(replace(made.case, development=known), "likely label error")


def test_out_of_range_and_unseen() -> None:
    """Numbers and dates beyond the training rows by a tenth of their range, and categories that they do not have."""
    days = pd.date_range("2024-01-01", periods=11)
    train = pd.DataFrame({"n": np.arange(11.0), "d": days, "c": [*"ababababab", "b"], "full": np.arange(11)})
    X = pd.DataFrame(
        {
            "n": [5, 11, 11.2, np.nan, -1, -2, 5, 5, 5, 5],
            "d": [days[0]] * 8 + [days[10] + pd.Timedelta(days=2), pd.NaT],
            "c": ["a"] * 6 + ["z", None, "b", "b"],
            "full": [1.0] * 9 + [np.nan],
        }
    )
    outside = told(case(X, train), "out of the training range")
    assert sorted(outside) == [2, 5, 8]
    assert outside[2] == "n is 11.2, and the training rows go from 0 to 10"
    assert outside[8] == "d is 2024-01-13, and the training rows go from 2024-01-01 to 2024-01-11"
    unseen = told(case(X, train), "unseen category")
    assert unseen[6] == "c is 'z', which no training row has"
    assert unseen[9].startswith("d is missing, which it is in no training row; full is missing")
    assert sorted(unseen) == [3, 6, 7, 9]
    late = case(X.assign(d=days[10] + pd.Timedelta(days=9)), train)
    assert all("d is" not in text for text in told(late, "out of the training range").values())


def test_contradictions_name_the_other_row() -> None:
    """The same features with another label in train or test; in a table where that is usual it is said so."""
    X = pd.DataFrame({"a": np.arange(60), "b": "x"})
    X.loc[1, "a"] = 0
    train = pd.DataFrame({"a": [5, 5, 99], "b": "x"})
    truth = np.zeros(60, dtype=np.int64)
    truth[1] = 1
    found = told(case(X, train, truth=truth, train_truth=np.array([0, 1, 0])), "contradictory duplicate")
    assert found[0] == "1 of 1 other rows with the same features say otherwise: a test row says 'yes'"
    assert found[5] == "1 of 2 other rows with the same features say otherwise: a training row says 'yes'"
    assert sorted(found) == [0, 1, 5]
    usual = case(X.assign(a=0), None, truth=truth)
    assert told(usual, "contradictory duplicate") == {}
    assert "100% of all rows" in told(usual, "features cannot tell apart")[0]


def test_very_different_targets_of_the_same_row() -> None:
    """Numbers contradict each other only when farther apart than the interquartile range of the target."""
    X = pd.DataFrame({"a": [0, 0, 1, 1, *range(2, 38)]})
    truth = np.array([0.0, 100.0, 0.0, 2.0, *np.linspace(0, 40, 36)])
    assert sorted(told(numbers(X, truth, truth), "contradictory duplicate")) == [0, 1]


def test_a_known_row_that_is_wrong() -> None:
    """Three training rows with the same features and the true answer, none with another, and still wrong."""
    X = pd.DataFrame({"a": [1, 2, 3, 4]})
    train = pd.DataFrame({"a": [1, 1, 1, 2, 2, 3, 3, 3, 4, 4, 4]})
    answers = np.array([1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0])
    known = case(X, train, truth=np.array([1, 1, 1, 0]), train_truth=answers)
    assert told(known, "known row") == {0: "all 3 training rows with the same features have the true answer"}


def test_missing_values_that_drive_the_prediction() -> None:
    """The prediction flips when the missing value is replaced by training values, and the evidence says how."""

    def model(X: pd.DataFrame) -> Any:
        return np.where(X["n"].isna(), 0.9, np.where(X["n"] > 8, 0.8, 0.2))

    train = pd.DataFrame({"n": np.arange(12.0), "c": ["x"] * 6 + ["y"] * 4 + ["z"] * 2})
    X = pd.DataFrame({"n": [np.nan, 1.0, np.nan], "c": ["x", None, None]})
    found = told(case(X, train, model), "missing-driven")
    assert sorted(found) == [0, 2]
    assert found[0] == (
        "n is missing: with the median, 5, of the training rows the model says 'no' (0.8) instead of 'yes' (0.9)"
    )
    assert found[2].startswith(
        "2 values are missing (n, c): with the median and the most frequent value of the training"
    )
    assert "of the test rows" in told(case(X, None, model), "missing-driven")[0]
    assert "no model" in why_not(case(X, train), "missing-driven")


@pytest.mark.parametrize("kind", ["category", "Int64", "boolean", "object"])
def test_missing_values_of_any_type_are_filled(kind: str) -> None:
    """Values that stand in keep the type of their column."""
    values: Any = {"category": ["a", "b"], "Int64": [1, 2], "boolean": [True, False], "object": [1, "b"]}[kind]
    column = pd.Series([*values, values[0], None], dtype=kind)

    def model(X: pd.DataFrame) -> Any:
        assert X["v"].dtype == column.dtype
        return np.where(X["v"].isna(), 0.9, 0.1)

    frame = pd.DataFrame({"v": column})
    assert sorted(told(case(frame, frame, model), "missing-driven")) == [3]


def test_numbers_that_missing_values_drive() -> None:
    """A predicted number is driven by a missing value where filling it moves it by half of the residual."""

    def model(X: pd.DataFrame) -> Any:
        return X["n"].fillna(10.0).to_numpy()

    X = pd.DataFrame({"n": [np.nan, np.nan, 1.0, 1.0]})
    asked = numbers(X, [0.0, 90.0, 1.0, 1.0], model(X), train=TrainRows(X.fillna(2.0)), model=model)
    assert sorted(told(asked, "missing-driven")) == [0]


def test_rare_slices() -> None:
    """Cells with few training rows, but some: categories, `missing`, and bins of numbers where the rows have moved."""
    train = pd.DataFrame({"c": ["a"] * 390 + ["b"] * 6 + [None] * 4, "n": np.r_[np.arange(397.0), [2e3, 3e3, 3e3]]})
    X = pd.DataFrame({"c": ["a"] * 18 + ["b", None], "n": [1.0, 2, 3, 4, 5, 6] * 2 + [7.0] * 6 + [2500.0] * 2})
    found = told(case(X, train), "rare slice")
    assert found[18].startswith("6 of 400 training rows have c = 'b'")
    assert found[19].startswith("4 of 400 training rows have c missing")
    assert sorted(found) == [18, 19]


def test_near_the_boundary() -> None:
    """The two most probable classes are at most .1 apart."""
    X = pd.DataFrame({"p": [0.5, 0.54, 0.56, 0.1]})
    found = told(case(X, None, lambda X: X["p"]), "near the boundary")
    assert sorted(found) == [0, 1]
    assert found[1] == "'yes' has 0.54 and 'no' has 0.46"


def test_a_model_that_answers_otherwise() -> None:
    """Asked again, a model that depends on its batch or on chance gives another answer, and its cause is a system's."""
    X = pd.DataFrame({"n": np.linspace(-1, 1, 50)})

    def batch(X: pd.DataFrame) -> Any:
        return 1 / (1 + np.exp(-3 * (X["n"] - X["n"].mean())))

    asked = case(X, None, batch, truth=np.ones(50, dtype=np.int64), plan=Plan(failures=10))
    examples = failure_examples(asked)
    assert {one["cause"] for one in examples} == {"systems"}
    assert told(case(X, None, lambda X: (X["n"] + 1) / 2), "not reproducible") == {}


def test_failures_are_the_same_bytes() -> None:
    """The same case gives the same bytes, whatever the order in which tags were looked for."""
    made = planted(3, 4.0, n=800)
    assert canonical(failure_examples(made.case)) == canonical(failure_examples(made.case))


@pytest.mark.parametrize("name", TAGS)
def test_no_tag_needs_more_than_there_is(name: str) -> None:
    """Every tag is looked for, or says why not, where only predictions are known or features are odd."""
    bare = numbers(pd.DataFrame(index=range(3)), [1, 2, 3], [1, 2, 4])
    odd = case(pd.DataFrame({"a": [None] * 3, 5: [[1], [2], [3]]}), pd.DataFrame({"a": [None], 5: [[1]]}))
    for one in (bare, odd):
        if one.predictions.task not in TAGS[name].tasks:
            continue
        found = tagged(Look(one, np.arange(3)))
        assert (name in found.found) != (name in found.left_out)
