"""Models from elsewhere are opened by another process: whatever they do, this one gets predictions or a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB
from training.made import TARGET, fitted, mixed

from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.training import foreign
from modellab_core.training.card import CARD, sealed, sha256
from modellab_core.training.foreign import predict_foreign
from modellab_core.training.logged import dump_logged
from modellab_core.training.persistence import dump

FRAME = mixed(120)
ROWS = FRAME.drop(columns=TARGET)


@pytest.fixture(scope="module")
def boosted() -> tuple[Any, dict[str, bytes]]:
    """A model of XGBoost and its files."""
    model = fitted(FRAME, Task.BINARY, "xgboost", params={"max_rounds": 5}).model
    return model, dump(model, ROWS)


@pytest.mark.slow
def test_it_predicts_as_here(boosted: tuple[Any, dict[str, bytes]], tmp_path: Path) -> None:
    """The other process says the same bits, of a template's model and of a script's; its folder is gone afterwards."""
    model, files = boosted
    said = predict_foreign(files, ROWS, scratch=tmp_path)
    assert said[["proba_0", "proba_1"]].to_numpy().tobytes() == model.predict_proba(ROWS).tobytes()
    numbers = ROWS[["x"]].fillna(0.0)
    bayes = GaussianNB().fit(numbers, FRAME[TARGET])
    said = predict_foreign(dump_logged(bayes, numbers), numbers, scratch=tmp_path)
    assert said["prediction"].tolist() == bayes.predict(numbers).tolist()
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_what_ends_the_other_process_is_a_sentence(
    boosted: tuple[Any, dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes under right sums that make XGBoost fail or fall, and more memory than allowed, end in a sentence here."""
    _, files = boosted
    card = json.loads(files[CARD])
    del card["sha256"]
    for place in range(0, len(files["model.ubj"]), len(files["model.ubj"]) // 4):
        content = bytearray(files["model.ubj"])
        content[place : place + 40] = b"\xff" * 40
        forged = {**files, "model.ubj": bytes(content), CARD: sealed(card | {"file_sha256": sha256(bytes(content))})}
        with pytest.raises(BadInput, match="model"):
            predict_foreign(forged, ROWS, scratch=tmp_path)
    monkeypatch.setattr(foreign, "MEMORY", 50 << 20)
    with pytest.raises(BadInput):
        predict_foreign(files, ROWS, scratch=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["../model.json", "model.json/../x", "/model.json", "MODEL.JSON", "x", "model.json\n"])
def test_names_of_files_never_become_paths(name: str, tmp_path: Path) -> None:
    """Only the names that we write ourselves are taken."""
    with pytest.raises(BadInput, match="no file of a model"):
        predict_foreign({name: b""}, ROWS, scratch=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_rows_that_do_not_fit_are_a_sentence(tmp_path: Path) -> None:
    """The library's complaint comes back in a sentence."""
    bayes = GaussianNB().fit(np.zeros((4, 2)) + np.arange(4)[:, None], [0, 1, 0, 1])
    files = dump_logged(bayes, np.ones((3, 2)))
    with pytest.raises(BadInput, match="cannot predict these rows"):
        predict_foreign(files, ROWS[["x"]].fillna(0.0), scratch=tmp_path)
    assert not list(tmp_path.iterdir())
