"""Packs: written for a run, looked at, checked and run again."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from modellab_core.errors import ModelLabError, NotFound
from modellab_core.files import publish
from modellab_core.lab.runs import Runs
from modellab_core.repro.archive import Stop
from modellab_core.repro.logged import LoggedSource, logged_contents
from modellab_core.repro.pack import chosen, data_member, write
from modellab_core.repro.ticks import Tick, ticks
from modellab_core.repro.verify import Verdict, run_of, verify
from modellab_core.repro.why import Why, why
from modellab_core.repro.zipping import Content
from modellab_core.store.catalog_logged import json_value
from modellab_core.store.evidence_tables import Verification
from modellab_core.store.tables import Run
from modellab_core.temporary import mark
from modellab_core.training.recipe import Recipe

PREFIX = "pack/"


@dataclass(frozen=True)
class Rate:
    """Of the runs of a project that can be packed: how many came out how when they were last tried again."""

    runs: int
    reproduced: int
    within_tolerance: int
    failed: int

    @property
    def never(self) -> int:
        """How many were never tried."""
        return self.runs - self.reproduced - self.within_tolerance - self.failed

    @property
    def tried(self) -> int:
        """How many were tried."""
        return self.runs - self.never


class Packs(Runs):
    """Verbs about packs."""

    def pack(self, ref: str | Run, data: bool = True, model: bool = True) -> Iterator[bytes]:
        """The pack of a run as pieces of a ZIP file; two packs of one run are equal byte for byte."""
        return write(self._contents(ref), data=data, model=model)

    def write_pack(self, ref: str | Run, path: Path | str, data: bool = True, model: bool = True) -> Path:
        """Write the pack of a run to `path`; the file appears whole or not at all."""
        publish(Path(path), self.pack(ref, data, model), mode=0o644)
        return Path(path)

    def trains_again(self, ref: str | Run) -> bool:
        """Whether the pack of a run trains it again; that of a logged run only says what was captured."""
        return can_train_again(self.run(ref))

    def has_pack(self, ref: str | Run) -> bool:
        """Whether a pack of the run can be made."""
        return can_pack(ref if isinstance(ref, Run) else self.run(ref))

    def pack_members(self, ref: str | Run, data: bool = True, model: bool = True) -> list[tuple[str, int]]:
        """The names and sizes in bytes of what a pack holds, but for its manifest."""
        found = chosen(self._contents(ref), data=data, model=model)
        return sorted((name, len(item) if isinstance(item, bytes) else item.stat().st_size) for name, item in found)

    def _contents(self, ref: str | Run) -> list[tuple[str, Content]]:
        run = self.run(ref)
        if run.kind == "logged" and not run.live:
            return logged_contents(self._logged_source(run))
        members = [name for name in run.files if name.startswith(PREFIX)]
        if not members:
            raise NotFound(f"The run {run.id} has no pack: {_why(run)}")
        contents: list[tuple[str, Content]] = [
            (name.removeprefix(PREFIX), self._checked(run, name)) for name in members
        ]
        return [*contents, (data_member(Recipe.from_json(run.recipe)), self._checked(run, "data"))]

    def _logged_source(self, run: Run) -> LoggedSource:
        said = self.catalog.logged.said(run.id)
        moments = {"started": run.started_at, "ended": run.ended_at}
        about: dict[str, Any] = {
            "id": run.id,
            "name": run.name,
            "state": run.state,
            "model": run.model,
            "recipe": run.recipe,
        }
        about |= {name: "" if at is None else at.isoformat() for name, at in moments.items()}
        artifacts = {row.name: self.blobs.checked(row.sha256, row.name) for row in said.artifacts}
        return LoggedSource(
            about=about | {"error": run.error, "notes": list(run.notes)},
            params={row.name: json_value(row.value) for row in said.params},
            metrics={row.name: row.value for row in sorted(said.metrics, key=lambda row: row.step)},
            tags={row.name: row.value for row in said.tags},
            series=[{"name": row.name, "step": row.step, "value": row.value} for row in said.metrics],
            files={name: self._checked(run, name) for name in sorted(run.files)},
            artifacts=artifacts,
        )

    def _checked(self, run: Run, name: str) -> Path:
        return self.blobs.checked(run.files[name], f"{name} of the run {run.id}")

    def verify_pack(
        self, path: Path, *, here: bool = False, run: bool = False, on_line: Callable[[str], None] = lambda _: None
    ) -> Verdict:
        """Check a pack from anywhere; with `run` or `here` also train it again. It never raises for a bad pack."""
        return verify(path, here=here, run=run, on_line=on_line)

    def look_at_pack(self, path: Path) -> tuple[Verdict, list[Tick]]:
        """What can be said of a pack from anywhere without running or writing anything of it."""
        return verify(path), ticks(path)

    def look_at_run(self, ref: str | Run) -> tuple[Verdict, list[Tick]]:
        """The same for the pack of a run."""
        run = self.run(ref)
        with TemporaryDirectory(dir=self._made_scratch(), prefix=f"look-{mark()}-") as folder:
            return self.look_at_pack(self.write_pack(run, Path(folder) / f"run-{run.id}.zip"))

    def verify(self, ref: str | Run, here: bool = True, on_line: Callable[[str], None] = lambda _: None) -> Verdict:
        """Make the pack of a run, train it again as a stranger would, and keep how that came out."""
        run = self.run(ref)
        with TemporaryDirectory(dir=self.scratch, prefix=f"verify-{mark()}-") as folder:
            path = self.write_pack(run, Path(folder) / f"run-{run.id}.zip")
            verdict = verify(path, here=here, run=True, on_line=on_line)
        if verdict.state != "never":
            self.catalog.evidence.verified(run.id, verdict.state, platform.platform(), verdict.to_json())
        return verdict

    def why(self, path: Path, *, data: Path | None = None, on_line: Callable[[str], None] = lambda _: None) -> Why:
        """Why the run of a pack differs: each factor swapped alone. It runs the code of the pack.

        If the run is stored here, its own data and code are what is swapped in.
        """
        with TemporaryDirectory(dir=self._made_scratch(), prefix=f"why-{mark()}-") as folder:
            return why(path, other=self._stored_pack(path, Path(folder)), data=data, say=on_line)

    def why_run(self, ref: str | Run, on_line: Callable[[str], None] = lambda _: None) -> Why:
        """Why a run differs when it is trained again here: each factor swapped alone."""
        run = self.run(ref)
        with TemporaryDirectory(dir=self._made_scratch(), prefix=f"why-{mark()}-") as folder:
            return why(self.write_pack(run, Path(folder) / f"run-{run.id}.zip"), say=on_line)

    def _made_scratch(self) -> Path:
        self.scratch.mkdir(parents=True, exist_ok=True)
        return self.scratch

    def _stored_pack(self, path: Path, folder: Path) -> Path | None:
        """The pack of the stored run that the one at `path` says it is of; None when it is not stored here."""
        with suppress(Stop, ModelLabError):
            return self.write_pack(self.catalog.runs.get(run_of(path)), folder / "stored.zip")
        return None

    def reproduced_rate(self, project: str) -> Rate:
        """How many of the runs of a project were trained again, and how that came out the last time."""
        home = self.catalog.projects.find(project).id
        return self.reproduced_rates([home])[home]

    def reproduced_rates(self, projects: Sequence[str]) -> dict[str, Rate]:
        """`reproduced_rate` of many projects at once, by their ids."""
        found = self.catalog.evidence.tried(projects)
        counts = {project: found.get(project, Counter()) for project in projects}
        return {
            project: Rate(each["all"], each["reproduced"], each["within_tolerance"], each["failed"])
            for project, each in counts.items()
        }

    def verification(self, ref: str | Run) -> Verification | None:
        """The latest try to reproduce a run; None when it was never tried."""
        tried = self.catalog.evidence.verifications(self.run(ref).id)
        return tried[0] if tried else None


def can_pack(run: Run) -> bool:
    """Whether a pack of the run can be made."""
    return can_train_again(run) or (run.kind == "logged" and not run.live)


def can_train_again(run: Run) -> bool:
    """Whether the pack of the run trains it again: not that of a run which a program logged itself."""
    return any(name.startswith(PREFIX) for name in run.files)


def _why(run: Run) -> str:
    if run.kind != "template":
        return "its predictions came from outside, so there is nothing to train again."
    return f"it is {run.state}."
