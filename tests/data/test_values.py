"""Numbers, dates and delimiters against Python's own, on many made-up columns."""

from __future__ import annotations

import csv
import io
import math
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modellab_core.data.dates import FORMS, dates
from modellab_core.data.dialect import find_delimiter
from modellab_core.data.forms import understand
from modellab_core.data.numerals import PLAIN, Notation, numbers
from modellab_core.data.texts import with_gaps
from modellab_core.errors import BadInput

SOME = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LETTERS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8)


def column(*chunks: list[str]) -> pa.ChunkedArray:
    """Text in chunks, blanks missing."""
    return with_gaps(pa.chunked_array(list(chunks), type=pa.string()))


@SOME
@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_whole_numbers_are_exact(values: list[int]) -> None:
    """Every int64 is read as itself."""
    read = numbers(column([str(value) for value in values]), PLAIN, ())
    assert read is not None
    assert read.to_pylist() == values


@SOME
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_floats_are_exact(values: list[float]) -> None:
    """What `repr` writes of a float is read as the same float, in one chunk and in several."""
    written = [repr(value) for value in values]
    read = numbers(column(written[:2], written[2:]), PLAIN, ())
    assert read is not None
    assert [math.copysign(1, item) for item in read.to_pylist()] == [math.copysign(1, value) for value in values]
    assert read.to_pylist() == values


@SOME
@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 99)), min_size=1),
    st.sampled_from([",.", ".,", "\u202f,", "'."]),
)
def test_marks(values: list[tuple[int, int]], marks: str) -> None:
    """Numbers with thousands and decimals in each notation have the value of the plain ones."""
    written = [f"{whole:,}".replace(",", marks[0]) + f"{marks[1]}{part:02d}" for whole, part in values]
    read = numbers(column(written), Notation(marks[1], marks[0]), ())
    assert read is not None
    assert read.to_pylist() == [float(f"{whole}.{part:02d}") for whole, part in values]


@SOME
@given(
    st.lists(
        st.one_of(
            st.from_regex(r"[-+]?[0-9.,eE_x ]{0,6}", fullmatch=True), st.sampled_from(["NA", "?", "nan", "inf", "1e5"])
        ),
        min_size=1,
        max_size=6,
    )
)
def test_no_silent_number(cells: list[str]) -> None:
    """A column becomes numbers only if Python, too, reads each of its cells so, but for marks, blanks and tokens."""
    found = understand(column(cells), ("NA", "?"))
    if found.form.type != "number":
        return
    notation = found.form.notation
    for cell, value in zip(cells, found.values.to_pylist(), strict=True):
        text = cell.strip()
        if text in ("", "NA", "?"):
            assert value is None
        else:
            plain = text.replace(notation.thousands, "") if notation.thousands else text
            assert value == float(plain.replace(notation.decimal, "."))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_dates(form: str) -> None:
    """Each day of some years, with and without a time, is read in each form as it was written."""
    days = [datetime(1999, 12, 1) + timedelta(days=37 * n, hours=n % 24, minutes=n % 60) for n in range(200)]
    said = {"YYYY": "%Y", "Mon": "%b", "MM": "%m", "DD": "%d"}
    style = form
    for part, code in said.items():
        style = style.replace(part, code)
    written = [day.strftime(f"{style} %H:%M") for day in days]
    read = dates(column(written), form, ())
    assert read is not None
    assert read.values.to_pylist() == days
    midnight = dates(column([day.strftime(style) for day in days]), form, ())
    assert midnight is not None
    assert midnight.values.to_pylist() == [datetime(day.year, day.month, day.day) for day in days]


@SOME
@given(st.lists(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)), min_size=1))
def test_iso_dates(values: list[datetime]) -> None:
    """Every moment that Python writes is read as itself."""
    found = understand(column([value.isoformat() for value in values]), ())
    assert found.form.type == "date"
    assert found.values.to_pylist() == values


@SOME
@given(
    st.lists(st.dates(datetime(1900, 1, 1).date(), datetime(2100, 1, 1).date()), min_size=1, max_size=5), st.booleans()
)
def test_order_of_day_and_month(values: list[Any], day_first: bool) -> None:
    """Dates with slashes are read in the one order that is possible, and stay text where both are."""
    written = [value.strftime("%d/%m/%Y" if day_first else "%m/%d/%Y") for value in values]
    found = understand(column(written), ())
    ruled_out = any(value.day > 12 for value in values)
    same = all(value.day == value.month for value in values)
    assert found.form.type == ("date" if ruled_out or same else "text")
    if found.form.type == "date":
        assert [moment.date() for moment in found.values.to_pylist()] == values
    else:
        assert found.doubt == "ambiguous_date"


@SOME
@given(
    st.lists(st.tuples(LETTERS, st.integers(-999, 999), LETTERS), min_size=3, max_size=20),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_csv_writes_is_read(
    parsed: Any, rows: list[tuple[str, int, str]], mark: str, end: str, quoting: int
) -> None:
    """Whatever Python's csv module writes in a dialect is read back cell by cell, blanks as missing."""
    held = io.StringIO()
    writer = csv.writer(held, delimiter=mark, lineterminator=end, quoting=quoting)
    writer.writerow(["first name", "number", "last name"])
    writer.writerows(rows)
    asked: dict[str, Any] = {"types": {"first name": "text", "last name": "text"}, "delimiter": mark}
    found = parsed(held.getvalue().encode(), **asked).table.to_pydict()
    for place, name in ((0, "first name"), (2, "last name")):
        assert found[name] == [row[place] if row[place].strip() else None for row in rows]
    assert found["number"] == [row[1] for row in rows]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("kind", ["numbers", "decimal commas", "sentences", "dates", "one row", "wide"])
def test_delimiter_is_found(mark: str, kind: str) -> None:
    """The delimiter is found among numbers, decimal commas, prose, dates, in one row and in many columns."""
    cells = {
        "numbers": [["a", "b"], *[[str(n), str(n * n)] for n in range(30)]],
        "decimal commas": [["a", "b"], *[[f"{n},5", f"{n},25"] for n in range(30)]],
        "sentences": [
            ["id", "text", "n"],
            *[[str(n), "Well, it is so; is it not?" * (n % 3), str(n)] for n in range(30)],
        ],
        "dates": [["when", "what"], *[[f"2024-01-{n:02d} 10:00:00", "x y"] for n in range(1, 30)]],
        "one row": [["a", "b", "c"], ["x", "y", "z"]],
        "wide": [[f"c{n}" for n in range(60)], *[[str(n * k) for n in range(60)] for k in range(5)]],
    }[kind]
    held = io.StringIO()
    csv.writer(held, delimiter=mark, lineterminator="\n").writerows(cells)
    assert find_delimiter(pa.py_buffer(held.getvalue().encode())) == mark


@settings(SOME, max_examples=300)
@given(st.text(st.sampled_from('ab1, "\n\r'), max_size=24).map(lambda text: "x,y\n" + text))
def test_no_silent_cell(parsed: Any, text: str) -> None:
    """Any soup of quotes, commas and line ends is refused, or has the cells that Python's strict csv module finds."""
    try:
        found = parsed(text.encode(), delimiter=",", header=True, types={"x": "text", "y": "text"})
    except BadInput:
        return
    tight = any(note.code == "spaces" for note in found.notes)
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=tight))[1:]
    rows = [row for row in rows if row and (len(row) > 1 or row[0].strip())]
    assert [[cell or "" for cell in row] for row in zip(*found.table.to_pydict().values(), strict=True)] == [
        [cell if cell.strip() else "" for cell in row] for row in rows
    ]
