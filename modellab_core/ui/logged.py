"""What a program logged with a run: a tab of the page Evaluate, and the whole page of a run without a report."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.place as place
from modellab_core.lab import Lab
from modellab_core.ui.dialogs import confirm_delete
from modellab_core.ui.frame import live
from modellab_core.ui.named import model_name, state_badge
from modellab_core.ui.words import DASH, ago, code, esc, lasted, plural, size

AGAIN = 1.0  # seconds after which the page of a run that is going on looks at it again
CURVES = 6  # metrics whose curves are drawn at first
LOG_LINES = 60
SCRIPT = "script/"
REPORT = "`run.log_report(evaluate(y_true, y_pred))`"


def logged_run(lab: Lab, run: Any) -> None:
    """A logged run that has no report: how it went, and all that was logged; drawn again while it goes on."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        state_badge(run.state)
        took = lasted(run.started_at, run.ended_at)
        st.caption(f"{'for' if run.live else 'took'} {took} · started {ago(run.started_at)}", width="content")
        if run.parent_id:
            place.link("evaluate", "The run around it", icon=":material/subdirectory_arrow_left:", run=run.parent_id)
        if not run.live:
            _delete(lab, run)
    _ended_badly(lab, run)
    st.info(_without_report(run), icon=":material/edit_note:")

    @live(AGAIN if run.live else None)
    def panel() -> None:
        if run.live and not lab.run(run).live:
            st.rerun()
        logged(lab, run)

    panel()


def _delete(lab: Lab, run: Any) -> None:
    def act() -> None:
        lab.delete_run(run.id)
        place.stand("run", None)

    if st.button("Delete", key=f"delete-{run.id}", icon=":material/delete:", type="tertiary"):
        confirm_delete("run", model_name(run), "with all that was logged with it", act)


def _without_report(run: Any) -> str:
    if run.live:
        return "The program is running. What it logs appears here by itself."
    return (
        "This run has no report: nothing tells how sure its numbers are, and no verdict is given on it. "
        f"With {REPORT} in the program a run gets its intervals, slices and errors."
    )


def _ended_badly(lab: Lab, run: Any) -> None:
    """The exception of a run that failed, with its traceback."""
    if not run.error:
        return
    st.error(esc(run.error, limit=1000), icon=":material/error:")
    lines = lab.log(run.id).splitlines()[-LOG_LINES:]
    if lines:
        with st.expander("Traceback", key="logged-traceback", icon=":material/notes:", type="compact"):
            st.code("\n".join(lines), language=None, wrap_lines=True)


def logged(lab: Lab, run: Any) -> None:
    """Parameters, metrics with their curves, tags, files, program and inner runs of a run that a program logged."""
    said = lab.logged(run)
    if not said:
        st.markdown("No parameter, metric, tag or file was logged.")
    left, right = st.columns(2)
    with left:
        _values("Metrics", {name: exact(value) for name, value in said.metrics.items()}, "logged-metrics")
        _values("Tags", said.tags, "logged-tags")
    with right:
        _values("Parameters", said.params, "logged-params")
    _curves(said.series)
    _changes(said.changes)
    _files(lab, run, said)
    _program(lab, run)
    _inner(lab, run)
    for note in run.notes:
        st.caption(f":material/info: {esc(note.get('text', ''), limit=600)}")


def exact(value: float | None) -> str:
    """A number that a program logged, to six digits: nobody knows how many of them mean something."""
    return DASH if value is None else f"{value:.6g}".replace("-", "−")


def _values(title: str, values: Mapping[str, Any], key: str) -> None:
    if not values:
        return
    st.subheader(title, anchor=False)
    told = pd.DataFrame({"name": list(values), "value": [str(value) for value in values.values()]})
    names = {"name": "Name", "value": st.column_config.TextColumn("Value", width="medium")}
    tall = 420 if len(told) > 11 else "content"
    st.dataframe(told, key=key, hide_index=True, height=tall, alt=title, column_config=names)  # type: ignore[arg-type]


def _curves(series: pd.DataFrame) -> None:
    """Each metric that was logged more than once, over its steps; of two values of one step the later one."""
    long = [str(name) for name, one in series.groupby("name") if one["step"].nunique() > 1]
    if not long:
        return
    st.subheader("Per step", anchor=False)
    shown = long
    if len(long) > CURVES:
        shown = st.multiselect(
            "Metrics", long, long[:CURVES], key="logged-series", bind="query-params", label_visibility="collapsed"
        )
    with st.grid(min(len(shown), 3) or 1, min_column_width=300, gap="small"):
        for name in shown:
            one = series[series["name"] == name].drop_duplicates("step", keep="last")
            with st.container(border=True, key=f"curve-{long.index(name)}"):
                st.markdown(f"**{esc(name)}**")
                told = f"{name} over {plural(len(one), 'step')}"
                st.line_chart(one, x="step", y="value", x_label="Step", y_label="", height=200, alt=told)


def _changes(changes: pd.DataFrame) -> None:
    if not len(changes):
        return
    st.subheader("Logged more than once", anchor=False)
    st.caption("Each value is kept, in the order of logging; the last one holds.")
    names = {"kind": "Kind", "name": "Name", "value": "Value"}
    st.dataframe(
        changes.astype(str), key="logged-changes", hide_index=True, column_config=names, alt="Values that changed"
    )


def _files(lab: Lab, run: Any, said: Any) -> None:
    if not said.artifacts:
        return
    st.subheader("Files", anchor=False)
    with st.container(horizontal=True, gap="small"):
        for place_, (name, digest) in enumerate(said.artifacts.items()):
            if lab.blobs.has(digest):
                st.download_button(
                    f"{esc(name)}, {size(lab.blobs.size(digest))}",
                    data=partial(lab.artifact, run, name),
                    file_name=name.rpartition("/")[2],
                    key=f"artifact-{place_}",
                    icon=":material/download:",
                    on_click="ignore",
                )


def _program(lab: Lab, run: Any) -> None:
    """The text of the program as it was when the run was logged."""
    for name in sorted(name for name in run.files if name.startswith(SCRIPT)):
        label = f"Program {code(name.removeprefix(SCRIPT))}"
        box = st.expander(label, key=f"logged-{name}", on_change="rerun", icon=":material/code:")
        if box.open:
            text = lab.file(run, name).decode("utf-8", "replace")
            box.code(text, language="python" if name.endswith(".py") else None, height=420)


def _inner(lab: Lab, run: Any) -> None:
    """The runs that were started inside this one, each as a link."""
    inner = lab.children(run)
    if not inner:
        return
    st.subheader("Runs inside it", anchor=False)
    for one in inner:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"inner-{one.id}"):
            place.link(
                "evaluate", f"**{esc(model_name(one))}**", icon=":material/subdirectory_arrow_right:", run=one.id
            )
            state_badge(one.state)
            st.caption(ago(one.created_at), width="content")
