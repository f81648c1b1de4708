"""What is said about numbers: names and definitions of metrics, cards, and tables of scores with their intervals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
import streamlit as st

from modellab_core.harness.metrics import METRICS
from modellab_core.ui.bars import bar_uri, domain
from modellab_core.ui.words import esc, interval

EXTRA = {
    "calibration_slope": "Calibration slope",
    "calibration_intercept": "Calibration intercept",
    "calibration_l2": "Calibration error (L2)",
}
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


def score_table(scores: Iterable[Any], key: str) -> None:
    """All metrics with their intervals: sortable, searchable, to be downloaded."""
    lines = [
        {
            "metric": metric_label(one.metric) + (f" · {one.cls}" if one.cls else ""),
            "value": one.value,
            "bar": bar_uri(one.value, one.low, one.high, domain([one.value, one.low, one.high], 0.8)),
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
        alt="Every metric of this run with its value, interval and method",
        column_config={
            "metric": st.column_config.TextColumn("Metric", pinned=True),
            "value": st.column_config.NumberColumn("Value", format="%.4g"),
            "bar": st.column_config.ImageColumn("Interval", width="small"),
            "interval": st.column_config.TextColumn("Low to high"),
            "method": st.column_config.TextColumn("Method"),
            "better": st.column_config.TextColumn("Reading"),
            "note": st.column_config.TextColumn("Note", width="large"),
        },
    )


def overall(report: Any) -> list[Any]:
    """The scores over all rows without stress: of the whole first, then of each class."""
    return [one for one in report.scores if one.slice == "all" and one.stress == "none"]
