"""May the candidate take the place of the model in use? Exit code 0 (PASS), 1 (FAIL) or 3 (INCONCLUSIVE).

    python examples/gate.py [candidate] [baseline] [--margin 0.02]

`candidate` and `baseline` name functions of this file; in a build they would load two fitted models. "Not worse" is not
shown by a score that looks alike, but by an interval that ends above minus the margin. The margin is chosen beforehand,
in the unit of the metric: how much worse would still be acceptable?
"""

import argparse
import sys
from pathlib import Path

import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from modellab_core import Plan, evaluate_model
from modellab_core.harness.comparing.gate import gate

PLAN = Plan(metrics=("roc_auc",), stresses=(), discovery=False, importance=0, advice=False)  # a gate needs no more
EXITS = {"PASS": 0, "FAIL": 1, "INCONCLUSIVE": 3}


def pipeline(model, *, words=True):
    """`model` behind what makes numbers of the columns; without `words` it sees the numbers alone."""
    numbers = (SimpleImputer(), make_column_selector(dtype_include="number"))
    texts = (OneHotEncoder(handle_unknown="ignore"), ["contract", "plan", "discount", "payment_method"])
    return make_pipeline(make_column_transformer(numbers, *([texts] if words else [])), model)


def in_use():
    """The model of last year."""
    return pipeline(LogisticRegression(max_iter=5000))


def forest():
    """A candidate that is more work to keep."""
    return pipeline(RandomForestClassifier(300, min_samples_leaf=5, random_state=0))


def numbers_only():
    """A candidate that somebody made simpler than it can be."""
    return pipeline(LogisticRegression(max_iter=5000), words=False)


def main() -> int:
    """The exit code."""
    models = {one.__name__: one for one in (in_use, forest, numbers_only)}
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("candidate", nargs="?", default="forest", choices=models)
    asked.add_argument("baseline", nargs="?", default="in_use", choices=models)
    asked.add_argument("--margin", type=float, default=0.02)
    told = asked.parse_args()

    table = pd.read_csv(Path(__file__).parent / "data" / "customer_churn.csv")
    X, y = table.drop(columns=["churned", "customer_id", "signed_on"]), table["churned"]
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=3, stratify=y)
    new, old = (
        evaluate_model(models[name]().fit(X_train, y_train), X_test, y_test, plan=PLAN).predictions
        for name in (told.candidate, told.baseline)
    )
    found = gate(new, old, told.margin, "roc_auc", PLAN)
    print(found.sentence)
    return EXITS[found.state]


if __name__ == "__main__":
    sys.exit(main())
