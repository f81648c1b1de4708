"""Five sentences that cannot lie.

1 the headline metric, 2 against the baselines, 3 weak slices, 4 what breaks it, 5 what to do next. "Beats" stands only
where the paired interval of the one verdict excludes zero; what was not looked for is said. Every number is read from
the summary by a JSON pointer, which is kept beside the sentence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from modellab_core.harness.canonical import pointer, resolve
from modellab_core.harness.comparison import DISPLAY_NAMES
from modellab_core.harness.metrics import METRICS

SHOWN_PAIRS = 3


class Citing:
    """Writes numbers and names of a summary as text and remembers where they stand."""

    def __init__(self, summary: Mapping[str, Any]) -> None:
        self.summary = summary
        self.places: list[str] = []

    def _read(self, place: str) -> Any:
        if place not in self.places:
            self.places.append(place)
        return resolve(self.summary, place)

    def whole(self, *parts: str | int) -> str:
        """A count."""
        return str(self._read(pointer(*parts)))

    def percent(self, *parts: str | int) -> str:
        """A share as per cent."""
        return f"{self._read(pointer(*parts)) * 100:.4g} %"

    def name(self, *parts: str | int) -> str:
        """A text on one line, in quotes."""
        return f"'{' '.join(str(self._read(pointer(*parts))).split())}'"

    def reason(self, *parts: str | int) -> str:
        """A note as the end of a sentence; empty where there is none."""
        note = " ".join(str(self._read(pointer(*parts))).split()).rstrip(".").replace(". ", "; ")
        note = note.removeprefix("Undefined: ").removeprefix("Not applicable, because ")
        return f"{note[:1].lower()}{note[1:]}" if note[1:2].islower() else note

    def label(self, metric: str, *parts: str | int) -> str:
        """How the metric that stands at a place is called, without a definition that holds numbers."""
        self._read(pointer(*parts))
        return re.sub(r" \([^)]*\d[^)]*\)", "", METRICS[metric].label) if metric in METRICS else metric

    def number(self, place: tuple[str | int, ...], half_width: float | None) -> str:
        """A number with as many digits as its interval's half-width supports; three without an interval."""
        return rounded(self._read(pointer(*place)), half_width)

    def interval(
        self, base: tuple[str | int, ...], value: str, low: str, high: str, *at: int, form: str = "{} ({} to {})"
    ) -> str:
        """Value, low and high under `base` in a form, each at the same position if it is a list."""
        places = [(*base, field, *at) for field in (value, low, high)]
        ends = [resolve(self.summary, pointer(*place)) for place in places]
        half = None if None in ends[1:] else (ends[2] - ends[1]) / 2
        point = self.number(places[0], half)
        if half is None:
            return point
        return form.format(point, self.number(places[1], half), self.number(places[2], half))


def rounded(value: float, half_width: float | None) -> str:
    """`value` to the second significant digit of `half_width`, whole at most, or to three significant digits."""
    if half_width is None or not half_width > 0:
        return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    digits = max(0, 1 - math.floor(math.log10(half_width)))
    if digits > 8:
        return f"{value:.3g}"
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if not float(text) else text


def takeaway(summary: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Exactly five `{sentence, numbers}` about the model `name` from a summary that holds everything but them."""
    told = []
    for write in (headline, against_baselines, weak_slices, what_breaks_it, next_step):
        citing = Citing(summary)
        sentence = write(citing, summary, name)
        told.append({"sentence": sentence, "numbers": citing.places})
    return told


def headline(citing: Citing, summary: Mapping[str, Any], name: str) -> str:
    """The headline metric with its interval and n."""
    del name
    metric = summary["plan"]["headline"]
    place = headline_place(summary)
    label = citing.label(metric, "plan", "headline")
    about = f" for {citing.name('target')}" if summary["target"] else ""
    about += f" (positive class {citing.name('positive')})" if summary["positive"] is not None else ""
    if place is None:
        return f"{label}{about} was not computed, so there is no headline number."
    score, rows = summary["scores"][place], f"on {citing.whole('scores', place, 'n')} rows"
    if score["value"] is None:
        return f"{label}{about} is not defined {rows}: {citing.reason('scores', place, 'note')}."
    value = citing.interval(("scores", place), "value", "low", "high")
    if score["low"] is None or score["high"] is None:
        why = citing.reason("scores", place, "note") if score["note"] else "none can be made for it"
        return f"{label}{about} is {value} {rows}, without an interval ({why})."
    level = citing.percent("scores", place, "level")
    return f"{label}{about} is {value} {rows}, with a {level} interval for this fitted model and this split."


def headline_place(summary: Mapping[str, Any]) -> int | None:
    """Position of the headline's overall Score among the scores."""
    wanted = {"metric": summary["plan"]["headline"], "slice": "all", "stress": "none", "cls": None}
    for place, score in enumerate(summary["scores"]):
        if all(score[key] == value for key, value in wanted.items()):
            return place
    return None


def against_baselines(citing: Citing, summary: Mapping[str, Any], name: str) -> str:
    """What the one verdict says of this model against each baseline."""
    comparison = summary["comparison"]
    if comparison is None:
        return "No baseline was given, so whether this model beats one was not looked for."
    places = [place for place, pair in enumerate(comparison["pairs"]) if name in (pair["candidate"], pair["baseline"])]
    if not places:
        return "The baselines could not be compared with this model, so whether it beats one is not known."
    # the simplest baseline and the nearest ones say most
    shown = places if len(places) <= SHOWN_PAIRS else [places[0], *places[1 - SHOWN_PAIRS :]]
    parts = [_against(citing, comparison["pairs"][place], place, name) for place in shown]
    rest = "; the other baselines are in comparison.json" if len(places) > len(shown) else ""
    return f"By the headline metric this model {_joined(parts)}{rest}."


def _against(citing: Citing, pair: Mapping[str, Any], place: int, name: str) -> str:
    base: tuple[str | int, ...] = ("comparison", "pairs", place)
    candidate = pair["candidate"] == name
    other = "baseline" if candidate else "candidate"
    named = DISPLAY_NAMES.get(pair[other], "")
    against = named or citing.name(*base, other)
    verdict = pair["verdict"] if candidate else {"better": "worse", "worse": "better"}.get(pair["verdict"], "tied")
    if pair["difference"] is None:
        return f"could not be compared with {against}"
    if verdict == "better":
        return f"beats {against} by {citing.interval(base, 'difference', 'low', 'high')}"
    value = citing.interval(base, "difference", "low", "high", form="{}, {} to {}")
    if pair["low"] is None and pair["note"]:
        value += f", without an interval: {citing.reason(*base, 'note')}"
    if verdict == "worse":
        return f"is beaten by {against} (difference {value})"
    return f"cannot be told apart from {against} (difference {value}{_visible(citing, pair, base)})"


def _visible(citing: Citing, pair: Mapping[str, Any], base: tuple[str | int, ...]) -> str:
    if not pair.get("detectable"):
        return ""
    return f"; {citing.number((*base, 'detectable'), pair['detectable'])} would have been visible"


def _joined(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 2 else parts)


def weak_slices(citing: Citing, summary: Mapping[str, Any], name: str) -> str:
    """That no weak slice was searched for."""
    del citing, name
    if not summary["slices"]:
        return "No search for weak slices was made, so none is confirmed or ruled out."
    return (
        "No search for weak slices was made: the slices of this report describe the rows, "
        "and no gap among them is confirmed or ruled out."
    )


def what_breaks_it(citing: Citing, summary: Mapping[str, Any], name: str) -> str:
    """The first corruption under which the lead over the dummy is lost, or the smallest lead that was left."""
    del name
    curves = {key: one for key, one in summary["stress"].items() if "lead" in one and one["stress"] != "label_noise"}
    if not curves:
        return _not_stressed(citing, summary)
    known = {key: one for key, one in curves.items() if None not in one["lead"]}
    if not known:
        label = citing.label(summary["plan"]["headline"], "plan", "headline")
        return (
            f"What breaks it cannot be said: where {label} is not defined for model and dummy there is no lead to lose."
        )
    return _lead_lost_or_kept(citing, known)


def _lead_lost_or_kept(citing: Citing, curves: Mapping[str, Mapping[str, Any]]) -> str:
    base, at = _telling_point(curves)
    curve, place = curves[base], ("stress", base)
    rows, reference = f"on {citing.whole(*place, 'n')} rows", curve["reference"]
    if at and any(end is None for one in curves.values() for end in one["lead_low"]):
        return (
            f"No interval can be given for the lead over {reference} under stress {rows}, "
            "so nothing is said about what breaks it."
        )
    lead = citing.interval(place, "lead", "lead_low", "lead_high", at)
    if at == 0:
        return (
            f"What breaks it cannot be said: without any corruption its lead over {reference} is {lead} {rows}, "
            "which does not lie above zero."
        )
    where = f"{_corruption(citing, curve, place)} at severity {citing.number((*place, 'severities', at), None)}"
    where += f" ({curve['unit']})"
    if curve["crossing"] is not None:
        return f"Its lead over {reference} is first lost under {where}: there it is {lead} {rows}."
    return (
        f"Its lead over {reference} stayed above zero under every corruption of features that was tried, "
        f"each interval by itself; the smallest was {lead} under {where} {rows}."
    )


def _corruption(citing: Citing, curve: Mapping[str, Any], place: tuple[str | int, ...]) -> str:
    title = curve["title"].lower()
    return f"{title} {citing.name(*place, 'feature')}" if curve["feature"] is not None else title


def _telling_point(curves: Mapping[str, Mapping[str, Any]]) -> tuple[str, int]:
    """The curve and position of the earliest crossing by share of its grid; without one, of the smallest lead."""
    crossed = [
        (at / len(curve["severities"]), order, name, at)
        for order, (name, curve) in enumerate(curves.items())
        if curve["crossing"] is not None
        for at in [curve["severities"].index(curve["crossing"])]
    ]
    if crossed:
        return min(crossed)[2:]
    points = [(lead, name, at) for name, curve in curves.items() for at, lead in enumerate(curve["lead"]) if at]
    return min(points)[1:]


def _not_stressed(citing: Citing, summary: Mapping[str, Any]) -> str:
    undone = [
        place
        for place, score in enumerate(summary["scores"])
        if score["stress"] not in ("none", "label_noise") and score["value"] is None
    ]
    if not undone:
        return "What breaks it was not looked for: no stress test was asked for."
    reason = citing.reason("scores", undone[0], "note")
    return f"What breaks it was not looked for, because {reason}."


def next_step(citing: Citing, summary: Mapping[str, Any], name: str) -> str:
    """Advice, of which there is none unless it was tried."""
    del citing, summary, name
    return "No advice on what to do next is given, because none was tried: nothing was refitted for this report."
