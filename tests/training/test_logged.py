"""Models that a script made, stored without pickle: the same bits, nothing but scikit-learn's and XGBoost's own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

from modellab_core.data.parquet import to_parquet
from modellab_core.errors import BadInput
from modellab_core.training.card import CARD
from modellab_core.training.logged import as_frame, dump_logged, load_logged, said
from modellab_core.training.trusted import TRUSTED

RNG = np.random.default_rng(0)
X = np.abs(RNG.normal(size=(120, 4))) + 0.1
LABELS = np.array(["no", "yes", "perhaps"])[np.arange(120) * 7 % 3]
TWO = (X[:, 0] > X[:, 1]).astype(int)
NUMBERS = X[:, 0] * 3 + X[:, 1]
FRAME = pd.DataFrame(
    {"a": X[:, 0], "[b]<": np.where(X[:, 1] > 1.5, np.nan, X[:, 1]), "t": pd.Series(LABELS, dtype="str"), "n": TWO == 1}
)
TEXTS = np.array([f"{a} likes {b}" for a, b in zip(LABELS, np.roll(LABELS, 1), strict=True)])


def preparing() -> ColumnTransformer:
    """Numbers imputed and scaled, text one-hot, the rest as it is."""
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    text = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=2)
    return ColumnTransformer([("n", numbers, ["a", "[b]<"]), ("t", text, ["t"])], remainder="passthrough")


ESTIMATORS: dict[str, Callable[[], tuple[Any, Any, Any]]] = {
    "logistic": lambda: (LogisticRegression(), X, LABELS),
    "logistic cv": lambda: (LogisticRegressionCV(Cs=2, scoring="roc_auc"), X, TWO),
    "pipeline": lambda: (make_pipeline(preparing(), LogisticRegression()), FRAME, LABELS),
    "forest in a pipeline": lambda: (make_pipeline(preparing(), RandomForestClassifier(5)), FRAME, TWO),
    "forest": lambda: (RandomForestRegressor(5), X, NUMBERS),
    "extra trees": lambda: (ExtraTreesClassifier(5), X, LABELS),
    "tree": lambda: (DecisionTreeClassifier(), X.astype(np.float32), LABELS),
    "boosting": lambda: (GradientBoostingClassifier(n_estimators=5), X, LABELS),
    "boosting numbers": lambda: (GradientBoostingRegressor(n_estimators=5, loss="huber"), X, NUMBERS),
    "histograms": lambda: (HistGradientBoostingClassifier(max_iter=5), X, LABELS),
    "histograms numbers": lambda: (HistGradientBoostingRegressor(max_iter=5, loss="poisson"), X, NUMBERS),
    "svc": lambda: (SVC(), X, LABELS),
    "svr": lambda: (make_pipeline(StandardScaler(), SVR()), X, NUMBERS),
    "knn": lambda: (KNeighborsClassifier(3), X, LABELS),
    "knn ball": lambda: (KNeighborsRegressor(3, algorithm="ball_tree", metric="manhattan"), X, NUMBERS),
    "bayes": lambda: (GaussianNB(), X, LABELS),
    "net": lambda: (make_pipeline(StandardScaler(), MLPClassifier(hidden_layer_sizes=(5,), max_iter=20)), X, LABELS),
    "net numbers": lambda: (
        MLPRegressor(hidden_layer_sizes=(5,), max_iter=20, solver="sgd", learning_rate_init=1e-4),
        X,
        NUMBERS,
    ),
    "sgd": lambda: (SGDClassifier(), X, LABELS),
    "calibrated": lambda: (CalibratedClassifierCV(SGDClassifier(), cv=3), X, LABELS),
    "search": lambda: (GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, scoring="f1_macro", cv=3), X, LABELS),
    "stack": lambda: (StackingClassifier([("a", GaussianNB()), ("b", DecisionTreeClassifier())], cv=3), X, LABELS),
    "vote": lambda: (VotingClassifier([("a", GaussianNB()), ("b", LogisticRegression())], voting="soft"), X, TWO),
    "process": lambda: (GaussianProcessRegressor(RBF() + WhiteKernel()), X, NUMBERS),
    "log target": lambda: (TransformedTargetRegressor(Ridge(), func=np.log, inverse_func=np.exp), X, NUMBERS),
    "texts": lambda: (make_pipeline(TfidfVectorizer(), LogisticRegression()), TEXTS, LABELS),
    "several numbers": lambda: (make_pipeline(PolynomialFeatures(), Ridge()), X, np.column_stack([NUMBERS, TWO])),
    "xgboost": lambda: (xgboost.XGBClassifier(n_estimators=5), X, TWO),
    "xgboost classes": lambda: (xgboost.XGBClassifier(n_estimators=5), X, np.arange(120) % 3),
    "xgboost numbers": lambda: (xgboost.XGBRegressor(n_estimators=5, missing=0.0), X, NUMBERS),
    "xgboost categories": lambda: (
        xgboost.XGBClassifier(n_estimators=5, enable_categorical=True),
        FRAME.drop(columns="[b]<").assign(t=FRAME["t"].astype("category")),
        TWO,
    ),
    "xgboost in a pipeline": lambda: (
        make_pipeline(StandardScaler(), xgboost.XGBRegressor(n_estimators=5)),
        X,
        NUMBERS,
    ),
}

READ = """
import hashlib, json, sys
from pathlib import Path
from modellab_core.data.parquet import from_parquet
from modellab_core.training.logged import back, load_logged, said
told = {}
for case in sorted(Path(sys.argv[1]).iterdir()):
    files = {path.name: path.read_bytes() for path in case.iterdir()}
    card, rows = json.loads(files["model.json"]), from_parquet(files.pop("rows.parquet"))
    told[case.name] = hashlib.sha256(said(load_logged(files), back(card["form"], rows)).tobytes()).hexdigest()
print(json.dumps(told))
"""


def differing(folder: Path, names: Iterable[str]) -> set[str]:
    """Those of ESTIMATORS that say something else in a fresh process, stored below `folder`."""
    expected = {}
    for name in names:
        estimator, rows, target = ESTIMATORS[name]()
        estimator.fit(rows, target)
        (folder / name).mkdir()
        for file, content in dump_logged(estimator, rows).items():
            assert not content.startswith(b"\x80")
            (folder / name / file).write_bytes(content)
        (folder / name / "rows.parquet").write_bytes(to_parquet(as_frame(rows)[1]))
        expected[name] = hashlib.sha256(said(estimator, rows).tobytes()).hexdigest()
    done = subprocess.run([sys.executable, "-c", READ, folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    return {name for name in expected if told[name] != expected[name]}


@pytest.mark.slow
def test_some_estimators_say_the_same_bits_in_a_fresh_process(tmp_path: Path) -> None:
    """Of frames, arrays and texts, of scikit-learn and XGBoost."""
    assert differing(tmp_path, ("pipeline", "histograms", "knn", "texts", "xgboost categories")) == set()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_every_common_estimator_says_the_same_bits_in_a_fresh_process(tmp_path: Path) -> None:
    """Pipelines, forests, boosting, vectors, neighbours, nets, searches and XGBoost."""
    assert differing(tmp_path, ESTIMATORS) == set()


class Own(ClassifierMixin, BaseEstimator):
    """An estimator of nobody's library."""

    def fit(self, X: Any, y: Any) -> Own:
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.repeat(self.classes_[:1], len(X))


def loud(values: Any) -> Any:
    """A function that is no part of scikit-learn."""
    return values


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (Own(), "Own cannot be stored without pickle"),
        (make_pipeline(FunctionTransformer(loud), GaussianNB()), "not scikit-learn's own"),
        (make_pipeline(StandardScaler(), Own()), "not scikit-learn's own"),
        (object(), "builtins.object cannot be stored"),
    ],
)
def test_other_models_are_refused_in_a_sentence(model: Any, told: str) -> None:
    """What is or holds code of others is not stored, and the sentence names it."""
    if hasattr(model, "fit"):
        model.fit(X, LABELS)
    with pytest.raises(BadInput, match=told):
        dump_logged(model, X)


@pytest.mark.parametrize("rows", [np.zeros((0, 4)), np.zeros((2, 2, 2)), np.array([None, "a"])[:, None], X[:, :2]])
def test_rows_that_it_cannot_be_tried_on_are_refused(rows: Any) -> None:
    """Rows of another shape or kind are told, and nothing is stored."""
    with pytest.raises(BadInput):
        dump_logged(GaussianNB().fit(X, LABELS), rows)


def test_no_function_that_acts_is_trusted() -> None:
    """Each trusted name exists, is of one of three libraries, and is a class or a plain computation."""
    import importlib

    for name in TRUSTED:
        module, _, part = name.rpartition(".")
        assert module.split(".")[0] in ("sklearn", "xgboost", "numpy", "scipy")
        assert hasattr(importlib.import_module(module), part), name
    assert not [name for name in TRUSTED if any(word in name for word in ("load", "open", "system", "eval", "exec"))]


def hostile(command: str) -> FunctionTransformer:
    """A transformer that would run something."""
    return FunctionTransformer(os.system, kw_args={"command": command})


def test_a_file_cannot_widen_the_list(tmp_path: Path) -> None:
    """A skops file whose sums fit and that names a function of the system is refused before anything of it is made."""
    from skops.io import dumps

    from modellab_core.training.card import sealed, sha256

    files = dump_logged(make_pipeline(FunctionTransformer(np.log1p), GaussianNB()).fit(X, LABELS), X)
    content = dumps(hostile(f"touch {tmp_path / 'owned'}"))
    card = json.loads(files[CARD])
    del card["sha256"]
    forged = {**files, "model.skops": content, CARD: sealed(card | {"file_sha256": sha256(content)})}
    with pytest.raises(BadInput, match="not scikit-learn's own"):
        load_logged(forged)
    other = dump_logged(GaussianNB().fit(X, LABELS), X)
    swapped = {**files, "model.skops": other["model.skops"]}
    card["file_sha256"] = sha256(other["model.skops"])
    with pytest.raises(BadInput, match="GaussianNB and not a"):
        load_logged({**swapped, CARD: sealed(card)})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["histograms", "xgboost"])
def test_a_flipped_bit_is_found_before_the_model_is_loaded(name: str) -> None:
    """One bit at each of 30 places of the files: a sentence, never a model and never a dead process."""
    estimator, rows, target = ESTIMATORS[name]()
    files = dump_logged(estimator.fit(rows, target), rows)
    for place in range(30):
        file = sorted(files)[place % 3]
        content = bytearray(files[file])
        content[len(content) * (place // 3) // 10] ^= 1 << place % 8
        with pytest.raises(BadInput, match="The model cannot be opened"):
            load_logged({**files, file: bytes(content)})
