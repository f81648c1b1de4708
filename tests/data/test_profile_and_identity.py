"""What is in a column, and knowing data by content."""

# ruff: noqa: E501 - one case a line is easier to look through

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from modellab_core.data.identity import column_hashes, reading_key
from modellab_core.data.profile import ColumnProfile, profile
from modellab_core.data.table import Reading, Table

RNG = np.random.default_rng(7)
N = 5000
FRAME = pd.DataFrame(
    {
        "float": np.where(RNG.random(N) < 0.1, np.nan, RNG.normal(size=N) ** 3),
        "whole": pd.array(np.where(RNG.random(N) < 0.1, None, RNG.integers(-50, 50, N)), dtype="Int64"),
        "large": RNG.integers(2**62, 2**63 - 1, N),
        "word": pd.array(RNG.choice(["a", "b", None], N), dtype="str"),
        "when": (pd.Timestamp("2020-01-01") + pd.to_timedelta(RNG.integers(0, 999, N), unit="D")).astype(
            "datetime64[us]"
        ),
        "flag": RNG.random(N) < 0.3,
        "empty": pd.array([None] * N, dtype="str"),
    }
)
TYPES = {
    "float": "number",
    "whole": "number",
    "large": "number",
    "word": "text",
    "when": "date",
    "flag": "boolean",
    "empty": "text",
}
TABLE = Table(FRAME, Reading("csv", TYPES), "", 0)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", FRAME.columns)
def test_profile_is_that_of_pandas(name: str) -> None:
    """Counts, range, mean, quantiles and top values are those of pandas, found in one sort."""
    column = FRAME[name]
    found = {item.name: item for item in profile(TABLE)}[name]
    assert (found.count, found.missing, found.distinct) == (N, int(column.isna().sum()), column.nunique())
    top = column.value_counts()
    if found.top:
        assert [count for _, count in found.top] == top.tolist()[:10]
    else:
        assert top.max() == 1 or top.empty
    if found.type != "number":
        return
    assert (found.min, found.max) == (column.min(), column.max())
    assert found.mean == pytest.approx(float(column.astype(float).mean()))
    for share, value in found.quantiles.items():
        assert value == pytest.approx(float(column.astype(float).quantile(float(share))))


def test_histogram() -> None:
    """Every value that is there is in one bin, as numpy puts it."""
    found = profile(TABLE)[0].histogram
    assert found is not None
    counts, _ = np.histogram(FRAME["float"].dropna(), np.array(found.edges, dtype=float))
    assert list(found.counts) == counts.tolist()
    assert sum(found.counts) == FRAME["float"].notna().sum()


def test_dates_are_text() -> None:
    """Range and quantiles of dates are ISO dates."""
    found = profile(TABLE)[4]
    assert (found.min, found.max) == (str(FRAME["when"].min().date()), str(FRAME["when"].max().date()))
    assert found.histogram is not None
    assert found.histogram.edges[0] == found.min


def test_profile_is_json() -> None:
    """A profile goes through strict JSON and back."""
    for item in profile(TABLE):
        text = json.dumps(item.to_json(), allow_nan=False)
        assert ColumnProfile.from_json(json.loads(text)) == item


def test_extreme_numbers() -> None:
    """Infinite and huge numbers neither break a profile nor get into its JSON."""
    frame = pd.DataFrame(
        {"a": [np.inf, 1.0, 2.0, np.nan], "b": [1e308, -1e308, 0.0, 1.0], "c": [np.inf, -np.inf, np.nan, np.nan]}
    )
    a, b, c = profile(Table(frame, Reading("csv", dict.fromkeys("abc", "number")), "", 0))
    assert (a.min, a.max, a.distinct, a.missing) == (1.0, 2.0, 3, 1)
    assert b.distinct == 4
    assert (c.min, c.distinct) == (None, 2)
    for item in (a, b, c):
        json.dumps(item.to_json(), allow_nan=False)


def test_values_are_shown_as_written() -> None:
    """Top values have the spelling of the file."""
    table = Table(pd.DataFrame({"a": [1.0, 1.0, 2.0]}), Reading("csv", {"a": "number"}), "", 0, (), {"a": {"1": "1.0"}})
    assert profile(table)[0].top == (("1.0", 2), ("2", 1))


def test_hashes_are_of_content() -> None:
    """Equal values have equal hashes, however they are held; any other value, order, type or gap has another."""
    hashes = column_hashes(TABLE)
    assert len(set(hashes.values())) == len(hashes)
    copy = FRAME.assign(word=FRAME["word"].astype(object), when=FRAME["when"].astype("datetime64[ns]"))
    assert column_hashes(replace(TABLE, frame=copy)) == hashes
    for name, values in {
        "word": FRAME["word"].fillna(""), "whole": FRAME["whole"].fillna(0), "large": FRAME["large"][::-1].to_numpy(),
        "flag": FRAME["flag"].astype("int64"), "float": FRAME["float"].fillna(0.0),
    }.items():  # fmt: skip
        assert column_hashes(replace(TABLE, frame=FRAME.assign(**{name: values})))[name] != hashes[name]
    shifted = pd.DataFrame({"a": ["ab", "c"], "b": ["a", "bc"]})
    assert len(set(column_hashes(replace(TABLE, frame=shifted)).values())) == 2


def test_key_of_a_reading() -> None:
    """Readings that differ in anything have different keys; equal ones, through JSON, the same."""
    reading = Reading("csv", {"a": "number", "b": "text"}, "utf-8", ",", True, ("NA",))
    assert reading_key(Reading.from_json(json.loads(json.dumps(reading.to_json())))) == reading_key(reading)
    others = [
        replace(reading, **change)
        for change in (
            {"delimiter": ";"}, {"encoding": "utf-16"}, {"header": False}, {"missing": ()}, {"types": {"b": "text", "a": "number"}},
            {"dates": {"a": "YYYY-MM-DD"}}, {"decimal": {"a": ","}}, {"missing_everywhere": ("x",)},
        )
    ]  # fmt: skip
    assert len({reading_key(item) for item in [reading, *others]}) == 9
