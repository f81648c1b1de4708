"""The whole way by clicks: from an empty workspace to a pack that reproduces, and what survives a restart."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import clicks
import pytest
from clicks import expect
from serving import open_page, serve

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/data/customer_churn.csv"
ROOMS = ("Datasets", "Train", "Evaluate", "Compare", "Repro", "Projects")

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def save_pack(page: Any, folder: Path) -> Path:
    """Download the pack of the run that the page shows."""
    with page.expect_download() as saved:
        clicks.press(page, "download-pack")
    pack = folder / "pack.zip"
    saved.value.save_as(pack)
    return pack


def verified(pack: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """`modellab verify pack.zip --here`."""
    line = [sys.executable, "-m", "modellab_core.cli", "verify", str(pack), "--here"]
    environment = os.environ | {"MODELLAB_HOME": str(home), "PYTHONPATH": str(ROOT)}
    return subprocess.run(line, capture_output=True, text=True, env=environment, cwd=pack.parent, check=False)


def a_threshold_is_tried(page: Any) -> None:
    """A button and a key move the slider, and the cards below it with it."""
    slider, cost = page.get_by_role("slider"), page.locator(".st-key-threshold-card-3").get_by_test_id("stMetricValue")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"0\.50+"))
    page.get_by_role("button", name="Largest F1").click()
    expect(slider).not_to_have_attribute("aria-valuetext", re.compile(r"0\.50+"))
    clicks.settled(page)
    before = cost.inner_text()
    page.get_by_label("Cost of a miss").fill("50")
    page.keyboard.press("Enter")
    expect(cost).not_to_have_text(before)
    expect(page.get_by_role("button", name="Least cost at these costs")).to_be_visible()


def test_from_an_empty_workspace_to_a_pack_that_reproduces(page: Any, tmp_path: Path) -> None:
    """The example, its live training, its verdict, its report, its comparison and its pack: by clicks alone."""
    page.goto("/")
    clicks.settled(page)
    expect(page.get_by_text("Nothing leaves this machine")).to_be_visible()
    clicks.press(page, "try-example")
    expect(page.get_by_role("progressbar").first).to_be_visible()
    clicks.verdict_shown(page)

    page.get_by_text("Open its report").click()
    expect(page.get_by_role("heading", name="Evaluate", exact=True)).to_be_visible()
    clicks.settled(page)
    expect(page.locator("[class*='st-key-card-']")).to_have_count(4)
    a_threshold_is_tried(page)
    for tab in ("Slices", "Stress", "Errors", "Importance", "All metrics", "Calibration"):
        page.get_by_role("tab", name=tab).click()
        clicks.settled(page)
    page.reload()
    clicks.settled(page)
    expect(page.locator("[class*='st-key-card-']")).to_have_count(4)

    clicks.open_room(page, "Compare")
    expect(page.get_by_test_id("stDataFrame")).to_have_count(3)
    clicks.open_room(page, "Repro")
    done = verified(save_pack(page, tmp_path), tmp_path / "elsewhere")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_dropped_table_is_trained_and_run_again(page: Any, tmp_path: Path) -> None:
    """A person's own table: what was read is told, guesses can be changed, and the pack runs again on this machine."""
    page.goto("/")
    clicks.settled(page)
    clicks.drop(page, "begin-table", "my customers.csv", EXAMPLE.read_bytes())
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    expect(page.get_by_text("1,000 rows").first).to_be_visible()
    clicks.settled(page)
    clicks.press(page, "train")
    clicks.verdict_shown(page)
    page.get_by_text("Get its pack").click()
    expect(page.get_by_role("heading", name="Repro", exact=True)).to_be_visible()
    clicks.settled(page)
    expect(clicks.badge(page, "Never tried")).to_be_visible()
    clicks.press(page, "rerun-here")
    expect(clicks.badge(page, "Reproduced")).to_be_visible(timeout=clicks.LONG)
    for room in ROOMS:
        clicks.open_room(page, room)


def test_a_run_can_be_cancelled_and_started_again(page: Any) -> None:
    """Cancel stops what waits and what runs, and each can be started again."""
    page.goto("/")
    clicks.settled(page)
    clicks.press(page, "try-example")
    expect(page.get_by_role("button", name="Cancel")).to_have_count(3, timeout=60_000)
    page.get_by_role("button", name="Cancel").last.click()
    expect(clicks.badge(page, "Cancelled")).to_be_visible(timeout=60_000)
    page.reload()
    expect(clicks.badge(page, "Cancelled")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0, timeout=clicks.LONG)
    expect(page.get_by_text("Smallest visible difference")).to_be_visible(timeout=clicks.LONG)
    clicks.settled(page)  # the verdict moves the rows down as it comes
    page.get_by_role("button", name="Start again").click()
    expect(clicks.badge(page, "Cancelled")).to_have_count(0, timeout=60_000)
    clicks.verdict_shown(page)


def test_a_killed_server_leaves_an_interrupted_run_and_a_queue_that_goes_on(browser: Any, tmp_path: Path) -> None:
    """After SIGKILL the running run is interrupted and says so, and those that waited are trained afterwards."""
    home, log = tmp_path / "workspace", tmp_path / "server.log"
    first = serve(home, log)
    page = browser.new_context(base_url=first.url).new_page()
    page.goto(first.url)
    clicks.settled(page)
    clicks.press(page, "try-example")
    expect(clicks.badge(page, "Running")).to_be_visible(timeout=60_000)
    first.stop(signal.SIGKILL)
    page.context.close()

    second = serve(home, log)
    try:
        for shown in open_page(browser, second.url):
            shown.goto("/train")
            expect(clicks.badge(shown, "Interrupted")).to_be_visible(timeout=90_000)
            expect(shown.get_by_role("button", name="Cancel")).to_have_count(0, timeout=clicks.LONG)
            expect(shown.get_by_text("Open report")).to_have_count(2, timeout=clicks.LONG)
    finally:
        second.stop()
    assert "Traceback" not in second.said()
