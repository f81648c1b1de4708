"""A server on a workspace of its own, and a page that reaches nothing else."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CHROME = os.environ.get("CHROME", "/usr/bin/chromium")
HARMLESS = ("/_stcore/health", "/_stcore/host-config")  # Streamlit looks for its base path on deep links


@dataclass
class Server:
    """A running app: its address, its workspace, its log and its process."""

    url: str
    home: Path
    log: Path
    process: subprocess.Popen[bytes]

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End the server and wait for it."""
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(30)

    def said(self) -> str:
        """What the server printed so far."""
        return self.log.read_text("utf-8", "replace")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(home: Path, log: Path) -> Server:
    """Start the app on the workspace `home` and wait until it answers."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=os.environ | {"MODELLAB_HOME": str(home), "PYTHONUNBUFFERED": "1"},
        )
    server = Server(f"http://127.0.0.1:{port}", home, log, process)
    for _ in range(600):
        try:
            if urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=1).read() == b"ok":
                return server
        except OSError:
            time.sleep(0.1)
        if process.poll() is not None:
            break
    server.stop(signal.SIGKILL)
    raise RuntimeError(f"the server did not start:\n{server.said()}")


def open_page(browser: Any, url: str, **options: Any) -> Iterator[Any]:
    """A page in a context of its own, with the checks of `page`."""
    look = {"viewport": {"width": 1440, "height": 1100}, "reduced_motion": "reduce", "locale": "en-US"} | options
    context = browser.new_context(base_url=url, timezone_id="UTC", accept_downloads=True, **look)
    foreign: list[str] = []
    wrong: list[str] = []

    def refuse(route: Any) -> None:
        foreign.append(route.request.url)
        route.abort()

    context.route(lambda address: not address.startswith((url, "data:", "blob:")), refuse)
    found = context.new_page()
    found.set_default_timeout(30_000)
    found.on("pageerror", lambda error: wrong.append(str(error)))
    found.on("console", lambda message: wrong.append(_told(message)) if message.type == "error" else None)
    yield found
    context.close()
    assert not foreign, foreign
    assert not [one for one in wrong if not any(path in one for path in HARMLESS)], wrong


def _told(message: Any) -> str:
    return f"{message.text} {message.location.get('url', '')}"
