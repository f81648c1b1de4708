"""A fresh install is for this machine only: where it listens, whom it answers, and what it tells of an error."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modellab_core.ui.hosts import is_own

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from serving import free_port  # noqa: E402


def config() -> dict[str, Any]:
    """The settings of the app."""
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))


def test_the_settings_are_those_that_are_promised() -> None:
    """Loopback, requests of other sites refused, no traceback and no raw cells to a file, nothing reported home."""
    told = config()
    assert told["server"]["address"] == "127.0.0.1"
    assert told["server"]["enableXsrfProtection"] is True
    assert told["server"]["enableCORS"] is True
    assert told["server"]["enableStaticServing"] is False
    assert told["client"]["showErrorDetails"] == "none"
    assert told["client"]["disableDataExport"] is True
    assert told["browser"]["gatherUsageStats"] is False


def test_the_settings_go_with_the_wheel() -> None:
    """An installed app has the same settings beside its launcher."""
    built = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    places = built["force-include"]
    assert Path(places[".streamlit"]).parent == Path(places["app.py"]).parent == Path("modellab_core/_app")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8501", "localhost:1", "LOCALHOST", "[::1]:8501", "127.9.9.9"])
def test_names_of_this_machine_are_its_own(host: str) -> None:
    """Loopback addresses and localhost, with and without a port."""
    assert is_own(host)


@pytest.mark.parametrize(
    "host", ["", "evil.example", "evil.example:8501", "127.0.0.1.evil.example", "192.168.1.1", "[::2]:1", "localhost.x"]
)
def test_other_names_are_not(host: str) -> None:
    """Whatever else a browser asks for is not this machine, unless it was named."""
    assert not is_own(host)
    assert is_own("lab.example:443", {"lab.example"})


def reachable(port: int, address: str = "127.0.0.1") -> bool:
    """Whether something listens there."""
    with socket.socket() as caller:
        caller.settimeout(0.5)
        return caller.connect_ex((address, port)) == 0


def answer_of(port: int) -> list[bytes]:
    """What is answered there at once to a request; [] when nothing is."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as caller:
            caller.sendall(b"GET /_stcore/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            said = caller.recv(100)
    except OSError:
        time.sleep(0.02)
        return []
    return [said] if said else []


def other_address() -> str | None:
    """An address of this machine that others reach; None where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent by this
        except OSError:
            return None
        found = str(probe.getsockname()[0])
    return None if found.startswith("127.") else found


def started(command: list[str], folder: Path, **variables: str) -> subprocess.Popen[str]:
    """A server in a folder that is not the app's, on a workspace of its own."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"MODELLAB_HOME": str(folder / "workspace")} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str]) -> str:
    """End a server with all that it started; what it said."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    return process.communicate(timeout=40)[0]


def streamlit(port: int, *more: str) -> list[str]:
    """The command that starts the app by its launcher."""
    run = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
    return [*run, "--server.headless", "true", *more]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of the app, started by `modellab ui` in another folder."""
    port, folder = free_port(), tmp_path_factory.mktemp("elsewhere")
    process = started([sys.executable, "-m", "modellab_core.cli", "ui", "--port", str(port)], folder)
    _wait(process, port)
    yield port
    ended(process)


def _wait(process: subprocess.Popen[str], port: int) -> None:
    end = time.monotonic() + 60
    while not reachable(port):
        assert process.poll() is None, ended(process)
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["option", "variable", "config"])
def test_another_address_is_refused_before_anybody_is_answered(way: str, tmp_path: Path) -> None:
    """By option, by environment and by a settings file: the server ends with the sentence and answers nobody."""
    port = free_port()
    more = ["--server.address", "0.0.0.0"] if way == "option" else []
    variables = {"STREAMLIT_SERVER_ADDRESS": "0.0.0.0"} if way == "variable" else {}
    if way == "config":
        (tmp_path / ".streamlit").mkdir()
        (tmp_path / ".streamlit" / "config.toml").write_text('[server]\naddress = "0.0.0.0"\n')
        more = ["--server.address", "::"]
    process = started(streamlit(port, *more), tmp_path, **variables)
    answers = []
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        answers += answer_of(port)
    said = ended(process)
    assert process.returncode == 1, said
    assert "ModelLab has no sign-in" in said
    assert not answers


@pytest.mark.slow
def test_the_launcher_started_elsewhere_listens_on_loopback(tmp_path: Path) -> None:
    """`streamlit run app.py` from any folder takes the settings beside app.py."""
    port = free_port()
    process = started(streamlit(port), tmp_path)
    _wait(process, port)
    outside = other_address()
    assert outside is None or not reachable(port, outside)
    ended(process)


def asked(port: int, request: str) -> str:
    """The first line of what the server answers to a request."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as caller:
        caller.sendall(request.encode())
        return caller.recv(200).decode("latin-1").splitlines()[0]


def upgrade(port: int, origin: str, host: str | None = None) -> str:
    """A browser's request for the app's connection, as a page of `origin` makes it."""
    return (
        f"GET /_stcore/stream HTTP/1.1\r\nHost: {host or f'127.0.0.1:{port}'}\r\nOrigin: {origin}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )


@pytest.mark.slow
def test_the_command_listens_on_loopback(running: int) -> None:
    """`modellab ui` is reached from this machine and by no other address of it."""
    outside = other_address()
    assert reachable(running)
    assert outside is None or not reachable(running, outside)


@pytest.mark.slow
def test_pages_of_other_sites_are_not_answered(running: int) -> None:
    """A page from elsewhere, also one whose name leads to this machine, gets no connection and uploads nothing."""
    assert "101" in asked(running, upgrade(running, f"http://127.0.0.1:{running}"))
    assert "403" in asked(running, upgrade(running, "http://evil.example"))
    assert "403" in asked(running, upgrade(running, f"http://evil.example:{running}", f"evil.example:{running}"))
    page = "GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n"
    assert "200" in asked(running, page.format(f"127.0.0.1:{running}"))
    assert "200" in asked(running, page.format("localhost"))
    assert "400" in asked(running, page.format(f"evil.example:{running}"))
    upload = "PUT /_stcore/upload_file/a/b HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
    assert "403" in asked(running, upload) or "400" in asked(running, upload)
