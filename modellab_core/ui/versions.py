"""The versions of a dataset, and what changed from one to another: rows, columns, and what drifted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.background as background
import modellab_core.ui.place as place
from modellab_core.errors import BadInput
from modellab_core.lab import Lab
from modellab_core.ui.distributions import show, two_histograms
from modellab_core.ui.frame import red_box
from modellab_core.ui.words import esc, listed, percent, plural, size

FEW = 8  # columns that drifted which are shown without scrolling
CONTENT = "the whole row"
STATISTICS = {"D": "Kolmogorov and Smirnov", "TV": "total variation", "difference": "share missing"}


def versions_of(lab: Lab, dataset: Any) -> Sequence[Any]:
    """The versions of a dataset, the newest first."""
    return next(one.versions for one in lab.datasets(dataset.project_id) if one.dataset.id == dataset.id)


def show_versions(lab: Lab, version: Any, dataset: Any) -> None:
    """The list, and below it what changed between two of them."""
    held = versions_of(lab, dataset)
    st.caption("Tick a version to look at it.")
    ticked = _table(held, f"versions-{version.id}")
    if ticked is not None and ticked != version.id:
        place.stand("version", ticked)
        place.again()
    st.header("What changed", anchor=False)
    if len(held) < 2:
        st.markdown("There is one version. Add the next table under the same name, and what changed is shown here.")
        return
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    with row:
        pair = _pair(held, version)
    if pair is None:
        return
    older, newer = pair
    with row:
        known = _row_key(older, newer)
    work = background.ask(
        ("changes", older.id, newer.id, known), lambda: lab.changes(older.id, newer.id, known), lane="changes"
    )
    if not work.done:
        background.waiting(work, "Comparing the rows and columns of both …", "changes")
    elif work.error:
        red_box(BadInput(work.error))
    else:
        _changes(work.value, (f"version {older.number}", f"version {newer.number}"))


def _table(held: Sequence[Any], key: str) -> str | None:
    """The versions, the newest first; gives the id of the one that was ticked."""
    lines = [
        {
            "number": one.number,
            "rows": one.rows,
            "columns": one.columns,
            "size": size(one.size),
            "added": one.created_at,
            "file": one.file_name,
            "said": "; ".join(_said(one)),
            "sha256": one.sha256,
        }
        for one in held
    ]
    chosen = st.dataframe(
        pd.DataFrame(lines),
        key=key,
        hide_index=True,
        height="content" if len(lines) <= FEW else 320,
        on_select="rerun",
        selection_mode="single-row",
        alt="The versions of this dataset",
        placeholder="–",
        column_config={
            "number": "Version",
            "rows": st.column_config.NumberColumn("Rows", format="localized"),
            "columns": st.column_config.NumberColumn("Columns", format="localized"),
            "size": "Size",
            "added": st.column_config.DatetimeColumn("Added", format="D MMM YYYY, HH:mm"),
            "file": "File",
            "said": st.column_config.TextColumn("As you said"),
            "sha256": "SHA-256 of the bytes",
        },
    )
    rows = chosen["selection"]["rows"]
    return str(held[rows[0]].id) if rows and rows[0] < len(held) else None


def _said(version: Any) -> list[str]:
    told = (str(note["text"]) for note in version.notes if str(note["code"]).startswith("said_"))
    return [text.removeprefix("As you said, ").rstrip(".") for text in told]


def _pair(held: Sequence[Any], version: Any) -> tuple[Any, Any] | None:
    """The two versions that are compared; at first the shown one and the one before it. They stand in the address."""
    names = {one.id: f"version {one.number}, {plural(one.rows, 'row')}" for one in held}
    before = next((one for one in held if one.number < version.number), held[-1])
    newest = version if before.id != version.id else held[0]
    older = place.choose("From", names, "from", default=before.id, width=240)
    newer = place.choose("To", names, "to", default=newest.id, width=240)
    by_id = {one.id: one for one in held}
    if older is None or newer is None or older == newer:
        st.caption("Choose two different versions.")
        return None
    return by_id[older], by_id[newer]


def _row_key(older: Any, newer: Any) -> str | None:
    """The column by which rows are known again, where a person names one."""
    both = [None, *(name for name in newer.reading["types"] if name in older.reading["types"])]
    place.begin("row-key", both, None)
    chosen: str | None = st.selectbox(
        "Rows are known by",
        both,
        format_func=lambda name: "found out" if name is None else name,
        key="row-key",
        bind="query-params",
        width=240,
        help="A column with one value for each row, such as the number of a customer: then changed rows are told too.",
    )
    return chosen


def _changes(found: Any, names: tuple[str, str]) -> None:
    drifted = {one.sentence for one in found.drifted}
    told = [text for text in found.sentences if text not in drifted and not text.endswith(":")]
    st.subheader(esc(told[0] if told else "Nothing changed.", limit=600), anchor=False)
    for text in told[1:]:
        st.markdown(f"- {esc(text, limit=600)}")
    if found.is_same:
        return
    _numbers(found)
    _cells(found)
    _drift(found, names)


def _numbers(found: Any) -> None:
    known = f"the column {found.key!r}" if found.by == "key" and found.key else _BY[found.by]
    facts = [
        ("Rows added", f"{found.rows_added:,}"),
        ("Rows gone", f"{found.rows_gone:,}"),
        ("Rows changed", "not known" if found.rows_changed is None else f"{found.rows_changed:,}"),
        ("Rows the same", f"{found.rows_same:,}"),
    ]
    with st.grid(4, min_column_width=120):
        for label, value in facts:
            with st.container(border=True, key=f"changes-{label.replace(' ', '-').lower()}"):
                st.metric(label, value)
    st.caption(f"A row is known again by {esc(known)}.")


_BY = {"content": CONTENT, "key": "its key", "place": "its place"}


def _cells(found: Any) -> None:
    """Which columns changed in rows that are in both, with a few examples."""
    if not found.examples:
        return
    counts = sorted(found.cells_changed.items(), key=lambda pair: -pair[1])
    words = listed([f"{esc(name)} ({count:,})" for name, count in counts[:5]])
    with st.expander(f"Cells that changed: {words}", key="cells-changed", icon=":material/edit_note:"):
        lines = [
            {"row": one.row, "column": one.column, "older": one.older, "newer": one.newer} for one in found.examples
        ]
        st.dataframe(
            pd.DataFrame(lines),
            key="cell-examples",
            hide_index=True,
            height="content" if len(lines) <= FEW else 320,
            alt="Examples of cells that changed",
            column_config={"row": "Row", "column": "Column", "older": "Was", "newer": "Is"},
        )


def _drift(found: Any, names: tuple[str, str]) -> None:
    if found.compared == "none":
        return
    drifted = found.drifted
    among = "the added rows against the older version" if found.compared == "added" else "all rows of both"
    count = plural(len(drifted), "column")
    st.subheader(f"{count} drifted" if drifted else "No column drifted", anchor=False)
    st.caption(
        f"Looked at in {among}: {plural(len(found.drift), 'column')}, judged together at a false discovery rate of "
        "5 %. The effect is a share of the rows, from 0 to 1."
    )
    if not drifted:
        return
    shown = list(drifted)
    chosen = _drift_table(shown)
    with st.container(border=True, key="drift-detail"):
        st.markdown(f"**{esc(chosen.name, limit=120)}**")
        st.markdown(esc(chosen.sentence, limit=800))
        if chosen.bars is not None and chosen.bars.labels:
            alt = f"Distribution of {chosen.name} in {names[0]} and {names[1]}"
            show(two_histograms(chosen.name, chosen.type, chosen.bars, names), f"drift-{chosen.name}", alt)


def _drift_table(drifted: Sequence[Any]) -> Any:
    """The columns that drifted, the largest effect first; gives the ticked one, else the first."""
    lines = [
        {
            "column": one.name,
            "effect": one.effect,
            "statistic": STATISTICS.get(one.statistic, one.statistic),
            "missing": " to ".join(
                percent(gaps / max(rows, 1)) for gaps, rows in zip(one.missing, one.rows, strict=True)
            ),
            "q": one.q_value,
            "sentence": one.sentence,
        }
        for one in drifted
    ]
    at = [at for at, one in enumerate(drifted) if one.name == place.here("drifted")]
    chosen = st.dataframe(
        pd.DataFrame(lines),
        key="drift",
        hide_index=True,
        height="content" if len(lines) <= FEW else 320,
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": at, "columns": [], "cells": []}},
        alt="Columns that drifted, the largest effect first",
        column_config={
            "column": st.column_config.TextColumn("Column", pinned=True),
            "effect": st.column_config.ProgressColumn("Effect", format="%.2f", min_value=0, max_value=1),
            "statistic": "By",
            "missing": "Missing",
            "q": st.column_config.NumberColumn("q-value", format="%.2g"),
            "sentence": st.column_config.TextColumn("What happened", width="large"),
        },
    )
    rows = [row for row in chosen["selection"]["rows"] if row < len(drifted)]
    place.stand("drifted", drifted[rows[0]].name if rows else None)
    return drifted[rows[0] if rows else 0]
