"""Promises about the bytes of a pack."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modellab_core.errors import BadInput, Conflict
from modellab_core.repro import archive
from modellab_core.repro.zipping import with_manifest, zipped

names = st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}\.txt)", fullmatch=True)


def written(members: dict[str, bytes], most: int = 0xFFFFFFFF) -> bytes:
    """The whole archive."""
    return b"".join(zipped(with_manifest(members.items()), most))


@given(st.dictionaries(names, st.binary(max_size=300), max_size=6), st.sampled_from([1, 40, 400, 0xFFFFFFFF]))
def test_what_was_written_is_read(members: dict[str, bytes], most: int) -> None:
    """Any members are read back by the standard library, also in the form for large archives, in the agreed form."""
    with zipfile.ZipFile(io.BytesIO(written(members, most))) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in members} == members
        assert opened.namelist() == sorted([*members, "manifest-sha256.txt"])
        for info in opened.infolist():
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert (info.create_system, info.external_attr >> 16) == (3, 0o100644)
            assert (info.compress_type, info.flag_bits) == (zipfile.ZIP_STORED, 0)


@given(st.permutations([("b", b"1"), ("a/b", b"2"), ("a/a", b"3"), ("c", b"")]))
def test_the_bytes_depend_on_the_members_alone(members: list[tuple[str, bytes]]) -> None:
    """The same members give the same bytes in whatever order they come."""
    assert b"".join(zipped(with_manifest(members))) == written(dict(sorted(members)))


def test_large_archives_pass_the_checks_of_the_reader(tmp_path: Path) -> None:
    """An archive in the form for large ones is one that the checks accept."""
    path = tmp_path / "large.zip"
    path.write_bytes(written({"a": b"1", "b/c": b"22"}, most=1))
    with archive.opened(path) as members:
        assert archive.limited(members, "b/c", 10) == b"22"


def test_the_manifest_holds_every_other_file() -> None:
    """The manifest is what `sha256sum -c` takes, and holds every file but itself."""
    manifest = next(
        member for member in with_manifest([("b", b"1"), ("a", b"2")]) if member.name.startswith("manifest")
    )
    sums = [hashlib.sha256(content).hexdigest() for content in (b"2", b"1")]
    assert manifest.content == f"{sums[0]}  a\n{sums[1]}  b\n".encode()


def test_files_are_copied_in_pieces(tmp_path: Path) -> None:
    """A file on disk gives the bytes that its content gives, in pieces of at most a megabyte."""
    path = tmp_path / "data"
    path.write_bytes(bytes(range(256)) * 10_000)
    pieces = list(zipped(with_manifest([("data", path)])))
    assert b"".join(pieces) == written({"data": path.read_bytes()})
    assert max(map(len, pieces)) <= 1 << 20


def test_a_file_that_changes_while_it_is_written_is_noticed(tmp_path: Path) -> None:
    """A pack is never finished with bytes that its manifest does not hold."""
    path = tmp_path / "data"
    path.write_bytes(b"one")
    members = with_manifest([("data", path)])
    path.write_bytes(b"two")
    with pytest.raises(Conflict, match="data changed"):
        list(zipped(members))


@pytest.mark.parametrize("name", ["../x", "a b", "", "/a", "a/", "ü"])
def test_names_that_a_reader_would_refuse_are_not_written(name: str) -> None:
    """A name outside the agreed form is refused when the pack is made."""
    with pytest.raises(BadInput, match="cannot hold a file"):
        with_manifest([(name, b"")])


@pytest.mark.parametrize("twice", [["a", "A"], ["a", "Manifest-sha256.txt"]])
def test_one_name_is_not_written_twice(twice: list[str]) -> None:
    """Two members of one name, ignoring case, are refused when the pack is made."""
    with pytest.raises(Conflict, match="two files"):
        with_manifest([(name, b"") for name in twice])
