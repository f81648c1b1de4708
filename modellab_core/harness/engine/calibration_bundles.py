"""Slope, intercept and debiased L2 error of probabilities where bundles of rows are drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from modellab_core.harness.engine.bundles import Bundles
from modellab_core.harness.engine.calibration_draws import FAR, CalibrationRows, Derivatives, first_step
from modellab_core.harness.predictions import Floats


class CalibrationBundles:
    """The columns of CalibrationRows summed by bundle, those of `names` only, side by side in `matrix` (bundles, q)."""

    def __init__(self, rows: CalibrationRows, bundles: Bundles, names: set[str]) -> None:
        self._rows, self._bundles, self._names = rows, bundles, names
        self._places: dict[str, slice] = {}
        columns: list[Floats] = []
        makers: dict[str, Callable[[], list[Floats]]] = {
            "calibration_slope": lambda: self._derivatives(rows.at_slope),
            "calibration_intercept": lambda: self._derivatives(rows.at_shift),
            "calibration_l2": self._bins,
        }
        for name in sorted(names):
            made = makers[name]()
            self._places[name] = slice(len(columns), len(columns) + len(made))
            columns += made
        self.matrix = np.column_stack(columns) if columns else np.zeros((bundles.count, 0))

    def _weighted(self, values: Floats) -> Floats:
        return values if self._bundles.copies is not None else values * self._rows.weight

    def _derivatives(self, shared: Derivatives) -> list[Floats]:
        return [self._bundles.sums(self._weighted(part[0])) for side in shared for part in side]

    def _bins(self) -> list[Floats]:
        """Each of `in_bins` in each bin, bin by bin."""
        rows, k = self._rows, len(self._rows.starts)
        codes = np.empty(len(rows.hit), dtype=np.int64)
        codes[rows.order] = np.repeat(np.arange(k), np.diff(np.append(rows.starts, len(rows.hit))))
        tables = [self._bundles.table(codes, k, self._weighted(values)) for values in rows.in_bins]
        return [table[:, bin_] for table in tables for bin_ in range(k)]

    def draws(self, counts: Floats) -> dict[str, Floats]:
        """The numbers for each of the resamples `counts` (b, bundles), (b,) each."""
        sums, rows = counts @ self.matrix, self._rows
        found = {}
        for name, place in self._places.items():
            own = sums[:, place]
            if name == "calibration_l2":
                one, hit, said, heavy = np.split(own, 4, axis=1)
                found[name] = rows.l2_draws((one, hit, said, heavy))
                continue
            settled = rows.slope if name == "calibration_slope" else rows.shift
            slopes, curves = (
                [own[:, k] for k in range(len(settled))],
                [own[:, k] for k in range(len(settled), own.shape[1])],
            )
            at = first_step(settled, slopes, curves)[:, -1]
            found[name] = np.where(np.abs(at) < FAR, at, np.nan)
        return found
