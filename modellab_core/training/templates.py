'''All templates, found by the names of their files.

A template of your own is one file `modellab_core/training/template_<name>.py`; nothing else has to be changed. It is
then a choice in the app and the command, its parameters are a form, and its runs are evaluated, stored and packed like
all others. This is a whole one, a decision tree beside the dummy:

    from pydantic import Field

    from modellab_core.data.task import Task
    from modellab_core.training.design import Design
    from modellab_core.training.estimators import Estimated, SkopsLearner
    from modellab_core.training.learner import LEARNERS, Learnt
    from modellab_core.training.template import Parameters, Template, add_template


    class TreeParams(Parameters):
        """Parameters of `tree`."""

        depth: int = Field(3, ge=1, le=20, title="Depth", description="Questions asked in a row.")


    class Tree(SkopsLearner):
        """One decision tree on the matrix of the linear model."""

        trusted = ("sklearn.tree._classes.DecisionTreeClassifier", "sklearn.tree._tree.Tree")

        def fit(self, problem, rows, settings, tell):
            from sklearn.tree import DecisionTreeClassifier

            inputs = problem.inputs.take(rows)
            design = Design.learn(problem.intake, inputs, rare_below=3)
            tree = DecisionTreeClassifier(max_depth=problem.params["depth"], random_state=problem.seed)
            tree.fit(design.matrix(inputs), problem.y[rows], sample_weight=problem.weights(rows))
            return Learnt(Estimated(tree, design, problem.k))


    LEARNERS.add("tree", Tree())
    add_template(
        Template("tree", "A tree", "One small tree.", (Task.BINARY, Task.MULTICLASS), TreeParams, ("dummy", "tree"))
    )

A learner that has something to choose on held rows also overrides `choose` (see `learner.py`); one whose model is no
scikit-learn estimator derives from `Learner` and says how it is stored by `dump` and `load`, without pickle.
'''

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

import modellab_core.training as room
from modellab_core.data.task import Task
from modellab_core.errors import BadInput, choices
from modellab_core.training.template import TEMPLATES, Parameters, Template

__all__ = ["TEMPLATES", "Parameters", "Template", "check_params", "templates_for"]

for _found in sorted(module.name for module in pkgutil.iter_modules(room.__path__)):
    if _found.startswith("template_"):
        importlib.import_module(f"{room.__name__}.{_found}")


def templates_for(task: Task) -> list[Template]:
    """The templates that can predict this kind of target."""
    return [template for template in TEMPLATES.values() if task in template.tasks]


def check_params(template: Template, given: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters of `template` as plain JSON values: those `given` (text or values), the defaults of the others.

    BadInput names a parameter that does not exist, or whose value does not fit, and what would.
    """
    for name in given:
        if name not in template.params.model_fields:
            known = choices(name, template.params.model_fields)
            raise BadInput(f"The template {template.name!r} has no parameter {name!r}: {known}")
    try:
        return template.params.model_validate(dict(given)).model_dump(mode="json")
    except ValidationError as error:
        raise BadInput(" ".join(_sentence(template, problem) for problem in error.errors())) from error


def _sentence(template: Template, problem: ErrorDetails) -> str:
    name = str(problem["loc"][0])
    said = problem["msg"][0].lower() + problem["msg"][1:]
    return f"The parameter {name!r} of {template.name!r} cannot be {problem['input']!r}: {said}."
