"""What is in every column: a table to search and sort, and one column of it in detail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.place as place
from modellab_core.lab import Lab
from modellab_core.ui.distributions import histogram, show
from modellab_core.ui.notes import of_column
from modellab_core.ui.words import esc, number, percent, plural

TYPE_NAMES = {"number": "numbers", "text": "texts", "date": "dates", "boolean": "yes or no"}
FEW = 12  # columns that need no search
QUANTILES = {"0.05": "5 %", "0.25": "25 %", "0.5": "Median", "0.75": "75 %", "0.95": "95 %"}
HEIGHT = 420  # pixels of a table below which something else is to be seen
LONG, LONGEST = 30, 230  # letters of a name that are not shown in whole, and the pixels that it gets then
ROOM = 104  # pixels of a column that may hold a date


def columns_of(lab: Lab, version: Any) -> None:
    """The profile of a version: the table, and below it the column that was chosen in it."""
    told = lab.profile(version.id)
    shown = _searched(told) if len(told) > FEW else told
    if not shown:
        st.caption("No column is called like this.")
    else:
        _table(shown, version)
    known = {one.name: one for one in told}
    chosen = place.choose("Column in detail", {name: name for name in known}, "column", width=420)
    if chosen is not None:
        _detail(lab, version, known[chosen])


def _searched(told: Sequence[Any]) -> Sequence[Any]:
    """The columns whose name holds what was typed, of the types that were picked."""
    kinds = [kind for kind in TYPE_NAMES if any(one.type == kind for one in told)]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        part = st.text_input(
            "Find a column",
            key="find-column",
            bind="query-params",
            placeholder="Part of a name",
            icon=":material/search:",
            live=True,
            width=320,
        )
        picked = st.pills(
            "Types",
            kinds,
            selection_mode="multi",
            format_func=TYPE_NAMES.__getitem__,
            key="find-types",
            bind="query-params",
        )
        gaps = st.toggle("With missing values", key="find-missing", bind="query-params")
    found = [
        one
        for one in told
        if (part or "").casefold() in one.name.casefold()
        and (not picked or one.type in picked)
        and (one.missing or not gaps)
    ]
    st.caption(f"{len(found):,} of {plural(len(told), 'column')}.")
    return found


def _table(told: Sequence[Any], version: Any) -> None:
    lines = [
        {
            "column": one.name,
            "type": TYPE_NAMES.get(one.type, one.type),
            "missing": one.missing / max(version.rows, 1),
            "distinct": one.distinct,
            "min": _cell(one.min),
            "median": _cell(one.quantiles.get("0.5")),
            "max": _cell(one.max),
            "histogram": _counts(one.histogram),
            "top": ", ".join(_top(one)),
        }
        for one in told
    ]
    st.dataframe(
        pd.DataFrame(lines),
        key=f"profile-{version.id}",
        hide_index=True,
        height="content" if len(lines) <= FEW else HEIGHT,
        placeholder="–",
        alt="What is in every column of the table",
        on_select=_ticked,
        selection_mode="single-row",
        column_config={
            "column": st.column_config.TextColumn("Column", pinned=True, width=_width(one.name for one in told)),
            "type": st.column_config.TextColumn("Type"),
            "missing": st.column_config.ProgressColumn("Missing", format="percent", min_value=0, max_value=1),
            "distinct": st.column_config.NumberColumn("Distinct", format="localized"),
            "min": st.column_config.TextColumn("Smallest", alignment="right", width=ROOM),
            "median": st.column_config.TextColumn("Median", alignment="right", width=ROOM),
            "max": st.column_config.TextColumn("Largest", alignment="right", width=ROOM),
            "histogram": st.column_config.BarChartColumn("Distribution", y_min=0),
            "top": st.column_config.TextColumn("Most frequent", width="large"),
        },
    )
    names = [one.name for one in told]
    st.session_state["_profile_shown"] = (f"profile-{version.id}", names)


def _ticked() -> None:
    """The ticked line becomes the column of the address."""
    key, names = st.session_state["_profile_shown"]
    rows = st.session_state[key]["selection"]["rows"]
    if rows and rows[0] < len(names):
        place.stand("column", names[rows[0]])


def _detail(lab: Lab, version: Any, one: Any) -> None:
    with st.container(border=True, key="column-detail"):
        st.subheader(esc(one.name, limit=120), anchor=False)
        filled = version.rows - one.missing
        kind = TYPE_NAMES.get(one.type, one.type)
        gaps = percent(one.missing / max(version.rows, 1))
        parts = [kind, plural(filled, "value"), f"{one.missing:,} missing ({gaps})", f"{one.distinct:,} distinct"]
        st.caption(" · ".join([*parts, *_further(one)]))
        if one.min is None:
            _picture(one, filled)
        else:
            left, right = st.columns([3, 2], gap="medium")
            with left:
                _picture(one, filled)
            with right:
                _facts(one, filled)
        of_column(lab, version, one.name)


def _further(one: Any) -> list[str]:
    """What else is known of its values, where there is anything to tell."""
    parts = [f"{count:,} {word}" for word in ("zeros", "negatives", "infinite") if (count := getattr(one, word))]
    if one.longest is not None:
        span = f"{one.shortest:,} to {one.longest:,}" if one.shortest != one.longest else f"{one.longest:,}"
        parts.append(f"{span} {'character' if one.longest == 1 else 'characters'}")
    return parts


def _picture(one: Any, filled: int) -> None:
    """The histogram where values have an order, else the most frequent values; or why there is neither."""
    if one.histogram is not None:
        edges, counts = _edges(one.histogram), _counts(one.histogram)
        alt = f"Histogram of {one.name} in {len(counts)} bins from {one.min} to {one.max}"
        show(histogram(one.name, one.type, edges, counts), f"histogram-{one.name}", alt)
    elif one.top:
        _frequent(one, filled, "content")
    else:
        st.caption("Every value is there once." if filled else "There are no values.")


def _facts(one: Any, filled: int) -> None:
    facts = [
        ("Smallest", one.min),
        *((word, one.quantiles.get(at)) for at, word in QUANTILES.items()),
        ("Largest", one.max),
    ]
    facts += [("Mean", one.mean), ("Standard deviation", one.std)]
    lines = [{"fact": word, "value": _cell(value)} for word, value in facts if value is not None]
    st.dataframe(
        pd.DataFrame(lines),
        key=f"facts-{one.name}",
        hide_index=True,
        height="content",
        alt=f"Range and quantiles of {one.name}",
        column_config={
            "fact": "Of its values",
            "value": st.column_config.TextColumn("Is", alignment="right"),
        },
    )
    if one.top:
        with st.expander("Most frequent values", key=f"top-{one.name}", type="compact"):
            _frequent(one, filled, "content")


def _frequent(one: Any, filled: int, height: Any) -> None:
    lines = [{"value": str(value), "rows": count, "share": count / max(filled, 1)} for value, count in one.top]
    st.dataframe(
        pd.DataFrame(lines),
        key=f"frequent-{one.name}",
        hide_index=True,
        height=height,
        alt=f"The most frequent values of {one.name}",
        column_config={
            "value": st.column_config.TextColumn("Value", width=_width(str(value) for value, _ in one.top)),
            "rows": st.column_config.NumberColumn("Rows", format="localized", width="small"),
            "share": st.column_config.ProgressColumn("Share", format="percent", min_value=0, max_value=1),
        },
    )


def _width(words: Iterable[str]) -> int | None:
    """Pixels of a column of words: as wide as they are, but for long ones, so that the rest is in sight."""
    return LONGEST if any(len(word) > LONG for word in words) else None


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, int):
        return f"{value:,}"
    if not isinstance(value, float):
        return str(value).removesuffix("T00:00:00").removesuffix(" 00:00:00")
    return number(value) if 0.01 <= abs(value) < 1e6 or value == 0 else f"{value:.4g}"


def _edges(held: Any) -> list[Any]:
    return list(held["edges"] if isinstance(held, Mapping) else held.edges)


def _counts(held: Any) -> list[int]:
    if held is None:
        return []
    return list(held["counts"] if isinstance(held, Mapping) else held.counts)


def _top(one: Any) -> list[str]:
    return [f"{value} ({count:,})" for value, count in list(one.top or [])[:4]]
