"""Honest discovery of weak slices: searched on some rows, confirmed on others.

The five steps. (a) Cells are searched on the out-of-fold or `valid` predictions and confirmed on the test rows, or
searched on one half of the test rows and confirmed on the other. (b) Of all bins of a feature and cells of two with at
least max(15, 1 %) rows, and enough for 15 among the confirming ones, the K = 20 that stand out most against the other
rows are kept. A cell is dropped here that
overlaps with a better one (Jaccard > .5) or lies inside it; and a cell of two that does not stand out inside both of
its bins (z < 3), as any part of a weak bin would else look weak. (c) Each is tested once against its complement on the
confirming rows, in one direction, and Benjamini and Hochberg's procedure at q = .10 decides. (d) Its size comes from
the confirming rows, at the level 1 − q·R/K. (e) Beside it stands the gap that would have been visible.

The loss of a row is 0 or 1 (wrong) for classes and |error| for numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from modellab_core.data.task import Task
from modellab_core.harness.case import Case, Development
from modellab_core.harness.predictions import Floats, Ints, Predictions
from modellab_core.harness.slices.bins import Cut
from modellab_core.harness.slices.columns import Columns
from modellab_core.harness.slices.confirming import Confirming, Tested
from modellab_core.harness.slices.gap_tests import fcr_level
from modellab_core.harness.slices.halves import halves
from modellab_core.harness.slices.query import rows as rows_of
from modellab_core.harness.slices.search import CellSums, cell_sums, inner_scores, standouts, z_scores
from modellab_core.harness.slices.slicers import FEATURES, Slice, both, cut_at

KEPT = 20
PAIRED = 20
Q = 0.10
FEWEST = 15
SHARE = 0.01
FEW_ROWS = 30
INNER = 3.0  # z of a cell of two inside each of its bins: what a hundred parts of a bin reach by chance is less

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Discovery:
    """What was found: plain JSON, and the confirmed slices, the surest gap first, on the confirming rows."""

    told: Mapping[str, Any] = field(default_factory=dict)
    confirmed: Sequence[Slice] = ()


@dataclass(frozen=True, eq=False)
class Parts:
    """The rows to search and the positions of the test rows that confirm."""

    kind: Literal["out_of_fold", "valid", "half"]
    search: Predictions
    confirm: Ints
    note: str = ""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A cell that was kept: its name, its query and its rows among those searched."""

    name: str
    bin: str
    query: str
    n: int
    z: float


@dataclass(frozen=True, eq=False)
class Searched:
    """What a search gave: the cells kept, the number of cells with enough rows, and the share of the rows that such a
    cell, and such a bin of one feature, typically holds (their medians; NaN without any)."""

    kept: Sequence[Candidate]
    cells: int
    cell_share: float
    bin_share: float
    note: str

    @property
    def least(self) -> float:
        """The z that a cell had to exceed to be kept."""
        return max(self.kept[-1].z, INNER) if len(self.kept) == KEPT else INNER


def discover(case: Case) -> Discovery:
    """The weak slices of a case; {} where the plan asks for no search, and a note where none can be made."""
    if not case.plan.discovery:
        return Discovery()
    if case.plan.slicers is not None and "feature" not in case.plan.slicers:
        return _not_applicable("the plan does not cut by features (slicers)")
    if case.predictions.X is None or not case.predictions.X.shape[1]:
        return _not_applicable("no features were given (X)")
    parts = parts_of(case)
    rows = min(len(parts.search), len(parts.confirm))
    if rows < FEW_ROWS:
        return _not_applicable(f"there are {rows} rows to search or to confirm on, fewer than {FEW_ROWS}")
    return _confirmed(case, parts, candidates(parts.search, row_losses(parts.search), len(parts.confirm)))


def _not_applicable(why: str) -> Discovery:
    return Discovery({"found": [], "note": f"Not applicable, because {why}."})


def row_losses(predictions: Predictions) -> Floats:
    """The loss of each row, (n,): 1 for a wrong class and 0 for the right one, or |error|."""
    if predictions.task is Task.REGRESSION:
        return np.asarray(np.abs(predictions.y_true - predictions.y_pred), dtype=np.float64)
    return np.asarray(predictions.y_true != predictions.y_pred, dtype=np.float64)


def parts_of(case: Case) -> Parts:
    """Which rows are searched: those that are there to be chosen on, else half of the test rows."""
    searched, every = case.development, np.arange(len(case.predictions))
    if searched is not None and searched.predictions.X is not None:
        return Parts(searched.kind, _chosen(searched), every)
    search, confirm, note = halves(case.predictions, case.resampling)
    return Parts("half", case.predictions.take(search), confirm, note)


def _chosen(development: Development) -> Predictions:
    """Out of fold all rows; of a `valid` part the second half, as the first one chose the rounds."""
    second = development.fold == 1
    valid = development.kind == "valid" and second.any()
    return development.predictions.take(second) if valid else development.predictions


def candidates(search: Predictions, loss: Floats, confirming: int) -> Searched:
    """The cells that stand out most, how many had enough rows, how large these are, and a note on what was left out.

    A cell has enough rows if it has them in the search and, by its share, among so many `confirming` rows.
    """
    assert search.X is not None
    columns = Columns(search.X)
    places = [place for place in columns.places.values() if place < FEATURES]
    cuts, names = [cut_at(columns, place) for place in places], list(map(str, search.X.columns[places]))
    least = max(FEWEST, SHARE * len(loss), FEWEST * len(loss) / max(confirming, 1))
    order, note = _most_telling(cuts, loss, search.weight, least)
    cuts, names = [cuts[place] for place in order], [names[place] for place in order]
    cells = cell_sums([cut.codes for cut in cuts], loss, search.weight, together=PAIRED)
    enough = cells.n >= least
    codes = [cut.codes for cut in cuts]
    telling = enough & (inner_scores(cells, codes, loss, search.weight) >= INNER)
    z = np.where(telling, z_scores(cells, loss, search.weight), 0.0)
    kept = standouts(codes, cells, z, KEPT)
    if len(columns) > FEATURES:
        note = f"Only the first {FEATURES} of {len(columns)} features were searched. {note}".strip()
    told = [_candidate(cuts, names, cells, at, float(z[at])) for at in kept]
    return Searched(
        [one for one in told if one is not None],
        int(enough.sum()),
        _middle(cells.n[enough]) / len(loss),
        _middle(cells.n[enough & (cells.cuts[:, 1] < 0)]) / len(loss),
        note,
    )


def _middle(n: Ints) -> float:
    return float(np.median(n)) if len(n) else math.nan


def _most_telling(cuts: Sequence[Cut], loss: Floats, weight: Floats | None, least: float) -> tuple[list[int], str]:
    """The cuts in order, those first that are also searched two by two, and a note where these are not all."""
    every = list(range(len(cuts)))
    if len(cuts) <= PAIRED:
        return every, ""
    cells = cell_sums([cut.codes for cut in cuts], loss, weight, together=0)
    z = np.where(cells.n >= least, z_scores(cells, loss, weight), -np.inf)
    strongest = np.full(len(cuts), -np.inf)
    np.maximum.at(strongest, cells.cuts[:, 0], z)
    first = sorted(np.argsort(-strongest, kind="stable")[:PAIRED].tolist())
    note = f"Cells of two features were searched among the {PAIRED} of {len(cuts)} that tell most by themselves."
    return [*first, *(place for place in every if place not in first)], note


def _candidate(cuts: Sequence[Cut], names: Sequence[str], cells: CellSums, at: int, z: float) -> Candidate | None:
    parts = [(int(cut), int(code)) for cut, code in zip(cells.cuts[at], cells.codes[at], strict=True) if cut >= 0]
    texts = [cuts[cut].texts[code] for cut, code in parts]
    named = " and ".join(f"{names[cut]}: {text}" for (cut, _), text in zip(parts, texts, strict=True))
    query = both(*(cuts[cut].queries[code] for cut, code in parts))
    # without a query the cell cannot be found again in other rows
    return None if query is None else Candidate(named, " and ".join(texts), query, int(cells.n[at]), z)


def _confirmed(case: Case, parts: Parts, searched: Searched) -> Discovery:
    kept, notes = searched.kept, [text for text in (searched.note, parts.note) if text]
    confirm = case.predictions.take(parts.confirm)
    assert confirm.X is not None
    confirming = Confirming(confirm, row_losses(confirm), case.resampling, parts.confirm, case.plan)
    columns = Columns(confirm.X)
    inside = [rows_of(one.query, columns) for one in kept]
    tested = confirming.tested(inside, Q)
    if not kept:
        notes.append("No cell had enough rows and a higher loss than the other rows.")
    level = fcr_level(Q, max(sum(one.confirmed for one in tested), 1), max(len(kept), 1))
    lines = [
        _line(one, result, confirming, mask, level) for one, result, mask in zip(kept, tested, inside, strict=True)
    ]
    order = sorted((at for at, one in enumerate(tested) if one.confirmed), key=lambda at: (-lines[at]["low"], at))
    gap, rows = confirming.visible(
        tested, searched.cell_share, searched.bin_share, len(parts.search), searched.least, Q / max(len(kept), 1)
    )
    told = {
        "search": {"kind": parts.kind, "n": len(parts.search)},
        "confirm": {"n": len(confirm)},
        "loss": "absolute error" if confirm.task is Task.REGRESSION else "error rate",
        "searched": searched.cells,
        "kept": len(kept),
        "q": Q,
        "level": level,
        "test": confirming.test,
        "found": [lines[at] for at in order],
        "unconfirmed": [line for line, one in zip(lines, tested, strict=True) if not one.confirmed],
        "visible_gap": gap,
        "visible_n": rows,
        "note": " ".join(_sentence(note) for note in notes),
    }
    slices = [_slice(kept[at], tested[at], inside[at], parts, len(case.predictions)) for at in order]
    return Discovery(told, slices)


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:].rstrip('.')}."


def _line(one: Candidate, result: Tested, confirming: Confirming, inside: Mask, level: float) -> dict[str, Any]:
    low, high = confirming.ends(result.gap, inside, level)
    return {
        "name": one.name,
        "query": one.query,
        "n": result.gap.n,
        "loss": result.gap.loss,
        "rest": result.gap.rest,
        "difference": result.gap.difference,
        "low": low,
        "high": high,
        "p_value": result.p_value,
        "q_value": result.q_value,
        "searched_n": one.n,
        "z": one.z,
    }


def _slice(one: Candidate, result: Tested, inside: Mask, parts: Parts, n: int) -> Slice:
    rows = np.zeros(n, dtype=bool)
    rows[parts.confirm[inside]] = True
    name = one.name if len(parts.confirm) == n else f"{one.name} (confirming half)"
    # without a feature: the bins of a feature hold each row once, and this is one more look at some of them
    return Slice(name, rows, None, one.bin, one.query, "discovery", True, result.q_value)
