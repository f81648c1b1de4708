"""docs/deployment.md: its files are whole, and a server behind nginx lets in who signs in, and nobody else."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import ROOT

FILES = ROOT / "docs" / "deployment"
NAME = "lab.example.org"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or ""
SIGNED_IN = {"Authorization": "Basic " + b64encode(b"ada:secret").decode()}


def told(page: str = "docs/deployment.md") -> str:
    """The text of a page."""
    return (ROOT / page).read_text("utf-8")


def variables() -> set[str]:
    """Every variable of the environment that the code names as its own."""
    files = [*(ROOT / "modellab_core").rglob("*.py"), ROOT / "app.py", *(ROOT / "pages").glob("*.py")]
    return {name for file in files for name in re.findall(r"\bMODELLAB_[A-Z_]+", file.read_text("utf-8"))}


def test_every_variable_of_the_code_is_in_the_table() -> None:
    """The table of environment variables names each one that the code reads, and none that it does not."""
    table = re.findall(r"^\| `(MODELLAB_\w+)` \|", told(), re.M)
    assert set(table) == variables()
    assert len(table) == len(set(table))


def test_every_file_of_a_deployment_is_described() -> None:
    """docs/deployment.md links each file beside it."""
    assert [file.name for file in FILES.iterdir() if f"deployment/{file.name})" not in told()] == []


def test_the_container_takes_the_locked_versions() -> None:
    """The container file copies only what the checkout holds, and installs by the lock with hashes."""
    text = (FILES / "Containerfile").read_text("utf-8")
    assert "--require-hashes -r /lock.txt" in text
    assert (ROOT / ".ci" / "lock.txt").is_file()
    assert "USER modellab" in text


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
@pytest.mark.parametrize("name", ["modellab.service", "modellab-backup.service", "modellab-backup.timer"])
def test_systemd_understands_the_units(name: str, tmp_path: Path) -> None:
    """systemd finds nothing wrong with a unit whose program is there."""
    for file in FILES.glob("modellab*"):
        text = file.read_text("utf-8").replace("/srv/modellab/venv/bin/modellab", sys.executable)
        (tmp_path / file.name).write_text(text)
    line = ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert name.removesuffix(".timer") not in done.stderr, done.stderr


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """The ports of nginx with the documented settings, and of the app behind it."""
    folder = tmp_path_factory.mktemp("nginx")
    ports = {"app": free_port(), "plain": free_port(), "tls": free_port()}
    key = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}", *key]
    subprocess.run(made, check=True, capture_output=True)
    secret = subprocess.run(["openssl", "passwd", "-apr1", "secret"], check=True, capture_output=True, text=True).stdout
    (folder / "modellab.htpasswd").write_text(f"ada:{secret}")
    text = (FILES / "nginx.conf").read_text("utf-8")
    for old, new in {
        "/etc/ssl/modellab": str(folder),
        "/etc/nginx": str(folder),
        "listen 80;": f"listen 127.0.0.1:{ports['plain']};",
        "listen 443 ssl;": f"listen 127.0.0.1:{ports['tls']} ssl;",
        "127.0.0.1:8501;": f"127.0.0.1:{ports['app']};",
    }.items():
        assert old in text
        text = text.replace(old, new)
    places = "".join(f"{one}_temp_path {folder}/{one};\n" for one in TEMPORARY)
    worker = "user root root;\n" if os.geteuid() == 0 else ""  # the folder of a test is for its owner alone
    head = f"{worker}pid {folder}/pid;\nerror_log {folder}/error.log;\ndaemon off;\nevents {{}}\n"
    (folder / "nginx.conf").write_text(f"{head}http {{\naccess_log off;\n{places}{text}}}\n")
    line = [sys.executable, "-m", "modellab_core.cli", "ui", "--port", str(ports["app"])]
    own = {"MODELLAB_HOME": str(folder / "workspace"), "STREAMLIT_BROWSER_SERVER_ADDRESS": NAME}
    app = subprocess.Popen(line, env=os.environ | own, cwd=folder, start_new_session=True, stdout=subprocess.DEVNULL)
    front = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")], start_new_session=True)
    try:
        for port in ports.values():
            wait_for(port)
        yield ports
    finally:
        for process in (front, app):
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(40)


def wait_for(port: int) -> None:
    """Until somebody listens there."""
    end = time.monotonic() + 60
    while True:
        with socket.socket() as caller:
            if not caller.connect_ex(("127.0.0.1", port)):
                return
        assert time.monotonic() < end, port
        time.sleep(0.1)


def answer(port: int, path: str = "/", host: str = NAME, tls: bool = True, **headers: str) -> int:
    """The code of the answer to a request; redirections are not followed."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
        wrapped = _trusting().wrap_socket(plain, server_hostname=NAME) if tls else plain
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
        lines = [line for line in lines if not (line.startswith("Connection") and "Upgrade" in headers)]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        wrapped.sendall("\r\n".join([*lines, "", ""]).encode())
        return int(wrapped.recv(100).split()[1])


def _trusting() -> ssl.SSLContext:
    found = ssl.create_default_context()
    found.check_hostname, found.verify_mode = False, ssl.CERT_NONE
    return found


UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.mark.slow
@pytest.mark.skipif(not NGINX, reason="there is no nginx here")
def test_nginx_lets_in_who_signs_in(door: dict[str, int]) -> None:
    """Pages and the app's connection need the sign-in and TLS; other sites get neither, and the app only its name."""
    own = {"Origin": f"https://{NAME}"}
    assert answer(door["plain"], tls=False) == 301
    assert answer(door["tls"]) == 401
    assert answer(door["tls"], **SIGNED_IN) == 200
    assert answer(door["tls"], "/_stcore/stream", **UPGRADE, **own) == 401
    assert answer(door["tls"], "/_stcore/stream", **UPGRADE, **own, **SIGNED_IN) == 101
    assert answer(door["tls"], "/_stcore/stream", **UPGRADE, **SIGNED_IN, Origin="https://evil.example") == 403
    assert answer(door["app"], host="evil.example", tls=False) == 400
    assert answer(door["tls"], **SIGNED_IN, Content_Length="300000000") == 413
