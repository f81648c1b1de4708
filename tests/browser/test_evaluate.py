"""The tabs of Evaluate that answer questions, by clicks and keys: slices, stress tests, errors and the threshold."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import clicks
import pytest
from clicks import expect
from serving import Server

from modellab_core.lab import Lab
from modellab_core.lab.imported import Columns, evaluate_table, keep

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUERY = "petal_length > 2.5 and petal_width < 1.7"


def two_classes(folder: Path, rows: int = 240) -> Path:
    """Predictions of two classes, some of them wrong."""
    lines = ["y_true,y_pred,proba"]
    for row in range(rows):
        truth, chance = row % 2, ((row * 37) % 100) / 100
        proba = min(0.99, max(0.01, 0.5 + (0.35 if truth else -0.35) + (chance - 0.5) * 0.9))
        lines.append(f"{truth},{int(proba > 0.5)},{proba:.3f}")
    (folder / "two.csv").write_text("\n".join(lines))
    return folder / "two.csv"


@pytest.fixture(scope="module")
def runs(running: Server, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The trained project, its runs by model, and one of two classes that came from outside."""
    lab = Lab.open(running.home)
    batch = lab.batches()[0]
    table, columns = two_classes(tmp_path_factory.mktemp("own")), Columns("y_true", "y_pred", ("proba",))
    own = keep(lab, evaluate_table(table, columns), table, columns, batch.project_id, seed=42)
    known = {run.model: run.id for run in lab.batch_runs(batch.id)}
    return SimpleNamespace(lab=lab, project=batch.project_id, own=own.id, **known)


def tab(page: Any, run: str, name: str) -> Any:
    """The panel of a tab of a run."""
    clicks.at(page, f"/evaluate?run={run}&tab={name}")
    return clicks.panel(page, name)


def cells(page: Any, key: str, column: int) -> list[str]:
    """A column of the table of this key, from the first line on (a table is drawn, and its cells can be read)."""
    table = page.locator(f"[class*=st-key-{key}] [data-testid=stDataFrame]")
    table.scroll_into_view_if_needed()
    expect(table.get_by_test_id(f"glide-cell-{column}-0")).to_be_attached()
    return [one.inner_text() for one in table.locator(f"[data-testid^=glide-cell-{column}-]").all()]


def numbers(page: Any, key: str) -> list[str]:
    """The large numbers of a row of cards."""
    clicks.settled(page)
    return [one.inner_text() for one in page.locator(f"[class*=st-key-{key}-] [data-testid=stMetricValue]").all()]


def test_a_query_is_kept_as_a_slice_and_seen_in_another_run(shown: Any, runs: SimpleNamespace) -> None:
    """What is typed opens; under a name it stands in the list of the other run too, where a tick opens it."""
    panel = tab(shown, runs.linear, "Slices")
    panel.get_by_role("textbox", name="Ask for rows").fill(QUERY)
    panel.get_by_role("textbox", name="Ask for rows").press("Enter")
    expect(panel.get_by_role("heading", name="The rows asked for")).to_be_visible()
    clicks.settled(shown)
    expect(shown).to_have_url(re.compile("query=petal_length"))
    panel.get_by_label("Name", exact=True).fill("Middling")
    panel.get_by_label("Name", exact=True).press("Enter")
    clicks.press(shown, "slice-keep")
    expect(panel.get_by_role("heading", name="Middling")).to_be_visible()
    assert [one.query for one in runs.lab.named_slices(runs.project)] == [QUERY]
    tab(shown, runs.xgboost, "Slices&cut=named+slices+of+the+project")
    assert cells(shown, "slice-list", 1) == ["Middling"]
    panel.locator("[class*=st-key-slice-list] [data-testid=stDataFrame]").click(position={"x": 20, "y": 50})
    expect(panel.get_by_role("heading", name="Middling")).to_be_visible()


def test_a_cell_of_the_map_shows_its_rows(shown: Any, runs: SimpleNamespace) -> None:
    """Two features are crossed; a click on a cell opens its rows, its metrics beside the rest, and stands in the
    address, which shows the same again."""
    panel = tab(shown, runs.linear, "Slices")
    clicks.choose(panel, "Cut by", "petal_length")
    clicks.choose(panel, "Crossed with", "petal_width")
    panel.locator(".st-key-slice-map").scroll_into_view_if_needed()
    place = panel.locator(".st-key-slice-map .points path").first.bounding_box()
    shown.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    expect(panel.locator(".st-key-slice-map .hoverlayer text").first).to_be_visible()
    clicks.settled(shown)
    shown.mouse.down()
    shown.mouse.up()
    expect(panel.get_by_text("the largest loss first")).to_be_visible()
    clicks.settled(shown)
    asked = panel.get_by_role("textbox", name="Ask for rows")
    expect(asked).to_have_value(re.compile("petal_length.* and petal_width"))
    expect(panel.get_by_role("region", name="Every metric inside the slice")).to_be_visible()
    clicks.at(shown, shown.url)
    expect(panel.locator(".st-key-slice-map")).to_be_visible()
    expect(panel.get_by_text("the largest loss first")).to_be_visible()


def test_a_stress_test_follows_its_slider(shown: Any, runs: SimpleNamespace) -> None:
    """The cards and the mark on the curve follow corruption, feature and severity; another run is laid over it."""
    panel = tab(shown, runs.linear, "Stress")
    clicks.choose(panel, "Corruption", "One feature missing")
    clicks.choose(panel, "Feature", "petal_width")
    slider = panel.get_by_role("slider")
    first = panel.locator(".st-key-stress-card-0")
    slider.press("Home")
    expect(first).to_contain_text("no corruption ·")
    clean = numbers(shown, "stress-card")
    slider.press("End")
    expect(first).to_contain_text("against no corruption")
    assert numbers(shown, "stress-card")[0] != clean[0]
    expect(shown).to_have_url(re.compile("feature=petal_width.*stress=One"))
    panel.get_by_role("combobox", name="Lay over it").click()
    shown.get_by_role("option", name=re.compile("XGBoost")).click()
    shown.keyboard.press("Escape")
    expect(panel.locator(".st-key-stress-curve .legendtext").filter(has_text="XGBoost")).to_be_visible()
    clicks.settled(shown)
    clicks.at(shown, shown.url)
    expect(panel.locator(".st-key-stress-curve .legendtext").filter(has_text="XGBoost")).to_be_visible()
    expect(panel.get_by_role("heading", name="One feature missing: petal_width")).to_be_visible()


def test_errors_are_filtered_and_the_address_restores_them(shown: Any, runs: SimpleNamespace) -> None:
    """A filter leaves what fits, the next card is a key away, and a copy of the address shows the same row."""
    panel = tab(shown, runs.dummy, "Errors")
    heading = panel.locator(".st-key-error-card").get_by_role("heading").first
    report = runs.lab.report(runs.dummy)
    truth = sorted({one["y_true"] for one in report.failures})[-1]
    fitting = [one for one in report.failures if one["y_true"] == truth]
    assert len(fitting) < len(report.failures)
    clicks.choose(panel, "Truth", truth)
    expect(panel.get_by_text(f"{len(fitting)} of {len(report.failures)} rows of the report")).to_be_visible()
    clicks.choose(panel, "Why it is here", fitting[0]["tags"][0]["tag"])
    before = heading.inner_text()
    shown.locator("body").press("n")
    expect(heading).not_to_have_text(before)
    clicks.settled(shown)
    told, left = heading.inner_text(), panel.get_by_text("of the report, the largest loss first").inner_text()
    clicks.at(shown, shown.url)
    expect(heading).to_have_text(told)
    expect(panel.get_by_text(left)).to_be_visible()


def test_one_slider_moves_everything_about_a_threshold(shown: Any, runs: SimpleNamespace) -> None:
    """Matrix, precision, recall, alerts and cost move together; costs are one's own; the address brings all back."""
    panel = tab(shown, runs.own, "Threshold")
    slider, matrix = panel.get_by_role("slider"), panel.locator(".st-key-threshold-confusion_matrix .infolayer")
    before, drawn = numbers(shown, "threshold-card"), panel.locator(".st-key-threshold-confusion_matrix")
    counts = drawn.locator(".main-svg").first.text_content()
    slider.press("Home")
    clicks.settled(shown)
    expect(slider).not_to_have_attribute("aria-valuetext", re.compile(r"^0\.5"))
    expect(drawn.locator(".main-svg").first).not_to_have_text(counts)
    after = numbers(shown, "threshold-card")
    assert len(after) == 4
    assert all(one != other for one, other in zip(before, after, strict=True)), (before, after)
    panel.get_by_label("Cost of a false alarm").fill("20")
    shown.keyboard.press("Enter")
    expect(panel.locator(".st-key-threshold-card-3").get_by_test_id("stMetricValue")).not_to_have_text(after[3])
    slider.press("ArrowRight")
    clicks.settled(shown)
    now, place = numbers(shown, "threshold-card"), slider.get_attribute("aria-valuetext")
    clicks.at(shown, shown.url)
    expect(slider).to_have_attribute("aria-valuetext", place)
    assert numbers(shown, "threshold-card") == now
    assert matrix.count()
