"""The command as a person or a script meets it: answers, sentences, exit codes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from command import ROOT, Command
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, log_loss

IRIS = ROOT / "examples/data/iris.csv"


def test_train_answers_in_the_agreed_shape(trained: tuple[Path, str]) -> None:
    """`train --json` prints only JSON, with the keys that scripts rely on."""
    told = json.loads(trained[1])
    assert set(told) == {"project", "dataset_version", "batch", "runs", "best", "recommended", "verdict"}
    assert [run["model"] for run in told["runs"]] == ["dummy", "linear", "xgboost"]
    assert all(run["status"] == "succeeded" for run in told["runs"])
    assert all(set(score) == {"value", "low", "high"} for run in told["runs"] for score in run["metrics"].values())
    ids = {run["id"] for run in told["runs"]}
    assert {told["best"], told["recommended"], *told["verdict"]["top_set"]} <= ids
    assert told["recommended"] in told["verdict"]["top_set"]
    keys = {"candidate", "baseline", "difference", "low", "high", "detectable", "verdict"}
    assert all(set(one) == keys for one in told["verdict"]["comparisons"])
    assert len(told["verdict"]["comparisons"]) == 3


def test_the_verdict_follows_the_interval(trained: tuple[Path, str]) -> None:
    """A run is called better only when the interval of the paired difference excludes zero."""
    for one in json.loads(trained[1])["verdict"]["comparisons"]:
        if one["low"] is None:
            assert one["verdict"] == "tied"
        else:
            expected = "better" if one["low"] > 0 else "worse" if one["high"] < 0 else "tied"
            assert one["verdict"] == expected


def split_of(home: Path, run: str) -> pd.Series:
    """The part of each row of the data of a run."""
    from modellab_core.lab import Lab

    content = Lab.open(home).file(run, "split.csv").decode().splitlines()
    return pd.Series([line.split(",")[1] for line in content[1:]])


def test_the_dummy_is_scikit_learns(trained: tuple[Path, str]) -> None:
    """The dummy's numbers equal DummyClassifier's on the same rows to 1e-9."""
    home, out = trained
    told = json.loads(out)
    table, part = pd.read_csv(IRIS), split_of(home, told["runs"][0]["id"])
    train, test = table[part == "train"], table[part == "test"]
    dummy = DummyClassifier(strategy="prior").fit(train.iloc[:, :-1], train["species"])
    metrics = told["runs"][0]["metrics"]
    assert metrics["accuracy"]["value"] == pytest.approx(
        accuracy_score(test["species"], dummy.predict(test.iloc[:, :-1])), abs=1e-9
    )
    assert metrics["log_loss"]["value"] == pytest.approx(
        log_loss(test["species"], dummy.predict_proba(test.iloc[:, :-1])), abs=1e-9
    )


@pytest.mark.slow
def test_the_same_command_gives_the_same_bytes(trained: tuple[Path, str], modellab: Command, tmp_path: Path) -> None:
    """Two runs of the same command in two workspaces give the same predictions and evaluation files."""
    from modellab_core.lab import Lab

    done = modellab("train", IRIS, "--target", "species", "--json")
    assert done.returncode == 0, done.stderr
    ours, theirs = json.loads(done.stdout), json.loads(trained[1])
    here, there = Lab.open(tmp_path / "workspace"), Lab.open(trained[0])
    for mine, other in zip(ours["runs"], theirs["runs"], strict=True):
        files, others = here.run(mine["id"]).files, there.run(other["id"]).files
        same = [name for name in files if name.startswith("eval/") or name.endswith((".parquet", ".csv"))]
        assert len(same) > 12
        assert {name: files[name] for name in same} == {name: others[name] for name in same}


def test_a_moved_workspace_opens_and_works(trained: tuple[Path, str], modellab: Command, tmp_path: Path) -> None:
    """The folder, copied to another path, lists its runs, shows reports and scores new rows."""
    home = tmp_path / "elsewhere" / "lab"
    shutil.copytree(trained[0], home)
    run = json.loads(trained[1])["recommended"]
    listed = json.loads(modellab("runs", "list", "--json", home=home).stdout)
    assert run in {one["id"] for one in listed}
    shown = modellab("runs", "show", run, home=home)
    assert shown.returncode == 0
    assert "accuracy" in shown.stdout
    done = modellab("predict", run, IRIS, "-o", tmp_path / "scored.csv", home=home)
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(tmp_path / "scored.csv")) == 150


WRONG: list[tuple[list[Any], str]] = [
    (["train", "no-such.csv", "--target", "species"], "no-such.csv"),
    (["train", IRIS, "--target", "specis"], "specis"),
    (["train", IRIS, "--target", "species", "--task", "ranking"], "ranking"),
    (["train", IRIS, "--target", "species", "--task", "regression"], "species"),
    (["train", IRIS, "--target", "species", "--split", "time:when"], "when"),
    (["train", IRIS, "--target", "species", "--split", "sideways"], "sideways"),
    (["train", IRIS, "--target", "species", "--metric", "mae"], "mae"),
    (["train", IRIS, "--target", "species", "--metric", "nonsense"], "nonsense"),
    (["train", IRIS, "--target", "species", "--template", "deep"], "deep"),
    (["train", IRIS, "--target", "species", "--drop", "colour"], "colour"),
    (["train", IRIS, "--target", "species", "--weight", "species"], "species"),
    (["train", IRIS, "--target", "species", "--param", "depth"], "depth"),
    (["train", IRIS, "--target", "species", "--param", "no_such=1"], "no_such"),
    (["train", IRIS, "--target", "species", "--param", "=1"], "nothing before"),
    (["train", IRIS, "--target", "species", "--param", "keep=colour"], "colour"),
    (["train", IRIS, "--target", "species", "--test-size", "1.5"], "1.5"),
    (["runs", "show", "ffffffffffff"], "ffffffffffff"),
    (["repro", "ffffffffffff", "-o", "pack.zip"], "ffffffffffff"),
    (["projects", "show", "nowhere"], "nowhere"),
    (["datasets", "show", "nothing"], "nothing"),
    (["evaluate", IRIS, "--y-true", "species", "-o", "out"], "--y-pred"),
    (["evaluate", IRIS, "--y-true", "nope", "--y-pred", "species", "-o", "out"], "nope"),
]


@pytest.mark.parametrize(("arguments", "named"), WRONG, ids=lambda value: str(value)[-40:])
def test_wrong_input_gets_one_sentence_and_exit_2(
    arguments: list[Any], named: str, modellab: Command, tmp_path: Path
) -> None:
    """A user's mistake gives one sentence on stderr that names the value, exit 2, no traceback, and stores nothing."""
    done = modellab(*arguments)
    assert done.returncode == 2, done.stderr
    sentences = [line for line in done.stderr.splitlines() if line and not line.startswith("A new workspace")]
    assert len(sentences) == 1
    assert named in sentences[0]
    assert done.stdout == ""
    stored = [path for room in ("blobs", "cache", "tmp") for path in (tmp_path / "workspace" / room).rglob("*")]
    assert [path for path in stored if path.is_file()] == []


def test_verify_uses_the_codes_of_the_pack(modellab: Command, tmp_path: Path) -> None:
    """No such file, no ZIP and wrong usage are 4 for `verify`."""
    (tmp_path / "notes.zip").write_text("no archive")
    assert modellab("verify", "absent.zip").returncode == 4
    assert modellab("verify", tmp_path / "notes.zip").returncode == 4
    assert modellab("verify").returncode == 4


def test_deleting_asks_for_yes(trained: tuple[Path, str], modellab: Command, tmp_path: Path) -> None:
    """Nothing is deleted without --yes, and what was deleted is gone."""
    home = tmp_path / "lab"
    shutil.copytree(trained[0], home)
    run = json.loads(trained[1])["recommended"]
    assert modellab("runs", "delete", run, home=home).returncode == 2
    assert modellab("runs", "show", run, home=home).returncode == 0
    assert modellab("runs", "delete", run, "--yes", home=home).returncode == 0
    assert modellab("runs", "show", run, home=home).returncode == 2
    assert modellab("projects", "delete", "default", "--yes", home=home).returncode == 0
    assert json.loads(modellab("projects", "list", "--json", home=home).stdout) == []


def test_runs_on_other_rows_are_not_ranked(trained: tuple[Path, str], modellab: Command, tmp_path: Path) -> None:
    """`compare` gives the verdict over runs on the same rows, and exit 1 for runs on other rows."""
    home = tmp_path / "lab"
    shutil.copytree(trained[0], home)
    first = [run["id"] for run in json.loads(trained[1])["runs"]]
    fair = modellab("compare", *first, "--json", home=home)
    assert fair.returncode == 0, fair.stderr
    assert len(json.loads(fair.stdout)["pairs"]) == 3
    pd.read_csv(IRIS).assign(guess="setosa").to_csv(tmp_path / "other.csv", index=False)
    line = "evaluate other.csv --y-true species --y-pred guess -o out --project default --json"
    other = modellab(*line.split(), home=home)
    assert other.returncode == 0, other.stderr
    unfair = modellab("compare", first[0], json.loads(other.stdout)["run"], home=home)
    assert unfair.returncode == 1
    assert "cannot be ranked" in unfair.stderr


def test_a_table_of_predictions_gets_a_whole_report(modellab: Command, tmp_path: Path) -> None:
    """`evaluate` writes every file of an evaluation, and keeps the report as a run when asked to."""
    rows = 200
    table = pd.DataFrame({"truth": ["no", "yes"] * (rows // 2), "p": [0.2, 0.7, 0.6, 0.4] * (rows // 4)})
    table["region"] = ["north", "south", "east", "west", "mid"] * (rows // 5)
    table.to_csv(tmp_path / "predictions.csv", index=False)
    done = modellab(
        "evaluate",
        "predictions.csv",
        "--y-true",
        "truth",
        "--proba",
        "yes=p",
        "-o",
        "out",
        "--project",
        "own",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    names = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert {"eval_summary.json", "metrics.json", "report.html", "takeaway.txt", "plots/roc_curve.png"} <= names
    assert len((tmp_path / "out/takeaway.txt").read_text().splitlines()) == 5
    assert json.loads((tmp_path / "out/metrics.json").read_text())["roc_auc"] == told["metrics"]["roc_auc"]["value"]
    assert modellab("runs", "show", told["run"]).returncode == 0


def test_a_table_of_labels_is_ranked_by_accuracy(modellab: Command, tmp_path: Path) -> None:
    """`evaluate` with predicted labels alone gives the metrics of labels, and says why the others are undefined."""
    (tmp_path / "labels.csv").write_text("truth,guess\n" + "no,no\nyes,yes\nyes,no\n" * 20)
    done = modellab("evaluate", "labels.csv", "--y-true", "truth", "--y-pred", "guess", "-o", "out", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["metrics"]["accuracy"]["value"] == pytest.approx(2 / 3)
    assert told["metrics"]["roc_auc"]["value"] is None
    assert told["takeaway"][0].startswith("Accuracy for 'truth'")


@pytest.mark.slow
def test_train_says_what_it_found_in_the_file(modellab: Command, tmp_path: Path) -> None:
    """Without --json a person reads, once each, how columns were read and which were left out."""
    rows = "".join(f"{n % 7},{n % 3}?,same,{'ab'[n % 2]}\n" for n in range(20))
    (tmp_path / "small.csv").write_text(f"a,b,c,y\n{rows}?,1?,same,a\n")
    done = modellab("train", "small.csv", "--target", "y")
    assert done.returncode == 0, done.stderr
    for said in ("Column 'a': 1 cell is read as missing", "The column 'c' has the same value", "'y' holds text"):
        assert done.stdout.count(said) == 1


def test_version_needs_no_pandas(modellab: Command) -> None:
    """`modellab --version` answers without loading pandas, numpy or the rooms behind the doors."""
    assert modellab("--version").stdout.startswith("modellab ")
    heavy = "import sys, modellab_core.cli; print({'pandas', 'numpy', 'modellab_core.lab'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True).stdout == "set()\n"
