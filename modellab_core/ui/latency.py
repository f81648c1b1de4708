"""How long a run's model takes: a tab of the page Evaluate."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.place as place
from modellab_core.lab import Lab
from modellab_core.ui.frame import guard
from modellab_core.ui.words import esc, plural

SECONDS = 3.0
QUANTILES = ("p50", "p95", "p99")


def latency(lab: Lab, run: Any) -> None:
    """The last times of the model of a run, and the button that takes them."""
    if not any(name.startswith("model/") for name in run.files):
        st.markdown("No model of this run is kept, so there is nothing to time.")
        return
    last = lab.last_latency(run)
    st.markdown(
        "From the raw row to the prediction, on this machine, after a warm-up. Times differ from one measuring to the "
        "next and are no part of the report."
    )
    if st.button("Measure again" if last else "Measure", key="measure-latency", icon=":material/timer:"):
        with guard(), st.spinner("Timing single rows and batches …"):
            lab.latency(run, seconds=SECONDS)
            place.again()
    if last is None:
        return
    found, where = last
    st.dataframe(pd.DataFrame([_line(one) for one in found.times]), key="latency", hide_index=True)
    st.caption(
        "Times in milliseconds with 95 % intervals by order statistics, a question mark where the calls are too few; "
        f"{plural(found.warm_up, 'call')} before the first that counts. {esc(where['system'])}, "
        f"{plural(where['cpus'], 'CPU')}, {plural(where['threads'], 'thread')}, {esc(where['at'])}."
    )


def _line(one: Any) -> dict[str, Any]:
    told = {name: _ends(*(getattr(one, f"{name}{end}") for end in ("", "_low", "_high"))) for name in QUANTILES}
    rows = {"rows at once": one.rows, "calls": one.calls}
    return rows | told | {"rows a second": f"{one.rows_per_second:,.0f}"}


def _ends(value: float, low: float | None, high: float | None) -> str:
    ends = ["?" if end is None else f"{end:.3g}" for end in (low, high)]
    return f"{value:.3g} ({ends[0]} to {ends[1]})"
