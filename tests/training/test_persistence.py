from __future__ import annotations

import json
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lazily import Lazily
from sklearn.tree import DecisionTreeClassifier
from training.made import TARGET, TASKS, fitted

from modellab_core.errors import BadInput
from modellab_core.training.card import digest
from modellab_core.training.estimators import skops_bytes
from modellab_core.training.persistence import dump, load
from modellab_core.training.trained import TrainedModel

MODELS = ("dummy", "linear", "xgboost")
MADE = Lazily(product(TASKS, MODELS), lambda which: fitted(*TASKS[which[0]], which[1]).model)
EVERY = pytest.mark.parametrize("which", list(MADE), ids="-".join)


def odd(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows with unseen categories and missing cells."""
    changed = frame.drop(columns=[TARGET, "count"])
    changed.loc[:20, "town"] = "Atlantis"
    changed.loc[10:30, "x"] = np.nan
    return changed


@EVERY
def test_a_model_comes_back_to_the_bit(which: tuple[str, str]) -> None:
    """A reloaded model predicts the same bits, also for rows unlike training, and writes the same files again."""
    model, frame = MADE[which], odd(TASKS[which[0]][0])
    files = dump(model)
    assert set(files) == {"model.json", "model.ubj" if which[1] == "xgboost" else "model.skops"}
    again = load(files)
    assert again.predict(frame).tobytes() == model.predict(frame).tobytes()
    if model.task.is_classification:
        assert again.predict_proba(frame).tobytes() == model.predict_proba(frame).tobytes()
    assert dump(again) == files
    assert (again.features, again.classes, again.check(frame)) == (model.features, model.classes, model.check(frame))


@EVERY
def test_rows_are_predicted_alike_alone_and_together(which: tuple[str, str]) -> None:
    """A row's prediction does not depend on the rows beside it."""
    model, frame = MADE[which], odd(TASKS[which[0]][0])
    alone = np.concatenate([model.predict(frame.iloc[[row]]) for row in range(0, 40, 4)])
    assert alone.tobytes() == model.predict(frame)[0:40:4].tobytes()
    assert len(model.predict(frame.iloc[:0])) == 0


FILES = Lazily(MADE, lambda which: dump(MADE[which]))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_one_flipped_bit_is_always_found(which: tuple[str, str], data: st.DataObject) -> None:
    """Whatever bit of whatever file is flipped, the model is refused in one sentence before it is used."""
    files = dict(FILES[which])
    name = data.draw(st.sampled_from(sorted(files)))
    content = bytearray(files[name])
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(BadInput, match="The model cannot be opened"):
        load({**files, name: bytes(content)})


def forged(model: TrainedModel, content: bytes, **changes: object) -> dict[str, bytes]:
    """The files of a model with another core and a card whose sums fit."""
    import hashlib

    card = json.loads(dump(model)["model.json"]) | {"file_sha256": hashlib.sha256(content).hexdigest()} | changes
    del card["sha256"]
    card["sha256"] = digest(card)
    return {"model.json": json.dumps(card).encode(), str(card["file"]): content}


def test_foreign_files_are_refused() -> None:
    """Missing files, other formats, other types and other models behind right sums are refused in one sentence."""
    linear, boosted = MADE["binary", "linear"], MADE["binary", "xgboost"]
    tree = DecisionTreeClassifier().fit([[0.0], [1.0]], [0, 1])
    cases: list[dict[str, bytes]] = [
        {},
        {"model.json": b"\xff"},
        {"model.json": b"[]"},
        {"model.json": b"[" * 100_000},
        {"model.json": dump(linear)["model.json"]},
        forged(linear, b"no zip"),
        forged(linear, skops_bytes(tree)),
        forged(linear, skops_bytes(linear.predictor.estimated.estimator), template="nobody's"),
        forged(linear, skops_bytes(linear.predictor.estimated.estimator), columns=None),
        forged(linear, skops_bytes(linear.predictor.estimated.estimator), learner="xgboost"),
        forged(boosted, dump(MADE["regression", "xgboost"])["model.ubj"], state={"k": 0}),
    ]
    for files in cases:
        with pytest.raises(BadInput, match="The model cannot be opened"):
            load(files)
