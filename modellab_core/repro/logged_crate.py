"""`ro-crate-metadata.json` of a logged run: what a program made, as far as it is known.

RO-Crate 1.1 with Process Run Crate 0.5. The profiles of workflows do not apply: nobody knows the steps of the program.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from modellab_core.harness.canonical import canonical
from modellab_core.repro.archive import CRATE
from modellab_core.repro.crate import ACTION, BASE, CONTEXT, LICENCE, PROFILES, SHA256, UNDATED, Entity, file_of, ref
from modellab_core.repro.zipping import Content, measured

PROCESS = next(profile for profile in PROFILES if "/process/" in profile)
PROGRAM = "#program"
MADE = ("artifacts/", "expected/")
STATUS = {True: "http://schema.org/CompletedActionStatus", False: "http://schema.org/FailedActionStatus"}


def logged_crate(
    contents: Iterable[tuple[str, Content]],
    about: Mapping[str, Any],
    params: Mapping[str, Any],
    metrics: Mapping[str, float | None],
) -> bytes:
    """The crate of a pack that holds `contents`, for the run that `about` tells of: the same run gives the same bytes.

    What the program read is not known and not claimed; its parameters are the objects of the action, its files and the
    numbers that it logged are the results. The manifest is not among the files: it is made last, of all of them.
    """
    sized = [measured(name, content) for name, content in contents]
    files = {one.name: file_of(one.name, one.size, one.sha256) for one in sorted(sized, key=lambda one: one.name)}
    scripts = [name for name in files if name.startswith("code/script/")]
    for name in scripts:
        files[name] |= {"@type": ["File", "SoftwareSourceCode"]}
    given, gave = _values("param", params), _values("metric", metrics)
    results = [*(name for name in files if name.startswith(MADE)), *(one["@id"] for one in gave)]
    graph = [
        {"@id": CRATE, "@type": "CreativeWork", "about": ref("./"), "conformsTo": ref(BASE)},
        _root(about, list(files)),
        *files.values(),
        _action(about, scripts[0] if scripts else PROGRAM, [one["@id"] for one in given], results),
        *given,
        *gave,
        *([] if scripts else [_unknown()]),
        *_context(),
    ]
    return canonical({"@context": [CONTEXT, SHA256], "@graph": graph})


def _values(kind: str, values: Mapping[str, Any]) -> list[Entity]:
    """What was logged under each name that has a value; lists and mappings as their text."""
    found = []
    for place, (name, value) in enumerate(sorted(values.items())):
        if value is not None:
            plain = value if isinstance(value, (bool, int, float, str)) else canonical(value).decode().strip()
            found.append({"@id": f"#{kind}-{place}", "@type": "PropertyValue", "name": name, "value": plain})
    return found


def _root(about: Mapping[str, Any], parts: list[str]) -> Entity:
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": f"{about.get('name')}, run {about.get('id')}",
        "description": "What a program logged with ModelLab. It cannot be trained again from here: see reproduce.md.",
        "datePublished": str(about.get("ended") or "")[:10] or UNDATED,
        "license": ref(LICENCE),
        "conformsTo": [ref(PROCESS)],
        "hasPart": [ref(part) for part in parts],
        "mentions": [ref(ACTION)],
    }


def _action(about: Mapping[str, Any], program: str, given: list[str], results: list[str]) -> Entity:
    found: Entity = {
        "@id": ACTION,
        "@type": "CreateAction",
        "name": str(about.get("name")),
        "description": "A program of its own ran and logged this. ModelLab neither trained it nor saw what it read.",
        "instrument": ref(program),
        "object": [ref(one) for one in given],
        "result": [ref(one) for one in results],
        "actionStatus": ref(STATUS[about.get("state") == "succeeded"]),
    }
    moments = {"startTime": about.get("started"), "endTime": about.get("ended"), "error": about.get("error")}
    return found | {name: value for name, value in moments.items() if value}


def _unknown() -> Entity:
    told = "The program that logged this run; its text was not captured."
    return {"@id": PROGRAM, "@type": "SoftwareApplication", "name": "A program of its own", "description": told}


def _context() -> list[Entity]:
    name, number = PROFILES[PROCESS]
    told = "Nothing was said of a licence: ask whoever logged the run."
    return [
        {"@id": PROCESS, "@type": "CreativeWork", "name": name, "version": number},
        {"@id": LICENCE, "@type": "CreativeWork", "name": "Not stated", "description": told},
    ]
