"""Tables written in every dialect, and in random ones: they come back cell by cell, or are refused; never otherwise."""

from __future__ import annotations

import csv
import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modellab_core.data.columns import FIXED_TOKENS
from modellab_core.errors import BadInput

SOME = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
ENDS = ("\n", "\r\n", "\r")
QUOTING = (csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252")
HEADER = ["id", "größe", "a b", "when"]
ROWS: list[list[Any]] = [
    [1, 0.5, "x, y; z | u\tv", "2024-01-31"],
    [2, -3.25, 'she said "no"', "2024-02-29 12:30:00"],
    [3, 1e-7, "line\nanother", "1999-12-31"],
    [4, 250.0, "naïve – €", ""],
    [5, 1.5, "", "2024-05-05"],
    [6, 7.75, "NA", "NA"],
]
D = datetime
COLUMNS = {
    "id": [1, 2, 3, 4, 5, 6],
    "größe": [0.5, -3.25, 1e-7, 250.0, 1.5, 7.75],
    "a b": ["x, y; z | u\tv", 'she said "no"', "line\nanother", "naïve – €", None, "NA"],
    "when": [D(2024, 1, 31), D(2024, 2, 29, 12, 30), D(1999, 12, 31), None, D(2024, 5, 5), None],
}


def written(rows: list[list[Any]], mark: str, end: str, quoting: int, last_end: bool = True) -> str:
    """The rows in a dialect. Cells with any line end are quoted, which Python's csv module forgets for lines of CR."""
    special = (mark, '"', "\n", "\r")

    def cell(value: Any) -> str:
        text = str(value)
        words = quoting == csv.QUOTE_NONNUMERIC and isinstance(value, str)
        quoted = words or quoting == csv.QUOTE_ALL or any(letter in text for letter in special) or text[:1] == " "
        return '"' + text.replace('"', '""') + '"' if quoted else text

    text = end.join(mark.join(cell(value) for value in row) for row in rows)
    return text + end if last_end else text


WAYS = list(itertools.product(ENDS, QUOTING, (True, False), (True, False)))


def check_dialects(parsed: Any, mark: str, encoding: str, ways: list[tuple[str, int, bool, bool]]) -> None:
    """The same table comes out of every way of writing it: end of a line, quoting, a last end, a declared delimiter."""
    for end, quoting, last_end, declared in ways:
        text = f"sep={mark}{end}" * declared + written([HEADER, *ROWS], mark, end, quoting, last_end)
        found = parsed(text.encode(encoding))
        assert found.table.to_pydict() == COLUMNS, (end, quoting, declared)
        assert found.reading.delimiter == mark
        codes = {note.code for note in found.notes} - {"delimiter", "encoding", "declared"}
        assert codes == {"dates", "missing_tokens", "tokens_kept"}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("mark", DELIMITERS)
def test_many_dialects(parsed: Any, mark: str, encoding: str) -> None:
    """Each delimiter in each encoding gives the same table, with each end of a line and each way of quoting in turn."""
    check_dialects(parsed, mark, encoding, WAYS[len(mark + encoding) % 5 :: 7])


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("mark", DELIMITERS)
def test_every_dialect(parsed: Any, mark: str, encoding: str) -> None:
    """Each delimiter in each encoding gives the same table in all 36 ways of writing it."""
    check_dialects(parsed, mark, encoding, WAYS)


LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs",), exclude_characters="\x00")
TEXTS = st.one_of(
    st.text(LETTERS, max_size=12),
    st.text(st.sampled_from("ab\"',;|\t\n\r 1.-\u00a0\ufeff"), max_size=8),
    st.sampled_from(
        ["", " ", "NA", "007", "1,5", "1e5", "true", "2024-01-05", "01/02/2024", "inf", "-", "=1", "\\", "'"]
    ),
)
NUMBERS = st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False))
NAMES = st.lists(st.text(LETTERS, min_size=1, max_size=6).filter(str.strip), min_size=2, max_size=4, unique=True)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """Names and rows of text."""
    names = draw(NAMES)
    return names, draw(st.lists(st.lists(TEXTS, min_size=len(names), max_size=len(names)), min_size=1, max_size=8))


DIALECTS = st.tuples(st.sampled_from(list(DELIMITERS)), st.sampled_from(ENDS), st.sampled_from(QUOTING[:2]))
ENCODED = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"])


def blank(cell: str) -> bool:
    """Whether the cell is missing."""
    return not cell.strip()


@SOME
@given(tables(), DIALECTS, ENCODED)
def test_text_comes_back(
    parsed: Any, table: tuple[list[str], list[list[str]]], dialect: tuple[str, str, int], encoding: str
) -> None:
    """A random table of text, its delimiter named, comes back letter by letter, blanks as missing."""
    names, rows = table
    content = written([names, *rows], *dialect).encode(encoding)
    try:
        found = parsed(content, delimiter=dialect[0], header=True)
    except BadInput as error:
        said = str(error)
    else:
        said = ""
    if said:
        assert any(word in said for word in ("no rows", "not a CSV"))
        return
    if found.table.num_columns != len(names) or any(found.table.column_names.count(name) != 1 for name in names):
        assert {"blank_name", "duplicate_name"} & {note.code for note in found.notes}
    for place in range(len(names)):
        _compare([row[place] for row in rows], found, place)


def _compare(cells: list[str], found: Any, place: int) -> None:
    """Each value of a column says what its cell says."""
    name = found.table.column_names[place]
    kind, values = found.reading.types[name], found.table.column(place).to_pylist()
    assert len(values) == len(cells)
    for cell, value in zip(cells, values, strict=True):
        if blank(cell) or (kind in ("number", "date") and cell.strip() in FIXED_TOKENS):
            assert value is None
        elif kind == "text":
            assert value == cell
        elif kind == "boolean":
            assert str(value).lower() == cell.strip().lower()
        elif kind == "number":
            point, apart = found.reading.decimal.get(name, "."), found.reading.thousands.get(name, "")
            plain = cell.strip().replace(apart, "") if apart else cell.strip()
            assert float(plain.replace(point, ".")) == value
        else:
            assert isinstance(value, datetime)
            assert str(value.year) in cell


@SOME
@given(
    st.lists(st.tuples(NUMBERS, st.dates(datetime(1, 1, 1).date()), st.booleans()), min_size=2, max_size=8),
    st.sampled_from(list(DELIMITERS)),
    st.sampled_from(ENDS),
    st.booleans(),
)
def test_values_come_back(parsed: Any, rows: list[tuple[Any, Any, bool]], mark: str, end: str, comma: bool) -> None:
    """Numbers, dates and truth values that Python writes come back as themselves, or as the text that was written."""
    numbers = [repr(row[0]).replace(".", ",") if comma and mark != "," else repr(row[0]) for row in rows]
    content = written([["n", "d", "t"], *zip(numbers, *list(zip(*rows, strict=True))[1:], strict=True)], mark, end, 0)
    found = parsed(content.encode(), delimiter=mark, header=True)
    values = found.table.to_pydict()
    if found.reading.types["n"] == "number":
        assert values["n"] == [row[0] for row in rows]
    else:
        assert values["n"] == numbers
        assert any(note.column == "n" for note in found.notes)
    assert values["d"] == [datetime(row[1].year, row[1].month, row[1].day) for row in rows]
    assert values["t"] == [row[2] for row in rows]


@settings(SOME, max_examples=60)
@given(st.lists(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), min_size=1, max_size=6), st.integers(-14, 14))
def test_zones_come_back(parsed: Any, moments: list[datetime], hours: int) -> None:
    """Moments with a zone come back in UTC."""
    zone = f"{'-' if hours < 0 else '+'}{abs(hours):02d}:00"
    content = "d,b\n" + "".join(f"{moment.isoformat()}{zone},x\n" for moment in moments)
    assert parsed(content.encode()).table["d"].to_pylist() == [moment - timedelta(hours=hours) for moment in moments]
