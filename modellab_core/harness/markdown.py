"""A report as Markdown for a pull request: the sentences, the metrics, the comparison, the findings.

Names from the data are shown letter by letter: nothing of them is markup, a mention or a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from modellab_core.harness.figures.figure import Reported, headline, label_of
from modellab_core.harness.figures.wording import MODELS, interval, number, plural, shortened, with_interval
from modellab_core.harness.html.parts import overall, title_of

MOST_SLICES = 10
_SPECIAL = re.compile(r"([\\`*_\[\]#|<>~@&$])")


def markdown(report: Reported) -> str:
    """The report in the Markdown of GitHub, without pictures; the same report gives the same text."""
    first, *rest = [told(str(line["sentence"])) for line in report.takeaway] or [""]
    parts = [
        f"### {escaped(title_of(report))}",
        f"**{first}**" if first else "",
        "\n".join(f"- {sentence}" for sentence in rest),
        _metrics(report),
        _comparison(report),
        _slices(report),
        _notes(report),
        f"<sub>{plural(report.n, 'test row')}, {100 * report.plan.level:g} % intervals, "
        f"{report.plan.resamples:,} resamples, seed {report.plan.seed}.</sub>",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped(text: object, most: int = 160) -> str:
    """`text` on one line, with every letter that Markdown or GitHub would read written so that it is shown."""
    return _SPECIAL.sub(r"\\\1", shortened(str(text), most))


def told(sentence: str) -> str:
    """A sentence of ours, whose names from the data may hold anything."""
    return _SPECIAL.sub(r"\\\1", " ".join(sentence.split()))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    sides = ["---:" if place in numbers else "---" for place in range(len(head))]
    lines = [f"| {' | '.join(row)} |" for row in (head, sides, *rows)]
    return "\n".join(lines)


def _metrics(report: Reported) -> str:
    rows = []
    for score in overall(report):
        strong = "**" if score.metric == headline(report) else ""
        value = number(score.value, score.low, score.high)
        rows.append((f"{strong}{escaped(label_of(score.metric))}{strong}", value, interval(score.low, score.high)))
    return _table(("Metric", "Value", "Interval"), rows, (1, 2)) if rows else ""


def _comparison(report: Reported) -> str:
    found = report.comparison
    if not found:
        return ""
    rows = [
        (
            *(escaped(MODELS.get(pair[side], pair[side])) for side in ("candidate", "baseline")),
            with_interval(pair["difference"], pair["low"], pair["high"]),
            pair["verdict"],
        )
        for pair in found["pairs"]
    ]
    head = ("Model", "Against", f"Difference in {escaped(found['label'])}", "Verdict")
    return _table(head, rows, (2,))


def _slices(report: Reported) -> str:
    """The weak slices that were confirmed on other rows."""
    names = [name for name, one in report.slices.items() if one.get("confirmed")]
    scores = {score.slice: score for score in report.scores if score.metric == headline(report)}
    rows = [
        (escaped(name), f"{score.n:,}", with_interval(score.value, score.low, score.high))
        for name in names[:MOST_SLICES]
        if (score := scores.get(name)) is not None
    ]
    return _table(("Confirmed weak slice", "Rows", label_of(headline(report))), rows, (1, 2)) if rows else ""


def _notes(report: Reported) -> str:
    lines = "\n".join(f"- {told(note.text)}" for note in report.notes)
    return f"<details><summary>Notes</summary>\n\n{lines}\n\n</details>" if lines else ""
