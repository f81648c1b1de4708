"""`modellab status` and `modellab ui`."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Annotated

import typer

from modellab_core.cli.door import Json, answer, lab
from modellab_core.errors import BadInput
from modellab_core.settings import app_folder


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `app`."""
    app.command()(ui)
    app.command()(status)


def status(
    deep: Annotated[bool, typer.Option("--deep", help="Read every blob and check it.")] = False, as_json: Json = False
) -> None:
    """Say what is in the workspace and whether it is whole; exit 1 when something is damaged."""
    told = lab().status(deep=deep)
    answer(as_json, told, [f"{key}: {value}" for key, value in told.items()])
    if told["damaged"]:
        raise typer.Exit(1)


def ui(
    port: Annotated[int, typer.Option("--port", help="Port on this machine.", min=1, max=65535)] = 8501,
    as_json: Json = False,
) -> None:
    """Start the app; it listens on this machine only."""
    folder = app_folder()
    if not (folder / "app.py").is_file():
        raise BadInput(f"The app is not in {folder}: install ModelLab again.")
    opened = lab()
    answer(
        as_json, {"url": f"http://127.0.0.1:{port}"}, f"ModelLab is at http://127.0.0.1:{port}; stop it with Ctrl-C."
    )
    sys.stdout.flush()
    command = [sys.executable, "-m", "streamlit", "run", str(folder / "app.py"), "--server.port", str(port)]
    environment = os.environ | {"MODELLAB_HOME": str(opened.folder)}
    raise typer.Exit(subprocess.run(command, cwd=folder, env=environment, check=False).returncode)
