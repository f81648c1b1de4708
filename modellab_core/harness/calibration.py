"""Whether predicted probabilities come true."""

from __future__ import annotations

from typing import Any

from modellab_core.harness.predictions import Predictions
from modellab_core.harness.resampling import Resampling

BINS = 15


def calibration_curve(predictions: Predictions, bins: int = BINS, level: float = 0.95) -> dict[str, Any]:
    """Predicted against observed share per equal-width bin, as plain JSON values; {} without probabilities.

    `about` says which probability it is ("P(yes)", or "confidence in the predicted class" for several classes);
    `bins` lists the bins that hold rows: `from`, `to`, `n`, `predicted` (mean probability), `observed` (share),
    `low`, `high` (Clopper–Pearson at `level`).
    """
    raise NotImplementedError


def calibration(predictions: Predictions, resampling: Resampling) -> dict[str, Any]:
    """The content of `calibration.json`; {} for regression or without probabilities.

    `curve` is `calibration_curve`; `scores` lists Scores as JSON: `ece`, `calibration_slope`,
    `calibration_intercept`, `calibration_l2`.
    """
    raise NotImplementedError
