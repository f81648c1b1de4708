"""The sections of a report as HTML. Everything that comes from data is escaped here, where it enters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from modellab_core.harness.figures.figure import FIGURES, Reported, headline, label_of
from modellab_core.harness.figures.wording import MODELS, interval, number, plural, shortened, with_interval
from modellab_core.harness.scores import Score
from modellab_core.harness.stress.shown import shown_curves

SLICES = 30
ERRORS = 25
LETTERS = 160
METHODS = {
    "percentile": "Percentile",
    "bootstrap_t": "Bootstrap-t",
    "wilson": "Wilson",
    "clopper_pearson": "Clopper–Pearson",
    "newcombe": "Newcombe",
    "discordant": "Discordant rows",
    "blocks": "Blocks",
    "order_statistic": "Order statistics",
    "null_band": "Null band",
}
CALIBRATION = {
    "calibration_slope": "Calibration slope",
    "calibration_intercept": "Calibration intercept",
    "calibration_l2": "Calibration error (L2, debiased)",
}

Row = Sequence[str]


def text(value: object, most: int = LETTERS) -> str:
    """`value` on one line, cut where it is very long, shown letter by letter."""
    return escape(shortened(str(value), most))


def table(head: Sequence[str], rows: Iterable[Row], numbers: Sequence[int] = (), strong: int = -1) -> str:
    """A table of HTML cells; the columns at `numbers` are set to the right, the line `strong` is bold."""

    def cell(kind: str, place: int, inner: str) -> str:
        return f'<{kind} class="n">{inner}</{kind}>' if place in numbers else f"<{kind}>{inner}</{kind}>"

    top = "".join(cell("th", place, escape(name)) for place, name in enumerate(head))
    lines = ["".join(cell("td", place, inner) for place, inner in enumerate(row)) for row in rows]
    body = "".join(f"<tr{' class=head' * (at == strong)}>{line}</tr>" for at, line in enumerate(lines))
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>\n'


def section(title: str, inner: str, long: bool = False) -> str:
    """A titled part of the report; nothing where there is nothing to show."""
    if not inner:
        return ""
    kind = ' class="long"' if long else ""
    return f"<section{kind}><h2>{escape(title)}</h2>\n{inner}</section>\n"


def bar(value: float | None, low: float | None, high: float | None, ends: tuple[float, float]) -> str:
    """The interval as a bar with its value as a dot, on an axis between `ends`."""
    if value is None or not math.isfinite(value) or not ends[1] > ends[0]:
        return ""

    def at(number: float) -> float:
        return 7 + 118 * min(1.0, max(0.0, (number - ends[0]) / (ends[1] - ends[0])))

    line = '<path d="M4 7h124" stroke="currentColor" stroke-opacity=".18" stroke-width="1.5"/>'
    if low is not None and high is not None:
        line += (
            f'<path d="M{at(low):.1f} 7H{at(high):.1f}" stroke="var(--blue)" stroke-opacity=".45" stroke-width="6" '
            'stroke-linecap="round"/>'
        )
    dot = f'<circle cx="{at(value):.1f}" cy="7" r="4.5" fill="var(--blue)"/>'
    return f'<svg class="bar" viewBox="0 0 132 14" aria-hidden="true">{line}{dot}</svg>'


def title_of(report: Reported) -> str:
    """What the report is of."""
    return f"Evaluation of {shortened(report.target, 80)}" if report.target else "Evaluation"


def context(report: Reported) -> str:
    """Task, rows, positive class, how intervals were made, seed."""
    told = [str(report.task), plural(report.n, "test row")]
    if report.positive is not None:
        told.append(f"positive class {shortened(report.positive, 40)}")
    elif report.classes:
        told.append(plural(len(report.classes), "class"))
    level = f"{100 * report.plan.level:g} % intervals"
    told += [level, f"{report.plan.resamples:,} resamples", f"seed {report.plan.seed}"]
    return escape(" · ".join(told))


def takeaway(report: Reported) -> str:
    """The five sentences, the first one large."""
    sentences = [escape(str(line["sentence"])) for line in report.takeaway]
    if not sentences:
        return ""
    rest = "".join(f"<li>{sentence}</li>" for sentence in sentences[1:])
    return f'<section><p class="first">{sentences[0]}</p>\n<ul>{rest}</ul></section>\n'


def overall(report: Reported) -> list[Score]:
    """The Scores over all rows without stress."""
    return [s for s in report.scores if s.slice == "all" and s.stress == "none" and s.cls is None]


def metrics(report: Reported) -> str:
    """Every metric with its interval, or the reason why there is none."""
    found = overall(report)
    names = [score.metric for score in found]
    strong = names.index(headline(report)) if headline(report) in names else -1
    rows = [
        (
            text(label_of(score.metric)),
            number(score.value, score.low, score.high),
            interval(score.low, score.high),
            bar(score.value, score.low, score.high, _ends(report, score)),
            f'<span class="keep">{METHODS.get(score.method, score.method)}</span>' if score.low is not None else "",
            f'<span class="why">{text(_why(score))}</span>',
        )
        for score in found
    ]
    head = ("Metric", "Value", f"{100 * report.plan.level:g} % interval", "", "Method", "Note")
    return table(head, rows, (1, 2), strong)


def _ends(report: Reported, score: Score) -> tuple[float, float]:
    """The axis of a metric's bar: 0 or −1 to 1 where it is a share, else around its own interval."""
    if report.task.is_classification and score.value is not None and abs(score.value) <= 1:
        return (0.0, 1.0) if score.value >= 0 and (score.low is None or score.low >= 0) else (-1.0, 1.0)
    if score.value is None or score.low is None or score.high is None:
        return (0.0, 0.0)
    half = max(score.high - score.value, score.value - score.low) * 2.5
    return score.value - half, score.value + half


def _why(score: Score) -> str:
    if score.note or score.null_low is None or score.null_high is None:
        return score.note
    return f"A perfectly calibrated model would show {interval(score.null_low, score.null_high)}."


def grid(figures: Iterable[str]) -> str:
    """Figures beside one another; nothing without any."""
    inner = "".join(figures)
    return f'<div class="figures">{inner}</div>\n' if inner else ""


def comparison(report: Reported) -> str:
    """The verdict and every pair of models."""
    return verdict(report.comparison) if report.comparison else ""


def verdict(told: Mapping[str, Any]) -> str:
    """A comparison as JSON: its sentence, the values, and every pair of models."""
    rows = [
        (
            text(MODELS.get(pair["candidate"], pair["candidate"])),
            text(MODELS.get(pair["baseline"], pair["baseline"])),
            number(pair["difference"], pair["low"], pair["high"]),
            interval(pair["low"], pair["high"]),
            number(pair["detectable"]),
            f'<span class="pill {text(pair["verdict"])}">{text(pair["verdict"])}</span>',
        )
        for pair in told["pairs"]
    ]
    values = ", ".join(
        f"{text(MODELS.get(name, name))} {number(value)}"
        for name, value in zip(told["names"], told["values"], strict=True)
    )
    head = ("Model", "Against", f"Difference in {told['label']}", "Simultaneous interval", "Visible from", "Verdict")
    first = f'<p class="first">{text(told["sentence"], 600)}</p>\n' if told.get("sentence") else ""
    return f"{first}<p>{escape(label_of(told['metric']))}: {values}.</p>\n{table(head, rows, (2, 3, 4))}"


def slices(report: Reported) -> str:
    """The slices that look worst, with what is known of them."""
    frame = FIGURES["slices"].frame(report, top=SLICES)
    total = len(report.slices)
    rows = [
        (
            text(row["slice"]),
            f"{row['n']:,}",
            number(row["value"], row["low"], row["high"]),
            interval(row["low"], row["high"]),
            "confirmed" if row["confirmed"] else "not confirmed",
        )
        for row in frame.to_dict("records")
    ]
    if not rows:
        return ""
    metric = next(score.metric for score in report.scores if score.slice == frame["slice"].iloc[0])
    metric = headline(report) if any(_is_slice(score, headline(report)) for score in report.scores) else metric
    told = f"<p>{plural(total, 'slice')} in all" + (f", the first {len(rows)} shown" if total > len(rows) else "")
    head = ("Slice", "Rows", label_of(metric), "Interval", "On other rows")
    return f"{told}; ordered by the better end of the interval, worst first.</p>\n{table(head, rows, (1, 2, 3))}"


def _is_slice(score: Score, metric: str) -> bool:
    return score.metric == metric and score.slice != "all"


def stresses(report: Reported) -> str:
    """The curves at every severity beside the dummy, of one feature at a time the one that loses most; and what could
    not be done, with its reason."""
    rows, shown = [], shown_curves(report.stress)
    undone = (curve for curve in report.stress.values() if not curve.get("value"))
    reasons = [f"<li>{text(curve['title'])}: {text(curve['note'])}</li>" for curve in undone]
    for curve in shown.values():
        what = curve["title"] + (f": {shortened(curve['feature'], 40)}" if curve["feature"] else "")
        start = curve["value"][0]
        for at, severity in enumerate(curve["severities"]):
            ends = [
                None if curve[side][at] is None else start + curve[side][at] for side in ("change_low", "change_high")
            ]
            lead = with_interval(*(curve[side][at] for side in ("lead", "lead_low", "lead_high")))
            lost = " · lost" if severity == curve["crossing"] else ""
            value = number(curve["value"][at], *ends)
            rows.append((text(what), f"{severity:g}", text(curve["unit"]), value, interval(*ends), lead + lost))
    head = ("Stress test", "Severity", "Unit", label_of(headline(report)), "Interval", "Lead over the dummy")
    listed = table(head, rows, (1, 3, 4)) if rows else ""
    if len(shown) + len(reasons) < len(report.stress):
        listed += "<p>Of one feature at a time the one that loses most; all are in stress_tests.json.</p>\n"
    return listed + (f"<ul>{''.join(reasons)}</ul>\n" if reasons else "")


def errors(report: Reported) -> str:
    """The rows worth looking at."""
    rows = []
    for one in report.failures[:ERRORS]:
        said = [
            text(value if isinstance(value, str) else number(value), 60) for value in (one["y_true"], one["y_pred"])
        ]
        tags = "; ".join(f"{tag['tag']}: {tag['evidence']}" for tag in one["tags"])
        rows.append((str(one["row"]), *said, number(one["loss"]), text(tags, 300)))
    if not rows:
        return ""
    more = len(report.failures) - len(rows)
    tail = f"<p>{plural(more, 'more row')} in failure_examples.json.</p>\n" if more > 0 else ""
    return table(("Row", "Actual", "Predicted", "Loss", "Why it is here"), rows, (0, 3)) + tail


def notes(report: Reported) -> str:
    """What was left out, and why."""
    lines = "".join(f"<li>{text(note.text, 600)}</li>" for note in report.notes)
    return f"<ul>{lines}</ul>\n" if lines else ""


def scores_of_calibration(report: Reported) -> str:
    """Slope, intercept and errors of the calibration."""
    found: Sequence[Mapping[str, Any]] = (report.calibration or {}).get("scores", [])
    rows = [
        (
            text(CALIBRATION.get(one["metric"], label_of(one["metric"]))),
            number(one["value"], one["low"], one["high"]),
            interval(one["low"], one["high"]),
            f'<span class="why">{text(_why(Score.from_json(one)), 300)}</span>',
        )
        for one in found
    ]
    return table(("Calibration", "Value", "Interval", "Note"), rows, (1, 2)) if rows else ""
