"""Columns that together make up a numeric target."""

from __future__ import annotations

import numpy as np

from modellab_core.checks.check import Found, Looked, NotApplicable, check
from modellab_core.checks.ground import Ground
from modellab_core.checks.leaks import PERFECT, PERFECT_LOW, enough, leave_out, scores
from modellab_core.data.task import Task
from modellab_core.harness.figures.wording import named, number
from modellab_core.harness.predictions import Floats

TOGETHER, MOST_TOGETHER, MOST_ADDED = 0.9995, 3, 300


@check(
    "target_from_columns",
    "A few columns together give the target",
    "serious",
    "target",
    "two or three columns explain at least 99.95 % of a numeric target by a sum or a product with fixed factors, more "
    "than measurements with an error can",
)
def target_from_columns(ground: Ground) -> Looked:
    """Two or three columns that add up, or multiply, to the target."""
    enough(ground)
    if ground.task is not Task.REGRESSION:
        raise NotApplicable("the target is a class")
    rows = ground.sample(5000)
    names = [name for name in ground.of_kind("number") if np.isfinite(ground.numbers(name)[rows]).mean() >= 0.8]
    names = [name for name in names if not _alone(ground, name)][:MOST_ADDED]
    if len(names) < 2:
        raise NotApplicable("fewer than two columns of numbers are left that could add up")
    inputs = np.column_stack([ground.numbers(name)[rows] for name in names])
    truth = np.asarray(ground.truth, dtype=np.float64)[rows]
    whole = np.isfinite(inputs).all(axis=1)
    for words, X, y in _forms(inputs[whole], truth[whole]):
        found = _few(X, y)
        if found:
            yield _together(ground, [names[place] for place in found[0]], words, found[1], int(whole.sum()))
            return


def _alone(ground: Ground, name: str) -> bool:
    score = scores(ground).get(name)
    return score is not None and score.value >= PERFECT and score.low >= PERFECT_LOW


def _forms(inputs: Floats, truth: Floats) -> list[tuple[str, Floats, Floats]]:
    """The columns as terms of a sum, and, those that are all positive, as factors of a product (by logarithms)."""
    if len(truth) < 30:
        return []
    forms = [("add up to", inputs, truth)]
    positive = (inputs > 0).all(axis=0)
    if (truth > 0).all() and positive.sum() >= 2:
        logs = np.where(positive, np.log(np.where(positive, inputs, 1.0)), 0.0)
        forms.append(("multiply to", logs, np.log(truth)))
    return forms


def _few(X: Floats, y: Floats) -> tuple[list[int], float] | None:
    """The two or three columns that explain `y` to TOGETHER, and how far; None if there are none."""
    spread = X.std(axis=0)
    usable = np.flatnonzero(spread > 1e-12 * np.maximum(np.abs(X).max(axis=0), 1e-300))
    if len(usable) < 2 or y.std() == 0:
        return None
    Z = (X[:, usable] - X[:, usable].mean(axis=0)) / spread[usable]
    target = (y - y.mean()) / y.std()
    own, between = Z.T @ target / len(y), Z.T @ Z / len(y)
    bottom = 1 - between**2
    top = own[:, None] ** 2 + own[None, :] ** 2 - 2 * own[:, None] * own[None, :] * between
    explained = np.where(bottom > 1e-9, top / np.maximum(bottom, 1e-9), 0.0)
    one, other = np.unravel_index(int(np.argmax(np.where(explained <= 1 + 1e-6, explained, 0))), explained.shape)
    chosen = [int(one), int(other)]
    while len(chosen) <= MOST_TOGETHER:
        weights = np.linalg.lstsq(Z[:, chosen], target, rcond=None)[0]
        rest = target - Z[:, chosen] @ weights
        share = 1 - float((rest**2).mean())
        if share >= TOGETHER:
            return [int(usable[place]) for place in chosen], share
        score = np.abs(Z.T @ rest)
        score[chosen] = -1
        chosen.append(int(score.argmax()))
    return None


def _together(ground: Ground, names: list[str], words: str, share: float, rows: int) -> Found:
    told = " and ".join(named(name) for name in names)
    claim = (
        f"{told} {words} {named(ground.target)} with fixed factors: they explain {number(100 * share)} % of it in "
        f"{rows:,} rows."
    )
    way = "Leave out those that are not known before the target is."
    return Found(claim, tuple(names), {"explained": share, "rows": rows}, way, leave_out(*names))
