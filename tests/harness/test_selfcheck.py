"""The laws hold for every honest model, and each catches the model that breaks it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import made_up
from sklearn.linear_model import LinearRegression, LogisticRegression

from modellab_core.data.task import Task
from modellab_core.harness.engine.drawing import value_of
from modellab_core.harness.laws.law import LAWS
from modellab_core.harness.laws.selfcheck import SelfCheck, selfcheck, selfcheck_predictions
from modellab_core.harness.metrics.metric import METRICS, Metric
from modellab_core.harness.predictions import Predictions

RNG = np.random.default_rng(0)
N = 300
X = pd.DataFrame({"a": RNG.normal(size=N), "b": RNG.normal(size=N), "c": RNG.normal(size=N)})
Y = (X["a"] + 0.5 * RNG.normal(size=N) > 0).astype(int)
K = np.digitize(X["a"] + 0.5 * RNG.normal(size=N), [-0.5, 0.5])
MODEL_LAWS = {"stored_answers", "same_question", "order_of_rows", "one_by_one", "order_of_columns"}


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-np.asarray(z, dtype=float)))


def outcomes(checked: SelfCheck) -> dict[str, str]:
    return {one.law: one.outcome for one in checked.outcomes}


def broken(model: Any, **more: Any) -> set[str]:
    """The laws that a function of the rows breaks."""
    return {one.law for one in selfcheck(model, X, Y, classes=[0, 1], **more).broken}


def test_an_honest_classifier_keeps_all_laws() -> None:
    """Two classes, named columns, probabilities: every law applies and holds."""
    checked = selfcheck(LogisticRegression().fit(X, Y), X, Y)
    assert set(outcomes(checked).values()) == {"ok"}
    assert checked.holds
    assert checked.sentence == f"{len(LAWS)} of {len(LAWS)} laws hold."
    assert list(checked.frame().columns) == ["law", "promise", "outcome", "detail"]
    assert "refused" in next(one.detail for one in checked.outcomes if one.law == "order_of_columns")


def test_an_honest_regression_and_many_classes_keep_theirs() -> None:
    """What fits the task is tried and holds; what does not is not applicable, with its reason."""
    numbers = selfcheck(LinearRegression().fit(X, X["a"] * 3), X, X["a"] * 3 + X["b"] ** 2)
    assert numbers.holds
    left = {one.law: one.detail for one in numbers.outcomes if one.outcome == "not_applicable"}
    assert set(left) == {"probabilities", "class_names", "swapped_positive", "monotone_scores"}
    assert left["class_names"] == "Not applicable, because the task is regression."
    many = selfcheck(LogisticRegression().fit(X, K), X, K)
    assert many.holds
    assert {one.law for one in many.outcomes if one.outcome == "not_applicable"} == {
        "swapped_positive",
        "monotone_scores",
    }


def test_arrays_and_functions_can_be_checked() -> None:
    """A model of arrays has no names of columns; one that gives labels has no probabilities."""
    array = X.to_numpy()
    assert outcomes(selfcheck(LogisticRegression().fit(array, Y), array, Y))["order_of_columns"] == "not_applicable"
    labels = outcomes(selfcheck(lambda rows: (rows["a"] > 0).astype(int).to_numpy(), X, Y))
    assert labels["probabilities"] == labels["monotone_scores"] == "not_applicable"
    assert labels["one_by_one"] == labels["class_names"] == "ok"


def test_without_a_model_its_laws_do_not_apply() -> None:
    """Predictions alone: laws that ask a model say why they are not applicable, the others are tried."""
    checked = selfcheck(None, X, Y, y_proba=sigmoid(X["a"]))
    assert {one.law for one in checked.outcomes if one.outcome == "not_applicable"} == MODEL_LAWS
    assert all("no model was given" in one.detail for one in checked.outcomes if one.law in MODEL_LAWS)
    assert checked.holds
    assert checked.sentence.endswith("5 are not applicable.")


def test_a_model_that_looks_at_its_batch() -> None:
    """Standardising by the rows that come along is caught when a row is asked by itself."""
    found = broken(lambda rows: sigmoid(3 * (rows["a"] - rows["a"].mean())))
    assert found == {"one_by_one"}
    tenth = selfcheck(lambda rows: sigmoid(3 * (rows["a"] - rows["a"].mean())), X, Y, classes=[0, 1]).broken[0]
    assert tenth.detail.startswith("50 of 50 answers differ, the most by 0.")
    assert "among others" in tenth.detail


def test_a_model_that_looks_at_the_order_of_rows() -> None:
    """A running mean over the rows is caught when they are shuffled."""
    found = broken(lambda rows: sigmoid(rows["a"].expanding().mean()))
    assert {"order_of_rows", "one_by_one"} <= found
    assert "same_question" not in found


def test_a_model_that_throws_dice() -> None:
    """Another answer to the same question is caught, and so is that what is stored is not what is said."""
    dice = np.random.default_rng(1)
    assert {"same_question", "stored_answers"} <= broken(
        lambda rows: sigmoid(rows["a"]) * dice.uniform(0.5, 1, len(rows))
    )


def test_a_model_that_looks_at_positions_of_columns() -> None:
    """A model that takes named columns by their place is caught when they come in another order."""
    assert broken(lambda rows: sigmoid(rows.to_numpy()[:, 0])) == {"order_of_columns"}


def test_stored_predictions_of_another_model() -> None:
    """Predictions that the model does not make are caught; the row and both answers are named."""
    checked = selfcheck(lambda rows: sigmoid(rows["a"]), X, Y, y_proba=sigmoid(-X["a"]))
    assert [one.law for one in checked.broken] == ["stored_answers"]
    assert "by what was stored" in checked.broken[0].detail


def test_a_model_that_cannot_take_a_single_row() -> None:
    """A model that raises breaks the law, with what it said; no traceback."""

    def model(rows: pd.DataFrame) -> Any:
        if len(rows) < 2:
            raise ValueError("needs two rows")
        return sigmoid(rows["a"])

    checked = selfcheck(model, X, Y, classes=[0, 1])
    assert [one.law for one in checked.broken] == ["one_by_one"]
    assert "needs two rows" in checked.broken[0].detail


def test_probabilities_that_are_none() -> None:
    """Probabilities that do not sum to 1 are caught, whoever let them pass."""
    proba = np.tile([0.5, 0.4], (4, 1))
    proba[2] = [0.5, 0.5]
    given = Predictions(Task.BINARY, np.arange(4), np.array([0, 1, 0, 1]), np.zeros(4, int), proba, ("n", "y"), "y")
    found = {one.law: one.detail for one in selfcheck_predictions(given).broken}
    assert "3 of 4 rows, the first is row 0: 0.5, 0.4, which sum to 0.9." in found["probabilities"]


@pytest.fixture
def odd_metric(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A way to put a metric of one's own into the registry for one test."""

    def add(kernel: Any, direction: int = 1) -> None:
        made = Metric("odd", "Odd", (Task.BINARY,), direction, "prediction", "never", kernel)
        monkeypatch.setitem(METRICS._things, "odd", made)

    return add


@pytest.mark.parametrize(
    ("kernel", "laws"),
    [
        (lambda tally: tally.total, {"equal_weights"}),
        (lambda tally: np.full(len(tally), float(tally.cells.predictions.row[0])), {"order_of_rows_in_metrics"}),
        (lambda tally: np.full(len(tally), float(len(tally.cells))), {"whole_weights"}),
        (lambda tally: np.full(len(tally), float("0" in tally.cells.predictions.classes)), {"class_names"}),
        (lambda tally: np.full(len(tally), -float((tally.cells.predictions.y_pred == 1).mean())), {"direction"}),
    ],
    ids=["total weight", "first row", "number of rows", "class names", "how often positive"],
)
def test_a_metric_of_ones_own_that_breaks_a_law(odd_metric: Any, kernel: Any, laws: set[str]) -> None:
    """A metric that depends on what it must not is caught by the law that forbids it, with both numbers."""
    odd_metric(kernel)
    said = (X["a"] > 3).astype(int)  # it never says yes, so that the truth moves it
    checked = selfcheck(None, X, Y, y_pred=said, y_proba=sigmoid(X["a"]))
    found = {one.law: one.detail for one in checked.broken}
    assert laws <= set(found)
    assert all("Odd" in detail for detail in found.values())


def test_a_way_to_cut_that_loses_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices that hold a row twice or never are caught by the counts and by the means."""
    from modellab_core.harness.slices.slicers import SLICERS, Slice, Slicer

    def cut(predictions: Predictions) -> Any:
        yield Slice("half", np.asarray(predictions.y_true == predictions.y_pred), None, "half", None)

    monkeypatch.setitem(SLICERS._things, "lossy", Slicer("lossy", "Lossy", (Task.BINARY,), cut))
    found = {one.law for one in selfcheck(None, X, Y, y_pred=(X["a"] > 0).astype(int)).broken}
    assert found == {"slice_counts", "slice_means"}


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 100_000), n=st.integers(1, 60), bad=st.booleans())
def test_our_own_numbers_keep_their_laws(task: str, seed: int, n: int, bad: bool) -> None:
    """The laws hold for predictions of any quality with ties, weights and rows of few classes."""
    some = made_up(task, n, seed, decimals=1, weighted=seed % 2 == 0, skill=-2.0 if bad else 1.0)
    some = replace(some, X=pd.DataFrame({"f": np.arange(n) % 3}))
    assert [(one.law, one.detail) for one in selfcheck_predictions(some).broken] == []


def test_one_class_alone_has_no_specificity_in_any_order() -> None:
    """Weights are summed with rounding; where all rows are of one class the rest is nothing, however they come."""
    weight = np.array([0.1, 0.2, 0.3])
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        some = Predictions(
            Task.MULTICLASS, np.arange(3), np.zeros(3, int), np.arange(3), None, ("a", "b", "c"), weight=weight[order]
        )
        assert np.isnan(value_of(METRICS["specificity_macro"], some))
