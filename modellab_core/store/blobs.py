"""Files by the SHA-256 of their content: written once, read-only, checked whenever they are read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from modellab_core.errors import BadInput, NotFound
from modellab_core.files import chunks, move, publish, sha256_of
from modellab_core.store.workspace import Workspace
from modellab_core.temporary import unfinished_name

READ_ONLY = 0o400


class Blobs:
    """The blobs of a workspace. None is ever changed; only `clean` removes one that nothing names."""

    def __init__(self, workspace: Workspace) -> None:
        self._folder = workspace.blobs
        self._temporary = workspace.temporary

    def put(self, content: bytes | Iterable[bytes]) -> str:
        """Store `content` durably and give its SHA-256; storing it again makes it fresh, and heals a damaged one."""
        if isinstance(content, bytes):
            digest = hashlib.sha256(content).hexdigest()
            publish(self.path(digest), content, temporary=self._temporary, mode=READ_ONLY)
            return digest
        unfinished = self._temporary / unfinished_name()
        try:
            digest = publish(unfinished, content, mode=READ_ONLY)
            move(unfinished, self.path(digest))
        finally:
            unfinished.unlink(missing_ok=True)
        return digest

    def put_file(self, path: Path) -> str:
        """Store the bytes of the file at `path`."""
        with path.open("rb") as stream:
            return self.put(chunks(stream))

    def path(self, digest: str) -> Path:
        """Where the blob lies, unchecked; BadInput when `digest` is no SHA-256."""
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise BadInput(f"{digest!r} is not the SHA-256 of a stored file: 64 hex digits are.")
        return self._folder / digest[:2] / digest

    def has(self, digest: str) -> bool:
        """Whether the blob is here; its bytes are not read."""
        return self.path(digest).is_file()

    def size(self, digest: str) -> int:
        """Its bytes. NotFound when it is missing."""
        return self._present(digest).stat().st_size

    def read(self, digest: str, what: str = "") -> bytes:
        """Its content, checked. NotFound when it is missing, BadInput when its bytes have changed or cannot be read.

        `what` says to a person of what this is the file, such as "model.json of the run X".
        """
        path = self._present(digest, what)
        with _told(digest, what):
            content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            raise damaged(digest, what)
        return content

    def checked(self, digest: str, what: str = "") -> Path:
        """Its path, after its bytes were checked; for what is too large to hold. Errors as `read`."""
        path = self._present(digest, what)
        with _told(digest, what):
            found = sha256_of(path)
        if found != digest:
            raise damaged(digest, what)
        return path

    def digests(self) -> Iterator[str]:
        """The names of all blobs that are here, sorted."""
        for folder in sorted(self._folder.iterdir()):
            yield from sorted(path.name for path in folder.iterdir())

    def _present(self, digest: str, what: str = "") -> Path:
        path = self.path(digest)
        if not path.is_file():
            raise NotFound(f"{_named(digest, what)} is missing from {self._folder}: restore a backup.")
        return path


def _named(digest: str, what: str) -> str:
    return f"The stored file {digest[:12]} ({what})" if what else f"The stored file {digest[:12]}"


@contextmanager
def _told(digest: str, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(f"{_named(digest, what)} cannot be read: {error.strerror or error}.") from error


def damaged(digest: str, what: str = "") -> BadInput:
    """The sentence for a blob whose bytes have changed."""
    return BadInput(f"{_named(digest, what)} is damaged: its bytes have changed. Restore a backup.")
