"""What a person does in the app, in words that the tests share."""

from __future__ import annotations

from typing import Any

try:
    from playwright.sync_api import expect
except ImportError:  # everyday tests are collected without a browser; whoever runs these without it fails in `browser`
    expect = None

LONG = 240_000  # ms; a training on a busy machine of two cores


def settled(page: Any) -> None:
    """Wait until the script has run and nothing is being loaded; no exception may be shown."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def open_room(page: Any, name: str) -> None:
    """Go to a page by the bar at the side; a click into a page that is being drawn is made again, as a person does."""
    heading = page.get_by_role("heading", name=name, exact=True)
    for _ in range(3):
        page.get_by_test_id("stSidebarNavLink").filter(has_text=name).click()
        try:
            expect(heading).to_be_visible(timeout=15_000)
            break
        except AssertionError:
            settled(page)
    expect(heading).to_be_visible()
    settled(page)


def at(page: Any, address: str) -> None:
    """Open an address and wait until everything is there."""
    page.goto(address)
    settled(page)


def panel(page: Any, name: str) -> Any:
    """What stands under a tab."""
    return page.get_by_role("tabpanel", name=name)


def choose(within: Any, label: str, option: str) -> None:
    """An option of a list; those that hold it too are left."""
    page = within.page
    within.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()
    if page.get_by_role("listbox").count():  # one of which several can be chosen stays open
        page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    settled(page)


def press(page: Any, key: str) -> None:
    """Press the button of this key."""
    page.locator(f".st-key-{key} button").first.click()


def drop(page: Any, place: str, name: str, content: bytes) -> None:
    """Drop a file on the uploader inside the container of this key."""
    field = page.locator(f".st-key-{place} input[type=file]")
    field.set_input_files(files=[{"name": name, "mimeType": "text/csv", "buffer": content}])


def verdict_shown(page: Any) -> None:
    """Wait until the three runs are done and the verdict stands."""
    expect(page.get_by_text("Smallest visible difference")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("Open report")).to_have_count(3, timeout=LONG)
    settled(page)


def badge(page: Any, word: str) -> Any:
    """The coloured labels of this word."""
    return page.locator(".stMarkdownBadge").filter(has_text=word)
