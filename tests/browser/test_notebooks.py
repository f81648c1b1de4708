"""A notebook exported to HTML shows its figures with the network off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from serving import ROOT

pytestmark = pytest.mark.browser

WIDTHS = "[...document.querySelectorAll('.modellab figure img')].map(one => one.complete ? one.naturalWidth : 0)"


@pytest.mark.parametrize("name", ["02_train_with_templates", "03_evalharness_demo"])
def test_an_exported_notebook_shows_its_figures_with_the_network_off(name: str, browser: Any, tmp_path: Path) -> None:
    """Every picture of the kept report is drawn, although nothing can be loaded from anywhere."""
    from nbconvert import HTMLExporter

    text, _ = HTMLExporter().from_filename(str(ROOT / "examples" / "notebooks" / f"{name}.ipynb"))
    (tmp_path / "notebook.html").write_text(text, encoding="utf-8")
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.goto((tmp_path / "notebook.html").as_uri(), wait_until="domcontentloaded")
    widths: list[Any] = page.evaluate(WIDTHS)
    context.close()
    assert widths
    assert min(widths) > 200
