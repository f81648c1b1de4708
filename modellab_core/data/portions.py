"""Taking some of the rows: by class, by whole groups, by time. Arrays in, arrays out, all of it deterministic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from modellab_core.data.chance import Ints, random_keys, shuffled

FOLDS = 5
ATTEMPTS = 25
MOST_GROUPS_WEIGHED = 20_000

Mask = npt.NDArray[np.bool_]


class Dealer(Protocol):
    """A way to take rows. `rows` are sorted positions in the table."""

    def take(self, rows: Ints, total: int, purpose: str) -> Ints:
        """About `total` of `rows`, sorted; for the purpose `valid` not more, if that can be."""

    def folds(self, rows: Ints, count: int = FOLDS) -> Ints:
        """The fold of each of `rows`, 0 to `count` − 1; -1 for a row that is held out by none."""


def quotas(sizes: Ints, total: int, least: Ints, most: Ints) -> Ints:
    """`total` dealt out in proportion to `sizes` by largest remainder, each share between its `least` and `most`.

    Ties go to the earlier one. The sum differs from `total` only where the limits leave no other way.
    """
    ideal = sizes * (total / max(1, int(sizes.sum())))
    share: Ints = np.clip(np.floor(ideal).astype(np.int64), least, most)
    while (gap := total - int(share.sum())) != 0:
        step = 1 if gap > 0 else -1
        open_ = share < most if step > 0 else share > least
        if not open_.any():
            break
        want = np.where(open_, (ideal - share) * step, -np.inf)
        best = np.argsort(-want, kind="stable")[: min(abs(gap), int(open_.sum()))]
        share[best] += step
    return share


def _rank_within(codes: Ints, keys: npt.NDArray[np.uint64]) -> tuple[Ints, Ints]:
    """The order by (code, key), and each sorted item's place within its code."""
    order = np.lexsort((keys, codes))
    sorted_codes = codes[order]
    starts = np.flatnonzero(np.r_[True, sorted_codes[1:] != sorted_codes[:-1]]) if len(codes) else np.array([], int)
    lengths = np.diff(np.r_[starts, len(codes)])
    return order, np.arange(len(codes)) - np.repeat(starts, lengths)


@dataclass(frozen=True)
class ByClass:
    """Random rows, each class in proportion; `codes` is the class of every row of the table (all 0: no classes)."""

    codes: Ints
    seed: int

    def take(self, rows: Ints, total: int, purpose: str) -> Ints:
        """For the test part a class with two rows or more gives at least one and keeps at least one."""
        codes = self.codes[rows]
        sizes = np.bincount(codes).astype(np.int64)
        least = np.where(sizes >= 2, 1, 0) if purpose == "test" else np.zeros_like(sizes)
        share = quotas(sizes, total, least, np.maximum(sizes - 1, 0))
        order, place = _rank_within(codes, random_keys(self.seed, purpose, rows))
        return np.sort(rows[order[place < share[codes[order]]]])

    def folds(self, rows: Ints, count: int = FOLDS) -> Ints:
        """Folds whose sizes, in all and of each class, differ by at most one."""
        order, _ = _rank_within(self.codes[rows], random_keys(self.seed, "folds", rows))
        fold = np.empty(len(rows), dtype=np.int64)
        fold[order] = np.arange(len(rows)) % count
        return fold


@dataclass(frozen=True)
class ByGroup:
    """Whole groups; `groups` is the group code of every row, `codes` its class."""

    groups: Ints
    codes: Ints
    seed: int

    def take(self, rows: Ints, total: int, purpose: str) -> Ints:
        """The best of some random orders of the groups: every class stays represented, the size is close to `total`,
        the classes are in proportion. At least one group is taken and one is left.
        """
        names, local = np.unique(self.groups[rows], return_inverse=True)
        if len(names) < 2:
            return rows[:0]
        counts = self._counts(local, rows, len(names))
        attempts = ATTEMPTS if len(names) <= MOST_GROUPS_WEIGHED else 1
        tries = [self._prefix(names, counts, total, f"{purpose}-{number}") for number in range(attempts)]
        taken = min(tries, key=lambda mask: _unfitness(counts, mask, total))  # the first of equals
        return rows[taken[local]]

    def _counts(self, local: Ints, rows: Ints, groups: int) -> Ints:
        """Rows per group and class, (groups, classes); one class when weighing the classes would cost too much."""
        codes = self.codes[rows]
        classes = int(codes.max()) + 1
        if groups * classes > 100 * MOST_GROUPS_WEIGHED:
            codes, classes = np.zeros_like(codes), 1
        return np.bincount(local * classes + codes, minlength=groups * classes).reshape(groups, classes)

    def _prefix(self, names: Ints, counts: Ints, total: int, purpose: str) -> Mask:
        order = np.argsort(random_keys(self.seed, purpose, names), kind="stable")
        reached = np.cumsum(counts[order].sum(axis=1))[:-1]
        taken = np.zeros(len(names), dtype=bool)
        taken[order[: _closest(reached, total, purpose) + 1]] = True
        return taken

    def folds(self, rows: Ints, count: int = FOLDS) -> Ints:
        """Up to `count` folds of whole groups, large ones dealt first, each to the smallest fold; -1 for one group."""
        names, local, sizes = np.unique(self.groups[rows], return_inverse=True, return_counts=True)
        if len(names) < 2:
            return np.full(len(rows), -1, dtype=np.int64)
        order = np.lexsort((random_keys(self.seed, "folds", names), -sizes))
        filled = [0] * min(count, len(names))
        fold_of = np.empty(len(names), dtype=np.int64)
        for group, size in zip(order.tolist(), sizes[order].tolist(), strict=True):
            fold = filled.index(min(filled))
            fold_of[group] = fold
            filled[fold] += size
        folds: Ints = fold_of[local]
        return folds


def _closest(sizes: Ints, total: int, purpose: str) -> int:
    """The place of the size closest to `total`; for the valid part, which has an upper bound, of those not above it."""
    above = (sizes > total) & purpose.startswith("valid")
    return int(np.argmin(np.abs(sizes - total) + above * np.int64(1 << 40)))


def _unfitness(counts: Ints, taken: Mask, total: int) -> tuple[int, float]:
    inside, overall = counts[taken].sum(axis=0), counts.sum(axis=0)
    lost = int(((overall > 0) & (inside == overall)).sum())
    share = inside / max(1, inside.sum()) - overall / overall.sum()
    return lost, abs(int(inside.sum()) - total) / total + float(np.abs(share).sum()) / 2


@dataclass(frozen=True)
class ByTime:
    """The latest rows; `moments` is the time of every row, equal moments stay together."""

    moments: npt.NDArray[np.int64] | npt.NDArray[np.float64]

    def take(self, rows: Ints, total: int, purpose: str) -> Ints:
        """The latest of `rows`, cut between two moments as close to `total` as it can be."""
        _, local, sizes = np.unique(self.moments[rows], return_inverse=True, return_counts=True)
        if len(sizes) < 2:
            return rows[:0]
        later = np.cumsum(sizes[::-1])[::-1][1:]  # rows at or after each moment but the first
        first = _closest(later, total, purpose) + 1
        return rows[local >= first]

    def folds(self, rows: Ints, count: int = FOLDS) -> Ints:
        """Blocks in order of time, one more than folds: the first is -1, each of the others is fitted on all before."""
        _, local, sizes = np.unique(self.moments[rows], return_inverse=True, return_counts=True)
        middle = np.cumsum(sizes) - sizes / 2  # the block of a moment is where its middle row falls
        block = np.minimum((middle * (count + 1) / len(rows)).astype(np.int64), count)
        _, dense = np.unique(block, return_inverse=True)
        folds: Ints = dense[local].astype(np.int64) - 1
        return folds


def halves(dealer: Dealer, rows: Ints) -> Ints:
    """0 or 1 for each of `rows`: two halves, taken by the same rule; by time the later half is 1."""
    later = dealer.take(rows, len(rows) // 2, "halves")
    if len(later) == 0 and len(rows) > 1:  # one group, or one moment: nothing to keep together any more
        later = shuffled(0, "halves", rows)[: len(rows) // 2]
    return np.isin(rows, later).astype(np.int64)
