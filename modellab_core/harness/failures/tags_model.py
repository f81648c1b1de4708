"""Tags about what the model says of a row: how near to another answer, and whether it says it again."""

from __future__ import annotations

import numpy as np

from modellab_core.harness.asking import NotApplicable, apart, shown_answer
from modellab_core.harness.failures.tags import CLASSIFICATION, Look, tag

NARROW = 0.1
ROUNDING = 1e-9
SAME = 1e-6


@tag("near the boundary", CLASSIFICATION)
def near_the_boundary(look: Look) -> dict[int, str]:
    """The probabilities of the two most probable classes differ by at most .1."""
    predictions = look.predictions
    if predictions.proba is None:
        raise NotApplicable("there are no probabilities")
    proba = predictions.proba[look.rows]
    order = np.argsort(-proba, axis=1, kind="stable")[:, :2]
    top = np.take_along_axis(proba, order, axis=1)
    found = {}
    for place in np.flatnonzero(top[:, 0] - top[:, 1] <= NARROW + ROUNDING).tolist():
        first, second = predictions.labels(order[place])
        found[int(look.rows[place])] = f"{first!r} has {top[place, 0]:.3g} and {second!r} has {top[place, 1]:.3g}"
    return found


@tag("not reproducible")
def not_reproducible(look: Look) -> dict[int, str]:
    """The model, asked again about the chosen rows, does not give the stored answer (within a millionth)."""
    given = look.predictions.take(look.asked)
    again = look.ask(look.asked, look.X.iloc[look.asked])
    moved = apart(given, again)
    return {
        int(look.asked[at]): f"stored: {shown_answer(given, at)}; asked again, the model says {shown_answer(again, at)}"
        for at in np.flatnonzero(moved > SAME).tolist()
    }
