"""The checks on the Datasets and Train pages: what was found, its ways out by one click, and that nothing waits."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from app_pages import ROOT, at_page, door, labelled, press, settled, whole, words

from modellab_core.checks.finding import Finding, Remedy
from modellab_core.errors import BadInput
from modellab_core.lab import Lab

TABLE = "code,when,leak,left\n" + "".join(
    f"{(n * 5) % 7},2021-01-{1 + n % 28:02d},{('n', 'y')[n % 3 == 0]},{('no', 'yes')[n % 3 == 0]}\n" for n in range(60)
)
KEPT = Finding("rare_classes", "Classes with few rows", "warning", "clear", "The rarest class has 20 rows.")
ABSENT = Finding("target_tail", "A tail", "warning", "not_applicable", "", reason="the target is a class")


def told(check: str, severity: Any, remedy: Remedy | None) -> Finding:
    """Something that was found, with a way out."""
    claim = f"<b>{check}</b>: ROC AUC 0.981 (0.962 to 0.993)."
    return Finding(check, f"The title of {check}", severity, "found", claim, way_out=f"Do {check}.", remedy=remedy)


FOUND = {
    "leak": told("leak", "serious", Remedy("drop", ("leak",), None, "Leave 'leak' out")),
    "dated": told("dated", "warning", Remedy("time", ("when",), None, "Split by 'when'")),
    "grouped": told("grouped", "warning", Remedy("group", ("code",), None, "Keep 'code' together")),
    "typed": told("typed", "note", Remedy("type", ("code",), "text", "Read 'code' as text")),
    "token": told("token", "note", Remedy("missing", (), "y", "Read 'y' as missing")),
}


def found(_lab: Any, _version: str, _target: str | None = None, **wish: Any) -> list[Finding]:
    """What a check would say of TABLE: the leak is gone once it is left out."""
    rest = [one for name, one in FOUND.items() if name not in wish["drop"]]
    return [*rest, KEPT, ABSENT]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one table; treat it as read-only."""
    folder = tmp_path_factory.mktemp("shelf")
    (folder / "people.csv").write_text(TABLE)
    Lab.open(folder / "workspace").add_dataset(folder / "people.csv", project="one", name="people")
    return folder / "workspace"


@pytest.fixture
def lab(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A copy of it, and checks that say what FOUND holds."""
    shutil.copytree(shelf, tmp_path / "workspace")
    monkeypatch.setenv("MODELLAB_HOME", str(tmp_path / "workspace"))
    monkeypatch.setattr(Lab, "check", found)
    return Lab.open()


def setup(lab: Lab, page: str = "train", way: str = "alone", **address: str) -> Any:
    """The page where a training is set up, or the view of checks."""
    version = lab.version("people")
    at = {"batch": "new"} if page == "train" else {"view": "Checks"}
    home = lab.dataset(version.dataset_id).project_id
    return settled(at_page(page, way, project=home, version=version.id, **at, **address))


def test_what_was_found_stands_before_the_button_the_serious_first(lab: Lab) -> None:
    """Each finding says its claim with its numbers; what is clear and what does not apply is folded away."""
    at = setup(lab)
    text = words(at)
    assert text.index("The title of leak") < text.index("The title of dated") < text.index("The title of typed")
    assert "<b>leak</b>: ROC AUC 0.981 (0.962 to 0.993)." in text
    assert not [one for one in at.markdown if "<b>leak" in str(one.value)], "it is escaped"
    labels = [one.label for one in at.expander]
    assert {"Checked and clear: 1", "Not applicable: 1"} <= set(labels)
    assert "1 serious, 2 warnings, 2 notes and 1 clear" in text
    assert at.button(key="train")


def test_a_way_out_changes_the_choices_and_can_be_taken_back(lab: Lab) -> None:
    """One click leaves a column out or changes the split; both are shown as done and are undone by a click."""
    ident = lab.version("people").id
    at = setup(lab)
    at = settled(labelled(at, "Leave 'leak' out").click().run())
    assert at.multiselect(key=f"drop-{ident}-left").value == ["leak"]
    assert "The title of leak" not in words(at)
    at = settled(labelled(at, "Split by 'when'").click().run())
    assert at.selectbox(key=f"split-{ident}-left").value == "time"
    assert at.selectbox(key=f"by-time-{ident}-left").value == "when"
    assert "The latest rows by when test." in words(at).replace("`", "")
    at = press(at, "undo-split")
    assert at.selectbox(key=f"split-{ident}-left").value == "random"
    at = press(at, "undo-drop-leak")
    assert at.multiselect(key=f"drop-{ident}-left").value == []
    assert "The title of leak" in words(at)


def test_a_way_out_that_reads_again_keeps_the_choices(lab: Lab) -> None:
    """Reading a token as missing or a column as text makes a version for which everything else stays chosen."""
    at = setup(lab)
    at = settled(labelled(at, "Leave 'leak' out").click().run())
    at = settled(labelled(at, "Read 'code' as text").click().run())
    newest = lab.version("people")
    assert (newest.number, newest.reading["types"]["code"]) == (2, "text")
    assert at.multiselect(key=f"drop-{newest.id}-left").value == ["leak"]
    assert "column 'code' holds text" in words(at)
    at = settled(labelled(at, "Back to version 1").click().run())
    first = next(key for key in (one.key for one in at.multiselect) if key and key.startswith("drop-"))
    assert newest.id not in first
    assert at.multiselect(key=first).value == ["leak"]


def test_what_is_chosen_on_one_page_is_chosen_on_the_other(lab: Lab) -> None:
    """What a way out did on the Datasets page is what Train begins with, and it is still there on the way back."""
    at = setup(lab, "datasets", "shell")
    at = settled(labelled(at, "Leave 'leak' out").click().run())
    at = settled(press(at, "train-on"))
    assert at.title[0].value == "Train"
    ident = lab.version("people").id
    assert at.multiselect(key=f"drop-{ident}-left").value == ["leak"]
    at = settled(labelled(at, "Split by 'when'").click().run())
    at = at.switch_page(str(ROOT / "pages/datasets.py"))
    at.query_params["view"] = "Checks"
    at = settled(at.run())
    assert "The latest rows by when test." in words(at).replace("`", "")
    at = settled(at.switch_page(str(ROOT / "pages/train.py")).run())
    assert at.selectbox(key=f"split-{ident}-left").value == "time"


def test_no_training_waits_for_a_check(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """While checks are under way the page says so, and the button trains at once."""
    go_on = threading.Event()
    monkeypatch.setattr(Lab, "check", lambda *_, **__: [go_on.wait(60)][:0])
    version = lab.version("people")
    home = lab.dataset(version.dataset_id).project_id
    at = whole(at_page("train", "shell", project=home, version=version.id, batch="new"))
    assert "Looking for what could go wrong" in at.status[0].label
    at = whole(at.button(key="train").click().run())
    go_on.set()
    assert len([one for one in at.button if one.label == "Cancel"]) == 3


@pytest.mark.parametrize("wrong", [BadInput("It is <b>wrong</b>."), ZeroDivisionError("a bug")], ids=["told", "bug"])
def test_checks_that_fail_stop_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch, wrong: Exception) -> None:
    """When the checks cannot be made the page says why, and the button is there."""

    def fail(*_: Any, **__: Any) -> None:
        raise wrong

    monkeypatch.setattr(Lab, "check", fail)
    at = setup(lab)
    assert "The checks could not be made" in words(at)
    assert at.button(key="train")


def test_a_finished_batch_shows_what_was_checked(
    trained: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the checks said before a training is folded away below its verdict; what cannot be read is passed over."""
    shutil.copytree(trained[0], tmp_path / "workspace")
    monkeypatch.setenv("MODELLAB_HOME", str(tmp_path / "workspace"))
    batch = json.loads(trained[1])["batch"]
    Lab.open().catalog.runs.keep_checks(batch, [FOUND["leak"].to_json(), KEPT.to_json(), {"of another": "release"}])
    at = whole(at_page("train", "shell", batch=batch))
    assert "What was checked before: 1 serious and 1 clear" in [one.label for one in at.expander]
    assert "ROC AUC 0.981 (0.962 to 0.993)" in words(at)
    assert not [one for one in at.button if one.label == "Leave 'leak' out"]


def test_a_very_large_table_is_checked_when_a_person_says_so(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the checks would take long they begin by a click, and training needs none."""
    monkeypatch.setattr("modellab_core.ui.checks.BY_ITSELF", 100)
    at = setup(lab)
    assert "take a minute or more" in words(at)
    assert at.button(key="train")
    assert "The title of leak" in words(press(at, "check-now"))


def test_a_table_of_very_many_rows_is_checked_by_some_of_them(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stored table with more rows than are looked at is checked as any other one."""
    monkeypatch.setattr("modellab_core.checks.run.MOST_ROWS", 55)
    opened = Lab.open(shelf)
    said = opened.check(opened.version("people").id, "left")
    assert any(one.found and "leak" in one.columns for one in said)


@pytest.mark.slow
def test_the_real_checks_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dropped table whose column gives the target away says so, and leaving it out clears it."""
    monkeypatch.setenv("MODELLAB_HOME", str(tmp_path / "workspace"))
    at = door("shell")
    at.file_uploader[0].upload("people.csv", TABLE.encode())
    at = settled(at.run())
    assert "**A column gives the target away**" in words(at)
    button = next(one for one in at.button if "leak" in one.label)
    at = settled(button.click().run())
    assert "**A column gives the target away**" not in words(at)
