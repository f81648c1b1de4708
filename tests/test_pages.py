"""Every page by itself, through the shell and through the launcher: empty, and with a finished batch."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from app_pages import ROOT, at_page, door, whole, words

from modellab_core.errors import BadInput
from modellab_core.ui.service import refuse_other_machines

PAGES = ("projects", "datasets", "train", "evaluate", "compare", "repro", "help")
TABLE = b"age,plan,left\n" + b"".join(
    f"{20 + n % 50},{('basic', 'plus')[n % 2]},{('no', 'yes')[n % 3 == 0]}\n".encode() for n in range(60)
)


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace."""
    monkeypatch.setenv("MODELLAB_HOME", str(tmp_path / "workspace"))
    return tmp_path / "workspace"


@pytest.mark.parametrize("way", ["alone", "shell"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_in_an_empty_workspace_says_what_is_missing(empty: Path, name: str, way: str) -> None:
    """Every page runs on an empty workspace, says what is missing and has a way on."""
    at = whole(at_page(name, way))
    assert at.title[0].value == name.capitalize()
    assert at.button or name == "help", "no way on"


@pytest.mark.parametrize("way", ["alone", "launcher"])  # which runs the shell
@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_a_finished_batch(finished: dict[str, Any], name: str, way: str) -> None:
    """Every page shows what came of a training, for the run and batch in its address."""
    at = whole(at_page(name, way, project=finished["project"], run=finished["recommended"], batch=finished["batch"]))
    assert at.title[0].value == name.capitalize()
    assert at.selectbox(key="choice-project").value == finished["project"]


def test_the_first_screen_says_where_everything_is(empty: Path) -> None:
    """The first screen names the workspace folder and says that nothing leaves the machine."""
    told = words(whole(door("shell")))
    assert str(empty) in told
    assert "Nothing leaves this machine" in told


def test_a_dropped_table_becomes_a_project_of_its_name(empty: Path) -> None:
    """A dropped file needs no dialog: its project is named after it, and training is one button away."""
    at = door("shell")
    at.file_uploader[0].upload("people.csv", TABLE)
    at = whole(at.run())
    assert at.title[0].value == "Train"
    assert at.selectbox(key="choice-project").value
    assert "people" in words(at)
    assert at.button(key="train").label == "Train dummy, linear, XGBoost"


def test_training_can_be_asked_for(empty: Path) -> None:
    """The button queues three runs on the guessed target, and a second click makes no second batch."""
    at = door("shell")
    at.file_uploader[0].upload("people.csv", TABLE)
    at = whole(at.run())
    at = whole(at.button(key="train").click().run())
    assert [one.label for one in at.button if one.label == "Cancel"] == ["Cancel"] * 3
    told = words(at)
    assert all(
        said in told for said in ("Starts at once.", "Waits for 1 run before it.", "Waits for 2 runs before it.")
    )


def test_a_wrong_file_is_one_red_box(empty: Path) -> None:
    """A file that cannot be read gives one sentence in a red box, and nothing is left behind."""
    at = door("shell")
    at.file_uploader[0].upload("broken.csv", b'a,b\n1,"2\n3,4\n')
    at = at.run()
    assert not at.exception
    assert len(at.error) == 1
    assert "broken" not in [one.label for one in at.selectbox]


def test_a_wrong_id_is_one_red_box(finished: dict[str, Any]) -> None:
    """An address with a run that does not exist says so, and the page still shows another one."""
    at = at_page("evaluate", "shell", run="ffffffffffff")
    assert not at.exception
    assert at.error or at.warning


def test_hostile_names_are_shown_as_text(empty: Path) -> None:
    """A project called like Markdown or HTML is shown letter by letter."""
    from modellab_core.lab import Lab

    name = "<script>alert(1)</script> :red[x] $x$ [a](http://b)"
    Lab.open().create_project(name)
    at = whole(door("shell"))
    assert name in words(at)
    labels = " ".join(one.proto.label for one in at.get("page_link"))
    assert "\\<script\\>" in labels


def test_the_takeaway_is_on_the_page(finished: dict[str, Any]) -> None:
    """Evaluate shows the five sentences, the first of them large."""
    at = whole(at_page("evaluate", "shell", run=finished["recommended"]))
    assert len(at.header) >= 1
    told = words(at)
    assert "hat to do next" in told
    assert len(at.metric) == 4


@pytest.mark.parametrize("tab", ["Calibration", "Slices", "Stress", "Errors", "Importance", "All metrics"])
def test_every_tab_of_evaluate_opens(finished: dict[str, Any], tab: str) -> None:
    """A tab is drawn when the address names it."""
    at = whole(at_page("evaluate", "alone", run=finished["recommended"], tab=tab))
    assert at.main.children


def test_the_verdict_is_the_largest_thing_on_train(finished: dict[str, Any]) -> None:
    """Train shows the sentence of the one verdict in large type, and the smallest visible difference."""
    at = whole(at_page("train", "shell", batch=finished["batch"]))
    assert finished["verdict"]["sentence"] in at.header[0].value.replace("\\", "")
    assert "Smallest visible difference" in words(at)


def test_compare_ranks_the_runs_of_the_newest_batch(finished: dict[str, Any]) -> None:
    """Compare begins with the newest batch and gives its verdict."""
    at = whole(at_page("compare", "shell", project=finished["project"]))
    assert at.header


def test_pages_use_only_what_exists() -> None:
    """Every name that a page takes from `ui` is there."""
    import modellab_core.ui as ui

    for path in (ROOT / "pages").glob("*.py"):
        used = [
            node.attr
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ui"
        ]
        assert {name for name in used if not hasattr(ui, name)} == set(), path.name


def test_the_colour_slots_of_streamlit_are_where_the_figures_expect_them() -> None:
    """Streamlit fills `#000001` … with its palette; figures rely on it."""
    from streamlit.elements.lib import streamlit_plotly_theme as theme

    from modellab_core.harness.figures.palette import APP

    assert theme.CATEGORY_0.lower() == APP.categorical[0].lower()
    assert theme.SEQUENTIAL_0.lower() == APP.sequential[0].lower()


@pytest.mark.parametrize("address", [None, "", "0.0.0.0", "192.168.1.4", "::", "example.org"])
def test_the_app_listens_to_this_machine_only(address: str | None) -> None:
    """An address that other machines reach is refused, because there is no sign-in."""
    with pytest.raises(BadInput, match="no sign-in"):
        refuse_other_machines(address)
    for own in ("127.0.0.1", "localhost", "::1"):
        refuse_other_machines(own)
