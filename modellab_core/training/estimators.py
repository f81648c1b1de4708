"""scikit-learn estimators as predictors: fitted on the matrix of a `Design`, stored by skops."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from modellab_core.errors import BadInput
from modellab_core.training.design import Design
from modellab_core.training.intake import Inputs
from modellab_core.training.learner import LEARNERS, Learner, Learnt, Predictor, Problem, Settings, Tell
from modellab_core.training.values import Floats, Ints


@dataclass(frozen=True, eq=False)
class Estimated:
    """A fitted scikit-learn estimator for `k` classes, or for numbers where `k` is 0; without a design it sees no X."""

    estimator: Any
    design: Design | None
    k: int

    def __call__(self, inputs: Inputs) -> Floats:
        """Probabilities (n, k), 0 for a class that the estimator never saw, or numbers (n,)."""
        X = np.zeros((len(inputs), 1)) if self.design is None else self.design.matrix(inputs)
        if len(inputs) == 0:
            return np.empty((0, self.k) if self.k else 0)
        if not self.k:
            return np.asarray(self.estimator.predict(X), dtype=np.float64)
        proba = np.zeros((len(inputs), self.k))
        proba[:, self.estimator.classes_] = self.estimator.predict_proba(X)
        return proba

    def explained(self, inputs: Inputs) -> Floats:
        """What each input adds to a margin, and the rest, (n, margins, fields + 1), whose sum is the margin.

        A coefficient times the value's distance from its mean over the training rows; margins as those of `Boosted`.
        Zeros where no X is seen. BadInput for an estimator without coefficients.
        """
        fields = inputs.numbers.shape[1] + inputs.codes.shape[1]
        if self.design is None:
            return np.zeros((len(inputs), 1, fields + 1))
        if not hasattr(self.estimator, "coef_"):
            raise BadInput(f"A {type(self.estimator).__name__} does not tell what each column adds to a prediction.")
        owner = np.zeros((self.design.width, fields))
        owner[np.arange(self.design.width), self.design.fields] = 1.0
        matrix = self.design.matrix(inputs)
        intercepts = np.atleast_1d(self.estimator.intercept_)
        several = len(intercepts) > 1
        found = np.zeros((len(inputs), self.k if several else 1, fields + 1))
        places = self.estimator.classes_ if several else [0]  # a class that was never seen adds nothing
        for at, line, intercept in zip(places, np.atleast_2d(self.estimator.coef_), intercepts, strict=True):
            centre = line * self.design.means
            found[:, at, :-1] = (matrix * line) @ owner - centre @ owner
            found[:, at, -1] = intercept + centre.sum()
        return found


class SkopsLearner(Learner):
    """A learner whose predictor is `Estimated`.

    `trusted` are the types, by module and name, that a file of it may hold beyond numbers, text, arrays and what skops
    itself vouches for; the estimator must be one of them.
    """

    trusted: tuple[str, ...] = ()

    def dump(self, predictor: Any) -> tuple[dict[str, Any], bytes]:
        """Design and number of classes as JSON, the estimator as skops."""
        return dump_estimated(predictor)

    def load(self, state: Mapping[str, Any], content: bytes) -> Predictor:
        """The predictor that `dump` wrote. ValueError when the file holds something else."""
        return load_estimated(state, content, self.trusted)


def dump_estimated(predictor: Estimated) -> tuple[dict[str, Any], bytes]:
    """Design and number of classes as plain JSON values, the estimator as skops."""
    design = None if predictor.design is None else predictor.design.to_json()
    return {"design": design, "k": predictor.k}, skops_bytes(predictor.estimator)


def load_estimated(state: Mapping[str, Any], content: bytes, trusted: tuple[str, ...]) -> Estimated:
    """The predictor that `dump_estimated` wrote. ValueError when the estimator is none of `trusted`."""
    design = None if state["design"] is None else Design.from_json(state["design"])
    return Estimated(skops_load(content, trusted), design, state["k"])


def skops_bytes(estimator: Any) -> bytes:
    """The skops file of an estimator, the same bytes for the same content.

    skops names members by memory addresses and stamps the clock on them; both are replaced by fixed values.
    """
    from skops.io import dumps

    with zipfile.ZipFile(io.BytesIO(dumps(estimator))) as source:
        members = {name: source.read(name) for name in source.namelist()}
    order: dict[int | str, int] = {}
    schema = _renumbered(json.loads(members.pop("schema.json")), order)
    named = {_member(name, order): content for name, content in members.items()}
    named["schema.json"] = json.dumps(schema, indent=1).encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in sorted(named.items()):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return target.getvalue()


def _renumbered(node: Any, order: dict[int | str, int]) -> Any:
    if isinstance(node, list):
        return [_renumbered(item, order) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _renumbered(item, order) for key, item in node.items()}
    if "__id__" in found:
        found["__id__"] = order.setdefault(found["__id__"], len(order) + 1)
    if "file" in found:
        found["file"] = _member(found["file"], order)
    return found


def _member(name: str, order: dict[int | str, int]) -> str:
    """The name of a member whose number is that of the address, or of the random text, in `name`."""
    address, _, ending = name.partition(".")
    key = int(address) if address.isdigit() else address
    return f"{order.setdefault(key, len(order) + 1)}.{ending}"


def skops_load(content: bytes, trusted: tuple[str, ...]) -> Any:
    """The estimator in a skops file; ValueError when its type is none of `trusted`, skops's own errors otherwise."""
    from skops.io import loads

    estimator = loads(content, trusted=list(trusted))
    name = f"{type(estimator).__module__}.{type(estimator).__qualname__}"
    if name not in trusted:
        raise ValueError(f"the file holds a {name}")
    return estimator


class Dummy(SkopsLearner):
    """Predicts what is most common: class shares of the training rows, or their mean; looks at no column."""

    trusted = ("sklearn.dummy.DummyClassifier", "sklearn.dummy.DummyRegressor")

    def fit(self, problem: Problem, rows: Ints, settings: Settings | None, tell: Tell) -> Learnt:
        """scikit-learn's dummy with its default strategy."""
        tell(1.0, "Dummy model")
        return Learnt(fit_dummy(problem, rows), settings or {})


def fit_dummy(problem: Problem, rows: Ints) -> Estimated:
    """scikit-learn's dummy with its default strategy: `prior` or `mean`."""
    from sklearn.dummy import DummyClassifier, DummyRegressor

    classify = problem.task.is_classification
    dummy = DummyClassifier() if classify else DummyRegressor()
    dummy.fit(np.zeros((len(rows), 1)), problem.y[rows], sample_weight=problem.weights(rows))
    return Estimated(dummy, None, problem.k if classify else 0)


LEARNERS.add("dummy", Dummy())
