"""What was looked at before a training: what was found, first the serious, each with its way out as a button.

The checks run beside the page and stop nothing. What a button did is shown above them and can be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

import modellab_core.ui.background as background
import modellab_core.ui.remedies as remedies
from modellab_core.checks.check import CHECKS
from modellab_core.checks.finding import Finding
from modellab_core.lab import Lab
from modellab_core.ui.choice import Choice
from modellab_core.ui.words import code, esc, listed, plural

SEVERITIES = {
    "serious": ("Serious", "red", "error"),
    "warning": ("Warning", "orange", "warning"),
    "note": ("Note", "gray", "info"),
}
BY_ITSELF = 20_000_000  # cells of a table that is checked without being asked for
SHOWN_OF_ONE = 4  # findings of one check that are shown before the rest folds away
_LAST = "_findings"


def before_training(lab: Lab, version: Any, choice: Choice) -> Sequence[Finding] | None:
    """The findings for what is chosen, with their ways out; None while they are looked for.

    While choices change the findings before stay on the page until the others are there.
    """
    asked: dict[str, Any] = {
        "task": choice.task,
        "split": choice.split,
        "test_size": choice.test_size,
        "seed": choice.seed,
        "drop": choice.drop,
        "weight": choice.weight,
        "positive": choice.positive,
    }
    where = (version.id, choice.target)
    if not _wanted(version):
        return None
    work = background.ask(
        ("check", *where, *asked.values()), lambda: lab.check(version.id, choice.target, **asked), lane="check"
    )
    remedies.applied(lab, version, choice)
    before = st.session_state.setdefault(_LAST, {})
    if not work.done:
        background.waiting(work, f"Looking for what could go wrong, {plural(len(CHECKS), 'check')}.", "checks")
        found = before.get(where)
    elif work.error:
        st.caption(f"The checks could not be made: {esc(work.error, limit=1000)} Training works without them.")
        return None
    else:
        found = before[where] = work.value
    if found is not None:
        _all(found, lambda finding: remedies.button(lab, version, choice, finding))
    return found if work.done else None


def _wanted(version: Any) -> bool:
    """Whether to begin by itself: a very large table is read as a whole, so a person says when."""
    cells, key = version.rows * version.columns, f"_check-{version.id}"
    if cells <= BY_ITSELF or st.session_state.get(key):
        return True
    st.markdown(
        f"This table has {cells:,} cells, so its checks take a minute or more beside the page. "
        "A training makes them too, and keeps what they found."
    )
    if st.button("Check now", key="check-now", icon=":material/rule:"):
        st.session_state[key] = True
        st.rerun()
    return False


def what_stands_in_the_way(findings: Sequence[Finding] | None) -> None:
    """One line beside the button that trains: how much was found."""
    if findings is None:
        return
    serious = sum(one.found and one.severity == "serious" for one in findings)
    told = f"The checks found: {summary(findings)}."
    st.caption(f":red[:material/error:] {told}" if serious else f":material/rule: {told}", width="content")


def checked(findings: Sequence[Mapping[str, Any]]) -> None:
    """What was looked at before a training that was started, folded away; nothing can be changed any more."""
    told = [one for one in (_restored(value) for value in findings) if one is not None]
    if not told:
        return
    with st.expander(f"What was checked before: {summary(told)}", key="checked", icon=":material/rule:"):
        _all(told, None, quiet=True)


def _restored(value: Mapping[str, Any]) -> Finding | None:
    try:
        return Finding.from_json(value)
    except (KeyError, TypeError, ValueError):  # what another release wrote does not take the page down
        return None


def summary(findings: Sequence[Finding]) -> str:
    """`2 serious, 1 warning and 14 clear`."""
    parts = [f"{n} {word.lower()}{'s' if n > 1 and name != 'serious' else ''}" for name, word, n in _counts(findings)]
    clear = len({one.code for one in findings if one.outcome == "clear"})
    return listed([*parts, f"{clear} clear"])


def _counts(findings: Sequence[Finding]) -> list[tuple[str, str, int]]:
    """(severity, its word, number of checks that found something of it) for those with any."""
    found = {name: {one.code for one in findings if one.found and one.severity == name} for name in SEVERITIES}
    return [(name, SEVERITIES[name][0], len(found[name])) for name in SEVERITIES if found[name]]


def _all(findings: Sequence[Finding], button: Any, *, quiet: bool = False) -> None:
    for severity in SEVERITIES:
        of_it: dict[str, list[Finding]] = {}
        for one in findings:
            if one.found and one.severity == severity:
                of_it.setdefault(one.code, []).append(one)
        for same in of_it.values():
            _card(same, button)
    if not any(one.found for one in findings):
        st.markdown(":material/check_circle: Nothing was found that stands in the way.")
    _folded(findings, "clear", "Checked and clear", ":material/check_circle:", quiet)
    _folded(findings, "not_applicable", "Not applicable", ":material/block:", quiet)


def _card(same: Sequence[Finding], button: Any) -> None:
    """What one check found, a line a finding."""
    first = same[0]
    word, colour, icon = SEVERITIES[first.severity]
    with st.container(border=True, key=f"finding-{first.code}-{first.severity}", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(word, icon=f":material/{icon}:", color=colour)  # type: ignore[arg-type]
            st.markdown(f"**{esc(first.title)}**", help=_looks_for(first.code), width="content")
        for one in same[:SHOWN_OF_ONE]:
            _line(one, button)
        if len(same) > SHOWN_OF_ONE:
            rest = same[SHOWN_OF_ONE:]
            with st.expander(f"{len(rest):,} more like these", key=f"more-{first.code}", type="compact"):
                for one in rest:
                    _line(one, button)


def _line(one: Finding, button: Any) -> None:
    left, right = st.columns([5, 2], vertical_alignment="center", gap="medium")
    left.markdown(esc(one.claim, limit=1500))
    if one.way_out and (button is None or one.remedy is None):
        left.caption(esc(one.way_out, limit=600))
    if button is not None and one.remedy is not None:
        with right.container(horizontal=True, horizontal_alignment="right"):
            button(one)


def _looks_for(name: str) -> str | None:
    if name not in CHECKS:
        return None
    return f"{esc(CHECKS[name].looks_for, limit=600)}\n\nFound from here on: {esc(CHECKS[name].threshold, limit=600)}."


def _folded(findings: Sequence[Finding], outcome: str, words: str, icon: str, quiet: bool) -> None:
    told = [one for one in findings if one.outcome == outcome]
    if not told:
        return
    lines = [f"- **{esc(one.title)}.** {esc(_said(one), limit=600)}" for one in told]
    count = len({one.code for one in told})
    if quiet:  # inside of something that folds away itself
        st.markdown(f"{icon} **{words}: {count}**")
        st.caption("\n".join(lines))
        return
    with st.expander(f"{words}: {count}", key=f"folded-{outcome}", icon=icon, type="compact"):
        st.caption("\n".join(lines))


def _said(one: Finding) -> str:
    return f"Not applicable, because {one.reason}." if one.outcome == "not_applicable" else one.claim


def columns_of(finding: Finding) -> str:
    """The columns of a finding, as Markdown."""
    return listed([code(name) for name in finding.columns[:6]])
