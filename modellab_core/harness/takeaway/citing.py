"""How the numbers of a summary are written in a sentence, each with the place where it stands."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from modellab_core.harness.canonical import pointer, resolve
from modellab_core.harness.metrics import METRICS


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
