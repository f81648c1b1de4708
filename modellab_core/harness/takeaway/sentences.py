"""Five sentences that cannot lie.

1 the headline metric, 2 against the baselines, 3 weak slices, 4 what breaks it, 5 what to do next. "Beats" stands only
where the paired interval of the one verdict excludes zero; what was not looked for is said. Every number is read from
the summary by a JSON pointer, which is kept beside the sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modellab_core.harness.comparing.comparison import DISPLAY_NAMES
from modellab_core.harness.takeaway.advice import next_step
from modellab_core.harness.takeaway.citing import Citing, rounded
from modellab_core.harness.takeaway.slices import weak_slices
from modellab_core.harness.takeaway.stress import what_breaks_it

__all__ = ["rounded", "takeaway"]

SHOWN_PAIRS = 3


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
    if summary.get("cross"):
        return f"{label}{about} is {value} {rows}, each predicted out of fold; {_recipe(citing, summary)}."
    return f"{label}{about} is {value} {rows}, with a {level} interval for this fitted model and this split."


def _recipe(citing: Citing, summary: Mapping[str, Any]) -> str:
    """The mean over the folds with its interval for the recipe; the model is the last of those compared."""
    last, cross = len(summary["cross"]["names"]) - 1, summary["cross"]
    if cross["values"][last] is None:
        return "the folds do not define it"
    mean = citing.interval(("cross",), "values", "lows", "highs", last)
    level = citing.percent("cross", "level")
    return f"over the folds the recipe scores {mean} with a {level} interval that knows the folds share rows"


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
