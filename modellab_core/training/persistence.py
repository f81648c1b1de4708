"""Models as files and back, without pickle and to the bit.

A model is three files: `model.json` holds what it takes in and everything but the fitted core; the core is `model.ubj`
(XGBoost's own format) or `model.skops`; the probe is some rows with what the model said of them. `model.json` carries
the SHA-256 of the other files and of itself, because a flipped bit in a UBJ file is often not noticed by XGBoost, or
ends the process. A skops file may hold the types that the code of its learner lists and nothing that the file itself
asks for. A model that was stored without a probe is loaded without one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.training import probe
from modellab_core.training.intake import Intake
from modellab_core.training.learner import LEARNERS
from modellab_core.training.templates import TEMPLATES
from modellab_core.training.trained import TrainedModel

SCHEMA = "modellab.model/1"
CARD = "model.json"


def dump(model: TrainedModel, rows: pd.DataFrame | None = None) -> dict[str, bytes]:
    """The files of a model by name; with `rows`, those that it was fitted on, also a probe drawn from them."""
    learner = LEARNERS[model.learner]
    state, content = learner.dump(model.predictor)
    probes = {} if rows is None or not len(rows) else {probe.FILE: probe.probe_of(model, rows)}
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
        "file_sha256": hashlib.sha256(content).hexdigest(),
    }
    if probes:
        card["probe_sha256"] = hashlib.sha256(probes[probe.FILE]).hexdigest()
    card["sha256"] = _digest(card)
    return {CARD: (_canonical(card) + "\n").encode(), learner.file: content, **probes}


def load(files: Mapping[str, bytes]) -> TrainedModel:
    """The model in `files` as `dump` wrote them. BadInput when one is missing, damaged, or not ours, or when the model
    does not predict for the rows of its probe what it did when it was stored."""
    card = _card(files)
    _check_sum(files, card["file"], card["file_sha256"])
    if "probe_sha256" in card:
        _check_sum(files, probe.FILE, card["probe_sha256"])
    if card["template"] not in TEMPLATES or card["learner"] not in LEARNERS:
        raise BadInput(f"The model cannot be opened: the template {card['template']!r} it was made by is not here.")
    try:
        model = _model(card, files[card["file"]])
        if "probe_sha256" in card:
            probe.check_probe(model, files[probe.FILE])
    except BadInput:
        raise
    except Exception as error:  # foreign bytes fail in every way there is
        name = card["file"]
        raise BadInput(f"The model cannot be opened: {name!r} does not hold what {CARD} says ({error}).") from error
    return model


def _check_sum(files: Mapping[str, bytes], name: str, recorded: str) -> None:
    if name not in files:
        raise BadInput(f"The model cannot be opened: its file {name!r} is missing.")
    if hashlib.sha256(files[name]).hexdigest() != recorded:
        raise BadInput(
            f"The model cannot be opened: its file {name!r} is damaged, its SHA-256 is not the one recorded."
        )


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


def _card(files: Mapping[str, bytes]) -> dict[str, Any]:
    if CARD not in files:
        raise BadInput(f"The model cannot be opened: its file {CARD!r} is missing.")
    try:
        card = json.loads(files[CARD].decode())
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadInput(f"The model cannot be opened: {CARD} is damaged or no model of ModelLab.") from error
    if not isinstance(card, dict) or card.get("schema") != SCHEMA:
        raise BadInput(f"The model cannot be opened: {CARD} does not follow the schema {SCHEMA!r}.")
    if card.pop("sha256", None) != _digest(card):
        raise BadInput(f"The model cannot be opened: {CARD} is damaged, its SHA-256 is not the one recorded.")
    return card


def _canonical(card: Mapping[str, Any]) -> str:
    return json.dumps(card, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _digest(card: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(card).encode(errors="surrogatepass")).hexdigest()
