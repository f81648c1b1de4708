"""How a file writes the few values of a column, so that class labels are shown as written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modellab_core.data.forms import SPOKEN_TRUTHS, Form, convert
from modellab_core.data.pieces import Cells, counts_of, in_memory, some_rows

MOST_SPELLINGS = 1000
_FIRST_ROWS = 20_000


def plain(value: object) -> str:
    """The plain form of a value: whole numbers without a point, other numbers by `repr`, the rest as text."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating):
        return str(value)
    number = float(value)
    if isinstance(value, int | np.integer) or (number.is_integer() and abs(number) < 1e16):
        return str(int(value))
    return repr(number)


def spellings(texts: Cells, form: Form, tokens: Collection[str]) -> dict[str, str]:
    """The plain form of each value → the most frequent way to write it (the first of equals), where the two differ.

    Empty for a column with more than a thousand ways to write its values.
    """
    if len(pc.unique(some_rows(texts, 0, min(len(texts), _FIRST_ROWS)))) > MOST_SPELLINGS:
        return {}
    counts = counts_of((chunk.drop_null() for chunk in texts.chunks), MOST_SPELLINGS)
    if counts is None:
        return {}
    cells = pa.chunked_array([list(counts)], type=pa.string())
    converted = convert(cells, form, tokens, SPOKEN_TRUTHS)
    values = in_memory(converted.values).to_pylist() if converted else []
    written: dict[str, Counter[str]] = {}
    for value, (text, count) in zip(values, counts.items(), strict=bool(converted)):
        if value is not None:
            written.setdefault(plain(value), Counter())[text.strip()] += count
    chosen = {value: ways.most_common(1)[0][0] for value, ways in written.items()}
    return {value: text for value, text in chosen.items() if text != value}
