"""What all stress tests of one report share, and the model called on their rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.data.table import Note
from modellab_core.harness.case import Case
from modellab_core.harness.engine.drawing import one_thread
from modellab_core.harness.engine.resampling import Resampling, resampling_for
from modellab_core.harness.predictions import Floats, Ints, Predictions, predict
from modellab_core.harness.stress.bands import Counts, point, rows_of
from modellab_core.harness.stress.columns import known_columns
from modellab_core.harness.stress.encoded import Encoded
from modellab_core.harness.stress.kind import Known, Stress
from modellab_core.progress import Cancelled

FEW_RESAMPLES = 200
FIRST_ROWS = 50  # on which encoded rows are tried
WORK = 4_000_000  # rows × resamples of one severity; above, fewer resamples are drawn, but not under FEW_RESAMPLES


class Refused(Exception):
    """The stress test cannot be done; the message completes "not applicable, because …"."""


@dataclass(frozen=True, eq=False)
class Line:
    """One set of predictions as a point: its metric, `value`, and in each resample, `draws` (B,)."""

    predictions: Predictions
    value: float
    draws: Floats


@dataclass(frozen=True, eq=False)
class Bench:
    """What all stress tests of one report share.

    `base` are the rows on which the model is called again, with its own predictions at severity 0; `dummy` predicts the
    same rows without looking, `reference` says what it is. `known` tells of each column by position. `unusable` says
    why the model cannot be called, or nothing.
    """

    case: Case
    base: Line
    dummy: Line
    reference: str
    resampling: Resampling
    counts: Counts
    known: Mapping[int, Known]
    unusable: str = ""

    @cached_property
    def encoded(self) -> Encoded | None:
        """The rows as the model encodes them, where it says the same of them then; None otherwise."""
        return None if self.unusable else _encoded(self.case.model, self.base.predictions)

    @property
    def X(self) -> pd.DataFrame:
        """The features of the rows as they are; without columns where none were given."""
        X = self.base.predictions.X
        return pd.DataFrame(index=range(len(self.base.predictions))) if X is None else X

    def line(self, predictions: Predictions) -> Line:
        """Predictions of the same rows as a point."""
        return _line(predictions, self.counts, self.resampling, self.case)


def bench_for(case: Case, asked: Iterable[Stress]) -> tuple[Bench, tuple[Note, ...]]:
    """The bench for the stress tests asked for, and notes; the model is called only if one of them needs it."""
    plan, rows = case.plan, sample_rows(case.predictions, case.plan.model_rows, case.plan.seed)
    few, dummy = case.predictions.take(rows), case.baselines.get("dummy")
    beside = constant(few, few.y_true) if dummy is None else dummy.take(rows)
    needed = any(stress.calls_model or stress.retrain for stress in asked)
    own, unusable, notes = _own(few, case.model) if needed else (few, "", ())
    most = max(FEW_RESAMPLES, WORK // max(len(rows), 1))
    resampling = resampling_for(own, replace(plan, resamples=min(plan.resamples, most)))
    counts = Counts.of(resampling)
    train = few.X if case.train is None else case.train.X
    known = {} if few.X is None or train is None else known_columns(train, few.X)
    with one_thread():
        lines = [_line(one, counts, resampling, case) for one in (own, beside)]
    name = "the best constant on these rows" if dummy is None else "the dummy"
    return Bench(case, lines[0], lines[1], name, resampling, counts, known, unusable), notes


def _line(predictions: Predictions, counts: Counts, resampling: Resampling, case: Case) -> Line:
    cells = rows_of(predictions, resampling)
    return Line(predictions, point(cells, case.metric), counts.drawn([[cells]], case.metric)[0])


def sample_rows(predictions: Predictions, most: int, seed: int) -> Ints:
    """Positions of at most `most` rows, ascending, drawn by `seed`; each class keeps its share and at least one row."""
    n = len(predictions)
    if n <= most:
        return np.arange(n, dtype=np.int64)
    rng = np.random.default_rng([seed, n])
    if not predictions.task.is_classification:
        return np.sort(rng.choice(n, most, replace=False)).astype(np.int64)
    truth = predictions.y_true.astype(np.int64)
    shuffled = rng.permutation(n)
    order = shuffled[np.argsort(truth[shuffled], kind="stable")]
    counts = np.bincount(truth)
    # of each class the first rows of its shuffled block: its share rounded down, one where that is none
    wanted = np.minimum(counts, np.maximum(counts * most // n, 1))
    starts = np.cumsum(counts) - counts
    picks = [order[start : start + want] for start, want in zip(starts, wanted, strict=True)]
    return np.sort(np.concatenate(picks)).astype(np.int64)


def constant(predictions: Predictions, truth: Ints | Floats) -> Predictions:
    """A dummy on the same rows: the most frequent class with the class shares, or the median, of `truth`."""
    n = len(predictions)
    if not predictions.task.is_classification:
        return replace(predictions, y_pred=np.full(n, np.median(truth)), proba=None, X=None)
    shares = np.bincount(truth.astype(np.int64), minlength=len(predictions.classes)) / max(len(truth), 1)
    guess = np.full(n, int(np.argmax(shares)), dtype=np.int64)
    return replace(predictions, y_pred=guess, proba=np.tile(shares, (n, 1)), X=None)


def called(model: Any, rows: Predictions, frame: pd.DataFrame) -> Predictions:
    """`rows` with what the model says of `frame`. Refused when it raises: a model may be anybody's code."""
    try:
        said, proba = predict(model, frame, rows.task, rows.classes, rows.positive)
    except Exception as error:
        raise Refused(f"the model refused the rows ({said_by(error)})") from error
    return replace(rows, y_pred=said, proba=proba)


def said_by(error: Exception) -> str:
    """The kind of an error and the first line of what it says. Cancelled is no error and goes on."""
    if isinstance(error, Cancelled):
        raise error
    first = (str(error).strip().splitlines() or [""])[0][:200].rstrip(".")
    return f"{type(error).__name__}: {first}"


def _own(few: Predictions, model: Any) -> tuple[Predictions, str, tuple[Note, ...]]:
    """The rows with the model's own predictions, so that severity 0 is the model and not what was handed over; why it
    cannot be called, or nothing; and notes."""
    if model is None:
        return few, "no model was given that could be called again", ()
    if few.X is None or not few.X.shape[1]:
        return few, "no features were given (X)", ()
    try:
        own = called(model, few, few.X)
    except Refused as reason:
        return few, str(reason), ()
    other = int((own.y_pred != few.y_pred).sum())
    text = f"On {other} of {len(few)} rows the model predicts something else than was given; stress tests take its own."
    return own, "", (Note("model_disagrees", text),) if other else ()


def _encoded(model: Any, own: Predictions) -> Encoded | None:
    """The encoded rows, where asking with the first of them gives what the model says; None otherwise."""
    few = own.take(np.arange(min(len(own), FIRST_ROWS)))
    if own.X is None or few.X is None:
        return None
    try:
        encoded = Encoded.of(model, own.X)
        return encoded if encoded and _agree(called(encoded.asked(encoded.first(len(few))), few, few.X), few) else None
    except Exception as error:  # whatever it is: the frames themselves are corrupted instead
        said_by(error)
        return None


def _agree(first: Predictions, second: Predictions) -> bool:
    """Whether two say the same, to the bit."""
    if first.proba is None or second.proba is None:
        return first.proba is second.proba and bool(np.array_equal(first.y_pred, second.y_pred))
    return bool(np.array_equal(first.proba, second.proba))
