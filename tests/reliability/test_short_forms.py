"""The promises about kills, writers and full disks in a short form; the scripts beside this file do it at length."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from command import run_command
from reliability import flips, full_disk, kills, writers
from reliability.killing import READY_SECONDS
from store.old import old_workspace

from modellab_core.lab import Lab

SHORT = {"upload": 3, "train": 2, "evaluate": 2, "import": 2}


def test_writers_at_once_hear_of_no_lock_and_lose_nothing(tmp_path: Path) -> None:
    """Versions, looks, clicks, claims and counts of two programs with two threads each add up."""
    done, wrong = writers.at_once(tmp_path / "w", processes=2, threads=2, times=10)
    assert wrong == []
    assert done > 2 * 2 * 10 * 3 // 4


@pytest.mark.slow
@pytest.mark.parametrize("verb", SHORT)
def test_a_kill_at_any_moment_loses_nothing_that_was_acknowledged(verb: str, tmp_path: Path) -> None:
    """No row without its bytes, no run half visible, nothing unfinished left, and opening takes less than 5 s."""
    done, wrong = kills.kills(verb, SHORT[verb], tmp_path / "base", seed=7)
    assert wrong == []
    assert len(done) == SHORT[verb] + 1
    assert max(one.opening for one in done) < READY_SECONDS


@pytest.mark.slow
def test_a_migration_killed_at_any_moment_is_done_at_the_next_start(tmp_path: Path) -> None:
    """Also while SQLite writes the new tables: the database is old or new, and no row is lost."""
    _, wrong = kills.migration_kills(3, tmp_path / "base", seed=7)
    assert wrong == []


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is laid on the small disk."""
    return full_disk.prepared(tmp_path_factory.mktemp("disk") / "template", run_command)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["datasets add", "evaluate --project"])
def test_a_full_disk_is_a_sentence_and_harms_nothing(name: str, template: Path, tmp_path: Path) -> None:
    """On a real file system of 40 MB: exit code 2, the workspace whole, and it works again once there is space."""
    try:
        full_disk.small_disk(tmp_path / "disk", 40)
    except OSError:
        pytest.skip("this user may not mount a small file system")
    with full_disk.mounted(tmp_path / "disk"):
        assert full_disk.try_full(template, tmp_path / "disk", name, 20_000, run_command) == (2, [])
        assert full_disk.try_read_only(template, tmp_path / "disk", name, run_command)[1] == []


def test_a_flipped_bit_in_any_file_of_a_run_is_found_before_it_is_used(tmp_path: Path) -> None:
    """Report, predictions, model, pack, pictures: each is refused in a sentence that names the run and the file."""
    lab = Lab.open(old_workspace(tmp_path / "old"))
    run = next(run for run in lab.all_runs() if run.state == "succeeded" and run.kind == "template")
    for name in ("eval/eval_summary.json", "predictions.parquet", "eval/report.html", "data", *models_of(run.files)):
        path = lab.blobs.path(run.files[name])
        for bit in flips.bits(path.stat().st_size, 1, random.Random(1)):
            with flips.flipped(path, bit):
                assert list(flips.refused(lab, run.id, name)) == []


def models_of(files: dict[str, str]) -> list[str]:
    """The names of the files of a model."""
    return [name for name in files if name.startswith("model/")]


@pytest.mark.slow
def test_a_flipped_bit_in_the_copy_of_a_table_makes_no_other_rows(tmp_path: Path) -> None:
    """The copy is made again from the bytes that were added."""
    assert flips.copies(Lab.open(old_workspace(tmp_path / "old")), 2)[1] == []


@pytest.mark.slow
def test_a_flipped_bit_in_the_database_ends_no_process(tmp_path: Path) -> None:
    """It is refused in a sentence, named by the deep status, or changed nothing that is computed with."""
    folder = old_workspace(tmp_path / "old")
    Lab.open(folder)
    _, wrong = flips.database(folder, 15, tmp_path)
    assert wrong == []
