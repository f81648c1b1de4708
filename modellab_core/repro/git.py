"""The state of the repository that a program ran in: commit, branch, on request what was changed.

A difference is kept only when a person asked for it, cut at a size, without lines that look like secrets.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

SCHEMA = "modellab.git/1"
MOST_DIFF = 256 << 10
SECONDS = 5.0
LEFT_OUT = "[a line that looks like a secret was left out]"
CUT = "[cut here]"

SECRET = re.compile(
    r"""-----BEGIN[ A-Z]*PRIVATE\ KEY
    | (?i:(pass(word|wd|phrase)?|secret|token|credential|api[_-]?key|access[_-]?key|private[_-]?key|auth(orization)?)
      ["']?\s*[:=]\s*["']?[^\s"',]{3,})
    | (?i:bearer\s+[a-z0-9._~+/-]{8,})
    | [a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@
    | \b(AKIA|ASIA)[0-9A-Z]{16}\b
    | \b(ghp|gho|ghs|ghu|github_pat|glpat|xox[abprs]|sk|hf|npm|pypi)[_-][A-Za-z0-9_-]{16,}
    | \beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}
    | \b[A-Za-z0-9+/_-]{40,}={0,2}(?=$|["'\s])""",
    re.VERBOSE,
)
"""A name that says so with a value, the head of a key, an address with a password, a long token."""


def git_state(folder: Path, diff: bool = False) -> dict[str, Any] | None:
    """Commit, branch and number of changed files of the repository that holds `folder`; None where there is none.

    With `diff` also what was changed since the commit, at most `MOST_DIFF` bytes, without lines that look like secrets.
    Nothing that the repository configures is run, and no address of a remote is kept.
    """
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return None
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no") or ""
    branch = _git(folder, "rev-parse", "--abbrev-ref", "HEAD") or ""
    found = {
        "schema": SCHEMA,
        "commit": commit.strip(),
        "branch": branch.strip(),
        "changed_files": len(changed.splitlines()),
    }
    if diff:
        text = _git(folder, "diff", "--no-ext-diff", "--no-textconv", "--no-color", "HEAD") or ""
        found["diff"] = without_secrets(text)
    return found


def without_secrets(text: str) -> str:
    """`text` without lines that look like secrets or that stand inside a private key, cut at `MOST_DIFF` bytes."""
    kept, inside = [], False
    for line in text.splitlines():
        begins, ends = "-----BEGIN" in line and "KEY" in line, "-----END" in line
        kept.append(LEFT_OUT if inside or begins or SECRET.search(line) else line)
        inside = (inside or begins) and not ends
    whole = "\n".join(kept)
    if len(whole.encode("utf-8", "replace")) <= MOST_DIFF:
        return whole
    return whole.encode("utf-8", "replace")[:MOST_DIFF].decode("utf-8", "ignore") + f"\n{CUT}"


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints; None when it is not installed, refuses, or takes too long."""
    quiet = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.pager=cat"]
    command = ["git", "--no-optional-locks", *quiet, "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
