"""From the evidence found about a row to the cause of its error: one of six, or none that is proven.

Most errors stay `unexplained`, and that is an answer: a model that says .8 is wrong in one of five rows without
anything being amiss. A cause is given only where a tag with evidence stands for it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

CAUSES = ("data", "objective", "model", "optimisation", "systems", "human")
UNEXPLAINED = "unexplained"


@dataclass(frozen=True)
class Explanation:
    """A tag that explains an error: its cause, and why. With `only_errors` it explains nothing of a right answer."""

    tag: str
    cause: str
    reason: str
    only_errors: bool = False


EXPLANATIONS = (
    Explanation(
        "not reproducible", "systems", "asked again, the model gives another answer: what was stored is not it"
    ),
    Explanation("likely label error", "human", "the label was written down wrongly, so the prediction may be right"),
    Explanation("contradictory duplicate", "human", "the same row was recorded twice with different answers"),
    Explanation("features cannot tell apart", "data", "rows with different answers look the same to any model"),
    Explanation("unseen category", "data", "no training row shows what this value means"),
    Explanation("out of the training range", "data", "the prediction goes beyond what the training rows show"),
    Explanation("missing-driven", "data", "what the model puts in the place of a missing value decides"),
    Explanation("rare slice", "data", "too few training rows show what this value means"),
    Explanation("known row", "optimisation", "the fit did not take up an answer that it was shown repeatedly", True),
    Explanation("near the boundary", "objective", "where the line is drawn decides: another cost draws another", True),
    Explanation("worst slice", "model", "it is confirmed on other rows that the model does worse here", True),
)
"""The explanations, the strongest evidence first: a row with several tags gets the cause of the first."""


def cause_of(tags: Collection[str], wrong: bool = True) -> str:
    """The cause of a row with these tags, one of CAUSES or `unexplained`."""
    fitting = (one for one in EXPLANATIONS if one.tag in tags and (wrong or not one.only_errors))
    return next((one.cause for one in fitting), UNEXPLAINED)
