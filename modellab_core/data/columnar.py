"""An uploaded Parquet file as a table: what it says of itself is checked before anything large is decoded."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from modellab_core.data.arrow_types import is_text, kind_of, refuse_broken, refuse_unsuitable, typed
from modellab_core.data.away import given_in, tokens_of
from modellab_core.data.columns import Column, Wanted, read_column, refuse_strangers, told_of, wanted_of
from modellab_core.data.forms import Form
from modellab_core.data.limits import Limits
from modellab_core.data.names import usable_names
from modellab_core.data.remarks import told_away
from modellab_core.data.request import Asked
from modellab_core.data.table import Note, Reading
from modellab_core.data.textfile import Parsed
from modellab_core.errors import BadInput

BATCH_ROWS = 1024


def read_columnar(raw: pa.Buffer, request: Asked | Reading, limits: Limits) -> Parsed:
    """The table in the Parquet file `raw`. What pandas once noted in it about an index is ignored.

    BadInput for damaged files, for nested and binary columns, for no rows, too many cells, and cells that are too long.
    """
    with _damage():
        file = _opened(raw)
        names, naming = usable_names(file.schema_arrow.names, limits)
        refuse_unsuitable(file.schema_arrow, names)
    _refuse_size(file.metadata.num_rows, len(names), limits)
    wanted = wanted_of(request)
    refuse_strangers(wanted, names)
    columns = [_column(raw, file, place, name, wanted, limits) for place, name in enumerate(names)]
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


def _stored(raw: pa.Buffer, file: pq.ParquetFile, place: int, name: str, limits: Limits) -> pa.ChunkedArray:
    """The column as it is in the file; text as a dictionary, where its encoding lets it be read so."""
    with _damage():
        try:
            return file.reader.read_column(place)
        except OSError as error:
            if "yet implemented" not in str(error):
                raise
            plain = pq.ParquetFile(pa.BufferReader(raw), page_checksum_verification=True)
            batches = plain.reader.iter_batches(
                BATCH_ROWS, range(plain.num_row_groups), column_indices=[place], use_threads=False
            )
    return _collected(name, batches, limits)


def _collected(name: str, batches: Iterator[pa.RecordBatch], limits: Limits) -> pa.ChunkedArray:
    """The one column of `batches`, not more of it than fits in memory."""
    chunks: list[pa.Array] = []
    size = 0
    with _damage():
        for batch in batches:
            size += batch.nbytes
            _refuse_much(name, size, limits)
            chunks.append(batch.column(0))
    return pa.chunked_array(chunks)


def _column(raw: pa.Buffer, file: pq.ParquetFile, place: int, name: str, wanted: Wanted, limits: Limits) -> Column:
    stored = _stored(raw, file, place, name, limits)
    if len(stored) != file.metadata.num_rows:
        raise BadInput(f"This Parquet file is damaged: column {name!r} has not as many rows as the file says.")
    _refuse_long(name, stored, limits)
    with _damage():
        values, notes = typed(name, stored)
    natural = kind_of(values.type)
    kind = wanted.forms[name].type if name in wanted.forms else wanted.asked.get(name, natural)
    if kind != natural or (wanted.everywhere and natural == "text"):
        again = replace(wanted, asked={**wanted.asked, name: kind})
        texts = (stored if pa.types.is_date(stored.type) else values).cast(pa.string())
        column = read_column(name, texts, again, limits)
        return replace(column, notes=(*notes, *column.notes), spelled={})
    away = _away(values, tokens_of(name, wanted.everywhere, texts=False) if natural == "number" else ())
    values = _without(values, away)
    notes = [*notes, *told_away(name, away)]
    if values.null_count == len(values):
        notes = [*notes, Note("all_missing", f"Column {name!r} has no values at all.", name)]
    return Column(name, Form(natural), values, tuple(notes), away=given_in(name, wanted.everywhere, away))


def _away(values: pa.ChunkedArray, tokens: Sequence[str]) -> Counter[str]:
    """How many of the numbers are each of the tokens that a person called missing."""
    found: Counter[str] = Counter()
    for token in tokens:
        with contextlib.suppress(ValueError):
            count = pc.sum(pc.equal(values.cast(pa.float64(), safe=False), float(token))).as_py()
            found += Counter({token: count or 0})
    return found


def _without(values: pa.ChunkedArray, tokens: Collection[str]) -> pa.ChunkedArray:
    """Numbers without those that a person said mean missing."""
    if not tokens:
        return values
    numbers = pa.array([float(token) for token in tokens], pa.float64())
    away = pc.is_in(values.cast(pa.float64(), safe=False), value_set=numbers)
    return pc.if_else(away, pa.scalar(None, values.type), values)


def _refuse_long(name: str, column: pa.ChunkedArray, limits: Limits) -> None:
    """BadInput when one text is too long or is no text, or when all texts written out would not fit in memory."""
    total = 0
    for chunk in column.chunks:
        texts = chunk.dictionary if pa.types.is_dictionary(chunk.type) else chunk
        if texts is not chunk or is_text(texts.type):
            refuse_broken(name, chunk)
        if not is_text(texts.type):
            return
        longest = pc.max(pc.utf8_length(texts)).as_py() or 0
        if longest > limits.cell_characters:
            raise BadInput(
                f"Column {name!r} has a cell of {longest:,} characters, and at most {limits.cell_characters:,} can be "
                f"read: shorten it."
            )
        sizes = pc.binary_length(texts)
        total += pc.sum(sizes.take(chunk.indices) if texts is not chunk else sizes).as_py() or 0
    _refuse_much(name, total, limits)


def _refuse_much(name: str, size: int, limits: Limits) -> None:
    if size > limits.memory // 4:
        raise BadInput(f"The text in column {name!r} would take {size >> 20:,} MB: leave the column out.")


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
