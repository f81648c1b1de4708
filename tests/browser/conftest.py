"""The fixtures of the browser tests; what they are made of is in `serving.py`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from serving import CHROME, Server, open_page, serve


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """The app on an empty workspace; at the end its log must hold no traceback."""
    started = serve(tmp_path / "workspace", tmp_path / "server.log")
    yield started
    started.stop()
    assert "Traceback" not in started.said(), started.said()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium, without a window."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)
    with sync_playwright() as driver:
        options = ["--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"]
        opened = driver.chromium.launch(executable_path=CHROME, args=options)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any, server: Server) -> Iterator[Any]:
    """A page of the app; every foreign request is refused and counted, and nothing may go wrong in the console."""
    yield from open_page(browser, server.url)


@pytest.fixture(scope="module")
def running(trained: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app on a copy of the trained workspace, for all tests of a file."""
    folder = tmp_path_factory.mktemp("work")
    shutil.copytree(trained[0], folder / "workspace")
    started = serve(folder / "workspace", folder / "server.log")
    yield started
    started.stop()
    assert "Traceback" not in started.said(), started.said()


@pytest.fixture
def shown(browser: Any, running: Server) -> Iterator[Any]:
    """A page of that app."""
    yield from open_page(browser, running.url)
