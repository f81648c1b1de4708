"""Every figure of the registry: one frame behind screen and paper, a sentence with its numbers, the same bytes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from drawn_reports import (
    NASTY,
    binary_predictions,
    multiclass_predictions,
    regression_predictions,
    report_of,
)
from PIL import Image

from modellab_core.errors import BadInput, Conflict
from modellab_core.harness.figures import APP, FAMILIES, FIGURES, NOTEBOOK, Figure, figures_for, pictures
from modellab_core.harness.figures.figure import figure
from modellab_core.harness.figures.palette import DARK, blended, colors_of, luminance
from modellab_core.harness.summary import Report

CONTRACT = {
    "binary": {"confusion_matrix", "roc_curve", "pr_curve", "calibration_curve", "confidence_histogram"},
    "multiclass": {"confusion_matrix", "roc_curve", "pr_curve", "calibration_curve", "confidence_histogram"},
    "regression": {"residuals", "predicted_vs_actual", "error_distribution"},
}
REPORTS = {
    "binary": report_of(binary_predictions()),
    "multiclass": report_of(multiclass_predictions()),
    "regression": report_of(regression_predictions()),
    "many classes": report_of(multiclass_predictions(25, 500)),
    "one row": report_of(binary_predictions(1)),
    "four rows": report_of(binary_predictions(4, 0.5)),
    "large": report_of(regression_predictions(5000, heavy=True)),
    "nasty names": report_of(binary_predictions(classes=("a", NASTY)), target=NASTY, feature=NASTY),
    "long names": report_of(binary_predictions(classes=("y" * 90, "long " * 30)), target="t" * 200, feature="f" * 150),
}
EVERY_DAY = ("binary", "regression", "one row")
DRAWN = [
    pytest.param(name, one.name, marks=[] if name in EVERY_DAY else [pytest.mark.slow])
    for name, report in REPORTS.items()
    for one in figures_for(report)
]


def texts(value: Any) -> list[str]:
    """All texts that a Plotly figure shows; what it hands over when clicked is not shown."""
    if isinstance(value, str):
        return [value]
    shown = [one for key, one in value.items() if key != "customdata"] if isinstance(value, dict) else value
    inner = shown if isinstance(shown, list) else []
    return [text for one in inner for text in texts(one)]


@pytest.mark.parametrize(("name", "drawn"), DRAWN)
def test_every_figure_is_drawn_for_screen_and_paper(name: str, drawn: str) -> None:
    """A Plotly figure with a title on both axes and no NaN in its JSON, and a PNG that opens and is not blank."""
    report, one = REPORTS[name], FIGURES[drawn]
    live = one.plotly(report, APP)
    assert live.layout.xaxis.title.text is not None
    assert live.layout.yaxis.title.text is not None
    assert live.layout.height >= 150
    text = json.dumps(json.loads(live.to_json()), allow_nan=False)
    assert "NaN" not in text
    picture = Image.open(BytesIO(one.png(report)))
    assert picture.size[0] == 1080
    assert 300 <= picture.size[1] <= 1250
    assert len(set(picture.convert("L").resize((40, 40)).get_flattened_data())) > 3


@pytest.mark.parametrize("name", list(REPORTS))
def test_the_alt_text_is_a_sentence_with_numbers(name: str) -> None:
    """The text for those who cannot see the figure says what is to be seen, with numbers, on one line."""
    for one in figures_for(REPORTS[name]):
        alt_is_a_sentence(one.alt(REPORTS[name]))


def alt_is_a_sentence(text: str) -> None:
    """The text has numbers, ends as a sentence does, and holds no line break and no NaN."""
    assert re.search(r"\d", text)
    assert text.endswith(".")
    assert "\n" not in text
    assert "nan" not in text.split()
    assert 20 < len(text) < 700


@pytest.mark.parametrize("drawn", [one.name for one in FIGURES.values()])
def test_frames_hold_what_is_drawn(drawn: str) -> None:
    """The frame has a line a mark under names, and does not change the report that it is read from."""
    for report in REPORTS.values():
        before = report.to_json()
        frame = FIGURES[drawn].frame(report) if report.task in FIGURES[drawn].tasks else None
        if frame is not None and not frame.empty:
            assert all(isinstance(name, str) for name in frame.columns)
        assert report.to_json() == before


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_the_png_files_have_the_names_of_the_contract(task: str) -> None:
    """The PNG files of a report are those of its task, all told apart, and the same bytes when drawn again."""
    first = pictures(REPORTS[task])
    more = {"binary": {"threshold_curve"}, "regression": {"conformal_coverage"}}[task] | {"importance"}
    assert set(first) == {f"plots/{name}.png" for name in CONTRACT[task] | more}
    assert len(set(first.values())) == len(first)
    assert pictures(REPORTS[task]) == first


def test_png_bytes_hold_no_date_and_no_version_and_ignore_the_settings_of_the_user() -> None:
    """The file has no text chunk, and matplotlib's settings neither change it nor are changed by it."""
    import matplotlib as mpl

    one, report = FIGURES["roc_curve"], REPORTS["binary"]
    plain = one.png(report)
    assert not re.search(rb"tEXt|tIME|iTXt", plain)
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "text.usetex": False, "lines.linewidth": 9}):
        before = dict(mpl.rcParams)
        assert one.png(report) == plain
        assert dict(mpl.rcParams) == before


def test_importing_the_figures_loads_no_drawing_library() -> None:
    """Plotly and matplotlib are loaded when something is drawn, pyplot never, and no default template is changed."""
    code = (
        "import sys, modellab_core.harness.figures, modellab_core.harness.html.document\n"
        "assert not {'plotly', 'matplotlib'} & set(sys.modules)\n"
        "import plotly.io as pio; before = pio.templates.default\n"
        "from drawn_reports import *; from modellab_core.harness.figures import FIGURES\n"
        "report, one = report_of(binary_predictions(30)), FIGURES['roc_curve']\n"
        "one.plotly(report); one.png(report)\n"
        "assert pio.templates.default == before and 'matplotlib.pyplot' not in sys.modules\n"
    )
    run = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True)
    assert run.returncode == 0, run.stderr.decode()


@pytest.mark.parametrize("drawn", [one.name for one in figures_for(REPORTS["nasty names"])])
def test_names_from_the_data_are_shown_letter_by_letter(drawn: str) -> None:
    """No text of a figure holds markup from a name: Plotly would carry it out."""
    live = FIGURES[drawn].plotly(REPORTS["nasty names"]).to_plotly_json()
    for text in texts(json.loads(json.dumps(live, default=list))):
        assert not re.search(r"<(?!br>|extra>|/extra>)", text), text


def test_a_curve_of_a_million_rows_fits_into_25_kb() -> None:
    """The Plotly JSON of a ROC curve and of precision and recall stays under 25 kB whatever the number of rows."""
    report = report_of(binary_predictions(200_000))
    for name in ("roc_curve", "pr_curve", "threshold_curve", "net_benefit"):
        assert len(FIGURES[name].plotly(report, APP).to_json()) <= 25_000


@pytest.mark.parametrize("drawn", [one.name for one in figures_for(REPORTS["binary"])])
def test_the_app_gets_only_places_of_its_theme(drawn: str) -> None:
    """With APP every colour is a place that Streamlit fills, so that light and dark are both right."""
    text = FIGURES[drawn].plotly(REPORTS["binary"], APP).to_json()
    assert set(re.findall(r'"(#[0-9A-Fa-f]{6})"', text)) <= {*APP.categorical, *APP.sequential}
    assert set(re.findall(r'"(#[0-9A-Fa-f]{6})"', FIGURES[drawn].plotly(REPORTS["binary"]).to_json())) <= {
        *NOTEBOOK.categorical,
        *NOTEBOOK.sequential,
        *(NOTEBOOK.ink, NOTEBOOK.muted, NOTEBOOK.grid, NOTEBOOK.paper),
    }


def test_plain_lists_of_colours_are_taken_too() -> None:
    """A list of colours for series is completed: by places of the theme if it holds such, else by our own."""
    assert colors_of(("#000001", "#000002")).sequential == APP.sequential
    assert colors_of(("#112233",)).sequential == NOTEBOOK.sequential
    assert colors_of(DARK) is DARK


@pytest.mark.parametrize("colors", [NOTEBOOK, DARK])
def test_colours_have_contrast(colors: Any) -> None:
    """Text reads with at least 4.5 : 1 on the ground and on itself inside a heat map, lines with at least 3 : 1."""

    def contrast(one: str, other: str) -> float:
        light, dark = sorted((luminance(one), luminance(other)), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    assert contrast(colors.ink, colors.paper) >= 4.5
    assert contrast(colors.muted, colors.paper) >= 4.5
    assert all(contrast(color, colors.paper) >= 3 for color in colors.categorical)
    for step in NOTEBOOK.sequential:
        assert max(contrast(step, NOTEBOOK.ink), contrast(step, NOTEBOOK.paper)) >= 4.5
    assert blended("#FFFFFF", "#000000", 0.5) == "#808080"


def test_two_models_share_a_roc_curve() -> None:
    """With `others` each model has its curve, named, with its own area."""
    mine, other = REPORTS["binary"], report_of(binary_predictions(strength=0.2))
    frame = FIGURES["roc_curve"].frame(mine, others={"dummy": other}, called="linear")
    assert list(dict.fromkeys(frame.series)) == ["linear", "dummy"]
    live = FIGURES["roc_curve"].plotly(mine, others={"dummy": other}, called="linear")
    assert {"linear", "dummy"} <= {trace.name.split(" · ")[0] for trace in live.data if trace.name}


def test_the_forest_shades_the_tied_models() -> None:
    """Dummy grey, the tied set in colour on tinted lines, the simplest of it called recommended; with intervals."""
    told = REPORTS["binary"].comparison | {"names": ["dummy", "linear"], "values": [0.5, 0.8], "top_set": ["linear"]}

    class Verdict:
        """What the harness's Comparison is to a figure."""

        def to_json(self) -> dict[str, Any]:
            return told

    given = {"comparison": Verdict(), "intervals": {"linear": (0.8, 0.7, 0.9)}}
    frame = FIGURES["forest"].frame(None, **given)
    assert frame.tied.tolist() == [False, True]
    assert frame.low.tolist()[1] == 0.7
    live = FIGURES["forest"].plotly(None, **given)
    assert len(live.layout.shapes) == 1
    assert live.layout.yaxis.ticktext == ("Dummy", "Linear model · recommended")
    assert "Linear model 0.80 (0.70 to 0.90)" in FIGURES["forest"].alt(None, **given)
    assert FIGURES["forest"].applies(REPORTS["binary"])
    assert not FIGURES["forest"].applies(REPORTS["regression"])


def test_slices_are_ranked_by_the_better_end_and_confirmed_ones_come_first() -> None:
    """The slice whose interval stays lowest is first; for an error metric the one that stays highest."""
    frame = FIGURES["slices"].frame(REPORTS["binary"])
    assert frame["slice"].tolist() == ["age: < 20", "age: < 30", "age: < 40"]
    assert FIGURES["slices"].frame(REPORTS["regression"])["slice"].tolist()[0] == "age: < 40"
    assert len(FIGURES["slices"].frame(REPORTS["binary"], top=2)) == 2
    told = {name: dict(one) for name, one in REPORTS["binary"].slices.items()}
    told["age: < 40"]["confirmed"] = True
    assert FIGURES["slices"].frame(replace(REPORTS["binary"], slices=told))["slice"].tolist()[0] == "age: < 40"


def test_a_stress_curve_marks_where_the_lead_is_lost() -> None:
    """Model and dummy, the band from the paired change, and a line at the crossing; each curve by its name."""
    one, report = FIGURES["stress_curve"], REPORTS["binary"]
    frame = one.frame(report)
    assert np.allclose(frame.low, [0.8, 0.65, 0.5])
    live = one.plotly(report)
    assert [note.text for note in live.layout.annotations] == ["lead lost"]
    assert one.frame(report, stress="shuffled_feature: age").severity.tolist() == [0, 1]
    assert one.frame(report, stress="no such test").empty
    assert "lost at severity 0.5" in one.alt(report)


def test_a_threshold_can_be_marked() -> None:
    """With `at` that threshold is marked and told in words, without it the chosen ones."""
    for name in ("threshold_curve", "net_benefit"):
        one, report = FIGURES[name], REPORTS["binary"]
        chosen = {note.text for note in one.plotly(report).layout.annotations}
        assert " · ".join(sorted(chosen)) in ("best F1 · least cost", " · best F1 · least cost")
        assert [note.text for note in one.plotly(report, at=0.25).layout.annotations] == ["0.250"]
        assert "0.250" in one.alt(report, at=0.25)


def test_a_confusion_matrix_of_other_counts_can_be_drawn() -> None:
    """With `counts` the matrix shows these, for a threshold that a person tries."""
    frame = FIGURES["confusion_matrix"].frame(REPORTS["binary"], counts=[[5, 1], [2, 3]])
    assert frame.rows.tolist() == [5, 1, 2, 3]
    assert "8 of 11 rows" in FIGURES["confusion_matrix"].alt(REPORTS["binary"], counts=[[5, 1], [2, 3]])


def test_clicks_name_what_was_clicked() -> None:
    """Cells of the confusion matrix, points of a scatter and lines of a list carry what they stand for."""
    matrix = FIGURES["confusion_matrix"].plotly(REPORTS["binary"])
    assert np.array(matrix.data[-1].customdata).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    points = FIGURES["residuals"].plotly(REPORTS["regression"]).data
    assert any(trace.customdata is not None and 7 in list(trace.customdata) for trace in points)
    lines = FIGURES["slices"].plotly(REPORTS["binary"]).data
    assert any("age: < 20" in list(trace.customdata) for trace in lines if trace.customdata is not None)


def test_a_report_without_probabilities_or_curves_draws_what_it_has() -> None:
    """What a report does not hold is no figure and no error."""
    bare = report_of(replace(binary_predictions(30), proba=None))
    assert {one.name for one in figures_for(bare)} & CONTRACT["binary"] == {"confusion_matrix"}
    nothing: dict[str, Any] = {key: {} for key in ("thresholds", "conformal", "importance", "advice", "discovery")}
    empty = replace(bare, curves={}, scores=(), stress={}, comparison=None, slices={}, calibration={}, **nothing)
    assert figures_for(empty) == []
    assert pictures(empty) == {}


def test_figures_come_in_one_order_and_a_new_one_is_one_class() -> None:
    """The registry refuses a second figure of a name and explains a wrong one; figures come family by family."""
    order = [one.name for one in figures_for(REPORTS["binary"])]
    assert order[:5] == ["roc_curve", "pr_curve", "confusion_matrix", "confidence_histogram", "calibration_curve"]
    assert {type(one).__module__ for one in FIGURES.values()} == {family.__name__ for family in FAMILIES}
    with pytest.raises(Conflict):
        figure(type(FIGURES["roc_curve"]))
    with pytest.raises(BadInput, match="roc_curve"):
        FIGURES["roc_curv"]
    assert all(isinstance(one, Figure) and one.title and one.tasks for one in FIGURES.values())
    assert isinstance(REPORTS["binary"], Report)
