"""How fast the app answers on 100,000 rows (P15): `python tests/benchmarks/app_speed.py [ROWS]`, on a machine at rest.

A table of predictions becomes a run; Chromium then opens and clicks, and the time to the changed words on the page is
taken three times each. Printed: the median, and the design's limit.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from serving import CHROME, Server, serve  # noqa: E402

from modellab_core.lab import Lab  # noqa: E402
from modellab_core.lab.imported import Columns, evaluate_table, keep  # noqa: E402

IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"


def predictions(folder: Path, rows: int) -> Path:
    """A table of predictions with four features."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 3))
    city = rng.choice(["Bern", "Oslo", "Rome"], rows)
    chance = 1 / (1 + np.exp(-(x[:, 0] + x[:, 1] / 2 + (city == "Oslo"))))
    frame = pd.DataFrame({"y": np.where(rng.random(rows) < chance, "yes", "no"), "p": chance.round(6), "city": city})
    frame[["a", "b", "c"]] = x.round(4)
    frame.to_csv(folder / "predictions.csv", index=False)
    return folder / "predictions.csv"


def resident(process: int) -> float:
    """Memory of a process in MB."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def changed(page: Any, place: str, act: Callable[[], object]) -> float:
    """Milliseconds from an act to other words at `place`."""
    spot = page.locator(place).first
    before, began = spot.inner_text(), time.perf_counter()
    act()
    while spot.inner_text() == before:
        if time.perf_counter() - began > 60:
            raise TimeoutError(f"{place} stays what it was")
        time.sleep(0.005)
    return 1000 * (time.perf_counter() - began)


def told(name: str, times: list[float], limit: float) -> None:
    """One line of the answer."""
    print(f"{name}: {median(times):,.0f} ms (limit {limit:,.0f}; {', '.join(f'{each:,.0f}' for each in times)})")


def opened(page: Any, address: str, seen: str) -> float:
    """Milliseconds from asking for an address until `seen` is there and the page is at rest."""
    began = time.perf_counter()
    page.goto(address)
    page.locator(seen).first.wait_for()
    page.locator(IDLE).wait_for()
    return 1000 * (time.perf_counter() - began)


def clicks(page: Any, at: str) -> None:
    """The clicks on a report that is held, and a typed query."""
    opened(page, f"{at}&tab=Threshold", ".st-key-threshold-card-2")
    page.wait_for_timeout(3000)
    slider = page.locator(".st-key-threshold input[type=range]")
    move = [changed(page, ".st-key-threshold-card-2", lambda: slider.press("ArrowRight")) for _ in range(3)]
    told("threshold moved", move, 250)
    opened(page, f"{at}&tab=Errors", ".st-key-error-card")
    page.wait_for_timeout(3000)
    press = page.locator(".st-key-error-next button")
    told("next error", [changed(page, ".st-key-error-card", press.click) for _ in range(3)], 250)
    opened(page, f"{at}&tab=Slices", ".st-key-slice-choice")
    page.wait_for_timeout(3000)
    asked = page.locator(".st-key-slice-choice input[type=text]").last
    times = []
    for query in ("a > 1", "b < -0.5 and city == 'Oslo'", "c > 0 and a > 0"):
        asked.fill(query)
        times.append(changed(page, "[role=tabpanel]", lambda: asked.press("Enter")))
    told("typed query, until anything answers", times, 500)


def main() -> None:
    """Make the run, start the app, click, and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        folder = Path(scratch)
        lab = Lab.open(folder / "workspace")
        file, named = predictions(folder, rows), Columns("y", proba=("yes=p",))
        run = keep(lab, evaluate_table(file, named), file, named, "speed", seed=42)
        server: Server = serve(folder / "workspace", folder / "server.log")
        try:
            print(f"idle server: {resident(server.process.pid):.0f} MB (limit 350)")
            browser = driver.chromium.launch(executable_path=CHROME, args=["--no-sandbox", "--disable-dev-shm-usage"])
            page = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 1000}).new_page()
            told("first page", [opened(page, "/", "h1")], 3000)
            clicks(page, f"/evaluate?project={run.project_id}&run={run.id}")
            browser.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main()
