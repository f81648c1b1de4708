"""Slope, intercept and debiased L2 error of probabilities, for the rows themselves and for resamples of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from modellab_core.data.task import Task
from modellab_core.harness.cells import EPSILON, confidence, ece_bin, ratio
from modellab_core.harness.predictions import Counts, Floats, Ints, Predictions

CALIBRATION_NUMBERS = {
    "calibration_slope": "Slope of the truth on the log odds of the probabilities (several classes: the factor of the "
    "log probabilities that fits best); 1 is calibrated, below 1 the probabilities are too extreme. Cox 1958.",
    "calibration_intercept": "Shift in log odds, at slope 1, that makes the mean probability right; 0 is calibrated, "
    "above 0 the probabilities are too low.",
    "calibration_l2": "Root mean squared gap between observed and predicted share over 15 equal-width bins, less what "
    "chance alone gives, at least 0. Kumar, Liang & Ma, NeurIPS 2019.",
}
FEW_ROWS = 20_000  # up to here a resample takes a Newton step of its own; above, the shared one errs by < 1 % of an sd
FAR = 50.0  # a slope or shift beyond this is a separation of the classes, not an estimate


@dataclass(frozen=True, eq=False)
class CalibrationRows:
    """Rows with what the three numbers need.

    `logs` (n, j) are the log odds of P(positive) when binary (j = 1), else the log probabilities (j = k); `truth` (n,)
    is 0 or 1 when binary, else the class code; `order`, `starts` sort the rows into ECE bins; `hit` and `said` (n,) are
    what came true and the probability given to it.
    """

    binary: bool
    logs: Floats
    truth: Ints
    hit: Floats
    said: Floats
    weight: Floats
    order: Ints
    starts: Ints

    @classmethod
    def of(cls, predictions: Predictions, hit: Floats) -> CalibrationRows:
        """From predictions with probabilities and `came_true` of them."""
        assert predictions.proba is not None
        binary = predictions.task is Task.BINARY
        logs = np.log(np.clip(predictions.proba, EPSILON, 1.0))
        said = confidence(predictions)
        if binary:
            code = predictions.positive_code
            logs = logs[:, [code]] - logs[:, [1 - code]]
        truth = hit.astype(np.int64) if binary else predictions.y_true.astype(np.int64)
        weight = np.ones(len(hit)) if predictions.weight is None else predictions.weight.astype(np.float64)
        bins = ece_bin(said)
        order = np.argsort(bins, kind="stable")
        starts = np.unique(bins[order], return_index=True)[1].astype(np.int64)
        return cls(binary, logs, truth, hit, said, weight, order, starts)

    def values(self) -> dict[str, float]:
        """The three numbers (the last one squared, it may be negative); NaN where undefined."""
        found = {"calibration_slope": float(self.slope[-1])}
        if self.binary:
            found["calibration_intercept"] = float(self.shift[0])
        return found | {"calibration_l2": float(self.l2_squared(self.weight[None, :], 1)[0])}

    def draws(self, counts: Counts, names: set[str]) -> dict[str, Floats]:
        """Those of `names` for each of the resamples `counts` (b, n), (b,) each."""
        weights = counts * self.weight
        makers: dict[str, Callable[[], Floats]] = {
            "calibration_slope": lambda: self._from(self.slope, weights)[:, -1],
            "calibration_intercept": lambda: self._from(self.shift, weights)[:, 0],
            "calibration_l2": lambda: self.l2_squared(weights, 2),
        }
        return {name: make() for name, make in makers.items() if name in names}

    @cached_property
    def slope(self) -> Floats:
        """(intercept, slope) when binary, (slope,) else; NaN without a maximum."""
        start = np.array([[0.0, 1.0]]) if self.binary else np.array([[1.0]])
        return self._settled(start)

    @cached_property
    def shift(self) -> Floats:
        """(intercept,) at slope 1."""
        return self._settled(np.array([[0.0]]))

    def _settled(self, start: Floats) -> Floats:
        if self._hopeless():
            return np.full(start.shape[1], np.nan)
        found = self._newton(start, self.weight[None, :], 50)
        again = self._newton(found, self.weight[None, :], 1)
        steady = np.abs(again - found).max() < 1e-8
        return again[0] if steady and np.abs(again).max() < FAR else np.full(start.shape[1], np.nan)

    def _hopeless(self) -> bool:
        """Whether the scores are constant or there is one class only: no maximum exists."""
        spread = np.ptp(self.logs, axis=0).max() if self.binary else np.ptp(self.logs, axis=1).max()
        return bool(spread == 0 or len(np.unique(self.truth)) < 2)

    def _from(self, settled: Floats, weights: Floats) -> Floats:
        """Newton steps from the fit of all rows for each set of weights, (b, parameters)."""
        own = 1 if len(self.truth) <= FEW_ROWS else 0
        found = self._newton(np.repeat(settled[None, :], len(weights), axis=0), weights, own, shared=True)
        return np.where(np.abs(found) < FAR, found, np.nan)

    def _newton(self, at: Floats, weights: Floats, steps: int, shared: bool = False) -> Floats:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            if shared:  # all start at the same place, so one pass over the rows serves every resample
                slopes, curves = self._derivatives(at[:1])
                at = at + _step(_mix(weights, slopes), _mix(weights, curves), at.shape[1])
            for _ in range(steps):
                slopes, curves = self._derivatives(at)
                at = at + np.clip(_step(_mix(weights, slopes), _mix(weights, curves), at.shape[1]), -2.0, 2.0)
        return at

    def _derivatives(self, at: Floats) -> tuple[list[Floats], list[Floats]]:
        """Slope and curvature of each row's log likelihood at each of `at` (b, parameters), lists of (b, n)."""
        if not self.binary:
            return self._derivatives_of_factor(at[:, 0])
        x = self.logs[:, 0]
        line = at[:, :1] + (x if at.shape[1] == 1 else at[:, 1:] * x)
        chance = 1 / (1 + np.exp(-line))
        left, spread = self.truth - chance, chance * (1 - chance)
        if at.shape[1] == 1:
            return [left], [spread]
        return [left, left * x], [spread, spread * x, spread * x**2]

    def _derivatives_of_factor(self, factors: Floats) -> tuple[list[Floats], list[Floats]]:
        own = self.logs[np.arange(len(self.truth)), self.truth]
        slope, curve = np.empty((len(factors), len(own))), np.empty((len(factors), len(own)))
        for line, factor in enumerate(factors):
            scaled = factor * self.logs
            chance = np.exp(scaled - scaled.max(axis=1, keepdims=True))
            chance /= chance.sum(axis=1, keepdims=True)
            mean = (chance * self.logs).sum(axis=1)
            slope[line], curve[line] = own - mean, (chance * self.logs**2).sum(axis=1) - mean**2
        return [slope], [curve]

    def l2_squared(self, weights: Floats, times: int) -> Floats:
        """Σ share·(gap² − `times`·variance of the gap) over the bins of at least two rows, (b,).

        Resampling adds the variance once more, so resamples take it off twice and then spread about the value.
        """
        sorted_weights = weights[:, self.order]

        def by_bin(values: Floats) -> Floats:
            return np.add.reduceat(sorted_weights * values[self.order], self.starts, axis=1)

        total, hits, said = by_bin(np.ones_like(self.hit)), by_bin(self.hit), by_bin(self.said)
        rows = ratio(total**2, by_bin(self.weight))
        share = ratio(hits, total)
        with np.errstate(invalid="ignore", divide="ignore"):
            chance = np.where(rows > 1.5, share * (1 - share) / (rows - 1), np.inf)
            gaps = np.where(rows > 1.5, ratio(hits - said, total) ** 2 - times * chance, 0.0)
        return ratio((total * gaps).sum(axis=1), total.sum(axis=1))


def _mix(weights: Floats, parts: list[Floats]) -> list[Floats]:
    """Weighted sums over the rows, (b,) each, where a part is the same for all sets of weights or has its own."""
    return [weights @ part[0] if len(part) == 1 else np.einsum("bn,bn->b", weights, part) for part in parts]


def _step(slopes: list[Floats], curves: list[Floats], parameters: int) -> Floats:
    if parameters == 1:
        return np.asarray((slopes[0] / curves[0])[:, None])
    determinant = curves[0] * curves[2] - curves[1] ** 2
    first = (curves[2] * slopes[0] - curves[1] * slopes[1]) / determinant
    second = (curves[0] * slopes[1] - curves[1] * slopes[0]) / determinant
    return np.column_stack([first, second])
