"""The sections of a report about what was searched, chosen or tried: weak slices, thresholds, classes, conformal
intervals, importance, advice. Each is empty where the report holds nothing of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modellab_core.harness.decisions.decisions import RATES
from modellab_core.harness.figures.figure import Reported, fall_of, label_of
from modellab_core.harness.figures.wording import interval, number, percent, shortened, with_interval
from modellab_core.harness.html.parts import Row, bar, table, text
from modellab_core.harness.reading import class_lines, searched
from modellab_core.harness.scores import Score

FEATURES = 40
MOST_METRICS = 5  # of a class, side by side
ENDS = ("value", "low", "high")
COLORED = {"helps": "better", "harmless": "better", "harms": "worse", "flatters": "worse"}
SHOWN = ("precision", "recall", "f1", "alert_rate")


def told(note: object, most: int = 600) -> str:
    """A note as a paragraph; nothing without one."""
    return f'<p class="why">{text(note, most)}</p>\n' if note else ""


def with_ends(one: Mapping[str, Any]) -> str:
    """`0.871 (0.858 to 0.884)` from value, low and high."""
    return with_interval(*(one.get(end) for end in ENDS))


def classes(report: Reported) -> str:
    """A line per class with its rows and the metrics of it against the rest."""
    lines = class_lines(report.scores)
    if not lines:
        return ""
    metrics = list(dict.fromkeys(name for line in lines.values() for name in line))[:MOST_METRICS]
    rows = [
        (text(name, 60), f"{max(score.n for score in line.values()):,}", *(_score(line.get(key)) for key in metrics))
        for name, line in lines.items()
    ]
    return table(("Class", "Rows", *(label_of(name) for name in metrics)), rows, range(1, len(metrics) + 2))


def _score(score: Score | None) -> str:
    return "–" if score is None else with_interval(score.value, score.low, score.high)


def thresholds(report: Reported) -> str:
    """The chosen thresholds and one half, with what they give on rows they were not chosen on."""
    found = report.thresholds
    rows = [_threshold(one["title"], one["threshold"], one["rates"]) for one in found.get("chosen", ())]
    if len(found.get("thresholds", ())):
        place = found["default"]
        half = {name: {end: curve[end][place] for end in ENDS} for name, curve in found["curves"].items()}
        rows.append(_threshold("Most probable class", 0.5, half))
    if not rows:
        return told(found.get("note"))
    head = ("Threshold", "At", *(RATES[name].label for name in SHOWN), "Net benefit")
    where = " ".join(dict.fromkeys(one["note"] for one in found["chosen"]))
    return table(head, rows, range(1, 7)) + told(where) + told(found["note"])


def _threshold(title: str, cut: float, rates: Mapping[str, Any]) -> Row:
    return (text(title), number(cut), *(with_ends(rates[name]) for name in (*SHOWN, "net_benefit")))


def conformal(report: Reported) -> str:
    """Per level: what is guaranteed, how wide the intervals are, how often they hold the truth."""
    found = report.conformal
    rows = [
        (
            percent(one["nominal"]),
            "none" if one["guarantee"] is None else percent(one["guarantee"]),
            number(one["mean_width"]),
            with_ends(one["coverage"]),
            *_least_covered(one["slices"]),
        )
        for one in found.get("levels", ())
    ]
    head = ("Meant to hold", "Guaranteed", "Mean width", "Observed", "Least covered slice", "Observed there")
    return (table(head, rows, (0, 1, 2, 3, 5)) if rows else "") + told(found.get("note"))


def _least_covered(slices: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    if not slices:
        return "", ""
    least = min(slices, key=lambda one: float(one["high"]))
    return f"{text(least['slice'], 60)} (n {least['n']:,})", with_ends(least)


def importance(report: Reported) -> str:
    """A line per feature, then the groups of features that say the same."""
    found = report.importance
    lines = [*found.get("features", ())[:FEATURES], *found.get("groups", ())]
    known = [one[end] for one in lines for end in ENDS if one.get(end) is not None]
    ends = (min([0.0, *known]), max([0.0, *known]))
    rows = [
        (
            text(_feature(one), 80),
            number(one["value"], one.get("low"), one.get("high")),
            interval(one.get("low"), one.get("high")),
            bar(one["value"], one.get("low"), one.get("high"), ends),
            f'<span class="why">{text(one.get("note", ""))}</span>',
        )
        for one in lines
    ]
    head = ("Feature", fall_of(found.get("metric", "")), "Interval", "", "Note")
    return (table(head, rows, (1, 2)) if rows else "") + told(found.get("note"))


def _feature(one: Mapping[str, Any]) -> str:
    if "feature" in one:
        return str(one["feature"])
    return "together: " + ", ".join(shortened(str(name), 30) for name in one.get("features", ()))


def advice(report: Reported) -> str:
    """What was tried by fitting again, with its effect."""
    found = report.advice
    rows = [
        (
            text(one["advice"]),
            number(one.get("before")),
            number(one.get("after")),
            number(one.get("difference"), one.get("low"), one.get("high")),
            interval(one.get("low"), one.get("high")),
            f"{one.get('n') or 0:,}",
            f'<span class="pill {COLORED.get(one["verdict"], "")}">{text(one["verdict"])}</span>',
        )
        for one in found.get("tried", ())
    ]
    head = ("Tried", "Before", "After", "Difference", "Interval", "Rows", "Verdict")
    return (table(head, rows, (1, 2, 3, 4, 5)) if rows else "") + told(found.get("note"))


def discovery(report: Reported) -> str:
    """What was searched for weak slices, and those that were confirmed on other rows."""
    found = report.discovery
    if not found:
        return ""
    rows = [
        (
            text(one["name"]),
            f"{one['n']:,}",
            number(one.get("loss")),
            number(one.get("rest")),
            with_interval(one.get("difference"), one.get("low"), one.get("high")),
            number(one.get("q_value")),
        )
        for one in found.get("found", ())
    ]
    loss = str(found.get("loss") or "loss").capitalize()
    head = ("Confirmed weak slice", "Rows", f"{loss} inside", "Outside", "Difference", "q")
    return (
        f"<p>{text(searched(found), 400)}</p>\n"
        + (table(head, rows, (1, 2, 3, 4, 5)) if rows else "")
        + told(found.get("note"))
    )
