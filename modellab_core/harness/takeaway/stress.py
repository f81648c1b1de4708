"""The fourth sentence of the takeaway: what breaks the model, or what it withstood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modellab_core.harness.takeaway.citing import Citing


def what_breaks_it(citing: Citing, summary: Mapping[str, Any], name: str) -> str:
    """The first corruption under which the lead over the dummy is lost, or the smallest lead that was left."""
    del name
    curves = {key: one for key, one in summary["stress"].items() if "lead" in one and _claimed(one)}
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
    if at and any(_undecided(one) for one in curves.values()):
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
    refitted = " or training labels" if any(one["stress"] == "train_label_noise" for one in curves.values()) else ""
    return (
        f"Its lead over {reference} stayed above zero under every corruption of features{refitted} that was tried, "
        f"each interval by itself; the smallest was {lead} under {where} {rows}."
    )


def _undecided(curve: Mapping[str, Any]) -> bool:
    """Whether a lead was seen of which no interval says that it is one."""
    return any(low is None and lead > 0 for lead, low in zip(curve["lead"], curve["lead_low"], strict=True))


def _claimed(curve: Mapping[str, Any]) -> bool:
    """Whether a lead that is lost under it is the model's: wrong test labels and other populations break nothing."""
    return bool(curve.get("claimed", curve["stress"] != "label_noise"))


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
