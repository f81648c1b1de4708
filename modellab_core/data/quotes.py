"""Whether the quotes and the rows of a delimited text hold together, and the line where they do not."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from modellab_core.data.decoding import line_of
from modellab_core.data.dialect import NAMES
from modellab_core.data.limits import Limits, cells_up_to
from modellab_core.errors import BadInput

_BLOCK = 1 << 20  # so that what is computed of a block stays in the cache
_QUOTE, _LF, _CR = b'"\n\r'


def quoting(body: pa.Buffer, delimiter: str) -> Literal["none", "regular", "loose"]:
    """Whether the text has quotes, and whether they stand only where they open and close cells, or are doubled.

    BadInput, with the line, when the last one is never closed.
    """
    text = np.frombuffer(body, dtype=np.uint8)
    border = np.zeros(256, dtype=bool)
    border[[ord(delimiter), ord("\n"), ord("\r")]] = True
    inside, last = 0, -2
    for start in range(0, len(text), _BLOCK):
        quotes = np.flatnonzero(text[start : start + _BLOCK] == _QUOTE) + start
        if not len(quotes):
            continue
        if not _regular(text, border, quotes, inside, last):
            return "loose"
        inside, last = (inside + len(quotes)) % 2, int(quotes[-1])
    if inside:
        raise BadInput(f'A quote (") opened on line {line_of(body, last):,} is never closed: close or remove it.')
    return "none" if last < 0 else "regular"


def _regular(text: npt.NDArray[np.uint8], border: npt.NDArray[np.bool_], quotes: Any, inside: int, last: int) -> bool:
    """Whether quotes open only after a border or a closing quote and close only before a border or another quote."""
    opening = (np.arange(len(quotes)) + inside) % 2 == 0
    opens, closes = quotes[opening], quotes[~opening]
    after_quote = np.r_[last, quotes[:-1]][opening] == opens - 1
    starts_well = (opens == 0) | border[text[opens - 1]] | after_quote
    following = text[np.minimum(closes + 1, len(text) - 1)]
    ends_well = (closes == len(text) - 1) | border[following] | (following == _QUOTE)
    return bool(starts_well.all() and ends_well.all())


def lines_outside(body: pa.Buffer) -> int:
    """Lines of a text whose quotes are regular, without those that end in quotes; CR, LF and CRLF each end one."""
    text = np.frombuffer(body, dtype=np.uint8)
    ends, inside = 0, np.uint8(0)
    for start in range(0, len(text), _BLOCK):
        block = text[start : start + _BLOCK]
        quoted = (np.cumsum(block == _QUOTE, dtype=np.uint8) + inside) & 1  # how many came before, odd or even
        ends += int(np.count_nonzero((block == _LF) & (quoted == 0)))
        returns = np.flatnonzero((block == _CR) & (quoted == 0)) + start
        ends += int(np.count_nonzero(text[np.minimum(returns + 1, len(text) - 1)] != _LF))
        inside = quoted[-1]
    return ends + (len(text) > 0 and text[-1] not in (_LF, _CR))


def only_inside(body: pa.Buffer, delimiter: str) -> bool:
    """Whether no cell begins with a quote, so that all of them are letters of bare text."""
    border = np.zeros(256, dtype=bool)
    border[[ord(delimiter), ord("\n"), ord("\r")]] = True
    text = np.frombuffer(body, dtype=np.uint8)
    for start in range(0, len(text), _BLOCK):
        quotes = np.flatnonzero(text[start : start + _BLOCK] == _QUOTE) + start
        if len(quotes) and (quotes[0] == 0 or border[text[quotes - 1]].any()):
            return False
    return True


def records(body: pa.Buffer, delimiter: str, limits: Limits, tight: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank with the line on which it starts; strict about quotes.

    With `tight`, spaces after a delimiter are left out. Slow: for text whose quotes are loose, and to find the place of
    a fault. BadInput at an unclosed quote, at text after a closing quote, at a cell that is too long.
    """
    with cells_up_to(limits.cell_characters):
        yield from _records(body, delimiter, limits, tight)


def _records(body: pa.Buffer, delimiter: str, limits: Limits, tight: bool) -> Iterator[tuple[int, list[str]]]:
    text = io.TextIOWrapper(pa.BufferReader(body), encoding="utf-8", newline="")
    lines = csv.reader(text, delimiter=delimiter, strict=True, skipinitialspace=tight)
    start = 1
    while True:
        try:
            row = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadInput(_fault(str(error), start, lines.line_num, limits)) from error
        if row and (len(row) > 1 or row[0].strip()):
            yield start, row
        start = lines.line_num + 1


def _fault(said: str, start: int, line: int, limits: Limits) -> str:
    if "field larger" in said:
        return (
            f"A cell in the record that starts on line {start:,} has more than {limits.cell_characters:,} characters: "
            f"shorten it, or look for a quote that is not closed."
        )
    if "unexpected end" in said:
        return f'A quote (") opened in the record that starts on line {start:,} is never closed: close or remove it.'
    return (
        f'Line {line:,} has text right after a closing quote ("): double the quotes that belong to the text, as in '
        f'"the ""new"" one".'
    )


def refuse_loose(body: pa.Buffer, delimiter: str, limits: Limits) -> None:
    """BadInput, with the line, when quotes do not hold together; quotes inside bare text are no fault."""
    for _ in records(body, delimiter, limits):
        pass


def refuse_ragged(body: pa.Buffer, delimiter: str, width: int, limits: Limits) -> None:
    """BadInput names the first line whose number of cells differs from that of the first."""
    for line, row in records(body, delimiter, limits):
        _refuse_other_width(line, row, width, delimiter)
    raise BadInput("The rows of this file do not all have the same number of cells.")


def _refuse_other_width(line: int, row: list[str], width: int, delimiter: str) -> None:
    cells = len(row)
    if cells == width:
        return
    has = "1 cell" if cells == 1 else f"{cells:,} cells"
    way_out = "look there for a delimiter or a quote too many or too few"
    if cells == width + 1 and not row[-1]:
        way_out = "it ends with a delimiter, so end the first line with one too, or take it away"
    elif width == 1 or not any(row[1:]):
        way_out += ", and take away titles, comments and notes above and below the table"
    raise BadInput(
        f"Line {line:,} has {has} and the first line has {width:,} (delimiter: {NAMES.get(delimiter, delimiter)}): "
        f"{way_out}."
    )


def tightened(
    body: pa.Buffer, delimiter: str, limits: Limits, sink_of: Callable[[], Any] = pa.BufferOutputStream
) -> pa.Buffer | None:
    """The text without the spaces after its delimiters, if some of them stand before a quote, as in `1, "x, y"`.

    It is written to what `sink_of` makes. None when none does. For loose quotes alone. BadInput, with the line, when
    the quotes do not hold together even so, or a row has another number of cells than the first.
    """
    spaced = f'(?:^|[{re.escape(delimiter)}\r\n]) +"'.encode()
    if delimiter == " " or not re.search(spaced, memoryview(body)):
        return None
    sink = sink_of()
    width, lines = 0, _Lines()
    writer = csv.writer(lines, delimiter=delimiter, lineterminator="\r\n")  # both are quoted in cells
    for line, row in records(body, delimiter, limits, tight=True):
        width = width or len(row)
        _refuse_other_width(line, row, width, delimiter)
        writer.writerow(row)
        if lines.size > _BLOCK:
            sink.write(lines.take())
    sink.write(lines.take())
    return sink.getvalue()


class _Lines:
    """Lines of text as they are written, taken out as UTF-8."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.size = 0

    def write(self, line: str) -> None:
        self.lines.append(line)
        self.size += len(line)

    def take(self) -> bytes:
        text, self.lines, self.size = "".join(self.lines), [], 0
        return text.encode()
