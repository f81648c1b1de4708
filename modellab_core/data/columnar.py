"""An uploaded Parquet file as a table: what it says of itself is checked before anything large is decoded."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from modellab_core.data.arrow_types import is_text, kind_of, notes_of, refuse_broken, refuse_unsuitable, typed
from modellab_core.data.away import given_in, tokens_of
from modellab_core.data.columns import Column, Wanted, read_column, refuse_strangers, told_of, wanted_of
from modellab_core.data.forms import Form
from modellab_core.data.limits import Limits
from modellab_core.data.names import usable_names
from modellab_core.data.pieces import Pieces, Sink
from modellab_core.data.remarks import told_away
from modellab_core.data.request import Asked
from modellab_core.data.room import Room
from modellab_core.data.table import Note, Reading
from modellab_core.data.textfile import Parsed
from modellab_core.errors import BadInput

BATCH_ROWS = 1 << 17
PLAIN_ROWS = 1024  # of text that may be long
MOST_TEXT, MOST_RATIO = 1 << 30, 100  # bytes of a column written out, and as many more for each byte of the file
PART_BYTES = 8 << 20


def read_columnar(raw: pa.Buffer, request: Asked | Reading, limits: Limits, room: Room) -> Parsed:
    """The table in the Parquet file `raw`, its columns in `room`. What pandas once noted about an index is ignored.

    BadInput for damaged files, for nested and binary columns, for no rows, too many cells, and cells that are too long.
    """
    with _damage():
        file = _opened(raw)
        names, naming = usable_names(file.schema_arrow.names, limits)
        refuse_unsuitable(file.schema_arrow, names)
    _refuse_size(file.metadata.num_rows, len(names), limits)
    wanted = wanted_of(request)
    refuse_strangers(wanted, names)
    stored = [_Stored(raw, file, place, name, limits) for place, name in enumerate(names)]
    columns = [_column(one, wanted, limits, room) for one in stored]
    notes = [*naming, *told_of(columns, wanted)]
    values = {column.name: column.values for column in columns}
    return Parsed(
        values, file.metadata.num_rows, _reading({column.name: column.form for column in columns}, wanted), tuple(notes)
    )


@contextlib.contextmanager
def _damage() -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput(f"This Parquet file is damaged or of a kind that cannot be read ({said}).") from error


def _opened(raw: pa.Buffer) -> pq.ParquetFile:
    """The file, its text columns as dictionaries: a long text that is repeated a million times stays one text."""
    schema = pq.ParquetFile(pa.BufferReader(raw)).schema_arrow
    texts = [field.name for field in schema if is_text(field.type)]
    return pq.ParquetFile(pa.BufferReader(raw), page_checksum_verification=True, read_dictionary=texts)


def _refuse_size(rows: int, columns: int, limits: Limits) -> None:
    if rows < 1 or columns < 1:
        raise BadInput("This Parquet file has no rows." if columns else "This Parquet file has no columns.")
    if rows * columns > limits.cells:
        raise BadInput(
            f"The table has {rows * columns:,} cells, and at most {limits.cells:,} can be read here: leave out "
            f"columns or rows, or add it by the command."
        )


class _Undivided(Exception):
    """The texts of a column are stored in a way that gives no dictionary."""


@dataclass
class _Stored:
    """A column as it is in the file: checked batches, as often as asked. Its text is a dictionary, unless `plain`."""

    raw: pa.Buffer
    file: pq.ParquetFile
    place: int
    name: str
    limits: Limits
    plain: bool = False

    @property
    def type(self) -> pa.DataType:
        """The type that the file says."""
        return self.file.schema_arrow.types[self.place]

    def parts(self) -> Iterator[pa.ChunkedArray]:
        """All rows. BadInput where they are damaged, not as many as the file says, or too much text."""
        rows, size = 0, 0
        batches = self._batches()
        while (batch := self._next(batches)) is not None:
            rows += len(batch)
            sizes = self._sizes(batch)
            size += int(sizes.sum())
            if size > MOST_TEXT + MOST_RATIO * self.raw.size:
                raise BadInput(f"The text in column {self.name!r} would take over {size >> 20:,} MB: leave it out.")
            for start, stop in _light(sizes + _mean(batch)):
                yield pa.chunked_array([batch.slice(start, stop - start)])
        if rows != self.file.metadata.num_rows:
            raise BadInput(f"This Parquet file is damaged: column {self.name!r} has not as many rows as the file says.")

    def _batches(self) -> Iterator[pa.RecordBatch]:
        file = pq.ParquetFile(pa.BufferReader(self.raw), page_checksum_verification=True) if self.plain else self.file
        rows = PLAIN_ROWS if self.plain else BATCH_ROWS
        with _damage():
            batches: Iterator[pa.RecordBatch] = file.reader.iter_batches(
                rows, range(file.num_row_groups), column_indices=[self.place], use_threads=False
            )
        return batches

    def _next(self, batches: Iterator[pa.RecordBatch]) -> pa.Array | None:
        with _damage():
            try:
                return next(batches).column(0)
            except StopIteration:
                return None
            except OSError as error:
                if self.plain or "yet implemented" not in str(error):
                    raise
                raise _Undivided from error

    def _sizes(self, batch: pa.Array) -> npt.NDArray[np.int64]:
        """Bytes of each text, written out; 0 for what is no text. BadInput for broken and long texts."""
        texts = batch.dictionary if pa.types.is_dictionary(batch.type) else batch
        if texts is not batch or is_text(texts.type):
            refuse_broken(self.name, batch)
        if not is_text(texts.type):
            return np.zeros(len(batch), np.int64)
        longest = pc.max(pc.utf8_length(texts)).as_py() or 0
        if longest > self.limits.cell_characters:
            raise BadInput(
                f"Column {self.name!r} has a cell of {longest:,} characters, and at most "
                f"{self.limits.cell_characters:,} can be read: shorten it."
            )
        sizes = pc.binary_length(texts)
        own = sizes.take(batch.indices) if texts is not batch else sizes
        bytes_of: npt.NDArray[np.int64] = pc.fill_null(own, 0).to_numpy(zero_copy_only=False).astype(np.int64)
        return bytes_of


def _mean(batch: pa.Array) -> int:
    """Mean bytes of the texts of a dictionary: as much is set aside for each row that is written out."""
    texts = batch.dictionary if pa.types.is_dictionary(batch.type) else None
    return 0 if texts is None or not is_text(texts.type) else int(pc.mean(pc.binary_length(texts)).as_py() or 0)


def _light(sizes: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Stretches of rows whose texts take few megabytes."""
    ends, start = np.cumsum(sizes), 0
    while start < len(sizes):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + PART_BYTES, side="right")))
        yield start, stop
        start = stop


def _laid_down(stored: _Stored, room: Room, as_text: bool = False) -> tuple[Pieces, list[Note]]:
    """The values of a column in its type, and what changed on the way; `as_text` for too large whole numbers."""
    sink, told = Sink(room), Counter[str]()
    try:
        for part in stored.parts():
            with _damage():
                values, counts = typed(stored.name, part.cast(pa.string()) if as_text else part)
            if counts["beyond_int64"]:
                values, notes = _laid_down(stored, room, as_text=True)
                return values, [*notes_of(stored.name, stored.type, counts), *notes]
            told += counts
            sink.add(values.chunks)
    except _Undivided:
        return _laid_down(replace(stored, plain=True), room, as_text)
    return sink.whole(), notes_of(stored.name, pa.string() if as_text else stored.type, told)


def _column(stored: _Stored, wanted: Wanted, limits: Limits, room: Room) -> Column:
    name = stored.name
    values, notes = _laid_down(stored, room)
    natural = kind_of(values.type)
    kind = wanted.forms[name].type if name in wanted.forms else wanted.asked.get(name, natural)
    if kind != natural or (wanted.everywhere and natural == "text"):
        again = replace(wanted, asked={**wanted.asked, name: kind})
        days = pa.types.is_date(stored.type)
        written = values.changed(lambda chunk: chunk.cast(pa.date32()), pa.date32()) if days else values
        texts = written.changed(lambda chunk: chunk.cast(pa.string()), pa.string())
        column = read_column(name, texts, again, limits)
        return replace(column, notes=(*notes, *column.notes), spelled={})
    away = _away(values, tokens_of(name, wanted.everywhere, texts=False) if natural == "number" else ())
    values = _without(values, away)
    notes = [*notes, *told_away(name, away)]
    if values.null_count == len(values):
        notes = [*notes, Note("all_missing", f"Column {name!r} has no values at all.", name)]
    return Column(name, Form(natural), values, tuple(notes), away=given_in(name, wanted.everywhere, away))


def _away(values: Pieces, tokens: Sequence[str]) -> Counter[str]:
    """How many of the numbers are each of the tokens that a person called missing."""
    found: Counter[str] = Counter()
    for token in tokens:
        with contextlib.suppress(ValueError):
            found[token] = sum(_count(chunk, float(token)) for chunk in values.chunks)
    return +found


def _count(numbers: pa.Array, number: float) -> int:
    return pc.sum(pc.equal(numbers.cast(pa.float64(), safe=False), number)).as_py() or 0


def _without(values: Pieces, tokens: Collection[str]) -> Pieces:
    """Numbers without those that a person said mean missing."""
    if not tokens:
        return values
    numbers, nothing = pa.array([float(token) for token in tokens], pa.float64()), pa.scalar(None, values.type)

    def change(chunk: pa.Array) -> pa.Array:
        away = pc.is_in(chunk.cast(pa.float64(), safe=False), value_set=numbers)
        return pc.if_else(away, nothing, chunk)

    return values.changed(change)


def _reading(forms: Mapping[str, Form], wanted: Wanted) -> Reading:
    notations = {name: form.notation for name, form in forms.items()}
    return Reading(
        "parquet",
        {name: form.type for name, form in forms.items()},
        missing=wanted.tokens,
        decimal={name: n.decimal for name, n in notations.items() if n.decimal != "."},
        thousands={name: n.thousands for name, n in notations.items() if n.thousands},
        dates={name: form.date for name, form in forms.items() if form.date},
        missing_everywhere=wanted.everywhere,
    )
