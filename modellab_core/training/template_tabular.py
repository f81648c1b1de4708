"""The two templates for tables: dummy, then linear, then XGBoost, on the same rows."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from modellab_core.data.task import Task
from modellab_core.training import boosting, linear
from modellab_core.training.template import Parameters, Template, add_template

MODELS = ("dummy", "linear", "xgboost")
assert {linear.__name__, boosting.__name__}  # imported for their entries in LEARNERS


class TabularParams(Parameters):
    """What both templates share."""

    keep: str = Field(
        "",
        title="Columns to keep",
        description="Columns that stay although they look like names of rows, separated by commas.",
    )
    rare_below: int = Field(
        2,
        ge=1,
        le=10_000,
        title="Rows a category needs",
        description="Linear model: categories with fewer training rows share one column.",
    )
    learning_rate: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Learning rate",
        description="XGBoost: how much each round may correct; 0 takes .1 for small tables to .3 for large ones.",
    )
    max_depth: int = Field(6, ge=1, le=16, title="Depth of a tree", description="XGBoost: questions asked in a row.")
    min_child_weight: float = Field(
        1.0,
        ge=0,
        le=1e6,
        title="Weight of a leaf",
        description="XGBoost: the least sum of second derivatives in a leaf.",
    )
    tree_penalty: float = Field(
        1.0, ge=0, le=1e6, title="Penalty of a leaf", description="XGBoost: L2 penalty on the values of the leaves."
    )
    max_rounds: int = Field(
        500,
        ge=1,
        le=10_000,
        title="Most rounds",
        description="XGBoost: held-out rows choose how many up to here; large tables stop sooner, after 100 or more.",
    )
    patience: int = Field(
        25,
        ge=1,
        le=1000,
        title="Patience",
        description="XGBoost: rounds without a lower loss before it stops, at a rate of .1.",
    )


class ClassificationParams(TabularParams):
    """Parameters of `tabular_classification`."""

    linear_c: float = Field(
        1.0, gt=0, le=1e6, title="Freedom of the linear model", description="Logistic regression: 1 / L2 penalty."
    )
    max_iter: int = Field(
        1000, ge=10, le=100_000, title="Most steps", description="Logistic regression: steps before it gives up."
    )


class RegressionParams(TabularParams):
    """Parameters of `tabular_regression`."""

    ridge_alpha: float = Field(
        1.0, ge=0, le=1e9, title="Penalty of the linear model", description="Ridge regression: L2 penalty."
    )
    log_target: Literal["auto", "never", "always"] = Field(
        "auto",
        title="Logarithm of the target",
        description="Learn the logarithm of the target; auto tries it for long tails and keeps it where it helps.",
    )


add_template(
    Template(
        "tabular_classification",
        "Classes from a table",
        "Class shares, logistic regression and XGBoost on the same rows.",
        (Task.BINARY, Task.MULTICLASS),
        ClassificationParams,
        MODELS,
    )
)
add_template(
    Template(
        "tabular_regression",
        "Numbers from a table",
        "The mean, ridge regression and XGBoost on the same rows.",
        (Task.REGRESSION,),
        RegressionParams,
        MODELS,
    )
)
