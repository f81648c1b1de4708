"""All that determines a run, and nothing that does not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from modellab_core.data.table import Reading
from modellab_core.data.task import Task
from modellab_core.errors import BadInput

SCHEMA = "modellab.recipe/1"


@dataclass(frozen=True)
class Recipe:
    """What is trained, on which bytes, and how: equal recipes give equal runs.

    `sha256` and `reading` name the data by content. `split` is a split rule as text (`random`, `time:COL`, `group:COL`,
    `column:COL`) with `test_size` as a share of the rows. `template` and `model` name a recipe for training and one of
    its models, `params` are the template's parameters, complete. `drop` are columns left out on request, `weight` a
    column of importance weights. `metric` is the headline, fixed before training. Holds no database id, name, path,
    date or duration.
    """

    sha256: str
    reading: Reading
    target: str
    task: Task
    template: str
    model: str
    metric: str
    positive: str | None = None
    split: str = "random"
    test_size: float = 0.2
    params: Mapping[str, Any] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    weight: str | None = None
    seed: int = 42

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `from_json` gives an equal Recipe."""
        plain = asdict(self) | {"task": self.task.value, "reading": self.reading.to_json(), "drop": list(self.drop)}
        return {"schema": SCHEMA, **plain, "params": dict(self.params)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Recipe:
        """The Recipe that `to_json` wrote. BadInput when it was written by another schema."""
        if value.get("schema") != SCHEMA:
            raise BadInput(f"This recipe has the schema {value.get('schema')!r}, and this program reads {SCHEMA!r}.")
        given = {key: item for key, item in value.items() if key != "schema"}
        typed = {
            "reading": Reading.from_json(value["reading"]),
            "task": Task(value["task"]),
            "drop": tuple(value["drop"]),
        }
        return cls(**given | typed)

    def fingerprint(self) -> str:
        """SHA-256 of the canonical JSON: the same for equal recipes, on every machine."""
        text = json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
