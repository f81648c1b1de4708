"""The columns on which splits are compared: those that give the target away would hide any difference."""

from __future__ import annotations

from modellab_core.checks.ground import Ground
from modellab_core.checks.leaks import target_from_missing, target_given_away
from modellab_core.checks.sums import target_from_columns

GIVERS = (target_given_away, target_from_columns, target_from_missing)


def honest_features(ground: Ground) -> tuple[str, ...]:
    """The features without those that were found to give the target away; all of them where none would be left."""
    if "honest" not in ground.memory:
        giving = {name for check in GIVERS for one in check.findings(ground) if one.found for name in one.columns}
        ground.memory["honest"] = tuple(name for name in ground.features if name not in giving) or ground.features
    found: tuple[str, ...] = ground.memory["honest"]
    return found
