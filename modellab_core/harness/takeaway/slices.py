"""The third sentence of the takeaway: the weakest slice that was confirmed, or how small a gap was looked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modellab_core.harness.takeaway.citing import Citing


def weak_slices(citing: Citing, summary: Mapping[str, Any], name: str) -> str:
    """The weakest confirmed slice with its gap, or that none was found and which gap would have been visible."""
    del name
    searched = summary["discovery"]
    if "searched" not in searched:
        why = f" ({citing.reason('discovery', 'note')})" if searched.get("note") else ""
        return f"No search for weak slices was made{why}, so none is confirmed or ruled out."
    return _found(citing, searched) if searched["found"] else _none(citing, searched)


def _found(citing: Citing, searched: Mapping[str, Any]) -> str:
    base: tuple[str | int, ...] = ("discovery", "found", 0)
    first = searched["found"][0]
    half = None if first["low"] is None else (first["high"] - first["low"]) / 2
    ends = ""
    if half is not None:
        low, high = (citing.number((*base, end), half) for end in ("low", "high"))
        ends = f" ({low} to {high})"
    more = len(searched["found"]) - 1
    others = "" if not more else "; another one was confirmed" if more == 1 else "; others were confirmed too"
    return (
        f"The weakest slice that other rows confirmed is {citing.name(*base, 'name')}: on "
        f"{citing.whole(*base, 'n')} rows its {_loss(searched)} is {citing.number((*base, 'loss'), half)}, "
        f"{citing.number((*base, 'difference'), half)}{ends} above that of the rest{others}."
    )


def _none(citing: Citing, searched: Mapping[str, Any]) -> str:
    if not searched["searched"]:
        rows = citing.whole("discovery", "confirm", "n")
        return f"No slice of these {rows} rows is large enough to be searched for and confirmed."
    told = f"No weak slice was confirmed among {citing.whole('discovery', 'searched')} searched"
    if searched["visible_n"] is None:
        return f"{told}, and how small a gap could have been seen cannot be said."
    if searched["visible_gap"] is None:
        return f"{told}: no gap would have been visible in a slice of {citing.whole('discovery', 'visible_n')} rows."
    gap = citing.number(("discovery", "visible_gap"), searched["visible_gap"])
    rows = citing.whole("discovery", "visible_n")
    return f"{told}: a gap of {gap} in the {_loss(searched)} would have been visible in a slice of {rows} rows."


def _loss(searched: Mapping[str, Any]) -> str:
    return str(searched["loss"])
