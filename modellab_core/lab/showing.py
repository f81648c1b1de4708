"""The app beside a notebook: the page of a run, on a server of this machine that is found or started."""

from __future__ import annotations

import atexit
import json
import os
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from modellab_core.errors import BadInput, Conflict
from modellab_core.files import publish
from modellab_core.lab.runs import Runs
from modellab_core.settings import app_folder
from modellab_core.store.processes import identity, is_gone
from modellab_core.store.tables import Run

START_SECONDS = 90.0
ADDRESS = "127.0.0.1"
PORTS = range(20_000, 32_000)  # below those that systems give to connections of their own


@dataclass(frozen=True)
class Shown:
    """A page of the app: drawn in a notebook as a frame, elsewhere its address."""

    url: str
    height: int = 900

    def __repr__(self) -> str:
        return f"ModelLab: {self.url}"

    def _repr_html_(self) -> str:
        return (
            f'<iframe src="{escape(self.url)}&amp;embed=true" title="ModelLab" width="100%" height="{self.height}" '
            f'style="border:1px solid #8884;border-radius:10px"></iframe>\n'
            f'<p><a href="{escape(self.url)}" target="_blank">Open it in a tab</a></p>'
        )


class Showing(Runs):
    """Verbs about the app's server."""

    def show(self, ref: str | Run, page: str = "evaluate", height: int = 900) -> Shown:
        """The app's page of a run, inside the notebook; at a prompt its address.

        The app's server on this machine is used, and started when there is none; one that was started here ends with
        this program. `page` is the name of a page, `height` in pixels. Conflict when the server does not start.
        """
        run = self.run(ref)
        known = sorted(path.stem for path in (app_folder() / "pages").glob("*.py"))
        if page not in known:
            raise BadInput(f"The app has no page {page!r}: choose from {', '.join(known)}.")
        port = self._serving() or self._serve()
        return Shown(f"http://{ADDRESS}:{port}/{page}?{urlencode({'project': run.project_id, 'run': run.id})}", height)

    def announce(self, port: int) -> None:
        """Say that this process serves the app of this workspace at `port`; the server does when it starts."""
        told = {"port": port, "pid": os.getpid(), "process": identity(os.getpid())}
        publish(self._place, json.dumps(told).encode())

    @property
    def _place(self) -> Path:
        return self.folder / "cache" / "app.json"

    def _serving(self) -> int | None:
        """The port at which a living process of this machine serves this workspace."""
        try:
            told = json.loads(self._place.read_bytes())
            return None if is_gone(told["pid"], told["process"]) else int(told["port"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _serve(self) -> int:
        port = PORTS.start + secrets.randbelow(len(PORTS))
        folder = app_folder()
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(folder / "app.py"), "--server.port", str(port)],
            cwd=folder,
            env=os.environ | {"MODELLAB_HOME": str(self.folder.absolute())},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        atexit.register(server.terminate)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and server.poll() is None:
            if self._serving() == port:
                return port
            time.sleep(0.2)
        raise Conflict("The app's server did not start: try `modellab ui` in a terminal, which says why.")
