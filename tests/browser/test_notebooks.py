"""A notebook exported to HTML shows its figures with the network off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from serving import CHROME, ROOT

pytestmark = pytest.mark.browser

WIDTHS = "[...document.querySelectorAll('.modellab figure img')].map(one => one.complete ? one.naturalWidth : 0)"


@pytest.mark.parametrize("name", ["02_train_with_templates", "03_evalharness_demo"])
def test_an_exported_notebook_shows_its_figures_with_the_network_off(name: str, tmp_path: Path) -> None:
    """Every picture of the kept report is drawn, although nothing can be loaded from anywhere."""
    from nbconvert import HTMLExporter
    from playwright.sync_api import sync_playwright

    text, _ = HTMLExporter().from_filename(str(ROOT / "examples" / "notebooks" / f"{name}.ipynb"))
    (tmp_path / "notebook.html").write_text(text, encoding="utf-8")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROME, args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = browser.new_context(offline=True, viewport={"width": 1200, "height": 900}).new_page()
        page.goto((tmp_path / "notebook.html").as_uri(), wait_until="domcontentloaded")
        widths: list[Any] = page.evaluate(WIDTHS)
        browser.close()
    assert widths
    assert min(widths) > 200
