"""Models that a script made with scikit-learn or XGBoost, as files and back: no pickle, the same bits.

The form is that of `persistence`: a card with sums, the fitted model as skops (or, for a model of XGBoost alone, in
XGBoost's own format), and a probe. What a skops file may hold is the constant list of `trusted`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from modellab_core.errors import BadInput
from modellab_core.training import card as cards
from modellab_core.training import probe
from modellab_core.training.card import CARD
from modellab_core.training.estimators import skops_bytes
from modellab_core.training.trusted import TRUSTED
from modellab_core.training.values import Floats

SCHEMA = "modellab.logged_model/1"
SKOPS, UBJ = "model.skops", "model.ubj"
BOOSTERS = ("XGBClassifier", "XGBRegressor", "XGBRFClassifier", "XGBRFRegressor")


def dump_logged(model: Any, X: Any) -> dict[str, bytes]:
    """The files of a fitted estimator of scikit-learn, or of XGBoost in its manner, by name.

    `X` are rows to try it on, as it takes them: a frame, numbers (n, p), or n texts. BadInput for a model of other
    libraries or with parts of other libraries, and where it cannot predict `X`.
    """
    name = type_name(model)
    form, frame = as_frame(X)
    file = UBJ if name in {f"xgboost.sklearn.{one}" for one in BOOSTERS} else SKOPS
    if file == SKOPS and not name.startswith("sklearn."):
        raise BadInput(f"A {name} cannot be stored without pickle: estimators of scikit-learn and XGBoost can.")
    content = bytes(model.get_booster().save_raw("ubj")) if file == UBJ else _skops(model, name)
    settings = _settings(model) if file == UBJ else {}
    again = _opened(name, file, content, settings)
    try:
        rows = probe.probe_of(lambda rows: said(again, back(form, rows)), frame)
        probe.check_probe(lambda rows: said(model, back(form, rows)), list(frame.columns), rows)
    except BadInput:
        raise
    except Exception as error:
        raise BadInput(f"The {name} does not predict the rows it is to be tried on: {error}") from error
    card = {
        "schema": SCHEMA,
        "type": name,
        "settings": settings,
        "form": form,
        "columns": list(frame.columns),
        "file": file,
        "file_sha256": cards.sha256(content),
        "probe_sha256": cards.sha256(rows),
    }
    return {CARD: cards.sealed(card), file: content, probe.FILE: rows}


def load_logged(files: Mapping[str, bytes]) -> Any:
    """The estimator in `files` as `dump_logged` wrote them. BadInput when one is missing, damaged or not ours, or when
    it does not predict for its stored rows what it did then."""
    card = cards.opened(files, SCHEMA)
    file = UBJ if card["file"] == UBJ else SKOPS
    content = cards.check_sum(files, file, card["file_sha256"])
    stored = cards.check_sum(files, probe.FILE, card["probe_sha256"])
    try:
        model = _opened(card["type"], file, content, card["settings"])
        probe.check_probe(lambda rows: said(model, back(card["form"], rows)), card["columns"], stored)
    except BadInput:
        raise
    except Exception as error:  # foreign bytes fail in every way there is
        raise BadInput(f"The model cannot be opened: {file!r} does not hold what {CARD} says ({error}).") from error
    return model


def type_name(model: Any) -> str:
    """The type of a model by its module and name."""
    return f"{type(model).__module__}.{type(model).__qualname__}"


def said(model: Any, X: Any) -> Floats:
    """All that a model says of rows as numbers (n, …): probabilities or a decision where it has them, and predictions.

    Labels that are text count as their position among `classes_`.
    """
    found = [
        np.asarray(getattr(model, name)(X)) for name in ("predict_proba", "decision_function") if _has(model, name)
    ]
    plain = np.asarray(model.predict(X))
    if plain.dtype.kind not in "biuf":
        plain = np.searchsorted(np.sort(np.asarray(model.classes_).astype(str)), plain.astype(str))
    return np.column_stack([one.reshape(len(plain), -1).astype(np.float64) for one in [*found, plain] if one.ndim < 3])


def _has(model: Any, name: str) -> bool:
    return callable(getattr(model, name, None))


def _skops(model: Any, name: str) -> bytes:
    try:
        return skops_bytes(model)
    except Exception as error:
        raise BadInput(f"The {name} cannot be stored without pickle: {error}") from error


def _opened(name: str, file: str, content: bytes, settings: Mapping[str, Any]) -> Any:
    if file == UBJ:
        return _opened_booster(name, content, settings)
    from skops.io import loads
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        model = loads(content, trusted=sorted(TRUSTED))
    except UntrustedTypesFoundException as error:
        raise BadInput(
            f"The {name} holds parts that are not scikit-learn's own, so it is not stored: {error}"
        ) from error
    if type_name(model) != name:
        raise BadInput(f"The model cannot be opened: {file!r} holds a {type_name(model)} and not a {name}.")
    return model


def _opened_booster(name: str, content: bytes, settings: Mapping[str, Any]) -> Any:
    import xgboost

    kinds = {f"xgboost.sklearn.{one}": getattr(xgboost, one) for one in BOOSTERS}
    if name not in kinds:
        raise BadInput(f"The model cannot be opened: there is no {name} among the models of XGBoost that are stored.")
    missing = settings["missing"]
    model = kinds[name](
        enable_categorical=settings["enable_categorical"], missing=math.nan if missing is None else missing, n_jobs=1
    )
    model.load_model(bytearray(content))
    return model


def _settings(model: Any) -> dict[str, Any]:
    """What a model of XGBoost does to its input before it predicts, which its own format leaves out."""
    missing = float(model.missing)
    return {
        "enable_categorical": bool(model.enable_categorical),
        "missing": None if math.isnan(missing) else missing,
    }


def as_frame(X: Any) -> tuple[dict[str, Any], pd.DataFrame]:
    """How rows are handed to a model, as JSON values, and the rows as a frame. BadInput when they are no table."""
    if isinstance(X, pd.DataFrame):
        return {"kind": "frame", "types": [_type_json(X.iloc[:, place].dtype) for place in range(X.shape[1])]}, X
    values = np.asarray(X)
    if values.ndim == 1 and values.dtype.kind in "OUT" and len(values):
        return {"kind": "texts"}, pd.DataFrame({"text": pd.Series(values.astype(str), dtype="str")})
    if values.ndim != 2 or values.dtype.kind not in "biuf" or not len(values):
        raise BadInput(
            f"Rows to try a model on are a frame, numbers (n, p) or n texts with at least one row, and not an array "
            f"of {values.dtype} with the shape {values.shape}."
        )
    names = [str(place) for place in range(values.shape[1])]
    return {"kind": "array", "types": [values.dtype.name]}, pd.DataFrame(values, columns=names)


def back(form: Mapping[str, Any], rows: pd.DataFrame) -> Any:
    """The rows of a frame as the model takes them."""
    if form["kind"] == "texts":
        return rows["text"].to_numpy(dtype=object)
    if form["kind"] == "array":
        return np.ascontiguousarray(rows.to_numpy(dtype=np.dtype(form["types"][0])))  # sums depend on the layout
    columns = {place: rows.iloc[:, place].astype(_type_of(told)) for place, told in enumerate(form["types"])}
    return pd.DataFrame(columns, index=rows.index).set_axis(rows.columns, axis=1)


def _type_json(kind: Any) -> Any:
    if isinstance(kind, pd.CategoricalDtype):
        return {"categories": [str(one) for one in kind.categories], "ordered": bool(kind.ordered)}
    return str(kind)


def _type_of(told: Any) -> Any:
    return told if isinstance(told, str) else pd.CategoricalDtype(told["categories"], told["ordered"])
