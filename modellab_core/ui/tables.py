"""Tables of data on screen: a few rows, what was read and how, and what is in every column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from pandas.api.types import is_datetime64_any_dtype

import modellab_core.ui.place as place
from modellab_core.data.reading import Asked
from modellab_core.data.table import COLUMN_TYPES
from modellab_core.lab import Lab
from modellab_core.ui.words import esc, listed, plural, size

DELIMITERS = {None: "found out", ",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
ENCODINGS = {None: "found out", "utf-8": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}
HEADERS = {None: "found out", True: "names of columns", False: "data"}
TYPE_NAMES = {"number": "numbers", "text": "texts", "date": "dates", "boolean": "yes or no"}
KINDS = {"number": "number", "text": "text", "date": "date", "boolean": "yes-or-no"}
SHOWN_NOTES = 6


def pick_version(lab: Lab, project: str, label: str = "Dataset") -> Any:
    """The dataset version of the address under `version`, chosen from the newest ones; None while there is none."""
    newest = {one.versions[0].id: one for one in lab.datasets(project) if one.versions}
    names = {ident: one.dataset.name for ident, one in newest.items()}
    asked = place.here("version")
    for one in newest.values():
        names |= {v.id: f"{one.dataset.name}, version {v.number}" for v in one.versions if v.id == asked}
    chosen = place.choose(label, names, "version", width=420)
    return lab.version(chosen) if chosen else None


def rows_of(frame: pd.DataFrame, key: str, height: Any = "auto") -> None:
    """Rows of a table as they were read."""
    shape = f"{plural(len(frame), 'row')} and {plural(len(frame.columns), 'column')} of the table"
    days = [name for name in frame.columns if is_datetime64_any_dtype(frame[name]) and _midnights(frame[name])]
    config: dict[str, Any] = {str(name): st.column_config.DateColumn(format="YYYY-MM-DD") for name in days}
    config["_index"] = st.column_config.Column("row")
    st.dataframe(frame, key=key, height=height, alt=shape, column_config=config, placeholder="–")


def _midnights(column: pd.Series) -> bool:
    known = column.dropna()
    return bool((known == known.dt.normalize()).all())


def how_read(version: Any) -> str:
    """One line that says what was read and how (Markdown)."""
    told = version.reading
    parts = [f"{plural(version.rows, 'row')}, {plural(version.columns, 'column')}", size(version.size)]
    if told.get("format") == "csv":
        mark = DELIMITERS.get(told.get("delimiter"), str(told.get("delimiter")))
        first = "with a line of names" if told.get("header") else "without a line of names"
        parts.append(f"CSV, {esc(str(told.get('encoding')).upper())}, {esc(mark)} between the cells, {first}")
    else:
        parts.append("Parquet")
    types = list(told.get("types", {}).values())
    counts = [f"{types.count(kind)} {KINDS[kind]}" for kind in COLUMN_TYPES if kind in types]
    parts.append(f"{listed(counts)} {'column' if len(types) == 1 else 'columns'}")
    return " · ".join(parts)


def show_notes(notes: Sequence[Mapping[str, Any]], key: str) -> None:
    """What a person should know, a line each; many fold away."""
    lines = [f"- {esc(note['text'], limit=600)}" for note in notes]
    if not lines:
        return
    st.caption("\n".join(lines[:SHOWN_NOTES]))
    if len(lines) > SHOWN_NOTES:
        more = st.expander(f"{len(lines) - SHOWN_NOTES} more notes", key=f"notes-{key}", type="compact")
        more.caption("\n".join(lines[SHOWN_NOTES:]))


def profile_table(lab: Lab, version: Any, key: str) -> None:
    """A line a column: type, missing, distinct, range, a small histogram and the most frequent values."""
    lines = [
        {
            "column": one.name,
            "type": TYPE_NAMES.get(one.type, one.type),
            "missing": one.missing / max(version.rows, 1),
            "distinct": one.distinct,
            "min": _cell(one.min),
            "mean": _cell(one.mean),
            "max": _cell(one.max),
            "histogram": _counts(one.histogram),
            "top": ", ".join(_top(one)),
        }
        for one in lab.profile(version.id)
    ]
    st.dataframe(
        pd.DataFrame(lines),
        key=key,
        hide_index=True,
        height="content" if len(lines) <= 40 else 640,
        placeholder="–",
        alt="What is in every column of the table",
        column_config={
            "column": st.column_config.TextColumn("Column", pinned=True),
            "type": st.column_config.TextColumn("Type"),
            "missing": st.column_config.ProgressColumn("Missing", format="percent", min_value=0, max_value=1),
            "distinct": st.column_config.NumberColumn("Distinct", format="localized"),
            "min": st.column_config.TextColumn("Smallest", alignment="right"),
            "mean": st.column_config.TextColumn("Mean", alignment="right"),
            "max": st.column_config.TextColumn("Largest", alignment="right"),
            "histogram": st.column_config.BarChartColumn("Distribution", y_min=0),
            "top": st.column_config.TextColumn("Most frequent", width="large"),
        },
    )


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    return f"{value:.4g}" if isinstance(value, float) else str(value).removesuffix("T00:00:00")


def _counts(histogram: Any) -> list[int]:
    if histogram is None:
        return []
    return list(histogram["counts"] if isinstance(histogram, Mapping) else histogram.counts)


def _top(column: Any) -> list[str]:
    return [f"{value} ({count:,})" for value, count in list(column.top or [])[:4]]


def read_differently(lab: Lab, version: Any) -> Any:
    """Fields that say how the same bytes should be read instead; gives the new version once that was done."""
    told = version.reading
    if told.get("format") != "csv":
        st.caption("A Parquet file says itself what its columns are.")
        return None
    with st.form(f"reread-{version.id}", border=False):
        one, two, three, four = st.columns(4)
        mark = one.selectbox("Between the cells", list(DELIMITERS), format_func=DELIMITERS.__getitem__)
        letters = two.selectbox("Encoding", list(ENCODINGS), format_func=ENCODINGS.__getitem__)
        header = three.selectbox("The first line holds", list(HEADERS), format_func=HEADERS.__getitem__)
        tokens = four.text_input("Read as missing", placeholder="? NA -999", help="Words with blanks between them.")
        as_text = st.multiselect("Columns to keep as text", list(told["types"]))
        if not st.form_submit_button("Read it again", icon=":material/replay:"):
            return None
    asked = Asked(
        delimiter=mark,
        encoding=letters,
        header=header,
        missing=tuple(tokens.split()) or None,
        types=dict.fromkeys(as_text, "text"),
    )
    dataset = lab.dataset(version.dataset_id)
    with lab.blobs.path(version.sha256).open("rb") as stream:
        source = (version.file_name or dataset.name, stream)
        return lab.add_dataset(source, project=dataset.project_id, name=dataset.name, asked=asked)


def versions_table(versions: Sequence[Any], key: str) -> str | None:
    """The versions of a dataset, the newest first; gives the id of the one that was ticked."""
    lines = [
        {
            "number": one.number,
            "rows": one.rows,
            "columns": one.columns,
            "size": size(one.size),
            "added": one.created_at,
            "file": one.file_name,
            "sha256": one.sha256,
        }
        for one in versions
    ]
    chosen = st.dataframe(
        pd.DataFrame(lines),
        key=key,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        alt="The versions of this dataset",
        column_config={
            "number": "Version",
            "rows": st.column_config.NumberColumn("Rows", format="localized"),
            "columns": "Columns",
            "size": "Size",
            "added": st.column_config.DatetimeColumn("Added", format="D MMM YYYY, HH:mm"),
            "file": "File",
            "sha256": "SHA-256 of the bytes",
        },
    )
    rows = chosen["selection"]["rows"]
    return str(versions[rows[0]].id) if rows else None
