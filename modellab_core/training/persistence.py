"""Models as files and back, without pickle and to the bit.

A model is two files: `model.json` holds what it takes in and everything but the fitted core; the core is `model.ubj`
(XGBoost's own format) or `model.skops`. `model.json` carries the SHA-256 of the other file and of itself, because a
flipped bit in a UBJ file is often not noticed by XGBoost, or ends the process. A skops file may hold the types that the
code of its learner lists and nothing that the file itself asks for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.training.intake import Intake
from modellab_core.training.learner import LEARNERS
from modellab_core.training.templates import TEMPLATES
from modellab_core.training.trained import TrainedModel

SCHEMA = "modellab.model/1"
CARD = "model.json"


def dump(model: TrainedModel) -> dict[str, bytes]:
    """The files of a model by name."""
    learner = LEARNERS[model.learner]
    state, content = learner.dump(model.predictor)
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
    card["sha256"] = _digest(card)
    return {CARD: (_canonical(card) + "\n").encode(), learner.file: content}


def load(files: Mapping[str, bytes]) -> TrainedModel:
    """The model in `files` as `dump` wrote them. BadInput when one is missing, damaged, or not ours."""
    card = _card(files)
    name = card["file"]
    if name not in files:
        raise BadInput(f"The model cannot be opened: its file {name!r} is missing.")
    if hashlib.sha256(files[name]).hexdigest() != card["file_sha256"]:
        raise BadInput(
            f"The model cannot be opened: its file {name!r} is damaged, its SHA-256 is not the one recorded."
        )
    if card["template"] not in TEMPLATES or card["learner"] not in LEARNERS:
        raise BadInput(f"The model cannot be opened: the template {card['template']!r} it was made by is not here.")
    try:
        predictor = LEARNERS[card["learner"]].load(card["state"], files[name])
        return TrainedModel(
            task=Task(card["task"]),
            target=card["target"],
            template=card["template"],
            model=card["model"],
            learner=card["learner"],
            intake=Intake.from_json(card["columns"]),
            predictor=predictor,
            classes=tuple(card["classes"]),
            present=tuple(card["present"]),
            settings=card["settings"],
        )
    except Exception as error:  # foreign bytes fail in every way there is
        raise BadInput(f"The model cannot be opened: {name!r} does not hold what {CARD} says ({error}).") from error


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
