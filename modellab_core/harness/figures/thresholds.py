"""Figures over decision thresholds: rates with their bands, and net benefit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.harness.decisions.decisions import RATES
from modellab_core.harness.figures.figure import BINARY, Figure, Reported, figure, floats
from modellab_core.harness.figures.marks import (
    BAD,
    GOOD,
    MODEL,
    QUIET,
    SECOND,
    THIRD,
    Axis,
    Band,
    Drawing,
    Line,
    Mark,
    Rule,
)
from modellab_core.harness.figures.wording import number, percent, plural, with_interval
from modellab_core.harness.predictions import Floats

DRAWN = {"precision": MODEL, "recall": SECOND, "f1": GOOD, "alert_rate": THIRD}
SHORT = {"f1": "best F1", "cost": "least cost"}
CLOSE = 0.16  # of the axis: names of lines nearer than this would touch
ACROSS = "Threshold (positive from this probability on)"
DRAWN_DIGITS = 4
SPOTS = 60  # points of a band
SAYS = "threshold %{x:.3f}<br>NAME %{y:.3f}"


@figure
class ThresholdCurve(Figure):
    """`at` = a threshold to be marked instead of the chosen ones."""

    name, title, tasks = "threshold_curve", "Rates over thresholds", BINARY

    def frame(self, report: Reported, **_: Any) -> pd.DataFrame:
        """Per rate and threshold: rate, threshold, value, low, high."""
        told = report.thresholds
        cuts = floats(told.get("thresholds", ()))
        parts = [_band_frame(told["curves"][name], cuts).assign(rate=name) for name in DRAWN if cuts]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def drawing(self, report: Reported, frame: pd.DataFrame, **options: Any) -> Drawing:
        """A line and its pointwise band per rate; upright lines at the chosen thresholds."""
        reach = _reach(report)
        lines: list[Mark] = []
        bands: list[Mark] = []
        for name, color in DRAWN.items():
            part = frame[(frame.rate == name) & (frame.threshold <= reach)].dropna(subset=["value"])
            bands.append(_band(part, color))
            label = RATES[name].label
            says = SAYS.replace("NAME", label.lower())
            lines.append(Line(part.threshold.tolist(), part.value.tolist(), color, label, says=says))
        marks = (*bands, *lines, *_rules(report, options.get("at"), reach))
        return Drawing(Axis(ACROSS, 0, reach), Axis("Share", 0, 1.005), marks)

    def alt(self, report: Reported, **options: Any) -> str:
        """What the marked threshold gives: the one asked for, else the first chosen, else one half."""
        told = report.thresholds
        place = _place(told, options.get("at"))
        ends = {name: [told["curves"][name][end][place] for end in ENDS] for name in DRAWN}
        values = [f"{RATES[name].label} {with_interval(*three)}" for name, three in ends.items()]
        cut = told["thresholds"][place]
        why = next((SHORT[one["objective"]] for one in told["chosen"] if one["at"] == place), "")
        return f"Rates over thresholds: at {number(cut)}{f' ({why})' if why else ''} {', '.join(values)}."

    def subtitle(self, report: Reported, **_: Any) -> str:
        """Rows, and what bands are."""
        level = percent(report.thresholds.get("level", 0.95))
        return f"{plural(report.n, 'test row')} · pointwise {level} bands"


@figure
class NetBenefit(Figure):
    """Net benefit over thresholds; `at` = a threshold to be marked."""

    name, title, tasks, saved = "net_benefit", "Net benefit", BINARY, False

    def frame(self, report: Reported, **_: Any) -> pd.DataFrame:
        """Per threshold below 1: threshold, value, low, high, all (net benefit of calling every row positive)."""
        told = report.thresholds
        if not len(told.get("thresholds", ())):
            return pd.DataFrame()
        frame = _band_frame(told["curves"]["net_benefit"], floats(told["thresholds"]))
        frame = frame[frame.threshold < 1].dropna(subset=["value"])
        share = prevalence(told)
        return frame.assign(all=share - (1 - share) * frame.threshold / (1 - frame.threshold))

    def drawing(self, report: Reported, frame: pd.DataFrame, **options: Any) -> Drawing:
        """The model's curve, but where it is far below zero, beside calling every row positive and none."""
        share, reach = prevalence(report.thresholds), _reach(report)
        floor = -0.25 * share
        frame = frame[frame.threshold <= reach]
        every = frame[frame["all"] >= floor]
        inside = frame.assign(value=frame.value.where(frame.value >= floor))
        inside = inside.assign(low=frame.low.clip(lower=floor), high=frame.high.clip(lower=floor))
        says = SAYS.replace("NAME", "net benefit")
        marks: tuple[Mark, ...] = (
            _band(inside, MODEL),
            Line(every.threshold.tolist(), every["all"].tolist(), BAD, "every row positive", 1.5, dash=True),
            Line([0, reach], [0, 0], QUIET, "no row positive", 1.5, dash=True),
            Line(inside.threshold.tolist(), inside.value.tolist(), MODEL, "this model", says=says),
            *_rules(report, options.get("at"), reach),
        )
        top = max(share, float(frame.high.max()) if frame.high.notna().any() else share)
        return Drawing(Axis(ACROSS, 0, reach), Axis("Net benefit per row", floor, 1.05 * top), marks, 320)

    def alt(self, report: Reported, **options: Any) -> str:
        """Net benefit at the marked threshold, and where it is above both other ways."""
        told, frame = report.thresholds, self.frame(report)
        place = _place(told, options.get("at"))
        curve = told["curves"]["net_benefit"]
        value = with_interval(*(curve[end][place] for end in ENDS))
        above = frame.threshold[frame.value > frame["all"].clip(lower=0)]
        range_text = "at no threshold above calling every row or none positive"
        if len(above):
            ends = f"from {number(above.min())} to {number(above.max())}"
            range_text = f"above calling every row or none positive at {len(above)} thresholds {ends}"
        return f"Net benefit at threshold {number(told['thresholds'][place])} is {value} per row; {range_text}."


ENDS = ("value", "low", "high")


def prevalence(told: Any) -> float:
    """Share of positive rows."""
    counts = told["counts"]
    positives, n = counts["tp"][0] + counts["fn"][0], sum(counts[name][0] for name in ("tp", "fp", "fn", "tn"))
    return positives / n if n else float("nan")


def _band_frame(curve: Any, cuts: Sequence[float]) -> pd.DataFrame:
    return pd.DataFrame({"threshold": cuts, **{end: floats(curve[end]) for end in ENDS}}).round(DRAWN_DIGITS)


def _band(part: pd.DataFrame, color: int) -> Band:
    known = part.dropna(subset=["low", "high"])
    spots = known.iloc[np.unique(np.linspace(0, len(known) - 1, SPOTS).astype(int))] if len(known) else known
    return Band(spots.threshold.tolist(), spots.low.tolist(), spots.high.tolist(), color)


def _reach(report: Reported) -> float:
    """The end of the axis: 1, or a little beyond the largest score where scores are small."""
    cuts = np.array(report.thresholds["thresholds"])
    called = np.array(floats(report.thresholds["curves"]["alert_rate"]["value"]))
    silent: Floats = cuts[called <= 0]
    return float(min(1.0, max(0.05, 1.1 * silent[0]))) if len(silent) and silent[0] < 0.5 else 1.0


def _place(told: Any, at: float | None) -> int:
    """Position of the threshold nearest to `at`; of the first chosen one, or of one half, without."""
    if at is not None:
        return int(np.argmin(np.abs(np.array(told["thresholds"]) - at)))
    return int(told["chosen"][0]["at"]) if told["chosen"] else int(told["default"])


def _rules(report: Reported, at: float | None, reach: float) -> list[Mark]:
    """A line at the threshold asked for, else one at each chosen one, named once where two are near."""
    if at is not None:
        return [Rule(at, name=number(at), dash=False)]
    told = sorted((one["threshold"], SHORT[one["objective"]]) for one in report.thresholds["chosen"])
    names = [name for _, name in told]
    if len(told) == 2 and told[1][0] - told[0][0] < CLOSE * reach:
        names = ["", " · ".join(names)] if told[0][0] < reach / 2 else [" · ".join(names), ""]
    return [Rule(cut, name=name) for (cut, _), name in zip(told, names, strict=True) if cut <= reach]
