"""Figures that are a list of things with an interval each: models, metrics, slices, shuffled features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from modellab_core.harness.figures.figure import (
    EVERY_TASK,
    Figure,
    Reported,
    figure,
    floats,
    headline,
    headline_text,
    label_of,
    score_of,
)
from modellab_core.harness.figures.marks import (
    BAD,
    GOOD,
    MODEL,
    QUIET,
    SECOND,
    Axis,
    Dots,
    Drawing,
    Mark,
    Rule,
    Shade,
    Words,
    list_height,
)
from modellab_core.harness.figures.wording import MODELS, named, number, plural, shortened, with_interval
from modellab_core.harness.metrics.metric import METRICS

TOP = 15


@figure
class Forest(Figure):
    """The models of a batch on one axis, those that are beaten by none shaded.

    `comparison` = a Comparison or its JSON (default: the report's own), `intervals` = {name: (value, low, high)} of the
    models (default: the report's own for its model).
    """

    name, title, tasks, saved, wide = "forest", "Models", EVERY_TASK, False, True

    def frame(self, report: Reported | None, **options: Any) -> pd.DataFrame:
        """Per model, simple first: name, value, low, high, tied (in the top set), recommended."""
        told = _comparison(report, options)
        if told is None:
            return pd.DataFrame()
        known: Mapping[str, Any] = options.get("intervals") or {}
        rows = [known.get(name, (value, None, None)) for name, value in zip(told["names"], told["values"], strict=True)]
        return pd.DataFrame(
            {
                "name": list(told["names"]),
                **{end: floats(row[place] for row in rows) for place, end in enumerate(("value", "low", "high"))},
                "tied": [name in told["top_set"] for name in told["names"]],
                "recommended": [name == told["recommended"] for name in told["names"]],
            }
        )

    def drawing(self, report: Reported | None, frame: pd.DataFrame, **options: Any) -> Drawing:
        """A line per model; the top set in colour on a tinted ground, the others grey."""
        told = _comparison(report, options) or {}
        marks: list[Mark] = [
            Shade(place - 0.5, place + 0.5, "y", MODEL) for place, tied in enumerate(frame.tied) if tied
        ]
        marks += listed(frame, frame.tied, MODEL, "told apart from none better", "beaten")
        labels = tuple(
            MODELS.get(row["name"], row["name"]) + ("  · recommended" if row["recommended"] else "")
            for _, row in frame.iterrows()
        )
        axis = Axis(label_of(told.get("metric", "")))
        return Drawing(axis, Axis("", labels=labels, down=True), tuple(marks), list_height(len(frame)), legend=False)

    def alt(self, report: Reported | None, **options: Any) -> str:
        """The value of every model and which are tied."""
        frame, told = self.frame(report, **options), _comparison(report, options) or {}
        values = "; ".join(
            f"{MODELS.get(row['name'], row['name'])} {with_interval(row.value, row.low, row.high)}"
            for _, row in frame.iterrows()
        )
        tied = [MODELS.get(name, name) for name in frame.name[frame.tied]]
        best = f"{' and '.join(tied)} {'is' if len(tied) == 1 else 'are'} beaten by none" if tied else ""
        return f"{label_of(told.get('metric', ''))} of {plural(len(frame), 'model')}: {values}. {best}.".replace(
            ". .", "."
        )

    def subtitle(self, report: Reported | None, **options: Any) -> str:
        """The rows, and the metric that decides."""
        told = _comparison(report, options) or {}
        return f"{plural(told.get('n', 0), 'test row')} · {label_of(told.get('metric', ''))}"

    def applies(self, report: Reported | None, **options: Any) -> bool:
        """Whether there are models to compare."""
        return not self.frame(report, **options).empty


def _comparison(report: Reported | None, options: Mapping[str, Any]) -> Mapping[str, Any] | None:
    given: Any = options.get("comparison") or (report.comparison if report is not None else None)
    told = given.to_json() if hasattr(given, "to_json") else given
    return told if told and told.get("names") else None


@figure
class MetricIntervals(Figure):
    """Every metric with its interval: on one axis from 0 to 1, for a regression relative to its value."""

    name, title, tasks, saved, wide = "metric_intervals", "All metrics", EVERY_TASK, False, True

    def frame(self, report: Reported, **_: Any) -> pd.DataFrame:
        """Per metric that fits the axis: metric, label, value, low, high, direction, text (the value in its unit)."""
        rows = []
        for score in report.scores:
            if score != score_of(report, score.metric) or score.value is None or score.metric not in METRICS:
                continue
            metric = METRICS[score.metric]
            text = with_interval(score.value, score.low, score.high)
            values = floats((score.value, score.low, score.high))
            if not report.task.is_classification:
                if not metric.direction:
                    continue  # around zero there is no relative value
                values = [end / score.value if score.value else float("nan") for end in values]
            elif abs(score.value) > 1:
                continue
            rows.append((score.metric, metric.label, *values, metric.direction, text))
        return pd.DataFrame(rows, columns=["metric", "label", "value", "low", "high", "direction", "text"])

    def drawing(self, report: Reported, frame: pd.DataFrame, **_: Any) -> Drawing:
        """A line per metric, by whether higher or lower is better."""
        marks: list[Mark] = listed(frame, frame.direction > 0, MODEL, "higher is better", "lower is better", SECOND)
        if report.task.is_classification:
            axis = Axis("Value", min(0.0, float(frame.low.min()), float(frame.value.min())), 1.0)
        else:
            axis, marks = Axis("Interval relative to the value", percent=True), [Rule(1.0), *marks]
        lines = Axis("", labels=tuple(frame.label), down=True)
        return Drawing(axis, lines, tuple(marks), list_height(len(frame)))

    def alt(self, report: Reported, **_: Any) -> str:
        """The headline, and the widest interval of all."""
        frame = self.frame(report)
        text = f"{plural(len(frame), 'metric')} with their intervals"
        first = headline_text(report)
        wide = (frame.high - frame.low).dropna()
        if wide.empty:
            return f"{text}: {first}; none has an interval." if first else f"{text}; none has an interval."
        widest = frame.loc[wide.idxmax()]
        return f"{text}: {first or 'no headline'}; the widest interval is that of {widest.label}, {widest.text}."


@figure
class Slices(Figure):
    """The slices in which the model looks worst, by the better end of their interval.

    `metric` = a key (default: the headline), `top` = how many (15). Confirmed ones are in colour, the others grey.
    """

    name, title, tasks, saved, wide = "slices", "Slices", EVERY_TASK, False, True

    def frame(self, report: Reported, **options: Any) -> pd.DataFrame:
        """Per slice, worst first: slice, n, value, low, high, confirmed."""
        metric = _slice_metric(report, options)
        sign = METRICS[metric].direction if metric in METRICS else 1
        rows = [
            (score.slice, score.n, *floats((score.value, score.low, score.high)))
            for score in report.scores
            if score.metric == metric and score.slice != "all" and score.stress == "none" and score.value is not None
        ]
        frame = pd.DataFrame(rows, columns=["slice", "n", "value", "low", "high"])
        frame["confirmed"] = [bool(report.slices.get(name, {}).get("confirmed")) for name in frame["slice"]]
        better = (frame.high if sign > 0 else frame.low).fillna(frame.value) * (sign or 1)
        order = frame.assign(open=frame.low.isna(), better=better, doubt=~frame.confirmed)
        order = order.sort_values(["doubt", "open", "better", "slice"], kind="stable")
        return order[frame.columns].head(int(options.get("top", TOP))).reset_index(drop=True)

    def drawing(self, report: Reported, frame: pd.DataFrame, **options: Any) -> Drawing:
        """A line per slice beside the value over all rows and its interval."""
        metric = _slice_metric(report, options)
        marks: list[Mark] = []
        whole = score_of(report, metric)
        if whole is not None and whole.value is not None:
            if whole.low is not None and whole.high is not None:
                marks.append(Shade(whole.low, whole.high, "x", MODEL))
            marks.append(Rule(whole.value, color=MODEL, name=f"all rows {number(whole.value, whole.low, whole.high)}"))
        marks += listed(frame, frame.confirmed, BAD, "confirmed", "not confirmed")
        labels = tuple(f"{shortened(row.slice, 34)} · n {row.n:,}" for row in frame.itertuples())
        lines = Axis("", labels=labels, down=True)
        return Drawing(Axis(label_of(metric)), lines, tuple(marks), list_height(len(frame)))

    def alt(self, report: Reported, **options: Any) -> str:
        """The worst slice beside all rows."""
        frame, metric = self.frame(report, **options), _slice_metric(report, options)
        worst, whole = frame.iloc[0], score_of(report, metric)
        against = "" if whole is None else f", against {number(whole.value, whole.low, whole.high)} over all rows"
        kind = "confirmed" if worst.confirmed else "not confirmed on other rows"
        value = with_interval(worst.value, worst.low, worst.high)
        return (
            f"{label_of(metric)} of {plural(len(frame), 'slice')}: first is {named(worst['slice'])} with {value} on "
            f"{plural(worst.n, 'row')}{against}; it is {kind}."
        )


def _slice_metric(report: Reported, options: Mapping[str, Any]) -> str:
    """The metric asked for, else the headline, else the first that slices have."""
    asked = options.get("metric")
    known = list(dict.fromkeys(score.metric for score in report.scores if score.slice != "all"))
    if asked:
        return str(asked)
    return headline(report) if headline(report) in known or not known else known[0]


@figure
class ShuffledFeatures(Figure):
    """What each feature is worth to the model: the change when its values are dealt to other rows."""

    name, title, tasks, saved, wide = "shuffled_features", "Shuffled features", EVERY_TASK, False, True

    def frame(self, report: Reported, **_: Any) -> pd.DataFrame:
        """Per feature, largest loss first: feature, value, low, high (the metric after shuffling)."""
        rows = [
            (one["feature"], one["value"][-1], *_ends(one, -1))
            for one in report.stress.values()
            if one["stress"] == "shuffled_feature" and one.get("value") and one["value"][-1] is not None
        ]
        frame = pd.DataFrame(rows, columns=["feature", "value", "low", "high"])
        metric = headline(report)
        rising = METRICS[metric].direction >= 0 if metric in METRICS else True
        return frame.sort_values("value", ascending=rising, kind="stable").reset_index(drop=True)

    def drawing(self, report: Reported, frame: pd.DataFrame, **_: Any) -> Drawing:
        """A line per feature beside the value on the rows as they are."""
        told = next(one for one in report.stress.values() if one["stress"] == "shuffled_feature" and one.get("value"))
        start = told["value"][0]
        marks: list[Mark] = [Rule(start, color=GOOD, name=f"as they are {number(start)}")]
        marks += listed(frame, frame.value.notna(), MODEL, "", "")
        lines = Axis("", labels=tuple(frame.feature), down=True)
        axis = Axis(f"{label_of(told['metric'])} with this feature shuffled")
        return Drawing(axis, lines, tuple(marks), list_height(len(frame)), legend=False)

    def alt(self, report: Reported, **_: Any) -> str:
        """The feature that matters most to the model."""
        worst = self.frame(report).iloc[0]
        label = label_of(headline(report))
        value = with_interval(worst.value, worst.low, worst.high)
        return f"{label} after shuffling one feature: the largest change is for {named(worst.feature)}, to {value}."


def _ends(curve: Mapping[str, Any], place: int) -> list[float]:
    """The ends of a stress curve's value: the value at severity 0 plus the ends of the paired change."""
    start = floats(curve["value"])[0]
    return [start + floats(curve[side])[place] for side in ("change_low", "change_high")]


def listed(frame: pd.DataFrame, first: pd.Series, color: int, yes: str, no: str, other: int = QUIET) -> list[Mark]:
    """A dot with its interval per line of the list, in two colours, and its numbers at the right edge."""
    marks: list[Mark] = []
    texts = frame["text"] if "text" in frame else [with_interval(r.value, r.low, r.high) for r in frame.itertuples()]
    for chosen, paint, name in ((first, color, yes), (~first, other, no)):
        part = frame[chosen]
        if len(part):
            marks.append(
                Dots(
                    part.value.tolist(),
                    [float(place) for place in part.index],
                    paint,
                    name,
                    size=8,
                    low=part.low.tolist(),
                    high=part.high.tolist(),
                    told=[f"{part.loc[place].iloc[0]}<br>{texts[place]}" for place in part.index],
                    key=part.iloc[:, 0].tolist(),
                )
            )
    marks += [Words(0, float(place), text, margin=True) for place, text in enumerate(texts)]
    return marks
