"""The tab of stress tests: a corruption, a feature and a severity to choose, from what the report holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

import modellab_core.ui.place as place
import modellab_core.ui.service as service
from modellab_core.harness.figures import FIGURES
from modellab_core.harness.scores import Score
from modellab_core.lab import Lab
from modellab_core.ui.bars import COLUMN, bar_uri, domain, text_width
from modellab_core.ui.cards import Card, show_cards
from modellab_core.ui.choices import alike
from modellab_core.ui.frame import live
from modellab_core.ui.named import model_name
from modellab_core.ui.pictures import draw
from modellab_core.ui.scores import direction_word, metric_label
from modellab_core.ui.words import esc, interval, number, plural, signed

TEST, FEATURE, SEVERITY, TABLE = "stress", "feature", "severity", "stress-table"
WAYS = {"label_noise": "test labels swapped", "train_label_noise": "the model fitted again"}
MOST_OTHERS = 4


@live(None)
def stress(lab: Lab, run: Any, report: Any) -> None:
    """The whole tab; every choice is answered from the curves of the report, nothing is computed again."""
    curves = {name: one for name, one in report.stress.items() if one.get("value")}
    if not curves:
        st.caption("No stress test was made for this run.")
        _undone(report)
        return
    with st.container(border=True, key="stress-choice"):
        name = _choose(curves)
        told = curves[name]
        at = _severity(told)
        others = _others(lab, run, name)
    show_cards(_cards(told, at), "stress-card")
    with st.container(border=True, key="stress-curve"):
        st.subheader(esc(_title(told)), anchor=False)
        draw("stress_curve", report, f"stress-{name}", stress=name, at=told["severities"][at], others=others)
        st.caption(_under(told))
    _crossings(curves)
    if FIGURES["shuffled_features"].applies(report):
        with st.container(border=True, key="stress-shuffled"):
            st.subheader(FIGURES["shuffled_features"].title, anchor=False)
            draw("shuffled_features", report, "stress")
            st.caption("What this fitted model uses, not what the problem needs.")
    _undone(report)


def _choose(curves: Mapping[str, Any]) -> str:
    """The curve of the chosen corruption and feature; at first the one of the address, else the first of several."""
    titles = list(dict.fromkeys(one["title"] for one in curves.values()))
    long = [one["title"] for one in curves.values() if len(one["severities"]) > 2]
    left, right = st.columns(2)
    place.begin(TEST, titles, next(iter([*long, *titles])))
    title = left.selectbox("Corruption", titles, key=TEST, bind="query-params")
    by_feature = {one["feature"]: name for name, one in curves.items() if one["title"] == title}
    if None in by_feature:
        return by_feature[None]
    place.begin(FEATURE, list(by_feature), next(iter(by_feature)))
    return by_feature[right.selectbox("Feature", list(by_feature), key=FEATURE, bind="query-params")]


def choose(told: Mapping[str, Any], severity: str | None = None) -> None:
    """Show a curve, at one of its severities if one is named; only where widgets may be changed (a callback)."""
    st.session_state[TEST], st.session_state[FEATURE] = told["title"], told["feature"]
    if severity is not None:
        st.session_state[SEVERITY] = severity


def _severity(told: Mapping[str, Any]) -> int:
    """The place of the chosen severity among those computed, at first the largest."""
    steps = [f"{one:g}" for one in told["severities"]]
    place.begin(SEVERITY, steps, steps[-1])
    unit = str(told["unit"])
    chosen = st.select_slider(f"Severity: {esc(unit)}", steps, key=SEVERITY, bind="query-params")
    return steps.index(str(chosen))


def _others(lab: Lab, run: Any, name: str) -> dict[str, Any]:
    """The reports of other runs to lay over this one, by what they are called."""
    runs = {one.id: one for one in alike(lab, run)}
    if not runs:
        return {}
    called = {ident: f"{model_name(one)} {ident[:4]}" for ident, one in runs.items()}
    chosen = st.multiselect(
        "Lay over it",
        list(called),
        key="over",
        bind="query-params",
        format_func=called.__getitem__,
        placeholder="other runs on the same data",
        max_selections=MOST_OTHERS,
    )
    found = {called[ident]: service.report(lab.run(ident)) for ident in chosen}
    lacking = [label for label, one in found.items() if not one.stress.get(name, {}).get("value")]
    if lacking:
        st.caption(f"This test was not made for {esc(', '.join(lacking))}.")
    return {label: one for label, one in found.items() if label not in lacking}


def _cards(told: Mapping[str, Any], at: int) -> list[Card]:
    """What the model scores at a severity, what the dummy does, the lead, and where it is lost."""
    label, clean = metric_label(told["metric"]), told["value"][0]
    value, change = told["value"][at], told["change"][at]
    low, high = (None if told[side][at] is None else clean + told[side][at] for side in ("change_low", "change_high"))
    score = Score(told["metric"], told["n"], value, low, high)
    width = None if low is None or high is None else high - low
    moved = "no corruption" if at == 0 else f"{signed(change, width)} against no corruption"
    lead = Score("lead", told["n"], told["lead"][at], told["lead_low"][at], told["lead_high"][at])
    span = None if lead.low is None or lead.high is None else lead.high - lead.low
    gone = lead.low is not None and lead.low <= 0
    held = "cannot be told from nothing" if gone else "more than nothing"
    return [
        Card(
            f"{label} at {told['severities'][at]:g}",
            number(value, width),
            f"{_told_ends(score)}{moved} · {direction_word(told['metric'])}",
            score=score,
            against=clean,
        ),
        Card(f"{label} of {esc(told['reference'])}", number(told["dummy"][at]), "under the same corruption"),
        Card("Lead over it", signed(lead.value, span), f"{_told_ends(lead)}{held}", score=lead, against=0.0),
        _crossing_card(told),
    ]


def _told_ends(score: Score) -> str:
    return "" if score.low is None else f"{interval(score.low, score.high)} · "


def _crossing_card(told: Mapping[str, Any]) -> Card:
    label, crossing = "Lead is lost", told.get("crossing")
    if crossing is None:
        return Card(label, "Nowhere", f"up to {told['severities'][-1]:g}, the largest severity that was tried")
    if crossing == 0:
        return Card(label, "From the start", "without any corruption it cannot be told from the reference")
    return Card(label, f"From {crossing:g}", f"{esc(told['unit'])}: from there the lead cannot be told from nothing")


def _crossings(curves: Mapping[str, Any]) -> None:
    """Where does it fall below the dummy: every curve, the first lost on top; a ticked one is shown above."""
    ranked = sorted(curves.items(), key=lambda item: _lost(item[1]))
    last = [(one["lead"][-1], one["lead_low"][-1], one["lead_high"][-1]) for _, one in ranked]
    axis = domain([0.0, *(end for ends in last for end in ends)])
    lines = [
        {
            "test": one["title"],
            "feature": one.get("feature"),
            "lost": one.get("crossing"),
            "most": one["severities"][-1],
            "value": one["value"][-1],
            "lead": ends[0],
            "bar": bar_uri(*ends, axis, against=0.0, quiet=one.get("crossing") is None),
            "interval": interval(*ends[1:]),
            "unit": one["unit"],
            "note": one.get("note"),
        }
        for (_, one), ends in zip(ranked, last, strict=True)
    ]
    label = metric_label(next(iter(curves.values()))["metric"])

    def ticked() -> None:
        rows = st.session_state[TABLE]["selection"]["rows"]
        if rows:
            choose(ranked[rows[0]][1])

    lost = sum(one.get("crossing") is not None for one in curves.values())
    with st.container(border=True, key="stress-lost"):
        st.subheader("Where does it fall below the dummy?", anchor=False)
        st.markdown(
            f"{lost:,} of {plural(len(curves), 'curve')} lose the lead. Lost means that the interval of the lead "
            "reaches zero."
        )
        st.dataframe(
            pd.DataFrame(lines),
            key=TABLE,
            hide_index=True,
            height=420 if len(lines) > 10 else "content",
            placeholder="–",
            on_select=ticked,
            selection_mode="single-row",
            alt="Every stress test with the severity from which the lead over the dummy is lost; tick one to see it",
            column_config={
                "test": st.column_config.TextColumn("Corruption", pinned=True),
                "feature": st.column_config.TextColumn("Feature", width=text_width(line["feature"] for line in lines)),
                "lost": st.column_config.NumberColumn("Lost from", format="%.4g"),
                "most": st.column_config.NumberColumn("Largest tried", format="%.4g"),
                "unit": "Severity is",
                "value": st.column_config.NumberColumn(f"{label} there", format="%.4g"),
                "lead": st.column_config.NumberColumn("Lead there", format="%.3g"),
                "bar": st.column_config.ImageColumn("Around zero", width=COLUMN),
                "interval": "Interval",
                "note": st.column_config.TextColumn("Note", width="large"),
            },
        )


def _lost(told: Mapping[str, Any]) -> tuple[float, float]:
    """Lost first of all, by the share of the severities withstood; then by the lead that is left."""
    steps, crossing = told["severities"], told.get("crossing")
    share = 2.0 if crossing is None else steps.index(crossing) / len(steps)
    left = told["lead"][-1]
    return share, float("inf") if left is None else float(left)


def _title(told: Mapping[str, Any]) -> str:
    return f"{told['title']}: {told['feature']}" if told.get("feature") else str(told["title"])


def _under(told: Mapping[str, Any]) -> str:
    """What a curve stands on."""
    way = WAYS.get(told["stress"], "the model called again")
    parts = [f"{plural(told['n'], 'test row')}, {plural(told['repeats'], 'draw')} per severity, {way}."]
    if told.get("summary_note") and told.get("summary") is not None:
        parts.append(f"{esc(str(told['summary_note']).rstrip('.'), 300)}: {number(told['summary'])}.")
    return " ".join([*parts, esc(told.get("note") or "", 400)]).strip()


def _undone(report: Any) -> None:
    undone = {f"{one.stress}: {one.note}" for one in report.scores if one.stress != "none" and one.value is None}
    for told in sorted(undone):
        st.caption(esc(told, limit=400))
