"""One side of the comparison of whole reports: `python report_sides.py SIDE ROWS` prints CPU seconds as JSON.

Each side runs in the environment that holds it, on the same rows and a logistic regression fitted there. Imports, data
and the fit are not counted; a small report first loads what is loaded late.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

FEATURES = 10


def rows(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """`n` rows of ten numbers, and a class that depends on three of them."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, FEATURES))
    odds = values[:, 0] - 0.7 * values[:, 1] + 0.4 * values[:, 2] ** 2 - 0.5
    frame = pd.DataFrame(values, columns=[f"x{place}" for place in range(FEATURES)])
    return frame, (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(np.int64)


def modellab(X: Any, y: Any, model: Any, train: Any) -> dict[str, Callable[[], Any]]:
    """The report with every part that needs no further fit, and all of its files."""
    from modellab_core import evaluate

    def report(pngs: bool) -> int:
        found = evaluate(y, X=X, model=model, train=train)
        return sum(len(content) for _, content in found.files(pngs=pngs))

    return {"modellab": lambda: report(False), "modellab_pngs": lambda: report(True)}


def mlflow(X: Any, y: Any, model: Any, train: Any) -> dict[str, Callable[[], Any]]:
    """The default evaluator on a model that was logged before, with its metrics and pictures."""
    import mlflow as flow

    def evaluated() -> Any:
        with flow.start_run():
            return flow.models.evaluate(loaded, X.assign(y=y), targets="y", model_type="classifier")

    with flow.start_run():
        told = flow.sklearn.log_model(model, name="model", input_example=X.head(2))
    loaded = flow.pyfunc.load_model(told.model_uri)
    return {"mlflow": evaluated}


def deepchecks(X: Any, y: Any, model: Any, train: Any) -> dict[str, Callable[[], Any]]:
    """The suite for the evaluation of a model."""
    from deepchecks.tabular import Dataset
    from deepchecks.tabular.suites import model_evaluation

    sides = [Dataset(one.assign(y=truth), label="y", cat_features=[]) for one, truth in (train, (X, y))]
    return {"deepchecks": lambda: model_evaluation().run(*sides, model)}


SIDES = {"modellab": modellab, "mlflow": mlflow, "deepchecks": deepchecks}


def main() -> None:
    """Run one side and print what it cost."""
    os.chdir(tempfile.mkdtemp())
    make, found = SIDES[sys.argv[1]], {}
    for n in (1_000, int(sys.argv[2])):
        train, test = rows(n, 1), rows(n, 2)
        model = LogisticRegression().fit(*train)
        for name, work in make(*test, model, train).items():
            began = time.process_time()
            work()
            found[name] = time.process_time() - began
    print("COST " + json.dumps(found))


if __name__ == "__main__":
    main()
