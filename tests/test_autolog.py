"""Fits that log themselves while it is wanted, and a package that changes nothing of a program that imports it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost
from command import ROOT
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from modellab_core.errors import BadInput
from modellab_core.lab import Lab
from modellab_core.notebook.autolog import autolog

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(80, 3)), RNG.integers(0, 2, 80)
OWNERS: list[tuple[Any, str]] = [
    *((one, "fit") for one in (LogisticRegression, RandomForestClassifier, xgboost.XGBClassifier)),
    (xgboost, "train"),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A workspace for the runs of this file."""
    return Lab.open(tmp_path_factory.mktemp("autolog") / "workspace")


@pytest.fixture
def logged(lab: Lab, request: pytest.FixtureRequest) -> Iterator[str]:
    """A project in which fits log themselves during the test."""
    undo = autolog(project=request.node.name, lab=lab)
    yield request.node.name
    undo()


def test_a_fit_is_a_run_with_parameters_score_and_model(lab: Lab, logged: str) -> None:
    """Of a pipeline only the whole is logged; a transformer alone is none."""
    StandardScaler().fit(X)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.5)).fit(X, Y)
    (run,) = lab.all_runs(logged)
    said = lab.logged(run)
    assert (run.state, run.name, run.notes) == ("succeeded", "Pipeline", [])
    assert said.params["logisticregression__C"] == 0.5
    assert said.metrics["training score"] == model.score(X, Y)
    assert lab.model(run).predict(X).tolist() == model.predict(X).tolist()


def test_rounds_are_logged_one_by_one(lab: Lab, logged: str) -> None:
    """What a booster of scikit-learn or XGBoost recorded per round is a series."""
    GradientBoostingClassifier(n_estimators=3).fit(X, Y)
    xgboost.XGBClassifier(n_estimators=4, n_jobs=1).fit(X, Y, eval_set=[(X, Y)], verbose=False)
    data = xgboost.DMatrix(X, Y)
    xgboost.train({"max_depth": 2, "nthread": 1}, data, 5, evals=[(data, "own")], verbose_eval=False)
    series = [lab.logged(run).series for run in lab.all_runs(logged)]
    names = ("own rmse", "validation_0 logloss", "train_score")
    lengths = [int((one["name"] == name).sum()) for one, name in zip(series, names, strict=True)]
    assert lengths == [5, 4, 3]
    assert "model.ubj" in lab.logged(lab.all_runs(logged)[0]).artifacts


def test_inside_a_block_the_fit_belongs_to_its_run(lab: Lab, logged: str) -> None:
    """No further run is made."""
    with lab.start_run(logged, "mine") as run:
        LogisticRegression(C=0.1).fit(X, Y)
    assert [one.id for one in lab.all_runs(logged)] == [run.id]
    assert lab.logged(run.id or "").params["C"] == 0.1


def test_a_fit_is_what_it_was_and_fails_as_it_did(lab: Lab, logged: str) -> None:
    """The same numbers, the same random state, the same exception; the failed fit is a failed run."""
    np.random.seed(3)  # noqa: NPY002 - the state that estimators share
    first = RandomForestClassifier(5).fit(X, Y).predict_proba(X)
    state = np.random.get_state()[1].tolist()  # noqa: NPY002
    autolog(False)
    np.random.seed(3)  # noqa: NPY002
    assert np.array_equal(first, RandomForestClassifier(5).fit(X, Y).predict_proba(X))
    assert state == np.random.get_state()[1].tolist()  # noqa: NPY002
    autolog(project=logged, lab=lab)
    with pytest.raises(ValueError, match="C"):
        LogisticRegression(C=-1).fit(X, Y)
    assert [run.state for run in lab.all_runs(logged)] == ["failed", "succeeded"]


def test_it_is_off_by_default_and_undone_by_a_call(lab: Lab) -> None:
    """Afterwards the very functions of before are there, however often it was turned on."""
    before = [getattr(owner, name) for owner, name in OWNERS]
    autolog(project="off", lab=lab)
    undo = autolog(project="off", lab=lab)
    assert all(getattr(owner, name) is not plain for (owner, name), plain in zip(OWNERS, before, strict=True))
    undo()
    assert all(getattr(owner, name) is plain for (owner, name), plain in zip(OWNERS, before, strict=True))
    LogisticRegression().fit(X, Y)
    assert "off" not in lab.catalog.projects.names().values()
    with pytest.raises(BadInput, match="project="):
        autolog("churn")  # type: ignore[arg-type]


LOOK = """
import random, sys, threading, warnings, os, signal, logging
def look():
    import numpy, pandas, plotly.io, matplotlib, sklearn.linear_model  # whose own changes are theirs
    return (repr(warnings.filters), plotly.io.templates.default, plotly.io.renderers.default, random.getstate(),
        numpy.random.get_state()[1].tolist(), numpy.geterr(), threading.active_count(), dict(os.environ),
        pandas.get_option("display.max_columns"), dict(matplotlib.rcParams), sys.excepthook, logging.root.handlers[:],
        [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)])
look()  # what it imports settles
before = look()
import modellab_core
assert look() == before
for name in modellab_core.__all__:
    getattr(modellab_core, name)
assert look()[1:] == before[1:]  # SciPy adds filters for its own warnings
"""


def ran(line: list[str], folder: Path) -> tuple[int, str]:
    """How a fresh interpreter ends with these arguments, and what it says on stderr."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MPLCONFIGDIR": str(folder)}
    done = subprocess.run(
        [sys.executable, *line], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


def test_importing_is_clean_where_warnings_are_errors(tmp_path: Path) -> None:
    """`python -W error -c "import modellab_core"` says nothing."""
    assert ran(["-W", "error", "-c", "import modellab_core"], tmp_path) == (0, "")


@pytest.mark.slow
def test_importing_changes_nothing_of_the_program(tmp_path: Path) -> None:
    """Also with every public name loaded no template, seed, thread, handler or setting differs."""
    assert ran(["-c", LOOK], tmp_path) == (0, "")
