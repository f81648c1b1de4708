"""What a program logs while the app is open: seen within two seconds, on its own page, and beside other runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import clicks
import pytest
from clicks import expect
from serving import ROOT, Server, open_page, serve

from modellab_core.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PROMISED = 2.0  # seconds
TURNS = ("once", "twice")  # the quicker one counts: other work of this machine is not meant
PAGES = ("", "compare", "repro", "evaluate")
SEEN: dict[str, Callable[[Any], Any]] = {
    "": lambda page: page.get_by_test_id("stMain").get_by_role("link", name="nightly").first,
    "compare": lambda page: page.get_by_test_id("glide-cell-1-0").first,
    "repro": lambda page: page.locator("[class*=st-key-came-]"),
    "evaluate": lambda page: page.locator("[class*=st-key-came-]"),
}
PROGRAM = """
import sys, time
from modellab_core import Lab
lab = Lab.open()
print("ready", flush=True)
for name in iter(lambda: sys.stdin.readline().strip(), ""):
    with lab.start_run(name.partition(" ")[0], name, params={"depth": 6}) as run:
        print(time.time(), flush=True)
        for step in range(4):
            run.log_metrics(loss=1 / (1 + step), step=step)
        run.log_script(sys.argv[0])
        sys.stdin.readline()
        if "broken" in name:
            raise SystemExit("the program broke")
"""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Server]:
    """The app on a workspace in which one run was logged."""
    with Lab.open(tmp_path / "workspace").start_run("mine", "the first"):
        pass
    started = serve(tmp_path / "workspace", tmp_path / "server.log")
    yield started
    started.stop()
    assert "Traceback" not in started.said(), started.said()


@pytest.fixture
def program(app: Server, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A program of its own process that starts a run of each name it is told, and ends it at the next line."""
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    process = subprocess.Popen(
        [sys.executable, script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"MODELLAB_HOME": str(app.home), "PYTHONPATH": str(ROOT)},
    )
    with process:
        said(process)
        yield process
        if process.poll() is None:
            tell(process, "")


def tell(process: subprocess.Popen[str], line: str) -> None:
    """Give the program one line."""
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def said(process: subprocess.Popen[str]) -> str:
    """The next line that the program prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_run_of_a_program_is_seen_within_two_seconds(
    app: Server, program: subprocess.Popen[str], browser: Any
) -> None:
    """Wherever runs are listed it appears by itself; its page follows it, and it stands beside others in Compare."""
    lab = Lab.open(app.home)
    project = lab.projects()[0].project
    took = {}
    for page in open_page(browser, app.url):
        for name in PAGES:
            took[name] = min(_seconds(page, program, project, name, turn) for turn in TURNS)
        page.goto(f"/evaluate?project={project.id}")
        clicks.settled(page)
        tell(program, f"{project.name} broken")
        said(program)
        page.get_by_role("button", name=f"{project.name} broken").click()
        expect(page.get_by_text("The program is running")).to_be_visible()
        expect(page.get_by_role("heading", name="Per step")).to_be_visible()
        tell(program, "")
        expect(page.get_by_text("the program broke")).to_be_visible()
        clicks.settled(page)
        runs = {run.name: run.id for run in lab.all_runs(project.id)}
        both = f"{runs[f'{project.name} broken']},{runs[f'{project.name} compare once']}"
        page.goto(f"/compare?project={project.id}&runs={both}")
        expect(page.get_by_text("No verdict")).to_be_visible()
        clicks.settled(page)
    assert max(took.values()) < PROMISED, took


def _seconds(page: Any, program: subprocess.Popen[str], project: Any, name: str, turn: str) -> float:
    """How long after it was stored a run is seen on the open page `name`, in the time of this machine's clock."""
    page.goto(f"/{name}?project={project.id}")
    clicks.settled(page)
    tell(program, f"{project.name} {name} {turn}" if name else f"nightly-{turn} of a project that is made by it")
    moment = float(said(program))
    expect(SEEN[name](page)).to_contain_text(turn, timeout=10_000)
    seconds = time.time() - moment
    tell(program, "")
    return seconds
