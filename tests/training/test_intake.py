from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from training.made import TARGET, mixed

from modellab_core.errors import BadInput
from modellab_core.training.intake import MISSING, UNSEEN, Intake, category_codes
from modellab_core.training.values import LARGEST, as_dates, as_flags, as_numbers, as_texts, date_part

FRAME = mixed().drop(columns=TARGET)
INTAKE = Intake.learn(FRAME, np.arange(len(FRAME)))


def same(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    """Whether two tables give the same inputs."""
    a, b = INTAKE.encode(first), INTAKE.encode(second)
    return np.array_equal(a.numbers, b.numbers, equal_nan=True) and np.array_equal(a.codes, b.codes)


@given(st.datetimes(min_value=pd.Timestamp("1700-01-01"), max_value=pd.Timestamp("2200-01-01")))
def test_parts_of_a_date_are_those_of_pandas(moment: object) -> None:
    """Year, month, weekday, hour and days since 2000-01-01 are right for any date, before the origin too."""
    stamp = pd.Timestamp(moment)  # type: ignore[arg-type]
    dates, _ = as_dates(pd.Series([stamp]))
    found = {part: date_part(dates, part)[0] for part in ("year", "month", "weekday", "hour", "days")}
    assert [found["year"], found["month"], found["weekday"], found["hour"]] == [
        stamp.year,
        stamp.month,
        stamp.day_of_week,
        stamp.hour,
    ]
    assert found["days"] == pytest.approx((stamp - pd.Timestamp("2000-01-01")) / pd.Timedelta(days=1), abs=1e-6)


def test_hours_are_inputs_only_where_times_exist() -> None:
    """A column of days has no hour, a column of moments has."""
    days = pd.DataFrame({"when": pd.date_range("2020-01-01", periods=3)})
    moments = pd.DataFrame({"when": pd.date_range("2020-01-01", periods=3, freq="7h")})
    labels = [[item.label for item in Intake.learn(frame, np.arange(3)).fields] for frame in (days, moments)]
    assert labels[0] == ["when (days)", "when (year)", "when (month)", "when (weekday)"]
    assert labels[1] == [*labels[0], "when (hour)"]


def test_other_dtypes_give_the_same_inputs() -> None:
    """Numbers, flags and dates that arrive as text, and text that arrives as objects, mean the same."""
    as_text = FRAME.copy()
    for name in ("x", "count", "flag", "when"):
        as_text[name] = FRAME[name].astype(object).where(FRAME[name].notna(), None).map(str, na_action="ignore")
    as_text["when"] = FRAME["when"].dt.strftime("%Y-%m-%d")
    as_text["town"] = FRAME["town"].astype(object)
    assert same(FRAME, as_text)
    assert INTAKE.check(as_text) == ()
    shuffled = FRAME[FRAME.columns[::-1]].astype({"count": "Int64", "flag": "boolean", "town": "category"})
    assert same(FRAME, shuffled)


def test_check_tells_what_is_unlike_training() -> None:
    """Missing and additional columns, unseen categories and unreadable values are told with counts and examples."""
    odd = FRAME.drop(columns="count").assign(more=1)
    odd["x"] = odd["x"].astype(object)
    odd.loc[0, "x"], odd.loc[1, "town"] = "lots", "Paris"
    odd["when"] = "yesterday"
    notes = {note.code: note.text for note in INTAKE.check(odd)}
    assert set(notes) == {"column_missing", "column_extra", "not_number", "unseen_category", "not_date"}
    assert "1 values of 'x' cannot be read as numbers and count as missing, for example 'lots'" in notes["not_number"]
    assert "'Paris'" in notes["unseen_category"]
    assert notes["not_date"].startswith("400 values of 'when'")
    encoded = INTAKE.encode(odd)
    assert np.isnan(encoded.numbers[0, 0])
    assert encoded.codes[1, 0] == UNSEEN
    assert np.isnan(encoded.numbers[:, 1]).all()


def test_a_foreign_table_is_refused() -> None:
    """A table without any of the columns is refused with their names."""
    with pytest.raises(BadInput, match=r"none of the columns.*x, count, town"):
        INTAKE.encode(pd.DataFrame({"other": [1]}))


def test_an_intake_survives_json() -> None:
    """What is written as JSON comes back equal."""
    assert Intake.from_json(json.loads(json.dumps(INTAKE.to_json()))) == INTAKE


def test_categories_are_sorted_and_do_not_depend_on_row_order() -> None:
    """The same rows in another order give the same intake."""
    assert Intake.learn(FRAME, np.arange(len(FRAME))[::-1]) == INTAKE
    assert INTAKE.category_columns[0].categories == ("Bern", "Oslo", "Rome")


def test_category_codes() -> None:
    """Known values have their position, blanks are missing, others unseen; whole numbers match text."""
    codes = category_codes(pd.Series(["b", None, "z", " ", "a", "b"], dtype="str"), ("a", "b"))
    assert codes.tolist() == [1, MISSING, UNSEEN, MISSING, 0, 1]
    assert category_codes(pd.Series([3.0, np.nan, 4.0]), ("3",)).tolist() == [0, MISSING, UNSEEN]


def test_numbers_are_finite_or_missing() -> None:
    """Infinity is missing and told; numbers that float32 cannot hold are cut."""
    found, unreadable = as_numbers(pd.Series([1.0, np.inf, -1e300, np.nan]))
    assert found.tolist()[0] == 1
    assert found[2] == -LARGEST
    assert np.isnan(found[[1, 3]]).all()
    assert unreadable.tolist() == [False, True, False, False]


def test_flags_and_texts() -> None:
    """Words for true and false are understood, and text is spelled without a superfluous decimal point."""
    found, unreadable = as_flags(pd.Series(["Yes", "f", "maybe", None, "1"]))
    assert found.tolist()[:2] == [1, 0]
    assert unreadable.tolist() == [False, False, True, False, False]
    assert as_texts(pd.Series([1.0, 2.5, None], dtype=object)).tolist()[:2] == ["1", "2.5"]
