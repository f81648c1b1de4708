"""The four cards of a report: what it scores, whether its chances are true, its weak spot, and what breaks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from modellab_core.harness.reading import searched
from modellab_core.harness.scores import Score
from modellab_core.ui.bars import bar, domain
from modellab_core.ui.scores import direction_word, metric_definition, metric_label
from modellab_core.ui.words import esc, interval, number, percent


@dataclass(frozen=True)
class Card:
    """One number with its interval; texts are Markdown.

    `delta` is the difference to `delta_to`; it is grey unless `clear` says that its interval excludes zero, and then
    green or red as `good` says. `against` is drawn as a tick beside the interval, on `axis` or one that fits them.
    """

    label: str
    value: str
    caption: str
    help: str = ""
    score: Score | None = None
    against: float | None = None
    delta: str | None = None
    delta_to: str = ""
    good: bool | None = None
    axis: tuple[float, float] | None = None


@dataclass(frozen=True)
class Difference:
    """The headline of this run less that of another one, positive when this one is better, with its ends."""

    to: str
    value: float | None
    low: float | None
    high: float | None
    verdict: str
    other: float | None = None


def show_cards(cards: list[Card], key: str = "card") -> None:
    """The cards side by side, all of one height; `key` tells one row of cards from another."""
    with st.grid(len(cards), min_column_width=200, gap="small"):
        for place, card in enumerate(cards):
            with st.container(border=True, height="stretch", key=f"{key}-{place}"):
                _show(card)


def _show(card: Card) -> None:
    colour = {None: "off", True: "green", False: "red"}[card.good]
    st.metric(
        card.label,
        card.value,
        card.delta,
        delta_color=colour,  # type: ignore[arg-type]
        delta_arrow="off" if card.good is None else "up" if card.good else "down",
        delta_description=card.delta_to or None,
        help=card.help or None,
    )
    if card.score is not None and card.score.low is not None:
        ends = [card.score.value, card.score.low, card.score.high, card.against]
        bar(card.score.value, card.score.low, card.score.high, card.axis or domain(ends), against=card.against)
    st.caption(card.caption)


def cards_of(report: Any, difference: Difference | None) -> list[Card]:
    """The four cards of a report; the headline also beside the run it is held against."""
    return [headline_card(report, difference), trust_card(report), slice_card(report), stress_card(report)]


def headline_card(report: Any, difference: Difference | None) -> Card:
    """The headline metric with its interval and the paired difference."""
    score = report[report.plan.headline]
    label = metric_label(score.metric)
    about = f"{_interval_of(score)} · {direction_word(score.metric)}"
    if difference is None or difference.value is None:
        return Card(label, _value(score), about, metric_definition(score.metric), score)
    width = None if difference.low is None or difference.high is None else difference.high - difference.low
    how = "better" if difference.value >= 0 else "worse"
    tied = ": cannot be told apart" if difference.verdict == "tied" else ""
    return Card(
        label,
        _value(score),
        f"{about} · difference {interval(difference.low, difference.high)}",
        metric_definition(score.metric),
        score,
        against=difference.other,
        delta=f"{number(abs(difference.value), width)} {how}",
        delta_to=f"than {esc(difference.to)}{tied}",
        good={"better": True, "worse": False}.get(difference.verdict),
    )


def trust_card(report: Any) -> Card:
    """Classification: the calibration slope, which is 1 when chances come true. Regression: the mean error."""
    if not report.task.is_classification:
        if "mean_error" not in report:
            return Card(metric_label("mean_error"), number(None), "It was not asked for.")
        score = report["mean_error"]
        told = "0 means that errors cancel out"
        return Card(
            metric_label(score.metric), _value(score), f"{_interval_of(score)} · {told}", "", score, against=0.0
        )
    slope = next((one for one in calibration_scores(report) if one.metric == "calibration_slope"), None)
    if slope is None or slope.value is None:
        why = slope.note if slope is not None else "Without probabilities there is nothing to calibrate."
        return Card("Calibration slope", number(None), esc(why, limit=300))
    told = "1 is right; below 1 the chances are too extreme, above 1 too timid"
    return Card(
        "Calibration slope", _value(slope), f"{_interval_of(slope)} · {told}", esc(slope.note), slope, against=1.0
    )


def calibration_scores(report: Any) -> list[Score]:
    """The scores that speak of calibration."""
    return [Score.from_json(one) for one in (report.calibration or {}).get("scores", [])]


def slice_card(report: Any) -> Card:
    """The weakest slice that was confirmed on rows it was not found on, or how small a gap would have been seen."""
    if report.discovery:
        return _found_card(report.discovery)
    confirmed = {name for name, told in report.slices.items() if told.get("confirmed")}
    scores = [
        one
        for one in report.scores
        if one.slice in confirmed
        and one.metric == report.plan.headline
        and one.stress == "none"
        and one.value is not None
    ]
    if not scores:
        told = "Slices describe the rows. Nothing was searched for, so no weak one is confirmed or ruled out."
        return Card("Confirmed weak slice", "Not searched", told)
    worst = min(scores, key=lambda one: one.value)
    return Card("Confirmed weak slice", _value(worst), f"{esc(worst.slice)} · {_interval_of(worst)}", "", worst)


def _found_card(told: Mapping[str, Any]) -> Card:
    """The first of the confirmed slices, whose gap is the surest, or how small a gap would have been seen."""
    label, loss = "Weakest confirmed slice", str(told.get("loss") or "loss")
    if not told.get("found"):
        value = "None" if "searched" in told else "Not searched"
        return Card(label, value, esc(searched(told) or told.get("note", ""), limit=300))
    worst = told["found"][0]
    low, high = worst.get("low"), worst.get("high")
    score = Score("loss", worst["n"], worst["difference"], low, high)
    more = f"{esc(worst['name'])} · {interval(low, high)} · {esc(loss)} {number(worst.get('loss'))} there, "
    return Card(label, f"+{_value(score)}", f"{more}{number(worst.get('rest'))} elsewhere", "", score, against=0.0)


def stress_card(report: Any) -> Card:
    """The corruption under which the lead over the dummy is lost first, by the share of its grid."""
    curves = {
        name: one
        for name, one in report.stress.items()
        if one.get("lead") and one.get("claimed", one.get("stress") != "label_noise")
    }
    label = "First lost under stress"
    if not curves:
        return Card(label, number(None), "No stress test could be made for this run.")
    crossed = [
        (one["severities"].index(one["crossing"]) / len(one["severities"]), order, name)
        for order, (name, one) in enumerate(curves.items())
        if one.get("crossing") is not None
    ]
    if not crossed:
        told = "Its lead over the dummy stayed above zero under every corruption of features that was tried."
        return Card(label, "Nothing", told)
    curve = curves[min(crossed)[-1]]
    if curve["crossing"] == 0:
        return Card(label, "No lead", "Without any corruption it cannot be told from the dummy.")
    feature = f"{esc(curve['feature'])} at severity" if curve.get("feature") else "At severity"
    where = f"{feature} {curve['crossing']:g} ({esc(curve['unit'])})"
    return Card(label, esc(curve["title"]), f"{where}: its lead over {esc(curve['reference'])} is lost.")


def _value(score: Score) -> str:
    return number(score.value, None if score.low is None or score.high is None else score.high - score.low)


def _interval_of(score: Score) -> str:
    if score.low is None:
        return esc(score.note or "no interval", limit=160)
    return f"{interval(score.low, score.high)} ({percent(score.level)})"
