"""Promises about what is kept of the repository that a program ran in."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from modellab_core.repro.git import CUT, LEFT_OUT, MOST_DIFF, git_state, without_secrets


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit, a remote with a password, and a program that git would run for a difference."""
    me = ["-c", "user.name=me", "-c", "user.email=me@example.org"]
    for arguments in (["init", "-q", "-b", "main"], ["remote", "add", "origin", "https://me:hunter22@example.org/x"]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    (tmp_path / "a.py").write_text("one\n")
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    subprocess.run(["git", *me, "commit", "-qm", "first"], cwd=tmp_path, check=True)
    trap = f"touch {tmp_path / 'witness'}"
    for name in ("core.fsmonitor", "diff.external"):
        subprocess.run(["git", "config", name, trap], cwd=tmp_path, check=True)
    return tmp_path


def test_commit_branch_and_changes_are_told(repository: Path) -> None:
    """The commit, the branch and the number of changed files are kept; no difference unless it is asked for."""
    (repository / "a.py").write_text("two\n")
    found = git_state(repository)
    assert found is not None
    assert (len(found["commit"]), found["branch"], found["changed_files"]) == (40, "main", 1)
    assert "diff" not in found
    assert "hunter22" not in str(found)


def test_a_difference_is_kept_on_request_and_runs_nothing(repository: Path) -> None:
    """The lines that changed are kept, and no program that the repository names is started."""
    (repository / "a.py").write_text("two\npassword = 'hunter22'\n")
    found = git_state(repository, diff=True)
    assert found is not None
    assert "+two" in found["diff"]
    assert "hunter22" not in found["diff"]
    assert not (repository / "witness").exists()


@pytest.mark.parametrize(
    "line",
    [
        "+API_KEY=abcdef123",
        '+  "token": "abcdef"',
        "+url = postgres://me:secret@host/db",
        "+AKIAIOSFODNN7EXAMPLE",
        "+ghp_abcdefghijklmnopqrstuvwxyz012345",
        "+Authorization: Bearer abcdefghijk",
        "-----BEGIN RSA PRIVATE KEY-----",
        "+x = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY0123456789'",
    ],
)
def test_lines_that_look_like_secrets_are_left_out(line: str) -> None:
    """A line that looks like a secret is replaced by a word about it."""
    assert without_secrets(f"+before\n{line}\n").splitlines() == ["+before", LEFT_OUT]


def test_the_body_of_a_private_key_is_left_out() -> None:
    """Every line from the head of a private key to its end is left out, also short ones."""
    key = "+-----BEGIN PRIVATE KEY-----\n+MIIE\n+-----END PRIVATE KEY-----\n+after"
    assert without_secrets(key).splitlines() == [LEFT_OUT, LEFT_OUT, LEFT_OUT, "+after"]


def test_a_difference_is_cut_at_its_size() -> None:
    """A long difference is cut, and says so."""
    cut = without_secrets("+x\n" * MOST_DIFF)
    assert cut.endswith(CUT)
    assert len(cut) < MOST_DIFF + 100


def test_a_folder_without_a_repository_has_no_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a repository, and without git, nothing is kept and nothing fails."""
    assert git_state(tmp_path) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_state(tmp_path) is None
