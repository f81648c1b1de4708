"""What a template is, and where templates are kept. How to add one: see `templates.py`."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from modellab_core.data.task import Task
from modellab_core.registry import Registry
from modellab_core.training.learner import LEARNERS


class Parameters(BaseModel):
    """The base of a template's parameters: frozen, no unknown names, no NaN, no infinity.

    Each field has a default, bounds where there are any, `title` and `description`: the form of the app, the help of
    the command and the documentation are made of them. Text, numbers, booleans and `Literal` choices only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Template:
    """A recipe for training.

    `title` and `description` are for people, `tasks` what it can predict, `params` its parameters, `models` the names
    of its models in LEARNERS from simple to complex: all are trained in a batch, on the same rows.
    """

    name: str
    title: str
    description: str
    tasks: tuple[Task, ...]
    params: type[Parameters]
    models: tuple[str, ...]


TEMPLATES: Registry[Template] = Registry("template")


def add_template(template: Template) -> Template:
    """Add a template to the app, the command and the documentation. BadInput when one of its models is unknown."""
    for model in template.models:
        LEARNERS[model]
    return TEMPLATES.add(template.name, template)
