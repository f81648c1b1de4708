"""Metrics of predicted probabilities: how they rank, how much they say, and whether they come true."""

from __future__ import annotations

import numpy as np

from modellab_core.harness.engine.cells import Tally, ratio
from modellab_core.harness.metrics.metric import BINARY, CLASSIFICATION, MULTICLASS, POSITIVE, SHARE, metric
from modellab_core.harness.predictions import Floats

MISSING = "a class has no rows"


@metric("roc_auc", "ROC AUC", BINARY, +1, MISSING, needs="proba", interval="auc", span=SHARE)
def roc_auc(tally: Tally) -> Floats:
    """Chance that a positive row scores higher than a negative one, ties half, in [0, 1]; higher is better."""
    return tally.aucs[:, 0]


@metric("average_precision", "Average precision (PR-AUC)", BINARY, +1, "no row is positive", needs="proba", span=SHARE)
def average_precision(tally: Tally) -> Floats:
    """Σ (R_g − R_{g−1})·P_g over the distinct scores, the step-wise area under precision and recall, in [0, 1].

    Higher is better; a model without skill has the share of positives. Not interpolated, as in scikit-learn.
    """
    return tally.average_precisions[:, 0]


@metric(
    "roc_auc_ovr_macro",
    "ROC AUC (one against rest, macro)",
    MULTICLASS,
    +1,
    MISSING,
    needs="proba",
    interval="macro",
    span=SHARE,
)
def roc_auc_ovr_macro(tally: Tally) -> Floats:
    """Mean over the classes of the ROC AUC of each against the rest, in [0, 1]; higher is better."""
    return np.asarray(tally.aucs.mean(axis=1))


@metric(
    "roc_auc_ovr_weighted",
    "ROC AUC (one against rest, weighted)",
    MULTICLASS,
    +1,
    MISSING,
    needs="proba",
    interval="macro",
    span=SHARE,
)
def roc_auc_ovr_weighted(tally: Tally) -> Floats:
    """Mean over the classes of the ROC AUC of each against the rest, weighted by rows, in [0, 1]; higher is better."""
    return ratio((tally.aucs * tally.confusion.sum(axis=2)).sum(axis=1), tally.total)


@metric(
    "average_precision_macro",
    "Average precision (PR-AUC, macro)",
    MULTICLASS,
    +1,
    MISSING,
    needs="proba",
    interval="macro",
    span=SHARE,
)
def average_precision_macro(tally: Tally) -> Floats:
    """Mean over the classes of the average precision of each against the rest, in [0, 1]; higher is better."""
    return np.asarray(tally.average_precisions.mean(axis=1))


@metric(
    "top_2_accuracy",
    "Top-2 accuracy",
    MULTICLASS,
    +1,
    needs="proba",
    interval="proportion",
    fraction=lambda tally: (tally.sum("top_2"), tally.total),
    span=SHARE,
)
def top_2_accuracy(tally: Tally) -> Floats:
    """Share of rows whose class is among the two most probable, in [0, 1]; higher is better."""
    return tally.mean("top_2")


@metric("log_loss", "Log loss", CLASSIFICATION, -1, needs="proba", interval="bounded", column="log_loss", span=POSITIVE)
def log_loss(tally: Tally) -> Floats:
    """Mean −ln of the probability given to the true class, clipped at 2.2e−16, in nats, at least 0; lower is better."""
    return tally.mean("log_loss")


@metric("brier", "Brier score", CLASSIFICATION, -1, needs="proba", interval="bounded", column="brier", span=(0.0, 2.0))
def brier(tally: Tally) -> Floats:
    """Mean squared distance of probabilities from the truth, as scikit-learn; lower is better.

    Binary: of P(positive), in [0, 1]. Several classes: summed over the classes, in [0, 2].
    """
    return tally.mean("brier")


@metric(
    "ece",
    "Expected calibration error (15 equal bins)",
    CLASSIFICATION,
    -1,
    needs="proba",
    interval="null_band",
    span=SHARE,
)
def ece(tally: Tally) -> Floats:
    """Mean |observed − predicted| over 15 equal-width bins weighted by rows, in [0, 1]; lower is better.

    Of P(positive) when binary, else of the confidence in the predicted class. Never 0 for finite n, even if the model
    is perfectly calibrated, hence the band beside it. Naeini, Cooper & Hauskrecht, AAAI 2015.
    """
    return ratio(np.abs(tally.bin_gaps).sum(axis=1), tally.total)
