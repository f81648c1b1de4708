"""Backups and restores that are killed, and backups while others write; the long forms are in `tests/reliability`."""

from __future__ import annotations

import pytest
from reliability.backup_kills import kills, stepwise
from reliability.backup_under_load import tried
from reliability.many_runs import tried as many_runs

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("verb", ["backup", "restore"])
def test_a_kill_leaves_the_old_or_the_new(tmp_path, verb):
    """SIGKILL at random moments: every file with a name is whole, every place one workspace or the other."""
    done, wrong = kills(verb, 5, tmp_path / "room", seed=1)
    assert wrong == []
    assert len(done) == 5


@pytest.mark.parametrize("verb", ["backup", "restore"])
def test_a_kill_before_any_of_the_last_steps_leaves_the_old_or_the_new(tmp_path, verb):
    """In the last steps on files it takes effect: whichever is the last that was done, nothing is in between."""
    assert stepwise(verb, 8, tmp_path / "room") == []


def test_a_backup_holds_what_was_acknowledged_before_it_began(tmp_path):
    """Four programs write and delete, one cleans: every run that was told is in the backup, and every file verifies."""
    assert tried(tmp_path / "room", 3) == []


def test_many_runs_come_back_in_time(tmp_path):
    """A twentieth of 10,000 runs is a twentieth of a minute of work; the clock is that of the disk."""
    assert many_runs(tmp_path, 500)[1] < 3
