"""Cost and size of figures (P11): `pytest -m benchmark -n 0 -s tests/benchmarks/test_figures.py`.

A report is drawn, not made: its curves were thinned before. CPU time in one process on one BLAS thread, in turns, the
median of the rounds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np
import pytest
import sklearn.metrics as skm
from drawn_reports import binary_predictions, multiclass_predictions, regression_predictions, report_of
from threadpoolctl import threadpool_limits

from modellab_core.harness.figures import APP, FIGURES, figures_for, pictures
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.summary import Report

pytestmark = pytest.mark.benchmark

ROUNDS = 5
FEW, MANY = 10_000, 1_000_000
MADE: dict[str, Callable[[int], Predictions]] = {
    "binary": lambda n: binary_predictions(n),
    "multiclass": lambda n: multiclass_predictions(5, n),
    "regression": lambda n: regression_predictions(n, heavy=True),
}
CURVES = ("roc_curve", "pr_curve", "threshold_curve", "net_benefit")


def cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def on_screen(report: Report) -> list[str]:
    return [one.plotly(report, APP).to_json() for one in figures_for(report)]


@pytest.mark.parametrize("task", list(MADE))
def test_a_million_rows_are_drawn_at_the_cost_of_ten_thousand(task: str) -> None:
    """All figures on screen, and all PNG files, cost at most 1.3 times as much for a hundred times the rows."""
    few, many = (report_of(MADE[task](n)) for n in (FEW, MANY))
    for name, draw in (("screen", on_screen), ("PNG", pictures)):
        draw(few)  # the drawing library is loaded
        with threadpool_limits(1):
            rounds = [(cpu(lambda: draw(many)), cpu(lambda: draw(few))) for _ in range(ROUNDS)]  # noqa: B023
        found = median(one / other for one, other in rounds)
        costs = ", ".join(f"{one:.2f}/{other:.2f}" for one, other in rounds)
        print(f"\nP11 {task}, {name}: 1M rows cost {found:.2f}x of 10k   (CPU seconds {costs})")
        assert found <= 1.3


def test_a_drawn_curve_is_small_and_keeps_its_area() -> None:
    """At most 600 points a line and 25 kB a curve; the area under the drawn ROC curve moves by less than 1e-4."""
    rows = binary_predictions(MANY)
    report = report_of(rows)
    for name in CURVES:
        live = FIGURES[name].plotly(report, APP)
        points, size = max(len(trace.x) for trace in live.data), len(live.to_json())
        print(f"\nP11 {name} of 1M rows: {points} points, {size / 1000:.1f} kB")
        assert points <= 600
        assert size <= 25_000
    drawn = report.curves["roc"]["curves"][0]
    moved = abs(float(np.trapezoid(drawn["tpr"], drawn["fpr"])) - skm.roc_auc_score(rows.y_true, rows.score))
    print(f"P11 area under the drawn ROC curve: moved by {moved:.1e}")
    assert moved <= 1e-4
