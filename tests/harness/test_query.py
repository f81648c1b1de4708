"""Slice queries: a small grammar whose every text gives a mask or a sentence, and runs nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messy_rows import made, messy

from modellab_core.errors import BadInput
from modellab_core.harness.scores import Plan
from modellab_core.harness.slices.bins import bins_of
from modellab_core.harness.slices.query import parse, rows
from modellab_core.harness.slices.slicers import pairs, slices_of

FRAME = pd.DataFrame(
    {
        "age": [20.0, 35.0, np.nan, 60.0, np.inf, -np.inf],
        "job": ["clerk", "cook", None, "it's", "a\\b", "line\nbreak"],
        "net income": [1, 2, 3, 4, 5, 6],
        "a`b": [True, False, True, False, True, False],
        "vip": pd.array([True, False, None, True, False, None], dtype="boolean"),
        "day": np.array(
            ["2024-01-01", "2024-03-01", "NaT", "2024-03-01T10:30", "2025-01-01", "1999-12-31"], dtype="datetime64[us]"
        ),
        "grade": pd.Categorical(["b", "a", "b", None, "c", "a"]),
        "in": [0, 1, 0, 1, 0, 1],
        "missing": [1.0, np.nan, 1.0, 1.0, 1.0, 1.0],
    }
)
MEANT = {
    "age >= 35": [1, 3, 4],
    "age < 1e999": [0, 1, 3, 5],
    "age == -1e999": [5],
    "20 <= age < 60": [0, 1],
    "60 > age >= 20": [0, 1],
    "age != 20": [1, 3, 4, 5],
    "not age == 20": [1, 2, 3, 4, 5],
    "age is missing": [2],
    "age is not missing and not age is missing": [0, 1, 3, 4, 5],
    "age in (20, 35.0, -1e999)": [0, 1, 5],
    "age not in [20]": [1, 3, 4, 5],
    "age in ()": [],
    "age not in ()": [0, 1, 3, 4, 5],
    "job == 'clerk' or job == \"it's\"": [0, 3],
    r"job == 'it\'s' or job == 'a\\b' or job == 'line\nbreak'": [3, 4, 5],
    "job not in ('clerk', 'cook')": [3, 4, 5],
    "job < 'b'": [4],
    "`net income` > 2 and (`net income` < 4 or `net income` == 6)": [2, 5],
    "`a``b`": [0, 2, 4],
    "vip == True": [0, 3],
    "vip and not `a``b`": [3],
    "not vip": [1, 2, 4, 5],
    "vip != True": [1, 4],
    "vip is missing": [2, 5],
    'day < "2024-03-01"': [0, 5],
    'day == "2024-03-01"': [1],
    'day > "2024-03-01T10:29:59.999999999"': [3, 4],
    'day <= "2024-03-01 10:30"': [0, 1, 3, 5],
    'day not in ("2025-01-01",)': [0, 1, 3, 5],
    'day < "99999-01-01"': [0, 1, 3, 4, 5],
    'day == "2024-03-01T00:00:00.000000001"': [],
    'day >= "2024-03-01T00:00:00.000000001"': [3, 4],
    "grade == 'a'": [1, 5],
    "`in` == 1": [1, 3, 5],
    "missing == 1 and not missing is missing": [0, 2, 3, 4, 5],
    "age < `net income` and 3 > `in`": [5],
    "grade == job": [],
    "\n age\t>=\n35 ": [1, 3, 4],
    "`net income` == .5e1": [4],
}


@pytest.mark.parametrize("query", MEANT)
def test_a_query_means_these_rows(query: str) -> None:
    """Each form of the grammar selects the rows that a person would pick by hand; missing is had by name only."""
    assert np.flatnonzero(rows(query, FRAME)).tolist() == MEANT[query]


WRONG = {
    "": "is a condition on columns",
    "age >>= 3": "character 6 '>=' does not fit",
    "age >= ": "character 8 it ends before it is complete",
    "agee > 3": "character 1 stands the column 'agee', which is not there: did you mean age",
    "age = 3": "character 5 stands '=': two values are compared with '=='",
    "age > 3 & job == 'x'": "character 9 stands '&': conditions are joined with 'and'",
    "age": "character 1 stands a column that holds no truth values",
    "age > 'x'": "compared with the text 'x': leave out the quotes",
    "job == 3": "compared with 3.0: write the value in quotes",
    "job == clerk": "column 'clerk', which is not there",
    "day < 3": 'write a date as "2024-03-01"',
    'day < "now"': 'write a date as "2024-03-01"',
    'day < "2024-13-01"': "write a date as",
    "day < age": "a column of dates is compared with one of numbers",
    "1 < 2": "none of them is a column",
    "3": "a condition is needed",
    "(age, job)": "a condition is needed",
    "age in (1)": "needs a list of values in brackets",
    "age in (1, job)": "character 12 a number, a text in quotes",
    "3 in (age, 1)": "a column is needed before 'is' and 'in'",
    "age is 3": "must read 'is missing'",
    "age == missing is missing": "character 1 ",
    "age(3) > 2": "a number, a text in quotes",
    "age.real > 2": "stands '.'",
    "age[0] > 2": "a number, a text in quotes",
    "-age > 2": "a number, a text in quotes",
    "-'x' == age": "a number, a text in quotes",
    "age if age else job": "does not fit",
    "lambda: age": "stands ':'",
    "age > 3 # x": "stands '#'",
    "@pd.io.common.os.system('true')": "character 1 stands '@'",
    "__import__('os').system('true')": "stands '.'",
    "`age > 3": "character 1 stands '`': a name in backticks has no end",
    "job == 'x": "a text in quotes has no end",
    "job == '\\q'": "a backslash begins one of",
    "(" * 30 + "age > 3" + ")" * 30: "nested too deeply",
    "not " * 30 + "vip": "nested too deeply",
    "age > 3 or " * 2000 + "vip": "longer than 5,000 words",
    "'" + "x" * 200_000 + "' == job": "longer than 100,000 characters",
    "age > 3 == missing": "character 1 ",
}


@pytest.mark.parametrize("query", WRONG, ids=lambda query: query[:24])
def test_what_is_not_in_the_grammar_is_refused(query: str) -> None:
    """A query that cannot be used gives a sentence with the place of what is wrong."""
    if query in ("age == missing is missing", "age > 3 == missing"):
        assert rows(query, FRAME).shape == (6,)  # `missing` is a column of this table
        return
    with pytest.raises(BadInput) as refusal:
        rows(query, FRAME)
    assert WRONG[query] in str(refusal.value)
    assert len(str(refusal.value)) < 400


def test_a_query_knows_its_columns() -> None:
    """The columns are named once each, in the order of the text; literals are none."""
    assert parse("`b c` > 1 and a == 'b' and `b c` in (1, 2)").columns == ("b c", "a")


PIECES = st.one_of(
    st.sampled_from("()[],-'\"`.=<>!\\ \n"),
    st.sampled_from(["age", "job", "vip", "day", "`net income`", "missing", "is", "not", "in", "and", "or", "=="]),
    st.sampled_from(["!=", "<=", ">=", "1", "1e999", "'x'", "'2024-01-01'", "True", "None", "(1, 2)", "ä", "\x00"]),
)


@pytest.mark.slow
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=14).map(" ".join), st.lists(PIECES).map("".join)))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_a_mask_or_a_sentence(text: str) -> None:
    """Whatever is typed, the answer is a mask of the rows or BadInput, and nothing else."""
    try:
        mask = rows(text, FRAME)
    except BadInput as refusal:
        assert "\n" not in str(refusal)  # noqa: PT017
    else:
        assert mask.dtype == bool
        assert mask.shape == (len(FRAME),)


ODD = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
ODD_NAMES = st.one_of(ODD, st.sampled_from(["in", "missing", "a`b", "``", "`", " ", "True", "é", "ﬁ", "a\nb", "'"]))
VALUES = {
    "float": st.floats(allow_nan=True, allow_infinity=True),
    "few": st.sampled_from([0.0, -0.0, 1.5, 2.0, float("nan"), float("inf")]),
    "int": st.integers(-(2**63), 2**63 - 1),
    "bool": st.booleans(),
    "maybe": st.sampled_from([True, False, None]),
    "text": st.one_of(st.none(), ODD, st.sampled_from(["'", '"', "\\", "\\'", "other", "missing", "", "\n", "x\r"])),
    "mixed": st.one_of(st.none(), st.booleans(), st.integers(-2, 2), ODD, st.tuples(st.integers(0, 1))),
    "category": st.sampled_from(["a", "b'", None]),
    "days": st.one_of(st.none(), st.datetimes()),
}
TYPES = {"maybe": "boolean", "category": "category", "days": "datetime64[us]"}


@st.composite
def odd_frames(draw: st.DrawFn) -> pd.DataFrame:
    """A frame of odd names and values of every kind, most of them often repeated."""
    n = draw(st.integers(1, 40))
    names = draw(st.lists(ODD_NAMES, min_size=1, max_size=4))
    columns = []
    for _ in names:
        kind = draw(st.sampled_from(sorted(VALUES)))
        some = draw(st.lists(VALUES[kind], min_size=1, max_size=12))
        column = pd.Series([some[place % len(some)] for place in range(n)], dtype=TYPES.get(kind))
        if kind == "days" and draw(st.booleans()):
            column = column.dt.tz_localize("UTC")
        columns.append(column)
    frame = pd.concat(columns, axis=1)
    frame.columns = names
    return frame


@given(odd_frames())
@settings(max_examples=70, deadline=None)
def test_a_built_in_slice_is_its_query(frame: pd.DataFrame) -> None:
    """Whatever a table holds, the query of each slice of a feature, or of a cell of two, selects exactly its rows."""
    predictions = made(frame, len(frame))
    found, _ = slices_of(predictions, Plan(slicers=("feature",)))
    if frame.columns.nunique() > 1:
        found += pairs(predictions, *frame.columns.unique()[:2])
    for one in found:
        if one.query is not None:
            assert (rows(one.query, frame) == one.rows).all(), one.query
    firsts = {one.feature for one in found if one.query is not None and one.feature is not None}
    assert firsts == set(frame.columns)


def test_dates_beyond_nanoseconds_are_cut_and_asked() -> None:
    """Years that do not fit into nanoseconds, and zones, are cut by days of UTC like all others."""
    far = pd.Series(np.array([f"{year}-06-01" for year in range(1, 9999, 100)], dtype="datetime64[s]"))
    near = pd.Series(pd.date_range("2020-01-01", periods=60, freq="37min", tz="Asia/Kolkata"))
    for column in (far, near, far.astype("datetime64[ms]")):
        for one in bins_of(column, "d"):
            assert (rows(one.query, column.to_frame("d")) == one.rows).all(), one.query


def test_queries_of_the_plan_are_slices() -> None:
    """What a person asks for is scored beside the built-in slices, in the order of the plan."""
    X = messy(200)
    found, _ = slices_of(made(X, 200), Plan(slicers=(), queries=("number > 0 and\n few == 1", "text is missing")))
    assert [(one.name, one.slicer) for one in found] == [
        ("number > 0 and few == 1", "query"),
        ("text is missing", "query"),
    ]
    assert (found[0].rows == ((X["number"] > 0) & (X["few"] == 1)).to_numpy()).all()
    with pytest.raises(BadInput, match="column 'numbr', which is not there: did you mean number"):
        slices_of(made(X, 200), Plan(queries=("numbr > 0",)))
    with pytest.raises(BadInput, match="asks for features, and there are none"):
        slices_of(made(None, 200), Plan(queries=("number > 0",)))


def test_cells_of_two_features_hold_each_row_once() -> None:
    """The cells of two features, missing included, sum to n."""
    cells = pairs(made(messy(300), 300), "text", "few")
    assert (sum(one.rows.astype(int) for one in cells) == 1).all()
    assert any(one.query.endswith("few is missing") for one in cells)
    with pytest.raises(BadInput, match="There is no feature 'txt' to cut by: did you mean text"):
        pairs(made(messy(30), 30), "txt", "few")
