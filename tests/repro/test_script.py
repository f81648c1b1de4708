"""A run as a script: it is Python whatever the names, and it gives the same numbers."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hostile import NAMES
from hypothesis import given
from hypothesis import strategies as st

from modellab_core.lab import Lab
from modellab_core.lab.imported import Columns, evaluate_table, keep
from modellab_core.repro.script import Told, script

RECIPE = {
    "sha256": "0" * 64,
    "target": "left",
    "task": "binary",
    "template": "tabular_classification",
    "split": "random",
    "test_size": 0.2,
    "seed": 42,
    "metric": "roc_auc",
    "positive": "yes",
    "weight": None,
    "params": {"max_depth": 6},
    "drop": ["id"],
    "reading": {"format": "csv", "delimiter": ";", "encoding": "utf-8", "header": True, "types": {"id": "text"}},
}
TOLD = Told(
    "0" * 12, "template", "linear", RECIPE, "f" * 64, "1" * 12, "churn.csv", "churn", {"roc_auc": 0.75, "f1": None}
)


def shape(text: str) -> str:
    """The program without its texts and numbers."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = 0
    return ast.dump(tree)


def run_script(text: str, home: Path) -> str:
    """What the script prints, run by a Python of its own on the workspace."""
    environment = os.environ | {"MODELLAB_HOME": str(home)}
    line = [sys.executable, "-"]
    done = subprocess.run(line, input=text, capture_output=True, text=True, env=environment, cwd=home, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@given(st.sampled_from(NAMES) | st.text(max_size=30))
def test_names_from_the_data_are_literals(name: str) -> None:
    """Whatever a column, a class, a file or a project is called, the script is the same program with other texts."""
    recipe = RECIPE | {"target": name, "positive": name, "drop": [name]}
    told = script(replace(TOLD, recipe=recipe, file=name, project=name))
    assert shape(told) == shape(script(TOLD))
    texts = [node.value for node in ast.walk(ast.parse(told)) if isinstance(node, ast.Constant)]
    assert texts.count(name) >= 5


@pytest.mark.slow
def test_predictions_from_outside_are_evaluated_again(tmp_path: Path) -> None:
    """The script of imported predictions evaluates the copy that the workspace keeps, to the same values."""
    table = tmp_path / "mine.csv"
    table.write_text("y,p,x\n" + "".join(f"{n % 2},{(n % 7) / 10 + 0.2 * (n % 2):.2f},{n}\n" for n in range(60)))
    lab, columns = Lab.open(tmp_path / "home"), Columns("y", None, ("p",))
    run = keep(lab, evaluate_table(table, columns), table, columns, "mine", seed=42)
    printed = run_script(lab.script(run), tmp_path / "home")
    assert "another value" not in printed
    assert f"roc_auc {'':20} {lab.headlines(run)['roc_auc'].value}".split() == next(
        line.split() for line in printed.splitlines() if line.startswith("roc_auc")
    )


@pytest.mark.slow
def test_the_script_of_a_trained_run_gives_the_same_numbers(trained: tuple[Path, str], tmp_path: Path) -> None:
    """The script trains the recipe again, and every number is what it was."""
    shutil.copytree(trained[0], tmp_path / "home")
    lab = Lab.open(tmp_path / "home")
    run = next(run for run in lab.batch_runs(lab.batches()[0]) if run.model == "linear")
    printed = run_script(lab.script(run), tmp_path / "home")
    assert "the same recipe" in printed
    assert " was " not in printed
    assert len(lab.batches()) == 2
