"""The five sentences on screen: the first in large type, each number a link to what it stands on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st

import modellab_core.ui.slice_state as slice_state
from modellab_core.ui.stress import choose
from modellab_core.ui.words import esc

NUMBER = re.compile(r"(?<![\w.])[-−]?\d+(?:,\d{3})*(?:\.\d+)?(?: %)?(?: \([-−]?[\d.,]+ to [-−]?[\d.,]*\d\))?(?!\w)")
QUOTED = re.compile(r"'[^']*'")
MARK = "Q7Zq{}qZ7Q"  # stands for a link while the text around it is escaped
EVIDENCE = {
    "scores": "All metrics",
    "comparison": "compare",
    "discovery": "Slices",
    "slices": "Slices",
    "stress": "Stress",
    "thresholds": "Threshold",
    "calibration": "Calibration",
    "importance": "Importance",
    "advice": "Importance",
}


def takeaway(run: Any, report: Any, other: Any = None) -> None:
    """The five sentences; `other` is the run that this one is held against."""
    for place, line in enumerate(report.takeaway):
        tab, state = evidence(report, line["numbers"])
        told = linked(line["sentence"], _address(run, other, tab, state))
        if place == 0:
            st.header(told, anchor=False)
            continue
        left, right = st.columns([9, 2], vertical_alignment="center", gap="small")
        left.markdown(f"{place + 1}\\. {told}")
        if tab not in ("", "compare"):
            right.button(
                tab,
                key=f"takeaway-to-{place}",
                type="tertiary",
                icon=":material/arrow_downward:",
                on_click=_go,
                args=(tab, _opener(state)),
                help="Show what this sentence stands on",
            )


def evidence(report: Any, pointers: list[str]) -> tuple[str, dict[str, str]]:
    """The tab that holds what a sentence cites, and what is to be opened there; "" where it cites nothing shown."""
    parts = [pointer.lstrip("/").split("/") for pointer in pointers]
    first = next((part for part in parts if part[0] in EVIDENCE), None)
    if first is None:
        return "", {}
    if first[0] == "stress":
        return "Stress", _severity(report, parts)
    if first[0] == "discovery" and report.discovery.get("found"):
        return "Slices", {"query": report.discovery["found"][0].get("query") or ""}
    return EVIDENCE[first[0]], {}


def _severity(report: Any, parts: list[list[str]]) -> dict[str, str]:
    """The curve that is cited, at the severity that is cited."""
    cited = [[part.replace("~1", "/").replace("~0", "~") for part in one] for one in parts if one[0] == "stress"]
    name = cited[0][1]
    told = report.stress.get(name)
    if told is None:
        return {}
    at = next((int(one[3]) for one in cited if len(one) > 3 and one[2] == "severities"), None)
    feature = {} if told["feature"] is None else {"feature": str(told["feature"])}
    return {"stress": told["title"], **feature} | ({} if at is None else {"severity": f"{told['severities'][at]:g}"})


def _address(run: Any, other: Any, tab: str, state: Mapping[str, str]) -> str:
    """The address of the evidence, from any page of this app."""
    if not tab:
        return ""
    if tab == "compare":
        runs = ",".join([run.id, *([other.id] if other is not None else [])])
        return f"/compare?{urlencode({'project': run.project_id, 'runs': runs})}"
    told = urlencode({"project": run.project_id, "run": run.id, "tab": tab, **state})
    return f"/evaluate?{told.replace('.', '%2E')}"  # a name in a query must not look like an address of its own


def linked(sentence: str, address: str) -> str:
    """A sentence as Markdown in which every number that is not part of a name leads to `address`."""
    if not address:
        return esc(sentence, limit=1000)
    named = [found.span() for found in QUOTED.finditer(sentence)]
    numbers: list[str] = []

    def marked(found: re.Match[str]) -> str:
        if any(start <= found.start() < end for start, end in named):
            return found[0]
        numbers.append(found[0])
        return MARK.format(len(numbers) - 1)

    told = esc(NUMBER.sub(marked, sentence), limit=1000 + 10 * len(MARK))
    for at, number in enumerate(numbers):
        told = told.replace(MARK.format(at), f"[{esc(number)}]({address})")
    return told


def _opener(state: Mapping[str, str]) -> Callable[[], None]:
    def opened() -> None:
        if state.get("query"):
            slice_state.show(state["query"], "", listed=False)
        if state.get("stress"):
            choose({"title": state["stress"], "feature": state.get("feature")}, state.get("severity"))

    return opened


def _go(tab: str, opened: Callable[[], None]) -> None:
    st.session_state["tab"] = tab
    opened()
