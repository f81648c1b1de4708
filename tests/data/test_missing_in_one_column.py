"""A token that is missing in one column alone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from modellab_core.data.reading import Asked, read, read_again
from modellab_core.data.table import Reading

CSV = "glucose,insulin,income,a=b\n0,0,-999.0,0\n117,0,-999,1\n90.5,14,51000,0\n"


def table_file(folder: Path, kind: str) -> Path:
    """The same table as CSV or Parquet."""
    path = folder / f"t.{kind}"
    if kind == "csv":
        path.write_text(CSV)
    else:
        columns = {"glucose": [0, 117, 90.5], "insulin": [0, 0, 14], "income": [-999.0, -999, 51000]}
        pd.DataFrame(columns | {"a=b": [0, 1, 0]}).to_parquet(path)
    return path


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_token_of_one_column_counts_there_alone(tmp_path: Path, kind: str) -> None:
    """COLUMN=TOKEN is missing in that column, by value for whole numbers, and the stored reading says so again."""
    path = table_file(tmp_path, kind)
    asked = Asked(missing=("glucose=0", "income=-999", "a=b=1"))
    table = read(path, asked, scratch=tmp_path / "scratch")
    assert len([note for note in table.notes if note.code == "missing_tokens"]) == 3
    assert table.frame.isna().sum().to_dict() == {"glucose": 1, "insulin": 0, "income": 2, "a=b": 1}
    assert table.reading.types == dict.fromkeys(("glucose", "insulin", "income", "a=b"), "number")
    assert not [note for note in table.notes if note.code == "missing_absent"]
    again = read_again(path, Reading.from_json(table.reading.to_json()), scratch=tmp_path / "scratch")
    assert again.frame.equals(table.frame)


def test_a_token_that_the_column_lacks_is_told(tmp_path: Path) -> None:
    """Where the column does not hold its token, or there is no such column, a note says so and nothing changes."""
    path = table_file(tmp_path, "csv")
    table = read(path, Asked(missing=("glucose=7", "nowhere=0")), scratch=tmp_path / "scratch")
    assert not table.frame.isna().any().any()
    (note,) = [note for note in table.notes if note.code == "missing_absent"]
    assert "'glucose=7'" in note.text
    assert "'nowhere=0'" in note.text
