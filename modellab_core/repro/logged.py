"""The pack of a run that a program logged itself: all that was captured, and what cannot be done with it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from modellab_core.harness.canonical import canonical
from modellab_core.repro.archive import CONFIG, CRATE, ENVIRONMENT, GIT, NAME, Opener, Stop, load
from modellab_core.repro.documents import code, table
from modellab_core.repro.logged_crate import logged_crate
from modellab_core.repro.zipping import Content

SCHEMA = "modellab.logged_run/1"
ENTRY = Path(__file__).with_name("logged_entry.py")
HOMES = {"eval/": "artifacts/", "model/": "artifacts/", "script/": "code/", "predictions": "expected/"}
"""Where the files of a run lie in its pack, by how their names begin."""

OWN_PLACES = {"environment.json": ENVIRONMENT, "git.json": GIT}


@dataclass(frozen=True, eq=False)
class LoggedSource:
    """A logged run: `about` (id, name, state, moments, seed, question) and what it logged, as plain JSON values.

    `files` are those of the run by name, `artifacts` those that the program logged; each as the file that holds it.
    """

    about: Mapping[str, Any]
    params: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    series: Sequence[Mapping[str, Any]] = ()
    files: Mapping[str, Path] = field(default_factory=dict)
    artifacts: Mapping[str, Path] = field(default_factory=dict)


def logged_contents(source: LoggedSource) -> list[tuple[str, Content]]:
    """Every file of the pack but the manifest: the same run gives the same bytes."""
    files = {place: path for name, path in source.files.items() if (place := _place(name))}
    kept = {name: f"artifacts/logged/{plain(name)}" for name in sorted(source.artifacts)}
    config = {"schema": SCHEMA, "run": dict(source.about), "params": dict(source.params), "tags": dict(source.tags)}
    config |= {"metrics": dict(source.metrics), "artifacts": kept}
    contents: list[tuple[str, Content]] = [
        ("__main__.py", ENTRY.read_bytes()),
        ("reproduce.md", statement(source, set(files)).encode()),
        (CONFIG, canonical(config)),
        ("artifacts/series.json", canonical(list(source.series))),
        *files.items(),
        *((place, source.artifacts[name]) for name, place in kept.items()),
    ]
    return [*contents, (CRATE, logged_crate(contents, source.about, source.params, source.metrics))]


def _place(name: str) -> str:
    if name in OWN_PLACES:
        return OWN_PLACES[name]
    home = next((home for start, home in HOMES.items() if name.startswith(start)), "")
    head, _, tail = name.rpartition("/")
    return f"{home}{head}/{plain(tail)}".replace("//", "/") if home else ""


def plain(name: str) -> str:
    """`name` as a pack may hold it: another one, with a piece of its hash, where letters had to be replaced."""
    if NAME.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", PurePosixPath(name).stem)[:60].strip("_-") or "file"
    end = re.sub(r"[^A-Za-z0-9]", "", PurePosixPath(name).suffix)[:10]
    return f"{stem}-{digest}" + (f".{end}" if end else "")


def statement(source: LoggedSource, places: set[str]) -> str:
    """`reproduce.md`: what was captured, what was not, and what therefore cannot be run again."""
    script = sorted(place for place in places if place.startswith("code/script/"))
    yes = {
        "parameters": len(source.params),
        "metrics": len(source.metrics),
        "values of metrics": len(source.series),
        "files that the program logged": len(source.artifacts),
        "report": "yes" if "artifacts/eval/eval_summary.json" in places else "no",
        "predictions": "yes" if "expected/predictions.parquet" in places else "no",
        "model": "yes" if any(place.startswith("artifacts/model/") for place in places) else "no",
        "text of the program": ", ".join(script) or "no",
        "environment (Python, system, processor, BLAS, threads, packages)": "yes" if ENVIRONMENT in places else "no",
        "state of its git repository": "yes" if GIT in places else "no",
    }
    rows = [[words, code(value)] for words, value in yes.items()]
    values = [[code(name), code(value)] for name, value in (*source.params.items(), *source.metrics.items())]
    can = [
        "- The files can be checked: `python PACK.zip`, or `sha256sum -c manifest-sha256.txt` after extracting.",
        "- The report in `artifacts/eval/` can be read and compared." if yes["report"] == "yes" else "",
        "- The model can be opened with `modellab_core.training.logged.load_logged`." if yes["model"] == "yes" else "",
    ]
    return f"""# A logged run

{code(source.about.get("name"))}, run {code(source.about.get("id"))}, {code(source.about.get("state"))}.
A program of its own made this run and logged what is here. **ModelLab did not train it and cannot train it again.**

## What was captured

{table(["what", "captured"], rows)}

## What can be done with it

{chr(10).join(line for line in can if line)}

## What cannot be run again, and why

- **The training.** ModelLab knows neither which data the program read nor what it did with them.{_of_script(script)}
- **The numbers.** They are what the program said. Nothing here computes them again, so nothing vouches for them.
- **The data.** A logged run holds no data but what the program logged as a file.
- **The random numbers.** A seed that was logged is written down; whether the program used it is not known.

## Values

{table(["name", "value"], values) if values else "None were logged."}
"""


def _of_script(script: Sequence[str]) -> str:
    if not script:
        return " Its text was not captured."
    return " Its text was captured; what it imports from beside it, and what it reads, was not."


def is_logged(members: Mapping[str, Opener]) -> bool:
    """Whether a pack is that of a logged run. Stop as in `archive`."""
    try:
        return load(members, CONFIG).get("schema") == SCHEMA
    except Stop:
        return False
