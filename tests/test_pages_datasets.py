"""The Datasets page: what was found out, how it is overridden, columns, rows and versions."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from app_pages import at_page, labelled, settled, tables, whole, words

from modellab_core.data.reading import Asked
from modellab_core.data.telling import STAYS_TEXT
from modellab_core.lab import Lab
from modellab_core.ui.notes import GROUPS

HOSTILE = "<script>alert(1)</script> :red[x] $y$ **b** [a](http://a.b) :material/home: =1+1"
EVERYDAY, OTHERS = ("Columns", "How it was read"), ("Rows", "Checks", "Versions")
VIEWS = (*EVERYDAY, *OTHERS)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a messy table, one with hostile names, and one with two versions; treat it as read-only."""
    folder = tmp_path_factory.mktemp("shelf")
    lab = Lab.open(folder / "workspace")
    added(lab, folder, messy())
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    lines = [f'{quoted},"?<b>",target', *(f"{quoted},{'?' if n % 9 == 0 else n},{n % 2}" for n in range(40))]
    asked = Asked(types={HOSTILE: "text"}, missing=("<i>", ":red[x]"))
    added(lab, folder, "\n".join(lines).encode(), "<b>.csv", "hostile", asked)
    for start, shift in ((0, 0), (300, 40)):
        rows = "".join(f"{n},{n % 50 + shift}\n" for n in range(start, start + 1500))
        added(lab, folder, f"id,size\n{rows}".encode(), "sizes.csv", "sizes")
    return folder / "workspace"


@pytest.fixture
def seen(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The shared workspace, to be looked at only."""
    monkeypatch.setenv("MODELLAB_HOME", str(shelf))
    return Lab.open()


@pytest.fixture
def lab(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A copy of the shared workspace."""
    shutil.copytree(shelf, tmp_path / "workspace")
    monkeypatch.setenv("MODELLAB_HOME", str(tmp_path / "workspace"))
    return Lab.open()


def messy(rows: int = 60) -> bytes:
    """Semicolons, Windows-1252, decimal commas, dates, leading zeros, tokens for missing, a name twice."""
    lines = ["plz;price;price;joined;age;visits;city;left"]
    for n in range(rows):
        age, visits = "?" if n % 9 == 0 else 20 + n % 50, "n.a." if n % 30 == 4 else n % 7
        city, left = ("Köln", "Ulm", "unknown")[n % 3], ("no", "yes")[n % 4 == 0]
        lines.append(
            f"{n * 97:05d};{n % 13},5;{n},25;{1 + n % 28:02d}.{1 + n % 12:02d}.2021;{age};{visits};{city};{left}"
        )
    return "\n".join(lines).encode("cp1252")


def added(
    lab: Lab, folder: Path, content: bytes, file: str = "messy.csv", name: str = "messy", asked: Asked | None = None
) -> Any:
    """The version of a file in the project `one`."""
    path = folder / file
    path.write_bytes(content)
    return lab.add_dataset(path, project="one", name=name, asked=asked)


def shown(lab: Lab, version: Any, view: str, **address: str) -> Any:
    """The page at a view of a version, once everything is there."""
    home = lab.dataset(version.dataset_id).project_id
    return settled(at_page("datasets", "alone", project=home, version=version.id, view=view, **address))


def facts(at: Any) -> dict[str, tuple[str, list[str]]]:
    """What was found out by its name: how it is, and who said so."""
    found = next(frame for frame in tables(at) if "source" in frame)
    return {line["what"]: (line["value"], list(line["source"])) for line in found.to_dict("records")}


def test_what_was_found_out_is_told_with_who_said_it(seen: Lab) -> None:
    """Encoding, delimiter, header, types, tokens, marks and dates stand in one table, each with its source."""
    told = facts(shown(seen, seen.version("messy"), "How it was read"))
    assert told["Encoding"] == ("Windows-1252, Western Europe", ["found out"])
    assert told["Between the cells"] == ("semicolon", ["found out"])
    assert told["The first line"][0] == "names of columns"
    assert "?" in told["Missing in numbers and dates"][0]
    assert told["Decimal mark"][0] == "comma in price, price_2"
    assert told["Form of dates"][0].endswith("in joined")


def test_a_way_out_reads_the_same_bytes_again_and_leads_back(lab: Lab) -> None:
    """One click on a note makes another version that says what a person decided, and one leads back."""
    version = lab.version("messy")
    at = shown(lab, version, "How it was read")
    at = settled(labelled(at, "Read n.a. as missing").click().run())
    newest = lab.version("messy")
    assert (newest.number, newest.sha256) == (2, version.sha256)
    assert newest.reading["types"]["visits"] == "number"
    assert facts(at)["Missing everywhere"] == ("n.a.", ["you said"])
    assert "'n.a.' means missing in every column" in words(at)
    at = settled(labelled(at, "Back to version 1").click().run())
    assert "version 1" in words(at)
    assert "Missing everywhere" not in facts(at)


def test_every_reason_to_stay_text_is_told_as_one() -> None:
    """Whatever the reader gives as a reason to keep a column as text stands under that title."""
    assert set(GROUPS[0].ways) >= STAYS_TEXT


@pytest.mark.slow
def test_what_was_said_stays_said(lab: Lab) -> None:
    """A further way out keeps what was said before, and the form begins with it."""
    version = lab.read_differently(lab.version("messy").id, Asked(types={"age": "text"}))
    at = settled(labelled(shown(lab, version, "How it was read"), "Read n.a. as missing").click().run())
    newest = lab.version("messy")
    assert (newest.number, newest.reading["types"]["age"], newest.reading["types"]["visits"]) == (3, "text", "number")
    assert facts(at)["Types that you chose"] == ("age: text", ["you said"])
    assert at.multiselect(key=f"as-text-{newest.id}").value == ["age"]


@pytest.mark.slow
def test_what_cannot_be_read_so_is_one_red_box(lab: Lab) -> None:
    """An override that does not fit is refused in a sentence, names the file, and stores nothing."""
    version = lab.version("messy")
    at = shown(lab, version, "How it was read")
    at.multiselect(key=f"as-number-{version.id}").set_value(["city"])
    at = at.button(key="read-again").click().run()
    assert not at.exception
    assert len(at.error) == 1
    assert "messy.csv" in words(at)
    assert lab.version("messy").id == version.id


@pytest.mark.slow
def test_everything_can_be_overridden(lab: Lab) -> None:
    """The form takes delimiter, encoding, header, tokens and types."""
    version = lab.version("messy")
    at, ident = shown(lab, version, "How it was read"), version.id
    at.selectbox(key=f"mark-{ident}").set_value(";")
    at.selectbox(key=f"encoding-{ident}").set_value("iso8859-1")
    at.selectbox(key=f"header-{ident}").set_value(True)
    at.multiselect(key=f"missing-{ident}").set_value(["unknown"])
    at.multiselect(key=f"as-text-{ident}").set_value(["age"])
    told = facts(settled(at.button(key="read-again").click().run()))
    said = ("Encoding", "Between the cells", "The first line", "Missing everywhere", "Types that you chose")
    assert {what: told[what][1] for what in said} == {what: ["you said"] for what in said}
    assert told["Encoding"][0] == "Latin-1"


@pytest.mark.slow
def test_a_parquet_file_offers_what_applies(lab: Lab, tmp_path: Path) -> None:
    """Types and tokens of a Parquet file can be overridden; delimiter and encoding are not asked for."""
    pd.DataFrame({"code": ["1", "2", "x"] * 9, "n": range(27)}).to_parquet(tmp_path / "t.parquet")
    version = lab.add_dataset(tmp_path / "t.parquet", project="one", name="columnar")
    at = shown(lab, version, "How it was read")
    assert facts(at)["Format"] == ("Parquet", ["the file says"])
    assert not [one for one in at.selectbox if one.label in ("Encoding", "Between the cells")]
    at.multiselect(key=f"as-text-{version.id}").set_value(["n"])
    settled(at.button(key="read-again").click().run())
    assert lab.version("columnar").reading["types"]["n"] == "text"


def test_the_columns_are_described_and_one_in_detail(seen: Lab) -> None:
    """The profile has a line a column; the column in the address is shown with its quantiles and its notes."""
    at = shown(seen, seen.version("messy"), "Columns", column="age")
    profile, detail = tables(at)[0], tables(at)[1]
    assert list(profile["column"]) == ["plz", "price", "price_2", "joined", "age", "visits", "city", "left"]
    assert profile.set_index("column").loc["age", "missing"] == pytest.approx(7 / 60)
    assert list(detail["fact"])[:2] == ["Smallest", "5 %"]
    assert "'?' (7)" in words(at)
    assert labelled(at, "Keep as text")


@pytest.mark.slow
def test_a_thousand_columns_can_be_searched(lab: Lab, tmp_path: Path) -> None:
    """Part of a name and a type narrow the table of columns."""
    names = [f"sensor_{n:04d}" for n in range(999)]
    lines = [
        ",".join([*names, "word"]),
        *(",".join([*(str(n + row) for n in range(999)), "xy"[row % 2]]) for row in range(12)),
    ]
    version = added(lab, tmp_path, "\n".join(lines).encode(), "wide.csv", "wide")
    at = shown(lab, version, "Columns")
    assert len(tables(at)[0]) == 1000
    at = whole(at.text_input(key="find-column").set_value("SENSOR_07").run())
    assert len(tables(at)[0]) == 100
    at = whole(at.text_input(key="find-column").set_value("nowhere").run())
    assert "No column is called like this." in words(at)
    for view in VIEWS:
        shown(lab, version, view)


def test_any_row_is_a_page_away(seen: Lab) -> None:
    """Rows come page by page; a row is reached by its number and by the address."""
    version = seen.version("sizes")
    at = shown(seen, version, "Rows")
    assert list(tables(at)[0].index[[0, -1]]) == [0, 999]
    at.number_input(key=f"go-to-{version.id}").set_value(1499)
    at = whole(at.run())
    assert list(tables(at)[0].index[[0, -1]]) == [1000, 1499]
    at = shown(seen, version, "Rows", row="1234")
    assert "Rows 1,000 to 1,499 of 1,500" in words(at)


def test_two_versions_are_compared(seen: Lab) -> None:
    """A sentence on top, rows added and gone, and the columns that drifted with their effect."""
    at = shown(seen, seen.version("sizes"), "Versions")
    assert "rows were added" in at.subheader[0].value
    assert {one.label for one in at.metric} == {"Rows added", "Rows gone", "Rows changed", "Rows the same"}
    drifted = next(frame for frame in tables(at) if "effect" in frame)
    assert "size" in list(drifted["column"])


@pytest.mark.slow
def test_one_version_says_what_is_missing(seen: Lab) -> None:
    """With one version there is nothing to compare, and the page says how there will be."""
    assert "There is one version" in words(shown(seen, seen.version("messy"), "Versions"))


@pytest.mark.parametrize("view", [*EVERYDAY, *(pytest.param(one, marks=pytest.mark.slow) for one in OTHERS)])
def test_hostile_names_are_text_in_every_view(seen: Lab, view: str) -> None:
    """Names and cells that look like HTML or Markdown are shown letter by letter."""
    at = shown(seen, seen.version("hostile"), view)
    texts = [str(one.value) for kind in (at.markdown, at.caption, at.header, at.subheader) for one in kind]
    assert not [text for text in texts if "<script>" in text or "[a](http" in text]


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
def test_a_damaged_file_takes_no_view_down(lab: Lab, view: str) -> None:
    """When the bytes of a version are damaged a view says so in a red box at most, and the frame of the page stays."""
    version = lab.version("messy")
    path = lab.blobs.path(version.sha256)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-9] + b"damage...")
    for copy in (lab.folder / "cache").iterdir():
        copy.unlink()
    home = lab.dataset(version.dataset_id).project_id
    at = at_page("datasets", "alone", project=home, version=version.id, view=view)
    assert not at.exception
    assert at.title[0].value == "Datasets"
    assert at.button(key="delete-dataset")
