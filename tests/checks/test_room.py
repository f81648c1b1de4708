"""The registry, findings as data, the verbs of the Lab, the command, and what a training keeps."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from check_cases import LABEL, N, X, some
from checked import checked, of
from command import ROOT, Command
from planted_traps import TRAPS, table_of

from modellab_core.checks.check import CHECKS, Check, Found
from modellab_core.checks.finding import Finding, Remedy
from modellab_core.checks.ground import Ground
from modellab_core.checks.run import ground_of, preflight
from modellab_core.cli import checking as door
from modellab_core.errors import BadInput
from modellab_core.lab import Lab
from modellab_core.progress import Cancelled
from modellab_core.training.recipe import Recipe


def test_codes_are_stable_words() -> None:
    """Codes are snake_case, and every check says what it looks for, its threshold and why."""
    for code, check in CHECKS.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)
        assert check.code == code
        assert check.looks_for.endswith(".")
        assert len(check.threshold) > 15


def row_of(check: Check) -> str:
    """The line of a check in docs/checks.md."""
    return f"| `{check.code}` | {check.severity} | {check.looks_for} | {check.threshold} |"


def test_the_table_of_codes_is_that_of_the_registry() -> None:
    """docs/checks.md has the line of every check, in the order of the registry, and no other."""
    text = (ROOT / "docs/checks.md").read_text("utf-8")
    assert re.findall(r"^\| `.*$", text, re.MULTILINE) == [row_of(check) for check in CHECKS.values()]


def test_a_check_that_fails_stops_nothing() -> None:
    """An error inside a check is "not applicable" with the error's sentence, whatever the error is."""

    def fails(ground: Ground) -> list[Found]:
        raise RuntimeError("no disk")

    broken = replace(CHECKS["id_like"], look=fails)
    (said,) = broken.findings(ground_of(table_of(pd.DataFrame({"a": [1, 2], "b": [3, 4]}))))
    assert (said.outcome, said.reason) == ("not_applicable", "the check failed: RuntimeError: no disk")


def test_without_a_target_only_the_table_is_looked_at() -> None:
    """Checks that need a target say that none was named; the others look."""
    findings = checked(TRAPS["adult"]().frame)
    for one in findings:
        assert (one.reason == "no target was named") == (CHECKS[one.code].needs != "table")
    assert of(findings, "hidden_missing")[0].found


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"target": "nope"}, "target column 'nope'"),
        ({"drop": ("nope",)}, "--drop column 'nope'"),
        ({"weight": "nope"}, "--weight column 'nope'"),
        ({"split": "time:nope"}, "--split column 'nope'"),
        ({"split": "sideways"}, "no split 'sideways'"),
        ({"positive": "maybe"}, "no class 'maybe'"),
    ],
)
def test_wrong_names_are_refused(asked: dict[str, object], told: str) -> None:
    """A name that is not there is BadInput that says which."""
    table = table_of(pd.DataFrame({"x": X, "y": LABEL}))
    with pytest.raises(BadInput, match=re.escape(told)):
        preflight(table, **{"target": "y"} | asked)  # type: ignore[arg-type]


def test_a_split_that_cannot_be_made_is_a_finding() -> None:
    """Where training would refuse the split, the checks say so and look at the rest."""
    columns, target, asked = some(part=np.full(N, "train"), _asked={"split": "column:part"})()
    findings = checked(pd.DataFrame(columns), target, **asked)
    (said,) = of(findings, "one_class_split")
    assert said.severity == "serious"
    assert "cannot be split" in said.claim
    assert {one.outcome for one in of(findings, "train_test_shift")} == {"not_applicable"}


@pytest.mark.parametrize("n", [1, 2, 5, 12])
def test_tiny_tables_have_an_answer(n: int) -> None:
    """A table of hardly any rows gets an outcome from every check, and no check fails."""
    frame = pd.DataFrame({"a": np.arange(n), "b": [f"t{k % 2}" for k in range(n)], "c": np.full(n, np.nan)})
    findings = checked(frame)
    assert {one.code for one in findings} == set(CHECKS)
    assert not [one for one in findings if one.reason.startswith("the check failed")]


def test_cancelling_stops_between_checks() -> None:
    """What `on_phase` raises goes through, so that a training can be cancelled while it is checked."""

    def stop(*_: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        preflight(table_of(pd.DataFrame({"x": X})), on_phase=stop)


@pytest.mark.parametrize(
    ("remedy", "options"),
    [
        (Remedy("drop", ("a b", "c")), ["--drop", "a b", "--drop", "c"]),
        (Remedy("group", ("who",)), ["--split", "group:who"]),
        (Remedy("time", ("day",)), ["--split", "time:day"]),
        (Remedy("missing", (), "?"), ["--missing", "?"]),
        (Remedy("type", ("zip",), "text"), ["--type", "zip=text"]),
        (Remedy("weight", ("w",)), ["--weight", "w"]),
        (Remedy("metric", (), "mae"), ["--metric", "mae"]),
    ],
)
def test_a_way_out_is_options_of_the_command(remedy: Remedy, options: list[str]) -> None:
    """A remedy gives the options that do it, and survives JSON."""
    assert remedy.options() == options
    assert Remedy.from_json(json.loads(json.dumps(remedy.to_json()))) == remedy


def test_a_training_keeps_what_was_checked(trained: tuple[Path, str]) -> None:
    """The batch of a training holds what every check said, as the Lab says it for the same choices."""
    lab = Lab.open(trained[0])
    batch = lab.batches()[0]
    kept = lab.checks_of(batch)
    recipe = Recipe.from_json(lab.batch_runs(batch)[0].recipe)
    assert {one.code for one in kept} == set(CHECKS)
    assert kept == lab.check(batch.version_id or "", recipe.target, task=recipe.task.value)
    assert lab.task(batch.version_id or "", recipe.target) == recipe.task


def test_the_command_tells_and_leaves_0(trained: tuple[Path, str], modellab: Command) -> None:
    """`datasets check` prints stable JSON, a line and a way out for each finding, and leaves 0 with warnings."""
    asked = ("datasets", "check", "iris", "--target", "species")
    told = modellab(*asked, "--drop", "petal_width", "--json", home=trained[0])
    answer = json.loads(told.stdout)
    assert told.returncode == 0
    assert list(answer) == ["dataset_version", "target", "task", "split", "findings"]
    assert (answer["target"], answer["task"], answer["split"]) == ("species", "multiclass", "random")
    assert {one["code"] for one in answer["findings"]} == set(CHECKS)
    plain = modellab(*asked, "--all", home=trained[0])
    assert "checks clear." in plain.stdout
    assert modellab("datasets", "check", "iris", "--target", "nope", home=trained[0]).returncode == 2
    assert modellab("datasets", "check", "iris", home=trained[0]).returncode == 0


def test_a_person_reads_the_serious_first() -> None:
    """Each finding is a line with its code and a line with its way out as options, then the rest is counted."""
    made = TRAPS["adult"]()
    findings = sorted(checked(made.frame, made.target), key=lambda one: not one.found)
    lines = list(door._lines(findings, False))
    assert any(line.startswith("warning: '?' seems") and line.endswith("[hidden_missing]") for line in lines)
    assert "  Read '?' as missing. --missing '?'" in lines
    assert lines[-2].endswith("checks clear (--all lists them).")


def test_findings_are_plain_data() -> None:
    """A finding survives JSON with everything that it holds."""
    remedy = Remedy("drop", ("a",), None, "Leave 'a' out")
    one = Finding("id_like", "T", "note", "found", "C", {"n": 3}, ("a",), "W", remedy)
    assert Finding.from_json(json.loads(json.dumps(one.to_json()))) == one
