"""The reproduction pack: every byte of it is fixed when the run ends, packing only copies."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from modellab_core.data.identity import column_hashes
from modellab_core.data.table import Table
from modellab_core.harness.canonical import canonical
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan
from modellab_core.repro.archive import (
    BASELINES,
    CONFIG,
    CRATE,
    CROISSANT,
    ENVIRONMENT,
    EXPECTED,
    GIT,
    INFO,
    PREDICTIONS,
    REQUIREMENTS,
    SPLIT,
)
from modellab_core.repro.code import main_file, snapshot
from modellab_core.repro.crate import UNDATED, crate, without
from modellab_core.repro.croissant import croissant
from modellab_core.repro.dependencies import pins, requirements
from modellab_core.repro.documents import guide, model_card
from modellab_core.repro.environment import capture, replay
from modellab_core.repro.expected import baselines_to_parquet, expected_metrics
from modellab_core.repro.reproduce import CARD, MODEL
from modellab_core.repro.zipping import Content, with_manifest, zipped
from modellab_core.training.recipe import Recipe

SUMMARY = "eval/eval_summary.json"


@dataclass(frozen=True, eq=False)
class PackSource:
    """A run that has just ended, with all that its pack is made of.

    `files` are those of its Outcome by name. `baselines` are the simpler models of the batch by name, simple first.
    `threads` is what the run was given. `dataset` is the name of the data's file for people, `run` the run's id.
    `git` is the state of the repository that it was started in, None where there is none.
    `started` and `ended` are moments in ISO 8601, "" where nobody looked at a clock.
    """

    recipe: Recipe
    plan: Plan
    table: Table
    files: Mapping[str, bytes]
    baselines: Mapping[str, Predictions] = field(default_factory=dict)
    threads: int = 1
    dataset: str = "data"
    version: int | None = None
    run: str = ""
    started: str = ""
    ended: str = ""
    git: Mapping[str, Any] | None = None


def data_member(recipe: Recipe) -> str:
    """Where the data's bytes lie in a pack."""
    return f"data/data.{recipe.reading.format}"


def members(source: PackSource) -> dict[str, bytes]:
    """Every file of the run's pack but the data's bytes and the manifest, by name.

    Call it in the process that trained, when the run ends: it records that process's environment and source.
    """
    sources = snapshot()
    versions = pins(sources)
    environment = capture(source.threads, versions)
    expected = expected_metrics(json.loads(source.files[SUMMARY]))
    config, info = run_config(source, environment), dataset_info(source)
    found = {
        "__main__.py": main_file(),
        "reproduce.md": guide(config, info, expected).encode(),
        "reproduce.py": script(sources, versions),
        REQUIREMENTS: requirements(versions).encode(),
        CONFIG: canonical(config),
        INFO: canonical(info),
        ENVIRONMENT: canonical(environment),
        EXPECTED: canonical(expected),
        PREDICTIONS: source.files["predictions.parquet"],
        SPLIT: source.files["split.csv"],
        f"{MODEL}/{CARD}": model_card(config, info, expected).encode(),
        **{f"code/{name}": content for name, content in sources.items()},
        **{f"artifacts/{name}": content for name, content in source.files.items() if "/" in name},
        **schemas(),
    }
    if source.baselines:
        found[BASELINES] = baselines_to_parquet(source.baselines)
    if source.git is not None:
        found[GIT] = canonical(source.git)
    found[CROISSANT] = croissant(source.table, info, source.ended[:10] or UNDATED)
    found[CRATE] = crate(found, info, config, (source.started, source.ended))
    return dict(sorted(found.items()))


def run_config(source: PackSource, environment: Mapping[str, Any]) -> dict[str, Any]:
    """`run_config.json`: the recipe, what is computed, and the variables under which it is trained again."""
    return {
        "schema": "modellab.run_config/1",
        "run": {"id": source.run, "dataset": source.dataset, "version": source.version},
        "recipe": source.recipe.to_json(),
        "fingerprint": source.recipe.fingerprint(),
        "plan": source.plan.to_json(),
        "baselines": list(source.baselines),
        "threads": source.threads,
        "replay": replay(environment),
    }


def dataset_info(source: PackSource) -> dict[str, Any]:
    """`dataset_info.json`: name, version, columns with their types and hashes, and the bytes' SHA-256 and size."""
    table, file = source.table, data_member(source.recipe)
    hashes = column_hashes(table)
    types = table.reading.types
    return {
        "schema": "modellab.dataset_info/1",
        "name": source.dataset,
        "version": source.version,
        "file": file,
        "if_absent": "Fetch the file with this SHA-256 and give it with --data FILE, or put it beside the pack.",
        "sha256": table.sha256,
        "size": table.size,
        "rows": len(table.frame),
        "columns": [{"name": name, "type": types[name], "sha256": sha} for name, sha in hashes.items()],
    }


def script(sources: Mapping[str, bytes], versions: Mapping[str, str]) -> bytes:
    """`reproduce.py` with the versions that it needs in its header, as PEP 723 has it."""
    needs = "".join(f'#     "{name}=={version}",\n' for name, version in versions.items())
    header = f'# /// script\n# requires-python = ">=3.11"\n# dependencies = [\n{needs}# ]\n# ///\n'
    return header.encode() + sources["modellab_core/repro/reproduce.py"]


def schemas() -> dict[str, bytes]:
    """The JSON Schemas of our own JSON files, by their name in a pack."""
    folder = resources.files("modellab_core.repro") / "schemas"
    return {f"schemas/{file.name}": file.read_bytes() for file in folder.iterdir() if file.name.endswith(".json")}


def chosen(
    contents: Iterable[tuple[str, Content]], *, data: bool = True, model: bool = True
) -> list[tuple[str, Content]]:
    """`contents` without the data's bytes or the model's files, where these are not wanted; the model card stays.

    The crate does not name what was left out.
    """
    left_out = (*(["data/data."] if not data else []), *([f"{MODEL}/model."] if not model else []))
    whole = list(contents)
    gone = {name for name, _ in whole if left_out and name.startswith(left_out)}
    kept = [(name, content) for name, content in whole if name not in gone]
    return [(name, _trimmed(content, gone) if gone and name == CRATE else content) for name, content in kept]


def _trimmed(content: Content, gone: Collection[str]) -> bytes:
    return without(content if isinstance(content, bytes) else content.read_bytes(), gone)


def write(contents: Iterable[tuple[str, Content]], *, data: bool = True, model: bool = True) -> Iterator[bytes]:
    """The pack as pieces of a ZIP file: the same contents give the same bytes.

    `contents` are the members of `members` and the data's bytes under `data_member`, each as bytes or as the file that
    holds them. BadInput and Conflict as in `zipping`.
    """
    yield from zipped(with_manifest(chosen(contents, data=data, model=model)))


def bundle(source: PackSource, data: Path) -> list[tuple[str, Content]]:
    """All contents of a pack for `write`, made at once from a run that has just ended and the file of its data."""
    return [*members(source).items(), (data_member(source.recipe), data)]
