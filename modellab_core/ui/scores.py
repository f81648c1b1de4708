"""What is said about numbers: names and definitions of metrics, cards, and tables of scores with their intervals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
import streamlit as st

from modellab_core.harness.metrics import METRICS
from modellab_core.ui.bars import COLUMN, bar_uri
from modellab_core.ui.words import esc, interval

EXTRA = {
    "calibration_slope": "Calibration slope",
    "calibration_intercept": "Calibration intercept",
    "calibration_l2": "Calibration error (L2)",
}
AXES = "From 0 to 1 (−1 to 1 where values are negative); larger metrics from 0 to twice their value."
METHODS = {
    "percentile": "bootstrap",
    "bootstrap_t": "bootstrap-t",
    "wilson": "Wilson",
    "clopper_pearson": "Clopper–Pearson",
    "newcombe": "Newcombe",
    "discordant": "discordant rows",
    "blocks": "block bootstrap",
    "order_statistic": "order statistics",
    "null_band": "null band",
    "none": "",
}


def metric_label(key: str) -> str:
    """What a metric is called on screen."""
    return METRICS[key].label if key in METRICS else EXTRA.get(key, key.replace("_", " ").capitalize())


def metric_definition(key: str) -> str:
    """What a metric measures, its unit, range and source, as Markdown; empty when it is not a registered one."""
    return esc(METRICS[key].definition, limit=2000) if key in METRICS else ""


def direction_word(key: str) -> str:
    """Whether higher or lower is better."""
    if key not in METRICS:
        return ""
    return {1: "higher is better", -1: "lower is better"}.get(METRICS[key].direction, "nearer to zero is better")


def decimals_of(values: Iterable[float | None]) -> str:
    """The format of a column of numbers: three decimals while all are small, else four significant digits."""
    return "%.3f" if all(value is None or abs(value) < 10 for value in values) else "%.4g"


def axis_of(score: Any) -> tuple[float, float]:
    """From 0 to 1 or −1 to 1 for a metric that stays there, else from 0 to twice the value."""
    known = [end for end in (score.value, score.low, score.high) if end is not None]
    for low in (0.0, -1.0):
        if all(low <= end <= 1 for end in known):
            return low, 1.0
    reach = 2 * max(abs(end) for end in known)
    return (0.0, reach) if min(known) >= 0 else (-reach, reach)


def score_table(scores: Iterable[Any], key: str) -> None:
    """All metrics with their intervals: sortable, searchable, to be downloaded."""
    lines = [
        {
            "metric": metric_label(one.metric) + (f" · {one.cls}" if one.cls else ""),
            "value": one.value,
            "bar": bar_uri(one.value, one.low, one.high, axis_of(one)),
            "interval": interval(one.low, one.high),
            "method": METHODS.get(one.method, one.method),
            "better": direction_word(one.metric),
            "note": one.note,
        }
        for one in scores
    ]
    st.dataframe(
        pd.DataFrame(lines),
        key=key,
        hide_index=True,
        height="content",
        placeholder="–",
        alt="Every metric of this run with its value, interval and method",
        column_config={
            "metric": st.column_config.TextColumn("Metric", pinned=True, width="medium"),
            "value": st.column_config.NumberColumn("Value", format=decimals_of(one["value"] for one in lines)),
            "bar": st.column_config.ImageColumn("Interval", width=COLUMN, help=AXES),
            "interval": st.column_config.TextColumn("Low to high"),
            "method": st.column_config.TextColumn("Method"),
            "better": st.column_config.TextColumn("Direction"),
            "note": st.column_config.TextColumn("Note", width="large"),
        },
    )


def overall(report: Any) -> list[Any]:
    """The scores over all rows and classes without stress."""
    return list(report.overall)
