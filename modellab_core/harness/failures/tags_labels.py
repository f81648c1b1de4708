"""Tags about the truth of a row: a wrong label, the same row with another answer, a row that was learnt from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from modellab_core.data.task import Task
from modellab_core.harness.asking import NotApplicable
from modellab_core.harness.failures.duplicates import contradicted
from modellab_core.harness.failures.label_errors import class_thresholds, likely_label_errors, self_confidence
from modellab_core.harness.failures.tags import CLASSIFICATION, Look, tag
from modellab_core.harness.predictions import Floats, Ints, Predictions

SEPARATE = 0.8
IMPROBABLE = 0.05
FEW_LEARNT = 50  # with fewer rows of a class a model is surer than it should be
FEW_JUDGED = 20
ORDINARY = 0.1
TWINS = 3


@tag("likely label error", CLASSIFICATION)
def likely_label_error(look: Look) -> dict[int, str]:
    """Another class is said with confidence and the label has a probability of at most .05 (confident learning).

    The thresholds of the classes come from development rows; without those each half of the test rows is judged by the
    other half. Where classes overlap, a confident error needs no wrong label: then nothing is said. Nor is it of rows
    that are unlike the training rows, where the probabilities cannot be relied on.
    """
    predictions = look.predictions
    if predictions.proba is None:
        raise NotApplicable("there are no probabilities")
    found = {}
    for half, thresholds, where in _judges(look, predictions):
        separate = self_confidence(thresholds)
        if not separate >= SEPARATE:
            raise NotApplicable(
                f"the classes overlap: {where} have a mean probability of {separate:.2g} for their own label, "
                f"under {SEPARATE}, so that errors are expected without a wrong label"
            )
        rows = look.rows[half[look.rows]]
        few = predictions.take(rows)
        assert few.proba is not None  # checked above
        truth = few.y_true.astype(np.int64)
        own = few.proba[np.arange(len(rows)), truth]
        hits = likely_label_errors(truth, few.proba, thresholds) & (own <= IMPROBABLE)
        for at in np.flatnonzero(hits):
            found[int(rows[at])] = _doubt(few, int(at), float(own[at]), thresholds, where)
    strangers = _strangers(look) if found else set()
    return {at: text for at, text in found.items() if at not in strangers}


def _strangers(look: Look) -> set[int]:
    """The chosen rows that are unlike the training rows, as far as those are known."""
    try:
        return {*look.evidence("out of the training range"), *look.evidence("unseen category")}
    except NotApplicable:
        return set()


def _doubt(few: Predictions, at: int, own: float, thresholds: Floats, where: str) -> str:
    assert few.proba is not None
    said = int(few.proba[at].argmax())
    label = few.classes[int(few.y_true[at])]
    return (
        f"{few.classes[said]!r} has a probability of {few.proba[at, said]:.3g} ({where} of that class: "
        f"{thresholds[said]:.3g} on average), the label {label!r} has {own:.2g}"
    )


def _judges(look: Look, predictions: Predictions) -> list[tuple[npt.NDArray[np.bool_], Floats, str]]:
    """(the test rows that are judged, the thresholds, the rows they were learnt on)."""
    known = look.case.development
    if known is not None and known.predictions.proba is not None:
        where = "training rows, out of fold," if known.kind == "out_of_fold" else "validation rows"
        everything = np.ones(len(predictions), dtype=bool)
        return [(everything, _learnt(known.predictions, FEW_LEARNT, "there are"), where)]
    first = _half(predictions, look.case.plan.seed)
    why = "there are no development predictions, and in half of the test rows there are"
    return [(half, _learnt(predictions.take(~half), FEW_JUDGED, why), "other test rows") for half in (first, ~first)]


def _half(predictions: Predictions, seed: int) -> npt.NDArray[np.bool_]:
    """Half of the test rows by `seed`, whole groups together."""
    units = np.arange(len(predictions)) if predictions.groups is None else predictions.groups
    names, unit = np.unique(units, return_inverse=True)
    drawn = np.random.default_rng([seed, len(names)]).permutation(len(names)) < len(names) // 2
    return np.asarray(drawn[unit.reshape(-1)])


def _learnt(rows: Predictions, least: int, why: str) -> Floats:
    assert rows.proba is not None  # the caller has looked
    truth = rows.y_true.astype(np.int64)
    counts = np.bincount(truth, minlength=len(rows.classes))
    if counts.min() < least:
        label = rows.classes[int(counts.argmin())]
        raise NotApplicable(f"{why} only {counts.min()} rows of the class {label!r}, under {least}")
    return class_thresholds(truth, rows.proba)


@tag("contradictory duplicate")
def contradictory_duplicate(look: Look) -> dict[int, str]:
    """Another row with the same features has another label, or a target that is farther off than the usual spread.

    Only where such rows are rare: see `features_cannot_tell` for tables in which they are not.
    """
    share, found = look.once("contradictions", lambda: _contradictions(look))
    return found if share <= ORDINARY else {}


@tag("features cannot tell apart")
def features_cannot_tell(look: Look) -> dict[int, str]:
    """The same as a contradictory duplicate in a table where over a tenth of the rows are contradicted by another."""
    share, found = look.once("contradictions", lambda: _contradictions(look))
    if share <= ORDINARY:
        return {}
    return {at: f"{text}, as is so for {share:.0%} of all rows" for at, text in found.items()}


def _contradictions(look: Look) -> tuple[float, dict[int, str]]:
    """(the share of all rows that another row contradicts, the evidence by position)."""
    test, train = look.keys
    keys = np.concatenate([test, train])
    truth = np.concatenate([look.predictions.y_true, look.train_truth])
    apart = _spread(truth) if look.predictions.task is Task.REGRESSION else 0.0
    against = contradicted(keys, truth, apart)
    found = {}
    for at in look.rows[against[look.rows]].tolist():
        twins = np.flatnonzero(keys == keys[at])
        other = twins[np.abs(truth[twins] - truth[at]) > apart]
        found[at] = _contradiction(look, truth, len(twins) - 1, other)
    return float(against.mean()), found


def _contradiction(look: Look, truth: Ints | Floats, twins: int, other: Ints) -> str:
    first, part = truth[other[0]], "test" if other[0] < len(look.predictions) else "training"
    numbers = look.predictions.task is Task.REGRESSION
    answer = f"{first:.6g}" if numbers else repr(look.predictions.labels(np.array([first]))[0])
    return f"{len(other)} of {twins} other rows with the same features say otherwise: a {part} row says {answer}"


def _spread(truth: Floats | Ints) -> float:
    """The interquartile range: targets that are farther apart are very different."""
    low, high = np.quantile(truth, [0.25, 0.75])
    return float(high - low)


@tag("known row")
def known_row(look: Look) -> Mapping[int, str]:
    """At least three training rows with the same features have the true answer, none another, and yet it is wrong.

    For numbers the answers are within a tenth of the residual of each other.
    """
    if not len(look.train_truth):
        raise NotApplicable("no training rows with their truth were given")
    test, train = look.keys
    truth, y_true, y_pred = look.train_truth, look.predictions.y_true, look.predictions.y_pred
    found = {}
    repeated = np.isin(train, test[look.rows])
    train, truth = train[repeated], truth[repeated]
    for at in look.rows.tolist() if len(train) else ():
        answers, residual = truth[train == test[at]], abs(y_pred[at] - y_true[at])
        near = residual / 10 if look.predictions.task is Task.REGRESSION else 0
        if residual > 0 and len(answers) >= TWINS and (np.abs(answers - y_true[at]) <= near).all():
            found[at] = f"all {len(answers)} training rows with the same features have the true answer"
    return found
