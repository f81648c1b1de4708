# coding: latin-1 - so that a damaged byte in the text below cannot keep this file from being checked and named
"""Check this pack, build its environment, train its run again and compare every number.

    python PACK.zip                 all of that; the exit code is the answer
    python PACK.zip --here          with this Python, if it holds the versions of environment.txt
    python PACK.zip data            which data the run used, and whether they are here
    python PACK.zip env DIR         build the environment in a folder
    python PACK.zip extract DIR     write the files to a folder
    python PACK.zip --help          all options

Exit codes: 0 reproduced, every number identical or within its tolerance; 1 a number moved; 2 a checksum is wrong; 3 the
environment could not be built; 4 wrong usage; 5 the data must be fetched first.

What is in the pack:

    reproduce.md            the steps, the expected numbers and the exit codes, for a person
    run_config.json         the recipe of the run, and the variables under which it is trained again
    dataset_info.json       the data: columns with their types and hashes, SHA-256 and size
    data/                   the bytes of the data as they came, and the part that every row was given
    environment.txt         the exact versions; environment.json: Python, system, processor, BLAS, threads
    reproduce.py, code/     what trains and evaluates, in the source that made the run
    expected/               every number with its tolerance, and the predictions that it was computed from
    artifacts/              the evaluation and the fitted model
    croissant.json          the data described for other tools; ro-crate-metadata.json: the run and every file
    schemas/                the form of the JSON files
    manifest-sha256.txt     the SHA-256 of every other file; `sha256sum -c` takes it

This is the `__main__.py` of the pack. It needs the standard library alone, and so does all that it runs before the
files were checked: in code/modellab_core/repro, runner.py holds the commands, archive.py the checks of the files,
facts.py what the pack says of its run, building.py the environment and the training, comparing.py the comparison. Here
only these are held against the manifest, because a changed byte in one of them could make it say anything. Then they
check every file, copy the pack to a fresh temporary folder, and let reproduce.py train there. Nothing is written
elsewhere, and nothing is fetched but the packages of environment.txt, if they are not here.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from pathlib import Path

PACK = Path(__file__).resolve().parent
PACKAGE = "code/modellab_core/"
RUN = (
    "__init__",
    "repro/__init__",
    "repro/archive",
    "repro/building",
    "repro/comparing",
    "repro/facts",
    "repro/runner",
)


def content(name: str) -> bytes:
    """The bytes of a file of the pack, b"" when it is missing or damaged."""
    try:
        if PACK.is_dir():
            return (PACK / name).read_bytes()
        with zipfile.ZipFile(PACK) as archive:
            return archive.read(name)
    except (OSError, KeyError, zipfile.BadZipFile):
        return b""


def altered() -> list[str]:
    """Names of the files about to run that are not those of the manifest."""
    lines = content("manifest-sha256.txt").decode("utf-8", "replace").splitlines()
    names = [f"{PACKAGE}{name}.py" for name in RUN]
    return [name for name in names if f"{hashlib.sha256(content(name)).hexdigest()}  {name}" not in lines]


def start() -> int:
    """Run the pack, if its runner is whole; the exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever runs a pack may have any Python
        print("This needs Python 3.11 or newer.", file=sys.stderr)
        return 3
    if problems := [f"{name} was altered" for name in altered()]:
        told = {"code": 2, "state": "failed", "sentence": "A checksum of manifest-sha256.txt is wrong."}
        whole = {**told, "problems": problems, "numbers": [], "differences": {}}
        print(json.dumps(whole) if "--json" in sys.argv else "\n  ".join([str(told["sentence"]), *problems]))
        return 2
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(PACK / "code"))
    from modellab_core.repro.runner import main  # only what was checked is loaded

    return main(PACK)


if __name__ == "__main__":
    sys.exit(start())

# The manifest protects against accidents. Whoever wants to mislead changes it too: trust a pack as you trust whoever
# gave it to you, or look at it with `modellab verify`, which checks with its own code what others made.
