"""Two runs or more side by side: where their settings differ, and which rows one gets right and the other wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from modellab_core.harness.comparing.flips import Flips, flips
from modellab_core.lab.judging import Judging
from modellab_core.store.catalog_lines import RunLine
from modellab_core.store.tables import Run

ASKED = ("model", "target", "task", "positive", "metric", "split", "test_size", "seed", "template", "weight")


class Contrast(Judging):
    """Verbs that say how runs differ."""

    def flips(self, first: str, second: str) -> Flips:
        """The rows on which two runs differ. Conflict when they were not scored on the same rows and truths."""
        runs = [self.run(ref) for ref in (first, second)]
        self._family([run.id for run in runs])
        sides = self._sides(runs)
        return flips(*(sides[run.id] for run in runs))

    def differing(self, refs: Sequence[str]) -> pd.DataFrame:
        """The settings in which runs differ: a line a setting, a column a run id; "" where a run has none.

        Without lines when all are set alike, as the models of one batch are.
        """
        return differing([self.run(ref) for ref in refs])

    def beside(self, refs: Sequence[str]) -> pd.DataFrame:
        """What runs were given and what they gave, where they differ: a line a value, a column a run id; None without.

        The index is the kind (metrics, params, tags) and the name. A metric is the value that holds: the one that was
        logged last, else that of the report. Nothing is said of which run is better: single numbers have no interval.
        """
        frame = self._frame([self.run(ref) for ref in refs]).set_index("id")
        said = [name for name in frame.columns if str(name).startswith(("metrics.", "params.", "tags."))]
        told = frame[said].astype(object).where(frame[said].notna(), None).T
        ends = [[str(name).split(".", 1)[end] for name in said] for end in (0, 1)]
        told.index = pd.MultiIndex.from_arrays(ends, names=["kind", "name"])
        return told[[len({repr(value) for value in line}) > 1 for line in told.to_numpy()]]


def differing(runs: Sequence[Run | RunLine]) -> pd.DataFrame:
    """The settings in which `runs` differ, as `Contrast.differing` gives them."""
    asked = {run.id: settings_of(run.recipe) for run in runs}
    names = dict.fromkeys(name for one in asked.values() for name in one)
    lines = {name: {run: one.get(name, "") for run, one in asked.items()} for name in names}
    kept = {name: line for name, line in lines.items() if len(set(line.values())) > 1}
    return pd.DataFrame.from_dict(kept, orient="index", columns=list(asked), dtype=str)


def settings_of(recipe: Mapping[str, Any]) -> dict[str, str]:
    """What a run was asked for, flat, as text; what was not asked for is left out."""
    kept = {name: recipe.get(name) for name in ASKED}
    kept |= {"leave out": ", ".join(recipe.get("drop") or ()), "data": str(recipe.get("sha256") or "")[:12]}
    kept |= dict(recipe.get("params") or {})
    return {name: str(value) for name, value in kept.items() if value not in (None, "")}
