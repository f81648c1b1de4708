"""Numbers and names as a figure writes them."""

from __future__ import annotations

import math

MODELS = {"dummy": "Dummy", "linear": "Linear model", "xgboost": "XGBoost"}


def shortened(text: str, most: int = 28) -> str:
    """`text` on one line, its middle cut out where it is longer than `most` characters."""
    plain = " ".join(str(text).split())
    if len(plain) <= most:
        return plain
    tail = (most - 1) // 3
    return plain[: most - 1 - tail] + "…" + plain[len(plain) - tail :]


def named(name: object) -> str:
    """A name from the data inside a sentence: on one line, in quotes."""
    return f"'{shortened(str(name), 60)}'"


def number(value: float | None, low: float | None = None, high: float | None = None) -> str:
    """A value with so many decimals that half of its interval has two significant digits; a dash where there is none.

    Without an interval: three decimals below 10 (more for a small value), three significant digits above.
    """
    if value is None or not math.isfinite(value):
        return "–"
    if 0 < abs(value) < 1e-6 or abs(value) >= 1e9:
        return f"{value:.3g}".replace("-", "−")
    text = f"{value:,.{_decimals(value, low, high)}f}"
    return text.lstrip("-") if not text.strip("-0.,") else text.replace("-", "−")


def _decimals(value: float, low: float | None, high: float | None) -> int:
    half = (high - low) / 2 if low is not None and high is not None else 0.0
    if half > 0 and math.isfinite(half):
        return min(8, max(0, 1 - math.floor(math.log10(half))))
    size = math.floor(math.log10(abs(value))) if value else 0
    return max(0, 2 - size) if size >= 1 else 3 if size >= -2 else 2 - size


def interval(low: float | None, high: float | None) -> str:
    """`0.858 to 0.884`; empty where an end is missing."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"{number(low, low, high)} to {number(high, low, high)}"


def with_interval(value: float | None, low: float | None, high: float | None) -> str:
    """`0.871 (0.858 to 0.884)`; the value alone where there is no interval."""
    ends = interval(low, high)
    return f"{number(value, low, high)} ({ends})" if ends else number(value)


def percent(share: float) -> str:
    """A share as a percentage: `0 %`, `0.4 %`, `12 %`; never 0 % or 100 % for what is not."""
    points = 100 * share
    if 0 < points < 0.1 or 99.9 < points < 100:
        return "< 0.1 %" if points < 1 else "> 99.9 %"
    return f"{points:.1f} %" if 0 < points < 10 or 99 < points < 100 else f"{points:.0f} %"


def plural(n: float, noun: str) -> str:
    """`1 row`, `1,000 rows`."""
    return f"{n:,.0f} {noun}" if n == 1 else f"{n:,.0f} {noun}{'es' if noun.endswith('s') else 's'}"
