"""Confident learning and repeated rows, as functions of plain arrays."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_failures import doubted, first_twin, joint, opposed, thresholds

from modellab_core.harness.failures.duplicates import contradicted, duplicates, row_keys
from modellab_core.harness.failures.label_errors import (
    class_thresholds,
    confident_classes,
    confident_joint,
    likely_label_errors,
    self_confidence,
)


def made(seed: int, n: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels and coarse probabilities, so that ties and equal maxima occur."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, k, n)
    log_odds = rng.normal(size=(n, k))
    log_odds[np.arange(n), y] += rng.uniform(0, 4)
    proba = np.exp(log_odds)
    return y, np.round(proba / proba.sum(axis=1, keepdims=True), 1)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 40), k=st.integers(2, 5))
def test_confident_learning_equals_its_definition(seed: int, n: int, k: int) -> None:
    """Thresholds, joint and likely label errors are those of Northcutt et al., written row by row."""
    y, proba = made(seed, n, k)
    limits = class_thresholds(y, proba)
    np.testing.assert_allclose(limits, thresholds(y, proba), rtol=1e-12)
    assert confident_joint(y, proba).tolist() == joint(y, proba, limits)
    assert likely_label_errors(y, proba, limits).tolist() == doubted(y, proba, limits)


def test_the_joint_of_a_small_example() -> None:
    """Six rows by hand; cleanlab 2 gives the same thresholds, the same joint and the same two rows."""
    y = np.array([0, 0, 0, 1, 1, 1])
    p = np.array([0.1, 0.2, 0.9, 0.8, 0.7, 0.05])
    proba = np.stack([1 - p, p], axis=1)
    limits = class_thresholds(y, proba)
    np.testing.assert_allclose(limits, [0.6, 1.55 / 3])
    assert confident_joint(y, proba).tolist() == [[2, 1], [1, 2]]
    assert np.flatnonzero(likely_label_errors(y, proba, limits)).tolist() == [2, 5]
    assert self_confidence(limits) == pytest.approx((0.6 + 1.55 / 3) / 2)


def test_a_class_without_rows_is_never_said_with_confidence() -> None:
    """Its threshold is undefined, and nothing reaches it."""
    proba = np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1]])
    limits = class_thresholds(np.array([0, 0, 1]), proba)
    assert np.isnan(limits[2])
    assert confident_classes(proba, limits).tolist() == [-1, 0, 1]


def frame(seed: int, n: int) -> pd.DataFrame:
    """Few distinct values of several types, missing ones among them."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "number": rng.choice([0.0, -0.0, 1.5, np.nan], n),
            "whole": rng.integers(0, 2, n),
            "text": pd.Series(rng.choice(["", "a", "missing", "="], n)).mask(rng.random(n) < 0.3),
            "date": pd.Series(rng.choice(pd.date_range("2024-01-01", periods=2), n)).mask(rng.random(n) < 0.3),
            "truth": pd.Series(rng.choice([True, False], n), dtype="boolean").mask(rng.random(n) < 0.2),
            "kind": pd.Categorical(rng.choice(["x", "y"], n)),
        }
    )


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 40))
def test_repeated_rows_are_found(seed: int, n: int) -> None:
    """A row points at the first with the same values, whatever the types; missing equals missing, 0 equals −0."""
    X = frame(seed, n)
    assert duplicates(X).tolist() == first_twin(X)
    assert duplicates(X[["text"]]).tolist() == first_twin(X[["text"]])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 40), apart=st.sampled_from([0.0, 0.5]))
def test_contradictions_are_found(seed: int, n: int, apart: float) -> None:
    """A row is contradicted where a twin has another truth by more than `apart`."""
    X, y = frame(seed, n)[["whole", "kind"]], np.random.default_rng(seed).choice([0.0, 0.4, 1.0], n)
    (keys,) = row_keys([X])
    assert contradicted(keys, y, apart).tolist() == opposed(X, y, apart)


def test_frames_are_compared_by_value() -> None:
    """Whole numbers in one frame and decimals in the other are the same values; columns are found by name."""
    test = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    train = pd.DataFrame({"b": pd.Categorical(["y", "x"]), "a": [2.0, np.nan]})
    keys, known = row_keys([test, train])
    assert np.isin(keys, known).tolist() == [False, True]
    large = pd.DataFrame({"id": [2**60, 2**60 + 1]})
    assert duplicates(large).tolist() == [0, 1]
    with pytest.raises(KeyError):
        row_keys([test, train[["a"]]])
