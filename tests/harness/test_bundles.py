"""Bundles of rows: a resample of them says of every metric what the rows drawn say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from naive import by_sklearn, made_up

from modellab_core.harness.engine.bundle_cells import BundleCells
from modellab_core.harness.engine.bundles import BUNDLES, EXACT_ROWS, Bundles, random_bundles
from modellab_core.harness.engine.calibration_bundles import CalibrationBundles
from modellab_core.harness.engine.calibration_draws import CalibrationRows
from modellab_core.harness.engine.drawing import Draws, draw, part_of, resampled_together, value_of
from modellab_core.harness.engine.resampling import Resampling, resampling_for
from modellab_core.harness.engine.tally import Tally
from modellab_core.harness.intervals.formulas import delong_paired
from modellab_core.harness.metrics import metrics_for
from modellab_core.harness.metrics.metric import METRICS, Metric, by_rows
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.scoring import paired, scores

ROWS = EXACT_ROWS + 1_000
RANKED = ("roc_auc", "average_precision", "median")  # to first order, or between two cuts
KINDS = {
    "binary": made_up("binary", ROWS, 1),
    "rare": made_up("binary", ROWS, 1, prevalence=0.002),
    "tied and weighted": made_up("binary", ROWS, 1, decimals=1, weighted=True),
    "multiclass": made_up("multiclass", ROWS, 1),
    "regression": made_up("regression", ROWS, 1),
    "weighted numbers": made_up("regression", ROWS, 1, weighted=True),
    "groups": made_up("regression", ROWS, 1, groups=2_000),
    "groups of classes": made_up("binary", ROWS, 1, groups=2_000),
}


def rows_of(draws: Draws, name: str, kept: int) -> np.ndarray:
    return draws.values["some", name][:kept]


@pytest.mark.parametrize("kind", KINDS)
def test_bundles_say_what_their_rows_say(kind: str) -> None:
    """For the same draws each metric of a slice is that of the rows drawn: sums to the last digits, ranks nearly."""
    some = KINDS[kind]
    resampling = resampling_for(some, Plan(resamples=12))
    part = part_of(some, resampling, "some", some.row % 3 > 0)
    metrics = [metric for metric in metrics_for(some.task) if metric.name != "max_error"]
    found = draw([part], {"some": metrics}, resampling)
    assert not found.by_rows
    tally = Tally(part.cells, resampling.counts(0, 12), part.source)
    for metric in metrics:
        by_bundle, by_row = found.values["some", metric.name], metric.kernel(tally)
        near = 0.12 * by_row.std() if metric.name.startswith(RANKED) else 0.0
        np.testing.assert_allclose(by_bundle, by_row, rtol=1e-9, atol=near, err_msg=metric.name)
        if metric.error:
            np.testing.assert_allclose(found.errors["some", metric.name], metric.error(tally), rtol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_point_values_and_counts_are_exact(kind: str) -> None:
    """Values of many rows are scikit-learn's, whatever the order of the rows, and every row counts."""
    some = KINDS[kind]
    turned = some.take(np.random.default_rng(0).permutation(ROWS))
    for metric in metrics_for(some.task):
        value = value_of(metric, some)
        assert value == pytest.approx(value_of(metric, turned), rel=1e-11, abs=1e-13), metric.name
        assert value == pytest.approx(by_sklearn(metric.name, some), rel=1e-9, abs=1e-11), metric.name


def test_bundles_spread_as_rows_do() -> None:
    """The standard deviation of a resampled mean is within .96 to 1.02 of that of independent rows, for any rows."""
    rng = np.random.default_rng(3)
    for values in (rng.normal(size=ROWS), rng.lognormal(0, 2, ROWS), (rng.random(ROWS) < 0.01).astype(float)):
        sums = Bundles(BUNDLES, random_bundles(ROWS, BUNDLES, rng)).sums(values - values.mean())
        assert 0.96 < np.sqrt((sums**2).sum() / (ROWS * values.var())) < 1.02


def test_each_bundle_holds_as_many_rows() -> None:
    """Bundles differ by at most one row, whole groups stay together, and time is cut into runs of equal length."""
    plain = Resampling(100_000).bundles
    assert np.ptp(np.bincount(plain.code, minlength=BUNDLES)) == 1
    groups = np.random.default_rng(1).integers(0, 40_000, 100_000)
    grouped = Resampling(100_000, groups=groups).bundles
    assert all(len(np.unique(grouped.code[groups == group])) <= 1 for group in range(50))
    in_time = Resampling(100_000, time_ordered=True, block=70)
    assert (np.diff(in_time.bundles.code.astype(int)) >= 0).all()
    assert in_time.unit_counts(0, 3).sum(axis=1).tolist() == [in_time.drawn] * 3


def test_draws_depend_on_seed_and_number_only() -> None:
    """A resample of bundles is the same however many are asked for, and another seed throws and draws anew."""
    few, many, other = Resampling(ROWS, 5), Resampling(ROWS, 90), Resampling(ROWS, 5, seed=1)
    assert (few.bundles.code == many.bundles.code).all()
    assert (few.unit_counts(0, 5) == many.unit_counts(0, 5)).all()
    blocks = np.vstack([counts for _, counts in many.bundle_blocks()])
    assert (blocks[:5] == few.unit_counts(0, 5)).all()
    assert (few.bundles.code != other.bundles.code).any()
    assert (few.unit_counts(0, 5) != other.unit_counts(0, 5)).any()


def test_paired_differences_stay_paired() -> None:
    """The difference of two models spreads as DeLong's test and the discordant rows say."""
    better = KINDS["binary"]
    assert better.proba is not None
    noise = np.random.default_rng(5).normal(0, 0.4, ROWS)
    score = 1 / (1 + np.exp(-np.log(better.proba[:, 1] / better.proba[:, 0]) - noise))
    worse = replace(better, proba=np.column_stack([1 - score, score]), y_pred=(score > 0.5).astype(np.int64))
    told = paired(better, worse, [METRICS["roc_auc"], METRICS["accuracy"]], Resampling(ROWS))
    assert better.score is not None
    by_formula = delong_paired(better.score, score, better.y_true == 1)[1]
    assert told["roc_auc"].sd == pytest.approx(by_formula, rel=0.08)
    gaps = (better.y_pred == better.y_true).astype(float) - (worse.y_pred == worse.y_true)
    assert told["accuracy"].sd == pytest.approx(gaps.std() / np.sqrt(ROWS), rel=0.08)


def test_many_rows_drawn_one_by_one() -> None:
    """Where many rows are drawn without bundles, as in few groups, a slice is that of its rows alone."""
    for kind in ("binary", "multiclass", "weighted numbers"):
        some = KINDS[kind]
        resampling = Resampling(ROWS, 3, exact=True)
        parts = [part_of(some, resampling, name, mask) for name, mask in (("all", None), ("some", some.row % 9 > 0))]
        metrics = metrics_for(some.task)
        found, counts = draw(parts, {"all": [], "some": metrics}, resampling), resampling.counts(0, 3)
        alone = Tally(parts[1].cells, counts, parts[1].source)
        for metric in metrics:
            np.testing.assert_allclose(found.values["some", metric.name], metric.kernel(alone), rtol=1e-10)


def test_intervals_are_marked() -> None:
    """An interval from bundles says so; few rows are drawn one by one and say nothing."""
    found = {
        score.metric: score
        for score in scores(KINDS["binary"], metrics_for(KINDS["binary"].task), Resampling(ROWS, 50))
    }
    assert found["roc_auc"].note == "Resampled in 16,384 bundles of rows."
    assert found["roc_auc"].resamples == 50
    assert not scores(made_up("binary", 200), [METRICS["roc_auc"]], Resampling(200, 50))[0].note


def mean_gap(predictions: Predictions, weight: np.ndarray) -> float:
    """Mean of truth minus score by rows."""
    return float(weight @ (predictions.y_true - predictions.proba[:, 1]) / weight.sum())


def test_metrics_by_rows_run_through_the_rows_of_the_same_draws() -> None:
    """A metric written by rows is drawn by rows, at most 200 times above 100,000 rows, and its note says so."""
    own = Metric("mean_gap", "Mean gap", METRICS["roc_auc"].tasks, 0, "proba", "there are no rows", by_rows(mean_gap))
    some, resampling = KINDS["binary"], Resampling(ROWS, 4)
    found = resampled_together([some], [own, METRICS["ece"]], resampling)[0]
    counts = resampling.counts(0, 4)
    np.testing.assert_allclose(found["mean_gap"], [mean_gap(some, line) for line in counts.astype(float)])
    assert np.isfinite(found["ece"]).all()
    many = Resampling(100_001, 300)
    assert (many.used, many.by_rows.used) == (300, 200)
    assert "200 resamples instead of 300" in many.by_rows.note


def test_calibration_by_bundles_is_that_of_the_rows() -> None:
    """Slope, intercept and L2 error from sums by bundle are those of the rows drawn."""
    for kind in ("binary", "tied and weighted", "multiclass"):
        some = KINDS[kind]
        assert some.proba is not None
        resampling = Resampling(ROWS, 6)
        hit = (some.y_true == (1 if kind != "multiclass" else some.proba.argmax(axis=1))).astype(float)
        rows = CalibrationRows.of(some, hit)
        names = set(rows.values())
        expected = rows.draws(resampling.counts(0, 6), names)
        found = CalibrationBundles(rows, resampling.bundles, names).draws(resampling.unit_counts(0, 6).astype(float))
        for name in names:
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-8, atol=1e-12)


def test_columns_are_summed_once() -> None:
    """What two metrics share is one column of the bundles."""
    some = KINDS["binary"]
    resampling = Resampling(ROWS, 3)
    part = part_of(some, resampling, "some", None)
    cells = BundleCells(part.cells, resampling.bundles.at(part.source))
    for name in ("accuracy", "f1", "mcc", "roc_auc", "roc_auc"):
        METRICS[name].kernel(cells.whole)
    assert cells.width == 4 + 2
