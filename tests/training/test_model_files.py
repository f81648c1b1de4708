"""Every kind of model that a template can make, on tables as odd as they come: stored, and used by another process."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from training.made import TARGET, fitted, mixed, priced

from modellab_core.data.parquet import to_parquet
from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.training import probe
from modellab_core.training.card import sealed
from modellab_core.training.persistence import CARD, dump, load

ROWS = 140
MODELS = ("dummy", "linear", "xgboost")
RELOAD = Path(__file__).with_name("reload.py")


def words(prefix: str, levels: int) -> pd.Series:
    """Text with so many levels, most of them there, a tenth missing."""
    chance = np.random.default_rng(levels)
    drawn = pd.Series([f"{prefix}{chance.integers(levels)}" for _ in range(ROWS)], dtype="str")
    return drawn.where(chance.random(ROWS) > 0.1, None)


def number(scale: float = 1.0) -> pd.Series:
    """Numbers of that size."""
    return pd.Series(np.random.default_rng(5).normal(size=ROWS) * scale)


DAYS = pd.Series(pd.Timestamp("1969-12-30") + pd.to_timedelta(np.arange(ROWS) * 31, unit="h"))
ODD: dict[str, Callable[[], dict[str, Any]]] = {
    "one column": lambda: {"x": number()},
    "text alone": lambda: {"town": words("town ", 4)},
    "many levels": lambda: {"shop": words("shop ", 120), "x": number()},
    "dates": lambda: {"day": DAYS.dt.normalize(), "moment": DAYS, "gap": DAYS.where(np.arange(ROWS) % 7 > 0)},
    "yes and no": lambda: {"a": pd.Series(np.arange(ROWS) % 3 == 0), "b": pd.array([True, None] * 70, dtype="boolean")},
    "large and small": lambda: {"big": number(1e300), "small": number(1e-300), "whole": pd.array([None, 2**62] * 70)},
    "all missing": lambda: {"none": pd.Series([None] * ROWS, dtype="object"), "x": number()},
    "constant": lambda: {"same": pd.Series(["same"] * ROWS, dtype="str"), "x": number()},
    "names": lambda: {"a[b]<c": number(), "😀": words("😀 <b>", 3), "../x\ty": words("=1+1|", 3), "f0": number()},
    "cells": lambda: {"t": pd.Series([" ", "nan", "NA", "0", "\u202ex", "a\nb", "<script>"] * 20, dtype="str")},
}


def table(name: str, task: Task) -> pd.DataFrame:
    """The columns of ODD under a target of that task."""
    frame = pd.DataFrame(ODD[name]())
    chance = np.random.default_rng(9)
    z = pd.factorize(frame.iloc[:, 0].astype("str"))[0] % 5 + chance.normal(size=ROWS)
    if task is Task.REGRESSION:
        return frame.assign(**{TARGET: z})
    k = 2 if task is Task.BINARY else 3
    return frame.assign(**{TARGET: np.digitize(z, np.quantile(z, np.linspace(0, 1, k + 1)[1:-1]))})


def keep(folder: Path, files: dict[str, bytes], rows: pd.DataFrame) -> None:
    """Leave a case for `reload.py`."""
    (folder / "files").mkdir(parents=True)
    for name, content in files.items():
        (folder / "files" / name).write_bytes(content)
    (folder / "rows.parquet").write_bytes(to_parquet(rows))


def reloaded(folder: Path) -> dict[str, str]:
    """What a fresh process says of the cases in `folder`."""
    done = subprocess.run([sys.executable, RELOAD, folder], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def sum_of(model: Any, rows: pd.DataFrame) -> str:
    """SHA-256 of what a model predicts."""
    found = model.predict_proba(rows) if model.task.is_classification else model.predict(rows)
    return hashlib.sha256(found.tobytes()).hexdigest()


def cases(small: bool) -> list[tuple[str, Task]]:
    """(table, task) pairs: every table under every task, or in turn."""
    tasks = list(Task)
    return [
        (name, task) for at, name in enumerate(ODD) for place, task in enumerate(tasks) if not small or at % 3 == place
    ]


def stored(folder: Path, small: bool) -> dict[str, str]:
    """Store a model of every kind for each case below `folder`; the sums of their predictions."""
    expected = {}
    for name, task in cases(small):
        for model in MODELS if not small else [MODELS[len(expected) // 2 % 3]]:
            frame = table(name, task)
            kept = "shop" if "shop" in frame else ""
            made = fitted(frame, task, model, params={"keep": kept, "max_rounds": 12}).model
            rows = frame.drop(columns=TARGET)
            case = f"{name}, {task.value}, {model}"
            keep(folder / case, dump(made, rows), rows)
            expected[case] = sum_of(made, rows)
    return expected


@pytest.mark.slow
def test_models_of_odd_tables_predict_the_same_bits_in_a_fresh_process(tmp_path: Path) -> None:
    """Each kind of model, on text, dates, booleans, gaps, levels and odd names, comes back with the same bits."""
    expected = stored(tmp_path, small=True)
    assert reloaded(tmp_path) == expected


@pytest.mark.slow
def test_every_kind_on_every_table_predicts_the_same_bits(tmp_path: Path) -> None:
    """The same for every odd table under every task, with weights, early stopping and a log target as well."""
    expected = stored(tmp_path, small=False)
    weighted = mixed(300).assign(w=np.random.default_rng(1).integers(0, 4, 300))
    more = {
        "balanced": (weighted, Task.BINARY, {"weight": "w"}),
        "early stopping": (mixed(400, classes=3), Task.MULTICLASS, {"params": {"patience": 3, "max_rounds": 300}}),
        "log target": (priced(300), Task.REGRESSION, {"params": {"log_target": "always"}}),
        "few rows": (mixed(12), Task.BINARY, {}),
    }
    for name, (frame, task, changes) in more.items():
        for model in MODELS:
            made = fitted(frame, task, model, **changes).model
            rows = frame.drop(columns=TARGET)
            keep(tmp_path / f"{name}, {model}", dump(made, rows), rows)
            expected[f"{name}, {model}"] = sum_of(made, rows)
    assert reloaded(tmp_path) == expected


def test_sixty_flipped_bits_are_found_before_anything_is_loaded(tmp_path: Path) -> None:
    """In another process, one bit at each of 60 places of a model's files is told in a sentence; nothing dies."""
    frame = mixed(120)
    rows = frame.drop(columns=TARGET)
    for model in MODELS:
        files = dump(fitted(frame, Task.BINARY, model, params={"max_rounds": 5}).model, rows)
        for place in range(20):
            name = sorted(files)[place % 3]
            content = bytearray(files[name])
            content[len(content) * (place // 3) // 7] ^= 1 << place % 8
            keep(tmp_path / f"{model} {place}", {**files, name: bytes(content)}, rows)
    said = reloaded(tmp_path)
    assert len(said) == 60
    assert all(sentence.startswith("The model cannot be opened") for sentence in said.values()), said


def test_the_probe_is_a_hundred_rows_and_none_of_the_table() -> None:
    """The probe has 100 rows of cells that occur in their column; a pack without data gives away no row by it."""
    frame = mixed(400).drop(columns="flag")
    frame["x"] = np.arange(400) * 1.5
    frame["count"] = np.arange(400)
    model = fitted(frame, Task.BINARY, "linear").model
    rows = frame[list(model.features)]
    drawn = probe.from_parquet(dump(model, rows)[probe.FILE])
    assert len(drawn) == probe.ROWS == 100
    assert all(set(drawn[name].dropna()) <= set(rows[name].dropna()) for name in rows)
    known = {tuple(map(str, row)) for row in rows.itertuples(index=False)}
    assert not [row for row in drawn[list(rows)].itertuples(index=False) if tuple(map(str, row)) in known]
    assert dump(model, rows) == dump(model, rows)


def swapped(model: Any, other: Any, rows: pd.DataFrame) -> dict[str, bytes]:
    """The files of `model` with the probe of `other` under right sums."""
    files = dump(model, rows)
    files[probe.FILE] = dump(other, rows)[probe.FILE]
    card = json.loads(files[CARD])
    del card["sha256"]
    card["probe_sha256"] = hashlib.sha256(files[probe.FILE]).hexdigest()
    return {**files, CARD: sealed(card)}


@pytest.mark.parametrize("kind", MODELS)
def test_a_model_that_says_something_else_is_not_used(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Right sums are not enough: what differs for the stored rows is refused, on another machine as on this one."""
    frame = mixed(160)
    rows = frame.drop(columns=TARGET)
    model = fitted(frame, Task.BINARY, kind).model
    other = fitted(frame.assign(**{TARGET: 1 - frame[TARGET]}).iloc[:150], Task.BINARY, kind).model
    forged = swapped(model, other, rows)
    with pytest.raises(BadInput, match=r"does not predict for its 100 stored rows .*with the same versions"):
        load(forged)
    monkeypatch.setattr(probe, "surroundings", lambda: {"numpy": "9.9"})
    with pytest.raises(BadInput, match=r"numpy .* then and 9\.9 here"):
        load(forged)


def test_last_bits_may_differ_only_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A last bit that moves is refused with the same versions on the same machine, and let be with others."""
    frame = mixed(160)
    rows = frame.drop(columns=TARGET)
    files = dump(fitted(frame, Task.BINARY, "linear").model, rows)
    plain = probe._predicted
    monkeypatch.setattr(probe, "_predicted", lambda predict, rows: np.nextafter(plain(predict, rows), 2.0))
    with pytest.raises(BadInput, match="with the same versions"):
        load(files)
    monkeypatch.setattr(probe, "surroundings", lambda: {"numpy": "9.9"})
    assert load(files).target == TARGET


def test_a_model_stored_without_a_probe_still_opens() -> None:
    """What was stored before there were probes is used as it was."""
    frame = mixed(160)
    model = fitted(frame, Task.BINARY, "linear").model
    files = dump(model)
    assert set(files) == {CARD, "model.skops"}
    assert sum_of(load(files), frame) == sum_of(model, frame)
