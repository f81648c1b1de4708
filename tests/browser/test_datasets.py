"""A messy file by clicks: what was found, how it is overridden, what was checked, a training, and two versions."""

from __future__ import annotations

import re
from typing import Any

import clicks
import pytest
from clicks import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def messy(rows: int = 240, shift: int = 0) -> bytes:
    """Semicolons, Windows-1252, decimal commas, dates, words for missing, and a column that tells the target."""
    lines = ["plz;cost;joined;age;visits;city;settled;left"]
    for n in range(rows):
        left = (n * 7919) % 10 < 4
        age, visits = "?" if n % 9 == 0 else 20 + shift + n % 50, "n.a." if n % 40 == 4 else n % 7
        day = f"{1 + n % 28:02d}.{1 + n % 12:02d}.2021"
        cells = (f"{n * 97:05d}", f"{n % 13},5", day, age, visits, ("Köln", "Ulm")[n % 2], left * 100 + n % 3)
        lines.append(";".join([*map(str, cells), ("nein", "ja")[left]]))
    return "\n".join(lines).encode("cp1252")


def tab(page: Any, name: str) -> None:
    """Open a view of the page."""
    page.get_by_role("tab", name=name).click()
    clicks.settled(page)


def checked(page: Any) -> None:
    """Wait until the checks are there."""
    expect(page.get_by_text("The checks found:")).to_be_visible(timeout=clicks.LONG)
    expect(page.locator("[class*=st-key-waiting]")).to_have_count(0, timeout=clicks.LONG)
    clicks.settled(page)


def cell(page: Any, table: int, column: int, row: int) -> Any:
    """A cell of a table of the page, which is drawn on a canvas but is in the document too."""
    return page.get_by_test_id("stDataFrame").nth(table).get_by_test_id(f"glide-cell-{column}-{row}")


def test_a_messy_file_from_the_drop_to_a_training(page: Any) -> None:
    """What was found is seen and overridden, the way out of a serious finding is a click, and then three models."""
    page.goto("/")
    clicks.settled(page)
    clicks.drop(page, "begin-table", "messy.csv", messy())
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    checked(page)
    expect(page.get_by_text("A column gives the target away", exact=True)).to_be_visible()

    page.get_by_text("Read it differently").click()
    expect(page.get_by_role("heading", name="Datasets", exact=True)).to_be_visible()
    clicks.settled(page)
    expect(cell(page, 0, 1, 1)).to_have_text("Windows-1252, Western Europe")
    page.get_by_role("button", name="Read n.a. as missing").click()
    expect(page.get_by_text("Read as you said:")).to_be_visible(timeout=60_000)
    expect(page).to_have_url(re.compile("version="))
    clicks.settled(page)
    page.reload()
    clicks.settled(page)
    expect(page.get_by_text("Read as you said:")).to_be_visible()
    expect(page.get_by_role("button", name="Back to version 1")).to_be_visible()

    clicks.press(page, "train-on")
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    checked(page)
    page.get_by_role("button", name=re.compile("settled")).click()
    expect(page.get_by_text("Left out:")).to_be_visible()
    checked(page)
    expect(page.get_by_text("A column gives the target away", exact=True)).to_have_count(0)
    clicks.open_room(page, "Datasets")
    clicks.open_room(page, "Train")
    checked(page)
    expect(page.get_by_text("Left out:")).to_be_visible()
    clicks.press(page, "train")
    clicks.verdict_shown(page)
    page.get_by_text(re.compile("What was checked before")).click()
    expect(page.get_by_text("Columns say the same").or_(page.get_by_text("Not applicable:")).first).to_be_visible()


def test_two_versions_are_compared_by_clicks(page: Any) -> None:
    """The next table under the same name: a sentence, the rows, and what drifted as two histograms."""
    page.goto("/")
    clicks.settled(page)
    clicks.drop(page, "begin-table", "messy.csv", messy())
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    clicks.settled(page)
    clicks.open_room(page, "Datasets")
    clicks.press(page, "add")
    page.locator("input[type=file]").set_input_files(
        files=[{"name": "messy.csv", "mimeType": "text/csv", "buffer": messy(300, 25)}]
    )
    expect(page.get_by_text("version 2").first).to_be_visible(timeout=60_000)
    clicks.settled(page)
    tab(page, "Versions")
    expect(page.get_by_text(re.compile(r"rows? (was|were) added")).first).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile("columns? drifted"))).to_be_visible()
    expect(page.locator(".st-key-drift-detail").get_by_test_id("stPlotlyChart")).to_be_visible()
    expect(page).to_have_url(re.compile("from=.*to="))
    tab(page, "Columns")
    expect(page.locator(".st-key-column-detail")).to_be_visible()
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    page.mouse.click(box["x"] + 16, box["y"] + box["height"] / 9 * 4.5)
    expect(page.locator(".st-key-column-detail").get_by_role("heading", name="age")).to_be_visible()
    expect(page).to_have_url(re.compile("column=age"))


def test_the_workspace_is_backed_up_by_a_click(page: Any, server: Any) -> None:
    """A backup is made and listed, handed to the browser, and every file is read."""
    page.goto("/?shown=Workspace")
    clicks.settled(page)
    clicks.press(page, "backup-now")
    expect(page.get_by_role("button", name="Save a copy")).to_be_visible(timeout=60_000)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save a copy").click()
    assert saved.value.suggested_filename.endswith(".tar.gz")
    assert len(list((server.home / "backups").glob("*.tar.gz"))) == 1
    clicks.press(page, "status-deep")
    expect(page.get_by_text("Every file was read and is whole")).to_be_visible(timeout=60_000)
