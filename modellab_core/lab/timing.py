"""How long a run's model takes on this machine; kept beside the run, apart from what is the same everywhere."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from typing import Any

from threadpoolctl import threadpool_limits

from modellab_core.errors import BadInput
from modellab_core.harness.latency import CALLS, SECONDS, Latency, latency
from modellab_core.lab.scoring import Scoring
from modellab_core.lab.starting import Starting
from modellab_core.settings import usable_cpus
from modellab_core.store.tables import Run

LATENCY = "latency.json"


class Timing(Scoring, Starting):
    """Verbs about time."""

    def latency(self, ref: str | Run, *, calls: int = CALLS, seconds: float = SECONDS) -> Latency:
        """Time the model of a run on its test rows, from the raw table to the prediction, and keep the answer.

        Single rows, 32 and 1,000 at a time, each for at most `calls` calls or `seconds` seconds after a warm-up. The
        last answer of a run is its artifact `latency.json`, with the machine and the moment. NotFound without a model,
        BadInput without data to try it on.
        """
        run = self.run(ref)
        model = self.model(run)
        features = self.opened(run)[2]
        if not features.shape[1]:
            raise BadInput(f"The data of the run {run.id} is not here, so there are no rows to time its model on.")
        if run.kind == "logged":
            names = list(getattr(model, "feature_names_in_", features.columns))
            features = features[names]
        call = model.predict_proba if hasattr(model, "predict_proba") and _classifies(run) else model.predict
        with threadpool_limits(self.settings.threads):
            found = latency(call, features, calls=calls, seconds=seconds)
        told = {"schema": "modellab.latency/1", **found.to_json(), "machine": self._machine()}
        told["at"] = datetime.now(UTC).isoformat(timespec="seconds")
        digest = self.blobs.put(json.dumps(told, sort_keys=True).encode())
        self.catalog.logged.artifact(run.id, LATENCY, digest)
        return found

    def last_latency(self, ref: str | Run) -> tuple[Latency, dict[str, Any]] | None:
        """The last times of a run's model, and where and when they were taken; None when nobody measured."""
        run = self.run(ref)
        if LATENCY not in self.logged(run).artifacts:
            return None
        told = json.loads(self.artifact(run, LATENCY))
        return Latency.from_json(told), {"at": told["at"], **told["machine"]}

    def _machine(self) -> dict[str, Any]:
        system = {"system": platform.platform(), "processor": platform.processor() or platform.machine()}
        return {**system, "cpus": usable_cpus(), "threads": self.settings.threads}


def _classifies(run: Run) -> bool:
    return str(run.recipe.get("task")) != "regression"
