"""The notebooks and scripts of examples/: as kept they are whole, and all of them run from a clean workspace."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command import ROOT

EXAMPLES = ROOT / "examples"
NOTEBOOKS = sorted((EXAMPLES / "notebooks").glob("*.ipynb"))
SCRIPTS = sorted(EXAMPLES.glob("*.py"))
EXITS = {"gate.py": 3}
OF_ONE_MACHINE = re.compile(r"/(?:root|home|tmp|work|usr|var)/|\b\d{4}-\d\d-\d\dT\d\d|0x[0-9a-f]{6,}|\b[0-9a-f]{12}\b")


def cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells of code."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def texts(notebook: dict[str, Any]) -> list[list[str]]:
    """What each cell printed or gave, as text; streams that came in pieces are one."""
    found = []
    for cell in cells(notebook):
        said: dict[str, str] = {}
        for output in cell["outputs"]:
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            kind = output.get("name", output["output_type"])
            said[kind] = said.get(kind, "") + "".join(text)
        found.append([f"{kind}: {text}" for kind, text in sorted(said.items()) if kind != "stderr"])
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_as_they_ran(path: Path) -> None:
    """Every cell ran in order without an error, and what is kept names no path, moment or id of one machine."""
    notebook = json.loads(path.read_text("utf-8"))
    assert [cell["execution_count"] for cell in cells(notebook)] == list(range(1, len(cells(notebook)) + 1))
    outputs = [output for cell in cells(notebook) for output in cell["outputs"]]
    assert not [output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"]
    shown = json.dumps([texts(notebook), notebook["metadata"], [cell["metadata"] for cell in notebook["cells"]]])
    assert not OF_ONE_MACHINE.search(shown), OF_ONE_MACHINE.search(shown)
    assert path.stat().st_size < 2_000_000


def test_every_notebook_and_script_is_listed() -> None:
    """examples/README.md names each of them."""
    told = (EXAMPLES / "README.md").read_text("utf-8")
    assert len(NOTEBOOKS) == 3
    assert [path.name for path in (*NOTEBOOKS, *SCRIPTS) if f"{path.name})" not in told] == []


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run_and_say_what_they_kept(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run from a clean workspace, each notebook says again what is kept in it."""
    import nbformat
    from nbclient import NotebookClient

    shutil.copytree(EXAMPLES / "data", tmp_path / "data")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setenv("MODELLAB_HOME", str(tmp_path / "workspace"))
    kept = nbformat.read(path, 4)
    again = nbformat.read(path, 4)
    where = {"metadata": {"path": str(tmp_path / "notebooks")}}
    NotebookClient(again, timeout=900, kernel_name="python3", resources=where).execute()
    assert texts(again) == texts(kept)


@pytest.mark.slow
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_run(path: Path, tmp_path: Path) -> None:
    """Each script runs as its first lines say, in an empty folder, without a warning of ours."""
    done = subprocess.run(
        [sys.executable, str(path)],
        cwd=tmp_path,
        env=os.environ | {"MODELLAB_HOME": str(tmp_path / "workspace")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == EXITS.get(path.name, 0), done.stderr
    assert "Warning" not in done.stderr
    assert done.stdout.strip()


@pytest.mark.slow
@pytest.mark.parametrize(("worse", "code", "said"), [(0.0, 0, "PASS"), (0.9, 1, "FAIL")])
def test_the_workflow_asks_the_gate(worse: float, code: int, said: str, tmp_path: Path) -> None:
    """The last step of the workflow passes for the same predictions and fails for clearly worse ones."""
    text = (EXAMPLES / "github-actions" / "model-gate.yml").read_text("utf-8")
    assert re.search(r"shell: bash\b", text)
    step = textwrap.dedent(text.split("- name: Gate\n        run: |\n")[1].split("      - uses")[0])
    rng = np.random.default_rng(0)
    truth = rng.random(300) < 0.4
    score = 1 / (1 + np.exp(-(2 * truth - 1 + rng.normal(size=300))))
    for name, share in (("baseline", 0.0), ("candidate", worse)):
        told = np.where(rng.random(300) < share, rng.random(300), score)
        pd.DataFrame({"truth": np.where(truth, "yes", "no"), "p": told}).to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "modellab").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m modellab_core.cli "$@"\n')
    (tmp_path / "modellab").chmod(0o755)
    own = {"MODELLAB_HOME": str(tmp_path / "lab"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    own |= {"PATH": f"{tmp_path}:{Path(sys.executable).parent}:{os.environ['PATH']}"}
    line = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step]
    done = subprocess.run(line, cwd=tmp_path, env=os.environ | own, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert said in done.stdout
    assert said in (tmp_path / "summary").read_text()
