"""Figures of classes and their probabilities: confusion, confidence, calibration."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from modellab_core.harness.figures.figure import CLASSIFICATION, Figure, Reported, figure, floats, score_of, value_text
from modellab_core.harness.figures.marks import BAD, MODEL, QUIET, Axis, Bars, Dots, Drawing, Grid, Line, Mark
from modellab_core.harness.figures.overlaid import calibrations, calibrations_told, series
from modellab_core.harness.figures.wording import named, number, percent, plural, shortened

SHARES = 6  # classes up to which a cell says its share besides its count
COUNTS = 20  # classes up to which a cell says its count
SURE = 0.9


@figure
class ConfusionMatrix(Figure):
    """Which class is taken for which; `counts` = other counts by actual and predicted class, in their order."""

    name, title, tasks = "confusion_matrix", "Confusion matrix", CLASSIFICATION

    def frame(self, report: Reported, **options: Any) -> pd.DataFrame:
        """Per cell: actual, predicted, rows (or their weight), and share of the rows of the actual class."""
        confusion = report.curves.get("confusion")
        if not confusion:
            return pd.DataFrame()
        labels, counts = confusion["labels"], np.array(options.get("counts", confusion["counts"]), dtype=float)
        totals = counts.sum(axis=1, keepdims=True)
        shares = np.divide(counts, totals, out=np.full_like(counts, np.nan), where=totals > 0)
        return pd.DataFrame(
            {
                "actual": np.repeat(labels, len(labels)),
                "predicted": np.tile(labels, len(labels)),
                "rows": counts.ravel(),
                "share": shares.ravel(),
            }
        )

    def drawing(self, report: Reported, frame: pd.DataFrame, **_: Any) -> Drawing:
        """A heat map by share of the actual class, each line summing to 100 %; counts inside."""
        del report
        k = round(len(frame) ** 0.5)
        labels = tuple(frame.predicted[:k])
        lines = [list(part.itertuples()) for _, part in frame.groupby(np.arange(len(frame)) // k)]
        grid = Grid(
            list(range(k)),
            list(range(k)),
            [[cell.share for cell in line] for line in lines],
            [[_cell_text(cell.rows, cell.share, k) for cell in line] for line in lines] if k <= COUNTS else (),
            [[_cell_told(cell) for cell in line] for line in lines],
        )
        height = int(np.clip(120 + 62 * k, 380, 620))
        return Drawing(Axis("Predicted", labels=labels), Axis("Actual", labels=labels, down=True), (grid,), height)

    def alt(self, report: Reported, **options: Any) -> str:
        """How many are right, and the most frequent mistake."""
        frame = self.frame(report, **options)
        right, total = frame.rows[frame.actual == frame.predicted].sum(), frame.rows.sum()
        wrong = frame[frame.actual != frame.predicted]
        text = f"Confusion matrix: {right:,.0f} of {plural(total, 'row')} on the diagonal ({percent(right / total)})"
        if not wrong.rows.sum() > 0:
            return f"{text}; no row is predicted wrong."
        worst = wrong.loc[wrong.rows.idxmax()]
        return (
            f"{text}; the most frequent mistake is {named(worst.actual)} predicted as "
            f"{named(worst.predicted)}, {plural(worst.rows, 'row')} or {percent(worst.share)} of that class."
        )

    def subtitle(self, report: Reported, **_: Any) -> str:
        """Rows, accuracy, and what the colour stands for."""
        told = (plural(report.n, "test row"), value_text(report, "accuracy"), "colour: share of the actual class")
        return " · ".join(part for part in told if part)


def _cell_text(rows: float, share: float, classes: int) -> str:
    if classes > SHARES or np.isnan(share):
        return f"{rows:,.0f}"
    return f"{rows:,.0f}\n{percent(share)}"


def _cell_told(cell: Any) -> str:
    share = "" if np.isnan(cell.share) else f"<br>{percent(cell.share)} of the actual class"
    return f"actual {cell.actual}<br>predicted {cell.predicted}<br>{plural(cell.rows, 'row')}{share}"


@figure
class ConfidenceHistogram(Figure):
    """How sure the model is, and how often it is wrong at that."""

    name, title, tasks = "confidence_histogram", "Confidence", CLASSIFICATION

    def frame(self, report: Reported, **_: Any) -> pd.DataFrame:
        """Per bin: left, right (edges of the highest probability), correct, wrong (rows)."""
        found = report.curves.get("confidence_histogram")
        if not found:
            return pd.DataFrame()
        edges = found["edges"]
        sides = {"left": edges[:-1], "right": edges[1:]}
        return pd.DataFrame(sides | {"correct": found["right"], "wrong": found["wrong"]})

    def drawing(self, report: Reported, frame: pd.DataFrame, **_: Any) -> Drawing:
        """Stacked bars: wrong at the foot, where their heights can be compared, right above."""
        del report
        edges = frame.left.tolist(), frame.right.tolist()
        told = [
            f"confidence {row.left:.3f} to {row.right:.3f}<br>{row.correct:,} right, {row.wrong:,} wrong"
            for row in frame.itertuples()
        ]
        marks = (
            Bars(*edges, frame.wrong.tolist(), color=BAD, name="wrong", told=told),
            Bars(*edges, frame.correct.tolist(), base=frame.wrong.tolist(), name="right", told=told),
        )
        low = float(frame.left.iloc[0])
        return Drawing(Axis("Probability of the predicted class", low, 1), Axis("Rows", 0, whole=True), marks)

    def alt(self, report: Reported, **_: Any) -> str:
        """How many rows are sure, and how many of these are wrong."""
        frame = self.frame(report)
        sure = frame[frame.left >= SURE - 1e-9]
        rows, wrong, total = sure.correct.sum() + sure.wrong.sum(), sure.wrong.sum(), frame[["correct", "wrong"]].sum()
        text = f"Confidence: {percent(rows / total.sum())} of {plural(total.sum(), 'row')} have {percent(SURE)} or more"
        tail = f", and {percent(wrong / rows)} of these are wrong" if rows else ""
        return f"{text}{tail}; over all rows {percent(total.wrong / total.sum())} are wrong."

    def subtitle(self, report: Reported, **_: Any) -> str:
        """Rows and accuracy."""
        return " · ".join(part for part in (plural(report.n, "test row"), value_text(report, "accuracy")) if part)


@figure
class CalibrationCurve(Figure):
    """Whether probabilities come true. `others` = further reports by name, drawn beside this one, `called` so."""

    name, title, tasks = "calibration_curve", "Calibration", CLASSIFICATION

    def frame(self, report: Reported, **options: Any) -> pd.DataFrame:
        """Per bin that holds rows: from, to, n, predicted (mean), observed (share), low, high (Clopper–Pearson).

        With `others` also the series.
        """
        together = series(report, self.frame, options)
        if together is not None:
            return together
        bins = (report.calibration or {}).get("curve", {}).get("bins", [])
        names = ("from", "to", "n", "predicted", "observed", "low", "high")
        return pd.DataFrame({name: floats(one[name] for one in bins) for name in names})

    def drawing(self, report: Reported, frame: pd.DataFrame, **_: Any) -> Drawing:
        """Points with their intervals over the diagonal; at the foot the rows of each bin as bars."""
        about = shortened(report.calibration.get("curve", {}).get("about", "Predicted probability"), 60)
        across = f"Mean {about}" if about[:1].islower() else f"Predicted {about}"
        if "series" in frame:
            return calibrations(frame, across)
        top = 0.13 * frame.n / frame.n.max()
        told = [
            f"predicted {row.predicted:.3f}<br>observed {row.observed:.3f} ({row.low:.3f} to {row.high:.3f})"
            f"<br>{plural(row.n, 'row')}"
            for row in frame.itertuples()
        ]
        marks: tuple[Mark, ...] = (
            Bars(
                frame["from"].tolist(),
                frame.to.tolist(),
                top.tolist(),
                color=QUIET,
                name="rows of a bin",
                faint=True,
                told=told,
            ),
            Line([0, 1], [0, 1], QUIET, "as predicted", 1, dash=True),
            Dots(
                frame.predicted.tolist(),
                frame.observed.tolist(),
                MODEL,
                "observed, 95 % interval",
                low=frame.low.tolist(),
                high=frame.high.tolist(),
                along="y",
                told=told,
            ),
        )
        return Drawing(Axis(across, 0, 1), Axis("Observed share", 0, 1), marks)

    def alt(self, report: Reported, **options: Any) -> str:
        """How many bins agree with what was predicted, and the clearest one that does not."""
        frame = self.frame(report, **options)
        if "series" in frame:
            return calibrations_told(frame)
        beside = frame[(frame.predicted < frame.low) | (frame.predicted > frame.high)]
        agree = len(frame) - len(beside)
        text = f"Calibration: in {agree} of {plural(len(frame), 'bin')} the interval of the observed share holds"
        text += " what was predicted"
        if beside.empty:
            return f"{text}."
        gaps = (beside.observed - beside.predicted).abs() * np.sqrt(beside.n)
        worst = beside.loc[gaps.idxmax()]
        return (
            f"{text}; the clearest gap is {number(worst.observed)} observed at {number(worst.predicted)} predicted, "
            f"on {plural(worst.n, 'row')}."
        )

    def subtitle(self, report: Reported, **_: Any) -> str:
        """Rows and the calibration error beside what a calibrated model would show."""
        score = score_of(report, "ece")
        error = ""
        if score is not None and score.value is not None:
            error = f"ECE {number(score.value)}"
            if score.null_high is not None:
                error += f", up to {number(score.null_high)} if perfectly calibrated"
        return " · ".join(part for part in (plural(report.n, "test row"), error) if part)
