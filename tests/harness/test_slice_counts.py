"""Counting codes gives what a loop over slices gives, and the search what looking at every cell gives."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
import sklearn.metrics as skm
from hypothesis import given, settings
from hypothesis import strategies as st

from modellab_core.harness.slices.counts import slice_metrics
from modellab_core.harness.slices.search import NOTHING, cell_sums, inner_scores, standouts, top_slices, z_scores


def drawn(n: int, seed: int, features: int = 4) -> dict[str, Any]:
    """Codes of some cuts, truth, prediction and score with ties."""
    rng = np.random.default_rng(seed)
    cuts = [rng.integers(0, size, n).astype(np.uint8) for size in rng.integers(1, 7, features)]
    score = np.round(rng.random(n), 1)
    return {"cuts": cuts, "y_true": rng.random(n) < 0.4, "y_pred": score > 0.5, "score": score}


@given(st.integers(1, 60), st.integers(0, 10**6), st.booleans())
@settings(max_examples=6, deadline=None)
def test_metrics_of_all_bins_are_scikit_learns(n: int, seed: int, weighted: bool) -> None:
    """Every count metric and area of every bin is scikit-learn's on its rows; undefined is NaN."""
    rows = drawn(n, seed)
    weight = np.random.default_rng(seed).uniform(0.5, 2, n) if weighted else None
    for cut, found in zip(rows["cuts"], slice_metrics(**rows, weight=weight), strict=True):
        assert found["n"].sum() == n
        for code in range(int(cut.max()) + 1):
            at = cut == code
            y, said, own = rows["y_true"][at], rows["y_pred"][at], None if weight is None else weight[at]
            assert found["n"][code] == at.sum()
            if not at.any():
                assert np.isnan(found["accuracy"][code])
                continue
            asked = {"accuracy": skm.accuracy_score(y, said, sample_weight=own)}
            for name, function in (("precision", skm.precision_score), ("recall", skm.recall_score)):
                asked[name] = function(y, said, zero_division=np.nan, sample_weight=own)
            asked["f1"] = skm.f1_score(y, said, zero_division=np.nan, sample_weight=own)
            both = 0 < y.sum() < len(y)
            asked["roc_auc"] = skm.roc_auc_score(y, rows["score"][at], sample_weight=own) if both else np.nan
            for name, value in asked.items():
                assert found[name][code] == pytest.approx(value, abs=1e-10, nan_ok=True), name


@given(st.integers(0, 50), st.integers(0, 10**6), st.sampled_from(["0/1", "number", "weighted"]))
@settings(max_examples=60, deadline=None)
def test_cells_are_those_of_a_loop(n: int, seed: int, kind: str) -> None:
    """Rows, weights and losses of every cell of one and of two cuts are what masks give; empty cells are absent."""
    rng = np.random.default_rng(seed)
    cuts = [rng.integers(0, size, n).astype(np.uint8) for size in (1, 3, 5)]
    loss = (rng.random(n) < 0.3).astype(float) if kind == "0/1" else rng.exponential(size=n)
    weight = rng.uniform(0, 2, n) if kind == "weighted" else None
    found = cell_sums(cuts, loss, weight)
    w = np.ones(n) if weight is None else weight
    asked = {}
    for a, b in [(0, NOTHING), (1, NOTHING), (2, NOTHING), *combinations(range(3), 2)]:
        for i in range(5):
            for j in [NOTHING] if b == NOTHING else range(5):
                rows = (cuts[a] == i) & (np.ones(n, dtype=bool) if b == NOTHING else cuts[b] == j)
                if rows.any():
                    asked[a, b, i, j] = (rows.sum(), w[rows].sum(), (w * loss)[rows].sum())
    keys = [tuple(map(int, (*x, *y))) for x, y in zip(found.cuts, found.codes, strict=True)]
    keys = [(a, b, i, j) for a, b, i, j in keys]
    assert sorted(keys) == sorted(asked)
    for place, key in enumerate(keys):
        assert (found.n[place], found.weight[place], found.loss[place]) == pytest.approx(asked[key])


def naive_top(cuts: list[np.ndarray], loss: np.ndarray, k: int, alpha: float, least: int) -> list[Any]:
    """The score of every cell by its mask."""
    found = []
    ways = [(a,) for a in range(len(cuts))] + list(combinations(range(len(cuts)), 2))
    for way in ways:
        for codes in np.ndindex(*[int(cuts[a].max()) + 1 for a in way]):
            rows = np.logical_and.reduce([cuts[a] == code for a, code in zip(way, codes, strict=True)])
            if rows.sum() >= least:
                n = rows.sum()
                score = alpha * (loss[rows].mean() / loss.mean() - 1) - (1 - alpha) * (len(loss) / n - 1)
                found.append((score, tuple(zip(way, map(int, codes), strict=True)), n))
    return sorted((one for one in found if one[0] > 0), key=lambda one: -one[0])[:k]


def test_the_top_slices_are_those_of_a_loop() -> None:
    """The ten best cells by SliceLine's score are those that a loop over all masks finds."""
    rows = drawn(800, 3, features=5)
    for loss in ((rows["y_true"] != rows["y_pred"]).astype(float), np.random.default_rng(1).exponential(size=800)):
        found = top_slices(rows["cuts"], loss, 10, 0.95, 15)
        asked = naive_top(rows["cuts"], loss, 10, 0.95, 15)
        assert [one.parts for one in found] == [parts for _, parts, _ in asked]
        assert [one.score for one in found] == pytest.approx([score for score, _, _ in asked])
        assert [one.n for one in found] == [n for _, _, n in asked]
        assert all(len(one.parts) == 1 for one in top_slices(rows["cuts"], loss, 10, 0.95, 15, level=1))
    assert top_slices(rows["cuts"], np.zeros(800)) == []


def test_z_is_the_difference_over_its_error() -> None:
    """The score of a cell is its gap to the complement over the pooled error, and inside its bins likewise."""
    rng = np.random.default_rng(2)
    cuts = [rng.integers(0, 3, 300).astype(np.uint8) for _ in range(2)]
    loss = rng.exponential(size=300)
    cells = cell_sums(cuts, loss)
    z, inner = z_scores(cells, loss), inner_scores(cells, cuts, loss)
    at = int(np.flatnonzero((cells.cuts == (0, 1)).all(axis=1) & (cells.codes == (2, 1)).all(axis=1))[0])
    cell = (cuts[0] == 2) & (cuts[1] == 1)

    def by_hand(rows: np.ndarray, whole: np.ndarray) -> float:
        rest = whole & ~rows
        error = loss[whole].std() * np.sqrt(1 / rows.sum() + 1 / rest.sum())
        return (loss[rows].mean() - loss[rest].mean()) / error

    assert z[at] == pytest.approx(by_hand(cell, np.ones(300, dtype=bool)))
    assert inner[at] == pytest.approx(min(by_hand(cell, cuts[0] == 2), by_hand(cell, cuts[1] == 1)))
    assert np.isinf(inner[cells.cuts[:, 1] == NOTHING]).all()
    assert z_scores(cells, np.ones(300)).tolist() == [0.0] * len(cells)


def test_overlaps_are_dropped_in_the_search() -> None:
    """Two cells that share more than half of their rows are one: the better stays, and a cell inside a better goes."""
    first = np.repeat([0, 1], [60, 140]).astype(np.uint8)
    nearly = first.copy()
    nearly[:5] = 1
    loss = np.where(first == 0, 1.0, 0.2)
    cells = cell_sums([first, nearly], loss)
    kept = standouts([first, nearly], cells, z_scores(cells, loss), 20)
    assert [tuple(cells.cuts[at]) for at in kept] == [(0, NOTHING)]
