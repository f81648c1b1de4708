"""What the tests of the checks share: findings of a frame by code, and the pairs (code, column) that were found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from planted_traps import table_of

from modellab_core.checks.finding import Finding
from modellab_core.checks.run import preflight


def checked(frame: pd.DataFrame, target: str | None = None, **asked: Any) -> list[Finding]:
    """All findings of a frame."""
    return preflight(table_of(frame), target, **asked)


def found(findings: Sequence[Finding]) -> set[tuple[str, str | None]]:
    """(code, column) of what was found; also (code, None) for each code."""
    told = [one for one in findings if one.found]
    return {(one.code, name) for one in told for name in one.columns} | {(one.code, None) for one in told}


def of(findings: Sequence[Finding], code: str) -> list[Finding]:
    """The findings of one check."""
    return [one for one in findings if one.code == code]


def broken(findings: Sequence[Finding]) -> list[str]:
    """The reasons of checks that failed themselves."""
    return [one.reason for one in findings if one.reason.startswith("the check failed")]
