"""What cannot be evaluated is refused by one sentence that names the value, the place and the way out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from modellab_core.errors import BadInput
from modellab_core.harness.report import evaluate
from modellab_core.harness.scores import Plan

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "empty": ({"y_true": [], "y_pred": []}, "y_true is empty"),
    "lengths": ({"y_true": [0, 1, 1], "y_pred": [0, 1]}, "y_pred has 2 rows and y_true has 3"),
    "proba length": ({"y_true": [0, 1, 1], "y_proba": [0.1, 0.2]}, "y_proba has 2 rows and y_true has 3"),
    "X length": ({"y_true": [0, 1], "y_pred": [0, 1], "X": [[1], [2], [3]]}, "X has 3 rows and y_true has 2"),
    "weight length": ({"y_true": [0, 1], "y_pred": [0, 1], "weight": [1]}, "weight has 1 rows"),
    "missing label": ({"y_true": ["a", None, "b"], "y_pred": ["a", "a", "b"]}, "y_true has no label in row 1"),
    "missing guess": ({"y_true": ["a", "b"], "y_pred": ["a", np.nan]}, "y_pred has no label in row 1"),
    "missing number": ({"y_true": [1.5, np.nan, 2.5], "y_pred": [1, 2, 3]}, "y_true is nan in row 1"),
    "infinite": ({"y_true": [1.5, 2.5], "y_pred": [1.0, np.inf]}, "y_pred is inf in row 1"),
    "above 1": ({"y_true": [0, 1], "y_proba": [0.2, 1.2]}, "y_proba is 1.2 in row 1"),
    "below 0": ({"y_true": [0, 1], "y_proba": [[0.2, 0.8], [-0.5, 1.5]]}, "y_proba is -0.5 in row 1"),
    "nan proba": ({"y_true": [0, 1], "y_proba": [0.2, np.nan]}, "y_proba is nan in row 1"),
    "sum": ({"y_true": [0, 1], "y_proba": [[0.2, 0.7], [0.5, 0.5]]}, "row 0 of y_proba sum to 0.9"),
    "unknown class": ({"y_true": ["a", "b"], "y_pred": ["a", "c"], "classes": ["a", "b"]}, "'c' is none of the"),
    "columns": ({"y_true": ["a", "b"], "y_proba": [[0.2, 0.3, 0.5]] * 2}, "3 columns and there are 2 classes"),
    "no column": (
        {"y_true": ["a", "b"], "y_proba": pd.DataFrame({"a": [0.5, 0.5], "z": [0.5, 0.5]})},
        "'b' is none of the classes a, z",
    ),
    "one column": ({"y_true": ["a", "b", "c"], "y_proba": [0.2, 0.3, 0.5]}, "one column and there are 3 classes"),
    "one class": ({"y_true": ["a", "a"], "y_pred": ["a", "a"]}, "only the class 'a'"),
    "positive": ({"y_true": ["a", "b"], "y_pred": ["a", "b"], "positive": "c"}, "no class 'c' to be positive"),
    "task": ({"y_true": [0, 1], "y_pred": [0, 1], "task": "ranking"}, "no task 'ranking'"),
    "three in binary": ({"y_true": [0, 1, 2], "y_pred": [0, 1, 2], "task": "binary"}, "has two classes"),
    "nothing": ({"y_true": [0, 1]}, "nothing to evaluate"),
    "model without X": ({"y_true": [0, 1], "model": len}, "a model together with X"),
    "shape": ({"y_true": [[0, 1], [1, 0]], "y_pred": [0, 1]}, "y_true has the shape (2, 2)"),
    "text": ({"y_true": "abc", "y_pred": "abc"}, "y_true is str"),
    "negative weight": ({"y_true": [0, 1], "y_pred": [0, 1], "weight": [1, -1]}, "weight must be 0 or above"),
    "missing group": ({"y_true": [0, 1], "y_pred": [0, 1], "groups": ["a", None]}, "groups is missing in row 1"),
    "text as number": ({"y_true": ["x", "y"], "y_pred": [1, 2], "task": "regression"}, "no column of numbers"),
    "X twice": (
        {"y_true": [0, 1], "y_pred": [0, 1], "X": pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"])},
        "'a' is in X twice",
    ),
    "flat X": ({"y_true": [0, 1], "y_pred": [0, 1], "X": [1, 2]}, "X has 1 dimension"),
    "metric": ({"y_true": [0, 1], "y_pred": [0, 1], "plan": Plan(headline="mae")}, "does not fit a binary task"),
    "score as label": ({"y_true": [0, 1], "y_pred": [0.2, 0.7]}, "give y_proba, or task='regression'"),
    "dates": ({"y_true": pd.date_range("2020", periods=2), "y_pred": [1, 2]}, "y_true holds dates"),
    "ids": ({"y_true": [f"id {i}" for i in range(2000)], "y_pred": ["id 1"] * 2000}, "2,000 classes"),
    "level": ({"y_true": [0, 1], "y_pred": [0, 1], "plan": Plan(level=95)}, "level=95"),
    "resamples": ({"y_true": [0, 1], "y_pred": [0, 1], "plan": Plan(resamples=0)}, "resamples=0"),
    "twice": ({"y_true": [0, 1], "y_proba": [[0.5, 0.5]] * 2, "classes": [0, 0]}, "'0' is named twice"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_refused_by_a_sentence(case: str) -> None:
    """BadInput names the value, the place and the way out, in one sentence."""
    arguments, sentence = REFUSED[case]
    with pytest.raises(BadInput) as refusal:
        evaluate(**arguments)
    assert sentence in str(refusal.value)
    assert str(refusal.value).endswith(".") or str(refusal.value).endswith("?")
