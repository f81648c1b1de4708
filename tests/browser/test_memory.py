"""The short form of `tests/reliability/upload_memory.py`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG_FORM = Path(__file__).resolve().parents[1] / "reliability" / "upload_memory.py"


def test_a_stored_upload_is_given_back(browser: Any) -> None:
    """After eight uploads of 10 MB the server holds less than 25 MB more than after three, not all 50 MB of them."""
    spec = importlib.util.spec_from_file_location("upload_memory", LONG_FORM)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    grown, found = script.growth(browser, 10_000_000, 8)
    assert grown < 25, found
