"""Texts that are numbers after all, and columns in which numbers and words stand side by side."""

from __future__ import annotations

import re
from collections import Counter

from modellab_core.checks.check import Found, Looked, check
from modellab_core.checks.finding import Remedy
from modellab_core.checks.ground import Ground
from modellab_core.harness.figures.wording import named, percent

MOST_VALUES = 20_000
MOSTLY = 0.95
ONE_UNIT = 0.8
LEAST_VALUES = 5
MIXED = 0.05

_BODY = r"(?:\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?|[.,]\d+)"
_MONEY = r"(?:[$€£¥₹₽₩]|US\$|USD|EUR|GBP|CHF|JPY|INR|Rs\.?|kr\.?|R\$|zł|Kč)"
DECORATED = re.compile(
    rf"\(?[-+−]?\s*(?P<before>{_MONEY})?\s*[-+−]?(?P<body>{_BODY})\s*(?P<after>%|‰|{_MONEY}|[A-Za-zµ°Ω/²³\"]{{1,8}}\.?)?\)?"
)
PLAIN = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})|\d{1,2}[-. ][A-Za-z]{3,9}[-., ]+\d{2,4}|"
    r"[A-Za-z]{3,9}\.? \d{1,2},? \d{4}|\d{8}T\d{4,6}Z?)([T ,]+\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?.{0,6})?",
    re.ASCII,
)
CODE = re.compile(r"[-+]?0\d+|\+?\d{16,}")


def texts_of(ground: Ground, name: str) -> Counter[str]:
    """How often each text of a column occurs, without white space around it, for the 20,000 most frequent."""
    counted = ground.column(name).value_counts().head(MOST_VALUES)
    found: Counter[str] = Counter()
    for text, count in counted.items():
        found[str(text).strip()] += int(count)
    return found


@check(
    "numbers_as_text",
    "Numbers read as text",
    "warning",
    "table",
    "95 % of the cells, and at least 5 different ones, are a number with thousands separators, a decimal comma, a "
    "currency, a percent sign or one unit (the same in 80 % of the cells); leading zeros are codes and not numbers",
)
def numbers_as_text(ground: Ground) -> Looked:
    """Columns of text whose cells are numbers in a notation that was not read as numbers."""
    for name in ground.of_kind("text"):
        cells = texts_of(ground, name)
        total = sum(cells.values())
        fits = {text: found for text in cells if not CODE.fullmatch(text) and (found := DECORATED.fullmatch(text))}
        if len(fits) < LEAST_VALUES or sum(cells[text] for text in fits) < MOSTLY * total:
            continue
        how = _how(fits, cells)
        if how:
            example = max(fits, key=lambda text: (cells[text], text))
            claim = f"{named(name)} is text, but its cells are numbers with {how}, such as {named(example)}."
            yield Found(claim, (name,), {"notation": how, "example": example}, *_way_out(name, how))


def _how(fits: dict[str, re.Match[str]], cells: Counter[str]) -> str:
    """What stands beside the digits, in words; nothing where the units differ or where nothing does."""
    total = sum(cells[text] for text in fits)
    affixes: Counter[str] = Counter()
    for text, found in fits.items():
        affixes[(found["before"] or found["after"] or "").strip()] += cells[text]
    affix, count = affixes.most_common(1)[0]
    marked = any(mark in found["body"] for found in fits.values() for mark in ",'’ \u00a0\u202f")
    if affix and count >= ONE_UNIT * total:
        kind = "a percent sign" if affix in "%‰" else "a currency" if re.fullmatch(_MONEY, affix) else "the unit"
        return f"{kind} {affix!r}" if kind != "a percent sign" else kind
    bare = affixes.get("", 0) >= MOSTLY * total
    return "separators of thousands or decimals" if bare and (marked or _grouped(fits)) else ""


def _grouped(fits: dict[str, re.Match[str]]) -> bool:
    """Whether a cell has points between groups of three digits, more than one."""
    return any(found["body"].count(".") > 1 for found in fits.values())


def _way_out(name: str, how: str) -> tuple[str, Remedy | None]:
    if how.startswith("separators"):
        label = f"Read {named(name)} as numbers"
        return "Read it as numbers.", Remedy("type", (name,), "number", label)
    return "Write the cells as plain numbers in the file, without what stands beside the digits.", None


@check(
    "mixed_types",
    "Numbers and words in one column",
    "warning",
    "table",
    "between 5 % and 95 % of the cells are plain numbers, at least 5 different ones, and more than 5 different words "
    "stand beside them: fewer words are looked at as stand-ins for missing values",
)
def mixed_types(ground: Ground) -> Looked:
    """Columns of text in which some cells are numbers and others are words."""
    for name in ground.of_kind("text"):
        cells = texts_of(ground, name)
        numbers = {text: count for text, count in cells.items() if PLAIN.fullmatch(text) and not CODE.fullmatch(text)}
        share = sum(numbers.values()) / max(1, sum(cells.values()))
        words = [text for text in cells if text not in numbers and not DECORATED.fullmatch(text)]
        if len(numbers) >= LEAST_VALUES and share >= MIXED and len(words) > LEAST_VALUES:
            claim = f"{percent(share)} of the cells of {named(name)} are numbers, others words: {named(words[0])} …"
            way = "Make two columns of it in the file, or leave it as text, in which each cell is a kind of its own."
            yield Found(claim, (name,), {"numbers": share, "examples": words[:3]}, way)


@check(
    "dates_as_text",
    "Dates read as text",
    "warning",
    "table",
    "95 % of the cells, and at least 5 different ones, look like dates: read as text, each day is a kind of its own "
    "and rows cannot be split by time",
)
def dates_as_text(ground: Ground) -> Looked:
    """Columns of text whose cells are dates that were not read as dates."""
    for name in ground.of_kind("text"):
        cells = texts_of(ground, name)
        fits = [text for text in cells if DATE.fullmatch(text)]
        if len(fits) < LEAST_VALUES or sum(cells[text] for text in fits) < MOSTLY * sum(cells.values()):
            continue
        claim = f"{named(name)} is text, but its cells look like dates, such as {named(fits[0])}."
        way = "Read it as dates, after writing all cells in one form, such as 2024-01-31, if there are several."
        remedy = Remedy("type", (name,), "date", f"Read {named(name)} as dates")
        yield Found(claim, (name,), {"example": fits[0]}, way, remedy)
