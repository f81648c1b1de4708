"""All figures by name; each is written in the file of its family, and neither plotly nor matplotlib is loaded here."""

from __future__ import annotations

from modellab_core.harness.figures import (
    classification,
    crossed,
    findings,
    lists,
    ranking,
    regression,
    stress,
    thresholds,
)
from modellab_core.harness.figures.figure import FIGURES, Figure, Reported, figure
from modellab_core.harness.figures.palette import APP, DARK, NOTEBOOK, Colors

__all__ = ["APP", "DARK", "FAMILIES", "FIGURES", "NOTEBOOK", "Colors", "Figure", "figure", "figures_for", "pictures"]

# in the order in which they are shown
FAMILIES = (
    *(ranking, classification, thresholds, regression),
    *(findings, stress, lists, crossed),
)


def figures_for(report: Reported) -> list[Figure]:
    """The figures that the report holds the numbers for, in the order in which they are shown."""
    order = {family.__name__: place for place, family in enumerate(FAMILIES)}
    sorted_figures = sorted(FIGURES.values(), key=lambda one: order.get(type(one).__module__, len(order)))
    return [one for one in sorted_figures if one.applies(report)]


def pictures(report: Reported) -> dict[str, bytes]:
    """The PNG files of a report by their name inside `eval/`; the same report gives the same bytes."""
    return {one.file: one.png(report) for one in figures_for(report) if one.saved}
