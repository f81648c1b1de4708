from __future__ import annotations

import hashlib

import pytest
from store.making import catalog_in

from modellab_core.errors import BadInput, NotFound


@pytest.fixture
def blobs(tmp_path):
    return catalog_in(tmp_path).blobs


def test_what_is_stored_is_found_by_its_hash(blobs, tmp_path):
    """Bytes, pieces and files with the same content are one blob, and nothing unfinished stays."""
    content = b"some bytes" * 1000
    digest = hashlib.sha256(content).hexdigest()
    (tmp_path / "file").write_bytes(content)
    assert (
        blobs.put(content) == blobs.put(iter([content[:7], content[7:]])) == blobs.put_file(tmp_path / "file") == digest
    )
    assert blobs.read(digest) == content
    assert blobs.checked(digest).read_bytes() == content
    assert (blobs.has(digest), blobs.size(digest), list(blobs.digests())) == (True, len(content), [digest])
    assert list((tmp_path / "workspace" / "tmp").iterdir()) == []


def test_blobs_are_read_only(blobs):
    """The file cannot be written by accident."""
    assert blobs.path(blobs.put(b"x")).stat().st_mode & 0o777 == 0o400
    assert blobs.path(blobs.put(iter([b"y"]))).stat().st_mode & 0o777 == 0o400


def test_one_flipped_bit_is_found_before_use_and_healed_by_storing_again(blobs):
    """Every way to read checks the bytes; the same content stored again makes the blob whole."""
    content = b"model bytes"
    digest = blobs.put(content)
    blobs.path(digest).chmod(0o600)
    blobs.path(digest).write_bytes(b"nodel bytes")
    for read in (blobs.read, blobs.checked):
        with pytest.raises(BadInput, match="damaged"):
            read(digest)
    blobs.put(iter([content]))
    assert blobs.read(digest) == content


def test_a_missing_blob_is_named(blobs):
    """The sentence says which one and what to do."""
    with pytest.raises(NotFound, match=r"000000000000 is missing"):
        blobs.read("0" * 64)
    assert not blobs.has("0" * 64)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_a_name_that_is_no_hash_never_becomes_a_path(blobs, name):
    """Only 64 lower-case hex digits name a blob."""
    with pytest.raises(BadInput):
        blobs.path(name)


def test_an_interrupted_upload_leaves_nothing(blobs, tmp_path):
    """When the source fails half-way, no blob and no temporary file stay."""

    def broken():
        yield b"half"
        raise RuntimeError("gone")

    with pytest.raises(RuntimeError):
        blobs.put(broken())
    assert list(blobs.digests()) == []
    assert list((tmp_path / "workspace" / "tmp").iterdir()) == []
