"""The published schemas: real reports of every task follow theirs, and a broken one does not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import jsonschema
import numpy as np
import pandas as pd
import pytest
from command import ROOT
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression

from modellab_core import Plan, Report, cross_evaluate, evaluate_model
from modellab_core.harness.failures.causes import CAUSES, UNEXPLAINED
from modellab_core.harness.scores import Method, Score

SCHEMAS = ROOT / "modellab_core" / "repro" / "schemas"
SCHEMA = json.loads((SCHEMAS / "eval_summary.json").read_text("utf-8"))
FOLLOWS = jsonschema.Draft202012Validator(SCHEMA)
CHEAP = Plan(resamples=100, importance=2, stresses=("missing_values", "shuffled_feature"), advice=False)


def frame(task: str, rows: int = 240) -> tuple[pd.DataFrame, pd.Series]:
    """Two features and a target that depends on the first."""
    rng = np.random.default_rng(3)
    X = pd.DataFrame({"a": rng.normal(size=rows), "b": rng.choice([1.0, 2.0], rows)})
    told = X["a"] + rng.normal(size=rows)
    labels = {"binary": ["no", "yes"], "multiclass": ["high", "low", "mid"]}.get(task)
    return X, told if labels is None else pd.Series(pd.qcut(told, len(labels), labels=labels)).astype("str")


def report(task: str, plan: Plan = CHEAP, **more: Any) -> Report:
    """A real report with as many of its parts as there can be."""
    X, y = frame(task)
    classify = task != "regression"
    model = (LogisticRegression() if classify else LinearRegression()).fit(X[:120], y[:120])
    if classify:
        more["baselines"] = {"dummy": DummyClassifier().fit(X[:120], y[:120])}
    return evaluate_model(model, X[120:], y[120:], train=(X[:120], y[:120]), plan=plan, **more)


@pytest.fixture(scope="module")
def binary() -> dict[str, Any]:
    """The content of eval_summary.json of two classes."""
    return report("binary").to_json()


def test_every_schema_is_one_and_says_what_it_is_of() -> None:
    """Each file in the folder is a valid schema of the 2020-12 draft with a title."""
    for path in SCHEMAS.glob("*.json"):
        schema = json.loads(path.read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["title"], path.name


def test_the_lists_in_the_schema_are_those_of_the_code() -> None:
    """Fields and methods of a Score, fields of a Plan and causes of an error stand in the schema as in the code."""
    parts = SCHEMA["$defs"]
    assert set(parts["score"]["properties"]) == set(Score("m", 1, None).to_json())
    assert set(parts["plan"]["properties"]) == set(Plan().to_json())
    assert parts["score"]["properties"]["method"]["enum"] == list(get_args(Method))
    assert set(parts["failure"]["properties"]["cause"]["enum"]) == {*CAUSES, UNEXPLAINED}
    assert set(SCHEMA["properties"]) == {*Report.__dataclass_fields__, "schema"} - {"predictions"}


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_reports_follow_their_schema(task: str) -> None:
    """The content of eval_summary.json is what the schema says."""
    FOLLOWS.validate(report(task).to_json())


def test_bare_reports_follow_it_too(binary: dict[str, Any]) -> None:
    """So do those of two classes, with baselines and a model, and of predictions alone."""
    FOLLOWS.validate(binary)
    FOLLOWS.validate(report("binary", Plan(resamples=50, stresses=(), discovery=False, importance=0)).to_json())


@pytest.mark.slow
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_whole_reports_follow_their_schema(task: str) -> None:
    """With every stress test, advice, groups and weights, and by cross-validation."""
    X, y = frame(task)
    classify = task != "regression"
    kind: Callable[[], Any] = LogisticRegression if classify else LinearRegression
    weight, groups = np.linspace(0.5, 1.5, 120), np.arange(120) // 3
    whole = report(task, Plan(queries=("a > 0",)), weight=weight, groups=groups, refit=lambda a, b: kind().fit(a, b))
    FOLLOWS.validate(whole.to_json())
    FOLLOWS.validate(cross_evaluate(kind(), X, y).to_json())


def test_stored_reports_follow_their_schema(trained: tuple[Path, str]) -> None:
    """The eval_summary.json of a trained run is what the schema says."""
    from modellab_core import Lab

    lab = Lab.open(trained[0])
    for run in lab.all_runs():
        FOLLOWS.validate(json.loads(lab.file(run, "eval/eval_summary.json")))


BROKEN: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another schema": lambda report: report.update(schema="modellab.eval/2"),
    "a part that is absent": lambda report: report.pop("scores"),
    "a part that nobody knows": lambda report: report.update(seconds=1.5),
    "a moment": lambda report: report["plan"].update(at="noon"),
    "four sentences": lambda report: report["takeaway"].pop(),
    "a number as text": lambda report: report["scores"][0].update(value="0.8"),
    "an unknown method": lambda report: report["scores"][0].update(method="guess"),
    "no value and no reason": lambda report: report["scores"][0].update(value=None, low=None, high=None, note=""),
    "no value and an interval": lambda report: report["scores"][0].update(value=None, note="none"),
    "two classes without a positive one": lambda report: report.update(positive=None),
    "numbers with classes": lambda report: report.update(task="regression"),
    "no rows": lambda report: report.update(n=0),
    "a pointer that is none": lambda report: report["takeaway"][0].update(numbers=["scores.0"]),
    "a curve without its lead": lambda report: report["stress"]["shuffled_feature: a"].pop("lead"),
    "a row before the first": lambda report: report["failures"][0].update(row=-1),
    "a difference without ends": lambda report: report["comparison"]["pairs"][0].pop("low"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_report_does_not(how: str, binary: dict[str, Any]) -> None:
    """Whatever is wrong with a report, the schema refuses it."""
    broken = copy.deepcopy(binary)
    BROKEN[how](broken)
    with pytest.raises(jsonschema.ValidationError):
        FOLLOWS.validate(broken)
