"""Models as files and back, without pickle and to the bit.

A model is three files: `model.json` holds what it takes in and everything but the fitted core; the core is `model.ubj`
(XGBoost's own format) or `model.skops`; the probe is some rows with what the model said of them. `model.json` carries
the SHA-256 of the other files and of itself, because a flipped bit in a UBJ file is often not noticed by XGBoost, or
ends the process. A skops file may hold the types that the code of its learner lists and nothing that the file itself
asks for. A model that was stored without a probe is loaded without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.training import card as cards
from modellab_core.training import probe
from modellab_core.training.card import CARD
from modellab_core.training.intake import Intake
from modellab_core.training.learner import LEARNERS
from modellab_core.training.templates import TEMPLATES
from modellab_core.training.trained import TrainedModel

__all__ = ["CARD", "dump", "load"]

SCHEMA = "modellab.model/1"


def dump(model: TrainedModel, rows: pd.DataFrame | None = None) -> dict[str, bytes]:
    """The files of a model by name; with `rows`, those that it was fitted on, also a probe drawn from them."""
    learner = LEARNERS[model.learner]
    state, content = learner.dump(model.predictor)
    probes = (
        {} if rows is None or not len(rows) else {probe.FILE: probe.probe_of(_said(model), rows[list(model.features)])}
    )
    card = {
        "schema": SCHEMA,
        "task": model.task.value,
        "target": model.target,
        "template": model.template,
        "model": model.model,
        "learner": model.learner,
        "classes": list(model.classes),
        "present": list(model.present),
        "settings": dict(model.settings),
        "columns": model.intake.to_json(),
        "state": state,
        "file": learner.file,
        "file_sha256": cards.sha256(content),
    }
    if probes:
        card["probe_sha256"] = cards.sha256(probes[probe.FILE])
    return {CARD: cards.sealed(card), learner.file: content, **probes}


def load(files: Mapping[str, bytes]) -> TrainedModel:
    """The model in `files` as `dump` wrote them. BadInput when one is missing, damaged, or not ours, or when the model
    does not predict for the rows of its probe what it did when it was stored."""
    card = cards.opened(files, SCHEMA)
    content = cards.check_sum(files, card["file"], card["file_sha256"])
    if "probe_sha256" in card:
        cards.check_sum(files, probe.FILE, card["probe_sha256"])
    if card["template"] not in TEMPLATES or card["learner"] not in LEARNERS:
        raise BadInput(f"The model cannot be opened: the template {card['template']!r} it was made by is not here.")
    try:
        model = _model(card, content)
        if "probe_sha256" in card:
            probe.check_probe(_said(model), model.features, files[probe.FILE])
    except BadInput:
        raise
    except Exception as error:  # foreign bytes fail in every way there is
        name = card["file"]
        raise BadInput(f"The model cannot be opened: {name!r} does not hold what {CARD} says ({error}).") from error
    return model


def _model(card: Mapping[str, Any], content: bytes) -> TrainedModel:
    return TrainedModel(
        task=Task(card["task"]),
        target=card["target"],
        template=card["template"],
        model=card["model"],
        learner=card["learner"],
        intake=Intake.from_json(card["columns"]),
        predictor=LEARNERS[card["learner"]].load(card["state"], content),
        classes=tuple(card["classes"]),
        present=tuple(card["present"]),
        settings=card["settings"],
    )


def _said(model: TrainedModel) -> probe.Predict:
    return lambda frame: model.predict_inputs(model.encode(frame))
