"""What a check says: a claim with its evidence, how much it matters, and the way out as something that can be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Severity = Literal["serious", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
Outcome = Literal["found", "clear", "not_applicable"]
RemedyKind = Literal["drop", "group", "time", "missing", "type", "weight", "metric"]

_OPTION = {
    "drop": "--drop",
    "group": "--split",
    "time": "--split",
    "missing": "--missing",
    "type": "--type",
    "weight": "--weight",
    "metric": "--metric",
}


@dataclass(frozen=True)
class Remedy:
    """One change of the training or of the reading, which the app does by one click and the command by options.

    drop: leave `columns` out. group, time: split by the one column. missing: read the token `value` as missing
    (COLUMN=TOKEN: in that column alone). type: read `columns` as `value`. weight: the one column weighs rows. metric:
    rank by `value`. `label` is the button.
    """

    kind: RemedyKind
    columns: tuple[str, ...] = ()
    value: str | None = None
    label: str = ""

    def options(self) -> list[str]:
        """The options of `modellab train` or `modellab datasets add` that do it, in pairs of option and value."""
        option = _OPTION[self.kind]
        if self.kind in ("missing", "metric"):
            return [option, self.value or ""]
        if self.kind == "type":
            return [word for name in self.columns for word in (option, f"{name}={self.value}")]
        if self.kind in ("group", "time"):
            return [option, f"{self.kind}:{self.columns[0]}"]
        return [word for name in self.columns for word in (option, name)]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `from_json` gives an equal Remedy."""
        told = {"kind": self.kind, "columns": list(self.columns), "value": self.value, "label": self.label}
        return told | {"options": self.options()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Remedy:
        """The Remedy that `to_json` wrote."""
        return cls(value["kind"], tuple(value["columns"]), value["value"], value["label"])


@dataclass(frozen=True)
class Finding:
    """What one check says of a table.

    `code` is stable and names the check; `outcome` is found, clear, or not_applicable, for which `reason` ends the
    sentence "Not applicable, because …". `claim` is one sentence, `evidence` the numbers behind it as plain JSON,
    `columns` what it is about. `way_out` is a sentence, `remedy` the same as one click; both are empty unless found.
    """

    code: str
    title: str
    severity: Severity
    outcome: Outcome
    claim: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    way_out: str = ""
    remedy: Remedy | None = None
    reason: str = ""

    @property
    def found(self) -> bool:
        """Whether there is something to look at."""
        return self.outcome == "found"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `from_json` gives an equal Finding."""
        return {
            "code": self.code,
            "title": self.title,
            "severity": self.severity,
            "outcome": self.outcome,
            "claim": self.claim,
            "evidence": dict(self.evidence),
            "columns": list(self.columns),
            "way_out": self.way_out,
            "remedy": None if self.remedy is None else self.remedy.to_json(),
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Finding:
        """The Finding that `to_json` wrote."""
        remedy = value["remedy"]
        return cls(
            **dict(value)
            | {
                "evidence": dict(value["evidence"]),
                "columns": tuple(value["columns"]),
                "remedy": None if remedy is None else Remedy.from_json(remedy),
            }
        )
