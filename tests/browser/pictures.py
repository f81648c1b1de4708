"""Pictures of the real app for README and docs: `python tests/browser/pictures.py [FOLDER]`, default docs/pictures.

It trains the example project in a workspace of its own and saves what a person sees on every page, light and dark.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from playwright.sync_api import sync_playwright
from serving import CHROME, ROOT, serve

from modellab_core.lab import Lab

SIZE = {"width": 1440, "height": 1000}
PLACE = r"""() => {  // the folder of a picture is a temporary one: a place to read stands for it
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    node.data = node.data.replace(/\/\S+\/workspace\b/, "/home/ada/.modellab");
  }
}"""


def pages(lab: Lab) -> dict[str, str]:
    """The address of each picture by its name."""
    batch = lab.batches()[0]
    runs = {run.model: run.id for run in lab.batch_runs(batch)}
    at = f"project={batch.project_id}"
    return {
        "projects": f"/?{at}",
        "runs": f"/?{at}&shown=Runs",
        "datasets": f"/datasets?{at}",
        "train": f"/train?{at}&batch={batch.id}",
        "evaluate": f"/evaluate?{at}&run={runs['linear']}",
        "threshold": f"/evaluate?{at}&run={runs['linear']}&tab=Threshold",
        "slices": f"/evaluate?{at}&run={runs['linear']}&tab=Slices",
        "stress": f"/evaluate?{at}&run={runs['linear']}&tab=Stress",
        "errors": f"/evaluate?{at}&run={runs['linear']}&tab=Errors",
        "compare": f"/compare?{at}",
        "repro": f"/repro?{at}&run={runs['linear']}",
    }


def take(browser: Any, base: str, names: dict[str, str], scheme: str, folder: Path) -> None:
    """Save one picture a page in one colour scheme."""
    context = browser.new_context(
        base_url=base, viewport=SIZE, color_scheme=scheme, reduced_motion="reduce", locale="en-US", timezone_id="UTC"
    )
    page = context.new_page()
    for name, address in names.items():
        page.goto(address)
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=60_000)
        page.wait_for_timeout(2500)  # figures draw themselves after the script has ended
        page.evaluate(PLACE)
        if "&tab=" in address:  # what is above the tabs is in the picture of the page
            page.evaluate("document.querySelector('[role=tablist]').scrollIntoView()")
            page.wait_for_timeout(500)
        page.screenshot(path=folder / f"{name}-{scheme}.png")
    context.close()


def main() -> None:
    """Train the example, then take all pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        home = Path(scratch) / "workspace"
        demo = [sys.executable, "-m", "modellab_core.cli", "demo", "--json"]
        subprocess.run(
            demo, cwd=scratch, env=os.environ | {"MODELLAB_HOME": str(home)}, check=True, capture_output=True
        )
        names = pages(Lab.open(home))
        server = serve(home, Path(scratch) / "server.log")
        browser = driver.chromium.launch(executable_path=CHROME, args=["--no-sandbox", "--disable-dev-shm-usage"])
        for scheme in ("light", "dark"):
            take(browser, server.url, names, scheme, folder)
        browser.close()
        server.stop()


if __name__ == "__main__":
    main()
