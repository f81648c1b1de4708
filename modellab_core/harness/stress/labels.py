"""Wrong labels: of the test rows, which says nothing of the model, and of the training rows, which it learns from."""

from __future__ import annotations

import numpy as np

from modellab_core.harness.predictions import Ints
from modellab_core.harness.stress.kind import CLASSES, Draw, stress


@stress(
    "relabel",
    "label_noise",
    "Noise in the test labels",
    "share of test labels swapped",
    (0.05, 0.1, 0.2),
    tasks=CLASSES,
    claimed=False,
)
def label_noise(codes: Ints, classes: int, severity: float, draw: Draw) -> Ints:
    """Each test label becomes another class with probability `severity`, each of the others equally likely.

    The model is not called again and is no worse for it: what the metric would be with true labels is printed.
    """
    return swapped(codes, classes, severity, draw)


@stress(
    "relabel",
    "train_label_noise",
    "Noise in the training labels",
    "share of training labels swapped",
    (0.1, 0.3),
    repeats=3,
    tasks=CLASSES,
    retrain=True,
)
def train_label_noise(codes: Ints, classes: int, severity: float, draw: Draw) -> Ints:
    """Each training label becomes another class with probability `severity`, each of the others equally likely.

    The model is fitted again for each draw and tested on the rows as they are; severity 0 is a fit on the labels as
    they are. The spread over the fits is told beside their mean.
    """
    return swapped(codes, classes, severity, draw)


def swapped(codes: Ints, classes: int, share: float, draw: Draw) -> Ints:
    """Labels of which a share is another class, the others equally likely; nested over shares."""
    rng = draw.rng()
    hit = rng.random(len(codes)) < share
    other = (codes + 1 + rng.integers(0, max(classes - 1, 1), len(codes))) % classes
    return np.where(hit, other, codes)


def inverse_of_label_noise(metric: str, value: float, share: float, prevalence: float, classes: int) -> float:
    """What `value` would be without label noise, if a `share` of the test labels were swapped uniformly.

    Accuracy: (a − ρ/(k−1)) / (1 − ρ·k/(k−1)), for two classes (a − ρ)/(1 − 2ρ). ROC AUC: ½ + (AUC − ½)/(1 − α − β),
    α and β the shares of wrong labels among those seen as positive and as negative (Menon et al., ICML 2015);
    `prevalence` is the share seen as positive. NaN for other metrics and where no such noise is possible.
    """
    if metric == "accuracy":
        rest = 1 - share * classes / (classes - 1)
        found = (value - share / (classes - 1)) / rest if rest > 0 else np.nan
    elif metric == "roc_auc" and share < 0.5 and share < prevalence < 1 - share:
        true = (prevalence - share) / (1 - 2 * share)
        alpha, beta = share * (1 - true) / prevalence, share * true / (1 - prevalence)
        found = 0.5 + (value - 0.5) / (1 - alpha - beta)
    else:
        return float("nan")
    return float(found) if 0 <= found <= 1 else float("nan")


def formula(metric: str, classes: int) -> str:
    """How the value without label noise follows from a measured one, in words."""
    if metric == "roc_auc":
        inverse = "1/2 + (AUC - 1/2)/(1 - α - β)"
        return f"This is no property of the model; if so many of the labels were wrong, the true AUC would be {inverse}"
    rest = "(a - ρ)/(1 - 2ρ)" if classes == 2 else f"(a - ρ/{classes - 1})/(1 - {classes}ρ/{classes - 1})"
    return f"This is no property of the model; if so many of the labels were wrong, the true accuracy would be {rest}"
