"""Training labels made wrong: the model is fitted again on each draw, and tested on the rows as they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from modellab_core.harness.predictions import Ints, Predictions
from modellab_core.harness.stress.bench import Bench, Refused, called, constant, said_by
from modellab_core.harness.stress.curves import Put
from modellab_core.harness.stress.kind import Draw, Stress

MOST_CELLS = 1_000_000
REFERENCE = "the best constant of the same training labels"


def cannot_refit(bench: Bench, stress: Stress) -> str:
    """Why nothing can be fitted again, or nothing."""
    case = bench.case
    if case.refit is None:
        return "no function was given by which the model can be fitted again (refit)"
    if case.train is None or case.train.y is None:
        return "the labels of the training rows were not given (train)"
    if bench.unusable:
        return bench.unusable
    rows, columns = len(case.train), case.train.X.shape[1]
    if rows * columns > MOST_CELLS:
        fits = 1 + len(stress.severities) * stress.repeats
        return f"{fits} more fits on {rows:,} rows × {columns:,} columns would take too long"
    return ""


def refitted(bench: Bench, stress: Stress) -> Put:
    """The model and a constant learnt from the labels as they are, then from each draw. Refused when a fit fails."""
    assert bench.case.train is not None
    assert bench.case.train.y is not None
    clean = bench.case.train.y.astype(np.int64)
    labels = [[_noisy(bench, stress, clean, s, repeat) for repeat in range(stress.repeats)] for s in stress.severities]
    base = bench.base.predictions
    return Put(
        bench.line(_fitted(bench, clean)),
        [[_fitted(bench, one) for one in line] for line in labels],
        bench.line(constant(base, clean)),
        [[constant(base, one) for one in line] for line in labels],
        REFERENCE,
    )


def _noisy(bench: Bench, stress: Stress, clean: Ints, severity: float, repeat: int) -> Ints:
    assert stress.relabel is not None
    draw = Draw(bench.case.plan.seed, stress.name, repeat)
    return stress.relabel(clean, len(bench.base.predictions.classes), severity, draw)


def _fitted(bench: Bench, codes: Ints) -> Predictions:
    """What a model fitted on these training labels says of the rows."""
    case, base = bench.case, bench.base.predictions
    assert case.refit is not None
    assert case.train is not None
    try:
        model = case.refit(case.train.X, case.train.spelled(codes))
    except Exception as error:
        raise Refused(f"the model could not be fitted again ({said_by(error)})") from error
    return replace(called(model, base, bench.X), X=None)
