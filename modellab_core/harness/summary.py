"""The report of one model: one table of Scores, the rows worth looking at, the curves, and five sentences.

`evaluate` makes one from arrays or a model, `evaluate_predictions` from Predictions. The harness never fits anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from modellab_core.data.table import Note
from modellab_core.data.task import Task
from modellab_core.errors import BadInput, NotFound, choices
from modellab_core.files import publish, publish_folder
from modellab_core.harness.canonical import canonical, plain
from modellab_core.harness.figures import pictures
from modellab_core.harness.html.document import interactive_html, static_html
from modellab_core.harness.html.notebook import notebook_html
from modellab_core.harness.markdown import markdown
from modellab_core.harness.metrics.metric import METRICS
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan, Score

SCHEMA = "modellab.eval/1"
SUMMARY = "eval_summary.json"
INTERVAL_KEYS = ("value", "low", "high", "level", "method", "n", "resamples", "note", "null_low", "null_high")
BESIDE = ("dummy", "lead", "lead_low", "lead_high")


@dataclass(frozen=True, eq=False)
class Report:
    """What the harness says of one model on one set of rows.

    `report["roc_auc"]` is a Score with `.value`, `.low`, `.high`; `.frame()` all of them as a table; `.save(folder)`
    writes the files, `Report.load(path)` reads them. `scores` holds a Score per metric for all rows, then per class,
    per slice and per stress test. `slices` and `stress` say by name what each slice and each stress curve is.
    `discovery` is the search for weak slices; `thresholds`, `conformal`, `importance` and `advice` are what their
    modules say, each {} where it does not apply; `cross` is the verdict over the folds of `cross_evaluate`. `failures`
    are the rows worth looking at, `takeaway` the five sentences with the places of their numbers, `notes` what was left
    out and why. Everything but `predictions` (None after loading) is plain JSON and is what `==` compares.
    """

    task: Task
    target: str
    classes: tuple[str, ...]
    positive: str | None
    n: int
    plan: Plan
    scores: tuple[Score, ...]
    curves: Mapping[str, Any]
    calibration: Mapping[str, Any]
    failures: Sequence[Mapping[str, Any]]
    comparison: Mapping[str, Any] | None
    takeaway: Sequence[Mapping[str, Any]]
    slices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    stress: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    discovery: Mapping[str, Any] = field(default_factory=dict)
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    conformal: Mapping[str, Any] = field(default_factory=dict)
    importance: Mapping[str, Any] = field(default_factory=dict)
    advice: Mapping[str, Any] = field(default_factory=dict)
    cross: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    predictions: Predictions | None = None

    def __getitem__(self, metric: str) -> Score:
        """The Score of a metric over all rows. NotFound names the metrics that the report has."""
        name = METRICS.aliases.get(metric, metric)
        overall = {score.metric: score for score in self.overall}
        if name not in overall:
            raise NotFound(f"The report has no metric {metric!r}: {choices(metric, overall)}")
        return overall[name]

    def __contains__(self, metric: object) -> bool:
        return any(score.metric == METRICS.aliases.get(str(metric), metric) for score in self.overall)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Report) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "\n".join([f"Report({self.task}, n={self.n})", *self.sentences])

    def _repr_html_(self) -> str:
        return notebook_html(self)

    @property
    def overall(self) -> tuple[Score, ...]:
        """The Scores over all rows without stress."""
        return tuple(s for s in self.scores if s.slice == "all" and s.stress == "none" and s.cls is None)

    @property
    def sentences(self) -> list[str]:
        """The five sentences."""
        return [str(line["sentence"]) for line in self.takeaway]

    def frame(self) -> pd.DataFrame:
        """All Scores, a line each, under the names of their fields."""
        return pd.DataFrame([asdict(score) for score in self.scores], columns=list(Score.__dataclass_fields__))

    def to_json(self) -> dict[str, Any]:
        """The content of `eval_summary.json`; `from_json` gives an equal Report."""
        whole = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "predictions"}
        whole |= {
            "schema": SCHEMA,
            "plan": self.plan.to_json(),
            "scores": [score.to_json() for score in self.scores],
            "notes": [asdict(note) for note in self.notes],
        }
        return dict(plain(whole))

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Report:
        """The Report that `to_json` wrote, without predictions. BadInput for another schema."""
        if value.get("schema") != SCHEMA:
            raise BadInput(f"This report has the schema {value.get('schema')!r}, and this program reads {SCHEMA!r}.")
        fields = {name: value[name] for name in cls.__dataclass_fields__ if name in value}
        typed = {
            "task": Task(value["task"]),
            "classes": tuple(value["classes"]),
            "plan": Plan.from_json(value["plan"]),
            "scores": tuple(Score.from_json(score) for score in value["scores"]),
            "notes": tuple(Note(**note) for note in value.get("notes", [])),
        }
        read = cls(**fields | typed)
        # keys are sorted in the file; the order in which slices and curves are shown is that of the scores
        slices, stress = ([getattr(score, name) for score in read.scores] for name in ("slice", "stress"))
        return replace(read, slices=_in_order(read.slices, slices), stress=_in_order(read.stress, stress))

    @classmethod
    def load(cls, path: str | Path) -> Report:
        """The report saved in a folder, or in its `eval_summary.json`. NotFound or BadInput when it is not one."""
        place = Path(path)
        file = place / SUMMARY if place.is_dir() else place
        try:
            return cls.from_json(json.loads(file.read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise NotFound(
                f"There is no report at {file}: give the folder of a saved report, or its {SUMMARY}."
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(f"{file} is no whole report ({type(error).__name__}): save the report again.") from error

    def save(self, folder: str | Path, *, pngs: bool = True) -> Path:
        """Write all files of the report into `folder`; with `pngs` also the pictures. Gives the folder."""
        publish_folder(Path(folder), self.files(pngs))
        return Path(folder)

    def to_html(self, path: str | Path) -> Path:
        """Write the report as one HTML file with figures to point at, which needs no network. Gives the file."""
        publish(Path(path), interactive_html(self).encode(), mode=0o644)
        return Path(path)

    def to_markdown(self) -> str:
        """The report as Markdown for a pull request or an issue: sentences, metrics, comparison, confirmed slices."""
        return markdown(self)

    def files(self, pngs: bool = True) -> Iterator[tuple[str, bytes]]:
        """Every file of `eval/` by its fixed name; the same report gives the same bytes."""
        whole = self.to_json()
        yield SUMMARY, canonical(whole)
        yield "metrics.json", canonical({score.metric: score.value for score in self.overall})
        yield "confidence_intervals.json", canonical({score.metric: _interval(score) for score in self.overall})
        yield "slices.json", canonical(self.slice_lines())
        yield "stress_tests.json", canonical(self.stress_lines())
        yield "failure_examples.json", canonical(whole["failures"])
        yield "calibration.json", canonical(whole["calibration"])
        yield "comparison.json", canonical(whole["comparison"])
        yield "takeaway.txt", ("\n".join(self.sentences) + "\n").encode("utf-8", errors="backslashreplace")
        drawn = pictures(self) if pngs else {}
        yield "report.html", static_html(self, drawn).encode("utf-8", errors="backslashreplace")
        yield from drawn.items()

    def slice_lines(self) -> list[dict[str, Any]]:
        """The Scores of the slices, each with what its slice is."""
        chosen = [score for score in self.scores if score.slice != "all" and score.stress == "none"]
        return [score.to_json() | dict(self.slices.get(score.slice, {})) for score in chosen]

    def stress_lines(self) -> list[dict[str, Any]]:
        """The Scores of the stress tests, each with its unit, and the dummy and the lead over it at its severity."""
        return [score.to_json() | self._beside(score) for score in self.scores if score.stress != "none"]

    def _beside(self, score: Score) -> dict[str, Any]:
        curve = self.stress.get(score.stress, {})
        told = {name: curve.get(name) for name in ("unit", "feature", "crossing")}
        places = curve.get("severities", [])
        at = places.index(score.severity) if score.severity in places and score.repeat is None else None
        return told | {name: None if at is None else curve[name][at] for name in BESIDE}


def _in_order(told: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: told[name] for name in dict.fromkeys([*names, *told]) if name in told}


def _interval(score: Score) -> dict[str, Any]:
    return {key: getattr(score, key) for key in INTERVAL_KEYS}
