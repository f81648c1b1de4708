"""What a script gives a run to keep: its report, its model, its program. Bytes first, the row last."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modellab_core.errors import BadInput
from modellab_core.experiment import predictions_to_parquet
from modellab_core.harness.canonical import canonical
from modellab_core.harness.report import Report
from modellab_core.lab.placing import DECIDES, Placed, placed
from modellab_core.lab.runs import headline_json, key_of_rows
from modellab_core.repro.environment import capture
from modellab_core.repro.git import git_state
from modellab_core.store.tables import Run
from modellab_core.training.logged import dump_logged, type_name

if TYPE_CHECKING:
    from modellab_core.lab import Lab

SCRIPT_BYTES = 1 << 20
PREDICTIONS = "predictions.parquet"


def keep_report(lab: Lab, run_id: str, report: Report, rows: Sequence[int] | None) -> None:
    """The files, the scores and the predictions of a report become those of the run."""
    if not isinstance(report, Report):
        raise BadInput(f"a report is what evaluate() gives, and not {type(report).__name__}.")
    run = lab.run(run_id)
    found = placed(lab, run.project_id, report, rows)
    content = {f"eval/{name}": data for name, data in found.report.files(pngs=True)}
    if found.predictions is not None:
        content[PREDICTIONS] = predictions_to_parquet(found.predictions)
    files = _stored(lab, content)
    values: dict[str, Any] = {"recipe": _recipe(run, found), "headline": headline_json(found.report)}
    if found.predictions is not None:
        values["fingerprint"] = hashlib.sha256(content[PREDICTIONS]).hexdigest()
        key = key_of_rows(values["recipe"].get("sha256"), found.predictions)
        lab.catalog.evidence.look(key, files[PREDICTIONS])  # never too few
    if found.beside is not None and found.beside.version_id is not None:
        values["version_id"] = found.beside.version_id
    lab.catalog.logged.keep_scores(run_id, [score.to_json() for score in found.report.scores])
    lab.catalog.logged.keep_files(run_id, files, **values)


def _recipe(run: Run, found: Placed) -> dict[str, Any]:
    """What is known of the question that the report answers, and of the rows it was tested on."""
    report = found.report
    known: dict[str, Any] = {"target": report.target, "task": str(report.task), "positive": report.positive}
    if found.beside is not None:
        known |= {name: found.beside.recipe.get(name) for name in DECIDES if name != "seed"}
    return {**run.recipe, **known}


def keep_model(lab: Lab, run_id: str, model: Any, X: Any) -> None:
    """The files of a fitted estimator become those of the run's model."""
    files = {f"model/{name}": content for name, content in dump_logged(model, X).items()}
    lab.catalog.logged.keep_files(run_id, _stored(lab, files), model=type_name(model).rpartition(".")[2])


def keep_surroundings(lab: Lab, run_id: str) -> None:
    """Where the program ran: Python, machine, BLAS, threads and the versions of what it loaded; its git state."""
    homes = packages_distributions()
    loaded = {home for name in {name.partition(".")[0] for name in sys.modules} for home in homes.get(name, [])}
    told: dict[str, Any] = {"environment.json": capture(lab.settings.threads, loaded)}
    told |= {"git.json": git_state(Path(_main() or ".").resolve().parent, lab.settings.git_diff)}
    lab.catalog.logged.keep_files(run_id, _stored(lab, {name: canonical(one) for name, one in told.items() if one}))


def keep_script(lab: Lab, run_id: str, path: Path | str | None) -> None:
    """The text of a program becomes a file of the run."""
    name, content = _cells() if path is None and not _main() else _file(Path(path or _main()))
    if len(content) > SCRIPT_BYTES:
        raise BadInput(f"{name} has {len(content):,} bytes, and at most {SCRIPT_BYTES:,} are kept.")
    lab.catalog.logged.keep_files(run_id, _stored(lab, {f"script/{name}": content}))


def _main() -> str:
    """The file of the program that is running; "" in a notebook or at a prompt."""
    main = sys.modules.get("__main__")
    return "" if hasattr(main, "In") else str(getattr(main, "__file__", "") or "")


def _file(path: Path) -> tuple[str, bytes]:
    if not path.is_file():
        raise BadInput(f"there is no file {str(path)!r} to keep as the script.")
    with path.open("rb") as stream:
        return path.name, stream.read(SCRIPT_BYTES + 1)


def _cells() -> tuple[str, bytes]:
    """The cells of a notebook that ran so far, in their order."""
    cells = getattr(sys.modules.get("__main__"), "In", None)
    if not cells:
        raise BadInput("no script is running here: name the file to keep.")
    return "notebook.py", "\n\n".join(str(cell) for cell in cells if str(cell).strip()).encode(errors="replace")


def _stored(lab: Lab, content: Mapping[str, bytes]) -> dict[str, str]:
    return {name: lab.blobs.put(data) for name, data in content.items()}
