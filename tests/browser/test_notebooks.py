"""A notebook exported to HTML shows its figures with the network off, by the theme of the notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from serving import ROOT

pytestmark = pytest.mark.browser

WIDTHS = "[...document.querySelectorAll('.modellab figure img')].map(one => one.complete ? one.naturalWidth : 0)"
FAINT = r"""() => {  // text in an output whose contrast with what is behind it is below 4.5, as WCAG measures it
  const parts = color => color.match(/[\d.]+/g).map(Number);
  const light = color => parts(color).slice(0, 3).map(one => one / 255)
    .map(one => one <= .03928 ? one / 12.92 : ((one + .055) / 1.055) ** 2.4)
    .reduce((sum, one, place) => sum + one * [.2126, .7152, .0722][place], 0);
  const ground = element => {
    for (; element; element = element.parentElement) {
      const color = getComputedStyle(element).backgroundColor;
      if (parts(color).length < 4 || parts(color)[3] > .5) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = [...document.querySelectorAll(".jp-OutputArea-output *:not(style, script)")]
    .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()));
  const faint = texts.filter(one => {
    const two = [light(getComputedStyle(one).color), light(ground(one))];
    return (Math.max(...two) + .05) / (Math.min(...two) + .05) < 4.5;
  });
  return [texts.length, faint.map(one => one.textContent.trim().slice(0, 40))];
}"""
THEMES = [
    ("01_dataset_upload", "dark", "light"),
    ("02_train_with_templates", "light", "dark"),
    ("03_evalharness_demo", "dark", "light"),
]


@pytest.mark.parametrize(("name", "theme", "system"), THEMES)
def test_an_exported_notebook_can_be_read_with_the_network_off(
    name: str, theme: str, system: str, browser: Any, tmp_path: Path
) -> None:
    """Nothing can be loaded, yet every picture is drawn; the notebook's theme counts, and not that of the system."""
    from nbconvert import HTMLExporter

    text, _ = HTMLExporter(theme=theme).from_filename(str(ROOT / "examples" / "notebooks" / f"{name}.ipynb"))
    (tmp_path / "notebook.html").write_text(text, encoding="utf-8")
    context = browser.new_context(offline=True, color_scheme=system, viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.goto((tmp_path / "notebook.html").as_uri(), wait_until="domcontentloaded")
    widths: list[Any] = page.evaluate(WIDTHS)
    texts, faint = page.evaluate(FAINT)
    context.close()
    assert len(widths) > 0 or name.startswith("01")
    assert min(widths, default=1000) > 200
    assert texts > 10
    assert not faint
