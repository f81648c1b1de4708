"""What is predicted: one of two classes, one of several, or a number."""

from __future__ import annotations

from enum import StrEnum


class Task(StrEnum):
    """The kind of prediction; written everywhere as its lower-case word."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"

    @property
    def is_classification(self) -> bool:
        """Whether a class is predicted."""
        return self is not Task.REGRESSION
