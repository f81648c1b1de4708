"""What scripts and notebooks turn on by a call: logging by itself, and how figures are shown."""

from __future__ import annotations

from modellab_core.harness.html.notebook import show_figures_as
from modellab_core.notebook.autolog import autolog

__all__ = ["autolog", "show_figures_as"]
