"""The pieces of advice there are, and how each is tried: fitted again, and asked about rows that were held out.

What is dropped is chosen in each fold from the rows that the fold is fitted on, so the held rows judge the whole way of
choosing and no label of theirs had a part in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.harness.advice.ground import CUT, LEAST_ROWS, MOST_ROWS, Fold, Ground, together
from modellab_core.harness.advice.permuting import Permuter, permutations, sizes_told
from modellab_core.harness.case import Case
from modellab_core.harness.engine.drawing import value_of
from modellab_core.harness.failures.duplicates import duplicates
from modellab_core.harness.metrics.metric import Metric
from modellab_core.harness.predictions import Floats, Ints, Predictions
from modellab_core.harness.stress.bench import constant, sample_rows

IDLE = 0.01  # a column is idle if permuting it costs less than this share of the lead over the best constant
LOOKED_AT = 1000  # rows by which idle columns are found
MOST_PERMUTED = 40  # with more columns the model's own contributions tell which are idle
FEW_REPEATED, REPEATED_SHARE, DISTINCT_SHARE = 10, 0.01, 0.5
MISSING_DATES = 0.1


@dataclass(frozen=True, eq=False)
class Trial:
    """One piece of advice, tried: what is said of the same held rows as it is and after it was followed.

    `detail` says what was done, in plain JSON values. `ordered` says that the rows come in the order of time and
    `before.groups` are their dates.
    """

    code: str
    before: Predictions
    after: Predictions
    detail: dict[str, Any]
    folds: int
    ordered: bool = False


def falls_of(case: Case, ground: Ground, model: Any, rows: Ints) -> Floats:
    """How much of the lead over the best constant each feature holds up alone, (features,), on rows fitted on.

    The loss in the headline when it is permuted, as a share of the lead; 0 throughout where there is no lead. With many
    columns it is the share of the feature in the model's contributions, and NaN where the model does not tell them.
    """
    truth = ground.train.y
    assert truth is not None
    if len(ground.features) > MOST_PERMUTED:
        few = np.arange(len(rows))[:: -(-len(rows) // LOOKED_AT)]
        shares = sizes_told(model, ground.train.X.iloc[rows[few]])
        return np.full(len(ground.features), np.nan) if shares is None else shares
    blank = replace(ground.before, proba=None, weight=None, groups=None, X=ground.train.X.iloc[rows])
    some = replace(blank, row=rows, y_true=truth[rows], y_pred=truth[rows])
    some = some.take(sample_rows(some, LOOKED_AT, case.plan.seed))
    permuter = Permuter.of(model, some)
    start, dummy = (_better(case.metric, one) for one in (permuter.base, constant(permuter.base, permuter.base.y_true)))
    if not start > dummy:
        return np.zeros(len(ground.features))
    orders = permutations(len(some), 1, case.plan.seed)
    left = [_better(case.metric, permuter.permuted([at], orders)[0]) for at in range(len(ground.features))]
    return (start - np.array(left)) / (start - dummy)


def _better(metric: Metric, predictions: Predictions) -> float:
    return float(metric.better(np.array([value_of(metric, predictions)]))[0])


def idle(falls: Floats, part: float = 1.0) -> list[int]:
    """The features that hold up less than 1 % of the lead alone, the idlest `part` of them; at least one is kept."""
    order = np.argsort(falls, kind="stable")
    found = [int(at) for at in order if falls[at] < IDLE][: len(falls) - 1]
    return sorted(found[: int(np.ceil(part * len(found)))])


Falls = Callable[[Fold], Floats]


def drop_columns(case: Case, ground: Ground, falls: Falls, final: Floats, part: float = 1.0) -> Trial | None:
    """Drop all idle features together, chosen in each fold by `falls`; by `final` for all training rows.

    None where none is idle.
    """
    names = ground.features
    dropped = [names[at] for at in idle(final, part)]
    if not dropped:
        return None
    parts = []
    for fold in ground.folds:
        gone = set(idle(falls(fold), part))
        kept = [name for at, name in enumerate(names) if at not in gone]
        parts.append(ground.said(ground.fitted(fold.fit, kept), fold.held, kept))
    detail = {"columns": [str(name) for name in dropped], "count": len(dropped), "of": len(names)}
    return _trial(case, ground, "drop_columns", [fold.held for fold in ground.folds], parts, detail)


def _trial(
    case: Case, ground: Ground, code: str, held: Sequence[Ints], parts: Sequence[Predictions], detail: dict[str, Any]
) -> Trial:
    del case
    rows = np.concatenate(held)
    order = np.argsort(rows, kind="stable")
    before = replace(ground.before.take(rows), X=None)
    return Trial(code, before.take(order), together(parts, before).take(order), detail, len(parts))


def drop_repeated_rows(case: Case, ground: Ground) -> Trial | None:
    """Drop training rows that repeat another, so that no held row has a copy among the rows fitted on.

    None with few of them, and where most rows are repeated: then equal rows are a matter of course.
    """
    assert ground.before.X is not None
    kept, distinct = _distinct(ground)
    n, repeated = len(kept), int((~kept).sum())
    if repeated < max(FEW_REPEATED, REPEATED_SHARE * n) or n - repeated < DISTINCT_SHARE * n:
        return None
    held = [fold.held[distinct[fold.held]] for fold in ground.folds]
    parts = [
        ground.said(ground.fitted(fold.fit[kept[fold.fit]]), rows)
        for fold, rows in zip(ground.folds, held, strict=True)
    ]
    detail = {"count": repeated, "of": n}
    return _trial(case, ground, "drop_repeated_rows", held, parts, detail)


def _distinct(ground: Ground) -> tuple[np.ndarray, np.ndarray]:
    """Which training rows to keep, and which held rows are no copy of another row."""
    train, before = ground.train, ground.before
    assert before.X is not None
    if (ground.place >= 0).all():
        kept = _first(train.X, train.y)
        return kept, kept[ground.place]
    both = _first(pd.concat([before.X, train.X]), np.concatenate([before.y_true, np.asarray(train.y)]))
    return both[len(before) :], both[: len(before)]


def _first(X: pd.DataFrame, y: Any) -> np.ndarray:
    """Whether each row is the first with its features and truth."""
    frame = X.set_axis(range(X.shape[1]), axis=1).assign(truth=np.asarray(y))
    return np.asarray(duplicates(frame) == np.arange(len(frame)))


def split_by_time(case: Case, ground: Ground) -> Trial | None:
    """Fit on the earlier four fifths and predict the latest rows, beside fits on random rows, which know later ones.

    None without a date, and where rows are kept apart by time or by group already.
    """
    if case.plan.time_ordered or case.predictions.groups is not None or ground.before.X is None:
        return None
    column = _date_column(ground.train.X)
    if column is None:
        return None
    dates, when = (pd.to_datetime(frame[column], utc=True) for frame in (ground.train.X, ground.before.X))
    limit = dates.quantile(CUT, interpolation="lower")
    fit = np.flatnonzero((dates <= limit).to_numpy())
    known = np.concatenate([fold.held for fold in ground.folds])
    held = known[(when.iloc[known] > limit).to_numpy()]
    if min(len(fit), len(held)) < LEAST_ROWS:
        return None
    held = held[np.argsort(when.iloc[held].to_numpy(), kind="stable")][-MOST_ROWS:]
    after = ground.said(ground.fitted(fit), held)
    groups = np.asarray(pd.factorize(when.iloc[held], sort=True)[0], dtype=np.int64)
    before = replace(ground.before.take(held), X=None, groups=groups)
    detail = {"column": str(column), "fitted_on": len(fit)}
    return Trial("split_by_time", before, replace(after, X=None, groups=groups), detail, 1, ordered=True)


def _date_column(X: pd.DataFrame) -> Any:
    """The date with the most values, None without one that is nearly always there."""
    dates = [name for name in X.columns if pd.api.types.is_datetime64_any_dtype(X[name].dtype)]
    known = [name for name in dates if X[name].isna().mean() <= MISSING_DATES]
    return max(known, key=lambda name: X[name].nunique(), default=None)
