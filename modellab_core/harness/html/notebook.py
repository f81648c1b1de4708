"""Reports, comparisons and tables as parts of a notebook.

A figure is a picture first, so that it is seen in untrusted notebooks, previews and exports, with the network off. In a
running notebook it also carries its data, and the first output carries Plotly's script, once for the whole notebook:
where scripts may run the pictures become figures to point at, by day and by night.
"""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from modellab_core.errors import BadInput
from modellab_core.harness.canonical import plain
from modellab_core.harness.figures import figures_for
from modellab_core.harness.figures.figure import FIGURES, Figure, Reported
from modellab_core.harness.figures.palette import DARK, MARKED, NOTEBOOK, replacements
from modellab_core.harness.html import parts
from modellab_core.harness.html.style import CSS

Kind = Literal["live", "pictures"]

NIGHT = """
.modellab.cell table{table-layout:auto}
.modellab.cell th,.modellab.cell td{text-align:left;vertical-align:middle;white-space:normal}
.modellab.cell th.n,.modellab.cell td.n{text-align:right}
.modellab.cell tbody tr,.modellab.cell tbody tr:hover{background:none}
.modellab.cell{background:var(--ground);padding:14px 16px;border-radius:10px}
.modellab.cell:is([data-jp-theme-light="true"] *){DAYS}
.modellab.cell:is(.vscode-light *){DAYS}
.modellab.cell:is([data-jp-theme-light="false"] *){NIGHTS}
.modellab.cell:is(.vscode-dark *){NIGHTS}
"""
DAYS = (
    "--ink:#10192b;--muted:#5b6779;--line:#dde3eb;--ground:#fff;--soft:#f5f7fa;--blue:#0f5fdc;--green:#0a7d52;"
    "--red:#c8323c"
)
NIGHTS = (
    "--ink:#e6eaf1;--muted:#93a0b4;--line:#2a3443;--ground:#0e131b;--soft:#171e29;--blue:#7fb0ff;--green:#3ccb91;"
    "--red:#f2747c"
)
STYLE = CSS + NIGHT.replace("DAYS", DAYS).replace("NIGHTS", NIGHTS)

SCRIPT = """
(()=>{const themes=THEMES,body=document.body,media=matchMedia("(prefers-color-scheme: dark)");
function night(){
  if(body.dataset.jpThemeLight)return body.dataset.jpThemeLight==="false";
  if(body.classList.contains("vscode-dark"))return true;
  return !body.classList.contains("vscode-light")&&media.matches;
}
function draw(){
  if(!window.Plotly)return;
  const theme=themes[night()?"dark":"light"];
  for(const place of document.querySelectorAll(".modellab [data-figure]")){
    let text=place.dataset.figure;
    for(const [mark,color] of Object.entries(theme))text=text.replaceAll('"'+mark+'"','"'+color+'"');
    const figure=JSON.parse(text);
    if(!place.dataset.drawn)place.replaceChildren();
    place.dataset.drawn="yes";
    Plotly.react(place,figure.data,figure.layout,{displayModeBar:false,responsive:true});
  }
}
draw();media.addEventListener("change",draw);})();
"""


@dataclass
class _Carrier:
    """Which output of this notebook carries Plotly's script: its cell, and how often the cell ran by then."""

    kind: Kind = "live"
    cell: str | None = None
    count: int | None = None


_carrier = _Carrier()


def show_figures_as(kind: Kind) -> None:
    """How figures are shown in the notebook that is running: `live`, or `pictures`, whose outputs are small.

    BadInput for another word.
    """
    if kind not in ("live", "pictures"):
        raise BadInput(f"There are no figures {kind!r}: choose live or pictures.")
    _carrier.kind = kind


def notebook_html(report: Reported) -> str:
    """The report as a part of a notebook: what matters first, then every metric and the figures."""
    live = is_live()
    figures = [figure_html(one, report, live) for one in figures_for(report) if one.saved or live]
    return cell(
        f'<p class="context">{parts.context(report)}</p>\n',
        parts.takeaway(report),
        parts.section("Metrics", parts.metrics(report)),
        parts.section("Comparison", parts.comparison(report)),
        parts.section("Figures", parts.grid(figures)),
        live=live,
    )


def comparison_html(found: Any) -> str:
    """A comparison as a part of a notebook: the verdict, every pair, and the models on one axis."""
    live = is_live()
    forest: Any = FIGURES["forest"]
    drawn = figure_html(forest, None, live, comparison=found) if forest.applies(None, comparison=found) else ""
    return cell(parts.section("Comparison", parts.verdict(found.to_json())), parts.grid([drawn]), live=live)


def cell(*inner: str, live: bool = False) -> str:
    """Parts of a report with what they need to be drawn in a cell; `live` where they hold figures to point at."""
    style = f"<style>{STYLE}</style>\n"
    script = f"{_plotly()}<script>{_script()}</script>\n" if live else ""
    return f'{style}<div class="modellab cell">{"".join(inner)}</div>\n{script}'


def figure_html(one: Figure, report: Any, live: bool, **options: Any) -> str:
    """A figure as a picture with its words; with `live` also its data."""
    alt = escape(one.alt(report, **options))
    source = f"data:image/png;base64,{b64encode(one.png(report, **options)).decode('ascii')}"
    data = f" data-figure='{_data(one, report, options)}'" if live else ""
    kind = ' class="all"' if one.wide else ""
    return (
        f"<figure{kind}><h3>{escape(one.title)}</h3>\n"
        f'<div{data} role="img" aria-label="{alt}"><img alt="{alt}" src="{source}"></div>\n'
        f"<figcaption>{alt}</figcaption></figure>\n"
    )


def is_live() -> bool:
    """Whether a notebook is running and its figures are wanted live."""
    return _carrier.kind == "live" and _kernel() is not None


def _data(one: Figure, report: Any, options: Any) -> str:
    """The figure as JSON inside an attribute in single quotes."""
    text = json.dumps(plain(one.plotly(report, MARKED, **options).to_plotly_json()), sort_keys=True)
    return text.replace("&", "&amp;").replace("'", "&#39;").replace("<", "&lt;")


def _script() -> str:
    themes = {name: replacements(colors) for name, colors in (("light", NOTEBOOK), ("dark", DARK))}
    return SCRIPT.replace("THEMES", json.dumps(themes, sort_keys=True))


def _plotly() -> str:
    """Plotly's script, in the first output of the notebook and when its cell runs again; else nothing."""
    cell, count = _place()
    again = cell is not None and cell == _carrier.cell and count != _carrier.count
    if _carrier.count is not None and not again:
        return ""
    _carrier.cell, _carrier.count = cell, count
    from plotly.offline import get_plotlyjs

    # a page that loads scripts by require.js would hide Plotly from the figures
    return (
        "<script>window.modellabDefine=window.define;window.define=undefined;</script>\n"
        f"<script>{get_plotlyjs()}</script>\n"
        "<script>window.define=window.modellabDefine;</script>\n"
    )


def _place() -> tuple[str | None, int]:
    """(the cell that runs, None where the notebook does not tell; how many cells ran so far)."""
    shell = _kernel()
    try:
        cell = shell.get_parent().get("metadata", {}).get("cellId")
    except (AttributeError, LookupError):
        cell = None
    return cell, int(getattr(shell, "execution_count", 0))


def _kernel() -> Any:
    """The kernel of a notebook; None in a plain program, and at a prompt, where nothing is drawn."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if shell is not None and getattr(shell, "kernel", None) is not None else None
