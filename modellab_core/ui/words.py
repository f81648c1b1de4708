"""Text for the screen: names from outside made harmless, numbers and times made readable."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from modellab_core.letters import shown

_MARKS = re.compile(r"([\\`*_\[\]<>$~|:^&])")
_START = re.compile(r"^(\d*)([#+\-=.)])")
_SHORTCODE = re.compile(r":(?=[\w+\-/]+:)")
_LINK = re.compile(r"(?i)\b(https?|ftp|www|mailto|xmpp)(?=[:.])|(?<=[\w.+-])(@)(?=\w)")
_DRAWN = re.compile(r"(?<=[<>~-])(?=[-=>])")  # Streamlit shows -> as an arrow, and so on
_JOINER = "\u2060"  # invisible, breaks what would be read as an icon, an emoji, a link or a drawn sign

DASH = "–"


def esc(text: object, limit: int = 300) -> str:
    """`text` so that Markdown shows it letter by letter, on one line, cut after `limit` characters.

    Letters that turn or hide others are written out, because they would reach beyond the name that holds them.
    """
    plain = shown(" ".join(str(text).split()))
    if len(plain) > limit:
        plain = plain[: limit - 1] + "…"
    plain = _LINK.sub(r"\g<0>" + _JOINER, _SHORTCODE.sub(":" + _JOINER, _DRAWN.sub(_JOINER, plain)))
    return _START.sub(r"\1\\\2", _MARKS.sub(r"\\\1", plain))


def code(text: object, limit: int = 120) -> str:
    """`text` as inline code in Markdown: for names of columns, files and settings."""
    plain = shown(" ".join(str(text).split()))[:limit] or " "
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", plain)), default=0))
    pad = " " if plain[0] == "`" or plain[-1] == "`" else ""
    return f"{fence}{pad}{plain}{pad}{fence}"


def plural(n: int, noun: str, nouns: str | None = None) -> str:
    """`1 run`, `3 runs`, `1,000 rows`."""
    return f"{n:,} {noun if n == 1 else nouns or noun + 's'}"


def listed(names: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    words = list(names)
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def size(n: int) -> str:
    """A number of bytes as people write it: `512 B`, `1.4 MB`."""
    value = float(n)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return ""


def number(value: float | None, width: float | None = None) -> str:
    """A value as text: so many decimals that half of the interval's `width` has two significant digits.

    Without a width three decimals below 10, and three significant digits above. A dash where there is no value.
    """
    if value is None or not math.isfinite(value):
        return DASH
    text = f"{value:,.{decimals(value, width)}f}"
    return text.lstrip("-") if not text.strip("-0.,") else text.replace("-", "−")


def decimals(value: float, width: float | None = None) -> int:
    """How many decimals `number` shows, 0 to 4."""
    if width and math.isfinite(width) and width > 0:
        return min(4, max(0, 1 - math.floor(math.log10(width / 2))))
    if abs(value) < 10:
        return 3
    return max(0, 2 - math.floor(math.log10(abs(value))))


def signed(value: float | None, width: float | None = None) -> str:
    """A difference as text, always with its sign."""
    text = number(value, width)
    return text if text.startswith(("−", DASH)) else f"+{text}"


def interval(low: float | None, high: float | None) -> str:
    """`0.842 to 0.891`, or a dash where there is no interval."""
    if low is None or high is None:
        return DASH
    return f"{number(low, high - low)} to {number(high, high - low)}"


def percent(share: float) -> str:
    """A share in [0, 1] as a percentage: `0 %`, `0.4 %`, `12 %`."""
    points = 100 * share
    return f"{points:.1f} %" if 0 < points < 10 else f"{points:.0f} %"


def ago(when: datetime | None, at: datetime | None = None) -> str:
    """How long ago `when` was: `just now`, `5 min ago`, `3 h ago`, then the date. Times without a zone are UTC."""
    if when is None:
        return "never"
    seconds = ((at or datetime.now(UTC)) - aware(when)).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min ago"
    if seconds < 86400:
        return f"{seconds // 3600:.0f} h ago"
    return f"{aware(when):%d %b %Y}".lstrip("0")


def moment(when: datetime, behind: int = 0) -> str:
    """A moment in words that stay the same, on a clock so many minutes behind UTC: `23 Nov, 17:05` of this year."""
    told = aware(when) - timedelta(minutes=behind)
    year = "" if told.year == datetime.now(UTC).year else f" {told.year}"
    return f"{told:%d %b}{year}, {told:%H:%M}".lstrip("0")


def aware(when: datetime) -> datetime:
    """`when` with its zone; times without one are UTC."""
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def duration(seconds: float) -> str:
    """So many seconds, roundly: `4 s`, `40 s`, `3 min`, `1 h 10 min`."""
    if seconds < 10:
        return f"{max(1, round(seconds))} s"
    if seconds < 90:
        return f"{5 * round(seconds / 5)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def lasted(start: datetime | None, end: datetime | None = None) -> str:
    """From `start` to `end` (default: this moment): `4 s`, `2 min 5 s`, `1 h 3 min`; empty without a start."""
    if start is None:
        return ""
    seconds = int(((aware(end) if end else datetime.now(UTC)) - aware(start)).total_seconds())
    minutes, hours = seconds // 60, seconds // 3600
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{max(seconds, 0)} s"
