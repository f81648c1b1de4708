"""The one module that writes files that stay.

A file appears whole or not at all: it is written under a temporary name in the same file system, flushed to the disk,
checked, and moved into place in one step; then the folder is flushed too. An error of the disk is never retried.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO

from modellab_core.errors import BadInput
from modellab_core.temporary import collect, is_unfinished, unfinished_name

CHUNK = 1 << 20


def chunks(stream: BinaryIO, size: int = CHUNK) -> Iterator[bytes]:
    """The content of `stream` in pieces of at most `size` bytes."""
    while piece := stream.read(size):
        yield piece


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in lower-case hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def publish(path: Path, content: bytes | Iterable[bytes], *, temporary: Path | None = None, mode: int = 0o600) -> str:
    """Write `content` to `path` so that a reader sees the old file or the new one; give its SHA-256.

    `temporary` is the folder for the unfinished file (default: the folder of `path`); it must be in the same file
    system. BadInput with a sentence when the disk is full or the folder cannot be written.
    """
    if temporary is None:
        _tidy(path.parent)
    unfinished = (temporary or path.parent) / unfinished_name()
    with _explaining(path, "Nothing was changed."):
        try:
            make_folder(path.parent)
            make_folder(unfinished.parent)
            digest, size = _write_through(unfinished, [content] if isinstance(content, bytes) else content)
            if unfinished.stat().st_size != size:
                raise OSError(f"{size} bytes were written and {unfinished.stat().st_size} are there")
            unfinished.chmod(mode)
            unfinished.replace(path)
        finally:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
    with _explaining(path, "The disk did not confirm that it holds the file."):
        flush_folder(path.parent)
    return digest


@cache
def _tidy(folder: Path) -> None:
    """Once a process and folder: remove what killed processes left unfinished there."""
    collect(folder, is_unfinished)


@contextlib.contextmanager
def _explaining(path: Path, state: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror or error}. {state}") from error


def _write_through(path: Path, pieces: Iterable[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            stream.write(piece)
        stream.flush()
        os.fsync(stream.fileno())
    return digest.hexdigest(), size


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Make a folder and those above it that are missing, each of which survives a power cut. OSError as `mkdir`."""
    if folder.is_dir():
        return
    make_folder(folder.parent, mode)
    folder.mkdir(mode=mode, exist_ok=True)
    flush_folder(folder.parent)


def flush_folder(folder: Path) -> None:
    """Make a rename inside `folder` survive a power cut, where the system can."""
    if os.name == "nt":  # a folder cannot be opened there, and NTFS journals the rename
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def passing(path: Path) -> BinaryIO:
    """A new file to write and read that need not outlive a cut of power: nothing is flushed to the disk.

    The caller closes it, and removes it or moves it to where a cache lies. OSError when it cannot be made.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(descriptor, "w+b")


def publish_folder(folder: Path, files: Iterable[tuple[str, bytes]]) -> list[Path]:
    """Publish each (name, bytes) under `folder`; names come from our own code and use `/`."""
    written = []
    for name, content in files:
        publish(folder / name, content, mode=0o644)
        written.append(folder / name)
    return written


def move(path: Path, to: Path) -> None:
    """Move a published file to its final place in the same file system, durably; its content is already on the disk."""
    with _explaining(to, "Nothing was changed."):
        make_folder(to.parent)
        path.replace(to)
    with _explaining(to, "The disk did not confirm that it holds the file."):
        flush_folder(to.parent)
