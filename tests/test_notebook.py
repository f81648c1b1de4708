"""What a notebook shows: the app's words and figures, one script for all of them, and pictures where none may run."""

from __future__ import annotations

import re
import sys
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from drawn_reports import NASTY, binary_predictions, report_of
from lazily import Lazily

from modellab_core.errors import BadInput
from modellab_core.harness.comparing.comparison import Comparison
from modellab_core.harness.figures import figures_for
from modellab_core.harness.html import notebook
from modellab_core.harness.markdown import markdown
from modellab_core.lab.bars import bar_of_runs, share
from modellab_core.lab.judging import RunComparison, by_id
from modellab_core.lab.run_frame import NEEDED, RunFrame
from modellab_core.lab.showing import Shown
from modellab_core.store.tables import Run

REPORTS = Lazily(["binary"], lambda _: report_of(binary_predictions(80)))
PLOTLY = re.compile(r"plotly\.js v\d")


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A notebook whose cell `place` runs for the `execution_count`th time."""
    shell = SimpleNamespace(kernel=object(), execution_count=1, place="a")
    shell.get_parent = lambda: {"metadata": {"cellId": shell.place}}
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell, version_info=(9, 0)))
    monkeypatch.setattr(notebook, "_carrier", notebook._Carrier())
    return shell


def test_plotlys_script_is_in_one_output_of_a_notebook(kernel: Any) -> None:
    """The first drawn report carries it, and carries it again when its cell runs again; no other one does."""
    outputs = []
    for place, count in (("a", 1), ("a", 1), ("b", 2), ("a", 3), ("b", 4)):
        kernel.place, kernel.execution_count = place, count
        outputs.append(notebook.cell("a report", live=True))
    assert [len(PLOTLY.findall(one)) for one in outputs] == [1, 0, 0, 1, 0]
    assert len(outputs[1]) < 20_000


def test_each_figure_is_a_picture_and_carries_its_data(kernel: Any) -> None:
    """What is seen without script is what the script draws: a picture and a figure each, under the app's title."""
    shown = REPORTS["binary"]._repr_html_()
    figures = figures_for(REPORTS["binary"])
    for one in figures:
        assert f"<h3>{one.title}</h3>" in shown
    assert len(re.findall(r"<div data-figure='", shown)) == shown.count("<img ") == len(figures)
    for data in re.findall(r"data-figure='([^']*)'", shown):
        assert "<" not in data


def test_pictures_alone_can_be_had(kernel: Any) -> None:
    """For notebooks that are kept: no script, no data; and another word is refused."""
    notebook.show_figures_as("pictures")
    shown = REPORTS["binary"]._repr_html_()
    assert "<script" not in shown
    assert "data-figure" not in shown
    assert "<img " in shown
    with pytest.raises(BadInput, match="live or pictures"):
        notebook.show_figures_as("none")  # type: ignore[arg-type]


def test_markdown_says_what_the_report_says_and_nothing_of_a_name_is_markup() -> None:
    """Sentences, every metric with its interval; names cannot link, mention, or end a table's cell."""
    text = markdown(REPORTS["binary"])
    assert f"**{REPORTS['binary'].sentences[0].split()[0]}" in text
    assert "| **ROC AUC** |" in text
    nasty = markdown(report_of(binary_predictions(60, classes=("a", NASTY)), target=NASTY + "|@x[a](b)`"))
    assert "<b>" not in nasty.replace("\\<", "")
    assert r"\|\@x\[a\](b)\`" in nasty
    assert REPORTS["binary"].to_markdown() == markdown(REPORTS["binary"])


def test_a_comparison_is_drawn_under_the_names_of_its_runs(kernel: Any) -> None:
    """Ids stay in what programs read, names stand where people look; its text is its sentence."""
    told = REPORTS["binary"].comparison
    assert told is not None
    ids = {name: f"run-of-{place}" for place, name in enumerate(told["names"])}
    found = RunComparison(
        **vars(by_id(Comparison.from_json({**told, "level": 0.95, "resamples": 100}), ids)),
        labels={key: name for name, key in ids.items()},
    )
    assert not any(key in found._repr_html_() for key in ids.values())
    assert set(found.to_json()["names"]) == set(ids.values())
    assert repr(found) == found.sentence
    assert "labels" not in found.to_json()


def test_a_table_of_runs_draws_itself_and_any_other_frame_as_ever() -> None:
    """Names letter by letter, a bar per headline; without the columns of runs it is a DataFrame like any other."""
    line = dict.fromkeys(NEEDED) | {"id": "f" * 12, "name": NASTY, "state": "succeeded", "model": "linear"}
    line |= {
        "metric": "roc_auc",
        "value": 0.9,
        "low": 0.8,
        "high": 0.95,
        "created": pd.Timestamp("2026-01-02", tz="UTC"),
    }
    frame = RunFrame([line, line | {"metric": None, "value": None, "low": None, "high": None}])
    shown = frame._repr_html_() or ""
    assert "ROC AUC 0.900" in shown.replace("0.90<", "0.900<")
    assert shown.count('class="bar"') == 1
    assert "<b>" not in shown
    assert "dataframe" in (frame[["id"]]._repr_html_() or "")


def test_a_run_is_a_few_words() -> None:
    """At a prompt and in a notebook: what it is, its state, its score; nothing of its recipe or files."""
    run = Run(id="a" * 12, name="<b>", project_id="p", model="linear", state="succeeded", recipe={"x": 1})
    run.headline = {"metric": "mae", "value": 1.5, "low": 1.0, "high": 2.0}
    assert repr(run).startswith("Run(aaaaaaaaaaaa, <b>, linear, succeeded, mae 1.5 (1 to 2)")
    assert "&lt;b&gt;" in run._repr_html_()


def test_a_page_of_the_app_is_a_frame_or_its_address() -> None:
    """In a notebook a frame on this machine, at a prompt the address."""
    page = Shown("http://127.0.0.1:1/evaluate?project=a&run=b")
    assert repr(page) == "ModelLab: http://127.0.0.1:1/evaluate?project=a&run=b"
    assert 'src="http://127.0.0.1:1/evaluate?project=a&amp;run=b&amp;embed=true"' in page._repr_html_()


def test_a_bar_tells_how_far_runs_are_and_is_silent_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """A phase weighs about as much as it lasts; nothing is printed where nobody watches."""
    run = Run(name="r", project_id="p", state="running", phase="fitting", done=1, total=2)
    assert share(run) == pytest.approx(0.06 + 0.02 + 0.37 / 2)
    with bar_of_runs() as show:
        show([run])
    assert capsys.readouterr().err == ""
