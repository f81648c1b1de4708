"""All cells of one and of two cuts: their rows and their losses, by counting codes; and the worst of them.

A cut is an array of codes, (n,) of whole numbers from 0 to 15: the bin of each row. Everything here takes plain arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from modellab_core.harness.predictions import Floats, Ints

Cut = npt.NDArray[np.integer]
NOTHING = -1
LOOKED_AT = 1000


@dataclass(frozen=True, eq=False)
class CellSums:
    """Every cell with a row: the cuts that it takes its rows from and their codes, and sums over its rows.

    `cuts` and `codes` (cells, 2) are −1 in their second column for the bins of one cut. `n` (cells,) counts rows,
    `weight` sums their weights and `loss` their weighted losses.
    """

    cuts: Ints
    codes: Ints
    n: Ints
    weight: Floats
    loss: Floats

    def __len__(self) -> int:
        return len(self.n)


def cell_sums(cuts: Sequence[Cut], loss: Floats, weight: Floats | None = None, together: int | None = None) -> CellSums:
    """The bins of every cut and the cells of every two of the first `together` (None: all; 0: none).

    `loss` (n,) is any number per row. Costs one pass of counting per cell table; memory is a few numbers per row.
    """
    several = list(range(len(cuts)))[:together]
    ways = [(a, NOTHING) for a in range(len(cuts))] + list(combinations(several, 2))
    counting = _Counting(cuts, loss, weight)
    tables = [counting.table(a, b) for a, b in ways]
    found = [np.flatnonzero(n) for n, _, _ in tables]
    places = np.repeat(np.arange(len(ways)), [len(cells) for cells in found])
    flat = np.concatenate(found or [np.zeros(0, dtype=np.int64)])
    pairs = np.array(ways, dtype=np.int64).reshape(-1, 2)[places]
    size = np.where(pairs[:, 1] == NOTHING, 1, np.array([*counting.bins, 1])[pairs[:, 1]])
    second = np.where(pairs[:, 1] == NOTHING, NOTHING, flat % size)
    columns = [
        np.concatenate([table[column][cells] for table, cells in zip(tables, found, strict=True)] or [np.zeros(0)])
        for column in range(3)
    ]
    codes = np.stack([flat // size, second], axis=1)
    return CellSums(pairs, codes, columns[0].astype(np.int64), columns[1], columns[2])


def bins_in(cut: Cut) -> int:
    """Number of bins of a cut: its highest code and one."""
    return int(cut.max()) + 1 if len(cut) else 0


class _Counting:
    """Tables of cells, with the codes of the first cut kept wide so that one sum per row makes a cell's number."""

    def __init__(self, cuts: Sequence[Cut], loss: Floats, weight: Floats | None) -> None:
        self.cuts, self.bins = cuts, [bins_in(cut) for cut in cuts]
        self.weight = weight
        self.weighted = np.asarray(loss if weight is None else loss * weight, dtype=np.float64)
        # where every row is right or wrong, rows and losses come out of one count
        self.zero_one = weight is None and bool(((self.weighted == 0) | (self.weighted == 1)).all())
        self.wrong = self.weighted.astype(np.intp) if self.zero_one else None
        self.cell = np.empty(len(loss), dtype=np.intp)
        self.wide: tuple[int, int, npt.NDArray[np.intp]] | None = None

    def _numbered(self, a: int, b: int) -> npt.NDArray[np.intp]:
        """The number of each row's cell; of right and wrong rows apart where losses are 0 or 1."""
        size = 1 if b == NOTHING else max(self.bins)
        if self.wide is None or self.wide[:2] != (a, size):
            wide = self.cuts[a].astype(np.intp)
            if self.wrong is not None:
                wide = wide * 2 + self.wrong
            self.wide = (a, size, wide * size)
        if b == NOTHING:
            return self.wide[2]
        return np.add(self.wide[2], self.cuts[b], out=self.cell, casting="unsafe")

    def table(self, a: int, b: int) -> tuple[Floats, Floats, Floats]:
        """Rows, weights and losses of all cells of two cuts, (bins of a · bins of b,) each."""
        size = 1 if b == NOTHING else max(self.bins)
        keep = 1 if b == NOTHING else self.bins[b]
        cells, shape = self._numbered(a, b), (self.bins[a], size)
        if self.zero_one:
            both = np.bincount(cells, minlength=2 * shape[0] * size).reshape(shape[0], 2, size)[:, :, :keep]
            n = both.sum(axis=1).ravel().astype(np.float64)
            return n, n, both[:, 1].ravel().astype(np.float64)

        def summed(weights: Floats | None) -> Floats:
            table = np.bincount(cells, weights=weights, minlength=shape[0] * size).reshape(shape)
            return table[:, :keep].ravel().astype(np.float64)

        n = summed(None)
        return n, (n if self.weight is None else summed(self.weight)), summed(self.weighted)


@dataclass(frozen=True)
class TopSlice:
    """A cell with its score: `parts` are pairs (position of the cut, code), one or two; `loss` is the mean."""

    parts: tuple[tuple[int, int], ...]
    score: float
    n: int
    loss: float


def top_slices(
    codes: Sequence[Cut], loss: Floats, k: int = 10, alpha: float = 0.95, min_rows: int = 10, level: int = 2
) -> list[TopSlice]:
    """The `k` cells with the highest positive score among those with `min_rows` rows, best first; ties by position.

    score = α·(mean loss of the cell / mean loss − 1) − (1 − α)·(n / rows of the cell − 1), for cells of one cut and,
    with `level` 2, of two (Sagadeeva & Boehm, SIGMOD 2021). Empty where there is no loss. These are the cells that
    look worst: whether they are is another question (`slices/discovery.py`).
    """
    n, total = len(loss), float(np.sum(loss))
    if not n or total <= 0:
        return []
    cells = cell_sums(codes, loss, together=None if level >= 2 else 0)
    score = alpha * (cells.loss / cells.n / (total / n) - 1) - (1 - alpha) * (n / cells.n - 1)
    enough = np.flatnonzero((cells.n >= min_rows) & (score > 0))
    order = enough[np.argsort(-score[enough], kind="stable")][:k]
    return [
        TopSlice(
            tuple((int(cut), int(code)) for cut, code in zip(cells.cuts[at], cells.codes[at], strict=True) if cut >= 0),
            float(score[at]),
            int(cells.n[at]),
            float(cells.loss[at] / cells.n[at]),
        )
        for at in order
    ]


def inner_scores(cells: CellSums, cuts: Sequence[Cut], loss: Floats, weight: Floats | None = None) -> Floats:
    """How far each cell of two cuts lies above the rest of each of its two bins, in standard errors: the lesser of
    both, (cells,); infinite for the bins of one cut, which lie in no other.

    The spread is that of the bin, so a bin that is weak as a whole lends nothing to the cells inside it.
    """
    weight = np.ones(len(loss)) if weight is None else weight
    lowest = np.full(len(cells), np.inf)
    double = cells.cuts[:, 1] != NOTHING
    for side in (0, 1):
        for place in np.unique(cells.cuts[double, side]):
            rows = np.flatnonzero(double & (cells.cuts[:, side] == place))
            codes, cut = cells.codes[rows, side], cuts[place]
            held, sums, squares, powers = (
                np.bincount(cut, weights=each, minlength=bins_in(cut))[codes]
                for each in (weight, weight * loss, weight * loss**2, weight**2)
            )
            z = _above_rest(cells.loss[rows], cells.weight[rows], sums, held, squares, held**2 / powers)
            lowest[rows] = np.minimum(lowest[rows], z)
    return lowest


def _above_rest(loss: Floats, weight: Floats, sums: Floats, held: Floats, squares: Floats, effective: Floats) -> Floats:
    """z of parts with `loss` and `weight` in wholes of `sums`, `held`, `squares`; 0 without a rest or a spread."""
    with np.errstate(all="ignore"):
        share, mean = weight / held, sums / held
        spread = squares / held - mean**2
        z = (loss / weight - mean) / np.sqrt(spread * (1 - share) / (share * effective))
    return np.where(np.isfinite(z), z, 0.0)


def z_scores(cells: CellSums, loss: Floats, weight: Floats | None = None) -> Floats:
    """How far each cell's mean loss lies above that of the other rows, in standard errors, (cells,).

    The spread is that of all rows, so that a small cell without spread gets no score beyond all bounds. 0 where the
    loss has no spread or a cell has no weight; a cell that holds all rows has 0 too.
    """
    weight = np.ones(len(loss)) if weight is None else weight
    whole = [float(each.sum()) for each in (weight * loss, weight, weight * loss**2, weight**2)]
    # of importance weights a cell has as many effective rows as its share of all of them
    effective = whole[1] ** 2 / whole[3] if whole[3] > 0 else 0.0
    return _above_rest(cells.loss, cells.weight, *(np.array(one) for one in (*whole[:3], effective)))


def standouts(cuts: Sequence[Cut], cells: CellSums, z: Floats, most: int, overlap: float = 0.5) -> list[int]:
    """Positions of the `most` cells with the highest positive `z`, best first.

    A cell is left out that shares with a better one more than `overlap` of the rows of both (Jaccard), or lies inside
    it. Ties go to the cell that comes first: to one feature before two.
    """
    order = np.argsort(-z, kind="stable")[:LOOKED_AT]
    kept: list[int] = []
    packed: list[npt.NDArray[np.uint64]] = []
    for at in order[z[order] > 0].tolist():
        if len(kept) == most:
            break
        rows, n = _packed(cuts, cells, at), int(cells.n[at])
        shared = [int(np.bitwise_count(rows & other).sum()) for other in packed]
        others = [int(cells.n[other]) for other in kept]
        if any(both > overlap * (n + m - both) or both == n for both, m in zip(shared, others, strict=True)):
            continue
        kept.append(at)
        packed.append(rows)
    return kept


def _packed(cuts: Sequence[Cut], cells: CellSums, at: int) -> npt.NDArray[np.uint64]:
    """The rows of a cell, a bit each."""
    (a, b), (code, other) = cells.cuts[at], cells.codes[at]
    rows = cuts[a] == code
    if b != NOTHING:
        rows &= cuts[b] == other
    bits = np.packbits(rows)
    return np.append(bits, np.zeros(-len(bits) % 8, dtype=np.uint8)).view(np.uint64)
