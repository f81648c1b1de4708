"""The colours of a figure, on paper and on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Colors:
    """Eight colours for series, ten from light to dark for amounts; and, where the page does not bring its own, those
    of text, of lesser text, of grid lines and of the ground."""

    categorical: tuple[str, ...]
    sequential: tuple[str, ...]
    ink: str = ""
    muted: str = ""
    grid: str = ""
    paper: str = ""


NOTEBOOK = Colors(
    ("#0F5FDC", "#D9730D", "#0B8457", "#8B3FD1", "#C8323C", "#0C8CA6", "#8A6D00", "#5B6779"),
    (
        *("#F2F7FF", "#DCE9FD", "#BED7FB", "#98BFF7", "#6FA3F1"),
        *("#4687E8", "#2470DB", "#125CC4", "#0B4AA2", "#083A80"),
    ),
    *("#10192B", "#5B6779", "#E3E8EF", "#FFFFFF"),
)

DARK = Colors(
    ("#6EA3FF", "#F2A65A", "#3CCB91", "#C08BF5", "#F2747C", "#4CC7DE", "#E0C04A", "#93A0B4"),
    (
        *("#14233C", "#17325C", "#1B437F", "#2055A3", "#2A68C4"),
        *("#3F7EDD", "#6196EA", "#88B0F2", "#B0CBF8", "#D9E7FD"),
    ),
    *("#E6EAF1", "#93A0B4", "#2A3443", "#0E131B"),
)

# the places that Streamlit fills with the palettes of its light or dark theme
APP = Colors(
    tuple(f"#0000{place:02d}" for place in range(1, 9)),
    tuple(f"#0000{place:02d}" for place in range(11, 21)),
)


# colours that stand in the figures of HTML until its script knows whether it is day or night
MARKED = Colors(APP.categorical, APP.sequential, *("#000041", "#000042", "#000043", "#000044"))


def replacements(colors: Colors) -> dict[str, str]:
    """What stands for each colour of `MARKED`."""
    return dict(zip(_all(MARKED), _all(colors), strict=True))


def _all(colors: Colors) -> tuple[str, ...]:
    return (*colors.categorical, *colors.sequential, colors.ink, colors.muted, colors.grid, colors.paper)


def colors_of(given: Colors | Sequence[str]) -> Colors:
    """Colors, or a list of colours for series, to which the amounts of `APP` or `NOTEBOOK` are added."""
    if isinstance(given, Colors):
        return given
    series = tuple(given)
    return Colors(series, APP.sequential) if series[:1] == APP.categorical[:1] else Colors(series, *_but_series())


def _but_series() -> tuple[tuple[str, ...], str, str, str, str]:
    return NOTEBOOK.sequential, NOTEBOOK.ink, NOTEBOOK.muted, NOTEBOOK.grid, NOTEBOOK.paper


def blended(color: str, ground: str, share: float) -> str:
    """`color` laid over `ground` with an opacity of `share`; all as #RRGGBB."""
    pairs = [(int(color[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(share * top + (1 - share) * under):02X}" for top, under in pairs)


def shade_of(steps: Sequence[str], share: float) -> str:
    """The colour at a share in [0, 1] of a sequential palette, blended between its steps."""
    place = min(max(share, 0.0), 1.0) * (len(steps) - 1)
    low = min(int(place), len(steps) - 2)
    return blended(steps[low + 1], steps[low], place - low)


def luminance(color: str) -> float:
    """Relative luminance of #RRGGBB in [0, 1] (WCAG 2)."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def reads_dark(color: str) -> bool:
    """Whether white letters read better than black ones on `color`."""
    return luminance(color) < 0.2
