"""The table of runs as a notebook draws it: what a person looks for first, with the headline's interval as a bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from modellab_core.harness.figures.figure import label_of
from modellab_core.harness.figures.wording import MODELS, interval, number, plural
from modellab_core.harness.html import parts
from modellab_core.harness.html.notebook import cell

NEEDED = ("id", "name", "state", "model", "metric", "value", "low", "high", "created")
SHOWN = 50
MOST_PARAMS = 4


class RunFrame(pd.DataFrame):  # type: ignore[misc]  # pandas comes without types
    """A DataFrame that draws itself as a table of runs while it has the columns of one, and as any other without."""

    @property
    def _constructor(self) -> type[RunFrame]:
        return RunFrame

    def _repr_html_(self) -> str | None:
        if not len(self) or not set(NEEDED) <= set(self.columns):
            return str(super()._repr_html_())
        chosen = _telling(self)
        head = ["Run", "Model", "State", "Score", "Interval", "", *(name.partition(".")[2] for name in chosen), "Made"]
        ends = _ends(self)
        rows = [_cells(row, chosen, ends) for row in self.head(SHOWN).to_dict("records")]
        more = f"<p>{plural(len(self) - SHOWN, 'more run')}.</p>\n" if len(self) > SHOWN else ""
        table = parts.table(head, rows, (3, 4))
        return cell(parts.section(plural(len(self), "run"), table + more))


def _telling(frame: pd.DataFrame) -> list[str]:
    """The parameters and tags in which these runs differ, the first few."""
    said = [name for name in frame.columns if str(name).startswith(("params.", "tags."))]
    different = [name for name in said if frame[name].notna().any() and frame[name].astype(str).nunique() > 1]
    return [str(name) for name in different[:MOST_PARAMS]]


def _ends(frame: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Per headline metric the axis of its bars."""
    found = {}
    for metric, some in frame.dropna(subset=["metric", "value"]).groupby("metric"):
        whole = pd.concat([some["value"], some["low"], some["high"]]).dropna().astype("float64")
        room = 0.05 * (whole.max() - whole.min()) or 1.0
        found[str(metric)] = (float(whole.min() - room), float(whole.max() + room))
    return found


def _cells(row: dict[str, Any], chosen: Sequence[str], ends: dict[str, tuple[float, float]]) -> list[str]:
    value, low, high = (None if pd.isna(row[end]) else float(row[end]) for end in ("value", "low", "high"))
    metric = None if pd.isna(row["metric"]) else str(row["metric"])
    score = f"{parts.text(label_of(metric))} {number(value, low, high)}" if metric else "–"
    return [
        f'{parts.text(row["name"], 60)} <span class="why">{parts.text(row["id"])}</span>',
        parts.text(MODELS.get(row["model"], row["model"] or "–"), 60),
        *(f'<span class="keep">{told}</span>' for told in (parts.text(row["state"]), score, interval(low, high))),
        parts.bar(value, low, high, ends[metric]) if metric in ends else "",
        *(
            "" if pd.isna(row[name]) is True else f'<span class="keep">{parts.text(row[name], 24)}</span>'
            for name in chosen
        ),
        f'<span class="keep">{row["created"]:%Y-%m-%d %H:%M}</span>',
    ]
