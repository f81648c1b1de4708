from __future__ import annotations

import importlib.util
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from training.made import fitted, mixed

from modellab_core.data.task import Task
from modellab_core.errors import BadInput
from modellab_core.training import templates
from modellab_core.training.learner import LEARNERS
from modellab_core.training.persistence import dump, load
from modellab_core.training.templates import TEMPLATES, check_params, templates_for


def test_each_task_has_its_template() -> None:
    """The two templates for tables train dummy, linear and XGBoost, simple ones first."""
    assert [template.name for template in templates_for(Task.BINARY)] == ["tabular_classification"]
    assert [template.name for template in templates_for(Task.MULTICLASS)] == ["tabular_classification"]
    assert [template.name for template in templates_for(Task.REGRESSION)] == ["tabular_regression"]
    assert all(template.models == ("dummy", "linear", "xgboost") for template in TEMPLATES.values())


@pytest.mark.parametrize("name", TEMPLATES)
def test_parameters_can_be_shown(name: str) -> None:
    """Every parameter has a title, a description and a default that fits its own bounds."""
    template = TEMPLATES[name]
    for field in template.params.model_fields.values():
        assert field.title
        assert field.description
        assert field.description.endswith(".")
    assert check_params(template, {}) == template.params().model_dump()


def test_parameters_are_read_from_text() -> None:
    """Text and values give the same complete parameters."""
    template = TEMPLATES["tabular_regression"]
    text = check_params(template, {"max_depth": "4", "learning_rate": "0.5", "log_target": "never"})
    assert text == check_params(template, {"max_depth": 4, "learning_rate": 0.5, "log_target": "never"})
    assert (text["max_depth"], text["patience"]) == (4, 25)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"max_dept": 3}, "no parameter 'max_dept': did you mean max_depth"),
        ({"max_depth": 0}, "'max_depth' .* cannot be 0: input should be greater than or equal to 1"),
        ({"max_depth": "deep"}, "'max_depth' .* cannot be 'deep': input should be a valid integer"),
        ({"learning_rate": "nan"}, "'learning_rate' .* cannot be 'nan'"),
        ({"log_target": "maybe"}, "'log_target' .* 'auto', 'never' or 'always'"),
    ],
)
def test_wrong_parameters_are_one_sentence(given: dict[str, object], said: str) -> None:
    """The sentence names the parameter, the value and what would fit."""
    with pytest.raises(BadInput, match=said):
        check_params(TEMPLATES["tabular_regression"], given)


@pytest.fixture
def own_template(tmp_path: Path) -> Iterator[None]:
    """The example in the docstring of templates.py as a file of its own."""
    text = templates.__doc__ or ""
    example = text[text.index("    from pydantic") : text.index("A learner that has")]
    path = tmp_path / "template_tree.py"
    path.write_text("from __future__ import annotations\n\n" + textwrap.dedent(example), "utf-8")
    spec = importlib.util.spec_from_file_location("modellab_core.training.template_tree", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield
    del sys.modules[spec.name], TEMPLATES._things["tree"], LEARNERS._things["tree"]


@pytest.mark.usefixtures("own_template")
@pytest.mark.parametrize("task", [Task.BINARY, Task.MULTICLASS])
def test_the_documented_template_works(task: Task) -> None:
    """A template in one file trains, predicts out of fold, is stored and comes back to the bit."""
    frame = mixed(200, classes=2 if task is Task.BINARY else 3)
    found = fitted(frame, task, "tree", template="tree", params={"depth": "4"})
    proba = found.model.predict_proba(frame)
    assert len(found.development) == 150
    assert (found.development["y_true"] == found.development["y_pred"]).mean() > (0.6 if task is Task.BINARY else 0.45)
    assert np.array_equal(load(dump(found.model)).predict_proba(frame), proba)
    assert "tree" in [template.name for template in templates_for(task)]
