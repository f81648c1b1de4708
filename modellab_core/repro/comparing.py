"""The recorded numbers against the new ones, each by the tolerance that the pack holds. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Agreement = Literal["identical", "within tolerance", "MISMATCH"]
RANK: tuple[Agreement, ...] = ("identical", "within tolerance", "MISMATCH")

TINY = 1e-12
"""Differences of this size are the noise of zero, whatever the scale."""

INFORMATION = re.compile(
    r"schema|python\.version|os\.release|cpu\.usable|threads|variables\..*|openmp\..*|blas\..*\.num_threads"
)
"""Facts of an environment that are told, and do not make another platform of it."""

ENDS = {"value": "it", "low": "the low end", "high": "the high end"}


@dataclass(frozen=True)
class Line:
    """One comparison: what, its recorded and its new number as text, how they agree, and why if they do not."""

    name: str
    recorded: str
    again: str
    agreement: Agreement
    detail: str = ""

    def to_json(self) -> dict[str, str]:
        """Plain JSON values under the names of the fields."""
        return dict(vars(self))


def compared(expected: Mapping[str, Any], result: Mapping[str, Any], same: bool) -> list[Line]:
    """A line for every number of `expected`, then for the predictions and for the stored model.

    `same` says that both were made on one platform. Numbers that only one side has are a MISMATCH.
    """
    side = "same" if same else "across"
    again = {entry["id"]: entry for entry in result["metrics"]}
    recorded = {entry["id"]: entry for entry in result["from_recorded"] or ()}
    flips = result["predictions"]["flipped"]
    lines = [
        _number(entry, again.get(entry["id"]), recorded.get(entry["id"]), side, flips) for entry in expected["metrics"]
    ]
    known = {entry["id"] for entry in expected["metrics"]}
    lines += [
        Line(name, "not recorded", shown(entry["value"]), "MISMATCH", "the pack does not record it")
        for name, entry in again.items()
        if name not in known
    ]
    tolerance = expected["predictions"]["tolerance"]
    lines.append(_predictions("predictions", result["predictions"], tolerance, side))
    if result["stored_model"]:
        lines.append(_predictions("stored model's predictions", result["stored_model"], tolerance, side))
    return lines


def _number(
    entry: Mapping[str, Any], again: Mapping[str, Any] | None, recorded: Mapping[str, Any] | None, side: str, flips: int
) -> Line:
    name, value = entry["id"], shown(entry["value"])
    if again is None:
        return Line(name, value, "missing", "MISMATCH", "it was not computed again")
    if again["n"] != entry["n"]:
        return Line(name, value, shown(again["value"]), "MISMATCH", f"{entry['n']} rows recorded, {again['n']} now")
    agreement, detail = _agreement(entry, again, side)
    if agreement == "MISMATCH" and recorded and _flips_explain(entry, recorded, side, flips):
        agreement, detail = "within tolerance", f"{flips} flipped prediction{'s' * (flips > 1)}"
    return Line(name, value, shown(again["value"]), agreement, detail)


def _agreement(entry: Mapping[str, Any], again: Mapping[str, Any], side: str) -> tuple[Agreement, str]:
    """The worst agreement of the value and its ends."""
    tolerance = entry["tolerance"]
    relative = tolerance[side] if tolerance["kind"] == "relative" else tolerance["exact"]
    allowed = max(TINY, float(relative) * float(tolerance["scale"]))
    found = [_ends(words, entry[key], again[key], allowed) for key, words in ENDS.items()]
    return max(found, key=lambda pair: RANK.index(pair[0]))


def _ends(words: str, old: float | None, new: float | None, allowed: float) -> tuple[Agreement, str]:
    if old == new:
        return "identical", ""
    if old is None or new is None:
        return "MISMATCH", f"{words} was {shown(old)} and is {shown(new)}"
    apart = abs(old - new)
    text = f"{words} differs by {apart:.1e}"
    return ("within tolerance", text) if apart <= allowed else ("MISMATCH", f"{text}, allowed {allowed:.1e}")


def _flips_explain(entry: Mapping[str, Any], recorded: Mapping[str, Any], side: str, flips: int) -> bool:
    """Whether a threshold metric moved only because of flipped predictions, of which the tolerance allows so many.

    One flip moves such a metric by far more than rounding. What is asked instead: the recorded number follows from the
    recorded predictions, and hardly any of these flipped.
    """
    tolerance = entry["tolerance"]
    if tolerance["kind"] != "flips" or not 0 < flips <= tolerance[side]:
        return False
    return _agreement(entry, recorded, side)[0] != "MISMATCH"


def _predictions(name: str, found: Mapping[str, Any], tolerance: Mapping[str, Any], side: str) -> Line:
    rows, flipped, largest = found["rows"], found["flipped"], found["largest"]
    if "error" in found:
        return Line(name, f"{rows} rows", "none", "MISMATCH", str(found["error"]))
    text = f"{flipped} flipped, moved by at most {largest:.1e}"
    if not found["same_rows"]:
        return Line(name, f"{rows} rows", "other rows", "MISMATCH", "rows or truth are not the recorded ones")
    if not flipped and not largest:
        return Line(name, f"{rows} rows", f"{rows} rows", "identical")
    inside = flipped <= tolerance["flips"][side] and largest <= tolerance[side]
    return Line(name, f"{rows} rows", f"{rows} rows", "within tolerance" if inside else "MISMATCH", text)


def shown(value: float | None) -> str:
    """A number as the table shows it."""
    return "undefined" if value is None else f"{value:.10g}"


def flattened(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted path, leaf) of nested JSON objects."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from flattened(item, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def differences(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """(recorded, now) of each fact in which two environments differ, by its dotted path; None where one has it not."""
    old, new = dict(flattened(recorded)), dict(flattened(now))
    return {
        path: (old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    }


def same_platform(different: Mapping[str, tuple[Any, Any]]) -> bool:
    """Whether numbers must agree to rounding, given how the environments differ."""
    return all(INFORMATION.fullmatch(path) for path in different)


def table(lines: Sequence[Line]) -> list[str]:
    """The lines as text, in columns under a header; numbers to the right."""
    cells = [("number", "recorded", "again", "")]
    cells += [(line.name, line.recorded, line.again, f"{line.agreement}  {line.detail}") for line in lines]
    name, old, new = (max(len(row[column]) for row in cells) for column in range(3))
    return [f"{row[0]:<{name}}  {row[1]:>{old}}  {row[2]:>{new}}  {row[3]}".rstrip() for row in cells]
