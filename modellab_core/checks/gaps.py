"""Values that stand for a missing one: words, numbers far from all others, dates at the end of the calendar, zeros."""

from __future__ import annotations

import calendar
from collections import defaultdict

import numpy as np

from modellab_core.checks.check import Clear, Found, Looked, check
from modellab_core.checks.finding import Remedy
from modellab_core.checks.ground import Ground
from modellab_core.checks.stand_ins import impossible_zeros, sentinel_dates, sentinels
from modellab_core.checks.texts import CODE, LEAST_VALUES, PLAIN, texts_of
from modellab_core.data.spelling import plain
from modellab_core.harness.figures.wording import named, percent

_WORDS = """? ?? ??? - -- --- . * n/a na n.a. n.a #n/a #na <na> nan null (null) [null] \\n nil unknown unk unkown
unspecified undefined missing (missing) <missing> blank (blank) tbd #value! #ref! #div/0! #null! #name?"""
_PHRASES = "not available,not known,not specified,not recorded,not reported,not stated,no data,no answer"
WORDS = frozenset({*_WORDS.split(), *_PHRASES.split(",")})
NUMBERS_MOSTLY = 0.8


def read_as_missing(value: str) -> Remedy:
    """The remedy that reads a token as missing."""
    return Remedy("missing", (), value, f"Read {named(value)} as missing")


def missing_in(name: str, token: str) -> Remedy:
    """The remedy that reads a token as missing in one column alone."""
    return Remedy("missing", (name,), f"{name}={token}", f"Read {token} as missing in {named(name)}")


@check(
    "hidden_missing",
    "Words that stand for missing values",
    "warning",
    "table",
    "a cell is one of a list of such words (?, unknown, NULL, n/a, -, missing, …), or at most 5 different words stand "
    "in a column of which 80 % are numbers; two-letter codes keep NA, signs keep -",
)
def hidden_missing(ground: Ground) -> Looked:
    """Cells with a word that stands for a missing value, in columns of text and in the target."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for name, kind in ground.kinds.items():
        if kind == "text" and (name in ground.features or name == ground.target):
            for token, count in _words(ground, name).items():
                found[token][name] = count
    for note in ground.table.notes:
        if note.code == "missing_tokens" and note.column:
            yield Clear(note.text, (note.column,))
    for token, counts in sorted(found.items(), key=lambda item: -sum(item[1].values())):
        told = ", ".join(f"{named(name)} ({count:,})" for name, count in list(counts.items())[:6])
        more = f" and {len(counts) - 6} more columns" if len(counts) > 6 else ""
        claim = f"{named(token)} seems to stand for a missing value in {sum(counts.values()):,} cells: {told}{more}."
        evidence = {"token": token, "cells": counts}
        yield Found(claim, tuple(counts), evidence, f"Read {named(token)} as missing.", read_as_missing(token))


def _words(ground: Ground, name: str) -> dict[str, int]:
    """Token → cells of a column that hold it."""
    cells = texts_of(ground, name)
    others = [text for text in cells if text.lower() not in WORDS]
    found = {text: count for text, count in cells.items() if text.lower() in WORDS and others}
    if sum(len(text) == 2 and text.isupper() for text in others) >= LEAST_VALUES:
        found.pop("NA", None)  # Namibia among countries, North America among regions
    if "+" in cells:
        found.pop("-", None)
    numbers = sum(count for text, count in cells.items() if PLAIN.fullmatch(text) and not CODE.fullmatch(text))
    words = [text for text in others if not PLAIN.fullmatch(text)]
    if any(len(text) == 1 and text.isalpha() for text in words):
        return found  # a name of a kind, as in 12, 13, A
    if numbers >= NUMBERS_MOSTLY * sum(cells.values()) and len(words) <= LEAST_VALUES and len(others) > 2 * len(words):
        found |= {text: cells[text] for text in words}
    return found


@check(
    "sentinel_numbers",
    "Numbers that stand for missing values",
    "warning",
    "table",
    "the smallest or largest value is repeated and stands apart: nines, −1 … −9 below zero, or the end of an integer's "
    "range at half the spread of the others away; any other value at twice the spread, in 0.5 % of the rows; −1 beside "
    "counts, if five times as frequent as they",
)
def sentinel_numbers(ground: Ground) -> Looked:
    """A repeated number or date far from all others, such as -999, 9999 or 1900-01-01."""
    for name in (*ground.features, *([ground.target] if ground.target else [])):
        kind = ground.kinds[name]
        if kind == "number":
            for value, count in sentinels(ground.numbers(name)).items():
                yield _stands_apart(ground, name, _written(ground, name, value), count)
        elif kind == "date":
            for text, count in sentinel_dates(ground.column(name)).items():
                yield _stands_apart(ground, name, _date_written(ground, name, text), count)


def _written(ground: Ground, name: str, value: float) -> str:
    """A number as the file writes it, as far as that is known."""
    own = plain(int(value) if value == int(value) else value)
    return ground.table.spellings.get(name, {}).get(own, own)


def _date_written(ground: Ground, name: str, day: str) -> str:
    """A day (YYYY-MM-DD) in the form in which the file writes the column, without a time of day."""
    year, month, of_month = day.split("-")
    form = ground.table.reading.dates.get(name) or "YYYY-MM-DD"
    if "Mon" in form:
        form = form.replace("Mon", calendar.month_abbr[int(month)])
    return form.replace("YYYY", year).replace("MM", month).replace("DD", of_month)


def _stands_apart(ground: Ground, name: str, token: str, count: int) -> Found:
    share = percent(count / max(1, len(ground)))
    claim = f"{token} stands apart from all other values of {named(name)} ({count:,} rows, {share})."
    evidence = {"token": token, "rows": count}
    if ground.kinds[name] == "date" and ground.table.reading.format == "parquet":
        return Found(claim, (name,), evidence, "If it means missing, leave these cells empty in the file.")
    way = f"Read {token} as missing in {named(name)}, if it means that."
    return Found(claim, (name,), evidence, way, missing_in(name, token))


@check(
    "impossible_zeros",
    "Zeros that may stand for missing values",
    "note",
    "table",
    "zero in at least 0.5 % and at most half of the rows (and 5), all others above zero, their 1 % quantile at a "
    "third of their median or more, and no value between: amounts that can be nothing begin near zero",
)
def zeros(ground: Ground) -> Looked:
    """Zeros in a measurement of which all other values are far above zero, such as a weight or a pressure."""
    for name in ground.of_kind("number"):
        count = impossible_zeros(ground.numbers(name))
        if count:
            share = percent(count / max(1, int(np.isfinite(ground.numbers(name)).sum())))
            claim = f"{named(name)} is 0 in {count:,} rows ({share}), and all its other values are far above 0."
            way = f"Read 0 as missing in {named(name)}, if it means that nothing was measured."
            yield Found(claim, (name,), {"zeros": count}, way, missing_in(name, "0"))
