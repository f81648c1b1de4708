"""Runs that a program logged without a report: their page, their place beside others, and what inner runs are."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from app_pages import at_page, tables, whole, words

from modellab_core.lab import Lab

HOSTILE = "a <b>*name*</b> `with` $marks$ | :red[x]"


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A workspace with a run that holds two others, of which one failed; the app makes use of it."""
    monkeypatch.setenv("MODELLAB_HOME", str(tmp_path / "workspace"))
    found = Lab.open(tmp_path / "workspace")
    (tmp_path / "train.py").write_text("print('the program')\n")
    with found.start_run("mine", "outer", tags=["keep"]) as outer:
        outer.log_script(tmp_path / "train.py")
        with found.start_run("mine", HOSTILE, params={"depth": 6}) as run:
            for step in range(3):
                run.log_metrics(loss=1 / (1 + step), step=step)
            run.log_params(depth=7)
        with contextlib.suppress(ZeroDivisionError), found.start_run("mine", "broken", params={"depth": 6}) as run:
            run.log_metrics(loss=0.25)
            print(1 / 0)
    return found


def test_the_page_of_a_run_shows_all_that_was_logged(lab: Lab) -> None:
    """Values, curves, both values of a changed one, the program, the inner runs and the exception of a failed one."""
    runs = {run.name: run.id for run in lab.all_runs()}
    shown = whole(at_page("evaluate", "shell", run=runs[HOSTILE]))
    assert "This run has no report" in words(shown)
    assert [list(one["value"]) for one in tables(shown)] == [["0.333333"], ["7"], ["6", "7"]]
    assert [one.proto.alt for one in shown.get("vega_lite_chart")] == ["loss over 3 steps"]
    outer = at_page("evaluate", "shell", run=runs["outer"])
    assert [one.label for one in outer.expander] == ["Program `train.py`"]
    assert sum("depth" in one.label or "broken" in one.label for one in outer.button) == 1
    failed = at_page("evaluate", "shell", run=runs["broken"])
    assert "ZeroDivisionError: division by zero" in words(failed)
    assert "print(1 / 0)" in failed.expander[0].code[0].value


def test_runs_without_a_report_stand_beside_others_without_a_verdict(lab: Lab) -> None:
    """Compare lists them, says why it gives no verdict, and shows the values in which they differ."""
    runs = {run.name: run.id for run in lab.all_runs()}
    shown = whole(at_page("compare", "shell", runs=f"{runs['broken']},{runs[HOSTILE]}"))
    assert "No verdict" in words(shown)
    beside = tables(shown)[0].set_index("name")
    assert list(beside.loc["loss"].drop("kind")) == ["0.25", "0.333333"]
    assert list(beside.loc["depth"].drop("kind")) == ["6", "7"]
    assert "keep" not in beside.index
    with lab.start_run("mine", "late"):
        assert lab.children(runs["outer"])[0].id == runs["broken"]
        assert list(lab.beside([runs["outer"], runs["broken"]]).index.get_level_values("kind")) == [
            "metrics",
            "params",
            "tags",
        ]
