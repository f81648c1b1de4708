"""Tables of a workspace: their copies, what of them is read, and what is left behind when something goes wrong."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

from modellab_core.data.copies import Copy, sums_path
from modellab_core.data.reading import Asked
from modellab_core.data.table import Table
from modellab_core.errors import BadInput, NotFound
from modellab_core.lab import Lab
from modellab_core.store.tables import DatasetVersion

ROWS = 400
CONTENT = "n,gaps,word,y\n" + "".join(
    f"{row},{'' if row % 3 else row},{'abc'[row % 3]},{row % 2}.0\n" for row in range(ROWS)
)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """An empty workspace."""
    return Lab.open(tmp_path / "home")


@pytest.fixture
def version(lab: Lab, tmp_path: Path) -> DatasetVersion:
    """The one table in it."""
    path = tmp_path / "table.csv"
    path.write_text(CONTENT)
    return lab.add_dataset(path)


def copy_of(lab: Lab) -> Path:
    """The one copy in the cache."""
    (path,) = (lab.folder / "cache").glob("*.parquet")
    return path


def files(lab: Lab) -> list[str]:
    """All files that hold tables, or parts of them."""
    places = ("blobs", "cache", "tmp")
    return sorted(str(path) for place in places for path in (lab.folder / place).rglob("*") if path.is_file())


def test_a_table_and_its_parts(lab: Lab, version: DatasetVersion) -> None:
    """Columns and rows are those of the whole, in its types; labels are as the file writes them."""
    whole = lab.table(version.id)
    assert whole.frame.dtypes.astype(str).to_dict() == {"n": "int64", "gaps": "Int64", "word": "str", "y": "float64"}
    some = lab.table(version.id, ["word", "gaps"])
    pd.testing.assert_frame_equal(some.frame, whole.frame[["word", "gaps"]])
    pd.testing.assert_frame_equal(lab.preview(version.id, 1, 2), whole.frame.iloc[1:3])
    assert lab.preview(version.id, ROWS + 5, 2).empty
    assert lab.suggest(version.id).classes == ("0.0", "1.0")
    assert [column.count for column in lab.profile(version.id)] == [ROWS] * 4
    with pytest.raises(BadInput, match=r"'wrod'.*word"):
        lab.table(version.id, ["wrod"])


def test_only_what_is_asked_for_is_read(lab: Lab, version: DatasetVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    """A suggestion reads the one column that it is about, and a preview its few rows."""
    read: list[tuple[tuple[str, ...], int | None]] = []
    columns = Copy.columns

    def seen(self: Copy, names: list[str], start: int = 0, rows: int | None = None) -> object:
        read.append((tuple(names), rows))
        return columns(self, names, start, rows)

    monkeypatch.setattr(Copy, "columns", seen)
    lab.suggest(version.id)
    assert read == [(("y",), None)]
    lab.preview(version.id, 0, 5)
    assert read[1:] == [(("n", "gaps", "word", "y"), 5)]
    lab.table(version.id)
    assert len(read) == 2


@pytest.mark.parametrize("harm", ["gone", "no sums", "cut", "a bit", "an old form", "rubbish"])
def test_a_copy_can_always_be_made_again(lab: Lab, version: DatasetVersion, harm: str) -> None:
    """Whatever happened to the copy, the table is what it was, and the copy is whole again; nobody is told."""
    before, path = lab.table(version.id).frame, copy_of(lab)
    content = path.read_bytes()
    if harm == "gone":
        path.unlink()
    elif harm == "no sums":
        sums_path(path).unlink()
    elif harm == "an old form":
        text = sums_path(path).read_text()
        sums_path(path).write_text(text.replace("modellab.copy/1", "modellab.copy/0"))
    else:
        middle = len(content) // 3
        changed = {"cut": content[:middle], "rubbish": b"PAR1 nothing", "a bit": bytearray(content)}[harm]
        if isinstance(changed, bytearray):
            changed[middle] ^= 4
        path.write_bytes(bytes(changed))
    pd.testing.assert_frame_equal(lab.table(version.id).frame, before)
    assert path.read_bytes() == content
    assert not list(lab.scratch.iterdir())


def test_damaged_bytes_are_told(lab: Lab, version: DatasetVersion) -> None:
    """Where the copy is gone and the bytes have changed, or are gone as well, a sentence says so; no rows come back."""
    blob = lab.blobs.path(version.sha256)
    copy_of(lab).unlink()
    for changed in (CONTENT.replace("399,", "398,"), CONTENT.replace("\n5,", "\nfive,"), CONTENT + '"'):
        blob.chmod(0o600)
        blob.write_text(changed)
        with pytest.raises(BadInput, match="damaged"):
            lab.preview(version.id)
        with pytest.raises(BadInput, match="damaged"):
            _ = lab.table(version.id).frame
        assert not list((lab.folder / "cache").glob("*.parquet"))
    blob.unlink()
    with pytest.raises(NotFound):
        lab.preview(version.id)


def test_nothing_is_left_after_a_refusal(lab: Lab, tmp_path: Path) -> None:
    """Not a byte stays of a file that cannot be read, of one that was not accepted, or of an upload of either."""

    def no(table: Table) -> None:
        assert len(table.frame) == ROWS
        raise BadInput("no")

    before = files(lab)
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(CONTENT)
    bad.write_text(CONTENT + "1,2\n")
    for source in (bad, ("bad.csv", io.BytesIO(bad.read_bytes()))):
        with pytest.raises(BadInput, match="Line 402 has 2 cells"):
            lab.add_dataset(source)
    for source in (good, ("good.csv", io.BytesIO(good.read_bytes()))):
        with pytest.raises(BadInput, match="no"):
            lab.add_dataset(source, accept=no)
    with pytest.raises(BadInput):
        lab.add_dataset(good, asked=Asked(types={"word": "number"}))
    assert files(lab) == before
    assert not list(lab.scratch.iterdir())


def test_an_upload_is_like_a_file(lab: Lab, version: DatasetVersion) -> None:
    """A stream gives the version that the same bytes gave as a file."""
    again = lab.add_dataset(("folder\\table.csv", io.BytesIO(CONTENT.encode())))
    assert (again.id, again.sha256) == (version.id, version.sha256)
    assert not list(lab.scratch.iterdir())
