"""How `workspace_v1.tar.xz` was made: run by hand with the program of revision 0001 on the path, and never again.

    python tests/store/make_workspace_v1.py FOLDER workspace_v1.tar.xz

It holds what the first version could store: datasets with versions, a trained batch, an imported run, runs that did
not succeed, an archived project, and a row in every table. Beside it lies `facts.json`: what must be found afterwards.
The program's pictures were drawn at 12 dots an inch (`DPI` in harness/figures/png_drawing.py), to keep the file small.
"""

from __future__ import annotations

import json
import sys
import tarfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from modellab_core.lab import Lab
from modellab_core.lab.imported import Columns, evaluate_table, keep
from modellab_core.store.catalog_queue import Worker
from modellab_core.store.engine import make_engine
from modellab_core.store.evidence_tables import Acceptance, Artifact, MetricRow, SavedSlice, Tag, Verification

ROWS = 60


def people(seed: int, rows: int = ROWS) -> str:
    """A CSV of people, whose class follows two columns; a blank cell, a quoted comma and a name beyond ASCII in it."""
    rng = np.random.default_rng(seed)
    lines = ["id,city,age,income,left"]
    for row in range(rows):
        age, income = int(rng.integers(18, 80)), float(rng.normal(30, 8))
        left = "yes" if age - income + rng.normal(0, 5) > 18 else "no"
        city = ('"Köln, Rhein"', "Ærø", "", "Paris")[row % 4]
        lines.append(f"{seed}-{row:03},{city},{age},{income:.2f},{left}")
    return "\n".join(lines) + "\n"


def guesses() -> str:
    """A CSV of predictions of somebody else's model."""
    rng = np.random.default_rng(3)
    lines = ["truth,guess,score,part"]
    for row in range(40):
        truth = int(rng.integers(0, 2))
        score = float(np.clip(0.5 + (truth - 0.5) * 0.6 + rng.normal(0, 0.3), 0, 1))
        lines.append(f"{truth},{int(score >= 0.5)},{score:.3f},{'ab'[row % 2]}")
    return "\n".join(lines) + "\n"


def fill(lab: Lab, files: Path) -> None:
    """Everything through the program where it has a verb, else as rows."""
    for name, text in (("people.csv", people(1)), ("more.csv", people(2)), ("guesses.csv", guesses())):
        (files / name).write_text(text)
    first = lab.add_dataset(files / "people.csv", name="people")
    lab.add_dataset(files / "more.csv", name="people")
    lab.create_project("Öffentlich <b>", "notes on it")
    other = lab.add_dataset(files / "more.csv", project="Öffentlich <b>", name="Größe & 'Maß'")
    lab.add_dataset(files / "people.csv", project="Öffentlich <b>", name="Größe & 'Maß'")
    batch = lab.train(first, "left", drop=("id",), key="click-1")
    assert [run.state for run in lab.follow(batch, lambda _: None)] == ["succeeded"] * 3
    columns = Columns("truth", "guess", ("1=score",), None, None)
    keep(lab, evaluate_table(files / "guesses.csv", columns), files / "guesses.csv", columns, "default", seed=42)
    lab.create_project("old work", "done with it")
    lab.add_dataset(files / "people.csv", project="old work")
    lab.archive_project("old work")
    _ended(lab, other.id)
    _rows(lab, batch.id)


def _ended(lab: Lab, version: str) -> None:
    """A run that failed, two that were cancelled, one that was interrupted, and one whose worker is no more."""
    lab.train(version, "left", drop=("id",))
    run = lab.catalog.queue.claim(9, Worker("a" * 32, 1, "elsewhere|1"))
    assert run is not None
    lab.catalog.queue.fail(run.id, "a" * 32, "The disk was full.")
    for state in ("queued", "running"):
        for one in lab.runs():
            if one.state == state:
                lab.cancel(one.id)
    lab.train(version, "left", drop=("id", "city"), seed=7)
    run = lab.catalog.queue.claim(9, Worker("b" * 32, 1, "elsewhere|1"))
    assert run is not None
    lab.catalog.queue.interrupt(run.id, "b" * 32, "Its worker ended without a word. Try it again.")
    run = lab.catalog.queue.claim(9, Worker("c" * 32, 1, "elsewhere|1"))
    assert run is not None


def _rows(lab: Lab, batch: str) -> None:
    run, digest = lab.batch_runs(batch)[-1], lab.blobs.put(b"a file that somebody logged\n")
    home, later = run.project_id, datetime.now(UTC) + timedelta(days=90)
    engine = make_engine(lab.catalog.workspace.database).execution_options(door="write")
    with Session(engine) as session, session.begin():
        session.add_all(MetricRow(run_id=run.id, name="loss", step=step, value=1 / (1 + step)) for step in range(5))
        session.add(MetricRow(run_id=run.id, name="loss", step=5, value=None))
        session.add(Artifact(run_id=run.id, name="notes.txt", sha256=digest, size=28))
        session.add_all([Tag(run_id=run.id, name="keep"), Tag(run_id=run.id, name="team", value="Ærø")])
        session.add(SavedSlice(project_id=home, name="older", query="age > 40"))
        session.add(Acceptance(project_id=home, finding="f" * 64, reason="known", expires=later))
        session.add(Verification(run_id=run.id, state="reproduced", machine="m", result={"metrics": [["f1", 1.0]]}))


def facts(lab: Lab) -> dict[str, object]:
    """What a program that comes after must find beside the same rows: what each finished run answers, and the blobs."""
    runs = {}
    for run in lab.runs():
        if run.state != "succeeded":
            continue
        told = {"takeaway": [str(line) for line in lab.report(run).takeaway], "scores": len(lab.report(run).scores)}
        told["accuracy"] = next(score.value for score in lab.report(run).overall if score.metric == "accuracy")
        told["rows"] = lab.predictions(run).row.tolist()
        if run.kind == "template":
            told["pack"] = sorted(name for name, _ in lab.pack_members(run))
        runs[run.id] = told
    blobs = {digest: lab.blobs.size(digest) for digest in lab.blobs.digests()}
    assert all(sha256(lab.blobs.read(digest)).hexdigest() == digest for digest in blobs)
    return {"runs": runs, "blobs": blobs, "referenced": sorted(lab.catalog.evidence.blobs_referenced())}


def main() -> None:
    """Make the workspace in the first argument and pack it, without its caches, into the second."""
    folder, target = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True)
    lab = Lab.open(folder / "workspace")
    fill(lab, folder)
    (folder / "facts.json").write_text(json.dumps(facts(lab), ensure_ascii=False))
    with tarfile.open(target, "w:xz", preset=9) as archive:
        for name in ("facts.json", "workspace/modellab.db", "workspace/blobs"):
            archive.add(folder / name, name)


if __name__ == "__main__":
    main()
