"""The outside validators of a pack's documents, called offline: roc-validator and mlcroissant.

    PYTHON tests/repro/validators.py [--croissant] PACK.zip …

`--croissant` leaves the crate out. They are needed by tests alone, and live in an environment of their own
(`.ci/validators.txt`), whose Python runs this file: mlcroissant brings types for pandas that would change what mypy
says of our own code. The one document that roc-validator would fetch, the context of RO-Crate 1.1, comes
with the wheel of rocrate and is put into the cache that the validator reads.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

PROFILES = ("process-run-crate-0.5", "workflow-run-crate-0.5", "workflow-ro-crate-1.0")
CRATE = "ro-crate-metadata.json"
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
BIN = Path(sys.executable).parent
OFFLINE = {"PATH": "/usr/bin:/bin", "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}


def seeded(folder: Path) -> Path:
    """A cache for roc-validator in `folder` that holds the context of RO-Crate 1.1."""
    import rocrate
    from requests_cache import CachedRequest, CachedResponse, CachedSession

    content = (Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld").read_bytes()
    kind = {"Content-Type": "application/ld+json"}
    asked = CachedRequest(method="GET", url=CONTEXT)
    session = CachedSession(str(folder / "cache"), backend="sqlite", expire_after=-1)
    session.cache.save_response(
        CachedResponse(status_code=200, content=content, url=CONTEXT, headers=kind, request=asked)
    )
    session.close()
    return folder / "cache"


def crate_problems(folder: Path, cache: Path, profile: str, severity: str = "required") -> str:
    """What roc-validator says of the crate in `folder` under a profile, "" when it conforms."""
    command = [str(BIN / "rocrate-validator"), "-y", "validate", "--offline", "--no-paging"]
    command += ["--cache-path", str(cache), "-p", profile, "-l", severity, "-v", str(folder)]
    return _problems(command, folder)


def croissant_problems(folder: Path) -> str:
    """What mlcroissant says of `croissant.json` in `folder`, when it validates it and loads a record of each set."""
    document = folder / "croissant.json"
    found = _problems([str(BIN / "mlcroissant"), "validate", "--jsonld", str(document)], folder)
    if not list(folder.glob("data/data.*")):
        return found  # what was left out of a pack cannot be loaded from it
    for record_set in json.loads(document.read_bytes())["recordSet"]:
        load = ["--jsonld", str(document), "--record_set", record_set["@id"], "--num_records", "-1"]
        found += _problems([str(BIN / "mlcroissant"), "load", *load], folder)
    return found


def _problems(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=OFFLINE | {"HOME": str(folder)})
    return "" if done.returncode == 0 else f"{' '.join(command)}\n{done.stdout}{done.stderr}"


def problems(pack: Path, profiles: Sequence[str] = PROFILES) -> str:
    """All that the validators find wrong with a pack, "" when nothing is."""
    with tempfile.TemporaryDirectory() as temporary:
        folder, cache = Path(temporary, "pack"), seeded(Path(temporary))
        with zipfile.ZipFile(pack) as archive:
            for name in archive.namelist():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(name))
        root = next(one for one in json.loads((folder / CRATE).read_bytes())["@graph"] if one["@id"] == "./")
        if len(root["conformsTo"]) == 1:  # of a logged run no workflow and no data set is known
            return crate_problems(folder, cache, PROFILES[0])
        found = [crate_problems(folder, cache, profile) for profile in profiles]
        return "".join([*found, croissant_problems(folder)])


if __name__ == "__main__":
    wanted = () if "--croissant" in sys.argv else PROFILES
    wrong = {pack: problems(Path(pack), wanted) for pack in sys.argv[1:] if pack != "--croissant"}
    for pack, told in wrong.items():
        print(f"{pack}: {told or 'conforms to what applies of ' + ', '.join([*wanted, 'Croissant 1.0'])}")
    sys.exit(1 if any(wrong.values()) else 0)
