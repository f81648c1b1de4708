"""A pack that somebody sent, as a run of a project: looked at as data, and nothing of it is run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from modellab_core.errors import BadInput
from modellab_core.experiment import predictions_from_parquet
from modellab_core.harness.report import Report
from modellab_core.lab.datasets import DEFAULT_PROJECT, Datasets
from modellab_core.lab.packs import PREFIX, Packs
from modellab_core.lab.runs import headline_json, key_of_rows
from modellab_core.repro.archive import CONFIG, INFO, MANIFEST, PREDICTIONS, SPLIT, Stop, examine, opened
from modellab_core.repro.facts import Facts, place_data
from modellab_core.repro.runner import check, places
from modellab_core.store.catalog_runs import NewRun, Result
from modellab_core.store.tables import Run
from modellab_core.temporary import mark
from modellab_core.training.recipe import Recipe

FROM_A_PACK = "from_pack"
ARTIFACTS, MODEL_CARD = "artifacts/", "artifacts/model/README.md"


class Receiving(Datasets, Packs):
    """Verbs about packs that come from elsewhere."""

    def import_pack(self, path: Path, project: str = DEFAULT_PROJECT, data: Path | None = None) -> Run:
        """The run of a pack as a run of `project`, with its table, its report, its model, and its pack as it came.

        Every file is checked, and read as data; no code of the pack is run. It has not been reproduced until somebody
        does that. The same pack again in one project gives the run that it made the first time. BadInput says what is
        wrong with a pack, or that its data are needed; then nothing is stored.
        """
        with TemporaryDirectory(dir=self._made_scratch(), prefix=f"pack-{mark()}-") as temporary, _refused(path):
            folder = Path(temporary, "pack")
            check(path, data)
            with opened(path) as members:
                found = examine(members, into=folder)
                facts = Facts.of(members)
                place_data(facts, found, places(path, facts, data), folder)
            return self._keep(folder, sorted(found), facts, project)

    def _keep(self, folder: Path, names: list[str], facts: Facts, project: str) -> Run:
        config = json.loads((folder / CONFIG).read_bytes())
        recipe = Recipe.from_json(config["recipe"])
        report = Report.from_json(json.loads((folder / ARTIFACTS / "eval" / "eval_summary.json").read_bytes()))
        predictions = predictions_from_parquet((folder / PREDICTIONS).read_bytes())
        with (folder / facts.data_file).open("rb") as stream:
            version = self.add_dataset((facts.data_name, stream), project, asked=recipe.reading)
        home = self.catalog.datasets.get(version.dataset_id).project_id
        files = {name: self.blobs.put_file(folder / place) for name, place in _files(names, facts).items()}
        told = f"Came in the pack of the run {config['run']['id']}; not trained here."
        result = Result(
            scores=[score.to_json() for score in report.scores],
            files=files | {"data": version.sha256},
            headline=headline_json(report),
            notes=[{"code": FROM_A_PACK, "text": told, "column": None}],
        )
        new = NewRun(f"{recipe.target} · {recipe.model} (pack)", recipe.model, recipe.to_json(), recipe.fingerprint())
        self.catalog.evidence.look(key_of_rows(recipe.sha256, predictions), files["predictions.parquet"])
        key = f"pack:{home}:{self.blobs.put_file(folder / MANIFEST)}"
        return self.catalog.runs.add_finished(home, new, result, kind="template", version_id=version.id, key=key)


def _files(names: list[str], facts: Facts) -> dict[str, str]:
    """Where each file of the run lies in the pack, by the name that it has among the files of a run."""
    found = {f"{PREFIX}{name}": name for name in names if name not in (facts.data_file, MANIFEST)}
    own = {name.removeprefix(ARTIFACTS): name for name in names if name.startswith(ARTIFACTS) and name != MODEL_CARD}
    return found | own | {"predictions.parquet": PREDICTIONS, "split.csv": SPLIT}


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    """Whatever is wrong with a pack is a sentence: its files may hold anything, also where their hashes fit."""
    try:
        yield
    except Stop as stop:
        told = f": {', '.join(stop.problems[:3])}" if stop.problems else ""
        raise BadInput(f"The pack {path.name} cannot be imported. {stop.sentence.rstrip('.')}{told}.") from None
    except BadInput as refusal:
        raise BadInput(f"The pack {path.name} cannot be imported: {refusal}") from refusal
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OSError) as error:
        wrong = f"{type(error).__name__}: {error}"
        told = f"The pack {path.name} cannot be imported: {INFO} or another file of it is not as agreed ({wrong})."
        raise BadInput(told) from error
