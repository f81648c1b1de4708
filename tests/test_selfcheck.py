"""`modellab selfcheck RUN`: trained and imported runs, the table, the JSON and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import Command

from modellab_core.harness.laws.law import LAWS, Broken, Law


def test_every_trained_run_keeps_the_laws(trained: tuple[Path, str], modellab: Command) -> None:
    """All three models of a training keep all laws: exit 0, one line a law, the same in JSON."""
    home, out = trained
    for run in [one["id"] for one in json.loads(out)["runs"]]:
        done = modellab("selfcheck", run, "--json", home=home)
        told = json.loads(done.stdout)
        assert (done.returncode, told["holds"], told["run"]) == (0, True, run), done.stdout
        assert [one["law"] for one in told["laws"]] == list(LAWS)
        assert {one["outcome"] for one in told["laws"]} <= {"ok", "not_applicable"}
    text = modellab("selfcheck", run, home=home).stdout
    assert all(one.promise in text for one in LAWS.values())
    assert "laws hold" in text


def test_a_run_that_is_not_there(trained: tuple[Path, str], modellab: Command) -> None:
    """A wrong id is wrong input: exit 2 and one sentence."""
    done = modellab("selfcheck", "nothing", home=trained[0])
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing" in done.stderr


def test_a_broken_law_is_the_answer_no(
    trained: tuple[Path, str], modellab: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A law that does not hold is named with its numbers: exit 1."""

    def tried(case: object) -> str:
        raise Broken("1 becomes 2.")

    one = LAWS["equal_weights"]
    monkeypatch.setitem(LAWS._things, "equal_weights", Law(one.name, one.promise, one.tasks, tried))
    done = modellab("selfcheck", json.loads(trained[1])["runs"][0]["id"], home=trained[0])
    assert done.returncode == 1
    assert "BROKEN" in done.stdout
    assert "1 becomes 2." in done.stdout
    assert "broken: equal_weights" in done.stdout


@pytest.mark.slow
def test_an_imported_run_has_no_model(modellab: Command, tmp_path: Path) -> None:
    """Predictions from outside are checked as far as that goes without a model."""
    lines = [f"{row % 2},{(row * 37 % 101) / 100},{row % 5}" for row in range(60)]
    table, out = tmp_path / "said.csv", tmp_path / "out"
    table.write_text("\n".join(["y,p,f", *lines]))
    made = modellab("evaluate", table, "--y-true", "y", "--proba", "p", "-o", out, "--project", "p", "--json")
    done = modellab("selfcheck", json.loads(made.stdout)["run"])
    assert done.returncode == 0, done.stdout
    assert "Not applicable, because no model was given" in done.stdout
