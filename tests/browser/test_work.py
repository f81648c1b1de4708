"""The pages around a trained workspace: compared, scored, copied, searched, and read by those who cannot see them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import clicks
import numpy as np
import pandas as pd
import pytest
from clicks import expect
from serving import Server, open_page

from modellab_core.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

IRIS = Path(__file__).resolve().parents[2] / "examples/data/iris.csv"
PAGES = (
    "/",
    "/datasets",
    "/train",
    "/train?batch=new",
    "/compare",
    "/compare?view=Rows+that+flipped",
    "/evaluate?tab=Slices&cut=petal_length&across=petal_width",
    "/evaluate?tab=Stress",
    "/evaluate?tab=Errors",
    "/repro",
)
WIDTHS = (1024, 1920)
FRAMEWORK = {"list", "listitem", "svg-img-alt", "heading-order", "presentation-role-conflict"}
"""What axe says of Streamlit's own parts, whatever a page does."""
PRIMARY = [["[data-testid=stSliderThumbValue]"], ["[data-testid=stButtonGroup]"]]
"""Text in the colour that Streamlit also puts under white text: on a dark ground no colour has contrast to both."""


def test_runs_are_compared_by_what_differs(shown: Any) -> None:
    """Settings, rows that flipped and curves of the newest batch; the view and the pair stand in the address."""
    clicks.at(shown, "/compare?view=Rows+that+flipped")
    expect(shown.get_by_text("Both right")).to_be_visible()
    choice = clicks.panel(shown, "Rows that flipped").get_by_role("combobox", name="The other run")
    choice.click()
    shown.get_by_role("option", name="Dummy").click()
    expect(clicks.panel(shown, "Rows that flipped").get_by_test_id("stDataFrame")).to_be_visible()
    assert "first=" in shown.url
    assert "second=" in shown.url
    shown.get_by_role("tab", name="Curves").click()
    expect(shown.get_by_test_id("stPlotlyChart")).to_have_count(4)
    clicks.settled(shown)
    shown.get_by_role("tab", name="Settings").click()
    expect(clicks.panel(shown, "Settings").get_by_test_id("stDataFrame")).to_be_visible()
    clicks.settled(shown)
    clicks.at(shown, shown.url)
    expect(shown.get_by_role("tab", name="Settings")).to_have_attribute("aria-selected", "true")


def test_a_file_is_scored_and_a_run_copied(shown: Any, tmp_path: Path) -> None:
    """A file becomes a table of predictions to be saved; the script of the run can be saved too."""
    clicks.at(shown, "/train")
    shown.get_by_role("button", name="Score a file").click()
    shown.locator("[role=dialog] input[type=file]").set_input_files(str(IRIS))
    with shown.expect_download() as saved:
        shown.get_by_role("button", name="Save as CSV").click()
    saved.value.save_as(tmp_path / "scored.csv")
    lines = (tmp_path / "scored.csv").read_text().splitlines()
    assert lines[0].endswith("prediction,P(setosa),P(versicolor),P(virginica)")
    assert len(lines) == 151
    shown.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(shown.get_by_role("dialog")).to_have_count(0)
    shown.get_by_role("button", name="Copy as Python").click()
    with shown.expect_download() as script:
        shown.get_by_role("button", name="Save the script").click()
    assert script.value.suggested_filename.endswith(".py")
    expect(shown.get_by_role("dialog").get_by_text("lab.train")).to_be_visible()


def long_table(folder: Path) -> Path:
    """A table on which three runs take longer than a person needs to cancel them."""
    draw = np.random.default_rng(0).normal(size=(40_000, 12))
    frame = pd.DataFrame(draw, columns=[f"x{place}" for place in range(12)])
    frame["y"] = np.where(draw[:, 0] + draw[:, 1:].sum(axis=1) / 3 > 0, "yes", "no")
    frame.to_csv(folder / "long.csv", index=False)
    return folder / "long.csv"


def test_the_queue_is_seen_from_another_tab_and_can_be_emptied(
    browser: Any, shown: Any, running: Server, tmp_path: Path
) -> None:
    """What one tab starts another one shows on every page, through a reload; Cancel all ends it for both."""
    version = Lab.open(running.home).add_dataset(long_table(tmp_path), project="default")
    clicks.at(shown, f"/train?batch=new&version={version.id}")
    clicks.press(shown, "train")
    expect(shown.get_by_role("button", name="Cancel all")).to_be_visible(timeout=60_000)
    for other in open_page(browser, running.url):
        clicks.at(other, "/datasets")
        link = other.get_by_test_id("stSidebar").get_by_role("link", name="running")
        expect(link).to_be_visible()
        other.reload()
        link.click()
        expect(other.get_by_role("progressbar").first).to_be_visible()
    shown.reload()
    clicks.press(shown, "cancel-all")
    expect(shown.get_by_role("button", name="Start all again")).to_be_visible(timeout=60_000)
    expect(shown.get_by_role("button", name="Cancel")).to_have_count(0, timeout=60_000)
    clicks.settled(shown)
    for run in Lab.open(running.home).batch_runs(Lab.open(running.home).batches()[0]):
        Lab.open(running.home).delete_run(run.id)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_that_is_ours(browser: Any, running: Server, scheme: str) -> None:
    """No contrast, name or label is missing, light and dark, one narrow and the other wide; nothing is cut off."""
    from axe_playwright_python.sync_playwright import Axe

    found = {}
    for page in open_page(browser, running.url, color_scheme=scheme):
        for place, address in enumerate(PAGES):
            page.set_viewport_size({"width": WIDTHS[(place + (scheme == "dark")) % 2], "height": 1000})
            clicks.at(page, address)
            page.wait_for_timeout(500)
            said = Axe().run(page, {"exclude": PRIMARY}).response["violations"]
            ours = [(one["id"], one["nodes"][0]["html"][:300]) for one in said if one["id"] not in FRAMEWORK]
            wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
            if ours or wide:
                found[address] = ours or "wider than the window"
    assert not found, found
