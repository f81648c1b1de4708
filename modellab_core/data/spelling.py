"""How a file writes the few values of a column, so that class labels are shown as written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modellab_core.data.forms import SPOKEN_TRUTHS, Form, convert

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


def spellings(texts: pa.ChunkedArray, form: Form, tokens: Collection[str]) -> dict[str, str]:
    """The plain form of each value → the most frequent way to write it (the first of equals), where the two differ.

    Empty for a column with more than a thousand ways to write its values.
    """
    if len(pc.unique(texts.slice(0, _FIRST_ROWS))) > MOST_SPELLINGS:
        return {}
    counted = pc.value_counts(texts.drop_null())
    if len(counted) > MOST_SPELLINGS:
        return {}
    cells, times = counted.field("values"), counted.field("counts").to_pylist()
    converted = convert(pa.chunked_array([cells]), form, tokens, SPOKEN_TRUTHS)
    values = converted.values.to_pylist() if converted else []
    written: dict[str, Counter[str]] = {}
    for value, text, count in zip(values, cells.to_pylist(), times, strict=True):
        if value is not None:
            written.setdefault(plain(value), Counter())[text.strip()] += count
    chosen = {value: ways.most_common(1)[0][0] for value, ways in written.items()}
    return {value: text for value, text in chosen.items() if text != value}
