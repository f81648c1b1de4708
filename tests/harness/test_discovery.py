"""Honest discovery: searched on some rows, confirmed on others, corrected for all that was tested."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modellab_core.data.task import Task
from modellab_core.harness.canonical import canonical, plain
from modellab_core.harness.case import Case, Development
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.metrics import metric_for
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.slices.columns import Columns
from modellab_core.harness.slices.discovery import KEPT, PAIRED, Q, candidates, discover, parts_of, row_losses
from modellab_core.harness.slices.halves import halves, row_marks
from modellab_core.harness.slices.query import rows as rows_of
from modellab_core.harness.slices.slicing import sliced


def table(n: int, rng: np.random.Generator, features: int = 4) -> pd.DataFrame:
    """Numbers, the first with gaps, and a column of categories."""
    X = pd.DataFrame(rng.normal(size=(n, features)), columns=[f"x{place}" for place in range(features)])
    X.loc[rng.random(n) < 0.08, "x0"] = np.nan
    X["job"] = rng.choice(["clerk", "cook", "it's"], n, p=[0.5, 0.42, 0.08])
    return X


def predicted(X: pd.DataFrame, chance: Any, rng: np.random.Generator, **more: Any) -> Predictions:
    """Classes that are wrong with a chance per row."""
    truth = rng.integers(0, 2, len(X))
    said = np.where(rng.random(len(X)) < chance, 1 - truth, truth)
    return Predictions(Task.BINARY, np.arange(len(X)), truth, said, classes=("no", "yes"), positive="yes", X=X, **more)


def weak_where_missing(X: pd.DataFrame) -> np.ndarray:
    """A chance of an error of .3 where x0 is missing, .05 elsewhere."""
    return np.where(X["x0"].isna(), 0.3, 0.05)


def case_of(predictions: Predictions, development: Development | None = None, **plan: Any) -> Case:
    """The case of some predictions."""
    given = Plan(**{"headline": "accuracy" if predictions.task.is_classification else "mae", "resamples": 40} | plan)
    metric = metric_for(given.headline, predictions.task)
    return Case(predictions, given, metric, resampling_for(predictions, given), development=development)


def missing_case(n: int = 1500, apart: bool = False, seed: int = 1, **more: Any) -> Case:
    """A case whose errors gather where x0 is missing."""
    rng = np.random.default_rng(seed)
    X = table(n, rng)
    rows = predicted(X, weak_where_missing(X), rng, **more)
    if not apart:
        return case_of(rows)
    other = table(2 * n, rng)
    return case_of(
        rows, Development(predicted(other, weak_where_missing(other), rng), "out_of_fold", np.arange(2 * n) % 5)
    )


@pytest.mark.parametrize("apart", [True, False], ids=["out of fold", "halves"])
def test_a_slice_of_missing_values_is_found(apart: bool) -> None:
    """Rows without a value are searched like all others: where errors gather there, that slice is confirmed."""
    case = missing_case(apart=apart)
    found = discover(case)
    first = found.told["found"][0]
    assert (first["name"], first["query"]) == ("x0: missing", "x0 is missing")
    assert found.told["search"]["kind"] == ("out_of_fold" if apart else "half")
    assert first["low"] > 0
    assert first["low"] <= 0.25 <= first["high"]
    assert first["q_value"] <= Q
    inside = found.confirmed[0].rows
    assert inside.sum() == first["n"]
    assert not inside[case.predictions.X["x0"].notna()].any()
    wrong = row_losses(case.predictions)
    assert wrong[inside].mean() == pytest.approx(first["loss"])


def test_the_effect_comes_from_rows_that_were_not_searched() -> None:
    """With halves the rows searched and the rows that confirm share nothing, and only the latter count."""
    case = missing_case()
    parts = parts_of(case)
    assert not set(parts.search.row) & set(parts.confirm)
    assert len(parts.search) + len(parts.confirm) == len(case.predictions)
    found = discover(case)
    assert found.told["confirm"]["n"] == len(parts.confirm)
    outside = np.setdiff1d(np.arange(len(case.predictions)), parts.confirm)
    assert all(not one.rows[outside].any() for one in found.confirmed)


def test_the_whole_answer_is_plain_and_the_same_again() -> None:
    """The same rows and seed give the same bytes; the order of the rows changes nothing but the last bits."""
    case = missing_case()
    told = discover(case).told
    assert canonical(told) == canonical(discover(missing_case()).told)
    assert plain(told) == told
    order = np.random.default_rng(5).permutation(len(case.predictions))
    mixed = discover(case_of(case.predictions.take(order))).told
    assert [(one["query"], one["n"]) for one in mixed["found"]] == [(one["query"], one["n"]) for one in told["found"]]
    assert mixed["visible_gap"] == pytest.approx(told["visible_gap"])


def test_only_what_stood_out_goes_to_the_test() -> None:
    """At most K cells are kept, none of them small, none alike; the rest is counted as searched."""
    rng = np.random.default_rng(2)
    X = table(3000, rng, features=8)
    search = predicted(X, 0.5, rng)
    found = candidates(search, row_losses(search), 3000)
    assert 0 < len(found.kept) <= KEPT < found.cells
    masks = [rows_of(one.query, X) for one in found.kept]
    for place, mask in enumerate(masks):
        assert mask.sum() == found.kept[place].n >= 30
        assert row_losses(search)[mask].mean() > row_losses(search)[~mask].mean()
        for other in masks[:place]:
            shared = (mask & other).sum()
            assert shared <= 0.5 * (mask | other).sum()
            assert shared < mask.sum()


def test_a_product_of_two_features_is_found() -> None:
    """Where errors gather in a cell of two features, the cell is found and not each of its bins."""
    rng = np.random.default_rng(3)
    X = pd.DataFrame({name: rng.choice(list("abcd"), 6000) for name in ("u", "v", "w")})
    weak = ((X["u"] == "b") & (X["w"] == "c")).to_numpy()
    told = discover(case_of(predicted(X, np.where(weak, 0.3, 0.05), rng))).told
    assert told["found"][0]["query"] == "u == 'b' and w == 'c'"


def test_parts_of_a_weak_bin_are_not_findings_of_their_own() -> None:
    """A bin that is weak as a whole lends nothing to the cells inside it."""
    told = discover(missing_case(4000, apart=True)).told
    assert [one["name"] for one in told["found"]] == ["x0: missing"]
    assert not any("x0: missing and" in one["name"] for one in told["unconfirmed"])


def test_groups_and_repeated_rows_are_never_split() -> None:
    """The halves hold whole groups, and rows with equal features are in the same half."""
    rng = np.random.default_rng(4)
    X = table(600, rng)
    X.iloc[300:340] = X.iloc[:40].to_numpy()
    groups = np.arange(600) // 4
    groups[300:340] = rng.integers(0, 150, 40)
    for given in (None, groups):
        rows = predicted(X, 0.1, rng, groups=given)
        rows.y_true[300:340] = rows.y_true[:40]
        search, confirm, note = halves(rows, resampling_for(rows, Plan()))
        assert note == ""
        assert 150 <= len(search) <= 450
        marks = row_marks(Columns(X), 600)
        assert len(np.unique(marks)) == 560
        assert not set(marks[search]) & set(marks[confirm])
        if given is not None:
            assert not set(groups[search]) & set(groups[confirm])


def test_few_different_rows_can_still_be_halved() -> None:
    """Where most rows have a twin, their likeness is chance: they are dealt one by one, and that is said."""
    rng = np.random.default_rng(4)
    X = pd.DataFrame({"sex": rng.choice(["f", "m"], 400), "class": rng.integers(1, 4, 400)})
    rows = predicted(X, np.where(X["sex"] == "m", 0.3, 0.05), rng)
    told = discover(case_of(rows)).told
    assert told["note"] == ""  # equal features with different truths
    assert told["found"][0]["query"] == "sex == 'm'"
    sure = replace(rows, y_true=(X["class"] > 1).to_numpy().astype(int))
    assert "most rows have a twin" in discover(case_of(sure)).told["note"]


def test_time_is_halved_in_order() -> None:
    """Rows in time are searched in the earlier half and confirmed in the later one."""
    rng = np.random.default_rng(4)
    rows = predicted(table(200, rng), 0.2, rng)
    search, confirm, _ = halves(rows, resampling_for(rows, Plan(time_ordered=True)))
    assert search.max() < confirm.min()
    dates = replace(rows, groups=np.arange(200) // 7)
    search, confirm, _ = halves(dates, resampling_for(dates, Plan(time_ordered=True)))
    assert not set(dates.groups[search]) & set(dates.groups[confirm])


@pytest.mark.parametrize("kind", ["groups", "time", "weights", "frequencies", "regression"])
def test_each_kind_of_rows_has_its_test(kind: str) -> None:
    """Groups and time deal whole groups, weights and numbers take Welch's test, frequencies count as rows."""
    rng = np.random.default_rng(7)
    X = table(2400, rng)
    rows = predicted(X, weak_where_missing(X), rng)
    plan: dict[str, Any] = {}
    if kind == "groups":
        rows = replace(rows, groups=np.arange(2400) // 3)
    elif kind == "time":
        plan = {"time_ordered": True}
    elif kind == "regression":
        truth = rng.normal(size=2400)
        said = truth + rng.normal(size=2400) * np.where(X["x0"].isna(), 3, 1)
        rows = Predictions(Task.REGRESSION, rows.row, truth, said, X=X)
    else:
        rows = replace(rows, weight=rng.integers(1, 4, 2400).astype(float))
        plan = {"weight_kind": "frequency"} if kind == "frequencies" else {}
    told = discover(case_of(rows, **plan)).told
    fits = {"groups": "groups", "time": "groups", "weights": "welch", "frequencies": "fisher", "regression": "welch"}
    assert told["test"] == fits[kind]
    assert told["loss"] == ("absolute error" if kind == "regression" else "error rate")
    assert told["found"][0]["query"] == "x0 is missing"
    assert told["visible_gap"] > 0


def test_the_second_half_of_a_valid_part_is_searched() -> None:
    """Of a `valid` part only the rows that did not choose the number of rounds are searched."""
    rng = np.random.default_rng(8)
    case = missing_case(900)
    other = predicted(table(400, rng), 0.1, rng)
    valid = Development(other, "valid", np.arange(400) % 2)
    told = discover(replace(case, development=valid)).told
    assert told["search"] == {"kind": "valid", "n": 200}
    assert told["confirm"] == {"n": 900}


def test_what_cannot_be_searched_is_said() -> None:
    """No search asked for, no features, few rows, no error at all: each is an answer and no exception."""
    rng = np.random.default_rng(9)
    rows = predicted(table(300, rng), 0.1, rng)
    assert discover(case_of(rows, discovery=False)).told == {}
    assert "no features were given" in discover(case_of(replace(rows, X=None))).told["note"]
    assert "fewer than 30" in discover(case_of(rows.take(np.arange(50)))).told["note"]
    assert "does not cut by features" in discover(case_of(rows, slicers=("predicted",))).told["note"]
    perfect = discover(case_of(replace(rows, y_pred=rows.y_true))).told
    assert perfect["found"] == []
    assert "no cell" in perfect["note"].lower()
    empty = replace(rows, X=pd.DataFrame({"a": [None] * 300, "b": [1] * 300}))
    assert discover(case_of(empty)).told["found"] == []


def test_many_features_are_capped_with_a_note() -> None:
    """Beyond the caps the first features are searched, two by two those that tell most, and that is said."""
    rng = np.random.default_rng(10)
    X = pd.DataFrame(rng.normal(size=(400, 45)))
    X[30] = rng.choice([0.0, 1.0], 400, p=[0.7, 0.3])
    told = discover(case_of(predicted(X, np.where(X[30] == 1, 0.5, 0.02), rng))).told
    assert "first 40 of 45 features" in told["note"]
    assert f"among the {PAIRED} of 40" in told["note"]
    assert told["found"][0]["query"] == "`30` == 1"


def test_confirmed_slices_are_scored_and_marked() -> None:
    """A built-in slice that was confirmed says so with its q-value; one that was tested and failed says that too."""
    case = missing_case(1500, apart=True)
    parts = sliced(replace(case, plan=replace(case.plan, queries=("x0 is missing",))))
    assert parts.about["x0: missing"]["confirmed"] is True
    assert parts.about["x0: missing"]["q_value"] <= Q
    assert parts.confirmed[0].name == "x0: missing"
    assert {one.slice for one in parts.scores} >= {one.name for one in parts.confirmed}
    told = parts.discovery
    failed = {one["query"] for one in told["unconfirmed"]} & {line["query"] for line in parts.about.values()}
    for line in parts.about.values():
        if line["query"] in failed:
            assert (line["confirmed"], line["q_value"] > Q) == (False, True)
    halved = sliced(missing_case())
    assert halved.about["x0: missing (confirming half)"]["confirmed"] is True
    assert halved.about["x0: missing"]["confirmed"] is None


def test_slices_are_as_large_as_the_confirming_rows_need() -> None:
    """A cell that would have fewer than 15 confirming rows is not searched for."""
    rng = np.random.default_rng(12)
    search = predicted(table(4000, rng, features=6), 0.3, rng)
    loss = row_losses(search)
    few, many = candidates(search, loss, 100), candidates(search, loss, 4000)
    assert few.cells < many.cells
    assert min(one.n for one in few.kept) >= 600
    assert few.cell_share >= 0.15


def test_coin_flips_have_no_weak_segment() -> None:
    """Errors by the flip of a coin have no weak slice: of 30 samples at most 7 flag one (a 10 % procedure)."""
    flagged = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        flagged += bool(discover(case_of(predicted(table(600, rng), 0.5, rng), seed=seed)).told["found"])
    assert flagged <= 7
