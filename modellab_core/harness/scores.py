"""One number with its interval, and what to compute: the two types that every room of the harness shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Method = Literal[
    "percentile",
    "bootstrap_t",
    "wilson",
    "clopper_pearson",
    "newcombe",
    "discordant",
    "blocks",
    "order_statistic",
    "null_band",
    "none",
]


@dataclass(frozen=True)
class Score:
    """One number with its interval, or the reason why there is none.

    `metric` is a key of METRICS; `cls` the class it speaks of or None; `slice` and `stress` name the rows and the
    corruption ("all", "none"), with `severity` in the unit of the stress test and `repeat` its draw, None if averaged.
    `n` is the number of rows. `value` is None where the metric is undefined and then `note` says why; `low` and `high`
    are the ends of the `level` interval by `method`, None where none is given and then `note` says why. `resamples`
    counts the resamples in which the metric was defined, 0 for closed forms. `null_low` and `null_high` bound what a
    perfectly calibrated model would show (ECE only).
    """

    metric: str
    n: int
    value: float | None
    low: float | None = None
    high: float | None = None
    method: Method = "none"
    note: str = ""
    cls: str | None = None
    slice: str = "all"
    stress: str = "none"
    severity: float | None = None
    repeat: int | None = None
    level: float = 0.95
    resamples: int = 0
    null_low: float | None = None
    null_high: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values under the names of the fields."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Score:
        """The Score that `to_json` wrote; unknown keys are left out."""
        return cls(**{key: value[key] for key in cls.__dataclass_fields__ if key in value})


@dataclass(frozen=True)
class Plan:
    """What to compute, and how carefully.

    `metrics`, `slicers` and `stresses` are names in their registries, None for all that fit the task; `queries` are
    further slices in the grammar of `slices/query.py`, `named` are such slices as pairs (name, query), of which those
    that do not fit the features are left out with a note. `headline` is the metric by which models are ranked, None for
    the task's own. `resamples` of the bootstrap at `level`; `seed` fixes every draw. `model_rows` caps the test rows on
    which the model is called again. `time_ordered` says that rows are a sequence in time, so resampling takes blocks.
    `weight_kind` says what a weight is: an importance, where the row is one observation, or the frequency of a row that
    stands for so many. `discovery` searches for weak slices, `importance` is the number of permutations per feature (0:
    none), `advice` tries advice by fitting again.
    """

    metrics: tuple[str, ...] | None = None
    slicers: tuple[str, ...] | None = None
    stresses: tuple[str, ...] | None = None
    headline: str | None = None
    resamples: int = 1000
    level: float = 0.95
    seed: int = 42
    model_rows: int = 20_000
    failures: int = 50
    time_ordered: bool = False
    weight_kind: Literal["importance", "frequency"] = "importance"
    queries: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] = ()
    discovery: bool = True
    importance: int = 10
    advice: bool = True

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values under the names of the fields."""
        return {key: list(item) if isinstance(item, tuple) else item for key, item in asdict(self).items()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Plan:
        """The Plan that `to_json` wrote."""
        fields: dict[str, Any] = {key: tuple(item) if isinstance(item, list) else item for key, item in value.items()}
        if "named" in fields:
            fields["named"] = tuple((str(name), str(query)) for name, query in fields["named"])
        return cls(**fields)
