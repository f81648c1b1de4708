"""What a decision threshold gives: precision, recall, alerts, cost and net benefit over thresholds, and a chosen one.

The numbers themselves are functions of plain arrays in `decisions/decisions.py`, their intervals in
`decisions/bands.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from modellab_core.data.task import Task
from modellab_core.harness.case import Case
from modellab_core.harness.decisions.bands import Band, Banded, banded
from modellab_core.harness.decisions.choice import Choice, chosen, development_rows, refused
from modellab_core.harness.decisions.decisions import Counts, threshold_counts
from modellab_core.harness.predictions import Floats, Predictions

DEFAULT = 0.5
EVEN = 101  # thresholds at equal steps from 0 to 1
QUANTILES = 80  # thresholds where the scores are
DIGITS = 6
TITLES = {"f1": "Largest F1", "cost": "Least cost, both mistakes alike"}
PLACES = {"out_of_fold": "out-of-fold predictions of the training rows", "valid": "validation rows"}
POINTWISE = "Bands are pointwise: each threshold by itself, not the whole curve at once."


def thresholds(case: Case) -> dict[str, Any]:
    """The curves over thresholds and the chosen ones as plain JSON values; {} where there is no threshold to choose.

    `thresholds` (m ≤ 200, ascending), `counts` by tp, fp, fn and tn, `curves` by rate with value, low and high, all in
    this order; `default` is the place of .5. `development` holds the same counts on the rows that choose. `chosen`
    lists a threshold per objective with its place and with rates of rows it was not chosen on.
    """
    predictions = case.predictions
    if predictions.task is not Task.BINARY:
        return {}
    if predictions.score is None:
        return _without("Not applicable, because only classes were predicted and a threshold needs probabilities.")
    why = refused(case)
    choices = [] if why else [chosen(case, objective) for objective in TITLES]
    cuts = grid(predictions.score, [choice.threshold for choice in choices])
    found = _banded(case, predictions.score, cuts, cuts)
    notes = [
        POINTWISE,
        found.note,
        _beside_the_matrix(predictions),
        f"No threshold is chosen, because {why}." if why else "",
    ]
    return _without(" ".join(note for note in notes if note)) | {
        "n": len(predictions),
        "level": case.resampling.level,
        "unit": "rows" if predictions.weight is None else "weight",
        "method": found.method,
        "thresholds": cuts,
        "default": int(np.flatnonzero(cuts == DEFAULT)[0]),
        "counts": _counts(found.counts),
        "curves": {name: _curve(band) for name, band in found.bands.items()},
        "spread": found.spread,
        "development": _development(case, cuts) if not why else {},
        "chosen": [_told(case, choice, cuts, found) for choice in choices],
    }


def _without(note: str) -> dict[str, Any]:
    return {"thresholds": [], "counts": {}, "curves": {}, "spread": {}, "development": {}, "chosen": [], "note": note}


def grid(score: Floats, more: list[float]) -> Floats:
    """At most 200 thresholds, ascending: equal steps with 0, .5 and 1, quantiles of the scores, and `more` of them."""
    places = np.linspace(0, len(score) - 1, QUANTILES).astype(np.int64)
    scores = np.round(np.partition(score, np.unique(places))[places], 4)
    even = np.round(np.linspace(0, 1, EVEN), 2)
    return np.unique(np.concatenate([even, scores, more]))


def _banded(case: Case, score: Floats, cuts: Floats, at: Floats) -> Banded:
    frequency = case.plan.weight_kind == "frequency"
    return banded(case.predictions, score, cuts, at, case.resampling, frequency)


def _beside_the_matrix(predictions: Predictions) -> str:
    """Why the counts at .5 are not those of the confusion matrix, or nothing."""
    assert predictions.score is not None
    said = predictions.y_pred == predictions.positive_code
    other = (predictions.score >= DEFAULT) != said
    if not other.any():
        return ""
    ties = int((other & (predictions.score == DEFAULT)).sum())
    if ties == other.sum():
        return (
            f"{ties} rows have equal probabilities: they are positive here at .5, in the confusion matrix they are not."
        )
    return (
        f"At .5 the predictions that were given, and with them the confusion matrix, differ in {int(other.sum())} rows."
    )


def _counts(counts: Counts) -> dict[str, Any]:
    whole = all(bool((part == np.rint(part)).all()) for part in counts)
    return {
        name: part.astype(np.int64) if whole else np.round(part, DIGITS)
        for name, part in zip(Counts._fields, counts, strict=True)
    }


def _curve(band: Band) -> dict[str, Floats]:
    # adding 0 makes of a negative zero a plain one
    return {end: np.round(values, DIGITS) + 0.0 for end, values in zip(("value", "low", "high"), band, strict=True)}


def _development(case: Case, cuts: Floats) -> dict[str, Any]:
    """The counts on the rows that choose; {} where the test rows themselves do, by halves."""
    rows = development_rows(case)
    if rows is None or case.development is None:
        return {}
    counts = threshold_counts(rows.y_true == rows.positive_code, rows.score, cuts, rows.weight)
    return {"on": case.development.kind, "rows": len(rows), "counts": _counts(counts)}


def _told(case: Case, choice: Choice, cuts: Floats, whole: Banded) -> dict[str, Any]:
    """A chosen threshold with what it gives on rows that it was not chosen on."""
    at = int(np.flatnonzero(cuts == choice.threshold)[0])
    found, place = whole, at
    if choice.halves:
        found, place = _banded(case, choice.called, np.array([DEFAULT]), np.array([choice.threshold])), 0
    rates = {name: {end: line[place] for end, line in _curve(band).items()} for name, band in found.bands.items()}
    return {
        "objective": choice.objective,
        "title": TITLES[choice.objective],
        "threshold": choice.threshold,
        "at": at,
        "on": choice.on,
        "rows": choice.rows,
        "halves": list(choice.halves),
        "counts": {name: part[place] for name, part in _counts(found.counts).items()},
        "rates": rates,
        "note": _where(choice),
    }


def _where(choice: Choice) -> str:
    if not choice.halves:
        return f"Chosen on {choice.rows:,} {PLACES[choice.on]}, scored on the test rows."
    first, second = (f"{cut:.3g}" for cut in choice.halves)
    return (
        f"Chosen on each half of the test rows ({first} and {second}, their mean is shown) and scored on the other "
        "one, because there are no other rows to choose on."
    )
