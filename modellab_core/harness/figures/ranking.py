"""Figures of how well scores rank: the ROC curve and precision against recall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.data.task import Task
from modellab_core.harness.figures.figure import CLASSIFICATION, Figure, Reported, figure, floats, score_of, value_text
from modellab_core.harness.figures.marks import QUIET, SERIES, Axis, Band, Dots, Drawing, Line, Mark, Rule
from modellab_core.harness.figures.wording import named, number, percent, plural, shortened, with_interval
from modellab_core.harness.intervals.formulas import wilson

SHOWN = 5  # classes in colour; where there are more, those that are told apart worst
SPOTS = 100  # points of the curve at which the band is computed
NAME = 22  # letters of a class in the legend
ROC_SAYS = "false positive rate %{x:.3f}<br>true positive rate %{y:.3f}<br>threshold %{customdata:.3f}"
PR_SAYS = "recall %{x:.3f}<br>precision %{y:.3f}<br>threshold %{customdata:.3f}"


@figure
class RocCurve(Figure):
    """`others` = further reports by name, drawn beside this one, which is then called `called`.

    Where there are more than two classes, `cls` is then the one that is drawn against the rest.
    """

    name, title, tasks = "roc_curve", "ROC curve", CLASSIFICATION

    def frame(self, report: Reported, **options: Any) -> pd.DataFrame:
        """Per point: series, fpr, tpr, threshold; per series auc, its interval, positives, negatives, plain."""
        return _series(report, "roc", ("fpr", "tpr", "threshold"), ("auc", "positives", "negatives", "plain"), options)

    def drawing(self, report: Reported, frame: pd.DataFrame, **_: Any) -> Drawing:
        """Curves over the diagonal; one curve alone has a pointwise band and the place of the predicted class."""
        marks: list[Mark] = [Line([0, 1], [0, 1], QUIET, width=1, dash=True)]
        parts = _ordered(frame, "auc")
        marks += [Line(p.fpr.tolist(), p.tpr.tolist(), QUIET, width=1, faint=True) for _, p in parts[SHOWN:]]
        for place, (name, part) in enumerate(parts[:SHOWN]):
            first = part.iloc[0]
            named = f"{shortened(name, NAME)} · AUC {with_interval(first.auc, first.auc_low, first.auc_high)}"
            if first.plain and report.task is Task.BINARY:
                marks.append(_band(part, report.plan.level, SERIES[place]))
            ways = part.fpr.tolist(), part.tpr.tolist()
            marks.append(Line(*ways, SERIES[place], named, says=ROC_SAYS, also=part.threshold.bfill().tolist()))
        marks += _chosen(report) if len(parts) == 1 else []
        return Drawing(Axis("False positive rate", 0, 1), Axis("True positive rate", 0, 1.005), tuple(marks))

    def alt(self, report: Reported, **options: Any) -> str:
        """The area, and what is found at a false positive rate of 10 %."""
        frame = self.frame(report, **options)
        if options.get("others"):
            return _together("ROC curves", "area", frame, "auc")
        name, part = _lowest(frame, "auc")
        first = part.iloc[0]
        area = with_interval(first.auc, first.auc_low, first.auc_high)
        found = percent(float(np.interp(0.1, part.fpr, part.tpr)))
        text = f"ROC curve of {named(name)}: the area under it is {area} on {plural(first.positives, 'positive row')}"
        if report.task is Task.MULTICLASS:
            classes = plural(frame.series.nunique(), "class")
            text = f"ROC curves of {classes}, each against the rest; lowest for {named(name)}: {area}"
        return f"{text}; at a false positive rate of 10 % it finds {found} of the rows of its class."

    def subtitle(self, report: Reported, **options: Any) -> str:
        """Rows and the area; the mean over classes where there are several."""
        metric = "roc_auc" if report.task is Task.BINARY else "roc_auc_ovr_macro"
        return _below(report, metric, self.frame(report, **options), "pointwise 95 % band")


@figure
class PrCurve(Figure):
    """`others`, `called` and `cls` as for `RocCurve`."""

    name, title, tasks = "pr_curve", "Precision and recall", CLASSIFICATION

    def frame(self, report: Reported, **options: Any) -> pd.DataFrame:
        """Per point: series, recall, precision, threshold; per series ap, its interval and the prevalence."""
        fields = ("ap", "prevalence", "positives", "negatives")
        return _series(report, "pr", ("recall", "precision", "threshold"), fields, options)

    def drawing(self, report: Reported, frame: pd.DataFrame, **_: Any) -> Drawing:
        """Curves as steps, over the precision of calling every row positive."""
        parts = _ordered(frame, "ap")
        marks: list[Mark] = [_steps(part, QUIET, "", 1, True) for _, part in parts[SHOWN:]]
        for place, (name, part) in enumerate(parts[:SHOWN]):
            first = part.iloc[0]
            area = with_interval(first.ap, first.ap_low, first.ap_high)
            marks.append(_steps(part, SERIES[place], f"{shortened(name, NAME)} · AP {area}", 2))
        if report.task is Task.BINARY:
            share = float(frame.prevalence.iloc[0])
            marks.insert(0, Rule(share, "y", name=f"every row called positive: {percent(share)}"))
        return Drawing(Axis("Recall", 0, 1), Axis("Precision", 0, 1.005), tuple(marks))

    def alt(self, report: Reported, **options: Any) -> str:
        """The area beside that of calling everything positive, and the precision at half of the recall."""
        frame = self.frame(report, **options)
        if options.get("others"):
            return _together("Precision and recall", "average precision", frame, "ap")
        name, part = _lowest(frame, "ap")
        first, half = part.iloc[0], float(part.precision[part.recall >= 0.5].iloc[0])
        area = f"average precision {with_interval(first.ap, first.ap_low, first.ap_high)}"
        chance = f"against {number(first.prevalence)} for calling every row positive"
        text = f"Precision and recall of {named(name)}: {area} {chance}"
        if report.task is Task.MULTICLASS:
            classes = plural(frame.series.nunique(), "class")
            text = f"Precision and recall of {classes}, lowest for {named(name)}: {area} {chance}"
        return f"{text}; at a recall of 50 % the precision is {percent(half)}."

    def subtitle(self, report: Reported, **options: Any) -> str:
        """Rows and the area; the mean over classes where there are several."""
        metric = "average_precision" if report.task is Task.BINARY else "average_precision_macro"
        return _below(report, metric, self.frame(report, **options), "")


def _series(
    report: Reported, curve: str, columns: Sequence[str], fields: Sequence[str], options: Mapping[str, Any]
) -> pd.DataFrame:
    """One line per point of every curve, with the fields of its curve repeated and the interval of its area."""
    others: Mapping[str, Reported] = options.get("others") or {}
    mine = options.get("called", "this model") if others else None
    parts = []
    for name, one in [(mine, report), *others.items()]:
        for found in one.curves.get(curve, {}).get("curves", []):
            if not found[columns[0]] or options.get("cls", found["cls"]) != found["cls"]:
                continue
            data: dict[str, Any] = {"series": name or found["cls"]}
            data |= {column: floats(found[column]) for column in columns}
            data |= {field: found[field] for field in fields}
            parts.append(pd.DataFrame(data | _interval(one, curve, fields[0])))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"series": []})


def _interval(report: Reported, curve: str, field: str) -> dict[str, float]:
    metric = {"roc": "roc_auc", "pr": "average_precision"}[curve]
    score = score_of(report, metric) if report.task is Task.BINARY else None
    low, high = (None, None) if score is None else (score.low, score.high)
    return dict(zip((f"{field}_low", f"{field}_high"), floats((low, high)), strict=True))


def _ordered(frame: pd.DataFrame, area: str) -> list[tuple[str, pd.DataFrame]]:
    """The series in their order; where there are more than can be told apart, the smallest areas first."""
    parts = [(str(name), part) for name, part in frame.groupby("series", sort=False)]
    return parts if len(parts) <= SHOWN else sorted(parts, key=lambda named: float(named[1][area].iloc[0]))


def _lowest(frame: pd.DataFrame, area: str) -> tuple[str, pd.DataFrame]:
    """The only series, the report's own, or the class that is told apart worst."""
    parts = _ordered(frame, area)
    return min(parts, key=lambda named: float(named[1][area].iloc[0])) if len(parts) > 1 else parts[0]


def _together(what: str, area: str, frame: pd.DataFrame, field: str) -> str:
    """The area of every one of several models."""
    firsts = [(name, part.iloc[0]) for name, part in _ordered(frame, field)]
    told = [f"{named(n)} {with_interval(one[field], one[f'{field}_low'], one[f'{field}_high'])}" for n, one in firsts]
    return f"{what} of {plural(len(told), 'model')}, by {area}: {'; '.join(told)}."


def _band(part: pd.DataFrame, level: float, color: int) -> Band:
    """Wilson's interval of the true positive rate at each false positive rate."""
    spots = part.iloc[np.unique(np.linspace(0, len(part) - 1, SPOTS).astype(int))]
    rows = int(part.positives.iloc[0])
    ends = np.array([wilson(share * rows, rows, level) for share in spots.tpr])
    return Band(
        np.round(spots.fpr, 4).tolist(), np.round(ends[:, 0], 4).tolist(), np.round(ends[:, 1], 4).tolist(), color
    )


def _chosen(report: Reported) -> list[Mark]:
    """The point of the predicted class, from the confusion matrix."""
    confusion = report.curves.get("confusion")
    if report.task is not Task.BINARY or not confusion or report.positive not in confusion["labels"]:
        return []
    counts, yes = np.array(confusion["counts"], dtype=float), confusion["labels"].index(report.positive)
    rates = counts[:, yes] / counts.sum(axis=1)
    if not np.isfinite(rates).all():
        return []
    x, y = float(rates[1 - yes]), float(rates[yes])
    told = [f"predicted class<br>false positive rate {x:.3f}<br>true positive rate {y:.3f}"]
    return [Dots([x], [y], SERIES[0], "predicted class", size=9, hollow=True, told=told)]


def _steps(part: pd.DataFrame, color: int, name: str, width: float, faint: bool = False) -> Line:
    recall, precision = [0.0, *part.recall], [float(part.precision.iloc[0]), *part.precision]
    cut = part.threshold.tolist()
    ways = recall, precision, color, name, width
    return Line(*ways, steps=True, faint=faint, says=PR_SAYS, also=[cut[0], *cut])


def _below(report: Reported, metric: str, frame: pd.DataFrame, band: str) -> str:
    classes = frame.series.nunique()
    cut = f"lowest {SHOWN} of {classes} classes in colour" if classes > SHOWN else ""
    banded = band if classes == 1 and bool(frame.get("plain", pd.Series([False])).iloc[0]) else ""
    return " · ".join(p for p in (plural(report.n, "test row"), value_text(report, metric), cut, banded) if p)
