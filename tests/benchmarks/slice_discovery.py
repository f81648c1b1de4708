"""How honest the search for weak slices is: `python tests/benchmarks/slice_discovery.py [seeds] [rows]`.

Each line is a case of many seeds: in how many samples something was flagged; where a weak slice was planted, in how
many it was found (a flagged slice shares more than half of its rows with the planted one), how far the flagged
gaps lie from the true ones on average, and how often their intervals hold the truth. The truth of a slice is known, as
the chance of an error of each row is. `rows` are test rows; out of fold there are four times as many to search.
The last line of each part plants a cell of two features of the typical size, as weak as the gap that is called visible:
it should be found in four of five samples.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from modellab_core.data.task import Task
from modellab_core.harness.case import Case, Development
from modellab_core.harness.engine.resampling import resampling_for
from modellab_core.harness.metrics import metric_for
from modellab_core.harness.predictions import Predictions
from modellab_core.harness.scores import Plan
from modellab_core.harness.slices.discovery import discover
from modellab_core.harness.slices.query import rows as rows_of

BASE, TIMES, FEATURES = 0.05, 4.0, 10
Chance = Callable[[pd.DataFrame], np.ndarray]


def table(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Ten features: six numbers, one of them missing in 6 % of the rows, and four of categories."""
    X = pd.DataFrame({f"number {place}": rng.normal(size=n) for place in range(6)})
    X.loc[rng.random(n) < 0.06, "number 0"] = np.nan
    X["rare"] = rng.choice(["common", "usual", "rare"], n, p=[0.6, 0.34, 0.06])
    for place in range(3):
        X[f"kind {place}"] = rng.choice(list("abcd"), n)
    return X


def planted(where: Callable[[pd.DataFrame], pd.Series]) -> Chance:
    return lambda X: np.where(where(X), TIMES * BASE, BASE)


CASES: dict[str, Chance] = {
    "noise, error rate .05": lambda X: np.full(len(X), BASE),
    "coin flips": lambda X: np.full(len(X), 0.5),
    "planted category, 6 %": planted(lambda X: X["rare"] == "rare"),
    "planted missing, 6 %": planted(lambda X: X["number 0"].isna()),
    "planted product, 6.25 %": planted(lambda X: (X["kind 0"] == "a") & (X["kind 1"] == "b")),
    "planted range of a number, 6 %": planted(lambda X: X["number 1"] > 1.555),
}


@dataclass
class Counts:
    """What was seen over the seeds of a case."""

    flagged: int = 0
    found: int = 0
    errors: list[float] = field(default_factory=list)
    held: list[bool] = field(default_factory=list)


def visible(n: int, apart: bool) -> tuple[str, Chance]:
    """A category and a fifth of a number, 5 % of the rows, with the gap that is visible in a slice of typical size."""
    found = discover(case_of(CASES["noise, error rate .05"], 0, n, apart)).told
    gap, share = found["visible_gap"], found["visible_n"] / found["confirm"]["n"]

    def chance(X: pd.DataFrame) -> np.ndarray:
        inside = (X["kind 1"] == "b") & (X["number 2"] < np.quantile(X["number 2"], 0.2))
        return np.where(inside, BASE + gap, BASE)

    return f"visible gap {gap:.3f} on {100 * share:.1f} %", chance


def rows_with_errors(X: pd.DataFrame, chance: Chance, rng: np.random.Generator) -> Predictions:
    truth = rng.integers(0, 2, len(X))
    said = np.where(rng.random(len(X)) < chance(X), 1 - truth, truth)
    return Predictions(Task.BINARY, np.arange(len(X)), truth, said, classes=("0", "1"), positive="1", X=X)


def case_of(chance: Chance, seed: int, n: int, apart: bool) -> Case:
    """A case with test rows, and with development rows where they are `apart`."""
    rng = np.random.default_rng(seed)
    test, plan = rows_with_errors(table(n, rng), chance, rng), Plan(seed=seed, headline="accuracy")
    development = None
    if apart:
        some = rows_with_errors(table(4 * n, rng), chance, rng)
        development = Development(some, "out_of_fold", np.arange(4 * n) % 5)
    metric = metric_for("accuracy", Task.BINARY)
    return Case(test, plan, metric, resampling_for(test, plan), development=development)


def counted(chance: Chance, seed: int, n: int, apart: bool, counts: Counts) -> None:
    case = case_of(chance, seed, n, apart)
    found = discover(case).told["found"]
    chances = chance(case.predictions.X)
    weak = chances > chances.min()
    counts.flagged += bool(found)
    hit = False
    for one in found:
        rows = rows_of(one["query"], case.predictions.X)
        truth = chances[rows].mean() - chances[~rows].mean()
        counts.errors.append(one["difference"] - truth)
        counts.held.append(one["low"] <= truth <= one["high"])
        hit = hit or (rows & weak).sum() > 0.5 * (rows | weak).sum()
    counts.found += hit


def told(counts: Counts, seeds: int) -> str:
    bias = f"{np.mean(counts.errors):+.4f}" if counts.errors else "none"
    held = f"{100 * np.mean(counts.held):.1f} %" if counts.held else "none"
    return (
        f"flagged in {counts.flagged} of {seeds} ({len(counts.errors)} slices), planted found in {counts.found}, "
        f"bias over the flagged {bias}, intervals that hold {held}"
    )


def main(seeds: int = 200, n: int = 4000) -> None:
    for apart in (True, False):
        print("searched out of fold" if apart else "searched on one half of the test rows", f"({n} test rows)")
        for name, chance in [*CASES.items(), visible(n, apart)]:
            counts = Counts()
            for seed in range(seeds):
                counted(chance, seed, n, apart, counts)
            print(f"  {name:32s} {told(counts, seeds)}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
