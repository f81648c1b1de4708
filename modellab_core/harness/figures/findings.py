"""Figures of what the model uses, and of how often its intervals hold the truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from modellab_core.harness.figures.figure import EVERY_TASK, REGRESSION, Figure, Reported, fall_of, figure, floats
from modellab_core.harness.figures.lists import listed
from modellab_core.harness.figures.marks import MODEL, Axis, Drawing, Mark, Rule, list_height
from modellab_core.harness.figures.wording import named, percent, plural, shortened, with_interval

TOP = 20
SLICES = 14
ENDS = ("value", "low", "high")


@figure
class Importance(Figure):
    """What this fitted model uses: the loss in the headline when a feature is permuted.

    `top` = how many features (20).
    """

    name, title, tasks, saved, wide = "importance", "Importance", EVERY_TASK, True, True

    def frame(self, report: Reported, **options: Any) -> pd.DataFrame:
        """Per feature, largest loss first: feature, value, low, high."""
        told = [one for one in report.importance.get("features", ()) if one.get("value") is not None]
        columns = {"feature": [str(one["feature"]) for one in told]}
        frame = pd.DataFrame(columns | {end: floats(one.get(end) for one in told) for end in ENDS})
        frame = frame.sort_values("value", ascending=False, kind="stable").reset_index(drop=True)
        return frame.head(int(options.get("top", TOP)))

    def drawing(self, report: Reported, frame: pd.DataFrame, **_: Any) -> Drawing:
        """A line per feature, in colour where the interval excludes zero."""
        clear = (frame.low > 0) | (frame.high < 0)
        marks: tuple[Mark, ...] = (Rule(0.0), *listed(frame, clear, MODEL, "told from zero", "not told from zero"))
        lines = Axis("", labels=tuple(shortened(name, 40) for name in frame.feature), down=True)
        axis = Axis(fall_of(report.importance.get("metric", "")))
        return Drawing(axis, lines, marks, list_height(len(frame)))

    def alt(self, report: Reported, **options: Any) -> str:
        """The feature that the model relies on most, and how many can be told from zero."""
        frame, told = self.frame(report, **options), report.importance
        first, clear = frame.iloc[0], int(((frame.low > 0) | (frame.high < 0)).sum())
        value = with_interval(first.value, first.low, first.high)
        return (
            f"{fall_of(told.get('metric', ''))}, on {plural(told.get('n', report.n), 'row')}: the largest is that for "
            f"{named(first.feature)}, {value}; {clear} of {plural(len(frame), 'feature')} shown can be told from zero."
        )

    def subtitle(self, report: Reported, **_: Any) -> str:
        """Rows and permutations."""
        told = report.importance
        repeats = plural(told.get("repeats", 0), "permutation") + " a feature"
        return f"{plural(told.get('n', report.n), 'test row')} · {repeats} · what this fitted model uses"


@figure
class ConformalCoverage(Figure):
    """How often conformal intervals hold the truth: over all rows, and in the slices where it is least.

    `alpha` = the share that may miss (default: the first in the report).
    """

    name, title, tasks, wide = "conformal_coverage", "Coverage of conformal intervals", REGRESSION, True

    def frame(self, report: Reported, **options: Any) -> pd.DataFrame:
        """All rows first, then slices, the lowest upper end first: slice, n, value, low, high."""
        level = conformal_level(report.conformal, options.get("alpha"))
        if level is None:
            return pd.DataFrame()
        columns = ["slice", "n", *ENDS]
        cut = pd.DataFrame(level.get("slices", []), columns=columns).sort_values(["high", "slice"], kind="stable")
        whole = pd.DataFrame([{"slice": "all rows", **level["coverage"]}], columns=columns)
        return pd.concat([whole, cut.head(SLICES)], ignore_index=True) if len(cut) else whole

    def drawing(self, report: Reported, frame: pd.DataFrame, **options: Any) -> Drawing:
        """A line per slice beside the nominal coverage."""
        level = conformal_level(report.conformal, options.get("alpha")) or {}
        nominal = float(level.get("nominal", 0.9))
        marks: tuple[Mark, ...] = (
            Rule(nominal, name=f"nominal {percent(nominal)}"),
            *listed(frame, frame.index == 0, MODEL, "all rows", "one slice"),
        )
        names = tuple(f"{shortened(row.slice, 34)} · n {row.n:,}" for row in frame.itertuples())
        axis = Axis("Share of rows whose interval holds the truth", None, 1.002)
        return Drawing(axis, Axis("", labels=names, down=True), marks, list_height(len(frame)), legend=False)

    def alt(self, report: Reported, **options: Any) -> str:
        """Observed against nominal coverage, and the slice that is covered least."""
        frame = self.frame(report, **options)
        level = conformal_level(report.conformal, options.get("alpha")) or {}
        first = frame.iloc[0]
        text = (
            f"Intervals meant to hold the truth in {percent(level['nominal'])} of rows hold it in "
            f"{with_interval(first.value, first.low, first.high)} of {plural(first.n, 'test row')}"
        )
        if len(frame) < 2:
            return f"{text}."
        worst = frame.iloc[1]
        share = with_interval(worst.value, worst.low, worst.high)
        return f"{text}; among slices least in {named(worst['slice'])}, {share}."

    def subtitle(self, report: Reported, **options: Any) -> str:
        """Rows, method, and that slices are not picked by a test."""
        level = conformal_level(report.conformal, options.get("alpha")) or {}
        method = {"split": "split conformal", "cv_plus": "CV+"}.get(str(report.conformal.get("method")), "conformal")
        return (
            f"{plural(report.n, 'test row')} · {method} at {percent(level.get('nominal', 0.9))} · slices are described"
        )


def conformal_level(told: Mapping[str, Any], alpha: float | None = None) -> Mapping[str, Any] | None:
    """What is said at one α, the first without; None where there are no intervals."""
    levels = told.get("levels") or []
    return next((one for one in levels if alpha is None or one["alpha"] == alpha), None)
