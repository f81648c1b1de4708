"""Reading a pack that anybody may have made: nothing of it is believed before it was checked. Standard library only.

A pack is a ZIP file or the folder that it was extracted to. Whatever is wrong with it raises `Stop`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any, BinaryIO

MANIFEST = "manifest-sha256.txt"
EXPECTED, INFO, CONFIG, ENVIRONMENT = (
    "expected/metrics.json",
    "dataset_info.json",
    "run_config.json",
    "environment.json",
)
SPLIT, PREDICTIONS, BASELINES = "data/split.csv", "expected/predictions.parquet", "expected/baselines.parquet"
REQUIREMENTS, CRATE, CROISSANT = "environment.txt", "ro-crate-metadata.json", "croissant.json"
GIT = "code/git.json"
NEEDED = (MANIFEST, "reproduce.py", REQUIREMENTS, SPLIT, PREDICTIONS, EXPECTED, INFO, CONFIG, ENVIRONMENT)

_DEVICE = r"(?i:con|prn|aux|nul|com\d|lpt\d)(?:[./]|$)"  # Windows takes them for devices, and drops a point at an end
_PART = rf"(?!{_DEVICE})[A-Za-z0-9_][A-Za-z0-9_.-]*(?<!\.)"
NAME = re.compile(rf"(?!.{{200}}){_PART}(?:/{_PART})*")
LINE = re.compile(r"([0-9a-f]{64})  (\S+)")
MOST_FILES = 5_000
MOST_JSON = 64 << 20
MOST_DIRECTORY = 4 << 20
RATIO, SLACK = 100, 256 << 20
"""All files together are at most `RATIO` times the archive and `SLACK` bytes."""

DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, ValueError, NotImplementedError, LookupError, EOFError)
"""What the standard library raises on archives that are damaged or made to mislead."""

Opener = Callable[[], IO[bytes]]


class Stop(Exception):
    """An end before anything was compared.

    `code` is the pack's exit code: 2 a checksum is wrong, 3 no environment, 4 wrong usage, 5 data must be fetched
    first. `sentence` says what, `problems` name the files or versions that it is about.
    """

    def __init__(self, code: int, sentence: str, problems: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.code, self.sentence, self.problems = code, sentence, tuple(problems)


def refuse(problems: Sequence[str]) -> None:
    """Stop 2 when there are `problems`; at most 20 are told."""
    if problems:
        raise Stop(2, "The pack is refused: it is damaged, or made to mislead.", problems[:20])


@contextlib.contextmanager
def opened(pack: Path) -> Iterator[dict[str, Opener]]:
    """How to open each file of a pack by its name. Stop 4 for what is no ZIP and no folder, 2 for one that misleads."""
    if pack.is_dir():
        yield _folder(pack)
        return
    try:
        stream = pack.open("rb")
    except OSError as error:
        raise Stop(4, f"The file {pack} cannot be read: {error.strerror}.") from None
    with stream, _archive(pack, stream) as zipped:
        _check_rules(zipped, stream, pack.stat().st_size)
        yield {info.filename: partial(zipped.open, info) for info in zipped.infolist()}


def _folder(pack: Path) -> dict[str, Opener]:
    files = [file for file in sorted(pack.rglob("*")) if file.is_symlink() or not file.is_dir()]
    names = {file.relative_to(pack).as_posix(): file for file in files if "__pycache__" not in file.parts}
    refuse([f"{name!r}: it is a link" for name, file in names.items() if file.is_symlink()])
    refuse([f"{name[:80]!r}: this is no name of a pack" for name in names if not NAME.fullmatch(name)])
    return {name: reader(file) for name, file in names.items()}


def reader(path: Path) -> Opener:
    """How to open a file that lies in a folder."""
    return lambda: path.open("rb")


def _archive(pack: Path, stream: BinaryIO) -> zipfile.ZipFile:
    """The ZIP in `stream`; the size of its directory is looked at before that is read into memory."""
    head, end = stream.read(4), stream.seek(0, 2)
    stream.seek(max(0, end - 98))
    tail = stream.read(98).rjust(98)
    if head != b"PK\3\4" and not zipfile.is_zipfile(stream):
        raise Stop(4, f"{pack} is not a pack: it is no ZIP file.")
    declared = [struct.unpack("<L", tail[-10:-6])[0] % 0xFFFFFFFF]
    if tail[-42:-38] == b"PK\6\7":  # sizes of large archives are in a record of their own, 56 bytes before this mark
        declared += struct.unpack("<Q", tail[40:48])
    if head != b"PK\3\4" or tail[-22:-18] != b"PK\5\6" or max(declared) > MOST_DIRECTORY:
        refuse(["the archive does not begin and end as a pack does"])
    try:
        return zipfile.ZipFile(stream)
    except DAMAGE as error:
        raise Stop(2, f"The directory of the archive {pack} is damaged: {error}.") from None


def _check_rules(zipped: zipfile.ZipFile, stream: BinaryIO, size: int) -> None:
    """Stop 2 with the reasons when the archive breaks a rule; nothing is unpacked here."""
    infos = sorted(zipped.infolist(), key=lambda info: info.header_offset)
    refuse([f"it holds {len(infos)} files, and {MOST_FILES} are the most"] if len(infos) > MOST_FILES else [])
    large = sum(info.file_size for info in infos) > RATIO * size + SLACK
    refuse(["its files would be far larger than the archive"] if large else [])
    refuse(_doubles([info.filename for info in infos]))
    problems, after = [], 0
    for info in infos:
        problem, after = _member_problem(info, stream, after)
        problems += [f"{info.orig_filename[:80]!r}: {problem}"] if problem else []
    problems += ["its last file overlaps the directory"] if after > zipped.start_dir else []
    refuse(problems)


def _doubles(names: Sequence[str]) -> list[str]:
    """What is said of names that a file system may take for one another."""
    counts = Counter(name.casefold() for name in names)
    folders = {"/".join(name.split("/")[:depth]) for name in counts for depth in range(1, name.count("/") + 1)}
    twice = [f"{name[:80]!r}: it is there twice" for name, count in counts.items() if count > 1]
    return twice + [f"{name[:80]!r}: it is a file and a folder" for name in counts if name in folders]


def _member_problem(info: zipfile.ZipInfo, stream: BinaryIO, after: int) -> tuple[str, int]:
    """Why a member is refused, "" if it is not, and where its bytes end; `after` is where the ones before it ended."""
    if info.header_offset < after:
        return "it overlaps another file of the archive", after
    stream.seek(min(info.header_offset, 1 << 62))
    local = stream.read(30).ljust(30)
    name, extra = struct.unpack("<2H", local[26:])
    rules = {
        "its name climbs out of the folder or is no plain name": not NAME.fullmatch(info.orig_filename),
        "it is encrypted": info.flag_bits & 0x2041,
        "it is packed in an unusual way": info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED),
        "it is a link or no regular file": stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG),
        "its two headers contradict each other": not _agrees(info, local),
    }
    end = info.header_offset + 30 + int(name) + int(extra) + info.compress_size
    return next((rule for rule, broken in rules.items() if broken), ""), end


def _agrees(info: zipfile.ZipInfo, local: bytes) -> bool:
    """Whether the header before a member's bytes says what the directory says of it."""
    mark, flags, kind, time, date, crc, packed, full = struct.unpack("<4s2x4H3L", local[:26])
    year, month, day, hour, minute, second = info.date_time
    stamps = (hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day)
    if (mark, flags, kind, time, date) != (b"PK\3\4", info.flag_bits, info.compress_type, *stamps):
        return False
    told_elsewhere = flags & 8 or 0xFFFFFFFF in (packed, full)
    return bool(told_elsewhere) or (crc, packed, full) == (info.CRC, info.compress_size, info.file_size)


def examine(
    members: Mapping[str, Opener], into: Path | None = None, needs: Sequence[str] = NEEDED
) -> dict[str, tuple[str, int]]:
    """(SHA-256, size) of every file of the manifest, each written below `into` if that is given.

    Stop 2 naming every file that was altered, is missing or was added; `needs` are those that a pack cannot lack.
    """
    recorded = manifest(members)
    needed = dict.fromkeys([*recorded, *needs])
    problems = [f"{name} is missing" for name in needed if name not in members]
    problems += [f"{name} was added" for name in members if name not in recorded and name != MANIFEST]
    if problems:
        raise Stop(2, f"The files are not those of {MANIFEST}.", problems)
    found = {name: digest(members[name], into and into / name) for name in recorded}
    altered = [f"{name} was altered" for name, (sha, _) in found.items() if sha != recorded[name]]
    if altered:
        raise Stop(2, f"A checksum of {MANIFEST} is wrong.", altered)
    if into:
        digest(members[MANIFEST], into / MANIFEST)
    return found


def manifest(members: Mapping[str, Opener]) -> dict[str, str]:
    """SHA-256 by name, as the manifest says. Stop 2 when it is missing or not of its form."""
    text = limited(members, MANIFEST, MOST_DIRECTORY).decode("utf-8", "replace")
    lines = [LINE.fullmatch(line) for line in text.removesuffix("\n").split("\n")]
    found = {line[2]: line[1] for line in lines if line and NAME.fullmatch(line[2]) and line[2] != MANIFEST}
    if len(found) < len(lines) or not text.endswith("\n"):
        raise Stop(
            2, f"A checksum of {MANIFEST} is wrong.", [f"{MANIFEST} was altered: it holds more than one line a file"]
        )
    return found


def limited(members: Mapping[str, Opener], name: str, most: int) -> bytes:
    """The bytes of a member. Stop 2 when it is missing, damaged or longer than `most`."""
    if name not in members:
        raise Stop(2, "The files are not those of a pack.", [f"{name} is missing"])
    try:
        with members[name]() as stream:
            content = stream.read(most + 1)
    except DAMAGE as error:
        raise Stop(2, f"A checksum of {MANIFEST} is wrong.", [f"{name} was altered ({error})"]) from None
    refuse([f"{name!r}: it is larger than {most >> 20} MB"] if len(content) > most else [])
    return content


def digest(opener: Opener, target: Path | None = None) -> tuple[str, int]:
    """(SHA-256, size) of what `opener` opens, ("", 0) when it is damaged; a copy goes to `target` if that is given."""
    sha, size = hashlib.sha256(), 0
    if target:
        target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with opener() as stream, target.open("xb") if target else contextlib.nullcontext() as copy:
            while piece := stream.read(1 << 20):
                sha.update(piece)
                size += len(piece)
                if copy:
                    copy.write(piece)
    except DAMAGE:
        return "", 0
    return sha.hexdigest(), size


def load(members: Mapping[str, Opener], name: str) -> dict[str, Any]:
    """The JSON object in a member. Stop 2 when it is none of ours."""
    try:
        value = json.loads(limited(members, name, MOST_JSON), parse_constant=_no_number)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or not str(value.get("schema")).startswith("modellab."):
        raise Stop(2, f"{name} does not hold what a pack holds there.", [f"{name} was altered"])
    return value


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")
