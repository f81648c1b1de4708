"""What a person chose to look at stands in the address, so that it survives a reload and can be sent to somebody."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from app_pages import ROOT, at_page, settled, words

from modellab_core.lab import Lab

WIDGETS = {
    *("selectbox", "multiselect", "toggle", "checkbox", "radio", "pills", "segmented_control", "tabs", "pagination"),
    *("slider", "select_slider", "number_input", "text_input", "text_area", "date_input"),
}
BY_IDS = {"choice-project", "go-to-{version.id}", "key"}
"""These write the address by `place.stand`; what is only called `key` here is looked at in the file."""
ASKED = {
    *("confirm-name", "ask-name", "ask-description"),  # dialogs
    *("backup-folder", "backup-keep", "sent-project", "download-which"),  # what an act is done with
    "stress-no-feature",  # says that there is nothing to choose
    *("own-truth", "own-said", "own-chances"),  # of a file that was dropped and is not stored
}
FORMS = {"setup.py", "forms.py", "rereading.py"}
"""What a training or a reading is asked for: kept in the tab until its button is pressed."""


def chosen_by() -> list[tuple[str, ast.Call]]:
    """Every call of a widget that holds a choice, with its file."""
    return [
        (path.name, node)
        for path in [*(ROOT / "modellab_core/ui").glob("*.py"), *(ROOT / "pages").glob("*.py")]
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WIDGETS
    ]


def named(call: ast.Call) -> str:
    """The key of a widget as it is written."""
    given = next((one.value for one in call.keywords if one.arg == "key"), None)
    return ast.unparse(given).removeprefix("f").strip("'\"") if given is not None else ""


def test_every_choice_of_a_view_stands_in_the_address() -> None:
    """A widget that holds what is looked at is bound to the address; the others are fields of something to be done."""
    calls = chosen_by()
    assert len(calls) > 40
    loose = [
        f"{file}: {call.func.attr} {named(call)}"  # type: ignore[attr-defined]
        for file, call in calls
        if file not in FORMS
        and not any(one.arg == "bind" for one in call.keywords)
        and named(call) not in BY_IDS
        and not any(named(call).startswith(asked) for asked in ASKED)
    ]
    assert not loose, "\n".join(loose)


def test_a_page_ends_early_by_the_stop_that_writes_the_address() -> None:
    """After `st.stop` nothing can be written into the address, so pages end by `ui.stop`, which writes it before."""
    found = [
        path.name
        for path in [*(ROOT / "modellab_core/ui").glob("*.py"), *(ROOT / "pages").glob("*.py")]
        if "st.stop()" in path.read_text("utf-8")
    ]
    assert set(found) == {"place.py", "frame.py"}


def test_a_linked_view_of_compare_is_the_view_that_was_sent(finished: dict[str, Any]) -> None:
    """Filter, settings, tab, the two runs, whose rows and the margin come from the address; nonsense counts as none."""
    first, second, third = (run["id"] for run in finished["runs"])
    at = at_page(
        "compare",
        "alone",
        **{"project": finished["project"], "view": "Rows that flipped", "runs": f"{first},{second},{third}"},
        **{"first": first, "second": second, "flips-who": "Linear model"},
        **{"compare-model": "Linear model", "compare-differs": "false", "compare-margin": "0.9"},
    )
    at = settled(at)
    assert at.multiselect(key="compare-model").value == ["Linear model"]
    assert at.toggle(key="compare-differs").value is False
    assert (at.selectbox(key="choice-first").value, at.selectbox(key="choice-second").value) == (first, second)
    assert set(next(one.value for one in at.dataframe if "right" in one.value)["right"]) == {"Linear model"}
    assert "Equivalent within 0.900" in words(at)
    odd = {"flips-who": "nobody", "compare-model": "none", "compare-differs": "9", "compare-margin": "nan"}
    settled(at_page("compare", "alone", project=finished["project"], view="Rows that flipped", **odd))


def test_a_linked_list_of_projects_and_runs_is_the_one_that_was_sent(finished: dict[str, Any]) -> None:
    """The page of a long list, what was searched, the archived ones, and the state and the run that were picked."""
    lab = Lab.open()
    for number in range(21):
        lab.create_project(f"Project {number}")
    lab.archive_project("Project 20")
    assert words(settled(at_page("projects", "alone", **{"project-page": "2"}))).count("**default**") == 1
    assert words(settled(at_page("projects", "alone", **{"project-search": "Project 1"}))).count("**Project") == 11
    assert "Archived" in words(settled(at_page("projects", "alone", archived="true")))
    run = finished["runs"][1]["id"]
    at = settled(at_page("projects", "alone", shown="Runs", project=finished["project"], state="Done", run=run))
    assert "3 done" in words(at)
    assert "0 of 3 runs reproduced, 3 never tried" in words(at)
    assert all(one in words(at) for one in ("**Linear model**", "Open report", "Its pack", "Its training"))
    assert set(next(iter(at.dataframe)).value["run"]) == {run["id"] for run in finished["runs"]}


def test_a_linked_view_of_a_table_is_the_view_that_was_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The columns that were searched, how rows are known again, and the column that drifted."""
    monkeypatch.setenv("MODELLAB_HOME", str(tmp_path / "home"))
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(300, 14)), columns=[f"n{number}" for number in range(14)])
    frame["id"] = range(300)
    lab = Lab.open()
    for shift in (0, 3):
        frame.assign(n1=frame["n1"] + shift, n2=frame["n2"] * (1 + shift)).to_csv(tmp_path / "t.csv", index=False)
        version = lab.add_dataset(tmp_path / "t.csv", project="p", name="t")
    shown = {"project": "p", "version": version.id}
    at = settled(
        at_page("datasets", "alone", view="Columns", **{**shown, "find-column": "n13", "find-types": "numbers"})
    )
    assert "1 of 15 columns." in words(at)
    at = settled(at_page("datasets", "alone", view="Versions", drifted="n2", **{**shown, "row-key": "id"}))
    assert "the column 'id'" in words(at)
    assert "**n2**" in words(at)


def test_a_linked_training_is_set_up_as_it_was(finished: dict[str, Any]) -> None:
    """Target, split, columns left out and the seed of a training that was not started come from the address."""
    chosen = {"target": "petal_length", "split": "group", "by-group": "species", "drop": ["sepal_width"], "seed": 7}
    odd = {"drop": ["none"], "test": 900, "weight": 3, "task": "nonsense", "split": []}
    lab = Lab.open()
    version = lab.datasets(finished["project"])[0].versions[0].id
    at = settled(at_page("train", "alone", batch="new", version=version, choice=json.dumps(chosen)))
    held = {key: at.session_state[f"{key}-{version}-petal_length"] for key in ("split", "by-group", "drop", "seed")}
    assert held == {key: chosen[key] for key in held}
    at = settled(at.number_input(key=f"seed-{version}-petal_length").set_value(8).run())
    shown = at.query_params["choice"]
    assert json.loads(shown if isinstance(shown, str) else shown[0]) == {**chosen, "seed": 8}
    settled(at_page("train", "alone", batch="new", version=version, choice=json.dumps({**odd, "target": "species"})))
    settled(at_page("train", "alone", batch="new", version=version, choice="{"))
