"""Names, cells, classes and files that try to be something else, on every page in a real browser."""

from __future__ import annotations

import csv
import io
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import clicks
import pytest
from clicks import expect
from serving import Server, open_page, serve

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hostile import EVERYTHING, MARKUP, NAMES

from modellab_core.lab import Lab
from modellab_core.letters import shown

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PROJECT = MARKUP[0] + MARKUP[3] + MARKUP[6]
ROOMS = ("Projects", "Datasets", "Train", "Evaluate", "Compare", "Repro", "Help")
COLUMNS = (
    "=cmd|'x'!A1 <b>",
    "[a](javascript:alert(1)) :red[x]",
    "$x$ `c` | 😀 &lt;b&gt;",
    "<img src=x onerror=alert(1)>",
)
CLASSES = ("=1+1 <script>document.title='owned'</script>", "**b** [a](http://a.b) $y$ :rocket: &amp; %<br>")
ENDLESS = "<b>$x$ " * 14_285  # a cell of just under 100,000 letters, the most that is read
ELSEWHERE = "a[href^='javascript'], a[href*='a.b'], img[src*='a.b'], img[src='x'], img[onerror], svg[onload], .katex"


def table() -> bytes:
    """Every hostile text as a cell, in columns of hostile names, of two hostile classes."""
    texts = [*(text for text in EVERYTHING if "\x00" not in text and len(text) < 1000), ENDLESS]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*COLUMNS, "class <i>"])
    for row in range(4 * len(texts)):
        cells = [texts[row % len(texts)], MARKUP[row % 7], row % 11, row * 7 % 13]
        writer.writerow([*cells, CLASSES[(row % 11 > 5) != (row % 10 == 0)]])
    return out.getvalue().encode()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """The app on a workspace whose every name is hostile, and the id of its trained project."""
    folder = tmp_path_factory.mktemp("hostile")
    lab = Lab.open(folder / "workspace")
    for name in NAMES:
        lab.create_project(name, description=MARKUP[1] + MARKUP[3])
    home = lab.create_project(PROJECT, description=" ".join(MARKUP))
    version = lab.add_dataset((f"{MARKUP[0]}../:red[f].csv", io.BytesIO(table())), project=home.id)
    batch = lab.train(version.id, "class <i>")
    lab.follow(batch, lambda runs: None)
    assert [run.state for run in lab.batch_runs(batch)] == ["succeeded"] * 3
    server = serve(folder / "workspace", folder / "server.log")
    yield server, home.id
    server.stop()
    assert "Traceback" not in server.said(), server.said()


@pytest.fixture
def hostile_page(browser: Any, hostile: tuple[Server, str]) -> Iterator[Any]:
    """A page of that app: other hosts are refused and counted, and a script that runs would change the title."""
    yield from open_page(browser, hostile[0].url)


def harmless(page: Any, where: str) -> None:
    """Nothing ran, nothing became markup, and the page is as wide as its window."""
    clicks.settled(page)
    assert page.title() != "owned", where
    assert page.locator(ELSEWHERE).count() == 0, (where, page.locator(ELSEWHERE).first.evaluate("e => e.outerHTML"))
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth + 1"), where
    assert page.evaluate("[...document.querySelectorAll('body script')].every(s => !s.textContent.includes('owned'))")


def words(page: Any) -> str:
    """The text of a page as a person reads it."""
    return str(page.locator("body").inner_text()).replace("\u2060", "")


def test_every_page_shows_hostile_names_as_text(hostile_page: Any, hostile: tuple[Server, str]) -> None:
    """Each page, by its address and with each of its views."""
    page, (_, project) = hostile_page, hostile
    for room in ROOMS:
        page.goto(f"/{room.lower() if room != 'Projects' else ''}?project={project}")
        expect(page.get_by_role("heading", name=room, exact=True)).to_be_visible()
        harmless(page, room)
        for place in range(page.get_by_role("tab").count()):
            tab = page.get_by_role("tab").nth(place)
            named = tab.inner_text()
            tab.click()
            harmless(page, f"{room}, {named}")
        for name in ("Columns, seed and parameters", "Log"):
            for box in page.get_by_text(name, exact=True).all()[:1]:
                box.click()
                harmless(page, f"{room}, {name}")


def test_each_name_is_shown_letter_by_letter(hostile_page: Any) -> None:
    """The list of projects holds every hostile name as it was given, with marks that turn or hide text written out."""
    page = hostile_page
    page.goto("/")
    harmless(page, "projects")
    told = words(page)
    page.locator(".st-key-project-page").get_by_text("2", exact=True).click()
    expect(page.get_by_text("xxxxxxxx")).to_have_count(0)  # the first page is gone
    harmless(page, "projects 2")
    told += words(page)
    told = " ".join(told.split())
    assert len(NAMES) < 40
    missing = [name for name in NAMES if shown(" ".join(unicodedata.normalize("NFC", name).split()))[:70] not in told]
    assert not missing, told[told.find("DROP") - 80 : told.find("DROP") + 60]


def test_hostile_answers_of_the_address_are_text(hostile_page: Any) -> None:
    """What stands in the address is looked up, told as text, and never run."""
    text = "%3Cscript%3Edocument.title%3D'owned'%3C/script%3E%5Ba%5D(http://a.b)..%2F..%2Fetc%2Fpasswd"
    for room in ("evaluate?run=", "train?batch=", "datasets?version=", "repro?run=", "evaluate?tab=", "compare?runs="):
        hostile_page.goto(f"/{room}{text}")
        harmless(hostile_page, room + text)


def test_a_hostile_file_is_refused_in_text(hostile_page: Any, hostile: tuple[Server, str]) -> None:
    """The refusal of an upload names its file and its cell without becoming markup; so do files of other kinds."""
    page = hostile_page
    page.goto(f"/datasets?project={Lab.open(hostile[0].home).project(NAMES[0]).id}")
    clicks.settled(page)
    before = sorted((hostile[0].home / "tmp").glob("**/*"))
    field = page.locator("input[type=file]").first
    for content in (
        b"a,b\n1,\"<img src=x onerror=document.title='owned'>\n",
        b"<html><script>1</script>",
        b"\x80\x04\x95",
    ):
        field.set_input_files(files=[{"name": f"{MARKUP[1]}.csv", "mimeType": "text/csv", "buffer": content}])
        expect(page.get_by_test_id("stAlert").first).to_be_visible()
        harmless(page, "refused")
    assert sorted((hostile[0].home / "tmp").glob("**/*")) == before


def test_downloads_have_plain_names_and_no_script(hostile_page: Any, hostile: tuple[Server, str]) -> None:
    """Files to be saved are named by our own pattern, and the report opened from disk runs nothing of the names."""
    page = hostile_page
    page.goto(f"/evaluate?project={hostile[1]}")
    clicks.settled(page)
    page.locator(".st-key-download button").first.click()
    for key in ("download-interactive", "download-eval-report-html"):
        with page.expect_download() as caught:
            page.locator(f".st-key-{key} button").first.click()
        assert caught.value.suggested_filename.replace("-", "").replace(".", "").isalnum()
        saved = page.context.new_page()
        saved.set_content(Path(caught.value.path()).read_text("utf-8"))
        saved.wait_for_timeout(1500)
        assert saved.title() != "owned"
        assert saved.locator("a[href^='javascript'], a[href*='a.b'], img[src='x'], img[onerror]").count() == 0, key
        assert "<script>document.title" in str(saved.locator("body").inner_text()), key
        saved.close()
