"""A file that is not exactly a backup is refused with a sentence, and nothing is written but in a temporary folder."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from store.keeping import lived_in, tree

from modellab_core.errors import BadInput
from modellab_core.store.archive import END, Manifest, blob_name, header
from modellab_core.store.backup import back_up, look
from modellab_core.store.restore import restore
from modellab_core.store.sealed import BEFORE, DIGEST, Reader, Unfit, Writer

Member = tuple[bytes, bytes]
"""(header, content)"""
EVIL = b"evil"


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A backup of a workspace that has lived."""
    folder = tmp_path_factory.mktemp("good")
    return back_up(lived_in(folder)[0].workspace, folder / "good.tar.gz").file


@pytest.fixture
def refused(tmp_path) -> Callable[[Path, str], None]:
    """Try a file at a place where a workspace is: a sentence with these words, and nothing changed anywhere."""
    (tmp_path / "a/b").mkdir(parents=True)
    home = lived_in(tmp_path / "a/b")[0].workspace.folder

    def check(file: Path, words: str) -> None:
        before = tree(tmp_path)
        for folder in (home, home.parent / "new"):
            with pytest.raises(BadInput, match=words) as caught:
                restore(file, folder, force=True)
            assert str(file) in str(caught.value)
        assert tree(tmp_path) == before

    return check


def parts(file: Path) -> tuple[Manifest, list[Member]]:
    """The manifest of a backup and its other members."""
    manifest = look(file).manifest
    with tarfile.open(file) as archive:
        content = {info.name: archive.extractfile(info).read() for info in archive.getmembers()}
    return manifest, [(header(name, size), content[name]) for name, size, _ in manifest.members()]


def sealed(file: Path, told: bytes, members: list[Member], end: bytes = END) -> Path:
    """A sealed file of these bytes, as a forger who knows the program would make it."""
    out = Writer(file)
    for head, content in [(header("manifest.json", len(told)), told), *members]:
        out.write(head + content + bytes(-len(content) % 512))
    out.write(end)
    out.close()
    return file


def special(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> bytes:
    """A header as another program may write it."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size, info.mode = kind, link, size, 0o600
    return info.tobuf(tarfile.GNU_FORMAT)


def long_named(name: str) -> list[Member]:
    """GNU's way to give a name of any length."""
    return [(special("././@LongLink", tarfile.GNUTYPE_LONGNAME, size=len(name) + 1), name.encode() + b"\0")]


HEADERS = {
    "climbing": special("../../evil", size=4),
    "climbing inside": special("blobs/../../evil", size=4),
    "absolute": special("/tmp/evil-of-modellab", size=4),
    "drive": special("C:\\evil", size=4),
    "symbolic link": special("blobs/00/link", tarfile.SYMTYPE, "/etc"),
    "hard link": special("blobs/00/link", tarfile.LNKTYPE, "modellab.db"),
    "device": special("blobs/00/null", tarfile.CHRTYPE),
    "fifo": special("blobs/00/fifo", tarfile.FIFOTYPE),
    "folder": special("blobs/zz/", tarfile.DIRTYPE),
    "sparse": special("blobs/00/holes", tarfile.GNUTYPE_SPARSE, size=1 << 33),
    "pax": special("PaxHeaders/x", tarfile.XHDTYPE, size=1 << 33),
    "huge": special("blobs/00/huge", size=1 << 40),
    "negative": header("manifest.json", 4)[:124] + b"\xff" * 12 + header("manifest.json", 4)[136:],
    "a second database": special("modellab.db", size=4),
    "a second database in capitals": special("ModelLab.DB", size=4),
    "a journal": special("modellab.db-journal", size=4),
    "nothing": b"",
}


@pytest.mark.parametrize("where", ["before", "instead", "after"])
@pytest.mark.parametrize("kind", HEADERS)
def test_a_member_that_the_manifest_does_not_name(good, refused, tmp_path, kind, where):
    """Whatever stands where another file should be, or follows the last one, is refused unread."""
    manifest, members = parts(good)
    evil = [(HEADERS[kind], EVIL if HEADERS[kind] else b"x" * 512)]
    if where == "before":
        members = evil + members
    elif where == "instead":
        members[-1:] = evil
    file = sealed(tmp_path / "evil", manifest.to_bytes(), members + (evil if where == "after" else []))
    refused(file, r"something else|goes on after|ends too early")


def test_members_that_are_doubled_missing_or_in_another_order(good, refused, tmp_path):
    """The manifest says exactly what follows."""
    manifest, members = parts(good)
    twice, fewer, long = [*members, members[-1]], members[:-1], [*long_named("modellab.db"), *members]
    for place, wrong in enumerate([twice, fewer, members[::-1], members[1:], [], long]):
        file = sealed(tmp_path / f"{place}", manifest.to_bytes(), wrong)
        refused(file, r"something else|goes on after|ends too early")
    refused(sealed(tmp_path / "late", manifest.to_bytes(), members, END + bytes(10_240)), "goes on after")
    refused(sealed(tmp_path / "open", manifest.to_bytes(), members, END[:512]), "ends too early")


MANIFESTS = {
    "no JSON": lambda told: b"{",
    "deep": lambda told: b"[" * 200_000,
    "a list": lambda told: b"[]",
    "another form": lambda told: json.dumps({**told, "schema": "modellab.backup/9"}).encode(),
    "a field more": lambda told: json.dumps({**told, "evil": 1}).encode(),
    "a field less": lambda told: json.dumps({**told, "blobs": None}).encode(),
    "a name twice": lambda told: json.dumps(told).encode().replace(b'"home"', b'"blobs": {}, "home"'),
    "a climbing blob": lambda told: json.dumps({**told, "blobs": {"../" * 21 + "x": 1}}).encode(),
    "a blob in capitals": lambda told: json.dumps({**told, "blobs": {"A" * 64: 1}}).encode(),
    "a negative size": lambda told: json.dumps({**told, "blobs": {"a" * 64: -1}}).encode(),
    "a size of truth": lambda told: json.dumps({**told, "blobs": {"a" * 64: True}}).encode(),
    "a size of text": lambda told: json.dumps({**told, "database_bytes": "1"}).encode(),
    "an infinite size": lambda told: json.dumps({**told, "database_bytes": float("inf")}).encode(),
    "a revision with a path": lambda told: json.dumps({**told, "revision": "../x"}).encode(),
    "a time with a terminal code": lambda told: json.dumps({**told, "created_at": "\x1b[2J"}).encode(),
    "blobs as a list": lambda told: json.dumps({**told, "blobs": ["a" * 64]}).encode(),
    "no text": lambda told: b"\xff\xfe",
    "nothing": lambda told: b"",
}


@pytest.mark.parametrize("kind", MANIFESTS)
def test_a_manifest_that_is_not_ours(good, refused, tmp_path, kind):
    """Every field is checked before it is used, and before anything is unpacked."""
    manifest, members = parts(good)
    told = MANIFESTS[kind]({"schema": "modellab.backup/1", **asdict(manifest)})
    refused(sealed(tmp_path / "evil", told, members), r"manifest")


def test_claims_that_cannot_be_true(good, refused, tmp_path):
    """A small file that claims a terabyte is refused by its claim, one that packs zeros as soon as they exceed it."""
    manifest, members = parts(good)
    bomb = replace(manifest, blobs={**manifest.blobs, "a" * 64: 1 << 40})
    refused(sealed(tmp_path / "claim", bomb.to_bytes(), members), "claims more bytes than it can hold")
    zeros = bytes(50_000_000)
    lie = replace(manifest, database_bytes=1000, database_sha256=hashlib.sha256(zeros[:1000]).hexdigest())
    refused(sealed(tmp_path / "zeros", lie.to_bytes(), [(header("modellab.db", 1000), zeros)]), r"something else")


def test_bytes_that_are_not_those_that_are_named(good, refused, tmp_path):
    """A blob or a database with one other byte is found before anything is put in place."""
    manifest, members = parts(good)
    for place, (head, content) in enumerate(members):
        changed = bytes([content[0] ^ 1]) + content[1:]
        wrong = [*members[:place], (head, changed), *members[place + 1 :]]
        refused(sealed(tmp_path / f"{place}", manifest.to_bytes(), wrong), "not those that its manifest names")


def with_database(good: Path, file: Path, *statements: str, revision: str = "", content: bytes | None = None) -> Path:
    """A forged backup whose database was changed by statements and whose manifest agrees with it."""
    manifest, members = parts(good)
    database = file.with_suffix(".db")
    database.write_bytes(members[0][1])
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
    bytes_ = database.read_bytes() if content is None else content
    told = replace(manifest, database_bytes=len(bytes_), database_sha256=hashlib.sha256(bytes_).hexdigest())
    told = replace(told, revision=revision or told.revision)
    members[0] = (header("modellab.db", len(bytes_)), bytes_)
    database.unlink()
    return sealed(file, told.to_bytes(), members)


DATABASES = {
    "a trigger": ("triggers", "CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM project; END"),
    "a view": ("views", "CREATE VIEW v AS SELECT 1"),
    "a virtual table": ("virtual", "CREATE VIRTUAL TABLE v USING fts5(x)"),
    "an orphan": ("point at nothing", "PRAGMA foreign_keys=OFF", "UPDATE run SET project_id = 'gone'"),
    "another revision": ("another revision", "UPDATE alembic_version SET version_num = '0001'"),
    "no revision": ("another revision", "DELETE FROM alembic_version"),
    "no tables": ("cannot be used", "DROP TABLE alembic_version"),
    "a table fewer": ("lacks tables or columns", "DROP TABLE tag"),
    "a column fewer": ("lacks tables or columns", "ALTER TABLE project DROP COLUMN description"),
    "a blob that is not in it": ("not those that its database names", "UPDATE run SET log = 'ab" + "0" * 62 + "'"),
    "a blob fewer": ("not those that its database names", "UPDATE run SET files = '{}'", "DELETE FROM artifact"),
}


@pytest.mark.parametrize("kind", DATABASES)
def test_a_database_that_is_not_ours(good, refused, tmp_path, kind):
    """It is asked before the place changes: nothing that acts by itself, nothing that points at nothing."""
    words, *statements = DATABASES[kind]
    refused(with_database(good, tmp_path / "evil", *statements), words)


def test_a_database_that_is_none(good, refused, tmp_path):
    """Bytes that SQLite does not take are a sentence, not a traceback."""
    for place, content in enumerate((b"x" * 9000, b"", parts(good)[1][0][1][:5000])):
        refused(with_database(good, tmp_path / f"{place}", content=content), "database")


def test_a_newer_program_is_named(good, refused, tmp_path):
    """A backup of a revision that this program does not know asks for an upgrade."""
    refused(with_database(good, tmp_path / "new", revision="9999"), "newer ModelLab .*upgrade first")


def test_an_older_database_that_is_not_ours(good, refused, tmp_path):
    """What cannot be migrated is refused before the place changes."""
    older = "UPDATE alembic_version SET version_num = '0001'"
    for place, statement in enumerate(["DROP TABLE batch", "ALTER TABLE batch ADD COLUMN spare"]):
        file = with_database(good, tmp_path / f"{place}", statement, older, revision="0001")
        refused(file, r"cannot be brought up to date|lacks tables|point at nothing")


def others(good: Path) -> Iterator[tuple[str, bytes]]:
    """Files that are something else."""
    yield "nothing", b""
    yield "text", b"a,b\n1,2\n"
    yield "random", random.Random(0).randbytes(5000)
    yield "gzip", gzip.compress(gzip.decompress(good.read_bytes()))
    yield "begins like one", BEFORE
    yield "only its head", BEFORE + bytes(DIGEST)
    plain, packed = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../../evil"))
    yield "tar", plain.getvalue()
    with zipfile.ZipFile(packed, "w") as container:
        container.writestr("modellab.db", b"x")
    yield "zip", packed.getvalue()


def test_other_files_are_no_backups(good, refused, tmp_path):
    """What another program made is refused by its first bytes; a folder and a missing file are told apart."""
    for name, content in others(good):
        (tmp_path / name).write_bytes(content)
        refused(tmp_path / name, r"not made by modellab backup|damaged or was cut off")
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(BadInput, match="There is no file"):
            restore(path, tmp_path / "new")


def test_one_flipped_bit_is_always_found(good, tmp_path):
    """Every bit of the head, and any of the rest: the file is refused before anything is unpacked."""
    content, draw, file = good.read_bytes(), random.Random(1), tmp_path / "flipped"
    head = len(BEFORE) + DIGEST
    bits = [*range(8 * head), *range(8 * len(content) - 64, 8 * len(content))]
    for place in bits + [draw.randrange(8 * head, 8 * len(content)) for _ in range(60)]:
        changed = bytearray(content)
        changed[place // 8] ^= 1 << place % 8
        file.write_bytes(changed)
        with pytest.raises(Unfit, match=r"not made by|bytes have changed"), Reader(file) as reader:
            reader.checked()


def test_a_file_that_was_cut_off_or_goes_on_is_refused(good, refused, tmp_path):
    """Any length but its own."""
    content = good.read_bytes()
    for place, length in enumerate([1, 10, 47, 48, 100, len(content) // 2, len(content) - 8, len(content) - 1]):
        (tmp_path / f"{place}").write_bytes(content[:length])
        refused(tmp_path / f"{place}", r"not made by|cut off")
    (tmp_path / "longer").write_bytes(content + b"\0")
    refused(tmp_path / "longer", "cut off")


def test_headers_are_those_of_tarfile():
    """Our own headers are byte for byte what the standard library writes, for sizes beyond octal digits too."""
    for name in ("modellab.db", "manifest.json", blob_name("ab" * 32)):
        for size in (0, 1, 511, 512, 513, 8**11 - 1, 8**11, 1 << 45):
            assert header(name, size) == special(name, size=size)
