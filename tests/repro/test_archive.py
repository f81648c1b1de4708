"""Promises about packs that are damaged or made to mislead."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from repro import handmade

from modellab_core.repro import archive, runner
from modellab_core.repro.archive import Stop
from modellab_core.repro.verify import verify

MANIFEST = "manifest-sha256.txt"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A whole pack."""
    return handmade.pack(tmp_path)


def refused(path: Path) -> Stop:
    """The Stop with which `path` is refused."""
    with pytest.raises(Stop) as caught:
        runner.check(path)
    return caught.value


def test_a_whole_pack_is_accepted_and_nothing_is_run_or_written(pack: Path) -> None:
    """Checking a whole pack finds every file as recorded and leaves the folder as it was."""
    before = sorted(pack.parent.rglob("*"))
    verdict = runner.check(pack)
    assert (verdict.code, verdict.state) == (0, "never")
    assert sorted(pack.parent.rglob("*")) == before


@pytest.mark.parametrize("name", [name for name in handmade.contents() if "/modellab_core/" not in name])
def test_a_changed_byte_of_any_file_is_found_and_named(pack: Path, name: str) -> None:
    """A changed byte of any file ends with 2 and the name of that file, whether or not the ZIP was made anew."""
    stop = refused(handmade.rezipped(pack, lambda files: files.update({name: files[name] + b" "}), manifest=False))
    assert (stop.code, stop.problems) == (2, (f"{name} was altered",))
    raw = pack.read_bytes()
    with zipfile.ZipFile(pack) as opened:
        info = opened.getinfo(name)
    at = info.header_offset + 30 + len(name)
    pack.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
    stop = refused(pack)
    assert (stop.code, stop.problems) == (2, (f"{name} was altered",))


@pytest.mark.parametrize("name", ["environment.txt", "data/split.csv", "code/modellab_core/repro/runner.py"])
def test_a_removed_and_an_added_file_are_named(pack: Path, name: str) -> None:
    """A file that is missing and one that was added end with 2 and their names."""
    stop = refused(handmade.rezipped(pack, lambda files: files.pop(name), manifest=False))
    assert (stop.code, stop.problems) == (2, (f"{name} is missing",))
    stop = refused(handmade.rezipped(pack, lambda files: files.update({"more.py": b""}), manifest=False))
    assert (stop.code, stop.problems) == (2, ("more.py was added",))


def test_a_changed_or_missing_manifest_is_named(pack: Path) -> None:
    """A manifest that is not there, not of its form, or of other files ends with 2 and its name."""
    assert MANIFEST in refused(handmade.rezipped(pack, lambda files: files.pop(MANIFEST), manifest=False)).problems[0]
    for wrong in (b"", b"nonsense\n", b"\xff\n", handmade.read(pack)[MANIFEST] * 2, handmade.read(pack)[MANIFEST][:-1]):
        stop = refused(handmade.rezipped(pack, lambda files, w=wrong: files.update({MANIFEST: w}), manifest=False))
        assert stop.code == 2
        assert MANIFEST in stop.problems[0]


def test_data_that_contradict_what_is_said_of_them_are_found_although_the_manifest_fits(pack: Path) -> None:
    """Changed data with a rewritten manifest end with 2, also when dataset_info.json was rewritten too."""
    stop = refused(handmade.rezipped(pack, lambda files: files.update({"data/data.csv": b"x,y\n"}), manifest=True))
    assert stop.code == 2
    assert "data/data.csv contradicts dataset_info.json" in stop.problems[0]

    def both(files: dict[str, bytes]) -> None:
        files["data/data.csv"] = b"x,y\n"
        sha = archive.digest(lambda: io.BytesIO(b"x,y\n"))[0]
        info = json.loads(files["dataset_info.json"]) | {"sha256": sha, "size": 4}
        files["dataset_info.json"] = json.dumps(info).encode()

    stop = refused(handmade.rezipped(pack, both, manifest=True))
    assert stop.code == 2
    assert "run_config.json" in stop.problems[0]


@pytest.mark.parametrize("content", [b"", b"not a zip at all", b"PK\5\6" + bytes(18)])
def test_what_is_no_zip_is_wrong_usage(tmp_path: Path, content: bytes) -> None:
    """A file that is no ZIP, and one that is not there, end with 4."""
    path = tmp_path / "pack.zip"
    assert refused(path).code == 4
    path.write_bytes(content)
    assert refused(path).code in ((2,) if content.startswith(b"PK") else (4,))


def hostile(path: Path, name: str, content: bytes = b"", change: Callable[[zipfile.ZipInfo], object] = repr) -> Path:
    """A copy of the pack at `path` with one more member, whose header `change` may alter."""
    target = path.with_name("hostile.zip")
    members = handmade.read(path)
    with zipfile.ZipFile(target, "w") as made:
        for each, data in members.items():
            made.writestr(each, data)
        info = zipfile.ZipInfo(name)
        change(info)
        made.writestr(info, content)
    return target


def link(info: zipfile.ZipInfo) -> None:
    """Make a symbolic link of a member."""
    info.create_system, info.external_attr = 3, 0o120777 << 16


@pytest.mark.parametrize(
    "name",
    [
        "../up",
        "/etc/passwd",
        "a/../../b",
        "C:/x",
        "a\\b",
        "dir/",
        "./x",
        "a//b",
        ".hidden",
        "ümlaut",
        "a b",
        "x" * 300,
        "a\nb",
        "a/nul.txt",
        "COM1",
        "same.",
        "aux/x",
    ],
)
def test_names_that_climb_or_mislead_are_refused(pack: Path, name: str) -> None:
    """A member whose name is absolute, climbs out of the folder or is no plain name is refused before it is read."""
    stop = refused(hostile(pack, name))
    assert stop.code == 2
    assert "name" in stop.problems[0]


def test_links_are_refused(pack: Path) -> None:
    """A member that is a link is refused, in a ZIP and in a folder."""
    assert "link" in refused(hostile(pack, "link", b"/etc/passwd", link)).problems[0]
    folder = pack.parent / "folder"
    runner.extract(pack, folder)
    (folder / "link").symlink_to("/etc/passwd")
    assert "link" in refused(folder).problems[0]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_doubles_are_refused(pack: Path) -> None:
    """Two members of one name, ignoring case, and a file that is also a folder, are refused."""
    assert "twice" in refused(hostile(pack, "reproduce.md")).problems[0]
    assert "twice" in refused(hostile(pack, "REPRODUCE.md")).problems[0]
    assert "folder" in refused(hostile(pack, "reproduce.md/x")).problems[0]


def test_encrypted_and_oddly_packed_members_are_refused(pack: Path) -> None:
    """A member that is encrypted, or packed in another way than stored or deflated, is refused."""
    raw = pack.read_bytes()
    local, central = raw.index(b"PK\3\4"), raw.index(b"PK\1\2")
    for offset, bits, word in ((6, 1, "encrypted"), (7, 0x20, "encrypted"), (8, 12, "packed")):
        altered = bytearray(raw)
        altered[local + offset] |= bits
        altered[central + offset + 2] |= bits
        pack.write_bytes(altered)
        assert word in refused(pack).problems[0]


def test_a_file_that_reaches_into_the_directory_is_refused(pack: Path) -> None:
    """The last member may not claim bytes that say what the archive holds."""
    raw = bytearray(pack.read_bytes())
    with zipfile.ZipFile(pack) as opened:
        last = max(opened.infolist(), key=lambda info: info.header_offset)
    central = raw.rindex(b"PK\1\2")
    for place in (last.header_offset + 18, central + 20):  # packed and full size stand side by side
        raw[place : place + 8] = struct.pack("<2L", last.file_size + 40, last.file_size + 40)
    pack.write_bytes(raw)
    assert "overlaps the directory" in refused(pack).problems[0]


def test_bombs_are_refused(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Members that unpack to far more than the archive, too many of them, and a huge JSON file are refused."""
    monkeypatch.setattr(archive, "SLACK", 1 << 16)
    bomb = handmade.rezipped(
        pack, lambda files: files.update({"bomb.bin": bytes(64 << 20)}), manifest=True, kind=zipfile.ZIP_DEFLATED
    )
    assert "larger than the archive" in refused(bomb).problems[0]
    monkeypatch.setattr(archive, "MOST_JSON", 100)
    assert "is larger than" in refused(pack).problems[0]
    monkeypatch.setattr(archive, "MOST_FILES", 5)
    assert "files" in refused(pack).problems[0]


def test_a_directory_too_large_for_memory_is_refused_before_it_is_read(pack: Path) -> None:
    """An archive that declares a directory of gigabytes is refused by that number."""
    raw = bytearray(pack.read_bytes())
    raw[-10:-6] = struct.pack("<L", 3 << 30)
    pack.write_bytes(raw)
    assert "begin and end" in refused(pack).problems[0]


@pytest.mark.parametrize(
    "content", [b"[1]", b"{}", b'{"schema": "other"}', b"[" * 100_000, b'{"schema": NaN}', b"\xff"]
)
@pytest.mark.parametrize("name", ["run_config.json", "dataset_info.json", "expected/metrics.json", "environment.json"])
def test_json_of_another_form_is_refused(pack: Path, name: str, content: bytes) -> None:
    """A JSON file of the pack that is not of the agreed form ends with 2, also with a manifest that fits."""
    stop = refused(handmade.rezipped(pack, lambda files: files.update({name: content}), manifest=True))
    assert stop.code == 2


def test_a_pack_zipped_again_by_another_program_is_accepted(pack: Path) -> None:
    """What counts are the files: the same ones deflated by the standard library are the same pack."""
    again = handmade.rezipped(pack, lambda files: None, manifest=False, kind=zipfile.ZIP_DEFLATED)
    assert runner.check(again).code == 0


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_flipped_bit_is_found_or_harmless(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Whatever bit of a pack flips: it is refused with 2 or 4, or every file still reads as it was written."""
    folder = tmp_path_factory.mktemp("flip")
    path = handmade.pack(folder)
    raw, whole = bytearray(path.read_bytes()), handmade.read(path)
    central = raw.index(b"PK\1\2")
    at = data.draw(st.one_of(st.integers(0, len(raw) - 1), st.integers(central, len(raw) - 1)))
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(raw)
    verdict = verify(path)
    assert verdict.code in (2, 4) or handmade.read(path) == whole


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 60_000))
def test_a_pack_cut_short_is_refused(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    """The beginning of a pack is never taken for the whole."""
    path = handmade.pack(tmp_path_factory.mktemp("cut"))
    raw = path.read_bytes()
    path.write_bytes(raw[: min(cut, len(raw) - 1)])
    assert refused(path).code in (2, 4)
