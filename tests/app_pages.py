"""The app without a browser, in words that the tests of the pages share."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[1]
DOORS = {"shell": ROOT / "modellab_core/ui/shell.py", "launcher": ROOT / "app.py"}


def door(name: str) -> AppTest:
    """The app by its shell or its launcher, run once."""
    return AppTest.from_file(str(DOORS[name]), default_timeout=60).run()


def at_page(name: str, way: str, **address: str) -> AppTest:
    """A page at an address: alone, or by the shell or the launcher."""
    if way == "alone":
        at = AppTest.from_file(str(ROOT / f"pages/{name}.py"), default_timeout=60)
    else:
        at = door(way).switch_page(str(ROOT / f"pages/{name}.py"))
    for key, value in address.items():
        at.query_params[key] = value
    return at.run()


def words(at: AppTest) -> str:
    """All text that is shown, without the marks of Markdown."""
    kinds = (at.title, at.header, at.subheader, at.markdown, at.caption, at.error, at.warning, at.info, at.success)
    shown = [str(one.value) for kind in kinds for one in kind]
    shown += [one.proto.label for one in at.get("page_link")] + [one.proto.text for one in at.get("progress")]
    return " ".join(shown).replace("\\", "").replace("\u2060", "")


def whole(at: AppTest) -> AppTest:
    """The page ran to its end without an exception or a red box."""
    assert not at.exception, [one.value for one in at.exception]
    assert not at.error, [one.value for one in at.error]
    return at


def settled(at: AppTest) -> AppTest:
    """The page once all that it asked for beside itself is there."""
    for _ in range(600):
        if not at.status:
            return whole(at)
        time.sleep(0.05)
        at = at.run()
    raise AssertionError([one.label for one in at.status])


def press(at: AppTest, key: str) -> AppTest:
    """Press the button of this key and wait until everything is there."""
    return settled(at.button(key=key).click().run())


def labelled(at: AppTest, words: str) -> Any:
    """The button that is called so."""
    found = [one for one in at.button if words in one.label.replace("\\", "")]
    assert len(found) == 1, [one.label for one in at.button]
    return found[0]


def tables(at: AppTest) -> list[Any]:
    """The frames of all tables that are shown."""
    return [one.value for one in at.dataframe]
