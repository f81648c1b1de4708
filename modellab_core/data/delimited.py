"""Delimited text cut into cells: every column still text, every row of the same width."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv

from modellab_core.data import dialect, quotes
from modellab_core.data.limits import Limits, cells_up_to
from modellab_core.data.pieces import Pieces
from modellab_core.data.room import Room
from modellab_core.data.spill import Spill
from modellab_core.errors import BadInput

BLOCK = 8 << 20
LARGE_BLOCK = 64 << 20
LONGEST_FIRST_RECORD = 32 << 20
_LINES = 1 << 20  # so that what is computed of a block stays in the cache
_LF, _CR = 10, 13


@dataclass(frozen=True)
class Cut:
    """`columns` are the columns of the file as text, with a row for each record, the first one included.

    `tightened` says that spaces after delimiters were left out, because some stood before quotes; `declared` that a
    first line, which is no record, declares a delimiter.
    """

    columns: list[Pieces]
    rows: int
    delimiter: str
    blank_lines: int
    tightened: bool = False
    declared: bool = False


def cut(body: pa.Buffer, asked: str | None, limits: Limits, room: Room) -> Cut:
    """The cells of the text, by the delimiter that was asked for, that the file declares, or that is found out.

    BadInput, with the line, for quotes that do not hold together and for rows of different widths; for an empty file;
    for more cells than may be read.
    """
    declared, skipped = dialect.declared_delimiter(body)
    body = body[skipped:]
    told = body[_first_line(body) :]
    delimiter = dialect.known_delimiter(asked) if asked is not None else declared or dialect.find_delimiter(told)
    width = _width(told, delimiter)
    if width > limits.columns:
        raise BadInput(f"The table has {width:,} columns, and at most {limits.columns:,} can be read.")
    quoting = quotes.quoting(body, delimiter)
    spaced = quotes.tightened(body, delimiter, limits, room.text) if quoting == "loose" else None
    if spaced is not None:
        body, width = spaced, _width(spaced, delimiter)
    elif quoting == "loose" and quotes.only_inside(body, delimiter):
        quoting = "none"
    elif quoting == "loose":
        quotes.refuse_loose(body, delimiter, limits)
    quoted = quoting != "none"
    lines = quotes.lines_outside(body) if quoting == "regular" else _line_count(body)
    if not quoted:
        _refuse_many(lines * width, limits)
    spill = _parse(body, delimiter, width, quoted, limits, room)
    _refuse_many(spill.rows * width, limits)
    blank = 0 if quoting == "loose" else lines - spill.rows - (skipped > 0)
    return Cut(spill.columns(), spill.rows, delimiter, blank, spaced is not None, skipped > 0)


def _refuse_many(cells: int, limits: Limits) -> None:
    if cells > limits.cells:
        raise BadInput(
            f"The table has some {cells:,} cells, and at most {limits.cells:,} can be read here: leave out columns or "
            f"rows, or add it by the command."
        )


def _first_line(body: pa.Buffer) -> int:
    """The place where the first line that is not blank starts. BadInput when there is none."""
    line = 0
    for start in range(0, body.size, _LINES):
        block = body[start : start + _LINES].to_pybytes()
        blank = block[: len(block) - len(block.lstrip())]
        end = max(blank.rfind(b"\n"), blank.rfind(b"\r"))
        line = start + end + 1 if end >= 0 else line
        if len(blank) < len(block):
            return line
    raise BadInput("The file is empty: it holds nothing but white space.")


def _width(body: pa.Buffer, delimiter: str) -> int:
    """The number of cells in the first record that is not blank; `body` begins with it."""
    for size in (1 << 18, LONGEST_FIRST_RECORD):
        head = body[:size].to_pybytes().decode("utf-8", "ignore")
        rows = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
        with cells_up_to(len(head) + 1):
            first = next((row for row in rows if len(row) > 1 or (row and row[0].strip())), [])
        if size >= body.size or rows.line_num < head.count("\n") + head.count("\r") - head.count("\r\n"):
            return max(1, len(first))
    raise BadInput(
        f"The first line has more than {LONGEST_FIRST_RECORD >> 20} MB: look for a quote that is not closed."
    )


def _line_count(body: pa.Buffer) -> int:
    """Lines, the last one with or without an end; CR, LF and CRLF each end one."""
    text = np.frombuffer(body, dtype=np.uint8)
    ends = 0
    for start in range(0, len(text), _LINES):
        block = text[start : start + _LINES]
        ends += int(np.count_nonzero(block == _LF))
        returns = np.flatnonzero(block == _CR) + start
        ends += int(np.count_nonzero(text[np.minimum(returns + 1, len(text) - 1)] != _LF))  # CR, but not of CRLF
    return ends + (len(text) > 0 and text[-1] not in (_LF, _CR))


def _parse(body: pa.Buffer, delimiter: str, width: int, quoted: bool, limits: Limits, room: Room) -> Spill:
    for block in (BLOCK, LARGE_BLOCK, min(max(body.size, 1), (1 << 31) - 1)):
        try:
            return _parse_in_blocks(body, delimiter, width, quoted, block, limits, room)
        except pa.ArrowInvalid as error:
            if "straddling" not in str(error):  # a record longer than a block; else rows of different widths
                quotes.refuse_ragged(body, delimiter, width, limits)
    raise BadInput("A record of this file is too long to be read: look for a quote that is not closed.")


def _parse_in_blocks(
    body: pa.Buffer, delimiter: str, width: int, quoted: bool, block: int, limits: Limits, room: Room
) -> Spill:
    names = [str(place) for place in range(width)]
    batches = pa.csv.open_csv(
        pa.BufferReader(body),
        read_options=pa.csv.ReadOptions(use_threads=False, block_size=block, column_names=names),
        parse_options=pa.csv.ParseOptions(
            delimiter=delimiter,
            quote_char='"' if quoted else False,
            newlines_in_values=quoted,
            invalid_row_handler=_skip_blank,
        ),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
        ),
    )
    spill = Spill(room, width)
    for batch in batches:
        if (spill.rows + batch.num_rows) * width <= limits.cells:
            spill.add(batch)
        else:
            spill.rows += batch.num_rows  # too many, and how many is told
    return spill


def _skip_blank(row: pa.csv.InvalidRow) -> str:
    return "error" if row.text.strip() else "skip"
