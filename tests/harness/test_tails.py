"""Intervals of losses whose tails are long: lengthened by what the sample shows, withheld only when one row is most."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from naive import made_up
from scipy.stats import skew

from modellab_core.harness.engine.resampling import Resampling, resampling_for
from modellab_core.harness.intervals.formulas import normal_quantile, tango
from modellab_core.harness.intervals.resampled import discordant_interval, paired_accuracy_interval
from modellab_core.harness.intervals.tails import (
    outer,
    reaches,
    relative_influence,
    skewness_ends,
    stretched,
    tail_factor,
)
from modellab_core.harness.metrics import METRICS, metrics_for
from modellab_core.harness.metrics.calibration import calibration_scores
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan, Score
from modellab_core.harness.scoring import paired, scores

SQUARES = ("mse", "rmse", "r2", "explained_variance")


def found(predictions: Predictions, resampling: Resampling) -> dict[str, Score]:
    return {score.metric: score for score in scores(predictions, metrics_for(predictions.task), resampling)}


def with_errors(error: np.ndarray, seed: int = 1, **more: object) -> Predictions:
    some = made_up("regression", len(error), seed)
    return replace(some, y_pred=some.y_true + error, **more)  # type: ignore[arg-type]


def test_the_factor_grows_with_spread() -> None:
    """No lengthening at the spread of normal errors, twice at that of t3, and never more or less."""
    assert tail_factor(math.sqrt(2), 200) == pytest.approx(1, abs=0.005)
    assert tail_factor(1.86, 200) == 2
    assert tail_factor(50.0, 200) == 2
    assert tail_factor(0.5, 30) == 1
    steps = [tail_factor(spread, 500) for spread in np.linspace(0.5, 4, 30)]
    assert steps == sorted(steps)
    assert tail_factor(2.2, 200) > tail_factor(2.2, 20_000) == 1


def test_the_bounds_are_those_of_the_populations() -> None:
    """Of samples of squared normal errors hardly any is lengthened twice, of those of t3 hardly any is not."""
    rng = np.random.default_rng(0)
    for n in (200, 1000):
        for draw, share in ((rng.standard_normal, 0.05), (lambda size: rng.standard_t(3, size), 0.9)):
            square = draw((400, n)) ** 2  # type: ignore[operator]
            factors = [tail_factor(line.std() / line.mean(), n) for line in square]
            reached = np.mean(np.array(factors) >= 2)
            assert reached <= share if share < 0.5 else reached >= share, n


def test_reach_of_a_mean() -> None:
    """Above a mean it is z standard errors, corrected for skewness to the second order; nothing is asked below."""
    losses = np.random.default_rng(3).gamma(4, size=400)
    influence = relative_influence(losses, np.ones(400))
    assert influence.mean() == pytest.approx(0, abs=1e-12)
    error = losses.std() / losses.mean() / 20
    z, skewness = normal_quantile(0.95), skew(losses)
    below, above = reaches(influence)
    assert below == 0
    assert above == pytest.approx(error * (z + skewness / 20 * (2 * z**2 + 1) / 6 - error * z**2 / 2))
    twice = reaches(influence, copies=np.full(400, 2.0))
    assert twice == pytest.approx(reaches(np.repeat(influence, 2)))
    assert reaches(influence, effect=4.0)[1] > 1.9 * above
    assert reaches(np.zeros(10)) == (0.0, 0.0)
    assert stretched((2.0, 3.0), 2.5, 0.0, 1.0) == (2.0, 2.5 * math.e)


def test_skewed_resamples_move_one_end() -> None:
    """A mean's corrected ends are Hall's; only the end on the longer side is moved, and only outwards."""
    draws = np.random.default_rng(8).gamma(3, size=4000)
    z, sd, g = normal_quantile(0.95), draws.std(), skew(draws)
    low, high = skewness_ends(3.0, draws)
    assert (low, high) == pytest.approx((3 - sd * (z - g * (2 * z**2 + 1) / 6), 3 + sd * (z + g * (2 * z**2 + 1) / 6)))
    assert outer((1.0, 4.0), (low, high), 3.0) == (1.0, high)
    assert outer((1.0, 99.0), (low, high), 3.0) == (1.0, 99.0)
    assert outer((-4.0, -1.0), (-high, -low), -3.0) == (-high, -1.0)
    assert all(map(math.isnan, skewness_ends(1.0, np.full(3, np.nan))))
    assert skewness_ends(1.0, np.ones(5)) == (1.0, 1.0)


def test_ends_stay_where_values_can_be() -> None:
    """In the smallest samples too every interval holds its value and stays in the range of its metric."""
    for task in ("binary", "multiclass", "regression"):
        for seed in range(12):
            some = made_up(task, 14, seed, prevalence=0.3)
            for name, score in found(some, Resampling(14, 60, seed)).items():
                if score.low is not None:
                    least, most = METRICS[name].span
                    assert least <= score.low <= score.value <= score.high <= most, (name, seed)
    assert METRICS["mean_error"].span == (-math.inf, math.inf)


def test_sure_probabilities_have_no_interval_of_l2() -> None:
    """Where fewer than ten rows are expected to turn out against their probability, the L2 error has no interval."""
    some = made_up("binary", 200, 1)
    assert some.proba is not None
    shown = {score.metric: score for score in calibration_scores(some, Resampling(200, 60))}
    assert shown["calibration_l2"].low is not None
    sure = replace(some, proba=np.where(some.y_pred[:, None] == np.arange(2), 0.97, 0.03))
    found = {score.metric: score for score in calibration_scores(sure, Resampling(200, 60))}
    assert "Fewer than 10 rows are expected" in found["calibration_l2"].note
    assert found["calibration_l2"].low is None


def test_bounded_losses_have_no_tail() -> None:
    """Losses that cannot be large follow their skewness alone, so they reach less far than unbounded ones as varied."""
    losses = np.append(np.full(190, 0.01), np.ones(10))
    influence = relative_influence(losses)
    assert reaches(influence, bounded=True)[1] < reaches(influence)[1]
    assert METRICS["log_loss"].interval == METRICS["brier"].interval == "bounded"


def test_heavy_tails_keep_their_intervals() -> None:
    """With errors of Student's t3 an interval is still shown, and reaches at least e^(2·1.96·error) times the value."""
    error = np.random.default_rng(5).standard_t(3, 200)
    shown = found(with_errors(error), Resampling(200, 200))
    for name in SQUARES:
        assert shown[name].low is not None, name
    square = error**2
    reach = math.exp(2 * normal_quantile(0.95) * square.std() / square.mean() / math.sqrt(200))
    assert shown["mse"].high >= shown["mse"].value * reach * (1 - 1e-12)
    assert shown["rmse"].high == pytest.approx(math.sqrt(shown["mse"].high))


def test_a_large_row_is_told_and_more_than_half_leaves_none() -> None:
    """Above 4·ln(n)/n of the sum the note tells the row's share; above one half there is no interval."""
    error = np.random.default_rng(1).normal(size=200)
    rest = float((error[1:] ** 2).sum())
    for share, given in ((0.2, True), (0.45, True), (0.6, False)):
        error[0] = math.sqrt(rest * share / (1 - share))
        for name, score in found(with_errors(error), Resampling(200, 100)).items():
            if name in ("mse", "rmse", "r2"):
                assert (score.low is not None) == given, (name, share)
                assert f"One row carries {100 * share:.0f} % of the loss" in score.note
    groups = np.arange(200) // 5
    shown = found(with_errors(error, groups=groups), resampling_for(with_errors(error, groups=groups), Plan()))
    assert "One group carries" in shown["mse"].note


def test_r2_forgives_losses_that_grow_with_the_target() -> None:
    """Where the large errors are those of the far targets, R² is not lengthened as its parts are."""
    rng = np.random.default_rng(2)
    some = made_up("regression", 300, 2)
    truth = 30 + rng.standard_t(5, 300)
    some = replace(some, y_true=truth, y_pred=30 + 0.5 * (truth - 30) + 0.3 * rng.normal(size=300))
    shown = found(some, Resampling(300, 300))
    r2, mse = shown["r2"], shown["mse"]
    assert (r2.high - r2.low) / (1 - r2.value) < 0.7 * (mse.high - mse.low) / mse.value
    assert r2.high < 1


@pytest.mark.parametrize("scale", [1e-12, 1e-6, 1e9])
def test_no_unit_is_too_small(scale: float) -> None:
    """A target a trillionth as large has intervals a trillionth as wide; R² and shares stay as they are."""
    some, other = made_up("regression", 120, 4), made_up("regression", 120, 5)
    other = replace(other, y_true=some.y_true)
    small = [replace(one, y_true=scale * one.y_true, y_pred=scale * one.y_pred) for one in (some, other)]
    plain, shrunk = found(some, Resampling(120, 100)), found(small[0], Resampling(120, 100))
    for name, score in plain.items():
        power = {"mse": 2, "r2": 0, "explained_variance": 0, "mape": 0, "smape": 0}.get(name, 1)
        assert shrunk[name].value == pytest.approx(score.value * scale**power, rel=1e-6)
        if score.low is not None:
            assert shrunk[name].low == pytest.approx(score.low * scale**power, rel=1e-6, abs=1e-9 * scale**power), name
    apart = paired(*small, [METRICS["mae"]], Resampling(120, 100))["mae"]
    assert apart.low is not None


def test_no_spread_is_still_seen() -> None:
    """Errors that are all alike leave no interval, whatever their size."""
    for size in (1e-12, 0.1, 1e9):
        some = made_up("regression", 50, 1)
        shown = found(replace(some, y_true=np.zeros(50), y_pred=np.full(50, size)), Resampling(50, 60))
        for name in ("mae", "mse", "median_absolute_error", "mean_error"):
            assert shown[name].low is None, (name, size)
            assert "no spread" in shown[name].note


def test_tango_is_as_published() -> None:
    """Fagerland, Lydersen & Laake (2014), 1 and 7 of 21 pairs: −.517 to −.026; the sides may be exchanged."""
    assert tango(1, 7, 21) == pytest.approx((-0.517, -0.026), abs=5e-4)
    assert tango(7, 1, 21) == pytest.approx((0.026, 0.517), abs=5e-4)
    z2 = normal_quantile(0.95) ** 2
    assert tango(0, 0, 36) == pytest.approx((-z2 / (36 + z2), z2 / (36 + z2)))
    assert tango(9, 0, 9)[1] == 1
    assert all(map(math.isnan, tango(0, 0, 0)))


def test_few_discordant_rows() -> None:
    """The mid-p interval decides about zero, the ends hold it and the difference, and one more row never narrows."""
    for n, level in ((36, 0.95), (200, 0.9), (1000, 1 - 0.05 / 45)):
        for b in range(20):
            for c in range(20 - b):
                low, high = paired_accuracy_interval(b, c, n, level)
                decided = discordant_interval(b, c, n, level)
                assert (low > 0, high < 0) == (decided[0] > 0, decided[1] < 0)
                assert low <= decided[0] <= decided[1] <= high
                assert low - 1e-12 <= (b - c) / n <= high + 1e-12
    assert paired_accuracy_interval(0, 0, 36) == discordant_interval(0, 0, 36)
    widths = [np.diff(paired_accuracy_interval(b, 0, 36))[0] for b in range(6)]
    assert widths == sorted(widths)


def test_coverage_of_few_discordant_rows() -> None:
    """Of samples of 200 rows in which 3 % favour one model and 1 % the other, at least 92 % of intervals hold .02."""
    drawn = np.random.default_rng(1).multinomial(200, [0.03, 0.01, 0.96], 1500)
    ends = [paired_accuracy_interval(int(b), int(c), 200) for b, c, _ in drawn]
    law = [discordant_interval(int(b), int(c), 200) for b, c, _ in drawn]
    assert 0.92 <= np.mean([low <= 0.02 <= high for low, high in ends]) <= 0.985
    assert np.mean([low <= 0.02 <= high for low, high in law]) < 0.9


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "t3", "lognormal"])
def test_coverage_of_squared_errors(kind: str) -> None:
    """In 400 samples of 200 rows the intervals shown hold the truth in 91 to 98.5 %, and nearly all are shown."""
    truth = {"normal": 1.0, "t3": 3.0, "lognormal": (math.e - 1) * math.e}[kind]
    hits = shown = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        error = {
            "normal": lambda rng=rng: rng.normal(size=200),
            "t3": lambda rng=rng: rng.standard_t(3, 200),
            "lognormal": lambda rng=rng: rng.lognormal(size=200) - math.exp(0.5),
        }[kind]()
        score = scores(with_errors(error, seed), [METRICS["mse"]], Resampling(200, 300, seed))[0]
        shown += score.low is not None
        hits += score.low is not None and score.low <= truth <= score.high
    assert shown >= 0.88 * 400
    assert 0.91 <= hits / shown <= 0.985
