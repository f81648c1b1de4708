"""Checking a pack that anybody may have sent, by this program's own code."""

from __future__ import annotations

import hashlib
from pathlib import Path

from modellab_core.repro import runner
from modellab_core.repro.archive import CONFIG, GIT, MANIFEST, Stop, examine, limited, load, manifest, opened
from modellab_core.repro.code import main_file, snapshot
from modellab_core.repro.logged import is_logged
from modellab_core.repro.runner import Say, Verdict, silent

__all__ = ["Verdict", "foreign_code", "run_of", "verify"]

MOST_CODE = 8 << 20


def verify(
    pack: Path,
    *,
    run: bool = False,
    here: bool = False,
    uv: bool = True,
    data: Path | None = None,
    on_line: Say = silent,
) -> Verdict:
    """The Verdict on a pack, with the exit codes of the pack itself; it never raises for what is wrong with a pack.

    Files are checked by this program and, if that is all that is asked, nothing is run or written. With `run` or `here`
    the pack's `reproduce.py` and `code/` train again in a fresh temporary folder: with `here` in this interpreter, else
    in an environment built for it. `data` is the file of the data when the pack does not hold them, `on_line` is told
    the progress.
    """
    try:
        if told := _logged(pack):
            return told
        if run or here:
            return runner.verify(pack, here=here, uv=uv, data=data, say=on_line)
        verdict, foreign = runner.check(pack, data), foreign_code(pack)
    except Stop as stop:
        return runner.stopped(stop)
    own = "Its code is this program's own."
    theirs = f"{len(foreign)} of its code files are not this program's own; running it runs them with your rights."
    return Verdict(verdict.code, f"{verdict.sentence} {theirs if foreign else own}", tuple(foreign[:20]))


def foreign_code(pack: Path) -> list[str]:
    """Names of the files that a run of `pack` would execute and that are not byte for byte this program's.

    Another version of ModelLab differs, and so does a pack that was made to do something else. Stop as in `runner`.
    """
    sources = snapshot()
    ours = {f"code/{name}": _sha(content) for name, content in sources.items()} | {"__main__.py": _sha(main_file())}
    with opened(pack) as members:
        theirs = manifest(members)
        script = limited(members, "reproduce.py", MOST_CODE)
    head, mark, body = script.partition(b"# ///\n")
    plain = all(line.startswith(b"#") for line in head.splitlines()) and bool(mark)
    script_is_ours = plain and body == sources["modellab_core/repro/reproduce.py"]
    runs = [name for name in theirs if name == "__main__.py" or (name.startswith("code/") and name != GIT)]
    return [name for name in runs if ours.get(name) != theirs[name]] + ["reproduce.py"] * (not script_is_ours)


def _logged(pack: Path) -> Verdict | None:
    """The Verdict on the pack of a logged run, whose files alone can be checked; None for any other pack."""
    with opened(pack) as members:
        if not is_logged(members):
            return None
        count = len(examine(members, needs=(MANIFEST, CONFIG)))
    sentence = f"All {count} files are whole. This run was logged by a program of its own: it cannot be trained again."
    return Verdict(4, sentence)


def run_of(pack: Path) -> str:
    """The id of the run that a pack says it is of, "" when it says none. Stop as in `runner`."""
    with opened(pack) as members:
        told = load(members, CONFIG).get("run")
    return str(told.get("id", "")) if isinstance(told, dict) else ""


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
