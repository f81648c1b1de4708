"""Who is answered: browsers of this machine that ask for it by its own name; and what their pages may reach."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from streamlit import file_util

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Server = Callable[[Message, Receive, Send], Awaitable[None]]

REFUSAL = b"ModelLab answers only to the names of this machine: open http://127.0.0.1 with its port."

NOTEBOOKS = ("http://127.0.0.1:*", "http://localhost:*", "vscode-webview:", "vscode-file:")
"""Where the app may be shown inside another page: in notebooks of this machine."""

POLICY = {
    "default-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",  # Streamlit makes its styles while it runs
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "media-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": " ".join(["'self'", *NOTEBOOKS]),
}


def is_own(host: str, more: Iterable[str] = ()) -> bool:
    """Whether a request's `host` (a name or an address, with or without a port) is this machine, or one of `more`."""
    name = host.rpartition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    with suppress(ValueError):
        return ip_address(name).is_loopback
    return name.lower() in {"localhost", *more}


def own_scripts(page: Path) -> str:
    """What a browser may run, as a policy says it: files of this server and the scripts that stand in `page` itself."""
    written = re.findall(rb"<script>(.*?)</script>", page.read_bytes(), re.DOTALL) if page.is_file() else []
    sums = [base64.b64encode(hashlib.sha256(one).digest()).decode() for one in written]
    return " ".join(["'self'", *(f"'sha256-{one}'" for one in sums)])


class OwnHost:
    """A server in front of `app` that refuses requests under any other name with 400 or closes the connection.

    A page of another site whose name is made to lead to this machine would otherwise be taken for our own (DNS
    rebinding). `more` are further names, for a server in front of this one. Every answer tells the browser to load
    nothing from elsewhere and to show the app in no page but those of this machine's notebooks.
    """

    def __init__(self, app: Server, more: Iterable[str] = ()) -> None:
        self.app, self.more = app, frozenset(more)
        self.policy = POLICY | {"script-src": own_scripts(Path(file_util.get_static_dir()) / "index.html")}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        if not is_own(host, self.more):
            await _refuse(scope, send)
            return
        await self.app(scope, receive, self._with_policy(send, host))

    def _with_policy(self, send: Send, host: str) -> Send:
        """`send`, which adds to each answer what the browser may load."""
        told = self.policy | {"connect-src": f"'self' ws://{host} wss://{host} data: blob:"}
        added = [
            (b"content-security-policy", "; ".join(f"{name} {value}" for name, value in told.items()).encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
        ]

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        return answer


async def _refuse(scope: Message, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "http.response.start", "status": 400, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": REFUSAL})
