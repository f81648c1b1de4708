"""Every example set and every model: trained, packed, and trained again from the pack in an empty folder.

    python tests/repro/matrix.py            one full build a template, all others with --here; what CI does
    python tests/repro/matrix.py --whole    every pack in every way
    python tests/repro/matrix.py --only iris.csv

The ways, each in a folder of its own with nothing of ModelLab on the path:

    uv       `python PACK.zip` by a Python without any package, which builds the environment with uv
    pip      the same without uv, with venv and pip
    here     `python PACK.zip --here`, offline, by a Python that holds the versions of the pack and no ModelLab

It prints a line a pack and way, and ends with 1 when any is not reproduced to the last bit.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from repro import real  # noqa: E402 - the folders above come first

SETS = {
    "iris.csv": "species",
    "credit_risk.csv": "risk",
    "customer_churn.csv": "churned",
    "house_prices.csv": "price",
    "small_with_missing.csv": "admitted_again",
}
FULL = (("iris.csv", "xgboost"), ("house_prices.csv", "linear"))
"""The packs that get a full build in CI: one of each template, and of each library."""

BARE = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
OFFLINE = {
    "PIP_NO_INDEX": "1",
    "UV_OFFLINE": "1",
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
}


def packs(folder: Path, only: str | None) -> Iterator[tuple[str, str, Path]]:
    """(set, model, pack) of every run, each pack in `folder`."""
    for name, target in SETS.items():
        if only in (None, name):
            for run in real.batch_of(ROOT / "examples" / "data" / name, target, folder / "scratch"):
                path = folder / f"{Path(name).stem}-{run.source.recipe.model}.zip"
                yield name, run.source.recipe.model, run.write(path)


def again(python: Path, pack: Path, way: str) -> tuple[int, str, float]:
    """Exit code and state of a pack that is run in an empty folder, and the seconds it took."""
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as empty:
        there = shutil.copy(pack, empty)
        variables = BARE | ({"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"} if way == "uv" else {})
        variables |= {name: os.environ[name] for name in ("SSL_CERT_FILE", "UV_SYSTEM_CERTS") if name in os.environ}
        options = {"uv": [], "pip": ["--no-uv"], "here": ["--here"]}[way]
        command = [str(python), there, "--json", *options]
        extra = OFFLINE if way == "here" else {"UV_NATIVE_TLS": "1", "HOME": os.environ.get("HOME", empty)}
        done = subprocess.run(command, cwd=empty, env=variables | extra, capture_output=True, text=True)
    try:
        state = str(json.loads(done.stdout)["state"])
    except ValueError:
        state = done.stderr[-300:]
    return done.returncode, state, time.perf_counter() - begun


def main() -> int:
    """Run the matrix; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--whole", action="store_true", help="every pack in every way")
    parser.add_argument("--only", choices=SETS, help="one of the example sets")
    asked = parser.parse_args()
    wrong = 0
    tries: list[tuple[str, str, str, Future[tuple[int, str, float]]]] = []
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(2) as pool:
        folder = Path(temporary)
        venv.create(folder / "plain", with_pip=False)
        plain, ready = folder / "plain" / "bin" / "python", folder / "ready"
        for name, model, pack in packs(folder, asked.only):
            if not ready.exists():
                built = subprocess.run([plain, pack, "env", ready], capture_output=True, text=True)
                assert built.returncode == 0, built.stdout + built.stderr
            full = ["uv", "pip"] if asked.whole else ["uv"] * ((name, model) in FULL)
            for way in ["here", *full]:
                python = ready / "bin" / "python" if way == "here" else plain
                tries.append((name, model, way, pool.submit(again, python, pack, way)))
        for name, model, way, tried in tries:
            code, state, seconds = tried.result()
            good = (code, state) == (0, "reproduced")
            wrong += not good
            print(f"{'ok ' if good else 'BAD'} {name:24} {model:8} {way:5} {code} {state} {seconds:.1f} s", flush=True)
    print(f"{wrong} not reproduced" if wrong else "All reproduced to the last bit")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
