"""The one verdict: which models are better than which, judged together on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from modellab_core.errors import BadInput
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan

Verdict = Literal["better", "worse", "tied"]
DISPLAY_NAMES = {"dummy": "the dummy", "linear": "the linear model", "xgboost": "XGBoost"}


class Incomparable(BadInput):
    """The models were not scored on the same rows and truth, or without row-by-row predictions."""


@dataclass(frozen=True)
class Pair:
    """`candidate` (the more complex) against `baseline`; `difference` is positive when the candidate is better.

    `low`, `high` are simultaneous ends; `detectable` is the smallest difference that these rows would show with 80 %
    power; `discordant` counts the rows on which exactly one of the two is right (accuracy only).
    """

    candidate: str
    baseline: str
    difference: float | None
    low: float | None
    high: float | None
    detectable: float | None
    verdict: Verdict
    method: str
    discordant: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Comparison:
    """The verdict over models, which are listed from simple to complex."""

    metric: str
    label: str
    n: int
    names: tuple[str, ...]
    values: tuple[float | None, ...]
    top_set: tuple[str, ...]
    best: str | None
    recommended: str | None
    pairs: tuple[Pair, ...]
    critical: float | None
    resamples: int
    sentence: str

    @property
    def verdict(self) -> str:
        """The verdict in one sentence."""
        return self.sentence

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `from_json` gives an equal Comparison."""
        raise NotImplementedError

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Comparison:
        """The Comparison that `to_json` wrote."""
        raise NotImplementedError

    def frame(self) -> pd.DataFrame:
        """A line per pair."""
        raise NotImplementedError


def judge(models: Mapping[str, Predictions], metric: str | None, plan: Plan) -> Comparison:
    """The verdict over `models` (in order simple → complex, all on the same rows) by `metric` (None: the headline)."""
    raise NotImplementedError


def rows_needed(n: int, detectable: float, difference: float) -> int:
    """Rows that would show `difference` with 80 % power, when `n` rows show `detectable`."""
    raise NotImplementedError


def compare(*reports: Any, metric: str | None = None) -> Comparison:
    """The verdict over reports (simple → complex) that hold their predictions on the same rows."""
    raise NotImplementedError
