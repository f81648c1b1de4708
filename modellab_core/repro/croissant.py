"""`croissant.json`: the data of a run described as Croissant 1.0, so that other tools can load them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modellab_core.data.table import Table
from modellab_core.harness.canonical import canonical

VERSION = "http://mlcommons.org/croissant/1.0"
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    **{
        name: f"cr:{name}" for name in ("citeAs", "column", "extract", "field", "fileProperty", "fileObject", "fileSet")
    },
    **{name: f"cr:{name}" for name in ("format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField")},
    **{name: f"cr:{name}" for name in ("path", "recordSet", "references", "regex", "repeated", "replace")},
    **{name: f"cr:{name}" for name in ("samplingRate", "separator", "source", "subField", "transform")},
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
}
PLAIN = {",": "text/csv", "\t": "text/tab-separated-values"}
"""The delimiters that readers of Croissant know, with the name of their format."""

TYPES = {"number": "sc:Float", "boolean": "sc:Boolean", "date": "sc:Date"}
OF_THE_FILE = ("declared", "encoding", "headings", "no_header", "one_column", "spaces")
OF_NAMES = ("blank_name", "duplicate_name", "odd_names")


def croissant(table: Table, info: Mapping[str, Any], day: str) -> bytes:
    """`croissant.json` for the data that `info` describes and `table` holds.

    A file that every reader takes alike has a record set `rows` with the columns; any other, such as one with
    semicolons or another encoding, has a record set `file` with its bytes as one record, because readers of Croissant
    know commas and tabs in UTF-8 alone. A column is a number there if no cell needs more than plain digits.
    """
    plain = _is_plain(table)
    kind = _format(table) if plain else "text/plain"
    document = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": VERSION,
        "name": str(info["name"]),
        "description": f"{info['rows']} rows, {len(info['columns'])} columns, on which a run of ModelLab was trained.",
        "datePublished": day,
        "version": f"{info['version'] or 1}.0.0",
        "license": "Not stated: ask the owner of the data.",
        "url": f"urn:sha256:{info['sha256']}",
        "citeAs": f"The file with the SHA-256 {info['sha256']}.",
        "isLiveDataset": False,
        "distribution": [_file(info, kind)],
        "recordSet": [_rows(table) if plain else _whole()],
    }
    return canonical(document)


def _is_plain(table: Table) -> bool:
    reading = table.reading
    if reading.format == "parquet":
        return True
    codes = {note.code for note in table.notes}
    utf8 = (reading.encoding or "").lower() in ("utf-8", "ascii")
    return utf8 and reading.header is True and reading.delimiter in PLAIN and not codes & {*OF_THE_FILE, *OF_NAMES}


def _format(table: Table) -> str:
    if table.reading.format == "parquet":
        return "application/x-parquet"
    return PLAIN[str(table.reading.delimiter)]


def _file(info: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": "data-file",
        "name": "data-file",
        "description": f"The bytes of {info['name']} as they came.",
        "contentUrl": info["file"],
        "contentSize": f"{info['size']} B",
        "encodingFormat": kind,
        "sha256": info["sha256"],
    }


def _rows(table: Table) -> dict[str, Any]:
    noted = {note.column for note in table.notes if note.column is not None}
    fields = [
        _field(f"rows/{place}", name, _type(table, name, noted), {"column": name})
        for place, name in enumerate(table.reading.types)
    ]
    return {"@type": "cr:RecordSet", "@id": "rows", "name": "rows", "description": "One record a row.", "field": fields}


def _type(table: Table, name: str, noted: set[str]) -> str:
    kind = table.reading.types[name]
    if table.reading.format == "csv" and (kind != "number" or name in noted):
        return "sc:Text"
    return TYPES.get(kind, "sc:Text")


def _whole() -> dict[str, Any]:
    field = _field("file/content", "content", "sc:Text", {"fileProperty": "content"})
    return {"@type": "cr:RecordSet", "@id": "file", "name": "file", "description": "The whole file.", "field": [field]}


def _field(identity: str, name: str, kind: str, extract: Mapping[str, str]) -> dict[str, Any]:
    source = {"fileObject": {"@id": "data-file"}, "extract": dict(extract)}
    return {"@type": "cr:Field", "@id": identity, "name": name, "description": name, "dataType": kind, "source": source}
