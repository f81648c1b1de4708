from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from store.making import batch_in, catalog_in, wait_until, worker

from modellab_core import jobs
from modellab_core.jobs import Starter, log_text, recover
from modellab_core.store import catalog_queue, processes
from modellab_core.store.catalog import Catalog
from modellab_core.store.columns import now
from modellab_core.store.processes import identity

TESTS = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(TESTS / "store")}


@pytest.fixture
def catalog(tmp_path) -> Catalog:
    return catalog_in(tmp_path)


@pytest.fixture
def starter(catalog):
    made = starter_of(catalog)
    yield made
    made.stop(0)


def starter_of(catalog: Catalog, workers: int = 1, **given) -> Starter:
    return Starter(catalog, workers, module="fake_worker", environment=ENVIRONMENT, **given)


def work_off(starter: Starter, catalog: Catalog, seconds: float = 60) -> None:
    """Step until nothing waits, runs or is still to be buried."""

    def done() -> bool:
        starter.step()
        return not starter.children and not catalog.runs.all(states=("queued", "running"))

    wait_until(done, seconds)


def states(catalog: Catalog, *, batch: str | None = None) -> list[str]:
    return [run.state for run in catalog.runs.all(batch_id=batch)]


def until_running(starter: Starter, catalog: Catalog, run_id: str) -> int:
    """Step until the worker of the run itself has spoken; its process number."""

    def spoken() -> bool:
        starter.step()
        return catalog.runs.get(run_id).phase == "fitting"

    wait_until(spoken)
    pid = catalog.runs.get(run_id).pid
    assert pid is not None
    assert pid != os.getpid()
    return pid


def test_a_batch_runs_simplest_first_and_keeps_what_it_printed(catalog, starter, tmp_path, monkeypatch):
    """Each run succeeds after the simpler one, with its log; a random.py beside the table shadows nothing."""
    (tmp_path / "random.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    _, runs = batch_in(catalog, models=("dummy", "linear"))
    work_off(starter, catalog)
    ended = [catalog.runs.get(run.id) for run in runs]
    assert [run.state for run in ended] == ["succeeded"] * 2
    assert ended[0].ended_at <= ended[1].started_at
    assert log_text(catalog, ended[0]) == "doing quick\n"
    assert ended[0].log in catalog.evidence.blobs_referenced()
    assert list(catalog.workspace.temporary.iterdir()) == []


def test_a_run_that_fails_says_why_and_does_not_stop_the_others(catalog, starter):
    """A sentence for a person is the error; a bug keeps its traceback in the log; a silent end is interrupted."""
    _, runs = batch_in(catalog, "refuse", "crash", "exit")
    work_off(starter, catalog)
    refused, crashed, left = (catalog.runs.get(run.id) for run in runs)
    assert (refused.state, refused.error) == ("failed", "The target 'b' is not usable.")
    assert crashed.state == "failed"
    assert "ZeroDivisionError: oops" in crashed.error
    assert "Traceback" in log_text(catalog, crashed)
    assert (left.state, left.error) == (
        "interrupted",
        "Its worker ended with code 7 before the run was done. Try it again.",
    )


def test_a_killed_worker_is_interrupted_at_once_and_the_others_go_on(catalog, starter):
    """SIGKILL of the worker: that run says so, the next one runs, and the first can be tried again."""
    _, runs = batch_in(catalog, "long", "quick", models=("dummy", "linear"))
    os.kill(until_running(starter, catalog, runs[0].id), signal.SIGKILL)
    work_off(starter, catalog)
    killed, other = (catalog.runs.get(run.id) for run in runs)
    assert (killed.state, killed.error) == ("interrupted", "Its worker was ended by signal 9. Try it again.")
    assert other.state == "succeeded"
    assert catalog.queue.retry(killed.id).state == "queued"


def test_a_cancelled_run_stops_with_all_that_it_started(catalog, starter):
    """The worker hears of the cancel between two steps of its work; processes that it started end with it."""
    _, runs = batch_in(catalog, "child", models=("dummy",))
    pid = until_running(starter, catalog, runs[0].id)
    catalog.queue.cancel(runs[0].id)
    work_off(starter, catalog)
    assert states(catalog) == ["cancelled"]
    child = int(log_text(catalog, catalog.runs.get(runs[0].id)).split()[-1])
    wait_until(lambda: processes._start(pid) is None and processes._start(child) is None)


def test_a_worker_that_does_not_listen_is_ended(catalog, starter, monkeypatch):
    """After a while comes SIGTERM; the run is cancelled, as was asked for."""
    monkeypatch.setattr(jobs, "POLITE_SECONDS", 0.3)
    _, runs = batch_in(catalog, "deaf", models=("dummy",))
    until_running(starter, catalog, runs[0].id)
    catalog.queue.cancel(runs[0].id)
    work_off(starter, catalog)
    assert states(catalog) == ["cancelled"]


@pytest.mark.slow
def test_a_worker_that_ignores_sigterm_is_killed(catalog, starter, monkeypatch):
    """A stopped process cannot react to SIGTERM; SIGKILL to its group ends it."""
    monkeypatch.setattr(jobs, "POLITE_SECONDS", 0.2)
    monkeypatch.setattr(jobs, "TERM_SECONDS", 0.4)
    _, runs = batch_in(catalog, "deaf", models=("dummy",))
    os.kill(until_running(starter, catalog, runs[0].id), signal.SIGSTOP)
    catalog.queue.cancel(runs[0].id)
    work_off(starter, catalog)
    assert states(catalog) == ["cancelled"]


def test_stopping_the_starter_ends_its_workers(catalog):
    """The runs are interrupted, what waits goes on waiting."""
    _, runs = batch_in(catalog, "long", "quick", models=("dummy", "linear"))
    starter = starter_of(catalog)
    until_running(starter, catalog, runs[0].id)
    starter.stop()
    assert [catalog.runs.get(run.id).state for run in runs] == ["interrupted", "queued"]
    assert starter.children == []


STARTER = """
import os, sys, time
from pathlib import Path
from modellab_core.jobs import Starter
from modellab_core.store.catalog import open_catalog
starter = Starter(open_catalog(Path(sys.argv[1])), int(sys.argv[2]), module="fake_worker")
starter.start()
time.sleep(120)
"""


def start_program(catalog: Catalog, workers: int = 1) -> subprocess.Popen[bytes]:
    """A program of its own that works off the queue, as a server does."""
    return subprocess.Popen(
        [sys.executable, "-c", STARTER, str(catalog.workspace.folder), str(workers)],
        cwd=TESTS.parent,
        env=ENVIRONMENT,
    )


def test_killing_the_starter_stops_its_worker_and_the_run_is_interrupted(catalog):
    """SIGKILL of the server: the worker sees the end of its pipe, ends the run and itself."""
    _, runs = batch_in(catalog, "deaf", models=("dummy",))
    server = start_program(catalog)
    wait_until(lambda: catalog.runs.get(runs[0].id).phase == "fitting", 60)
    pid = catalog.runs.get(runs[0].id).pid
    server.kill()
    server.wait()
    wait_until(lambda: catalog.runs.get(runs[0].id).state == "interrupted")
    wait_until(lambda: processes._start(pid) is None)
    assert "had started it ended" in catalog.runs.get(runs[0].id).error


@pytest.mark.slow
def test_two_starters_share_one_queue_and_its_limit(catalog):
    """Two programs at once never run more than the limit, and every run is done exactly once."""
    for number in range(3):
        batch_in(catalog, "short", models=("dummy",), project=f"p{number}")
    servers = [start_program(catalog, 2) for _ in range(2)]
    most = 0
    try:
        end = time.monotonic() + 60
        while set(states(catalog)) != {"succeeded"}:
            most = max(most, len(catalog.queue.running()))
            assert time.monotonic() < end
            time.sleep(0.02)
    finally:
        for server in servers:
            server.kill()
            server.wait()
    assert most == 2
    assert [run.attempt for run in catalog.runs.all()] == [1] * 3


def test_killing_worker_and_starter_together_is_recovered_by_the_next_program(catalog):
    """Nobody is left to speak: whoever opens the workspace next finds the process gone."""
    _, runs = batch_in(catalog, "deaf", models=("dummy",))
    server = start_program(catalog)
    wait_until(lambda: catalog.runs.get(runs[0].id).phase == "fitting", 60)
    pid = catalog.runs.get(runs[0].id).pid
    os.kill(pid, signal.SIGSTOP)
    server.kill()
    server.wait()
    os.killpg(pid, signal.SIGKILL)
    wait_until(lambda: processes._start(pid) is None)
    assert states(catalog) == ["running"]
    assert recover(catalog) == [runs[0].id]
    assert states(catalog) == ["interrupted"]
    assert "ended without a word" in catalog.runs.get(runs[0].id).error


def test_a_lease_that_ran_out_is_recovered_and_a_fresh_one_is_not(catalog, monkeypatch):
    """A worker of another machine counts as gone only after it was silent for the whole lease."""
    batch_in(catalog)
    catalog.queue.claim(1, worker(process="elsewhere|1"))
    assert recover(catalog) == []
    monkeypatch.setattr(jobs, "now", lambda: now() + timedelta(seconds=29))
    assert recover(catalog) == []
    monkeypatch.setattr(jobs, "now", lambda: now() + timedelta(seconds=31))
    assert len(recover(catalog)) == 1


def test_a_reused_process_number_does_not_keep_a_run_alive(catalog):
    """The number of a living process that began at another moment is not the worker."""
    batch_in(catalog)
    catalog.queue.claim(1, worker(pid=os.getpid(), process=f"{processes.machine()}|12345"))
    assert len(recover(catalog)) == 1


def test_a_living_worker_is_left_alone(catalog):
    """Recovery does not touch a run whose process lives."""
    batch_in(catalog)
    catalog.queue.claim(1, worker(pid=os.getpid(), process=identity(os.getpid())))
    assert recover(catalog) == []


def test_a_killed_run_never_seems_to_run_for_longer_than_45_seconds():
    """Lease, recovery and step together stay below the promised time."""
    assert jobs.LEASE_SECONDS + jobs.RECOVER_SECONDS <= 45


def test_a_starter_for_one_batch_leaves_the_others(catalog):
    """The command works off its own batch only."""
    batch_in(catalog, models=("dummy",))
    batch, _ = batch_in(catalog, models=("dummy",))
    starter = starter_of(catalog, batch_id=batch.id)

    def done() -> bool:
        starter.step()
        return states(catalog, batch=batch.id) == ["succeeded"] and not starter.children

    wait_until(done)
    assert sorted(states(catalog)) == ["queued", "succeeded"]


def test_a_worker_that_cannot_be_started_is_a_failed_run(catalog, monkeypatch):
    """When the system refuses a new process, the run says so and the queue goes on."""
    batch_in(catalog, models=("dummy",))
    monkeypatch.setattr(subprocess, "Popen", _refuse)
    starter_of(catalog).step()
    (run,) = catalog.runs.all()
    assert run.state == "failed"
    assert "could not be started" in run.error


def _refuse(*_: object, **__: object) -> None:
    raise OSError("too many processes")


def test_a_broken_step_does_not_end_the_thread(catalog, monkeypatch):
    """Trouble in one step is logged, and the next steps are done."""
    monkeypatch.setattr(jobs, "TICK_SECONDS", 0.01)
    calls = []

    def troubled(self: Starter) -> None:
        calls.append(self)
        if len(calls) < 3:
            raise (ZeroDivisionError("bug"), catalog_queue.lost("x"))[len(calls) - 1]

    monkeypatch.setattr(Starter, "step", troubled)
    starter = starter_of(catalog)
    starter.start()
    starter.start()
    wait_until(lambda: len(calls) > 3)
    starter.stop()
    assert set(calls) == {starter}
