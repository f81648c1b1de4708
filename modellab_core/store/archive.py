"""What a backup looks like inside: a tar of a manifest, the database and the blobs, in this order.

The manifest says exactly what follows, so a reader knows every header before it comes and takes no other: no name,
link, order or size of a foreign archive is ever followed. `tar xzf` unpacks a backup into a folder that is a workspace.
"""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from modellab_core.files import CHUNK
from modellab_core.store.sealed import Reader, Unfit, Writer

SCHEMA = "modellab.backup/1"
MANIFEST, DATABASE = "manifest.json", "modellab.db"
BLOCK = tarfile.BLOCKSIZE
END = bytes(2 * BLOCK)
LARGE = 1 << 33  # bytes from which on a size no longer fits the octal digits of a header
MOST_MANIFEST = 1 << 28
MOST_BLOBS = 2_000_000
MOST_RATIO = 1040  # deflate cannot pack more tightly, so a larger claim is a lie
_DIGEST = re.compile(r"[0-9a-f]{64}")
_REVISION = re.compile(r"[\w.-]{1,64}", re.ASCII)

OnStep = Callable[[str, int, int], None]
"""`on_step(what, done, total)`: called for every blob."""
Sink = Callable[[bytes], object]


def quiet(what: str, done: int, total: int) -> None:
    """An `OnStep` that says nothing."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    `created_at` is ISO text in UTC; `home` a hash of where the workspace was; `revision` that of the database;
    `counts` the rows of every table, `runs` those of every state; `blobs` maps the SHA-256 of each blob to its bytes;
    `lacking` names blobs that were missing or damaged by then.
    """

    modellab: str
    revision: str
    created_at: str
    home: str
    database_bytes: int
    database_sha256: str
    counts: dict[str, int] = field(default_factory=dict)
    runs: dict[str, int] = field(default_factory=dict)
    blobs: dict[str, int] = field(default_factory=dict)
    lacking: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        """The bytes of everything that it names."""
        return self.database_bytes + sum(self.blobs.values())

    def members(self) -> Iterator[tuple[str, int, str]]:
        """(name, bytes, SHA-256) of all that follows the manifest, in order."""
        yield DATABASE, self.database_bytes, self.database_sha256
        for digest in sorted(self.blobs):
            yield blob_name(digest), self.blobs[digest], digest

    def to_bytes(self) -> bytes:
        """As JSON with sorted keys."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, sort_keys=True, indent=0).encode() + b"\n"

    @classmethod
    def from_bytes(cls, content: bytes) -> Manifest:
        """The manifest in `content`, every field of which is checked. Unfit with what is wrong."""
        try:
            told = json.loads(content, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise Unfit(f"its manifest is no JSON of ours ({error})") from error
        if not isinstance(told, dict) or told.pop("schema", None) != SCHEMA:
            raise Unfit(f"its manifest is not of the form {SCHEMA}")
        if set(told) != {one.name for one in fields(cls)}:
            raise Unfit("its manifest has other fields than ours")
        wrong = [name for name, fits in CHECKS.items() if not fits(told[name])]
        if wrong:
            raise Unfit(f"its manifest has a wrong {wrong[0]}")
        return cls(**told)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= 100 and value.isprintable()


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62


def _are_counts(value: object) -> bool:
    return (
        isinstance(value, dict)
        and len(value) <= 1000
        and all(map(_is_text, value))
        and all(map(_is_count, value.values()))
    )


def _are_blobs(value: object) -> bool:
    return (
        isinstance(value, dict)
        and len(value) <= MOST_BLOBS
        and all(map(_is_digest, value))
        and all(map(_is_count, value.values()))
    )


CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "modellab": _is_text,
    "revision": lambda value: isinstance(value, str) and _REVISION.fullmatch(value) is not None,
    "created_at": _is_text,
    "home": _is_text,
    "database_bytes": _is_count,
    "database_sha256": _is_digest,
    "counts": _are_counts,
    "runs": _are_counts,
    "blobs": _are_blobs,
    "lacking": lambda value: isinstance(value, list) and all(map(_is_digest, value)),
}


def blob_name(digest: str) -> str:
    """Where a blob lies in a backup, and in a workspace."""
    return f"blobs/{digest[:2]}/{digest}"


def header(name: str, size: int) -> bytes:
    """The header of a regular file that only its owner may read: the same bytes for the same name and size."""
    if size < LARGE:
        return _header(name, size)
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.GNU_FORMAT)


def _header(name: str, size: int) -> bytes:
    """What `tarfile` gives, at a tenth of its time: a backup has a header for each of a hundred thousand files."""
    before = name.encode().ljust(100, b"\0") + b"0000600\0" + 2 * b"0000000\0" + b"%011o\0" % size + b"%011o\0" % 0
    after = (b"0" + bytes(100) + b"ustar  \0").ljust(BLOCK - len(before) - 8, b"\0")
    return before + b"%06o\0 " % (sum(before) + sum(after) + 8 * ord(" ")) + after


def put(out: Writer, name: str, size: int, pieces: Iterator[bytes]) -> str:
    """Add a member; the SHA-256 of what was written. Unfit when `pieces` are not `size` bytes."""
    out.write(header(name, size))
    digest, written = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        written += len(piece)
        out.write(piece)
    if written != size:
        raise Unfit(f"{name} was changed while it was copied")
    out.write(bytes(-size % BLOCK))
    return digest.hexdigest()


def manifest_of(reader: Reader) -> Manifest:
    """The manifest at the beginning of a backup. Unfit with what is wrong."""
    block = reader.read(BLOCK)
    try:
        size = int(block[124:135], 8)
    except ValueError:
        size = -1
    if not 0 < size <= MOST_MANIFEST or block != header(MANIFEST, size):
        raise Unfit("it does not begin with a manifest")
    content = b"".join(_pieces(reader, size))
    return Manifest.from_bytes(content)


def copy_member(reader: Reader, name: str, size: int, digest: str, sink: Sink) -> None:
    """Give the content of the next member to `sink`. Unfit when it is another one or its bytes are others."""
    if reader.read(BLOCK) != header(name, size):
        raise Unfit(f"where {name} should be there is something else")
    found = hashlib.sha256()
    for piece in _pieces(reader, size):
        found.update(piece)
        sink(piece)
    if found.hexdigest() != digest:
        raise Unfit(f"the bytes of {name} are not those that its manifest names")


def refuse_rest(reader: Reader) -> None:
    """Unfit when anything follows the last member that the manifest names."""
    if reader.read(len(END)) != END or not reader.ended():
        raise Unfit("it goes on after the last file that its manifest names")


def _pieces(reader: Reader, size: int) -> Iterator[bytes]:
    left = size
    while left:
        piece = reader.read(min(left, CHUNK))
        left -= len(piece)
        yield piece
    if any(reader.read(-size % BLOCK)):
        raise Unfit("a gap between two files is not empty")
