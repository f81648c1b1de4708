"""One threshold tried by hand: a slider that moves the confusion matrix, the rates, and what mistakes cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st

from modellab_core.harness.decisions.decisions import RATES
from modellab_core.harness.decisions.point import Ends, Point, cheapest, point_at
from modellab_core.harness.figures import FIGURES
from modellab_core.harness.scores import Score
from modellab_core.ui.cards import Card, show_cards
from modellab_core.ui.pictures import draw
from modellab_core.ui.words import esc, interval, number

HALF = 0.5
CARDS = ("precision", "recall", "alert_rate")
MEANS = {
    "precision": "share of alerts that are right",
    "recall": "share of positive rows that are found",
    "alert_rate": "share of rows called positive",
}


def threshold(report: Any) -> None:
    """The tab of a binary report: nothing but the reason where it holds no thresholds."""
    if report.thresholds.get("thresholds"):
        _tried(report)
        return
    st.caption(esc(report.thresholds.get("note") or "This report holds no thresholds: train again to get them.", 600))


@st.fragment
def _tried(report: Any) -> None:
    told = report.thresholds
    with st.container(border=True, key="threshold-choice"):
        cut = _slider(told)
        left, right = st.columns(2)
        with left:
            fp = _cost("Cost of a false alarm", "cost-fp")
        with right:
            fn = _cost("Cost of a miss", "cost-fn")
        _marks(told, fp, fn)
    point = point_at(told, cut, fp, fn)
    show_cards(_cards(point), "threshold-card")
    with st.grid(2, min_column_width=380, gap="small"):
        for name, options in (
            ("confusion_matrix", {"counts": point.matrix(report.classes.index(report.positive))}),
            ("threshold_curve", {"at": point.threshold}),
        ):
            with st.container(border=True, height="stretch", key=f"threshold-{name}"):
                st.subheader(FIGURES[name].title, anchor=False)
                draw(name, report, "threshold", **options)
    with st.container(border=True, key="threshold-benefit"):
        st.subheader("Net benefit", anchor=False)
        draw("net_benefit", report, "threshold", at=point.threshold)
        st.caption(
            "True positives per row, less false ones at the odds of the threshold. Above both lines it is useful."
        )
    for note in dict.fromkeys([*(one["note"] for one in told["chosen"]), told["note"]]):
        st.caption(esc(note, 600))


def _cost(label: str, key: str) -> float:
    cost: float = st.number_input(label, min_value=0.0, value=1.0, step=1.0, key=key, bind="query-params")
    return cost


def _asked(kind: str, otherwise: float) -> float:
    """The number of the address under `kind`; what is no number that can be meant counts as none."""
    try:
        found = float(st.query_params.get(kind, otherwise))
    except ValueError:
        return otherwise
    return found if 0 <= found < float("inf") else otherwise


def _slider(told: Any) -> float:
    """The threshold on the slider; what was chosen on another run moves to the nearest of this one."""
    cuts = told["thresholds"]
    digits = _digits(cuts)
    shown = [f"{one:.{digits}f}" for one in cuts]
    if "threshold" in st.session_state or st.query_params.get("threshold") not in shown:
        st.session_state["threshold"] = _nearest(cuts, st.session_state.get("threshold", _asked("threshold", HALF)))
    cut: float = st.select_slider(
        "Threshold",
        cuts,
        key="threshold",
        bind="query-params",
        format_func=lambda one: f"{one:.{digits}f}",
        help="Positive from this probability on.",
    )
    return cut


def _digits(cuts: Sequence[float]) -> int:
    """Decimals by which all thresholds are told apart, at least three."""
    apart = (digits for digits in range(3, 17) if len({f"{cut:.{digits}f}" for cut in cuts}) == len(cuts))
    return next(apart, 17)


def _nearest(cuts: Iterable[float], wanted: float) -> float:
    return min(cuts, key=lambda one: abs(one - wanted))


def _marks(told: Any, fp: float, fn: float) -> None:
    """Buttons that set the slider: one half, the chosen thresholds, and the cheapest one at these costs."""
    places = {"Most probable class": HALF} | {one["title"]: one["threshold"] for one in told["chosen"]}
    least = cheapest(told, fp, fn)
    if least is not None and fp != fn:
        places |= {"Least cost at these costs": least}
    with st.container(horizontal=True, gap="small"):
        for place, (title, cut) in enumerate(places.items()):
            st.button(f"{title}: {cut:.3f}", key=f"threshold-set-{place}", on_click=_set, args=(cut,))


def _set(cut: float) -> None:
    st.session_state["threshold"] = cut


def _cards(point: Point) -> list[Card]:
    rates = [_card(RATES[name].label, point.rates[name], MEANS[name], (0.0, 1.0)) for name in CARDS]
    return [*rates, _card("Cost per row", point.cost, "at the costs above", None)]


def _card(label: str, ends: Ends, means: str, axis: tuple[float, float] | None) -> Card:
    value, low, high = ends
    width = None if low is None or high is None else high - low
    score = Score(label, 0, value, low, high)
    told = means if value is not None else "no row is called positive"
    about = f"{interval(low, high)} · {told}" if low is not None else told
    return Card(label, number(value, width), about, score=score, axis=axis)
