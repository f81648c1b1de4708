"""What the tests of the data room share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from modellab_core.data.limits import COMMAND, Limits
from modellab_core.data.reader import parse
from modellab_core.data.request import Asked
from modellab_core.data.textfile import Parsed

Parse = Callable[..., Parsed]


@pytest.fixture(scope="session")
def parsed() -> Parse:
    """Parses bytes in this process: `parsed(content, **asked)`; and again by what was found out, to the same table."""

    def run(content: bytes, limits: Limits = COMMAND, **asked: Any) -> Parsed:
        found = parse(pa.py_buffer(content), Asked(**asked), limits)
        again = parse(pa.py_buffer(content), found.reading, limits)
        assert again.table.schema == found.table.schema
        assert str(again.table.to_pydict()) == str(found.table.to_pydict())  # text, as NaN differs from itself
        assert again.reading == found.reading
        return found

    return run
