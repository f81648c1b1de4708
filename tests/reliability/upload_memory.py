"""What the server keeps in memory of uploads: `python tests/reliability/upload_memory.py [MEGABYTES [UPLOADS]]`.

A browser drops tables of so many MB (default 50), one after the other (default 100), on the page of a project; each is
other bytes, read and stored. Design: server memory after the last less that after the third is under 100 MB.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

import clicks  # noqa: E402
from serving import CHROME, Server, open_page, serve  # noqa: E402

from modellab_core.lab import Lab  # noqa: E402

LIMIT_MB = 100.0
SETTLED_AFTER = 3


def resident(process: int) -> float:
    """Memory of a process in MB, as the system counts it."""
    line = next(line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def write_table(path: Path, size: int, number: int) -> None:
    """A CSV of at least `size` bytes that differs from every other number's."""
    draw = random.Random(number)
    line = ",".join(f"{draw.random():.9f}" for _ in range(9)) + f",{('no', 'yes')[number % 2]}\n"
    lines = [f"{draw.random():.9f}{line[11:]}" for _ in range(500)]
    block = "".join(lines).encode()
    with path.open("wb") as out:
        out.write(b"a,b,c,d,e,f,g,h,i,target\n" + f"{number}{line[11:]}".encode())
        for _ in range(-(-size // len(block))):
            out.write(block)


def uploads(page: Any, server: Server, folder: Path, size: int, count: int) -> Iterator[float]:
    """Drop `count` tables of `size` bytes; after each is stored, the memory of the server in MB."""
    lab = Lab.open(server.home)
    project = lab.create_project("memory")
    page.goto(f"/datasets?project={project.id}")
    path = folder / "table.csv"
    for number in range(count):
        write_table(path, size, number)
        _drop_until_stored(page, lab, project.id, path, number + 1)
        clicks.settled(page)
        page.wait_for_timeout(500)  # the emptied place to drop a file is drawn again
        _make_room(lab)
        yield resident(server.process.pid)


def _drop_until_stored(page: Any, lab: Lab, project: str, path: Path, versions: int) -> None:
    """Drop the file, once more where the page was being drawn again meanwhile: the same bytes are one version."""
    for _ in range(3):
        clicks.settled(page)
        field = page.locator("input[type=file]")
        if field.count() == 0:
            page.locator(".st-key-add button").first.click()
        field.first.set_input_files(path)
        end = time.monotonic() + 300
        while time.monotonic() < end:
            if sum(len(one.versions) for one in lab.datasets(project)) >= versions:
                return
            page.wait_for_timeout(200)  # not time.sleep: the browser's requests pass through this process
    raise TimeoutError(f"upload {versions} was not stored")


def _make_room(lab: Lab) -> None:
    """Take the bytes of earlier uploads off the disk; the memory of the server is what counts here."""
    for place in (lab.folder / "blobs", lab.folder / "cache"):
        for path in sorted(place.rglob("*"), key=lambda one: one.stat().st_mtime)[:-8] if place.is_dir() else []:
            if path.is_file() and path.stat().st_size > 1_000_000:
                path.unlink()


def growth(browser: Any, size: int, count: int) -> tuple[float, list[float]]:
    """Memory in MB after the last upload less that after the third, and after each."""
    with tempfile.TemporaryDirectory() as scratch:
        server = serve(Path(scratch) / "workspace", Path(scratch) / "server.log")
        try:
            pages = open_page(browser, server.url)
            found = list(uploads(next(pages), server, Path(scratch), size, count))
            assert "Traceback" not in server.said(), server.said()
        finally:
            server.stop()
    return found[-1] - found[SETTLED_AFTER - 1], found


def main() -> int:
    """Measure, print and judge; 1 when too much is kept."""
    from playwright.sync_api import expect, sync_playwright

    size, count = (int(given) for given in [*sys.argv[1:], *("50", "100")[len(sys.argv) - 1 :]])
    expect.set_options(timeout=60_000)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROME, args=["--no-sandbox", "--disable-dev-shm-usage"])
        start = time.monotonic()
        grown, found = growth(browser, size * 1_000_000, count)
        browser.close()
    print("after each upload, MB:", " ".join(f"{one:.0f}" for one in found))
    print(f"{count} uploads of {size} MB in {time.monotonic() - start:.0f} s")
    print(f"after the last less after number {SETTLED_AFTER}: {grown:.1f} MB; under {LIMIT_MB:.0f} MB is promised")
    return 0 if grown < LIMIT_MB else 1


if __name__ == "__main__":
    sys.exit(main())
