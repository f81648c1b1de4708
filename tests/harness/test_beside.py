"""Slices that a person asks for: inside against outside, two features crossed, and queries kept under a name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from drawn_reports import binary_predictions, regression_predictions

from modellab_core.errors import BadInput
from modellab_core.harness.figures import FIGURES
from modellab_core.harness.report import evaluate_predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.slices.beside import PENDING, at_once, beside, resampled, rows_inside
from modellab_core.harness.slices.crossed import crossed
from modellab_core.harness.slices.gap_tests import newcombe_difference
from modellab_core.harness.slices.query import rows
from modellab_core.harness.summary import Report

PLAN = Plan(headline="roc_auc", resamples=200)
QUICK = Plan(
    resamples=50, stresses=(), slicers=(), discovery=False, importance=0, advice=False, named=(("Old", "age > 60"),)
)


def guests() -> tuple[object, pd.DataFrame]:
    """Binary predictions whose rows have an age, with a gap, and a town."""
    predictions, rng = binary_predictions(), np.random.default_rng(1)
    n = len(predictions)
    frame = pd.DataFrame({"age": rng.integers(20, 80, n).astype(float), "town": rng.choice(["Rome", "Bern"], n)})
    frame.loc[:9, "age"] = np.nan
    return replace(predictions, X=frame), frame


def test_values_are_those_of_the_rows_alone() -> None:
    """Inside is what a report of the rows inside says, outside what one of the others says."""
    predictions, frame = guests()
    inside = rows("age > 50", frame)
    found = at_once(predictions, PLAN, {"inside": inside, "outside": ~inside})
    for name, mask in (("inside", inside), ("outside", ~inside)):
        alone = evaluate_predictions(predictions.take(mask), replace(QUICK, named=()))
        for score in found[name]:
            assert score.n == mask.sum()
            assert score.value == pytest.approx(alone[score.metric].value)


def test_shares_have_their_interval_at_once_and_all_others_after_resampling() -> None:
    """At once Wilson's interval of shares and nothing that is not known yet; then what a report would give."""
    predictions, frame = guests()
    masks = {"inside": rows("town == 'Rome'", frame)}
    first = {one.metric: one for one in at_once(predictions, PLAN, masks)["inside"]}
    then = {one.metric: one for one in resampled(predictions, PLAN, masks)["inside"]}
    assert first["accuracy"].method == "wilson"
    assert (first["roc_auc"].low, first["roc_auc"].note) == (None, PENDING)
    assert then["roc_auc"].low is not None
    assert {name: one.value for name, one in first.items()} == {name: one.value for name, one in then.items()}
    report = evaluate_predictions(predictions, replace(QUICK, resamples=200, queries=("town == 'Rome'",)))
    stored = {one.metric: one for one in report.scores if one.slice == "town == 'Rome'"}
    assert stored.keys() == then.keys()
    for name, one in stored.items():
        assert (one.low, one.high) == pytest.approx((then[name].low, then[name].high))


def test_the_difference_of_two_shares_has_newcombes_interval() -> None:
    """From Wilson's interval of both sides MOVER gives method 10 of Newcombe (1998), as the search of slices has it."""
    predictions, frame = guests()
    inside = rows("age > 50", frame)
    wrong = predictions.y_true != predictions.y_pred
    accuracy = beside(at_once(predictions, PLAN, {"in": inside, "out": ~inside}), "in", "out")[1]
    assert accuracy.inside.metric == "accuracy"
    counts = int((~wrong)[inside].sum()), int(inside.sum()), int((~wrong)[~inside].sum()), int((~inside).sum())
    assert accuracy.ends == pytest.approx(newcombe_difference(*counts, 0.95))


def test_rows_inside_come_with_the_largest_loss_first() -> None:
    """Rows of a slice are told with truth, prediction and their own features, the worst first."""
    predictions, frame = guests()
    inside = rows("age > 50", frame)
    told = rows_inside(predictions, frame, inside, 20)
    assert list(told.columns) == ["Row", "Truth", "Prediction", "Loss", "age", "town"]
    assert told["Loss"].is_monotonic_decreasing
    places = {int(row): at for at, row in enumerate(predictions.row)}
    assert [frame["town"].iloc[places[row]] for row in told["Row"]] == told["town"].tolist()
    numbers = regression_predictions()
    assert len(rows_inside(numbers, pd.DataFrame(index=range(len(numbers))), numbers.y_true > 0, 5)) == 5


def test_every_row_is_in_one_cell_and_its_query_selects_it() -> None:
    """Two features crossed hold each row once, missing values too; the query of a cell gives its rows."""
    _, frame = guests()
    found = crossed(frame, "age", "town")
    assert found.counts.sum() == len(frame)
    assert np.sum([cell.rows for cell in found.cells], axis=0).tolist() == [1] * len(frame)
    for cell in found.cells:
        assert (rows(str(cell.query), frame) == cell.rows).all()
        assert found.at(cell.line, cell.column) is cell
    towns = crossed(frame, "town")
    assert {cell.name: int(cell.rows.sum()) for cell in towns.cells} == {
        f"town: {name}": int((frame.town == name).sum()) for name in ("Rome", "Bern")
    }
    with pytest.raises(BadInput, match="no feature 'street'"):
        crossed(frame, "age", "street")


def test_the_map_says_rows_and_value_of_each_cell() -> None:
    """The figure has a line a cell, a text alternative with the extremes, and nothing without features."""
    predictions, frame = guests()
    cells = crossed(frame, "age", "town")
    found = resampled(predictions, PLAN, {cell.name: cell.rows for cell in cells.cells})
    options = {"cells": cells, "scores": {name: lines[0] for name, lines in found.items()}, "metric": "roc_auc"}
    drawn, report = FIGURES["slice_map"], evaluate_predictions(predictions, replace(QUICK, named=()))
    told = drawn.frame(report, **options)
    assert told["n"].sum() == len(frame)
    assert "ROC AUC in" in drawn.alt(report, **options)
    assert drawn.plotly(report, **options).data
    assert not drawn.applies(report)


def test_a_named_slice_is_reported_under_its_name() -> None:
    """A kept query is a slice by its name; one that does not fit these features is told, and is no error."""
    predictions, frame = guests()
    plan = replace(QUICK, named=(("Old", "age > 60"), ("Gone", "street == 'x'")))
    report = evaluate_predictions(predictions, plan)
    score = next(one for one in report.scores if one.slice == "Old")
    assert score.n == (frame.age > 60).sum()
    assert report.slices["Old"]["slicer"] == "named"
    assert "Gone" not in report.slices
    assert any("'Gone' is left out" in note.text for note in report.notes)
    assert Report.from_json(report.to_json()).plan == report.plan
