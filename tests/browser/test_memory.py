"""The short form of `tests/reliability/upload_memory.py`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG_FORM = Path(__file__).resolve().parents[1] / "reliability" / "upload_memory.py"


def test_a_stored_upload_is_given_back(browser: Any) -> None:
    """After five uploads of 36 MB the server holds less than 40 MB more than after three, not all 72 MB of them.

    Smaller ones may stay in the heap of the C library, which gives back at once only what is larger than 32 MB.
    """
    spec = importlib.util.spec_from_file_location("upload_memory", LONG_FORM)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    grown, found = script.growth(browser, 36_000_000, 5)
    assert grown < 40, found
