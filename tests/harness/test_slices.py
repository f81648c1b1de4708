"""Ways to cut: every row is in one bin of every cut, and missing is an ordinary bin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messy_rows import made, messy

from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.harness.scores import Plan
from modellab_core.harness.slices.bins import CATEGORIES, bins_of, column_name, quantile_edges, short_edge
from modellab_core.harness.slices.slicers import FEATURES, SLICERS, slices_of


@pytest.mark.parametrize("task", list(Task))
def test_counts_of_every_cut_sum_to_n(task: Task) -> None:
    """Each row is in exactly one slice of each feature and of each other way to cut."""
    predictions = made(messy(400), 400, task)
    found, _ = slices_of(predictions, Plan())
    cuts: dict[tuple[str, str | None], np.ndarray] = {}
    for one in found:
        assert one.rows.shape == (400,)
        assert one.rows.any(), one.name
        cuts[one.slicer, one.feature] = cuts.get((one.slicer, one.feature), 0) + one.rows.astype(int)
    assert {feature for slicer, feature in cuts if slicer == "feature"} == set(predictions.X.columns)
    for cut, rows in cuts.items():
        assert (rows == 1).all(), cut


def test_every_slicer_that_fits_cuts() -> None:
    """Each registered slicer gives slices for each of its tasks."""
    for task in Task:
        found, _ = slices_of(made(messy(300), 300, task), Plan())
        assert {one.slicer for one in found} == {way.name for way in SLICERS.values() if task in way.tasks}


def test_names_are_unique_and_nothing_is_confirmed() -> None:
    """A slice is known by its name, and none claims to have been searched for."""
    X = pd.DataFrame({"a": ["x"] * 60, "predicted class": ["a"] * 30 + ["b"] * 30})
    found, _ = slices_of(made(X, 60), Plan())
    names = [one.name for one in found]
    assert len(set(names)) == len(names)
    for one in found:
        told = one.to_json()
        assert set(told) == {"feature", "bin", "query", "slicer", "confirmed", "q_value"}
        assert told["confirmed"] is None
        assert told["q_value"] is None


def test_missing_is_an_ordinary_bin() -> None:
    """Rows without a value are a slice of their own, with a query that asks for them."""
    column = pd.Series([1.0, 2.0, np.nan, 4.0, np.nan] * 10)
    last = bins_of(column, "age")[-1]
    assert (last.text, last.query) == ("missing", "age is missing")
    assert (last.rows == column.isna()).all()


def test_queries_select_the_same_rows() -> None:
    """The query of a bin of numbers picks the rows of the bin, by the values that it names."""
    values = np.round(np.random.default_rng(0).normal(size=200), 2)
    for one in bins_of(pd.Series(values), "v"):
        picked = np.ones(200, dtype=bool)
        for part in one.query.split(" and "):
            name, sign, edge = part.split()
            assert name == "v"
            picked &= values >= float(edge) if sign == ">=" else values < float(edge)
        assert (picked == one.rows).all()


def test_rare_categories_are_pooled() -> None:
    """Categories with few rows are one slice called other; a value that is called so keeps its quotes."""
    column = pd.Series(["a"] * 200 + ["other"] * 150 + [f"rare {i}" for i in range(50)])
    found = {one.text: one for one in bins_of(column, "c")}
    assert set(found) == {"a", '"other"', "other"}
    assert found["other"].rows.sum() == 50
    assert found["other"].query == "c not in ('a', 'other') and not c is missing"
    many = pd.Series([f"level {i % 30}" for i in range(3000)])
    assert len(bins_of(many, "c")) == CATEGORIES + 1


def test_ties_never_straddle_an_edge() -> None:
    """Equal values are in the same bin."""
    column = pd.Series([0.0] * 70 + list(np.linspace(1, 2, 30)))
    for one in bins_of(column, "v"):
        outside = set(column[~one.rows])
        assert not outside & set(column[one.rows])


def test_dates_are_cut_by_quantiles() -> None:
    """Dates, with a time zone or without, are cut into parts of about equal size, named by days."""
    days = pd.Series(pd.date_range("2020-01-01", periods=500, freq="D"))
    for column in (days, days.dt.tz_localize("UTC"), days.astype("datetime64[us]")):
        found = bins_of(column, "day")
        assert [one.rows.sum() for one in found] == [100] * 5
        assert found[1].text == "2020-04-10 to < 2020-07-19"
        assert found[0].query == 'day < "2020-04-10"'


def test_odd_names_are_quoted() -> None:
    """A column that is no plain word stands in backticks in a query."""
    assert column_name("age") == "age"
    assert column_name("my age") == "`my age`"
    assert column_name("in") == "`in`"
    assert column_name("a`b") == "`a``b`"


def test_wide_tables_are_capped_with_a_note() -> None:
    """Beyond the cap features are not cut, and a note says how many of them were."""
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(50, FEATURES + 5)))
    found, notes = slices_of(made(X, 50), Plan())
    assert len({one.feature for one in found if one.slicer == "feature"}) == FEATURES
    assert [note.code for note in notes] == ["slices_capped"]
    assert f"{FEATURES} of {FEATURES + 5}" in notes[0].text


def test_without_features_a_note_says_so() -> None:
    """Without X there are slices by confidence and prediction only, and a note."""
    found, notes = slices_of(made(None, 50), Plan())
    assert {one.slicer for one in found} == {"confidence", "predicted"}
    assert [note.code for note in notes] == ["slices_without_features"]


def test_the_plan_chooses_and_a_wrong_name_is_explained() -> None:
    """Only the slicers of the plan run; one that does not exist is refused by a sentence."""
    predictions = made(messy(50), 50)
    assert {one.slicer for one in slices_of(predictions, Plan(slicers=("predicted",)))[0]} == {"predicted"}
    with pytest.raises(BadInput, match="There is no slicer 'colour'"):
        slices_of(predictions, Plan(slicers=("colour",)))


@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("inf")), min_size=1, max_size=60), st.integers(2, 10))
@settings(max_examples=60, deadline=None)
def test_quantile_edges_leave_no_bin_empty(values: list[float], bins: int) -> None:
    """Every bin between the edges holds a value, and there are at most as many as asked for."""
    edges = quantile_edges(np.array(values), bins)
    counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
    assert len(counts) <= bins
    assert (counts > 0).all()


@given(st.lists(st.floats(allow_nan=False) | st.floats(-2, 2), min_size=2, max_size=20))
@settings(max_examples=100, deadline=None)
def test_edges_are_as_short_as_they_can_be(values: list[float]) -> None:
    """An edge is written with few digits, and still parts the values where the quantile does."""
    known = np.sort(np.array(values))
    for edge in quantile_edges(known, 5):
        short = short_edge(edge, known)
        assert ((known < short) == (known < edge)).all()
    assert short_edge(0.8140601879, np.array([0.81, 0.8140601879])) == 0.814
    assert short_edge(-0.23344974, np.array([-0.24, -0.23344974])) == -0.234


def test_a_query_nobody_reads_is_none() -> None:
    """Categories of endless text are cut like others, without a query."""
    found = bins_of(pd.Series(["a" * 20_000] * 30 + ["b"] * 30), "c")
    assert [(one.rows.sum(), one.query) for one in found] == [(30, None), (30, "c == 'b'")]
