"""The rows worth looking at, what is known of each, and the cause where there is evidence for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.data.table import Note
from modellab_core.harness.case import Case
from modellab_core.harness.failures import tags_features, tags_labels, tags_missing, tags_model
from modellab_core.harness.failures.causes import cause_of
from modellab_core.harness.failures.selection import kinds_of, losses, scaled_confidence, selected
from modellab_core.harness.failures.tags import TAGS, Look, Tagged, tagged
from modellab_core.harness.predictions import Floats, Ints, Predictions
from modellab_core.harness.slices.slicers import Slice

__all__ = ["FAMILIES", "TAGS", "Look", "failure_examples", "failures_of", "losses", "scaled_confidence", "tagged"]

FAMILIES = (tags_labels, tags_features, tags_missing, tags_model)
"""The files in which tags are written; importing them fills the registry."""

TOP = 5


def failure_examples(case: Case, confirmed: Sequence[Slice] = ()) -> list[dict[str, Any]]:
    """At most `plan.failures` rows of a case, largest loss first; `confirmed` are its weak slices, the weakest first.

    Each is `{row, y_true, y_pred, proba, loss, tags: [{tag, evidence}], cause}`: `proba` in the order of the classes or
    None, `loss` as `losses` says, `cause` one of CAUSES or `unexplained`. Chosen are rows that are confidently wrong,
    errors of the worst slice, unsure and right, and of the largest loss, in turns. Where the model tells
    `contributions` of features, the five largest are added: `[{feature, value, contribution}]`.
    """
    return failures_of(case, confirmed)[0]


def failures_of(case: Case, confirmed: Sequence[Slice] = ()) -> tuple[list[dict[str, Any]], tuple[Note, ...]]:
    """`failure_examples`, and a note on the tags that could not be looked for."""
    predictions, most = case.predictions, case.plan.failures
    loss = losses(predictions)
    kinds = kinds_of(predictions, loss, most, next(iter(confirmed), None))
    rows = selected(kinds, loss, most)
    if not len(rows):
        return [], ()
    chosen = {kind.tag: set(kind.order[np.isin(kind.order, rows)].tolist()) for kind in kinds}
    found: dict[str, Mapping[int, str]] = {
        kind.tag: {at: kind.evidence(at) for at in rows.tolist() if at in chosen[kind.tag]} for kind in kinds
    }
    told = tagged(Look(case, rows, confirmed))
    found |= told.found
    added = _contributions(case, rows)
    examples = [_example(predictions, at, loss, found) | added.get(at, {}) for at in rows.tolist()]
    return examples, _notes(told)


def _example(predictions: Predictions, at: int, loss: Floats, found: Mapping[str, Mapping[int, str]]) -> dict[str, Any]:
    classify = predictions.task.is_classification
    true, said = predictions.y_true[[at]], predictions.y_pred[[at]]
    tags = [{"tag": tag, "evidence": evidence[at]} for tag, evidence in found.items() if at in evidence]
    return {
        "row": int(predictions.row[at]),
        "y_true": predictions.labels(true)[0] if classify else float(true[0]),
        "y_pred": predictions.labels(said)[0] if classify else float(said[0]),
        "proba": None if predictions.proba is None else predictions.proba[at].tolist(),
        "loss": float(loss[at]),
        "tags": tags,
        "cause": cause_of([one["tag"] for one in tags], bool(true[0] != said[0])),
    }


def _notes(told: Tagged) -> tuple[Note, ...]:
    reasons: dict[str, list[str]] = {}
    for tag, reason in told.left_out.items():
        reasons.setdefault(reason, []).append(tag)
    if not reasons:
        return ()
    parts = "; ".join(f"{', '.join(tags)}, because {reason}" for reason, tags in reasons.items())
    return (Note("tags_left_out", f"Not looked for in the failing rows: {parts}."),)


def _contributions(case: Case, rows: Ints) -> dict[int, dict[str, Any]]:
    """Per row the features that moved its prediction the most, where the model can tell; a model may be anybody's."""
    ask, X = getattr(case.model, "contributions", None), case.predictions.X
    few = rows[: case.plan.model_rows]
    if ask is None or X is None or not X.shape[1]:
        return {}
    try:
        said = ask(X.iloc[few])
        named = isinstance(said, pd.DataFrame) and set(X.columns) <= set(said.columns)
        parts = np.asarray(said[list(X.columns)] if named else said, dtype=np.float64)
    except Exception:
        return {}
    if parts.ndim == 3:  # a row of contributions for each class: that of the predicted one is told
        parts = parts[np.arange(len(few)), case.predictions.y_pred[few].astype(np.int64)]
    if parts.ndim != 2 or parts.shape[0] != len(few) or parts.shape[1] - X.shape[1] not in (0, 1):
        return {}
    return {int(at): {"contributions": _largest(X, at, line)} for at, line in zip(few, parts, strict=True)}


def _largest(X: pd.DataFrame, row: int, line: Floats) -> list[dict[str, Any]]:
    own = line[: X.shape[1]]  # what follows is the bias
    order = np.argsort(-np.abs(own), kind="stable")[:TOP]
    return [
        {"feature": str(X.columns[at]), "value": _cell(X.iat[row, at]), "contribution": float(own[at])}
        for at in order.tolist()
        if own[at] != 0
    ]


def _cell(value: Any) -> Any:
    """A value as JSON knows it: numbers and truth values as they are, missing as None, all else as text."""
    if pd.isna(value):
        return None
    plain = value.item() if isinstance(value, np.generic) else value
    return plain if isinstance(plain, (bool, int, float)) else str(plain).removesuffix(" 00:00:00")
