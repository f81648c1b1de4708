from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest
from store.making import batch_in, catalog_in, result_in, wait_until, worker

from modellab_core.errors import Conflict
from modellab_core.progress import Cancelled
from modellab_core.store import lease as lease_module
from modellab_core.store import processes
from modellab_core.store.lease import Lease
from modellab_core.store.processes import end_this_process, identity, is_gone


@pytest.fixture
def claimed(tmp_path, monkeypatch):
    """A catalog and a run that is running under the lease `lease`."""
    monkeypatch.setattr(lease_module, "TICK_SECONDS", 0.02)
    catalog = catalog_in(tmp_path)
    batch_in(catalog)
    return catalog, catalog.queue.claim(1, worker())


def test_a_lease_carries_progress_and_hears_of_a_cancel(claimed):
    """What `on_phase` says reaches the row; a cancel makes the next `on_phase` raise."""
    catalog, run = claimed
    with Lease(catalog, run.id, "lease", pytest.fail) as lease:
        lease.on_phase("fitting", 3, 10, "round 3")
        wait_until(lambda: catalog.runs.get(run.id).done == 3)
        assert catalog.runs.get(run.id).pid == os.getpid()
        catalog.queue.cancel(run.id)
        wait_until(lambda: _raises(lease))
        lease.stop()
    assert catalog.runs.get(run.id).state == "cancelled"


def _raises(lease: Lease) -> bool:
    try:
        lease.on_phase("fitting", 4, 10, "round 4")
    except Cancelled:
        return True
    return False


def test_a_worker_writes_at_most_twice_a_second(claimed, monkeypatch):
    """A thousand words of progress in a moment become few writes."""
    catalog, run = claimed
    monkeypatch.setattr(lease_module, "TICK_SECONDS", 0.5)
    written = []
    beat = catalog.queue.beat
    monkeypatch.setattr(catalog.queue, "beat", lambda *args: written.append(args) or beat(*args))
    with Lease(catalog, run.id, "lease", pytest.fail) as lease:
        end = time.monotonic() + 1.2
        while time.monotonic() < end:
            lease.on_phase("fitting", 1, 1, "")
    assert 2 <= len(written) <= 4


def test_a_silent_worker_still_beats(claimed, monkeypatch):
    """Without progress the heartbeat is renewed."""
    catalog, run = claimed
    monkeypatch.setattr(lease_module, "BEAT_SECONDS", 0.05)
    with Lease(catalog, run.id, "lease", pytest.fail):
        wait_until(lambda: catalog.runs.get(run.id).heartbeat_at > run.heartbeat_at)
        first = catalog.runs.get(run.id).heartbeat_at
        wait_until(lambda: catalog.runs.get(run.id).heartbeat_at > first)


def test_a_lost_lease_stops_the_process(claimed):
    """When somebody else ended the run, the worker is told to stop at once."""
    catalog, run = claimed
    told = threading.Event()
    with Lease(catalog, run.id, "lease", told.set):
        assert catalog.queue.interrupt(run.id, "lease", "Its worker was silent.")
        assert told.wait(10)
    with pytest.raises(Conflict), Lease(catalog, run.id, "lease", pytest.fail):
        pass


def test_finishing_is_no_loss_of_the_lease(claimed):
    """A worker that published its run is not stopped as if it had lost it."""
    catalog, run = claimed
    told = threading.Event()
    with Lease(catalog, run.id, "lease", told.set) as lease:
        lease.finish(result_in(catalog))
        time.sleep(0.2)
    assert not told.is_set()
    assert catalog.runs.get(run.id).state == "succeeded"


def test_a_passing_trouble_of_the_disk_does_not_end_the_heartbeat(claimed, monkeypatch):
    """An error that a person could solve is tried again."""
    catalog, run = claimed
    beat, troubles = catalog.queue.beat, iter([True, True])

    def troubled(*args):
        if next(troubles, False):
            raise Conflict("locked")
        return beat(*args)

    with Lease(catalog, run.id, "lease", pytest.fail) as lease:
        monkeypatch.setattr(catalog.queue, "beat", troubled)
        lease.on_phase("fitting", 7, 9, "")
        wait_until(lambda: catalog.runs.get(run.id).done == 7)


def test_only_a_process_that_surely_ended_is_gone():
    """A living one, one of another machine and one never known are not; a dead one and a reused number are."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    mark = identity(child.pid)
    assert not is_gone(child.pid, mark)
    assert not is_gone(None, None)
    assert not is_gone(child.pid, "another machine|1")
    assert is_gone(child.pid, f"{processes.machine()}|1")
    child.kill()
    wait_until(lambda: is_gone(child.pid, mark))  # unburied
    child.wait()
    assert is_gone(child.pid, mark)
    assert not is_gone(child.pid, "another machine|1")


def test_without_the_tables_of_linux_a_number_that_answers_is_not_gone(monkeypatch, tmp_path):
    """On systems that do not tell when a process began, only a number that answers nobody is gone."""
    monkeypatch.setattr(processes, "PROC", tmp_path)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    mark = identity(child.pid)
    assert mark == f"{processes.machine()}|"
    assert not is_gone(child.pid, mark)
    child.kill()
    child.wait()
    assert is_gone(child.pid, mark)


def test_ending_this_process_ends_what_it_started():
    """The whole process group goes, and nothing after the call runs."""
    code = (
        "import subprocess, sys; from modellab_core.store.processes import end_this_process;"
        "child = subprocess.Popen(['sleep', '60']); print(child.pid, flush=True); end_this_process(); print('after')"
    )
    root = os.path.dirname(os.path.dirname(os.path.dirname(processes.__file__)))  # noqa: PTH120
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    told = process.communicate()[0].split()
    assert len(told) == 1
    wait_until(lambda: processes._start(int(told[0])) is None)
    assert end_this_process is processes.end_this_process
