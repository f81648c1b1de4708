"""The parts of a report on screen: the takeaway, its figures, slices, stress tests, errors, and the files."""

from __future__ import annotations

from typing import Any

import streamlit as st

from modellab_core.errors import ModelLabError
from modellab_core.lab import Lab
from modellab_core.ui.cards import Difference, calibration_scores
from modellab_core.ui.named import model_name
from modellab_core.ui.scores import score_table
from modellab_core.ui.words import esc


def takeaway(report: Any) -> None:
    """The five sentences, the first in large type."""
    told = [line["sentence"] for line in report.takeaway]
    st.header(esc(told[0], limit=1000), anchor=False)
    st.markdown("\n".join(f"{place}. {esc(line, limit=1000)}" for place, line in enumerate(told[1:], 2)))


def difference_to(lab: Lab, run: Any, other: Any) -> Difference | None:
    """The paired difference of the headline to another run, as the one verdict judges it; None if it cannot."""
    if other is None or other.id == run.id:
        return None
    mates = run.batch_id is not None and run.batch_id == other.batch_id
    try:
        found = lab.verdict(run.batch_id) if mates else lab.compare([run.id, other.id])
    except ModelLabError:
        return None
    if found is None:
        return None
    me, it = (run.model, other.model) if mates else (run.id, other.id)
    value = dict(zip(found.names, found.values, strict=True)).get(it)
    for pair in found.pairs:
        if {pair.candidate, pair.baseline} == {me, it}:
            return _turned(pair, pair.candidate == me, model_name(other), value)
    return None


def _turned(pair: Any, forward: bool, to: str, value: float | None) -> Difference:
    """The pair seen from one of its sides."""
    if forward or pair.difference is None:
        return Difference(to, pair.difference, pair.low, pair.high, pair.verdict, value)
    flipped = {"better": "worse", "worse": "better"}.get(pair.verdict, pair.verdict)
    low, high = (None if end is None else -end for end in (pair.high, pair.low))
    return Difference(to, -pair.difference, low, high, flipped, value)


def calibration(report: Any) -> None:
    """The numbers about calibration, with the band that a perfectly calibrated model would show."""
    scores = calibration_scores(report)
    if scores:
        score_table(scores, "calibration-scores")
