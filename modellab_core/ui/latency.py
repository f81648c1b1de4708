"""How long a run's model takes, and what a script logged with a run: two tabs of the page Evaluate."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.place as place
from modellab_core.lab import Lab
from modellab_core.ui.frame import guard
from modellab_core.ui.words import esc, plural, size

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


def logged(lab: Lab, run: Any) -> None:
    """Parameters, metrics with their series, words and files of a run that a script logged."""
    said = lab.logged(run)
    if not said:
        st.markdown("The script logged nothing beside the report.")
        return
    left, right = st.columns(2)
    with left:
        _values("Parameters", said.params, "logged-params")
        _values("Tags", said.tags, "logged-tags")
    with right:
        _values("Metrics", said.metrics, "logged-metrics")
        _files(lab, run, said)
    long = [name for name, one in said.series.groupby("name") if len(one) > 1]
    if long:
        chosen = st.selectbox("Series", long, key="logged-series")
        some = said.series[said.series["name"] == chosen].drop_duplicates("step", keep="last")
        st.line_chart(some, x="step", y="value", height=260)
    if len(said.changes):
        st.caption(f"{plural(len(said.changes), 'value')} of parameters and tags that changed; the last one holds.")
        st.dataframe(said.changes.astype(str), key="logged-changes", hide_index=True)


def _values(title: str, values: Any, key: str) -> None:
    if values:
        st.markdown(f"**{title}**")
        st.dataframe(
            pd.DataFrame({"name": list(values), "value": [str(value) for value in values.values()]}),
            key=key,
            hide_index=True,
        )


def _files(lab: Lab, run: Any, said: Any) -> None:
    if not said.artifacts:
        return
    st.markdown("**Files**")
    for place_, (name, digest) in enumerate(said.artifacts.items()):
        if lab.blobs.has(digest):
            st.download_button(
                f"{esc(name)}, {size(lab.blobs.size(digest))}",
                data=partial(lab.artifact, run, name),
                file_name=name.rpartition("/")[2],
                key=f"artifact-{place_}",
                on_click="ignore",
            )
