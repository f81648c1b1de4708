"""Laws of the model: an answer is about a row, and about nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from modellab_core.data.task import Task
from modellab_core.harness.asking import NotApplicable, Unanswered, answered
from modellab_core.harness.case import Case
from modellab_core.harness.laws.law import SAME, Broken, features, law, same_answers, say, some_rows

ONE_BY_ONE = 50
CLASSIFICATION = (Task.BINARY, Task.MULTICLASS)


@law("stored_answers", "The stored predictions are those of the model.")
def stored_answers(case: Case) -> str:
    """Some rows, asked again, and compared with what is evaluated."""
    rows = some_rows(case)
    said = say(case, rows, features(case).iloc[rows])
    return same_answers(case.predictions.take(rows), said, ("by what was stored", "when asked again"))


@law("same_question", "The same question twice gives the same answer.")
def same_question(case: Case) -> str:
    """Some rows, asked twice in the same way."""
    X, rows = features(case), some_rows(case)
    first, second = (say(case, rows, X.iloc[rows].copy()) for _ in range(2))
    return same_answers(first, second, ("the first time", "the second time"))


@law("order_of_rows", "The order of the rows changes no prediction.")
def order_of_rows(case: Case) -> str:
    """Some rows, asked as they come and shuffled."""
    X, rows = features(case), some_rows(case)
    mixed = np.random.default_rng([case.plan.seed, len(rows)]).permutation(len(rows))
    shuffled = say(case, rows[mixed], X.iloc[rows[mixed]])
    back = shuffled.take(np.argsort(mixed))
    return same_answers(say(case, rows, X.iloc[rows]), back, ("in the order of the rows", "when they are shuffled"))


@law("one_by_one", "A row asked by itself gets the answer that it gets among others.")
def one_by_one(case: Case) -> str:
    """Some rows, asked together and each by itself."""
    X, rows = features(case), some_rows(case, ONE_BY_ONE)
    together = say(case, rows, X.iloc[rows])
    alone = [say(case, rows[[at]], X.iloc[[row]]) for at, row in enumerate(rows.tolist())]
    joined = replace(
        together,
        y_pred=np.concatenate([one.y_pred for one in alone]),
        proba=None if alone[0].proba is None else np.concatenate([one.proba for one in alone if one.proba is not None]),
    )
    return same_answers(together, joined, ("among others", "by itself"))


@law("order_of_columns", "The order of the columns changes no prediction, as they have names.")
def order_of_columns(case: Case) -> str:
    """Some rows, asked with the columns from the last to the first; a model that refuses them does no harm."""
    X, rows = features(case), some_rows(case)
    if not all(isinstance(name, str) for name in X.columns):
        raise NotApplicable("the columns have no names")
    if X.shape[1] < 2:
        raise NotApplicable("there is a single column")
    said = say(case, rows, X.iloc[rows])
    turned: pd.DataFrame = X.iloc[rows, ::-1]
    try:
        other = answered(case.model, case.predictions.take(rows), turned)
    except Unanswered as reason:
        return f"{reason}, so that no wrong answer is given"
    return same_answers(said, other, ("with the columns as they are", "from the last column to the first"))


@law("probabilities", "The probabilities of a row are between 0 and 1 and sum to 1.", CLASSIFICATION)
def probabilities(case: Case) -> str:
    """The probabilities of all rows, as they are evaluated."""
    proba = case.predictions.proba
    if proba is None:
        raise NotApplicable("there are no probabilities")
    sums = proba.sum(axis=1)
    wrong = (np.abs(sums - 1) > SAME) | (proba < 0).any(axis=1) | (proba > 1).any(axis=1)
    if wrong.any():
        at = int(np.argmax(wrong))
        listed = ", ".join(f"{value:.6g}" for value in proba[at])
        raise Broken(
            f"{int(wrong.sum())} of {len(sums)} rows, the first is row {case.predictions.row[at]}: {listed}, "
            f"which sum to {sums[at]:.6g}."
        )
    return f"{len(sums)} rows, largest deviation {np.abs(sums - 1).max(initial=0.0):.2g}"
