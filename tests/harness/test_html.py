"""The report as HTML: self-contained, harmless whatever the data are called, and the same bytes every time."""

from __future__ import annotations

import base64
import re
from functools import cache
from html.parser import HTMLParser

import pytest
from drawn_reports import NASTY, binary_predictions, multiclass_predictions, regression_predictions, report_of
from lazily import Lazily

from modellab_core.data.table import Note
from modellab_core.harness.figures import figures_for, pictures
from modellab_core.harness.figures.wording import interval, number, percent, plural, shortened, with_interval
from modellab_core.harness.html.document import interactive_html, static_html
from modellab_core.harness.html.notebook import notebook_html
from modellab_core.harness.html.parts import bar, text
from modellab_core.harness.reading import searched
from modellab_core.harness.summary import Report

MAKERS = {
    "binary": lambda: report_of(binary_predictions(80)),
    "multiclass": lambda: report_of(multiclass_predictions(3, 80)),
    "regression": lambda: report_of(regression_predictions(80)),
    "nasty": lambda: report_of(
        binary_predictions(60, classes=("a", NASTY)),
        target=NASTY,
        feature=NASTY,
        notes=(Note("odd", f"A note on {NASTY}", NASTY),),
    ),
}
REPORTS = Lazily(MAKERS, lambda name: MAKERS[name]())
FILES = Lazily(MAKERS, lambda name: pictures(REPORTS[name]))


@cache
def live() -> str:
    """The interactive page of the report with nasty names."""
    return interactive_html(REPORTS["nasty"])


class Seen(HTMLParser):
    """What a browser would find: elements with their attributes, all text, and whether every element is closed."""

    VOID = ("meta", "img", "br", "path", "circle")

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text.append(data)


@pytest.mark.parametrize("name", list(REPORTS))
def test_the_static_page_has_no_script_and_asks_for_nothing(name: str) -> None:
    """No script, no handler, no address but data; at most 2 MB; a policy that forbids the rest; well nested."""
    page = static_html(REPORTS[name], FILES[name])
    seen = Seen(page)
    assert seen.open == []
    assert len(page.encode()) <= 2_000_000
    assert "default-src 'none'" in page
    allowed = {"html", "head", "meta", "title", "style", "body", "main", "section", "h1", "h2", "h3", "p", "ul", "li"}
    allowed |= {"div", "span", "table", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "img", "footer"}
    assert {tag for tag, _ in seen.elements} <= allowed | {"svg", "path", "circle"}
    for _, attributes in seen.elements:
        assert not any(key.startswith("on") for key in attributes)
        for key in ("src", "href"):
            assert (attributes.get(key) or "data:").startswith("data:")


@pytest.mark.parametrize("name", list(REPORTS))
def test_pictures_have_text_beside_them(name: str) -> None:
    """Each picture of the report is inside the page, byte for byte, with its text for those who cannot see it."""
    images = [attributes for tag, attributes in Seen(static_html(REPORTS[name], FILES[name])).elements if tag == "img"]
    assert {base64.b64decode((one["src"] or "").split(",")[1]) for one in images} == set(FILES[name].values())
    assert all(len(one["alt"] or "") > 20 for one in images)


def test_names_are_shown_letter_by_letter() -> None:
    """A name that looks like markup is text on the page, in full, in the page with and without script."""
    for page in (static_html(REPORTS["nasty"], FILES["nasty"]), notebook_html(REPORTS["nasty"]), live()):
        assert "<script>alert" not in page
        assert "<b>" not in page
    told = "".join(Seen(static_html(REPORTS["nasty"], FILES["nasty"])).text)
    assert NASTY in told
    assert f"A note on {NASTY}" in told
    assert f"Evaluation of {NASTY}" in told


def test_the_same_report_gives_the_same_bytes() -> None:
    """All three forms are the same when made again, and when the report was saved and read in between."""
    again = Report.from_json(REPORTS["nasty"].to_json())
    assert static_html(again, FILES["nasty"]) == static_html(REPORTS["nasty"], FILES["nasty"])
    assert interactive_html(again) == live()
    assert notebook_html(again) == notebook_html(REPORTS["nasty"])


def test_the_live_page_holds_everything_once() -> None:
    """Plotly is in the file once, every figure under its fixed id, and nothing is fetched."""
    ids = re.findall(r'<div id="(figure-[a-z_]+)"', live())
    assert ids == [f"figure-{one.name}" for one in figures_for(REPORTS["nasty"])]
    elements = Seen(live()).elements
    scripts = [attributes for tag, attributes in elements if tag == "script"]
    assert len(scripts) == len(ids) + 2
    assert not any("src" in one for one in scripts)
    assert sum(tag == "link" for tag, _ in elements) == 0
    assert len(re.findall(r"plotly\.js v\d", live())) == 1
    for data in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', live()):
        assert "<" not in data


def test_a_part_of_a_notebook_is_no_page() -> None:
    """No html, body or script element, and the styles reach only inside of it."""
    part = notebook_html(REPORTS["regression"])
    tags = {tag for tag, _ in Seen(part).elements}
    assert not tags & {"html", "body", "head", "script", "meta"}
    rules = re.search(r"<style>(.*?)</style>", part, flags=re.S)
    assert rules is not None
    for selector in re.findall(r"(?:^|[}{])\s*([^{}@]+)\{", rules.group(1)):
        assert all(one.strip().startswith(".modellab") for one in selector.split(",")), selector


def test_every_metric_is_listed_with_its_interval_or_the_reason() -> None:
    """Values, ends, methods and notes of the scores are on the page; the headline stands out."""
    page = static_html(REPORTS["binary"], {})
    for words in ("0.750 to 0.850", "Wilson", "One row carries 13 %.", "A perfectly calibrated model would show"):
        assert words in page
    assert re.search(r"<tr class=head><td>ROC AUC</td>", page)
    assert "Use the linear model." in page
    assert "share of all cells emptied" in page
    assert "<img" not in page


def test_what_was_searched_chosen_and_tried_is_listed() -> None:
    """Thresholds, classes, importance, advice, weak slices and conformal intervals each have their section."""
    page = static_html(REPORTS["binary"], {})
    for words in (
        *("Largest F1", "Most probable class", "Bands are pointwise", "<h2>Classes</h2>"),
        *(
            "120 slices searched, 20 tested on other rows at a false discovery rate of 10 %, 1 confirmed.",
            "age: &lt; 20",
        ),
        *("together: age, city", "It has one value.", "Drop repeated rows", "0.030 (0.010 to 0.050)"),
    ):
        assert words in page or words.replace(" (", '</td><td class="n">').replace(")", "") in page, words
    for words in ("Conformal intervals", "Least covered slice", "CV+ from the out-of-fold residuals"):
        assert words in static_html(REPORTS["regression"], {})
    assert "<h2>Thresholds</h2>" not in static_html(REPORTS["multiclass"], {})


def test_a_report_stored_before_these_parts_were_made_is_still_drawn() -> None:
    """Without the parts, and with every key of them absent, the page is drawn without their sections."""
    parts = ("thresholds", "conformal", "importance", "advice", "discovery")
    told = {key: value for key, value in REPORTS["regression"].to_json().items() if key not in parts}
    page = static_html(Report.from_json(told), {})
    for title in ("Thresholds", "Conformal intervals", "Importance", "Advice", "Weak slices"):
        assert f"<h2>{title}</h2>" not in page


def test_a_search_says_what_it_looked_at() -> None:
    """How many were searched, tested and confirmed; without any, the gap that would have been seen."""
    none = {"searched": 1, "kept": 1, "q": 0.1, "found": [], "visible_gap": 0.08}
    assert searched(none).endswith("0 confirmed. A gap of 0.080 in loss would have been visible.")
    assert searched({}) == ""


def test_a_bar_stays_inside_of_its_picture() -> None:
    """A value beyond the axis is drawn at its end, and without a value or an axis there is no bar."""
    assert 'cx="125.0"' in bar(9, 0.2, 10, (0, 1))
    assert bar(None, None, None, (0, 1)) == bar(float("nan"), 0, 1, (0, 1)) == bar(1, 0, 2, (0, 0)) == ""


def test_numbers_are_written_to_two_digits_of_their_half_width() -> None:
    """Half-widths decide the decimals; without an interval three decimals, or three digits of a large number."""
    assert with_interval(0.87123, 0.8581, 0.8842) == "0.871 (0.858 to 0.884)"
    assert with_interval(28495.2, 26500.4, 30490.0) == "28,495 (26,500 to 30,490)"
    assert [number(value) for value in (0.5, 12.345, 1234.5, -0.25, 0.00001234, 0)] == [
        *("0.500", "12.3", "1,234", "−0.250", "0.0000123", "0.000"),
    ]
    assert number(-0.0001, -1, 1) == "0.0"
    assert [number(None), number(float("nan")), interval(None, 1)] == ["–", "–", ""]
    assert [percent(share) for share in (0, 0.0001, 0.005, 0.5, 0.995, 0.99999, 1)] == [
        *("0 %", "< 0.1 %", "0.5 %", "50 %", "99.5 %", "> 99.9 %", "100 %"),
    ]
    assert [plural(1, "row"), plural(2000, "row"), plural(3, "class")] == ["1 row", "2,000 rows", "3 classes"]
    assert shortened("a" * 40, 10) == "aaaaaa…aaa"
    assert text("a\nb <i>") == "a b &lt;i&gt;"
