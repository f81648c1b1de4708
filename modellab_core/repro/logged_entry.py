"""Check this pack of a logged run, and say what was captured.

    python PACK.zip                 check every file against the manifest, and say what is in the pack
    python PACK.zip extract DIR     write the files to a new folder
    python PACK.zip --json          the same as JSON

Exit codes: 2 a checksum is wrong; 4 the files are whole, and nothing can be trained again, or wrong usage; 0 for
`extract` alone.

The run was logged by a program of its own. ModelLab did not train it and cannot train it again: what the program read,
where it ran and what it called is known only as far as the program logged it. `reproduce.md` says what was captured.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from pathlib import Path

PACK = Path(__file__).resolve().parent
MANIFEST = "manifest-sha256.txt"
SENTENCE = "Every file is whole. This run was logged by a program of its own: it cannot be trained again."


def members() -> dict[str, bytes]:
    """Every file of the pack by name."""
    if PACK.is_dir():
        files = [path for path in sorted(PACK.rglob("*")) if path.is_file()]
        return {path.relative_to(PACK).as_posix(): path.read_bytes() for path in files}
    with zipfile.ZipFile(PACK) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def problems(found: dict[str, bytes]) -> list[str]:
    """Every file that is not as the manifest says."""
    lines = found.get(MANIFEST, b"").decode("utf-8", "replace").splitlines()
    recorded = {line[66:]: line[:64] for line in lines}
    wrong = [f"{name} is missing" for name in recorded if name not in found]
    wrong += [f"{name} was added" for name in found if name not in recorded and name != MANIFEST]
    both = [name for name in recorded if name in found]
    return wrong + [f"{name} was altered" for name in both if hashlib.sha256(found[name]).hexdigest() != recorded[name]]


def extract(found: dict[str, bytes], folder: Path) -> int:
    """Write the files below `folder`, which must be new or empty."""
    if folder.exists() and any(folder.iterdir()):
        print(f"{folder} exists and is not empty: name a new folder.")
        return 4
    for name, content in found.items():
        target = (folder / name).resolve()
        if not target.is_relative_to(folder.resolve()):
            print(f"{name} climbs out of the folder.")
            return 2
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as stream:
            stream.write(content)
    return 0


def main(arguments: list[str]) -> int:
    """Do what the command line says; the exit code."""
    found = members()
    wrong = problems(found)
    words = [word for word in arguments if word != "--json"]
    if not wrong and words[:1] == ["extract"] and len(words) == 2:
        return extract(found, Path(words[1]))
    code, sentence = (2, "A checksum is wrong.") if wrong else (4, SENTENCE)
    if "--json" in arguments:
        print(
            json.dumps({"code": code, "state": "failed" if wrong else "never", "sentence": sentence, "problems": wrong})
        )
        return code
    print("\n".join([sentence, *wrong]))
    if not wrong:
        print(found["reproduce.md"].decode("utf-8", "replace"))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
