"""What came of checking, running and explaining a pack, on screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.recheck as recheck
from modellab_core.repro.why import EFFECTS
from modellab_core.ui.words import esc

TICKS = {True: ("check_circle", "green"), None: ("remove_circle", "gray"), False: ("cancel", "red")}


def outcome(verdict: Any) -> None:
    """What came of a check: its sentence, the files or versions it is about, and the table of numbers."""
    box, icon = _box(verdict)
    box(esc(verdict.sentence, limit=1500), icon=f":material/{icon}:")
    if verdict.problems:
        st.code("\n".join(verdict.problems[:50]), language=None, wrap_lines=True)
    if verdict.differences and verdict.code == 1:
        st.markdown("**How the environments differ**")
        told = [
            {"what": path, "recorded": str(old), "here": str(new)} for path, (old, new) in verdict.differences.items()
        ]
        st.dataframe(pd.DataFrame(told), hide_index=True, key="verdict-differences", alt="Recorded and found versions")
    if verdict.lines:
        numbers_table(verdict.to_json()["numbers"])


def _box(verdict: Any) -> tuple[Any, str]:
    if verdict.code == 0 and not verdict.problems:
        return st.success, "verified" if verdict.ran else "task_alt"
    return (st.error, "error") if verdict.code in (1, 2) else (st.warning, "warning")


def numbers_table(numbers: Sequence[dict[str, Any]]) -> None:
    """Every number of the run: what was recorded, what came out, and whether they agree."""
    st.dataframe(
        pd.DataFrame(list(numbers)),
        key="verdict-numbers",
        hide_index=True,
        height=420 if len(numbers) > 11 else "content",
        alt="Every number, recorded and found again",
        column_config={name: name.replace("_", " ").capitalize() for name in (numbers[0] if numbers else {})},
    )


def ask_why(key: str, work: Callable[[Callable[[str], None]], Any]) -> None:
    """A button that swaps one factor at a time until the one that moved the numbers is known."""
    st.caption(
        "Versions, BLAS core type, threads, data and code are swapped one at a time. Each is a training of its own; "
        "where the recorded versions are not here, they are installed."
    )
    if st.button("Why did it differ?", key=f"ask-{key}", icon=":material/troubleshoot:", disabled=recheck.busy(key)):
        recheck.start(key, "Swapping one factor at a time", work)
        st.rerun()


def because(found: Any) -> None:
    """What moved the numbers: one sentence, and every factor with what swapping it did."""
    box = st.success if found.culprits or not found.verdict.code else st.warning
    box(esc(found.sentence, limit=1500), icon=":material/troubleshoot:")
    lines = [
        {
            "factor": one.name[0].upper() + one.name[1:],
            "recorded": one.recorded,
            "other": one.other,
            "effect": EFFECTS[one.effect],
            "moved": one.numbers,
            "where": "; ".join(one.detail),
        }
        for one in found.factors
    ]
    st.dataframe(
        pd.DataFrame(lines),
        key="why-factors",
        hide_index=True,
        alt="Each factor and what swapping it did",
        column_config={
            "factor": "Factor",
            "recorded": "As recorded",
            "other": "Swapped for",
            "effect": st.column_config.TextColumn("What the swap does", width="medium"),
            "moved": st.column_config.NumberColumn("Numbers not identical", width="small"),
            "where": st.column_config.TextColumn("Where", width="large"),
        },
    )


def looked_at(look: Any) -> None:
    """What the checks of a pack found, a tick each with its words, and the verdict on the whole."""
    verdict, found = look
    with st.container(border=True):
        for tick in found:
            icon, colour = TICKS[tick.passed]
            st.markdown(f":{colour}[:material/{icon}:] **{esc(tick.name)}** · {esc(tick.told, limit=600)}")
    if verdict.code:
        outcome(verdict)
