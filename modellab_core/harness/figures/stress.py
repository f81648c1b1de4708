"""The figure of a stress test: the model under a growing corruption, beside a dummy under the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.harness.figures.figure import EVERY_TASK, Figure, Reported, figure, floats, label_of
from modellab_core.harness.figures.marks import BAD, MODEL, QUIET, SERIES, Axis, Band, Drawing, Line, Mark, Rule
from modellab_core.harness.figures.wording import number, plural, with_interval


@figure
class StressCurve(Figure):
    """`stress` = the name of a curve in `Report.stress` (default: the first of several severities).

    `at` = a severity to mark, `others` = reports by name whose curves of the same test are laid over.
    """

    name, title, tasks, saved = "stress_curve", "Stress test", EVERY_TASK, False

    def frame(self, report: Reported, **options: Any) -> pd.DataFrame:
        """Per severity: severity, value, low, high, dummy, lead, lead_low, lead_high."""
        told = _curve(report, options)
        if told is None:
            return pd.DataFrame()
        frame = pd.DataFrame({"severity": floats(told["severities"]), "value": floats(told["value"])})
        for side in ("low", "high"):
            frame[side] = frame.value.iloc[0] + np.array(floats(told[f"change_{side}"]))
        frame.loc[0, ["low", "high"]] = frame.value.iloc[0]
        for label, other in dict(options.get("others") or {}).items():
            same = _curve(other, {"stress": _name(report, told)}) or {}
            known = dict(zip(floats(same.get("severities", ())), floats(same.get("value", ())), strict=True))
            frame[f"value of {label}"] = [known.get(severity, np.nan) for severity in frame.severity]
        return frame.assign(**{name: floats(told[name]) for name in ("dummy", "lead", "lead_low", "lead_high")})

    def drawing(self, report: Reported, frame: pd.DataFrame, **options: Any) -> Drawing:
        """Two curves; the band is the interval of the paired change; a line marks where the lead is lost."""
        told = _curve(report, options) or {}
        x = frame.severity.tolist()
        label = label_of(told["metric"])
        model = [
            f"severity {row.severity:g}<br>{label} {with_interval(row.value, row.low, row.high)}"
            for row in frame.itertuples()
        ]
        dummy = [f"severity {row.severity:g}<br>{label} {number(row.dummy)}" for row in frame.itertuples()]
        marks: list[Mark] = []
        known = frame.dropna(subset=["low", "high"])
        if len(known) > 1:
            marks.append(Band(known.severity.tolist(), known.low.tolist(), known.high.tolist(), MODEL))
        marks.append(Line(x, frame.dummy.tolist(), QUIET, _reference(told), dots=True, told=dummy))
        for place, name in enumerate(dict(options.get("others") or {})):
            marks.append(Line(x, frame[f"value of {name}"].tolist(), SERIES[1 + place], name, dots=True, dash=True))
        marks.append(Line(x, frame.value.tolist(), MODEL, "this model", dots=True, told=model))
        if options.get("at") is not None:
            marks.append(Rule(float(options["at"]), name="shown", dash=False))
        if told.get("crossing") is not None:
            marks.append(Rule(float(told["crossing"]), color=BAD, name="lead lost"))
        return Drawing(Axis(_what(told)), Axis(label), tuple(marks))

    def alt(self, report: Reported, **options: Any) -> str:
        """Start and end of the curve, and where the lead over the dummy is lost."""
        told, frame = _curve(report, options) or {}, self.frame(report, **options)
        first, last = frame.iloc[0], frame.iloc[-1]
        label, crossing = label_of(told["metric"]), told.get("crossing")
        lost = f"its lead over {_reference(told)} is "
        lost += f"lost at severity {crossing:g}" if crossing is not None else "kept at every severity"
        start, end = number(first.value, last.low, last.high), with_interval(last.value, last.low, last.high)
        return (
            f"{told['title']} on {plural(told['n'], 'row')}: {label} goes from {start} to {end} at severity "
            f"{last.severity:g} ({told['unit']}); {lost}."
        )

    def subtitle(self, report: Reported, **options: Any) -> str:
        """What was done, on how many rows, how often."""
        told = _curve(report, options) or {}
        draws = plural(told.get("repeats", 1), "draw") + " a severity"
        return " · ".join([str(told.get("title", "")), plural(told.get("n", 0), "test row"), draws])


def _curve(report: Reported, options: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The curve asked for, else the first with several severities, else the first; None without any."""
    drawn = {name: one for name, one in report.stress.items() if one.get("value")}
    if options.get("stress"):
        return drawn.get(str(options["stress"]))
    long = [one for one in drawn.values() if len(one["severities"]) > 2]
    return next(iter([*long, *drawn.values()]), None)


def _name(report: Reported, told: Mapping[str, Any]) -> str:
    return next(name for name, one in report.stress.items() if one is told)


def _reference(told: Mapping[str, Any]) -> str:
    return str(told.get("reference") or "the dummy")


def _what(told: Mapping[str, Any]) -> str:
    feature = f" of {told['feature']}" if told.get("feature") else ""
    unit = str(told.get("unit", "severity"))
    return f"{unit[:1].upper()}{unit[1:]}{feature}"
