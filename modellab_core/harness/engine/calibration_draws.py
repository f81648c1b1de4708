"""Slope, intercept and debiased L2 error of probabilities, for the rows themselves and for resamples of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from modellab_core.data.task import Task
from modellab_core.harness.engine.cells import confidence, ece_bin, ratio
from modellab_core.harness.engine.row_columns import EPSILON
from modellab_core.harness.predictions import Counts, Floats, Ints, Predictions

CALIBRATION_NUMBERS = {
    "calibration_slope": "Slope of the truth on the log odds of the probabilities (several classes: the factor of the "
    "log probabilities that fits best); 1 is calibrated, below 1 the probabilities are too extreme. Cox 1958.",
    "calibration_intercept": "Shift in log odds, at slope 1, that makes the mean probability right; 0 is calibrated, "
    "above 0 the probabilities are too low.",
    "calibration_l2": "Root mean squared gap between observed and predicted share over 15 equal-width bins, less what "
    "chance alone gives, at least 0. Kumar, Liang & Ma, NeurIPS 2019.",
}
FEW_ROWS = 5_000  # up to here a resample takes a Newton step of its own; above, the shared one errs by < 2 % of an sd
MOST_STEPS = 100
FAR = 50.0  # a slope or shift beyond this is a separation of the classes, not an estimate

Derivatives = tuple[list[Floats], list[Floats]]
BinSums = tuple[Floats, Floats, Floats, Floats]


@dataclass(frozen=True, eq=False)
class CalibrationRows:
    """Rows with what the three numbers need.

    `logs` (j, n) are the log odds of P(positive) when binary (j = 1), else the log probabilities (j = k); `truth` (n,)
    is 0 or 1 when binary, else the class code; `order`, `starts` sort the rows into ECE bins; `hit` and `said` (n,) are
    what came true and the probability given to it. `frequency` says that a weight is a number of rows.
    """

    binary: bool
    logs: Floats
    truth: Ints
    hit: Floats
    said: Floats
    weight: Floats
    order: Ints
    starts: Ints
    frequency: bool = False

    @classmethod
    def of(cls, predictions: Predictions, hit: Floats, frequency: bool = False) -> CalibrationRows:
        """From predictions with probabilities and `came_true` of them."""
        assert predictions.proba is not None
        binary = predictions.task is Task.BINARY
        logs = np.log(np.clip(predictions.proba.T, EPSILON, 1.0))
        said = confidence(predictions)
        if binary:
            code = predictions.positive_code
            logs = logs[[code]] - logs[[1 - code]]
        truth = hit.astype(np.int64) if binary else predictions.y_true.astype(np.int64)
        weight = np.ones(len(hit)) if predictions.weight is None else predictions.weight.astype(np.float64)
        bins = ece_bin(said)
        order = np.argsort(bins, kind="stable")
        starts = np.unique(bins[order], return_index=True)[1].astype(np.int64)
        return cls(binary, logs, truth, hit, said, weight, order, starts, frequency)

    def values(self) -> dict[str, float]:
        """The three numbers (the last one squared, it may be negative); NaN where undefined."""
        found = {"calibration_slope": float(self.slope[-1])}
        if self.binary:
            found["calibration_intercept"] = float(self.shift[0])
        return found | {"calibration_l2": self.l2_value}

    def draws(self, counts: Counts, names: set[str]) -> dict[str, Floats]:
        """Those of `names` for each of the resamples `counts` (b, n), (b,) each."""
        weights = counts * self.weight
        makers: dict[str, Callable[[], Floats]] = {
            "calibration_slope": lambda: self._from(self.slope, self.at_slope, weights)[:, -1],
            "calibration_intercept": lambda: self._from(self.shift, self.at_shift, weights)[:, 0],
            "calibration_l2": lambda: self.l2_draws(self._sums(weights)),
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

    @cached_property
    def at_slope(self) -> Derivatives:
        """Slope and curvature of each row's log likelihood at `slope`."""
        return self._derivatives(self.slope[None, :])

    @cached_property
    def at_shift(self) -> Derivatives:
        """The same at `shift`."""
        return self._derivatives(self.shift[None, :])

    def _settled(self, at: Floats) -> Floats:
        """Where Newton's method comes to rest, (parameters,); NaN where it does not."""
        nowhere = np.full(at.shape[1], np.nan)
        if self._hopeless():
            return nowhere
        for _ in range(MOST_STEPS):
            before, at = at, self._stepped(at, self.weight[None, :])
            if not np.abs(at).max() < FAR:
                return nowhere
            if np.abs(at - before).max() < 1e-10:
                return np.asarray(at[0])
        return nowhere

    def _hopeless(self) -> bool:
        """Whether the scores are constant or there is one class only: no maximum exists."""
        spread = np.ptp(self.logs) if self.binary else np.ptp(self.logs, axis=0).max()
        return bool(spread == 0 or len(np.unique(self.truth)) < 2)

    def _from(self, settled: Floats, shared: Derivatives, weights: Floats) -> Floats:
        """The fit of each set of weights, (b, parameters), by Newton steps from that of all rows.

        The first step starts at the same place for all, so one pass over the rows serves every resample.
        """
        at = first_step(settled, _mix(weights, shared[0]), _mix(weights, shared[1]))
        if len(self.truth) <= FEW_ROWS:
            at = self._stepped(at, weights)
        return np.where(np.abs(at) < FAR, at, np.nan)

    def _stepped(self, at: Floats, weights: Floats) -> Floats:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            slopes, curves = self._derivatives(at)
            return at + np.clip(_step(_mix(weights, slopes), _mix(weights, curves), at.shape[1]), -2.0, 2.0)

    def _derivatives(self, at: Floats) -> Derivatives:
        """Slope and curvature of each row's log likelihood at each of `at` (b, parameters), lists of (b, n)."""
        if not self.binary:
            return self._derivatives_of_factor(at[:, 0])
        x = self.logs[0]
        line = at[:, :1] + (x if at.shape[1] == 1 else at[:, 1:] * x)
        chance = 1 / (1 + np.exp(-line))
        left, spread = self.truth - chance, chance * (1 - chance)
        if at.shape[1] == 1:
            return [left], [spread]
        return [left, left * x], [spread, spread * x, spread * x**2]

    def _derivatives_of_factor(self, factors: Floats) -> Derivatives:
        own = self.logs[self.truth, np.arange(len(self.truth))]
        slope, curve = np.empty((len(factors), len(own))), np.empty((len(factors), len(own)))
        for line, factor in enumerate(factors):
            scaled = factor * self.logs
            chance = np.exp(scaled - scaled.max(axis=0))
            chance /= chance.sum(axis=0)
            weighted = chance * self.logs
            mean = weighted.sum(axis=0)
            slope[line], curve[line] = own - mean, (weighted * self.logs).sum(axis=0) - mean**2
        return [slope], [curve]

    @cached_property
    def l2_value(self) -> float:
        """Σ share·(gap² − variance of the gap) over the bins."""
        share, square, chance = _gaps(*self._sums(self.weight[None, :]))
        return float((share * (square - chance)).sum())

    @cached_property
    def _narrowing(self) -> float:
        """By how much resampled squares spread too far: their gaps hold the chance part of the gaps they start from."""
        share, square, chance = _gaps(*self._sums(self.weight[None, :]))
        noise = float((share**2 * 2 * chance**2).sum())
        drawn = noise + float((share**2 * 4 * square * chance).sum())
        true = noise + max(0.0, float((share**2 * 4 * (square - chance) * chance).sum()))
        return (true / drawn) ** 0.5 if drawn > 0 else 1.0

    def l2_draws(self, sums: BinSums) -> Floats:
        """The debiased square in each resample, (b,), from its `in_bins` columns summed.

        Resampling adds chance once more, so it is taken off twice.
        """
        share, square, chance = _gaps(*sums)
        found = (share * (square - 2 * chance)).sum(axis=1)
        return np.asarray(self.l2_value + self._narrowing * (found - self.l2_value))

    @property
    def in_bins(self) -> tuple[Floats, Floats, Floats, Floats]:
        """What is summed in each bin, times the weight of the row: one, what came true, what was said, the weight."""
        ones = np.ones_like(self.hit)
        return ones, self.hit, self.said, ones if self.frequency else self.weight

    def _sums(self, weights: Floats) -> BinSums:
        """The `in_bins` columns summed in each bin, (b, bins) each."""
        sorted_weights = weights[:, self.order]
        one, hit, said, heavy = (
            np.add.reduceat(sorted_weights * values[self.order], self.starts, axis=1) for values in self.in_bins
        )
        return one, hit, said, heavy


def first_step(settled: Floats, slopes: list[Floats], curves: list[Floats]) -> Floats:
    """One Newton step from `settled`, (b, parameters), by the summed derivatives of each set of weights, (b,) each."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return settled + _step(slopes, curves, len(settled))


def _gaps(total: Floats, hits: Floats, said: Floats, heavy: Floats) -> tuple[Floats, Floats, Floats]:
    """Share of the weight, squared gap and its variance by chance in each bin of at least two rows, (b, bins)."""
    rows, share = ratio(total**2, heavy), ratio(hits, total)
    enough = rows > 1.5
    with np.errstate(invalid="ignore", divide="ignore"):
        chance = np.where(enough, share * (1 - share) / (rows - 1), 0.0)
        square = np.where(enough, ratio(hits - said, total) ** 2, 0.0)
    return ratio(total, total.sum(axis=1, keepdims=True)), square, chance


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
