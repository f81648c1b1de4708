"""Scores of rows that a person asks for: point values at once, resampled intervals as soon as they are there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

import modellab_core.ui.service as service
from modellab_core.harness.metrics.metric import Metric
from modellab_core.harness.scores import Score
from modellab_core.harness.slices.beside import Mask, at_once, resampled

KEPT = 128
Found = dict[str, list[Score]]
_lock = Lock()


class Asked:
    """What one run of the script asks for. `finish` resamples what was not known and runs the part again."""

    def __init__(self, run: Any) -> None:
        self.run = run
        self.report, self.predictions, _ = service.opened(run)
        self.todo: list[Callable[[], None]] = []

    def scores(self, what: Any, masks: Mapping[str, Mask], metrics: Sequence[Metric] | None = None) -> Found:
        """Per mask a Score of each metric; `what` tells this question from all others about the same run."""
        key = repr((self.run.files.get("predictions.parquet", self.run.id), what))
        with _lock:
            known: Found | None = _answers().get(key)
        if known is not None:
            return known

        def work() -> None:
            found = resampled(self.predictions, self.report.plan, masks, metrics)
            with _lock:
                answers = _answers()
                answers[key] = found
                while len(answers) > KEPT:
                    answers.popitem(last=False)

        self.todo.append(work)
        return at_once(self.predictions, self.report.plan, masks, metrics)

    def finish(self) -> None:
        """Resample what is still to be resampled, then show it; what is on the screen stays there meanwhile."""
        if not self.todo:
            return
        for work in self.todo:
            work()
        try:
            st.rerun(scope="fragment")
        except StreamlitAPIException:  # the whole page ran, not the part alone
            st.rerun()


@st.cache_resource(show_spinner=False)
def _answers() -> OrderedDict[str, Found]:
    return OrderedDict()
