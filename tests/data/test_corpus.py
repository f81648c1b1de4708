"""The corpus of odd files: each comes out as it should, or is refused by a sentence with the place and the way out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from corpus import CASES, Case

from modellab_core.errors import BadInput

READ = {name: case for name, case in CASES.items() if case.columns is not None}
REFUSED = {name: case for name, case in CASES.items() if case.columns is None}


def shown(values: Any) -> str:
    """Cells with their types: 1 is neither 1.0 nor "1", and NaN is NaN."""
    return repr(values)


@pytest.mark.parametrize("name", READ)
def test_read(parsed: Any, name: str) -> None:
    """The names, types, cells and notes are those that were written down, and reading again gives the same."""
    case: Case = READ[name]
    found = parsed(case.content, **case.asked)
    assert shown(found.table.to_pydict()) == shown(case.columns)
    assert {note.code for note in found.notes} == case.codes, [note.text for note in found.notes]
    assert json.loads(json.dumps(found.reading.to_json()))["columns"] == list(case.columns or {})
    for note in found.notes:
        assert note.text.isprintable()
        assert note.text.endswith((".", "?"))
        assert note.column is None or note.column in found.reading.types


@pytest.mark.parametrize("name", REFUSED)
def test_refused(parsed: Any, name: str) -> None:
    """One sentence that can be read on one line names what is wrong, where, and what to do."""
    case = REFUSED[name]
    with pytest.raises(BadInput) as refusal:
        parsed(case.content, **case.asked)
    sentence = str(refusal.value)
    assert all(word in sentence for word in case.words), sentence
    assert sentence.isprintable()
    assert 15 < len(sentence) < 400
