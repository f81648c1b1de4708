"""A report as HTML: one file without script, and one file with figures to point at.

The same report gives the same bytes. Names and labels from the data are shown letter by letter.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from html import escape

from modellab_core.harness.canonical import plain
from modellab_core.harness.figures import figures_for
from modellab_core.harness.figures.figure import Figure, Reported
from modellab_core.harness.figures.palette import DARK, MARKED, NOTEBOOK, replacements
from modellab_core.harness.html import findings, parts
from modellab_core.harness.html.style import CSS, PAGE

STATIC = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
INTERACTIVE = "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
SCOPE = (
    "Intervals hold for this fitted model and this split of the rows; they say nothing of other fits or later drift."
)

SCRIPT = """
const themes=THEMES,night=matchMedia("(prefers-color-scheme: dark)");
function draw(){
  const theme=themes[night.matches?"dark":"light"];
  for(const place of document.querySelectorAll("[data-figure]")){
    let text=document.getElementById(place.dataset.figure).textContent;
    for(const [mark,color] of Object.entries(theme))text=text.replaceAll('"'+mark+'"','"'+color+'"');
    const figure=JSON.parse(text);
    Plotly.react(place,figure.data,figure.layout,{displayModeBar:false,responsive:true});
  }
}
draw();night.addEventListener("change",draw);
"""


def static_html(report: Reported, pngs: Mapping[str, bytes] | None = None) -> str:
    """The report as one page without script; `pngs` are its pictures by file name, as `pictures` gives them."""
    drawn = pngs or {}
    figures = [_picture(one, report, drawn[one.file]) for one in figures_for(report) if one.file in drawn]
    return _page(report, _body(report, figures), STATIC)


def interactive_html(report: Reported) -> str:
    """The report as one page with figures to point at, by day and by night; it needs no network."""
    from plotly.offline import get_plotlyjs

    figures = [_live(one, report) for one in figures_for(report)]
    themes = {name: replacements(colors) for name, colors in (("light", NOTEBOOK), ("dark", DARK))}
    script = SCRIPT.replace("THEMES", json.dumps(themes, sort_keys=True))
    tail = f"<script>{get_plotlyjs()}</script>\n<script>{script}</script>\n"
    return _page(report, _body(report, figures), INTERACTIVE, tail)


def _page(report: Reported, body: str, policy: str, tail: str = "") -> str:
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(parts.title_of(report))}</title>\n<style>{PAGE}{CSS}</style>\n</head>\n"
    )
    return f'{head}<body>\n<main class="modellab">\n{body}</main>\n{tail}</body>\n</html>\n'


def _body(report: Reported, figures: Iterable[str]) -> str:
    return "".join(
        (
            f'<h1>{escape(parts.title_of(report))}</h1>\n<p class="context">{parts.context(report)}</p>\n',
            parts.takeaway(report),
            parts.section("Metrics", parts.metrics(report), long=True),
            parts.section("Classes", findings.classes(report), long=True),
            parts.section("Comparison", parts.comparison(report)),
            parts.section("Figures", parts.grid(figures), long=True),
            parts.section("Calibration", parts.scores_of_calibration(report)),
            parts.section("Thresholds", findings.thresholds(report)),
            parts.section("Conformal intervals", findings.conformal(report)),
            parts.section("Weak slices", findings.discovery(report)),
            parts.section("Slices", parts.slices(report), long=True),
            parts.section("Stress tests", parts.stresses(report), long=True),
            parts.section("Errors", parts.errors(report), long=True),
            parts.section("Importance", findings.importance(report), long=True),
            parts.section("Advice", findings.advice(report)),
            parts.section("Notes", parts.notes(report)),
            f"<footer>{SCOPE}</footer>\n",
        )
    )


def _picture(one: Figure, report: Reported, png: bytes) -> str:
    alt = escape(one.alt(report))
    source = f"data:image/png;base64,{b64encode(png).decode('ascii')}"
    return f'<figure><img alt="{alt}" src="{source}">\n<figcaption>{alt}</figcaption></figure>\n'


def _live(one: Figure, report: Reported) -> str:
    drawn = one.plotly(report, MARKED).to_plotly_json()
    # inside a script element only "<" could end it
    text = json.dumps(plain(drawn), sort_keys=True).replace("<", "\\u003c")
    alt = escape(one.alt(report))
    kind = ' class="all"' if one.wide else ""
    return (
        f"<figure{kind}><h3>{escape(one.title)}</h3>\n"
        f'<div id="figure-{one.name}" data-figure="data-{one.name}" role="img" aria-label="{alt}"></div>\n'
        f'<script type="application/json" id="data-{one.name}">{text}</script>\n'
        f"<figcaption>{alt}</figcaption></figure>\n"
    )
