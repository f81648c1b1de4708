"""A gzip file that carries the SHA-256 of itself, so that one changed bit is found before anything of it is used.

The digest stands in the extra field that RFC 1952 gives to programs, so `tar xzf` reads the file like any other. gzip's
own checksum would not do: it is known only at the end, and no bit of the header is under it.

header, 10 bytes   extra field: length, "ML", length, SHA-256 of all that follows   deflate stream   CRC-32, length
"""

from __future__ import annotations

import hashlib
import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from modellab_core.files import CHUNK

LEVEL = 3  # as fast as 1 on what runs leave, and smaller
DIGEST = hashlib.sha256().digest_size
FIXED = b"\x1f\x8b\x08\x04" + bytes(5) + b"\xff"  # gzip, deflate, an extra field, no time, no name, no system
BEFORE = FIXED + (4 + DIGEST).to_bytes(2, "little") + b"ML" + DIGEST.to_bytes(2, "little")
TAIL = 8
PACKED = 1 << 16  # what is fed at once: zlib copies the rest of it at each call


class Unfit(Exception):
    """Why a file cannot be used as a backup, as the end of a sentence; the caller knows its name."""


class Writer:
    """A new sealed file; it is no valid one before `close`."""

    def __init__(self, path: Path) -> None:
        self._stream: BinaryIO = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._stream.write(BEFORE + bytes(DIGEST))
        self._packer = zlib.compressobj(LEVEL, wbits=-zlib.MAX_WBITS)
        self._digest, self._check, self._size = hashlib.sha256(), 0, 0

    def write(self, content: bytes) -> None:
        """Add `content`."""
        self._check = zlib.crc32(content, self._check)
        self._size += len(content)
        self._put(self._packer.compress(content))

    def close(self) -> None:
        """Write the digest and flush everything to the disk."""
        self._put(self._packer.flush())
        self._put(self._check.to_bytes(4, "little") + (self._size % 2**32).to_bytes(4, "little"))
        self._stream.seek(len(BEFORE))
        self._stream.write(self._digest.digest())
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()

    def abandon(self) -> None:
        """Close the file as it is; nothing happens when it is closed already."""
        with suppress(OSError):
            self._stream.close()

    def _put(self, packed: bytes) -> None:
        self._digest.update(packed)
        self._stream.write(packed)


class Reader:
    """What is in a sealed file, from its beginning; what is never asked for is never unpacked.

    Unfit when the file is not sealed. `checked` reads the whole file once and compares it with its digest.
    """

    def __init__(self, path: Path) -> None:
        self._stream: BinaryIO = path.open("rb")
        self._sealed = self._stream.read(len(BEFORE) + DIGEST)
        self._unpacked, self._at = b"", 0
        self._unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        if not self._sealed.startswith(BEFORE) or len(self._sealed) != len(BEFORE) + DIGEST:
            self._stream.close()
            raise Unfit("it was not made by modellab backup")

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def checked(self) -> Reader:
        """Itself, after every byte was compared with the digest. Unfit when one has changed."""
        start, found = self._stream.tell(), hashlib.sha256()
        _forget(self._stream.fileno())
        while piece := self._stream.read(CHUNK):
            found.update(piece)
        if found.digest() != self._sealed[len(BEFORE) :]:
            raise Unfit("it is damaged or was cut off: its bytes have changed")
        self._stream.seek(start)
        return self

    def read(self, size: int) -> bytes:
        """The next bytes, exactly `size` of them. Unfit when the file ends before."""
        pieces: list[bytes] = []
        while size:
            if self._at == len(self._unpacked):
                self._unpacked, self._at = self._some(), 0
            piece = self._unpacked[self._at : self._at + size]
            self._at += len(piece)
            size -= len(piece)
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def ended(self) -> bool:
        """Whether everything was read and nothing but gzip's own checksum follows."""
        if self._at < len(self._unpacked):
            return False
        try:
            self._some()
        except Unfit:
            follows = self._unpacker.unused_data + self._stream.read(TAIL + 1)
            return self._unpacker.eof and len(follows) == TAIL
        return False

    def _some(self) -> bytes:
        """At least one and at most CHUNK bytes."""
        while not self._unpacker.eof:
            packed = self._unpacker.unconsumed_tail or self._stream.read(PACKED)
            try:
                piece = self._unpacker.decompress(packed, CHUNK)
            except zlib.error as error:
                raise Unfit(f"it cannot be unpacked ({error})") from error
            if piece:
                return piece
            if not packed:
                break
        raise Unfit("it ends too early")


def _forget(descriptor: int) -> None:
    """Ask the system to drop what it remembers of a file, so that it is read from the disk."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
