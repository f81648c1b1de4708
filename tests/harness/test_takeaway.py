"""Five sentences: always five, every number found again in the summary, and no verb that the figures do not carry."""

from __future__ import annotations

import functools
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modellab_core.data.task import Task
from modellab_core.harness.canonical import pointer, resolve
from modellab_core.harness.metrics import metrics_for
from modellab_core.harness.report import Report, evaluate
from modellab_core.harness.scores import Plan
from modellab_core.harness.takeaway.sentences import rounded, takeaway, what_breaks_it

NUMBER = re.compile(r"(?:(?<!\w)-)?\d+(?:\.\d+)?(?:e[-+]\d+)?")
RNG = np.random.default_rng(3)


def data(n: int, task: str, noise: float = 1.0) -> dict[str, Any]:
    """Arguments of `evaluate` for a task, with a model that reads the first feature."""
    X = pd.DataFrame(RNG.normal(size=(n, 2)), columns=["x 1", "x~2/3"])
    signal = X["x 1"].to_numpy() + noise * RNG.normal(size=n)
    if task == "regression":
        return {"y_true": 10 * signal, "X": X, "model": lambda rows: 10 * np.nan_to_num(rows["x 1"].to_numpy())}
    k = 2 if task == "binary" else 3
    cuts = np.quantile(signal, np.arange(1, k) / k) if n else []
    y = np.array(["7 up", "b. c", "d"])[:k][np.searchsorted(cuts, signal)]

    def model(rows: pd.DataFrame) -> np.ndarray:
        x = np.nan_to_num(rows["x 1"].to_numpy())
        raw = np.exp(-((x[:, None] - np.linspace(-1, 1, k)) ** 2) * 2) + 1e-9
        return raw / raw.sum(axis=1, keepdims=True)

    return {"y_true": pd.Series(y, name="grade 4"), "X": X, "model": model, "task": task}


def small(n: int, task: str, **more: Any) -> dict[str, Any]:
    """Arguments without model and features."""
    given = data(n, task)
    said = given["model"](given["X"])
    kept = {"y_true": given["y_true"], ("y_pred" if task == "regression" else "y_proba"): said}
    return kept | ({} if task == "regression" else {"task": task}) | more


def cases() -> dict[str, dict[str, Any]]:
    """Every task, with and without model, baselines, probabilities, intervals and lead."""
    plan = Plan(resamples=60)
    made: dict[str, dict[str, Any]] = {}
    for task in ("binary", "multiclass", "regression"):
        made[f"{task} with a model"] = data(160, task) | {"plan": plan}
        made[f"{task} without a model"] = small(200, task, plan=plan)
        weak = data(160, task)
        guess = weak["model"](weak["X"].iloc[::-1].reset_index(drop=True))
        key = guess if task == "regression" else (None, guess)
        made[f"{task} against a worse one"] = weak | {"plan": plan, "baselines": {"dummy": key, "linear": key}}
        made[f"{task} against itself"] = weak | {"plan": plan, "baselines": {"old 2": weak["model"]}}
        made[f"{task} useless"] = data(80, task, noise=1e6) | {"plan": plan}
        made[f"{task} no stress"] = data(80, task) | {"plan": Plan(resamples=50, stresses=())}
        made[f"{task} few rows"] = small(8, task, plan=plan)
        made[f"{task} few groups"] = data(60, task) | {"plan": plan, "groups": [0, 1, 2] * 20}
        many = {f"base {i}": key for i in range(6)}
        made[f"{task} many baselines"] = weak | {"plan": Plan(resamples=50, stresses=()), "baselines": many}
    made["perfect"] = {"y_true": [0, 1] * 30, "y_pred": [0, 1] * 30, "plan": plan}
    made["labels only"] = {"y_true": list("abcab" * 8), "y_pred": list("abbab" * 8), "plan": plan}
    made["undefined"] = {"y_true": [0] * 30, "y_proba": [0.2] * 30, "classes": [0, 1], "plan": plan}
    made["top 2"] = small(100, "multiclass", plan=Plan(resamples=50, headline="top_2_accuracy"))
    made["median"] = small(100, "regression", plan=Plan(resamples=50, headline="median_absolute_error"))
    made["max"] = small(100, "regression", plan=Plan(resamples=50, headline="max_error"))
    made["bias"] = data(100, "regression") | {"plan": Plan(resamples=50, headline="mean_error")}
    made["huge"] = {"y_true": 1e12 * np.arange(50.0), "y_pred": 1e12 * np.arange(50.0) + RNG.normal(size=50) * 1e10}
    made["tiny"] = {"y_true": 1e-12 * np.arange(50.0), "y_pred": 1e-12 * (np.arange(50.0) + RNG.normal(size=50))}
    return made


CASES = cases()
for every in Task:
    for key in metrics_for(every):
        CASES[f"{every} by {key.name}"] = data(40, every.value) | {"plan": Plan(resamples=40, headline=key.name)}


@functools.cache
def reported(case: str) -> Report:
    """The report of a case, made once."""
    return evaluate(**CASES[case])


def stands_in(number: str, value: Any) -> bool:
    """Whether a printed number is `value` rounded (or as per cent), or part of a text."""
    if isinstance(value, str):
        return number in value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    digits = len(number.split("e")[0].partition(".")[2])
    exponent = int(number.split("e")[1]) if "e" in number else 0
    reach = max(0.5000001 * 10.0 ** (exponent - digits), abs(value) * 0.0051)
    return any(abs(float(number) - scaled) <= reach for scaled in (value, value * 100))


@pytest.mark.parametrize("case", CASES)
def test_five_sentences_whose_numbers_can_be_looked_up(case: str) -> None:
    """Whatever is evaluated, there are five sentences and each number in them stands at one of the named places."""
    report = reported(case)
    summary = report.to_json()
    assert len(report.takeaway) == 5
    for line in summary["takeaway"]:
        sentence = line["sentence"]
        assert sentence.endswith(".")
        assert "\n" not in sentence
        assert "None" not in sentence
        assert "nan" not in sentence.split()
        found = [resolve(summary, place) for place in line["numbers"]]
        for number in NUMBER.findall(sentence):
            assert any(stands_in(number, value) for value in found), (number, sentence, line["numbers"])
    text = dict(report.files(pngs=False))["takeaway.txt"].decode()
    assert text.count("\n") == 5


@pytest.mark.parametrize("case", [case for case in CASES if " by " not in case])
def test_beats_only_when_the_interval_excludes_zero(case: str) -> None:
    """The verb follows the verdict of the comparison, and the verdict its interval."""
    report = reported(case)
    said = report.sentences[1]
    if report.comparison is None:
        assert said == "No baseline was given, so whether this model beats one was not looked for."
        return
    own = [pair for pair in report.comparison["pairs"] if "model" in (pair["candidate"], pair["baseline"])]
    won = [pair for pair in own if pair["verdict"] == "better"]
    assert (" beats " in said) == any(pair["low"] > 0 for pair in won)
    assert ("cannot be told apart" in said) == any(pair["verdict"] == "tied" for pair in own)


def test_what_was_not_looked_for_is_said() -> None:
    """No search for slices, no advice, no model: each is said in its sentence."""
    told = reported("binary without a model").sentences
    assert told[2].startswith("No search for weak slices was made")
    assert told[3] == "What breaks it was not looked for, because no model was given that could be called again."
    assert told[4].startswith("No advice on what to do next is given, because none was tried")


def test_a_lead_that_is_not_there_cannot_be_lost() -> None:
    """Where the model does not beat the constant at severity 0, stress says nothing about what breaks it."""
    assert reported("binary useless").sentences[3].startswith("What breaks it cannot be said")


def test_the_first_crossing_is_told() -> None:
    """A model of one feature is broken by shuffling that feature, and the sentence names it."""
    report = reported("binary with a model")
    assert report.stress["shuffled_feature: x 1"]["crossing"] == 1.0
    assert "is first lost under" in report.sentences[3]


def test_the_smallest_lead_is_told_when_nothing_breaks_it() -> None:
    """Without a crossing the sentence gives the smallest lead and its interval."""
    report = evaluate(**data(300, "binary") | {"plan": Plan(resamples=100, stresses=("noise",))})
    assert report.stress["noise"]["crossing"] is None
    assert "stayed above zero under every corruption of features that was tried" in report.sentences[3]


def test_numbers_are_printed_as_their_interval_supports() -> None:
    """The half-width gets two significant digits, and the value as many decimals."""
    assert rounded(0.81237, 0.0412) == "0.812"
    assert rounded(0.81237, 0.3) == "0.81"
    assert rounded(12345.678, 234.0) == "12346"
    assert rounded(-0.0001, 0.2) == "0.00"
    assert rounded(0.5, None) == "0.5"
    assert rounded(123456.0, None) == "123456"


def test_pointers_follow_the_standard() -> None:
    """Names with / and ~ are escaped as RFC 6901 says."""
    assert pointer("stress", "x~2/3", 0) == "/stress/x~02~13/0"
    assert resolve({"stress": {"x~2/3": [5]}}, "/stress/x~02~13/0") == 5


def test_the_takeaway_follows_from_the_summary_alone() -> None:
    """Read back from its JSON, a report gives the same sentences."""
    report = reported("regression against a worse one")
    assert takeaway(Report.from_json(report.to_json()).to_json(), "model") == report.takeaway
    assert callable(what_breaks_it)
