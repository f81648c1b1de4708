"""Ten people at once on one report of 100,000 rows (P15): `python tests/benchmarks/app_sessions.py [PEOPLE] [ROWS]`.

Each has a browser context of its own on the page Evaluate. All of them, at the same time, move the threshold or ask for
the next error, wait a second, and do it again. Printed: the median and the worst time from a click to the changed words
on the page, the processor time of the server for each click, and its memory. Browsers and server share the machine.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser"), str(ROOT / "tests" / "benchmarks")]

from app_speed import IDLE, predictions, resident  # noqa: E402
from playwright.async_api import async_playwright  # noqa: E402
from serving import CHROME, Server, serve  # noqa: E402

from modellab_core.lab import Lab  # noqa: E402
from modellab_core.lab.imported import Columns, evaluate_table, keep  # noqa: E402

CLICKS, THINKS, GIVEN_UP = 8, 1.0, 20.0
SLIDER = ".st-key-threshold input[type=range]"


async def changed(page: Any, place: str, act: Any) -> float:
    """Milliseconds from an act to other words at `place`; infinite where nothing changes."""
    spot = page.locator(place).first
    before, began = await spot.inner_text(), time.perf_counter()
    await act()
    while await spot.inner_text() == before:
        if time.perf_counter() - began > GIVEN_UP:
            return float("inf")
        await asyncio.sleep(0.01)
    return 1000 * (time.perf_counter() - began)


async def ready(page: Any, address: str, seen: str) -> None:
    """Open an address and wait until the page is at rest."""
    await page.goto(address, timeout=120_000)
    await page.locator(seen).first.wait_for(timeout=120_000)
    await page.locator(IDLE).wait_for(timeout=120_000)


async def person(page: Any, number: int) -> list[float]:
    """One person's clicks: those with an even number move the threshold, the others look at errors."""
    place = ".st-key-threshold-card-2" if number % 2 == 0 else ".st-key-error-card"
    times = []
    for _ in range(CLICKS):
        if number % 2 == 0:
            slider = page.locator(SLIDER).first
            times.append(await changed(page, place, lambda slider=slider: slider.press("ArrowRight")))
        else:
            times.append(await changed(page, place, page.locator(".st-key-error-next button").click))
        await asyncio.sleep(THINKS)
    return times


async def clicked(server: Server, at: str, people: int) -> None:
    """Open all pages, let all of them click at once, and print."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROME, args=["--no-sandbox", "--disable-dev-shm-usage"])
        pages = []
        for number in range(people):
            view = {"base_url": server.url, "viewport": {"width": 1280, "height": 900}}
            pages.append(await (await browser.new_context(**view)).new_page())
            tab, seen = (
                ("Threshold", ".st-key-threshold-card-2") if number % 2 == 0 else ("Errors", ".st-key-error-card")
            )
            await ready(pages[-1], f"{at}&tab={tab}", seen)
        await asyncio.sleep(3)
        before = spent(server.process.pid)
        found = await asyncio.gather(*(person(page, number) for number, page in enumerate(pages)))
        cost = 1000 * (spent(server.process.pid) - before) / (people * CLICKS)
        for name, some in (("threshold", found[::2]), ("next error", found[1::2])):
            times = [each for one in some for each in one]
            if times:
                lost = sum(each == float("inf") for each in times)
                worst = max((each for each in times if each != float("inf")), default=float("nan"))
                clicks = f"{len(times)} clicks, {lost} without an answer"
                print(f"{name}: median {median(times):,.0f} ms, worst {worst:,.0f} ms of {clicks}")
        print(f"server: {cost:,.0f} ms of a processor a click, {resident(server.process.pid):,.0f} MB")
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        await browser.close()


def spent(process: int) -> float:
    """Seconds of a processor that a process has used (proc(5))."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Make the run, start the app, and let them click."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        lab = Lab.open(folder / "workspace")
        file, named = predictions(folder, rows), Columns("y", proba=("yes=p",))
        run = keep(lab, evaluate_table(file, named), file, named, "sessions", seed=42)
        server = serve(folder / "workspace", folder / "server.log")
        try:
            asyncio.run(clicked(server, f"/evaluate?project={run.project_id}&run={run.id}", people))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
