"""A template of your own: one small tree whose rules fit on a card, beside the dummy.

    python examples/custom_template.py          tries it on the churn table, in this process

A copy of this file as `modellab_core/training/template_tree.py` makes it a choice in the app and the command: its
parameters are a form, its runs are evaluated, stored and packed like all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from modellab_core.data.task import Task
from modellab_core.training.design import Design
from modellab_core.training.estimators import Estimated, SkopsLearner
from modellab_core.training.learner import LEARNERS, Learnt, Problem, Settings, Tell
from modellab_core.training.template import Parameters, Template, add_template

if TYPE_CHECKING:
    from modellab_core.training.values import Ints


class TreeParams(Parameters):
    """Parameters of `tree`."""

    depth: int = Field(3, ge=1, le=20, title="Depth", description="Questions asked in a row.")
    leaf: int = Field(10, ge=1, le=10_000, title="Rows of a leaf", description="The least rows that share an answer.")


class Tree(SkopsLearner):
    """One decision tree on the matrix of the linear model. Only the types named here are ever read from a file."""

    trusted = ("sklearn.tree._classes.DecisionTreeClassifier", "sklearn.tree._tree.Tree")

    def fit(self, problem: Problem, rows: Ints, settings: Settings | None, tell: Tell) -> Learnt:
        """A tree of the depth that was asked for; `settings` are empty, because nothing is chosen on held rows."""
        from sklearn.tree import DecisionTreeClassifier

        tell(0.0, "Tree")
        inputs, asked = problem.inputs.take(rows), problem.params
        design = Design.learn(problem.intake, inputs, rare_below=3)
        tree = DecisionTreeClassifier(
            max_depth=asked["depth"], min_samples_leaf=asked["leaf"], random_state=problem.seed
        )
        tree.fit(design.matrix(inputs), problem.y[rows], sample_weight=problem.weights(rows))
        return Learnt(Estimated(tree, design, problem.k), settings or {})


LEARNERS.add("tree", Tree())
add_template(
    Template(
        name="tree",
        title="A tree on a card",
        description="Class shares and one small tree on the same rows.",
        tasks=(Task.BINARY, Task.MULTICLASS),
        params=TreeParams,
        models=("dummy", "tree"),
    )
)


def try_it(depth: int) -> Any:
    """Train both models on the churn table in this process; the verdict over them."""
    from dataclasses import replace
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from modellab_core.data.reading import read
    from modellab_core.data.split import SplitRule, assign
    from modellab_core.experiment import perform, plan_of
    from modellab_core.harness.comparing.comparison import judge
    from modellab_core.lab.training import Wish, recipe_for

    with TemporaryDirectory() as scratch:
        table = read(Path(__file__).parent / "data" / "customer_churn.csv", scratch=Path(scratch))
    recipe, template, _ = recipe_for(table, "churned", Wish(template="tree", params={"depth": depth}))
    split = assign(table, recipe.target, recipe.task, SplitRule.parse(recipe.split), recipe.test_size, recipe.seed)
    plan, made = plan_of(recipe, split), {}
    for model in template.models:
        outcome = perform(replace(recipe, model=model), table, split, plan, baselines=dict(made), pngs=False)
        made[model] = outcome.predictions
        print(f"{model:8} {outcome.report.sentences[0]}")
    return judge(made, recipe.metric, plan)


if __name__ == "__main__":
    print(try_it(depth=3).sentence)
