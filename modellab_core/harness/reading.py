"""What the tables of a report read from it, the same on the page and in the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modellab_core.harness.figures.wording import number, percent, plural
from modellab_core.harness.scores import Score


def class_lines(scores: Sequence[Score]) -> dict[str, dict[str, Score]]:
    """The Scores of single classes over all rows without stress: by class, then by metric."""
    lines: dict[str, dict[str, Score]] = {}
    for score in scores:
        if score.cls is not None and score.slice == "all" and score.stress == "none":
            lines.setdefault(score.cls, {})[score.metric] = score
    return lines


def searched(found: Mapping[str, Any]) -> str:
    """How many cells were searched, how many went to the test, and what came of it, as sentences."""
    if found.get("searched") is None:
        return ""
    kept, confirmed = found.get("kept") or 0, len(found.get("found", ()))
    q = "" if found.get("q") is None else f" at a false discovery rate of {percent(found['q'])}"
    text = f"{plural(found['searched'], 'slice')} searched, {kept:,} tested on other rows{q}, {confirmed:,} confirmed."
    if not confirmed and found.get("visible_gap") is not None:
        text += f" A gap of {number(found['visible_gap'])} in {found.get('loss') or 'loss'} would have been visible."
    return text
