"""Fits of scikit-learn and XGBoost that log themselves, while a person wants it.

`fit` of every classifier and regressor of scikit-learn and XGBoost, and `xgboost.train`, are wrapped; undoing puts the
very same functions back. Of fits inside a fit (a pipeline, a search, a forest) only the outermost is logged.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any

from modellab_core.errors import BadInput
from modellab_core.lab import Lab
from modellab_core.lab.logged import LoggedRun, never_stops_here, open_run

PROBE_ROWS = 200
SERIES = ("loss_curve_", "validation_scores_", "train_score_", "validation_score_")
"""What estimators of scikit-learn keep per round."""
NUMBERS = ("best_score_", "oob_score_", "n_iter_", "n_features_in_")

_wrapped: list[tuple[Any, str, Any]] = []
_busy = threading.Lock()


def autolog(
    on: bool = True, *, project: str = "default", lab: Lab | None = None, models: bool = True
) -> Callable[[], None]:
    """Log every fit of scikit-learn and XGBoost as a run of `project`, until `autolog(False)` or the answer is called.

        undo = modellab_core.autolog(project="churn")
        LogisticRegression().fit(X, y)
        undo()

    Kept are the parameters, the score on the training rows (which flatters), what the model recorded per round, and
    with `models` the fitted model. Inside `with lab.start_run(…)` they go to that run. It is off by default, and
    changes no fit: what cannot be logged is noted. Fits in other processes, and fits that run at the same time in
    threads, are not seen. `lab` is where runs are kept, `Lab.open()` without it. BadInput when `on` is no truth value.
    """
    if not isinstance(on, bool):
        raise BadInput(f"autolog takes True or False, and not {on!r}: name the project with project=.")
    undo()
    if on:
        _Log(lab or Lab.open(), project, models).wrap()
    return undo


def undo() -> None:
    """Put the functions back that `autolog` wrapped; nothing happens without any."""
    while _wrapped:
        owner, name, plain = _wrapped.pop()
        setattr(owner, name, plain)


class _Log:
    """Where fits are logged, and with what."""

    def __init__(self, lab: Lab, project: str, models: bool) -> None:
        self.lab, self.project, self.models = lab, project, models

    def wrap(self) -> None:
        import xgboost
        from sklearn.base import ClassifierMixin, RegressorMixin
        from sklearn.utils import all_estimators

        boosters = [getattr(xgboost, name) for name in ("XGBModel", "XGBClassifier", "XGBRegressor")]
        boosters += [xgboost.XGBRFClassifier, xgboost.XGBRFRegressor]
        found = [one for _, one in all_estimators() if issubclass(one, (ClassifierMixin, RegressorMixin))]
        found += [
            one for _, one in all_estimators() if one.__module__.startswith(("sklearn.pipeline", "sklearn.model"))
        ]
        for owner in {base for one in (*found, *boosters) for base in one.__mro__ if "fit" in vars(base)}:
            self._put(owner, "fit", self._fit)
        self._put(xgboost, "train", self._train)

    def _put(self, owner: Any, name: str, around: Callable[[Any], Any]) -> None:
        plain = vars(owner)[name]
        if callable(plain):  # some are there only under a condition, by a descriptor
            _wrapped.append((owner, name, plain))
            setattr(owner, name, around(plain))

    def _fit(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(plain)
        def fit(model: Any, *args: Any, **more: Any) -> Any:
            with _outermost() as first:
                if not first or not callable(getattr(model, "predict", None)):
                    return plain(model, *args, **more)
                with self._run(type(model).__name__) as run:
                    fitted = plain(model, *args, **more)
                    told = dict(zip(("X", "y"), args, strict=False)) | more
                    never_stops_here(run, "autolog", lambda: _log_model(run, model, told, self.models))
                return fitted

        return fit

    def _train(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(plain)
        def train(params: Any, *args: Any, **more: Any) -> Any:
            with _outermost() as first:
                if not first:
                    return plain(params, *args, **more)
                told: dict[str, Any] = {} if more.get("evals_result") is None else more["evals_result"]
                with self._run("xgboost.train") as run:
                    booster = plain(params, *args, **more, **({} if "evals_result" in more else {"evals_result": told}))
                    run.log_params(params if isinstance(params, Mapping) else dict(params))
                    never_stops_here(run, "autolog", lambda: _log_rounds(run, told))
                    if self.models:
                        never_stops_here(run, "autolog", lambda: _log_booster(run, booster))
                return booster

        return train

    @contextmanager
    def _run(self, name: str) -> Iterator[LoggedRun]:
        """The run whose block surrounds the fit, else one of its own."""
        around = open_run.get()
        if around is not None:
            yield around
            return
        with self.lab.start_run(self.project, name, tags=["autolog"]) as run:
            yield run


@contextmanager
def _outermost() -> Iterator[bool]:
    """Whether no other fit is under way in this process."""
    first = _busy.acquire(blocking=False)
    try:
        yield first
    finally:
        if first:
            _busy.release()


def _log_model(run: LoggedRun, model: Any, told: Mapping[str, Any], keep: bool) -> None:
    run.log_params({name: value for name, value in model.get_params().items() if not hasattr(value, "fit")})
    X, y = told.get("X"), told.get("y")
    if X is not None and y is not None and callable(getattr(model, "score", None)):
        run.log_metrics({"training score": model.score(X, y)})
    for name in NUMBERS:
        if _is_number(value := getattr(model, name, None)):
            run.log_metrics({name.strip("_"): value})
    for name in SERIES:
        values = getattr(model, name, None)
        for step, value in enumerate(values if values is not None else ()):
            run.log_metrics({name.strip("_"): value}, step=step)
    if callable(getattr(model, "evals_result", None)) and getattr(model, "evals_result_", None):
        _log_rounds(run, model.evals_result())
    if keep and X is not None:
        run.log_model(model, X[:PROBE_ROWS])


def _log_booster(run: LoggedRun, booster: Any) -> None:
    """The booster as a file of XGBoost's own; it has no estimator around it that `Lab.model` could give back."""
    run.log_artifact(bytes(booster.save_raw("ubj")), "model.ubj")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) or (hasattr(value, "dtype") and getattr(value, "ndim", 1) == 0)


def _log_rounds(run: LoggedRun, told: Mapping[str, Mapping[str, Any]]) -> None:
    """What XGBoost recorded per round, as `validation_0 logloss`; of a booster's folds the mean alone."""
    for rows, metrics in told.items():
        for name, values in metrics.items():
            for step, value in enumerate(values):
                run.log_metrics({f"{rows} {name}": value[0] if isinstance(value, tuple) else value}, step=step)
