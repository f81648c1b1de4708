"""Recipes compared over folds: a variance that knows that the folds share their training rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from modellab_core.errors import BadInput
from modellab_core.harness.comparing.looks import pairs_of, shared_level
from modellab_core.harness.comparing.verdict import Verdict
from modellab_core.harness.comparing.verdict_words import display_name
from modellab_core.harness.figures.wording import interval, number, with_interval
from modellab_core.harness.metrics.metric import Metric
from modellab_core.harness.predictions import Floats

FEWEST_FOLDS = 2


@dataclass(frozen=True)
class CorrectedT:
    """A mean over J folds with an interval for the recipe.

    `sd` is the standard deviation of the J values, `error` the corrected standard error of their mean, `t` = mean/error
    with `df` = J − 1, `p_value` two-sided for a mean of zero. `t`, `low`, `high` and `p_value` are None where the
    values have no spread or there are fewer than two.
    """

    mean: float
    sd: float
    error: float
    df: int
    t: float | None
    p_value: float | None
    low: float | None
    high: float | None


def corrected_t(values: Any, n_train: Any, n_test: Any, level: float = 0.95) -> CorrectedT:
    """The corrected resampled t-test of J values, one a fold, such as paired differences of two models.

    The variance of the mean is (1/J + n_test/n_train)·s² with s² the sample variance, t has J − 1 degrees of freedom.
    `n_train` and `n_test` are rows of a fold, each a number or one per fold (then their means count). NaN values are
    left out. BadInput without any value or rows. Nadeau & Bengio, Machine Learning 52 (2003); for r × k folds Bouckaert
    & Frank (2004).
    """
    given = np.asarray(values, dtype=np.float64).ravel()
    known = given[np.isfinite(given)]
    train, test = float(np.mean(n_train)), float(np.mean(n_test))
    if not len(known) or not (train > 0 and test > 0):
        raise BadInput("The corrected test needs at least one value, and training and test rows in each fold.")
    folds, mean = len(known), float(known.mean())
    sd = float(known.std(ddof=1)) if folds > 1 else 0.0
    error = math.sqrt(1 / folds + test / train) * sd
    if folds < FEWEST_FOLDS or error <= 1e-12 * max(1.0, abs(mean)):
        return CorrectedT(mean, sd, error, folds - 1, None, None, None, None)
    reach = float(stdtrit(folds - 1, 0.5 + level / 2)) * error
    p_value = float(2 * stdtr(folds - 1, -abs(mean) / error))
    return CorrectedT(mean, sd, error, folds - 1, mean / error, p_value, mean - reach, mean + reach)


@dataclass(frozen=True)
class CrossPair:
    """`candidate` (the more complex) against `baseline`: the mean paired difference over the folds, positive where the
    candidate is better, with simultaneous corrected ends; `p_value` is times the number of pairs, at most 1."""

    candidate: str
    baseline: str
    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    verdict: Verdict
    note: str = ""


@dataclass(frozen=True)
class CrossComparison:
    """The verdict over recipes, from simple to complex, by repeated cross-validation.

    `values` are means of the metric over the folds in which it is defined for all, `lows` and `highs` their corrected
    ends, each by itself. `n` rows, `n_train` and `n_test` of them in a fold on average; `folds` of each of `repeats`.
    `top_set`, `best` and `recommended` as in Comparison. It speaks of recipes on data of this size, not of fitted
    models.
    """

    metric: str
    label: str
    n: int
    folds: int
    repeats: int
    n_train: float
    n_test: float
    names: tuple[str, ...]
    values: tuple[float | None, ...]
    lows: tuple[float | None, ...]
    highs: tuple[float | None, ...]
    top_set: tuple[str, ...]
    best: str | None
    recommended: str | None
    pairs: tuple[CrossPair, ...]
    level: float
    sentence: str
    notes: tuple[str, ...] = ()

    def pair(self, first: str, second: str) -> CrossPair:
        """The pair of two recipes in whichever order. BadInput when one of them was not compared."""
        for pair in self.pairs:
            if {pair.candidate, pair.baseline} == {first, second}:
                return pair
        raise BadInput(f"{first} and {second} were not compared: choose two of {', '.join(self.names)}.")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values under the names of the fields."""
        return {key: list(item) if isinstance(item, tuple) else item for key, item in asdict(self).items()}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> CrossComparison:
        """The inverse of `to_json`."""
        given: dict[str, Any] = {key: tuple(item) if isinstance(item, list) else item for key, item in told.items()}
        return cls(**{**given, "pairs": tuple(CrossPair(**pair) for pair in told["pairs"])})

    def frame(self) -> pd.DataFrame:
        """A line per pair under the names of the fields of `CrossPair`."""
        return pd.DataFrame([asdict(pair) for pair in self.pairs], columns=list(CrossPair.__dataclass_fields__))


@dataclass(frozen=True)
class Folds:
    """How the rows were dealt out: `folds` of each of `repeats`, with the rows of each fold, (J,)."""

    n: int
    folds: int
    repeats: int
    n_train: tuple[int, ...]
    n_test: tuple[int, ...]


def cross_verdict(
    values: Mapping[str, Floats], metric: Metric, folds: Folds, level: float = 0.95, notes: tuple[str, ...] = ()
) -> CrossComparison:
    """The verdict over recipes from the metric in each fold, (J,) each, simple recipe first, paired by fold.

    All pairs hold together: each interval is at level 1 − (1 − level)/pairs. A fold in which the metric is undefined
    for one recipe counts for none.
    """
    names = tuple(values)
    table = np.array([np.asarray(values[name], dtype=np.float64) for name in names])
    defined = np.isfinite(table).all(axis=0)
    left = int((~defined).sum())
    if left:
        notes = (*notes, f"{metric.label} is undefined in {left} of {table.shape[1]} folds, which are left out.")
    better, each = metric.better(table[:, defined]), shared_level(pairs_of(len(names)), level)
    pairs = tuple(
        _pair(names[two], names[one], better[two] - better[one], folds, each, len(names))
        for one, two in combinations(range(len(names)), 2)
    )
    beaten = {one.baseline if one.verdict == "better" else one.candidate for one in pairs if one.verdict != "tied"}
    top = tuple(name for name in names if name not in beaten) if defined.any() else ()
    means = [_mean(line, metric, folds, level) for line in table[:, defined]]
    found = CrossComparison(
        metric.name,
        metric.label,
        folds.n,
        folds.folds,
        folds.repeats,
        float(np.mean(folds.n_train)),
        float(np.mean(folds.n_test)),
        names,
        tuple(None if one is None else one.mean for one in means),
        tuple(None if one is None else one.low for one in means),
        tuple(None if one is None else one.high for one in means),
        top,
        names[int(better.mean(axis=1).argmax())] if top else None,
        top[0] if top else None,
        pairs,
        level,
        "",
        notes,
    )
    return replace(found, sentence=cross_sentence(found))


def _mean(values: Floats, metric: Metric, folds: Folds, level: float) -> CorrectedT | None:
    """The mean with its ends, which do not leave what the metric can be."""
    if not len(values):
        return None
    found = corrected_t(values, folds.n_train, folds.n_test, level)
    low, high = (None if end is None else float(np.clip(end, *metric.span)) for end in (found.low, found.high))
    return replace(found, low=low, high=high)


def _pair(candidate: str, baseline: str, apart: Floats, folds: Folds, level: float, models: int) -> CrossPair:
    if not len(apart):
        return CrossPair(candidate, baseline, None, None, None, None, "tied", "Undefined in every fold.")
    found = corrected_t(apart, folds.n_train, folds.n_test, level)
    if found.low is None or found.high is None or found.p_value is None:
        few = "Fewer than two folds." if len(apart) < FEWEST_FOLDS else "The difference is the same in every fold."
        return CrossPair(candidate, baseline, found.mean, None, None, None, "tied", few)
    verdict: Verdict = "better" if found.low > 0 else "worse" if found.high < 0 else "tied"
    p_value = min(1.0, found.p_value * pairs_of(models))
    return CrossPair(candidate, baseline, found.mean, found.low, found.high, p_value, verdict)


def cross_sentence(found: CrossComparison) -> str:
    """What can be said of these recipes, with the numbers of the nearest pair."""
    times = f"{found.repeats} × {found.folds}" if found.repeats > 1 else f"{found.folds}"
    over = f"over {times} folds of {found.n:,} rows"
    if found.recommended is None:
        return f"No recipe can be recommended {over}: {found.label} is undefined."
    if len(found.names) == 1:
        value = with_interval(found.values[0], found.lows[0], found.highs[0])
        return f"{found.label} {value} for the recipe, {over}."
    chosen, tied = found.recommended, len(found.top_set) > 1
    near = _nearest(found, [name for name in (found.top_set if tied else found.names) if name != chosen])
    low, high, difference = _seen_from(found.pair(chosen, near), near if tied else chosen)
    how = "cannot be told apart from it" if tied else "is beaten by it"
    numbers = f"{found.label}, difference {number(difference, low, high)}, {interval(low, high) or 'no interval'}"
    return f"As a recipe, use {display_name(chosen)}: {display_name(near)} {how} {over} ({numbers})."


def _nearest(found: CrossComparison, names: list[str]) -> str:
    """The one of `names` that is the hardest to beat."""
    return min(names, key=lambda name: abs(found.pair(found.recommended or "", name).difference or 0.0))


def _seen_from(pair: CrossPair, name: str) -> tuple[float | None, float | None, float | None]:
    """(low, high, difference) of `name` less the other one."""
    if pair.candidate == name or pair.difference is None:
        return pair.low, pair.high, pair.difference
    return (
        None if pair.high is None else -pair.high,
        None if pair.low is None else -pair.low,
        -pair.difference,
    )
