"""`ro-crate-metadata.json`: the run as a Workflow Run Crate, so that other tools read what was made of what, and how.

RO-Crate 1.1 with Process Run Crate 0.5, Workflow Run Crate 0.5 and Workflow RO-Crate 1.0; plain JSON, no library.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from modellab_core.harness.canonical import canonical
from modellab_core.repro.archive import CONFIG, CRATE, EXPECTED, PREDICTIONS

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
SHA256 = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}
"""A term that the context of RO-Crate 1.1 does not know."""

BASE, WORKFLOW_CRATE = "https://w3id.org/ro/crate/1.1", "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    WORKFLOW_CRATE: ("Workflow RO-Crate", "1.0"),
}
BIOSCHEMAS = "https://bioschemas.org/profiles"
SCRIPT, PYTHON, ACTION, LICENCE = "reproduce.py", "https://www.python.org/", "#run", "#licence"
UNDATED = "1980-01-01"

FORMATS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
    ".py": "text/x-python",
    ".txt": "text/plain",
}
TYPES = {bool: "Boolean", int: "Integer", float: "Float", str: "Text"}
Entity = dict[str, Any]


def crate(
    files: Mapping[str, bytes], info: Mapping[str, Any], config: Mapping[str, Any], when: tuple[str, str] = ("", "")
) -> bytes:
    """`ro-crate-metadata.json` of a pack that holds `files` and the data that `info` describes.

    `when` are the start and the end of the run in ISO 8601, "" where they are not known. The manifest is not among the
    files, because it is made last, of all of them.
    """
    recipe, data = config["recipe"], info["file"]
    inputs = parameters(recipe)
    sized = {name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in files.items()}
    sized[data] = (info["size"], info["sha256"])
    entities = {name: file_of(name, *facts) for name, facts in sorted(sized.items())}
    entities[data] |= {"exampleOfWork": ref("#input-data"), "name": info["name"]}
    entities[PREDICTIONS]["exampleOfWork"] = ref("#output-predictions")
    entities[EXPECTED]["exampleOfWork"] = ref("#output-numbers")
    entities[SCRIPT] |= _workflow(config, inputs)
    made = [name for name in entities if name.startswith(("artifacts/", "expected/")) and not name.endswith(".md")]
    graph = [
        _descriptor(),
        _root(config, info, list(entities), when[1] or UNDATED),
        *entities.values(),
        _action(recipe, data, [item for pair in inputs for item in pair], made, when),
        *(item for pair in inputs for item in pair),
        _formal("#input-data", "data", "File", data),
        _formal("#output-predictions", "predictions", "File", PREDICTIONS),
        _formal("#output-numbers", "numbers", "File", EXPECTED),
        *_context(),
    ]
    return canonical({"@context": [CONTEXT, SHA256], "@graph": graph})


def without(document: bytes, names: Collection[str]) -> bytes:
    """The document of a crate from which the files `names` were left out: neither they nor a word about them."""
    value = json.loads(document)
    gone = set(names)
    kept = [entity for entity in value["@graph"] if entity["@id"] not in gone]
    return canonical(value | {"@graph": [{key: _less(item, gone) for key, item in one.items()} for one in kept]})


def _less(value: Any, gone: set[str]) -> Any:
    if isinstance(value, list):
        return [item for item in value if not (isinstance(item, dict) and item.get("@id") in gone)]
    return [] if isinstance(value, dict) and value.get("@id") in gone else value


def parameters(recipe: Mapping[str, Any]) -> list[tuple[Entity, Entity]]:
    """What a person can choose of a run: for each choice the parameter and the value that it was given."""
    plain = ("target", "metric", "positive", "split", "test_size", "weight", "seed", "model", "template")
    chosen = {name: recipe[name] for name in plain} | {f"params.{key}": item for key, item in recipe["params"].items()}
    found = []
    for name, value in sorted(chosen.items()):
        if value is None or value == "":
            continue
        one = {"@id": f"#value-{name}", "@type": "PropertyValue", "name": name, "value": value}
        kind = TYPES.get(type(value), "Text")
        found.append(
            (_formal(f"#input-{name}", name, kind, one["@id"]), one | {"exampleOfWork": ref(f"#input-{name}")})
        )
    return found


def _formal(identity: str, name: str, kind: str, example: str) -> Entity:
    return {
        "@id": identity,
        "@type": "FormalParameter",
        "additionalType": kind,
        "conformsTo": ref(f"{BIOSCHEMAS}/FormalParameter/1.0-RELEASE"),
        "name": name,
        "workExample": ref(example),
    }


def file_of(name: str, size: int, sha: str) -> Entity:
    """A file of a crate, by its place, its size in bytes and its SHA-256."""
    kind = FORMATS.get(PurePosixPath(name).suffix, "application/octet-stream")
    found = {"@id": name, "@type": "File", "name": name, "contentSize": str(size), "sha256": sha}
    return found | {"encodingFormat": kind}


def _workflow(config: Mapping[str, Any], inputs: Iterable[tuple[Entity, Entity]]) -> Entity:
    return {
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
        "conformsTo": ref(f"{BIOSCHEMAS}/ComputationalWorkflow/1.0-RELEASE"),
        "description": "Reads the data, trains by the recipe, evaluates on the test rows.",
        "name": f"Training of {config['recipe']['template']}",
        "programmingLanguage": ref(PYTHON),
        "input": [ref("#input-data"), *(ref(formal["@id"]) for formal, _ in inputs)],
        "output": [ref("#output-predictions"), ref("#output-numbers")],
    }


def _action(
    recipe: Mapping[str, Any], data: str, inputs: list[Entity], made: list[str], when: tuple[str, str]
) -> Entity:
    values = [ref(one["@id"]) for one in inputs if one["@type"] == "PropertyValue"]
    found = {
        "@id": ACTION,
        "@type": "CreateAction",
        "name": f"Training of {recipe['model']} for {recipe['target']}",
        "description": f"{recipe['model']} of {recipe['template']}, predicting {recipe['target']} ({recipe['task']}).",
        "instrument": ref(SCRIPT),
        "object": [ref(data), ref(CONFIG), *values],
        "result": [ref(name) for name in made],
        "actionStatus": ref("http://schema.org/CompletedActionStatus"),
    }
    return found | {key: moment for key, moment in zip(("startTime", "endTime"), when, strict=True) if moment}


def _descriptor() -> Entity:
    conforms = [ref(BASE), ref(WORKFLOW_CRATE)]
    return {"@id": CRATE, "@type": "CreativeWork", "about": ref("./"), "conformsTo": conforms}


def _root(config: Mapping[str, Any], info: Mapping[str, Any], parts: list[str], day: str) -> Entity:
    recipe, run = config["recipe"], config["run"]
    name = f"{recipe['model']} for {recipe['target']}"
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": f"{name}, run {run['id']}" if run["id"] else name,
        "description": f"One training run by ModelLab on {info['name']}, with all that trains it again and compares.",
        "datePublished": day,
        "license": ref(LICENCE),
        "conformsTo": [ref(profile) for profile in PROFILES],
        "hasPart": [ref(part) for part in parts],
        "mainEntity": ref(SCRIPT),
        "mentions": [ref(ACTION)],
    }


def _context() -> list[Entity]:
    profiles = [
        {"@id": identity, "@type": "CreativeWork", "name": name, "version": number}
        for identity, (name, number) in PROFILES.items()
    ]
    python = {"@id": PYTHON, "@type": "ComputerLanguage", "name": "Python", "url": ref(PYTHON)}
    told = (
        "The code is ModelLab's, under the MIT licence. For the data and the model nothing was said: ask their owner."
    )
    return [
        *profiles,
        python,
        {
            "@id": LICENCE,
            "@type": "CreativeWork",
            "name": "MIT for the code, not stated for the rest",
            "description": told,
        },
    ]


def ref(identity: str) -> dict[str, str]:
    """A reference to another entity."""
    return {"@id": identity}
