"""What a check is, and the registry into which each of them is put by the decorator `@check`.

To add one, write one function under the decorator in a file of this room that `run.py` imports: the app, the command,
the table of codes in docs/checks.md and the tests find it by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from modellab_core.checks.finding import Finding, Remedy, Severity
from modellab_core.checks.ground import Ground
from modellab_core.registry import Registry

Needs = Literal["table", "target", "split"]


@dataclass(frozen=True)
class Found:
    """Something that a check found; the fields are those of Finding. Without `severity` it is that of the check."""

    claim: str
    columns: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    way_out: str = ""
    remedy: Remedy | None = None
    severity: Severity | None = None


@dataclass(frozen=True)
class Clear:
    """Something that was looked at and is in order, with what was measured."""

    claim: str
    columns: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)


class NotApplicable(Exception):
    """The check has nothing to look at; the text ends the sentence "Not applicable, because …"."""


Looked = Iterable[Found | Clear]


@dataclass(frozen=True)
class Check:
    """One thing that is looked for before training.

    `title` names it in a list, `severity` is that of what it finds, `needs` what must be known before it can look:
    the table alone, the target, or also the split. `threshold` says from where on something is found, and why there.
    `looks_for` is the first sentence of the docstring of `look`.
    """

    code: str
    title: str
    severity: Severity
    needs: Needs
    threshold: str
    look: Callable[[Ground], Looked]

    @property
    def looks_for(self) -> str:
        """What it looks for, in one sentence."""
        return " ".join((self.look.__doc__ or "").split())

    def findings(self, ground: Ground) -> list[Finding]:
        """What it says of a table; a failure of its own is "not applicable", because no check may stop a training."""
        lacking = ground.lacks(self.needs)
        if lacking:
            return [self._not_applicable(lacking)]
        try:
            said = [self._finding(one) for one in self.look(ground)]
        except NotApplicable as reason:
            return [self._not_applicable(str(reason))]
        except Exception as error:  # a check that fails says so, and nothing else is lost
            return [self._not_applicable(f"the check failed: {type(error).__name__}: {error}")]
        return said or [self._finding(Clear("Nothing found."))]

    def _finding(self, one: Found | Clear) -> Finding:
        if isinstance(one, Clear):
            return Finding(self.code, self.title, self.severity, "clear", one.claim, dict(one.evidence), one.columns)
        return Finding(
            self.code,
            self.title,
            one.severity or self.severity,
            "found",
            one.claim,
            dict(one.evidence),
            one.columns,
            one.way_out,
            one.remedy,
        )

    def _not_applicable(self, reason: str) -> Finding:
        claim = f"Not applicable, because {reason}."
        return Finding(self.code, self.title, self.severity, "not_applicable", claim, reason=reason)


CHECKS: Registry[Check] = Registry("check")


def check(
    code: str, title: str, severity: Severity, needs: Needs, threshold: str
) -> Callable[[Callable[[Ground], Looked]], Check]:
    """Put a function under `CHECKS`; its docstring says what it looks for."""

    def put(look: Callable[[Ground], Looked]) -> Check:
        return CHECKS.add(code, Check(code, title, severity, needs, threshold, look))

    return put
