"""Runs judged: the one verdict within all stored runs of a split, the gate, and how often the split was looked at."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import numpy as np

from modellab_core.errors import BadInput, Conflict, NotFound
from modellab_core.harness.comparing.comparison import Comparison, judge
from modellab_core.harness.comparing.crossed import CrossComparison
from modellab_core.harness.comparing.findings import Accepted, ReportFinding, accepted_in, told_apart
from modellab_core.harness.comparing.gate import Gate, gate
from modellab_core.harness.comparing.looks import Looks
from modellab_core.harness.comparing.verdict import Incomparable, same_rows
from modellab_core.harness.engine.bundles import EXACT_ROWS
from modellab_core.harness.html.notebook import comparison_html
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan
from modellab_core.lab.runs import Runs, split_key
from modellab_core.store.tables import Run

PREDICTIONS = "predictions.parquet"
MOST_TOGETHER = 40  # models that are drawn together; pairs among more are told apart one by one
MOST_READ = 4_000_000  # rows × models that are read for a verdict, so that it takes seconds
MOST_RESAMPLED = 300_000  # rows × models where rows are drawn; above EXACT_ROWS bundles are, which costs less
KEPT = 64


@dataclass(frozen=True, repr=False)
class RunComparison(Comparison):
    """A Comparison of runs by their ids; `labels` are what they are called where a person looks at it."""

    labels: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, as of any Comparison."""
        return {key: value for key, value in super().to_json().items() if key != "labels"}

    def _repr_html_(self) -> str:
        return comparison_html(by_id(self, self.labels))


Found = TypeVar("Found", Comparison, CrossComparison)

_kept: OrderedDict[str, Comparison] = OrderedDict()
_splits: dict[tuple[str, str | None, str | None], str] = {}
_lock = Lock()


@dataclass(frozen=True, eq=False)
class Family:
    """Runs to judge, simple first, and the other stored runs of their split.

    `others` holds the id of one run for each further set of predictions; `looks` is the number of looks at the split.
    """

    runs: Sequence[Run]
    others: Mapping[str, str]
    looks: int

    @property
    def digests(self) -> list[str]:
        """The predictions of all runs, each once."""
        return list(dict.fromkeys([*(run.files[PREDICTIONS] for run in self.runs), *self.others]))

    def few(self, rows: int) -> bool:
        """Whether all can be read and drawn together in seconds, with so many test rows."""
        most = MOST_RESAMPLED if rows <= EXACT_ROWS else MOST_READ
        return len(self.digests) <= MOST_TOGETHER and rows * len(self.digests) <= most


class Judging(Runs):
    """Verbs that judge runs on the same test rows."""

    def compare(self, refs: Sequence[str], metric: str | None = None, margin: float | None = None) -> Comparison:
        """The one verdict over runs on the same test rows, by run id, simple first.

        The claims hold together with those about all other stored runs of the split, and are charged for looks at runs
        that are gone. With `margin` each pair says whether the two are equivalent within it. Conflict when the runs
        were scored on different rows or truths, so that no ranking would mean anything.
        """
        family = self._family(refs)
        chosen = metric or next((run.headline["metric"] for run in family.runs if run.headline), None)
        plan = replace(self.report(family.runs[0]).plan, headline=chosen)
        asked = [[(run.id, run.model, run.name) for run in family.runs], family.digests, family.looks]
        key = json.dumps([*asked, plan.to_json(), margin])
        with _lock:
            known = _kept.get(key)
        if known is None:
            known = self._judged(family, plan, margin)
            with _lock:
                _kept[key] = known
                while len(_kept) > KEPT:
                    _kept.popitem(last=False)
        return known

    def gate(self, candidate: str, baseline: str, margin: float, metric: str | None = None) -> Gate:
        """Whether one run may take the place of another: worse by less than `margin` of the metric, or not.

        Conflict when they were scored on different rows or truths; BadInput unless margin > 0.
        """
        sides = self._sides(self._family([candidate, baseline]).runs)
        new, old = self.run(candidate), self.run(baseline)
        plan = self.report(old).plan
        return gate(sides[new.id], sides[old.id], margin, metric or plan.headline, plan)

    def findings(self, candidate: str | Run, baseline: str | Run, accepted: Path | None = None) -> list[ReportFinding]:
        """What the report of `candidate` finds, each new, known from `baseline`, or accepted in the file `accepted`.

        The form of the file is told in `harness/comparing/findings.py`. BadInput when it has another, NotFound when it
        is not there.
        """
        entries: list[Accepted] = []
        if accepted is not None:
            if not accepted.is_file():
                raise NotFound(f"There is no file {str(accepted)!r} of accepted findings.")
            entries = accepted_in(accepted.read_bytes(), str(accepted))
        today = datetime.now(UTC).date()
        return told_apart(self.report(candidate), self.report(baseline), entries, today)

    def looks(self, ref: str | Run) -> int:
        """How many different sets of predictions were scored on the test rows of a run."""
        run = ref if isinstance(ref, Run) else self.run(ref)
        if PREDICTIONS not in run.files:
            return 0
        return self.catalog.evidence.looks(self._split_of(run))

    def _split_of(self, run: Run) -> str:
        """`split_key` of a run, worked out once for its predictions."""
        name = (run.kind, run.recipe.get("sha256"), run.files.get(PREDICTIONS))
        with _lock:
            known = _splits.get(name)
        if known is None:
            known = split_key(run, self.predictions(run))
            with _lock:
                _splits[name] = known
        return known

    def _known_again(self, runs: Sequence[Run], keys: dict[str, str]) -> dict[str, str]:
        """The splits of runs, where a run that was logged before any was trained stands on the split of its rows."""
        for run in runs:
            if run.kind == "logged" and not run.recipe.get("sha256"):
                mates = (one for one in runs if one.recipe.get("sha256") and self._same_rows(run, one))
                if (mate := next(mates, None)) is not None:
                    keys[run.id] = keys[mate.id]
                    self.catalog.evidence.look(keys[mate.id], run.files[PREDICTIONS])  # never too few
        return keys

    def _same_rows(self, one: Run, other: Run) -> bool:
        first, second = self.predictions(one), self.predictions(other)
        alike = (first.task, first.classes) == (second.task, second.classes)
        return alike and all(np.array_equal(getattr(first, name), getattr(second, name)) for name in ("row", "y_true"))

    def _sides(self, runs: Sequence[Run]) -> dict[str, Predictions]:
        """The predictions of runs by id. Conflict when their weights or groups differ."""
        sides = {run.id: self.predictions(run) for run in runs}
        try:
            same_rows(sides)
        except Incomparable as no:
            raise Conflict(f"These runs cannot be ranked: {no}") from no
        return sides

    def _family(self, refs: Sequence[str]) -> Family:
        """The named runs with all others of their split. Conflict when they are not of one split."""
        runs = sorted({run.id: run for run in (self.run(ref) for ref in refs)}.values(), key=simple_first)
        if len(runs) < 2:
            raise NotFound("A comparison needs two different runs or more: name another.")
        keys = self._known_again(runs, {run.id: self._split_of(run) for run in runs})
        other = [run.id for run in runs if keys[run.id] != keys[runs[0].id]]
        if other:
            raise Conflict(
                f"These runs cannot be ranked: {', '.join(other)} was scored on other test rows, another target or "
                f"other classes than {runs[0].id}. Train them on the same data with the same target, split and seed."
            )
        split = keys[runs[0].id]
        named = {run.files[PREDICTIONS] for run in runs}
        stored = self.catalog.evidence.runs_scored_on(split)
        others = {digest: run for digest, run in stored.items() if digest not in named}
        return Family(runs, others, self.catalog.evidence.looks(split))

    def _judged(self, family: Family, plan: Plan, margin: float | None) -> Comparison:
        labels, sides = distinct_labels(family.runs), self._sides(family.runs)
        models = {labels[run]: side for run, side in sides.items()}
        first = next(iter(sides.values()))
        beside = self._beside(family, first) if family.few(len(first)) else {}
        drawn, stored = len(family.digests) - len(family.others) + len(beside), len(family.digests)
        looks = Looks(total=max(family.looks, stored), stored=stored, drawn=drawn)
        found = judge(models, plan.headline, plan, margin=margin, beside=beside, looks=looks)
        named = by_id(found, {label: run for run, label in labels.items()})
        return RunComparison(**vars(named), labels=labels)

    def _beside(self, family: Family, first: Predictions) -> dict[str, Predictions]:
        """The predictions of the other runs that can be drawn with the named ones: of the same weights and groups."""
        read = {f"#{run}": self._whole(run) for run in family.others.values()}
        return {name: side for name, side in read.items() if side is not None and _alike(first, side)}

    def _whole(self, run: str) -> Predictions | None:
        """The predictions of a run, None when they are damaged or missing: they are charged for as if it were gone."""
        try:
            return self.predictions(run)
        except (BadInput, NotFound):
            return None


def _alike(first: Predictions, second: Predictions) -> bool:
    try:
        same_rows({"one": first, "other": second})
    except Incomparable:
        return False
    return True


def by_id(found: Found, ids: Mapping[str, str]) -> Found:
    """The same verdict with ids in the place of names; the sentence stays as people read it."""
    pairs: Any = [replace(pair, candidate=ids[pair.candidate], baseline=ids[pair.baseline]) for pair in found.pairs]
    return replace(
        found,
        names=tuple(ids[name] for name in found.names),
        top_set=tuple(ids[name] for name in found.top_set),
        best=ids.get(found.best or ""),
        recommended=ids.get(found.recommended or ""),
        pairs=tuple(pairs),
    )


def simple_first(run: Run) -> tuple[int, Any]:
    """The key by which runs are sorted: dummy, linear, XGBoost, then all others as they were made."""
    order = {"dummy": 0, "linear": 1, "xgboost": 2}
    return order.get(run.model, 3), run.created_at.isoformat()


def distinct_labels(runs: Sequence[Run]) -> dict[str, str]:
    """Labels for people that tell the runs apart, by id: the model's name, with the id where two runs share it."""
    names = [run.model or run.name for run in runs]
    return {
        run.id: name if names.count(name) == 1 else f"{name} {run.id}" for run, name in zip(runs, names, strict=True)
    }
