"""What a report finds, each under an id that stays the same while the claim does, and what people accepted of it.

A finding is known by what it claims (kind, slice or stress test, metric) and not by its numbers, so that another seed
or a few more rows leave its id alone. The file of accepted findings is JSON:

    {"schema": "modellab.accepted/1",
     "accepted": [{"finding": "3f2a9c0d81be", "reason": "few rows, looked at by hand", "expires": "2027-06-30"}]}

`finding` is the id, `reason` is told wherever the finding is, and after the day `expires` it counts as new again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Literal

from modellab_core.errors import BadInput
from modellab_core.harness.figures.figure import Reported, headline, label_of
from modellab_core.harness.figures.wording import with_interval

SCHEMA = "modellab.accepted/1"
State = Literal["new", "known", "accepted"]


@dataclass(frozen=True)
class ReportFinding:
    """A claim of a report: a weak slice that was confirmed, or a stress under which the lead over the dummy is lost.

    `id` are 12 hex digits of the hash of `kind`, `subject` and `metric`. `state` is `known` where the baseline has it
    too, `accepted` where somebody accepted it and the day `expires` has not passed, else `new`.
    """

    id: str
    kind: str
    subject: str
    metric: str
    sentence: str
    state: State = "new"
    reason: str = ""
    expires: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values under the names of the fields."""
        return asdict(self)


@dataclass(frozen=True)
class Accepted:
    """One entry of the file of accepted findings."""

    finding: str
    reason: str
    expires: date


def findings_of(report: Reported) -> list[ReportFinding]:
    """The findings of a report, in the order of the report."""
    metric = headline(report)
    return [*_weak_slices(report, metric), *_lost_leads(report, metric)]


def told_apart(
    candidate: Reported, baseline: Reported, accepted: Iterable[Accepted], today: date
) -> list[ReportFinding]:
    """The findings of a candidate, each new, known from the baseline, or accepted until a day that has not passed."""
    known = {one.id for one in findings_of(baseline)}
    by_id = {one.finding: one for one in accepted}
    return [_judged(one, one.id in known, by_id.get(one.id), today) for one in findings_of(candidate)]


def accepted_in(content: bytes, name: str) -> list[Accepted]:
    """The entries of a file of accepted findings. BadInput names the file, the entry and what is wrong with it."""
    try:
        told = json.loads(content)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadInput(f"{name} is no JSON ({error}): see the form in docs/commands.md.") from error
    if not isinstance(told, dict) or told.get("schema") != SCHEMA or not isinstance(told.get("accepted"), list):
        raise BadInput(f"{name} needs the schema {SCHEMA!r} and a list 'accepted': see the form in docs/commands.md.")
    return [_entry(one, place, name) for place, one in enumerate(told["accepted"], start=1)]


def _entry(one: Any, place: int, name: str) -> Accepted:
    where = f"Entry {place} of {name}"
    if not isinstance(one, Mapping):
        raise BadInput(f"{where} is no object with finding, reason and expires.")
    for key in ("finding", "reason", "expires"):
        if not isinstance(one.get(key), str) or not one[key].strip():
            raise BadInput(f"{where} has no {key}: an accepted finding needs its id, a reason and a last day.")
    try:
        return Accepted(one["finding"], one["reason"], date.fromisoformat(one["expires"]))
    except ValueError as error:
        raise BadInput(f"{where} expires on {one['expires']!r}: write the day as 2027-06-30.") from error


def _judged(one: ReportFinding, known: bool, accepted: Accepted | None, today: date) -> ReportFinding:
    if accepted is None:
        return replace(one, state="known" if known else "new")
    told = replace(one, reason=accepted.reason, expires=accepted.expires.isoformat())
    if accepted.expires >= today:
        return replace(told, state="accepted")
    return replace(told, state="known" if known else "new", reason=f"{accepted.reason} (expired)")


def _weak_slices(report: Reported, metric: str) -> list[ReportFinding]:
    found = []
    scores = {score.slice: score for score in report.scores if score.metric == metric and score.stress == "none"}
    for name, one in report.slices.items():
        if not one.get("confirmed"):
            continue
        score = scores.get(name)
        value = with_interval(score.value, score.low, score.high) if score is not None else "not known"
        sentence = f"The slice '{name}' is weak, confirmed on other rows: {label_of(metric)} {value}."
        found.append(_finding("weak_slice", str(one.get("query") or name), metric, sentence))
    return found


def _lost_leads(report: Reported, metric: str) -> list[ReportFinding]:
    lost = [(name, one) for name, one in report.stress.items() if one.get("crossing") is not None]
    return [
        _finding(
            "lead_lost",
            name,
            metric,
            f"The lead over the dummy is lost under '{name}' from severity {one['crossing']:g}.",
        )
        for name, one in lost
    ]


def _finding(kind: str, subject: str, metric: str, sentence: str) -> ReportFinding:
    text = json.dumps([kind, subject, metric], ensure_ascii=False)
    return ReportFinding(
        hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:12], kind, subject, metric, sentence
    )


def lines_of(findings: Sequence[ReportFinding]) -> list[tuple[str, str, str]]:
    """(id, state with its reason, sentence) of each finding, the new ones first."""
    order = {"new": 0, "known": 1, "accepted": 2}
    return [
        (one.id, f"{one.state}: {one.reason}" if one.reason else one.state, one.sentence)
        for one in sorted(findings, key=lambda one: order[one.state])
    ]
