"""What a person does with a pack that somebody sent, by clicks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import clicks
import pytest
from playwright.sync_api import expect
from repro import real

pytestmark = pytest.mark.browser


def test_a_sent_pack_is_ticked_kept_and_run_by_clicks(page: Any, tmp_path: Path) -> None:
    """Its checks are shown as ticks; a click keeps its run in a project, another one trains it again."""
    sent = real.batch(tmp_path, models=("dummy",))[0].write(tmp_path / "sent.zip")
    page.goto("/repro?view=Check+a+pack")
    clicks.settled(page)
    page.locator("input[type=file]").set_input_files(str(sent))
    for name in ("Archive", "Checksums", "Data", "RO-Crate", "Croissant", "Code"):
        expect(page.get_by_text(name, exact=True)).to_be_visible(timeout=clicks.LONG)
    field = page.locator(".st-key-sent-project input")
    field.fill("theirs")
    field.press("Enter")
    clicks.settled(page)
    clicks.press(page, "import-sent")
    expect(page.get_by_text("Imported.")).to_be_visible(timeout=clicks.LONG)
    clicks.press(page, "run-sent")
    expect(page.get_by_text("all identical")).to_be_visible(timeout=clicks.LONG)
    page.get_by_text("Look at the run").click()
    expect(page.get_by_role("heading", name="Evaluate", exact=True)).to_be_visible()
    clicks.open_room(page, "Repro")
    page.get_by_role("tab", name="Pack of a run").click()
    clicks.settled(page)
    expect(clicks.badge(page, "Never tried")).to_be_visible()
    expect(page.get_by_text("0 of 1 run reproduced")).to_be_visible()
