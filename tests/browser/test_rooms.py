"""What a person does with projects, predictions, packs and odd names, by clicks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import clicks
import pytest
from clicks import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def predictions(rows: int = 240) -> bytes:
    """A table of predictions of two classes, some of them wrong, with one feature."""
    lines = ["y_true,y_pred,proba,region"]
    for row in range(rows):
        truth, chance = row % 2, ((row * 37) % 100) / 100
        proba = min(0.99, max(0.01, 0.5 + (0.35 if truth else -0.35) + (chance - 0.5) * 0.9))
        lines.append(f"{truth},{int(proba > 0.5)},{proba:.3f},{('north', 'south')[row % 3 == 0]}")
    return "\n".join(lines).encode()


def choose(page: Any, project: str, action: str) -> None:
    """An entry of a project's menu."""
    clicks.settled(page)
    line = page.locator("[class*='st-key-project-']").filter(has_text=project).last
    line.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name=action).click()


def test_a_project_is_made_named_put_away_and_deleted(page: Any) -> None:
    """Create, rename, describe, archive, restore; deleting asks for the name and says what goes."""
    page.goto("/")
    clicks.settled(page)
    clicks.drop(page, "begin-table", "first.csv", b"a,b\n" + b"1,x\n2,y\n" * 30)
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    clicks.open_room(page, "Projects")
    clicks.press(page, "new-project")
    page.get_by_label("Name", exact=True).fill("Second")
    clicks.press(page, "ask-yes")
    expect(page.get_by_role("link", name="Second")).to_be_visible()

    choose(page, "Second", "Rename")
    page.get_by_label("Name", exact=True).fill("Renamed")
    page.get_by_label("What it is about").fill("All about it")
    clicks.press(page, "ask-yes")
    expect(page.get_by_role("link", name="Renamed")).to_be_visible()
    expect(page.get_by_text("All about it")).to_be_visible()

    choose(page, "Renamed", "Archive")
    expect(page.get_by_role("link", name="Renamed")).to_have_count(0)
    page.get_by_text("Archived (1)").click()
    expect(page.get_by_role("link", name="Renamed")).to_be_visible()
    choose(page, "Renamed", "Restore")
    expect(page.get_by_role("link", name="Renamed")).to_be_visible()

    choose(page, "first", "Delete")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("1 dataset and 0 runs")).to_be_visible()
    expect(dialog.get_by_role("button", name="Delete", exact=True)).to_be_disabled()
    dialog.get_by_role("textbox").fill("first")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("link", name="first")).to_have_count(0)
    clicks.settled(page)


def test_predictions_of_ones_own_model_get_the_whole_report(page: Any) -> None:
    """Columns are guessed by name, and the report has its page like any other run."""
    page.goto("/")
    clicks.settled(page)
    clicks.drop(page, "begin-own", "mine.csv", predictions())
    expect(page.get_by_text("Truth", exact=True)).to_be_visible()
    clicks.press(page, "own-evaluate")
    expect(page.get_by_role("heading", name="Evaluate", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("ROC AUC"))).to_be_visible()
    clicks.settled(page)
    page.get_by_role("tab", name="Slices").click()
    expect(page.get_by_text("Cut by")).to_be_visible()
    clicks.open_room(page, "Repro")
    expect(page.get_by_text("came from outside")).to_be_visible()


def test_a_pack_that_somebody_sent_is_looked_at_first(page: Any) -> None:
    """What is no pack is refused with a reason, and nothing is offered to be run."""
    page.goto("/repro?view=Check+a+pack")
    clicks.settled(page)
    field = page.locator("input[type=file]")
    field.set_input_files(files=[{"name": "sent.zip", "mimeType": "application/zip", "buffer": b"no pack at all"}])
    expect(page.get_by_test_id("stAlert")).to_be_visible()
    expect(page.get_by_role("button", name="Run it here")).to_have_count(0)
    clicks.settled(page)


def test_an_address_leads_to_its_view_and_back_leads_out(page: Any, server: Any) -> None:
    """The ids stand in the address; a new tab shows the same; back reaches the page before in at most two presses."""
    page.goto("/")
    clicks.settled(page)
    clicks.drop(page, "begin-table", "people.csv", b"a,b\n" + b"1,x\n2,y\n" * 30)
    expect(page).to_have_url(re.compile("/train.*project=.*version="))
    clicks.settled(page)
    clicks.open_room(page, "Datasets")
    expect(page).to_have_url(re.compile("/datasets.*version="))
    page.get_by_role("tab", name="Columns").click()
    expect(page).to_have_url(re.compile("view=Columns"))
    clicks.settled(page)
    page.goto(page.url)
    clicks.settled(page)
    expect(page.get_by_role("tab", name="Columns")).to_have_attribute("aria-selected", "true")
    clicks.open_room(page, "Train")
    clicks.settled(page)
    for _ in range(2):
        page.go_back()
        page.wait_for_timeout(1500)
        if "/datasets" in page.url:
            break
    assert "/datasets" in page.url
    assert Path(server.home / "modellab.db").is_file()
