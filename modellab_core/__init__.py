"""ModelLab: evaluate models of tables so that every number can be defended.

The public names, each loaded when it is first used:

evaluate, evaluate_model   a Report from predictions, or from anything that predicts
cross_evaluate             a Report of a recipe, each row predicted by a model that did not see it
compare                    the one verdict over several reports
selfcheck                  the laws that hold for any model, tried on yours
metric                     a metric of your own: one function under a decorator
Report, Score, Plan        what comes out, one number of it, and what goes in
Lab                        the workspace: projects, datasets, runs, packs
autolog                    fits of scikit-learn and XGBoost that log themselves, until it is undone
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modellab_core.harness.comparing.comparison import Comparison, compare
    from modellab_core.harness.comparing.cross import cross_evaluate
    from modellab_core.harness.laws.selfcheck import selfcheck
    from modellab_core.harness.metrics.metric import metric
    from modellab_core.harness.report import Report, evaluate, evaluate_model
    from modellab_core.harness.scores import Plan, Score
    from modellab_core.lab import Lab
    from modellab_core.notebook.autolog import autolog

__version__ = "0.1.0"

_HOMES = {
    "Comparison": "modellab_core.harness.comparing.comparison",
    "Lab": "modellab_core.lab",
    "Plan": "modellab_core.harness.scores",
    "Report": "modellab_core.harness.report",
    "Score": "modellab_core.harness.scores",
    "autolog": "modellab_core.notebook.autolog",
    "compare": "modellab_core.harness.comparing.comparison",
    "cross_evaluate": "modellab_core.harness.comparing.cross",
    "evaluate": "modellab_core.harness.report",
    "evaluate_model": "modellab_core.harness.report",
    "metric": "modellab_core.harness.metrics.metric",
    "selfcheck": "modellab_core.harness.laws.selfcheck",
}

__all__ = [
    "Comparison",
    "Lab",
    "Plan",
    "Report",
    "Score",
    "autolog",
    "compare",
    "cross_evaluate",
    "evaluate",
    "evaluate_model",
    "metric",
    "selfcheck",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its room; the others stay unloaded, so importing the package costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'modellab_core' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
