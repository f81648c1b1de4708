"""`modellab datasets show` and `diff`: what is in a version, and what changed from one to another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from modellab_core.cli.datasets import Dataset, group
from modellab_core.cli.door import Json, answer, columns, lab

if TYPE_CHECKING:
    from modellab_core.data.profile import ColumnProfile

FREQUENT = 3
LONGEST = 24
NAMED = ("column", "type", "missing", "distinct", "min", "25 %", "median", "75 %", "max", "mean")
HEAD = (*NAMED, "most frequent", "more")


def register(app: typer.Typer) -> None:  # noqa: ARG001  the room of datasets is in the app already
    """Add the commands of this file to `modellab datasets`."""
    group.command()(show)
    group.command()(diff)


def show(dataset: Dataset, as_json: Json = False) -> None:
    """Show a dataset: how it was read, what is in each column, and its versions."""
    opened = lab()
    version = opened.version(dataset)
    profile = opened.profile(version.id)
    versions = opened.catalog.datasets.versions(version.dataset_id)
    listed = [(one.number, one.id, one.rows, one.columns, one.created_at, one.file_name) for one in versions]
    told = version.model_dump() | {"profile": profile, "versions": versions}
    head = f"version {version.number}: {version.rows} rows, {version.columns} columns, sha256 {version.sha256}"
    lines = [
        head,
        *(f"  {note['text']}" for note in version.notes),
        columns([_row(one) for one in profile], HEAD),
        "",
        columns(listed, ("version", "id", "rows", "columns", "added", "file")),
    ]
    answer(as_json, told, lines)


def _row(one: ColumnProfile) -> Sequence[object]:
    quartiles = [one.quantiles.get(share) for share in ("0.25", "0.5", "0.75")]
    gaps = f"{one.missing:,} ({100 * one.missing / one.count:.1f} %)" if one.missing else "0"
    top = ", ".join(f"{_short(value)} ({count:,})" for value, count in one.top[:FREQUENT])
    return (one.name, one.type, gaps, one.distinct, one.min, *quartiles, one.max, one.mean, top, ", ".join(_more(one)))


def _more(one: ColumnProfile) -> Iterator[str]:
    """What else there is to know of some columns."""
    for count, what in ((one.infinite, "infinite"), (one.zeros, "zeros"), (one.negatives, "negative")):
        if count:
            yield f"{count:,} {what}"
    if one.std is not None:
        yield f"deviation {one.std:.4g}"
    if one.longest is not None:
        same = one.shortest == one.longest
        yield f"{one.longest:,} characters" if same else f"{one.shortest:,} to {one.longest:,} characters"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def diff(
    older: Annotated[str, typer.Argument(help="A dataset by name or id, or a version by id.")],
    newer: Annotated[
        str | None,
        typer.Argument(help="The same for the newer one; if not given, OLDER is compared with the version before it."),
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", help="Column whose values name rows; looked for if not given.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what changed from one version of a table to another: rows, columns, cells, and what drifted."""
    opened = lab()
    one, other = opened.two_versions(older, newer)
    changes = opened.changes(one.id, other.id, key)
    names = [opened.dataset(version.dataset_id).name for version in (one, other)]
    heads = [
        f"{what}: {name}, version {version.number} ({version.id}), {version.rows} rows"
        for what, name, version in (("older", names[0], one), ("newer", names[1], other))
    ]
    told = {"older": one.id, "newer": other.id} | changes.to_json()
    answer(as_json, told, [*heads, *(f"  {sentence}" for sentence in changes.sentences)])
