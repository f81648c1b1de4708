"""What a model says of corrupted rows, by severity and repeat, with as few calls as give the same.

Where every hit cell of one column becomes the same whatever the severity, the model is called once with the whole
column corrupted: a row then has the prediction of that call where it is hit, and its own where not. (A model is taken
to look at each row by itself.) Several columns are mixed in the encoded rows where the model encodes them exactly so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from modellab_core.harness.predictions import Predictions
from modellab_core.harness.stress.bench import Bench, Refused, called, said_by
from modellab_core.harness.stress.encoded import Encoded, same
from modellab_core.harness.stress.kind import Draw, Mask, Stress

Said = list[list[Predictions]]
"""Predictions by severity and repeat."""


@dataclass(eq=False)
class Calls:
    """The calls of one stress test on features; what its curves share is kept."""

    bench: Bench
    stress: Stress
    columns: tuple[int, ...]
    _others: dict[int, Any] = field(default_factory=dict)

    def said(self, columns: Sequence[int]) -> Said:
        """What the model says with these columns corrupted. Refused when it cannot be called."""
        stress = self.stress
        if stress.hit is not None and stress.each_feature:
            return self._from_whole_columns(columns[0])
        return [
            [self._asked(columns, severity, repeat) for repeat in range(stress.repeats)]
            for severity in stress.severities
        ]

    def _draw(self, repeat: int) -> Draw:
        return Draw(self.bench.case.plan.seed, self.stress.name, repeat)

    def _from_whole_columns(self, at: int) -> Said:
        stress, base = self.stress, self.bench.base.predictions
        whole = [self._asked((at,), 1.0, repeat) for repeat in range(1 if stress.fixed else stress.repeats)]
        found: Said = []
        for severity in stress.severities:
            hits = [self._draw(repeat).hit(at, len(base), severity) for repeat in range(stress.repeats)]
            found.append([_mixed(base, whole[min(turn, len(whole) - 1)], hit) for turn, hit in enumerate(hits)])
        return found

    def _asked(self, columns: Sequence[int], severity: float, repeat: int) -> Predictions:
        """What the model says at one severity and repeat: one call."""
        base, encoded = self.bench.base.predictions, self.encoded
        if encoded is None:
            return replace(called(self.bench.case.model, base, self._frame(columns, severity, repeat)), X=None)
        inputs = encoded.mixed(self._other(encoded, repeat), self._hits(columns, severity, repeat))
        return replace(called(encoded.asked(inputs), base, self.bench.X), X=None)

    def _frame(self, columns: Sequence[int], severity: float, repeat: int) -> Any:
        try:
            return self.stress.corrupt(self.bench.X, columns, severity, self._draw(repeat), self.bench.known)
        except Exception as error:
            raise Refused(f"these columns cannot be corrupted so ({said_by(error)})") from error

    def _hits(self, columns: Sequence[int], severity: float, repeat: int) -> dict[int, Mask]:
        draw, n = self._draw(repeat), len(self.bench.base.predictions)
        return {at: draw.hit(at, n, severity) for at in columns}

    def _other(self, encoded: Encoded, repeat: int) -> Any:
        """The inputs with every cell of all columns corrupted."""
        turn = 0 if self.stress.fixed else repeat
        if turn not in self._others:
            self._others[turn] = encoded.encode(self._frame(self.columns, 1.0, turn))
        return self._others[turn]

    @cached_property
    def encoded(self) -> Encoded | None:
        """The encoded rows, where mixing them is exact for this stress test: tried once, on half of the cells."""
        encoded = self.bench.encoded
        if encoded is None or self.stress.hit is None:
            return None
        try:
            mixed = encoded.mixed(self._other(encoded, 0), self._hits(self.columns, 0.5, 0))
            return encoded if same(mixed, encoded.encode(self._frame(self.columns, 0.5, 0))) else None
        except Exception as error:  # what is wrong is told when the model itself is called
            said_by(error)
            return None


def _mixed(own: Predictions, other: Predictions, where: Mask) -> Predictions:
    """`own` with what `other` says of some rows."""
    proba = own.proba
    if proba is not None and other.proba is not None:
        proba = np.where(where[:, None], other.proba, proba)
    return replace(own, y_pred=np.where(where, other.y_pred, own.y_pred), proba=proba, X=None)
