"""Train the run of this pack again and print its numbers as JSON.

It lies beside `code/`, `data/` and `expected/`. `python PACK.zip` calls it in the recorded environment and compares
what it prints; on its own (`uv run reproduce.py` in the extracted folder) it shows the numbers.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
if (ROOT / "code").is_dir():
    sys.path.insert(0, str(ROOT / "code"))

import numpy as np  # noqa: E402 - what code/ holds comes before what is installed

from modellab_core.data.identity import column_hashes  # noqa: E402
from modellab_core.data.reading import read_again  # noqa: E402
from modellab_core.data.split import Split, SplitRule  # noqa: E402
from modellab_core.data.table import Table  # noqa: E402
from modellab_core.errors import BadInput, ModelLabError  # noqa: E402
from modellab_core.experiment import perform, predictions_from_parquet, predictions_of  # noqa: E402
from modellab_core.harness.predictions import Predictions  # noqa: E402
from modellab_core.harness.report import Report, evaluate_predictions  # noqa: E402
from modellab_core.harness.scores import Plan  # noqa: E402
from modellab_core.progress import OnPhase, Phase  # noqa: E402
from modellab_core.repro.archive import BASELINES, CONFIG, ENVIRONMENT, INFO, PREDICTIONS, SPLIT  # noqa: E402
from modellab_core.repro.building import PROGRESS  # noqa: E402
from modellab_core.repro.environment import capture  # noqa: E402
from modellab_core.repro.expected import baselines_from_parquet, numbers  # noqa: E402
from modellab_core.training.persistence import load  # noqa: E402
from modellab_core.training.recipe import Recipe  # noqa: E402

MODEL = "artifacts/model"
CARD = "README.md"
SECONDS_BETWEEN_LINES = 2.0


def reproduce(root: Path, on_phase: OnPhase) -> dict[str, Any]:
    """What the run of the extracted pack in `root` gives when it is trained again, as plain JSON values."""
    config, info, environment = (json.loads((root / name).read_bytes()) for name in (CONFIG, INFO, ENVIRONMENT))
    recipe, plan = Recipe.from_json(config["recipe"]), Plan.from_json(config["plan"])
    on_phase("reading", 0, 1, "")
    table = read_again(root / info["file"], recipe.reading, scratch=root)
    split = Split.from_csv((root / SPLIT).read_bytes(), SplitRule.parse(recipe.split), table)
    before = root / BASELINES
    baselines = baselines_from_parquet(before.read_bytes()) if before.is_file() else {}
    # the numbers of what is left out here are not among those that are compared
    compared = replace(plan, slicers=(), stresses=(), discovery=False, importance=0, advice=False)
    outcome = perform(recipe, table, split, compared, on_phase, baselines, config["threads"], pngs=False)
    recorded = predictions_from_parquet((root / PREDICTIONS).read_bytes())
    moved = movement(recorded, outcome.predictions)
    return {
        "schema": "modellab.result/1",
        "metrics": numbers(outcome.report.to_json()),
        "from_recorded": _numbers_of(recorded, recipe, compared, baselines) if moved["flipped"] else None,
        "predictions": moved,
        "stored_model": stored_model(root / MODEL, recipe, table, split, recorded),
        "data": {"rows": len(table.frame), "columns": column_hashes(table)},
        "environment": capture(config["threads"], environment["packages"]),
    }


def _numbers_of(
    predictions: Predictions, recipe: Recipe, plan: Plan, baselines: Mapping[str, Predictions]
) -> list[dict[str, Any]]:
    report: Report = evaluate_predictions(
        predictions, plan, baselines=baselines, name=recipe.model, target=recipe.target
    )
    return numbers(report.to_json())


def movement(recorded: Predictions, again: Predictions) -> dict[str, Any]:
    """How far predictions moved: `rows`, `same_rows` (rows, truth and classes agree), `flipped`, `largest`.

    `flipped` counts other classes; `largest` is the largest change of a probability, or, in a regression, of a
    prediction in units of the largest one. 0 where nothing can be compared.
    """
    nothing = {"rows": len(recorded), "same_rows": False, "flipped": 0, "largest": 0.0}
    same = np.array_equal(recorded.row, again.row) and np.array_equal(recorded.y_true, again.y_true)
    if not same or recorded.classes != again.classes:
        return nothing
    if not recorded.task.is_classification:
        scale = max(float(np.abs(recorded.y_pred).max(initial=0.0)), np.finfo(float).tiny)
        largest = float(np.abs(recorded.y_pred - again.y_pred).max(initial=0.0)) / scale
        return nothing | {"same_rows": True, "largest": largest}
    if recorded.proba is None or again.proba is None:
        return nothing
    largest = float(np.abs(recorded.proba - again.proba).max(initial=0.0))
    flipped = int(np.count_nonzero(recorded.y_pred != again.y_pred))
    return nothing | {"same_rows": True, "flipped": flipped, "largest": largest}


def stored_model(
    folder: Path, recipe: Recipe, table: Table, split: Split, recorded: Predictions
) -> dict[str, Any] | None:
    """How far the predictions of the pack's own model are from the recorded ones; None when it holds no model."""
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*")) if path.name != CARD}
    if not files:
        return None
    try:
        return movement(recorded, predictions_of(load(files), recipe, table, split))
    except BadInput as error:
        return {"rows": len(recorded), "same_rows": False, "flipped": 0, "largest": 0.0, "error": str(error)}


class Told:
    """An `OnPhase` that prints a line when the phase changes, and every few seconds within one."""

    def __init__(self) -> None:
        self.phase, self.at = "", 0.0

    def __call__(self, phase: Phase, done: int, total: int, message: str) -> None:
        """Print where the work stands, if it is time to."""
        if phase == self.phase and time.monotonic() - self.at < SECONDS_BETWEEN_LINES:
            return
        self.phase, self.at = phase, time.monotonic()
        count = f" {done}/{total}" if total > 1 else ""
        print(f"{PROGRESS}      {phase}{count} {message}".rstrip(), file=sys.stderr, flush=True)


def main() -> int:
    """Print the result, or the sentence that says why there is none; the exit code."""
    try:
        result = reproduce(ROOT, Told())
    except ModelLabError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
