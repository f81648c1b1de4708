"""What a verdict over models is: its pairs, its top set, and what makes models comparable at all."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from modellab_core.errors import BadInput
from modellab_core.harness.predictions import Predictions

Verdict = Literal["better", "worse", "tied"]


class Incomparable(BadInput):
    """The models were not scored on the same rows and truth, or without row-by-row predictions."""


@dataclass(frozen=True)
class Pair:
    """`candidate` (the more complex) against `baseline`; `difference` is positive when the candidate is better.

    `low`, `high` are simultaneous ends d ± c·s (d ± what swaps reach where s is 0), None where there are none and then
    `note` says why. `detectable` =
    (c + .84)·s is the smallest difference that these rows would show with 80 % power. `discordant` counts the rows
    that exactly one of the two gets right (accuracy only). `equivalent` says whether the whole interval lies inside
    ±margin; None where no margin was given or there is no interval.
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
    equivalent: bool | None = None


@dataclass(frozen=True)
class Comparison:
    """The verdict over models, listed from simple to complex.

    `values` are those of the metric. `top_set` are the models beaten by none, `recommended` is the simplest of them,
    `best` has the best value. `critical` is c, the factor on the standard deviation of a difference that holds for all
    pairs at once, among `models` models: those listed and the others that were scored on the same rows. `groups` is the
    number of groups that were drawn whole, None where rows were drawn. `margin` is the difference that would not
    matter, if one was given. `looks` counts the different predictions that were ever scored on these rows, None where
    nobody counted. `optimism` is how much too good the best of all these models would look if they were equally good.
    """

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
    level: float
    sentence: str
    groups: int | None = None
    margin: float | None = None
    models: int = 0
    looks: int | None = None
    optimism: float | None = None

    @property
    def verdict(self) -> str:
        """The verdict in two short sentences."""
        return self.sentence

    def value(self, name: str) -> float | None:
        """The metric of one model."""
        return self.values[self.names.index(name)]

    def pair(self, first: str, second: str) -> Pair:
        """The pair of two models in whichever order. BadInput when one of them was not compared."""
        for pair in self.pairs:
            if {pair.candidate, pair.baseline} == {first, second}:
                return pair
        raise BadInput(f"{first} and {second} were not compared: choose two of {', '.join(self.names)}.")

    def rows_to_show(self, difference: float, first: str, second: str) -> int | None:
        """Rows (groups where there are any) that would show `difference` between two models with 80 % power.

        None where it is not known how far these rows see. BadInput for a difference of 0.
        """
        detectable = self.pair(first, second).detectable
        return None if not detectable else rows_needed(self.groups or self.n, detectable, difference)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `from_json` gives an equal Comparison."""
        plain = asdict(self)
        return {key: list(item) if isinstance(item, tuple) else item for key, item in plain.items()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Comparison:
        """The Comparison that `to_json` wrote; unknown keys are left out."""
        known = {key: value[key] for key in cls.__dataclass_fields__ if key in value}
        tuples = {key: tuple(known[key]) for key in ("names", "values", "top_set")}
        pairs = tuple(Pair(**pair) for pair in known["pairs"])
        return cls(**known | tuples | {"pairs": pairs})

    def __repr__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        from modellab_core.harness.html.notebook import comparison_html

        return comparison_html(self)

    def frame(self) -> pd.DataFrame:
        """A line per pair under the names of the fields of `Pair`."""
        return pd.DataFrame([asdict(pair) for pair in self.pairs], columns=list(Pair.__dataclass_fields__))


def rows_needed(n: int, detectable: float, difference: float) -> int:
    """Rows that would show `difference` ≠ 0 with 80 % power, when `n` rows show `detectable`; at least 1.

    The standard error falls with the square root of the rows.
    """
    if not (difference and math.isfinite(difference) and math.isfinite(detectable)):
        raise BadInput("The rows needed are known for a difference other than zero only.")
    return max(1, math.ceil(n * (detectable / difference) ** 2))


def same_rows(models: Mapping[str, Predictions]) -> None:
    """Raise Incomparable with the reason unless all models were scored on the same rows, truth, weights and groups."""
    (first_name, first), *others = models.items()
    for name, other in others:
        if other.task is not first.task or other.classes != first.classes:
            raise Incomparable(f"{first_name} and {name} cannot be compared: their tasks or classes differ.")
        if len(other) != len(first) or not np.array_equal(other.row, first.row):
            raise Incomparable(
                f"{first_name} and {name} cannot be compared: they were scored on different rows "
                f"({len(first):,} and {len(other):,}). Score both on the same rows first."
            )
        for what in ("y_true", "weight", "groups", "positive"):
            if not _same(getattr(first, what), getattr(other, what)):
                raise Incomparable(f"{first_name} and {name} cannot be compared: their {_WORDS[what]} differ.")


_WORDS = {"y_true": "true values", "weight": "weights", "groups": "groups", "positive": "positive classes"}


def _same(first: Any, second: Any) -> bool:
    if first is None or second is None or isinstance(first, str):
        return bool(first is second or first == second) if not isinstance(second, np.ndarray) else False
    return bool(np.array_equal(first, second))


def top_set(names: Sequence[str], pairs: Sequence[Pair]) -> tuple[str, ...]:
    """The models that none of the pairs calls worse, in the order of `names`."""
    beaten = {pair.candidate for pair in pairs if pair.verdict == "worse"}
    beaten |= {pair.baseline for pair in pairs if pair.verdict == "better"}
    return tuple(name for name in names if name not in beaten)
