"""What can be said of a pack without running anything of it: one tick for each thing that was checked."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modellab_core.repro.archive import (
    CONFIG,
    CRATE,
    CROISSANT,
    ENVIRONMENT,
    EXPECTED,
    INFO,
    MANIFEST,
    MOST_JSON,
    Opener,
    Stop,
    examine,
    limited,
    load,
    opened,
)
from modellab_core.repro.facts import Facts
from modellab_core.repro.pack import schemas
from modellab_core.repro.verify import foreign_code

SCHEMAS = {CONFIG: CONFIG, INFO: INFO, ENVIRONMENT: ENVIRONMENT, EXPECTED: "expected_metrics.json"}
Sums = Mapping[str, tuple[str, int]]


@dataclass(frozen=True)
class Tick:
    """One check: whether it passed, None where it does not apply, and what it found in words."""

    name: str
    passed: bool | None
    told: str


Check = Callable[[Mapping[str, Opener], Sums], Tick]


def ticks(pack: Path) -> list[Tick]:
    """Every check of a pack, in order; those after a failure that makes them useless are left out."""
    try:
        with opened(pack) as members:
            found = [Tick("Archive", True, f"{len(members)} files, plain names, no links, no doubles, no bombs.")]
            sums = examine(members)
            found.append(Tick("Checksums", True, f"All {len(sums)} files are those of {MANIFEST}."))
            found += [_tick(name, check, members, sums) for name, check in CHECKS.items()]
    except Stop as stop:
        return [Tick("Archive and checksums", False, _told(stop))]
    return [*found, _code(pack)]


def _told(stop: Stop) -> str:
    return " ".join([stop.sentence, *(f"{problem}." for problem in stop.problems[:5])])


def _tick(
    name: str, check: Callable[[Mapping[str, Opener], Sums], Tick], members: Mapping[str, Opener], sums: Sums
) -> Tick:
    try:
        return check(members, sums)
    except Stop as stop:
        return Tick(name, False, _told(stop))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return Tick(name, False, f"It is not of the agreed form ({type(error).__name__}: {error}).")


def _schemas(members: Mapping[str, Opener], _: Sums) -> Tick:
    """The four JSON files that the re-run reads, against this program's own schemas and against one another."""
    Facts.of(members)
    if importlib.util.find_spec("jsonschema") is None:
        return Tick("Our JSON files", True, "They agree with one another; JSON Schema is not installed here.")
    import jsonschema

    own = schemas()
    for name, schema in SCHEMAS.items():
        try:
            jsonschema.validate(load(members, name), json.loads(own[f"schemas/{schema}"]))
        except jsonschema.ValidationError as error:
            return Tick("Our JSON files", False, f"{name}: {error.message[:300]}")
    return Tick("Our JSON files", True, f"{len(SCHEMAS)} files follow their JSON Schema and agree with one another.")


def _data(members: Mapping[str, Opener], sums: Sums) -> Tick:
    facts = Facts.of(members)
    if facts.data_file not in sums:
        return Tick("Data", None, f"Not in the pack: fetch the file with the SHA-256 {facts.sha256}.")
    same = sums[facts.data_file] == (facts.sha256, facts.size)
    return Tick("Data", same, f"{facts.data_file} {'is' if same else 'is not'} what {INFO} and the recipe name.")


def _crate(members: Mapping[str, Opener], sums: Sums) -> Tick:
    if CRATE not in sums:
        return Tick("RO-Crate", None, "This pack has no description of its run for other tools.")
    graph = {entity["@id"]: entity for entity in _json(members, CRATE)["@graph"]}
    wrong = [name for name, (sha, _) in sums.items() if name != CRATE and (graph.get(name) or {}).get("sha256") != sha]
    absent = [part["@id"] for part in graph["./"]["hasPart"] if part["@id"] not in sums]
    if wrong or absent:
        return Tick("RO-Crate", False, f"It does not describe these files: {', '.join([*wrong, *absent][:5])}.")
    told = [graph[one["@id"]] for one in graph["./"]["conformsTo"]]
    profiles = ", ".join(f"{one['name']} {one['version']}" for one in told)
    return Tick("RO-Crate", True, f"Names all {len(sums) - 1} files with their hashes; profiles: {profiles}.")


def _croissant(members: Mapping[str, Opener], sums: Sums) -> Tick:
    if CROISSANT not in sums:
        return Tick("Croissant", None, "This pack does not describe its data for other tools.")
    facts, told = Facts.of(members), _json(members, CROISSANT)
    file, fields = told["distribution"][0], told["recordSet"][0]["field"]
    columns = [field["source"]["extract"]["column"] for field in fields if "column" in field["source"]["extract"]]
    right = (file["contentUrl"], file["sha256"]) == (facts.data_file, facts.sha256)
    right = right and (not columns or columns == list(facts.columns))
    what = f"{len(columns)} columns" if columns else "the file as one record"
    return Tick("Croissant", right, f"It describes {what}, {'and' if right else 'but not'} the data of this run.")


def _json(members: Mapping[str, Opener], name: str) -> dict[str, Any]:
    value = json.loads(limited(members, name, MOST_JSON))
    return dict(value)


def _code(pack: Path) -> Tick:
    foreign = foreign_code(pack)
    if not foreign:
        return Tick("Code", True, "All that it runs is this program's own, byte for byte.")
    told = f"{len(foreign)} of the files that it runs are not this program's own: {', '.join(foreign[:3])} …"
    return Tick("Code", None, f"{told} Another version of ModelLab differs too; running it runs them with your rights.")


CHECKS: dict[str, Check] = {
    "Our JSON files": _schemas,
    "Data": _data,
    "RO-Crate": _crate,
    "Croissant": _croissant,
}
