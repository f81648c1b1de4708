"""A ZIP file whose bytes depend on its members alone: sorted names, one date, nothing compressed.

The standard library's writer records what it runs on, and needs a file that can be rewound; this one gives pieces.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from modellab_core.errors import BadInput, Conflict
from modellab_core.files import CHUNK, chunks
from modellab_core.repro.archive import MANIFEST, NAME

Content = bytes | Path

DATE = (1980 - 1980) << 9 | 1 << 5 | 1
UNIX, REGULAR_0644 = 3, 0o100644
PLAIN, LARGE = 20, 45
"""Version of ZIP that a reader needs: for ordinary members, and for those beyond 4 GiB."""

FULL = 0xFFFFFFFF


@dataclass(frozen=True)
class Member:
    """One file of the archive, measured before it is written."""

    name: str
    content: Content
    size: int
    crc: int
    sha256: str


def measured(name: str, content: Content) -> Member:
    """The member `name`. BadInput when a pack cannot hold that name."""
    if not NAME.fullmatch(name):
        raise BadInput(f"A pack cannot hold a file named {name!r}: letters, digits, '_', '.' and '-' are its names.")
    sha, crc, size = hashlib.sha256(), 0, 0
    for piece in _pieces(content):
        sha.update(piece)
        crc = zlib.crc32(piece, crc)
        size += len(piece)
    return Member(name, content, size, crc, sha.hexdigest())


def _pieces(content: Content) -> Iterator[bytes]:
    if isinstance(content, Path):
        with content.open("rb") as stream:
            yield from chunks(stream)
    else:
        yield from (content[start : start + CHUNK] for start in range(0, len(content), CHUNK))


def with_manifest(members: Iterable[tuple[str, Content]]) -> list[Member]:
    """The members sorted by name, with the manifest of all the others. Conflict when a name comes twice."""
    found = sorted((measured(name, content) for name, content in members), key=lambda member: member.name)
    names = [member.name for member in found]
    if len({name.casefold() for name in [*names, MANIFEST]}) <= len(names):
        raise Conflict("A pack cannot hold two files of one name, and makes its manifest by itself.")
    lines = "".join(f"{member.sha256}  {member.name}\n" for member in found)
    return sorted([*found, measured(MANIFEST, lines.encode())], key=lambda member: member.name)


def zipped(members: Iterable[Member], most: int = FULL) -> Iterator[bytes]:
    """The bytes of the archive, in pieces of at most `CHUNK`.

    Sizes and places from `most` on are written in the form for large archives. Conflict when the content of a file
    changed since it was measured.
    """
    place, directory, count = 0, b"", 0
    for member in members:
        head = _local(member, most)
        yield head
        crc = 0
        for piece in _pieces(member.content):
            crc = zlib.crc32(piece, crc)
            yield piece
        if crc != member.crc:
            raise Conflict(f"{member.name} changed while the pack was written: write it again.")
        directory += _entry(member, place, most)
        place += len(head) + member.size
        count += 1
    yield directory
    yield _end(count, len(directory), place, most)


def _local(member: Member, most: int) -> bytes:
    large = member.size >= most
    extra = struct.pack("<HHQQ", 1, 16, member.size, member.size) if large else b""
    size = FULL if large else member.size
    return _head(b"PK\3\4", b"", member, size, large, len(extra)) + member.name.encode() + extra


def _entry(member: Member, place: int, most: int) -> bytes:
    wide = [member.size, member.size] * (member.size >= most) + [place] * (place >= most)
    extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    size, at = FULL if member.size >= most else member.size, FULL if place >= most else place
    made_by = struct.pack("<BB", LARGE if wide else PLAIN, UNIX)
    head = _head(b"PK\1\2", made_by, member, size, bool(wide), len(extra))
    return head + struct.pack("<3HLL", 0, 0, 0, REGULAR_0644 << 16, at) + member.name.encode() + extra


def _head(mark: bytes, made_by: bytes, member: Member, size: int, large: bool, extra: int) -> bytes:
    """What the two headers of a member share: version, no flags, stored, midnight, date, checksum, sizes, lengths."""
    numbers = (LARGE if large else PLAIN, 0, 0, 0, DATE, member.crc, size, size, len(member.name), extra)
    return mark + made_by + struct.pack("<5H3L2H", *numbers)


def _end(count: int, length: int, place: int, most: int) -> bytes:
    wide = b""
    if place >= most:
        wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, LARGE, LARGE, 0, 0, count, count, length, place)
        wide += struct.pack("<4sLQL", b"PK\6\7", 0, place + length, 1)
    at = FULL if wide else place
    return wide + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, length, at, 0)
