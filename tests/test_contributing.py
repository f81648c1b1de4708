"""CONTRIBUTING shows by real diffs how something is added: they fit the checkout, and what they add runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command import ROOT

PARTS = re.findall(r"^### An? (\w+)[^\n]*\n(.*?)(?=^##|\Z)", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.M | re.S)
DIFFS = {name: found[1] for name, part in PARTS if (found := re.search(r"```diff\n(.*?)```", part, re.S))}

MADE = """
import numpy as np, pandas as pd
from sklearn.linear_model import LinearRegression
from modellab_core import Plan, evaluate_model
rng = np.random.default_rng(0)
X = pd.DataFrame({"a": rng.normal(size=200), "b": rng.normal(size=200)})
y = X["a"] + rng.normal(size=200) + 5
model = LinearRegression().fit(X[:100], y[:100])
def report(**plan):
    plan = Plan(**{"discovery": False, "importance": 0, "stresses": (), "resamples": 100} | plan)
    return evaluate_model(model, X[100:], y[100:], train=(X[:100], y[:100]), plan=plan)
"""
PROOFS = {
    "metric": MADE
    + """
score = report()["total_error"]
assert score.low < score.value < score.high
assert np.isclose(score.value, (model.predict(X[100:]).sum() - y[100:].sum()) / y[100:].sum())
""",
    "slice": MADE
    + """
names = {line["slice"]: line["n"] for line in report().slice_lines() if line["slicer"] == "place"}
assert len(names) == 3 and sum(names.values()) == 100, names
""",
    "stress": MADE
    + """
curve = report(stresses=("stuck_sensor",)).stress["stuck_sensor"]
assert curve["severities"][-1] == 0.3 and curve["change"][-1] > 0, curve
""",
    "check": """
import tempfile
from pathlib import Path
from modellab_core import Lab
folder = Path(tempfile.mkdtemp())
rows = [f"{place},a rather long remark of a person about visit number {place}" for place in range(60)]
(folder / "visits.csv").write_text("\\n".join(["visit,remark", *rows]))
lab = Lab.open(folder / "workspace")
found = {one.code: one for one in lab.check(lab.add_dataset(folder / "visits.csv")) if one.outcome == "found"}
assert found["free_text"].remedy.options() == ["--drop", "remark"], found
""",
    "template": """
import tempfile
from pathlib import Path
from modellab_core import Lab
rows = "\\n".join(f"{x % 7},{x % 3},{'yes' if (x % 7 > 3) != (x % 11 == 0) else 'no'}" for x in range(400))
folder = Path(tempfile.mkdtemp())
(folder / "made.csv").write_text("a,b,target\\n" + rows)
lab = Lab.open(folder / "workspace")
batch = lab.train_from(str(folder / "made.csv"), "target", template="tree", params={"depth": 2})
runs = lab.follow(batch, lambda _: None)
assert [(run.model, run.state) for run in runs] == [("dummy", "succeeded"), ("tree", "succeeded")], runs
assert lab.verdict(batch).recommended == "tree"
assert len(lab.model(runs[1]).predict_proba(lab.preview(batch.version_id))) == 100
""",
    "figure": MADE
    + """
from modellab_core.harness.figures import FIGURES
made, one = FIGURES["worst_rows"], report()
assert made.applies(one) and made.png(one).startswith(b"\\x89PNG") and made.plotly(one).data
assert "the largest is" in made.alt(one)
""",
    "page": """
import os, tempfile
os.environ["MODELLAB_HOME"] = tempfile.mkdtemp()
from streamlit.testing.v1 import AppTest
at = AppTest.from_file("modellab_core/ui/shell.py", default_timeout=60).run()
at = at.switch_page(os.path.abspath("pages/words.py")).run()
assert not at.exception and not at.error, (at.exception, at.error)
assert at.title[0].value == "Words" and any("a named set of rows" in one.value for one in at.markdown)
""",
}


def apply(diff: str, folder: Path, *options: str) -> None:
    """Apply a diff to the files in a folder."""
    line = ["git", "apply", "-C1", *options, "-"]
    done = subprocess.run(line, input=diff, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_each_kind_of_addition_is_shown() -> None:
    """A metric, slice, stress test, check, template, figure and page are shown by a diff each, and each is tried."""
    assert set(DIFFS) == set(PROOFS)


@pytest.mark.parametrize("kind", DIFFS)
def test_the_diff_fits_the_checkout(kind: str) -> None:
    """Each diff can be applied to the files as they are."""
    apply(DIFFS[kind], ROOT, "--check")


@pytest.mark.slow
@pytest.mark.parametrize("kind", DIFFS)
def test_what_the_diff_adds_runs(kind: str, tmp_path: Path) -> None:
    """Applied to a copy, each diff adds something that works at once, and its lines pass the linter."""
    for name in ("modellab_core", "pages", ".streamlit", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "pictures"))
    for name in ("app.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    apply(DIFFS[kind], tmp_path)
    own = os.environ | {"PYTHONPATH": str(tmp_path)}
    line = [sys.executable, "-c", PROOFS[kind]]
    done = subprocess.run(line, cwd=tmp_path, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    changed = [name for name in re.findall(r"^\+\+\+ b/(.*)$", DIFFS[kind], re.M) if name.endswith(".py")]
    line = [sys.executable, "-m", "ruff", "check", *changed]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
