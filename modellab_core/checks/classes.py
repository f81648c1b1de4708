"""What the target itself is like: rare classes, splits with one class, a large majority, a heavy tail."""

from __future__ import annotations

import numpy as np

from modellab_core.checks.check import Clear, Found, Looked, NotApplicable, check
from modellab_core.checks.finding import Remedy
from modellab_core.checks.ground import Ground
from modellab_core.data.split import Part
from modellab_core.data.task import Task
from modellab_core.harness.figures.wording import named, percent, plural
from modellab_core.harness.predictions import Ints

RARE_ROWS, RARE_SHARE, HARDLY_ANY = 10, 0.05, 5
MAJORITY = 0.96
TAIL_ROWS, TAIL_SHARE, TAIL_REACH = 0.001, 0.5, 20.0


def _class_counts(ground: Ground, part: Part | None = None) -> Ints:
    if not ground.is_classification:
        raise NotApplicable("the target is a number")
    codes = np.asarray(ground.truth, dtype=np.int64)
    rows = ground.known if part is None or ground.split is None else ground.split.rows(part)
    held = codes[rows]
    return np.bincount(held[held >= 0], minlength=len(ground.classes)).astype(np.int64)


@check(
    "rare_classes",
    "Classes with few rows",
    "warning",
    "target",
    "fewer than 5 rows, or fewer than 10 and 5 % of them: a test part of 20 % holds one or two, on which no score of "
    "the class means anything",
)
def rare_classes(ground: Ground) -> Looked:
    """Classes with too few rows to be learnt or scored."""
    count = _class_counts(ground)
    few = np.where(count < RARE_SHARE * count.sum(), RARE_ROWS, HARDLY_ANY)
    rare = {ground.classes[code]: int(count[code]) for code in np.flatnonzero(count < few)}
    if len(ground) < ground.rows_in_all:
        raise NotApplicable("there are more rows than are looked at, so rare classes cannot be counted")
    if rare:
        told = ", ".join(f"{named(label)} ({rows})" for label, rows in list(rare.items())[:6])
        more = f" and {len(rare) - 6} more" if len(rare) > 6 else ""
        claim = (
            f"{plural(len(rare), 'class')} of {named(ground.target)} with fewer than {RARE_ROWS} rows: {told}{more}."
        )
        way = "Join them with other classes, gather more rows, or leave these rows out of the file."
        yield Found(claim, (ground.target or "",), {"rows": rare}, way)
    else:
        fewest = int(count.argmin())
        yield Clear(f"The rarest class, {named(ground.classes[fewest])}, has {int(count.min()):,} rows.")


@check(
    "one_class_split",
    "A part of the split has one class",
    "serious",
    "target",
    "all rows to train on, or all test rows, have the same class, or a class is in one of both only; or the split "
    "cannot be made at all",
)
def one_class_split(ground: Ground) -> Looked:
    """A split of which one part lacks classes, so that nothing can be learnt or scored."""
    if ground.split is None:
        yield Found(
            f"The rows cannot be split so: {ground.problem}", (), {"problem": ground.problem}, "Choose another --split."
        )
        return
    train, test = _class_counts(ground, "train"), _class_counts(ground, "test")
    for part, count in (("train", train), ("test", test)):
        if (count > 0).sum() < 2:
            claim = f"All {int(count.sum()):,} {part} rows of the split {str(ground.rule)!r} have the same class."
            yield Found(claim, _by(ground), {"part": part}, "Choose another --split, such as random.")
            return
    absent = [ground.classes[code] for code in np.flatnonzero((test > 0) & (train == 0))]
    if absent:
        claim = f"{plural(len(absent), 'class')} only among the test rows: {', '.join(map(named, absent[:6]))}."
        yield Found(
            claim, _by(ground), {"only_in_test": absent}, "Choose another --split, such as random.", None, "warning"
        )


def _by(ground: Ground) -> tuple[str, ...]:
    return (ground.rule.column,) if ground.rule.column else ()


@check(
    "class_imbalance",
    "One class has nearly all rows",
    "note",
    "target",
    "the largest class has at least 96 % of the rows: always naming it is then right so often that accuracy says "
    "little",
)
def class_imbalance(ground: Ground) -> Looked:
    """A class so common that always naming it looks accurate."""
    count = _class_counts(ground)
    code, share = int(count.argmax()), float(count.max() / count.sum())
    evidence = {"class": ground.classes[code], "share": share, "rows": int(count.max())}
    claim = f"Always saying {named(ground.classes[code])} is right in {percent(share)} of the rows."
    if share < MAJORITY:
        yield Clear(claim, (ground.target or "",), evidence)
        return
    metric = "average_precision" if ground.task is Task.BINARY else "balanced_accuracy"
    way = f"Read {metric} instead of accuracy; keep the class shares as they are."
    yield Found(claim, (ground.target or "",), evidence, way, Remedy("metric", (), metric, f"Rank by {metric}"))


@check(
    "target_tail",
    "A few rows dominate the target",
    "warning",
    "target",
    "one row in a thousand (at least one row) holds half of the squared deviation, and lies 20 interquartile ranges "
    "from the median: squared errors and R² then measure these rows alone",
)
def target_tail(ground: Ground) -> Looked:
    """A numeric target with outliers or a tail so heavy that a few rows decide every squared error."""
    if ground.task is not Task.REGRESSION:
        raise NotApplicable("the target is a class")
    truth = np.asarray(ground.truth, dtype=np.float64)[ground.known]
    if len(truth) < 50:
        raise NotApplicable(f"only {len(truth)} rows have a target")
    most = max(1, int(len(truth) * TAIL_ROWS))
    apart = np.abs(truth - np.median(truth))
    squares = np.sort((truth - truth.mean()) ** 2)[::-1]
    share = float(squares[:most].sum() / squares.sum()) if squares.sum() > 0 else 0.0
    rows = [int(row) for row in ground.known[np.argsort(-apart, kind="stable")[:most]][:5]]
    evidence = {
        "share": share,
        "dominating_rows": most,
        "rows": rows,
        "values": [float(truth.min()), float(truth.max())],
    }
    told = f"{plural(most, 'row')} of {len(truth):,} hold{'s' if most == 1 else ''} {percent(share)}"
    reach = f"which goes from {truth.min():.4g} to {truth.max():.4g}"
    claim = f"{told} of the squared deviation of {named(ground.target)}, {reach}."
    box = float(np.subtract(*np.quantile(truth, [0.75, 0.25])))
    if share < TAIL_SHARE or apart.max() <= TAIL_REACH * box:
        yield Clear(claim, (ground.target or "",), evidence)
        return
    way = "Check these rows for errors, and rank by a metric that does not square errors."
    metric = "median_absolute_error"
    yield Found(claim, (ground.target or "",), evidence, way, Remedy("metric", (), metric, f"Rank by {metric}"))
