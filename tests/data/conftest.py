"""What the tests of the data room share."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from modellab_core.data.limits import COMMAND, Limits
from modellab_core.data.reader import parse
from modellab_core.data.request import Asked
from modellab_core.data.room import Room
from modellab_core.data.textfile import Parsed

Parse = Callable[..., Parsed]


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Parse:
    """Parses bytes in this process: `parsed(content, **asked)`; and again by what was found out, to the same table."""

    rooms, numbers = tmp_path_factory.mktemp("rooms"), itertools.count()

    def room() -> Room:
        folder = rooms / str(next(numbers))
        folder.mkdir()
        return Room(folder, COMMAND.disk)

    def run(content: bytes, limits: Limits = COMMAND, **asked: Any) -> Parsed:
        raw = pa.py_buffer(content)
        found = parse(raw, Asked(**asked), limits, room())
        again = parse(raw, found.reading, limits, room())
        assert again.table.schema == found.table.schema
        assert str(again.table.to_pydict()) == str(found.table.to_pydict())  # text, as NaN differs from itself
        assert again.reading == found.reading
        return found

    return run
