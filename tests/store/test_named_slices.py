"""Named slices of a project: kept once, renamed, forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from modellab_core.errors import BadInput, Conflict, NotFound
from modellab_core.lab import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A workspace with two projects."""
    found = Lab.open(tmp_path / "workspace")
    for name in ("hotel", "museum"):
        found.create_project(name)
    return found


def test_keeping_a_slice_twice_keeps_it_once(lab: Lab) -> None:
    """The same name and query again change nothing; the same name for another query is refused."""
    first = lab.keep_slice("hotel", " Older ", "age  >  60")
    assert lab.keep_slice("hotel", "Older", "age > 60").id == first.id
    assert [(one.name, one.query) for one in lab.named_slices("hotel")] == [("Older", "age > 60")]
    with pytest.raises(Conflict, match="'Older' is 'age > 60' already"):
        lab.keep_slice("hotel", "older", "age > 70")


def test_a_slice_belongs_to_its_project(lab: Lab) -> None:
    """Two projects may use one name; what goes in one stays in the other, and goes with its project."""
    for project in ("hotel", "museum"):
        lab.keep_slice(project, "Older", "age > 60")
    lab.forget_slice("hotel", "Older")
    assert lab.named_slices("hotel") == []
    assert len(lab.named_slices("museum")) == 1
    lab.delete_project("museum")
    with pytest.raises(NotFound):
        lab.named_slices("museum")


def test_a_slice_is_renamed_to_a_free_name(lab: Lab) -> None:
    """Renaming keeps the query; a taken name is refused, another spelling of its own is not."""
    lab.keep_slice("hotel", "Older", "age > 60")
    lab.keep_slice("hotel", "Rome", "city == 'Rome'")
    assert lab.rename_slice("hotel", "Older", "OLDER").query == "age > 60"
    with pytest.raises(Conflict, match="a slice 'Rome' already"):
        lab.rename_slice("hotel", "OLDER", "rome")
    with pytest.raises(NotFound, match="slice"):
        lab.rename_slice("hotel", "Younger", "Young")


def test_what_is_no_query_is_not_kept(lab: Lab) -> None:
    """A query that cannot be read, and a blank name, are refused and nothing is stored."""
    with pytest.raises(BadInput, match="query"):
        lab.keep_slice("hotel", "Odd", "age >> 60")
    with pytest.raises(BadInput, match="name"):
        lab.keep_slice("hotel", " ", "age > 60")
    assert lab.named_slices("hotel") == []
