"""Odd files that are read, and the table that comes out of each."""

# ruff: noqa: E501 - one case a line is easier to look through

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

ASKED: dict[str, Any] = {}
D = datetime

# name: (bytes, what a person asked, columns, note codes)
ODD: dict[str, tuple[bytes, dict[str, Any], dict[str, list[Any]], set[str]]] = {
    # --- lines
    "lf": (b"a,b\n1,x\n2,y\n", {}, {"a": [1, 2], "b": ["x", "y"]}, set()),
    "crlf": (b"a,b\r\n1,x\r\n2,y\r\n", {}, {"a": [1, 2], "b": ["x", "y"]}, set()),
    "cr alone": (b"a,b\r1,x\r2,y\r", {}, {"a": [1, 2], "b": ["x", "y"]}, set()),
    "ends of lines mixed": (b"a,b\r\n1,x\n2,y\r3,z", {}, {"a": [1, 2, 3], "b": ["x", "y", "z"]}, set()),
    "no last end": (b"a,b\n1,x\n2,y", {}, {"a": [1, 2], "b": ["x", "y"]}, set()),
    "blank lines": (b"\n\na,b\n\n1,x\n\n\n2,y\n\n", {}, {"a": [1, 2], "b": ["x", "y"]}, {"blank_lines"}),
    "lines of spaces": (b"a,b\n  \n1,x\n\t\n2,y\n   ", {}, {"a": [1, 2], "b": ["x", "y"]}, {"blank_lines"}),
    "row of blanks is a row": (b"a,b\n1,x\n,\n2,y\n", {}, {"a": [1, None, 2], "b": ["x", None, "y"]}, set()),
    "quoted blank in one column": (b'a\n"1"\n""\n2\n', {}, {"a": [1, None, 2]}, {"one_column"}),
    # --- quotes
    "quoted delimiter": (b'a,b\n"1,2",x\n"3,45",y\n', {"types": {"a": "text"}}, {"a": ["1,2", "3,45"], "b": ["x", "y"]}, set()),
    "quoted newline": (b'a,b\n"x\ny",1\nz,2\n', {}, {"a": ["x\ny", "z"], "b": [1, 2]}, set()),
    "quoted crlf": (b'a,b\r\n"x\r\ny",1\r\nz,2\r\n', {}, {"a": ["x\r\ny", "z"], "b": [1, 2]}, set()),
    "doubled quotes": (b'a,b\n"say ""hi""",1\n"""",2\n', {}, {"a": ['say "hi"', '"'], "b": [1, 2]}, set()),
    "quote inside bare text": (b'a,b\n5" pipe,1\n6",2\n', {}, {"a": ['5" pipe', '6"'], "b": [1, 2]}, set()),
    "inches and quotes together": (b'a,b\n5" pipe,"x, y"\n6,"z"\n', {}, {"a": ['5" pipe', "6"], "b": ["x, y", "z"]}, {"mixed"}),
    "everything quoted": (b'"a","b"\n"1","yes"\n"2","no"\n', {}, {"a": [1, 2], "b": ["yes", "no"]}, set()),
    "quoted header with delimiter": (b'"a,x",b\n1,2\n', {}, {"a,x": [1], "b": [2]}, set()),
    "quoted header with newline": (b'"a\nx",b\n1,2\n', {}, {"a\nx": [1], "b": [2]}, {"odd_names"}),
    "empty quotes are blank": (b'a,b\n"",1\nx,2\n', {}, {"a": [None, "x"], "b": [1, 2]}, set()),
    "spaces before quotes": (b'a, "b", c\n1, "x, y", 3\n2, "z", 4\n', {}, {"a": [1, 2], "b": ["x, y", "z"], "c": [3, 4]}, {"spaces"}),
    "spaces before quotes, in a header": (b'"a", "b c"\n1, 2\n', {}, {"a": [1], "b c": [2]}, {"spaces"}),
    # --- delimiters
    "semicolon": (b"a;b\n1;x\n2;y\n", {}, {"a": [1, 2], "b": ["x", "y"]}, {"delimiter"}),
    "tab": (b"a\tb\n1\tx y, z\n2\tw\n", {}, {"a": [1, 2], "b": ["x y, z", "w"]}, {"delimiter"}),
    "bar": (b"a|b\n1|x;y\n2|z\n", {}, {"a": [1, 2], "b": ["x;y", "z"]}, {"delimiter"}),
    "semicolon with decimal commas": (
        b"a;b\n1,5;2,25\n3,5;4,75\n", {}, {"a": [1.5, 3.5], "b": [2.25, 4.75]}, {"delimiter", "number_marks"},
    ),
    "declared as Excel does": (b"sep=;\r\na;b\r\n1;x\r\n", {}, {"a": [1], "b": ["x"]}, {"declared", "delimiter"}),
    "asked for": (b"a:b\n1:x\n2:y\n", {"delimiter": ":"}, {"a": [1, 2], "b": ["x", "y"]}, {"delimiter"}),
    "asked for by name": (b"a\tb\n1\tx\n", {"delimiter": "tab"}, {"a": [1], "b": ["x"]}, {"delimiter"}),
    "space asked for": (b"a b\n1 x\n", {"delimiter": "space"}, {"a": [1], "b": ["x"]}, {"delimiter"}),
    "sentences in one column": (
        b"review\nhello, world\nfoo\nbar; baz, qux\n", {}, {"review": ["hello, world", "foo", "bar; baz, qux"]}, {"one_column"},
    ),
    "one column of words": (b"label\nyes\nno\n", {}, {"label": ["yes", "no"]}, {"one_column"}),
    "times have colons": (b"t,b\n10:30,1\n11:45,2\n", {}, {"t": ["10:30", "11:45"], "b": [1, 2]}, set()),
    # --- encodings
    "utf-8": ("näme,b\nÄ,1\n日本,2\n".encode(), {}, {"näme": ["Ä", "日本"], "b": [1, 2]}, set()),
    "utf-8 with a mark": ("\ufeffa,b\nä,1\n".encode(), {}, {"a": ["ä"], "b": [1]}, set()),
    "mark before a quote": (b'\xef\xbb\xbf"a","b"\n"x",1\n', {}, {"a": ["x"], "b": [1]}, set()),
    "utf-16": ("a,b\nä,1\n".encode("utf-16"), {}, {"a": ["ä"], "b": [1]}, {"encoding"}),
    "utf-16 big end first": (b"\xfe\xff" + "a,b\nä,1\n".encode("utf-16-be"), {}, {"a": ["ä"], "b": [1]}, {"encoding"}),
    "utf-32": ("a,b\n😀,1\n".encode("utf-32"), {}, {"a": ["😀"], "b": [1]}, {"encoding"}),
    "windows-1252": ("a,b\näß–,1\n".encode("cp1252"), {}, {"a": ["äß–"], "b": [1]}, {"encoding"}),
    "latin-2 asked for": ("a,b\nłódź,1\n".encode("latin2"), {"encoding": "latin2"}, {"a": ["łódź"], "b": [1]}, set()),
    "utf-16 without a mark asked for": ("a,b\nä,1\n".encode("utf-16-le"), {"encoding": "utf-16-le"}, {"a": ["ä"], "b": [1]}, set()),
    "emoji in a name": ("😀,b\n1,2\n".encode(), {}, {"😀": [1], "b": [2]}, {"odd_names"}),
    "combining letters stay": ("a,b\ne\u0301,é\n".encode(), {}, {"a": ["e\u0301"], "b": ["é"]}, set()),
    # --- headers
    "no header": (b"5.1,x\n4.9,y\n", {}, {"column_1": [5.1, 4.9], "column_2": ["x", "y"]}, {"no_header"}),
    "no header, with a gap": (b"5.1,\n4.9,2\n", {}, {"column_1": [5.1, 4.9], "column_2": [None, 2]}, {"no_header"}),
    "all text has a header": (b"x,y\nu,v\n", {}, {"x": ["u"], "y": ["v"]}, set()),
    "header asked away": (b"x,y\nu,v\n", {"header": False}, {"column_1": ["x", "u"], "column_2": ["y", "v"]}, {"no_header"}),
    "header asked for": (b"1,2\n3,4\n", {"header": True}, {"1": [3], "2": [4]}, set()),
    "columns that are numbered": (b"0,1,2\n.5,7,8\n", {}, {"0": [0.5], "1": [7], "2": [8]}, set()),
    "years as names": (b"land,1999,2000,2001\nA,1,2,3.5\n", {}, {"land": ["A"], "1999": [1], "2000": [2], "2001": [3.5]}, set()),
    "index of pandas": (b",a\n0,x\n1,y\n", {}, {"column_1": [0, 1], "a": ["x", "y"]}, {"blank_name"}),
    "double names": (b"x,x,x_2\n1,2,3\n", {}, {"x": [1], "x_3": [2], "x_2": [3]}, {"duplicate_name"}),
    "blank names": (b"a, ,\n1,2,3\n", {}, {"a": [1], "column_2": [2], "column_3": [3]}, {"blank_name"}),
    "blank name taken": (b"column_2,,c\n1,2,x\n", {}, {"column_2": [1], "column_2_2": [2], "c": ["x"]}, {"blank_name"}),
    "names stay as they are": (
        b"../../etc/passwd,<script>alert(1)</script>, a b \n1,2,x\n", {},
        {"../../etc/passwd": [1], "<script>alert(1)</script>": [2], " a b ": ["x"]}, {"odd_names"},
    ),
    "name begins with a bracket": (b"[id],[name]\n1,x\n", {}, {"[id]": [1], "[name]": ["x"]}, set()),
    "delimiter after each row": (b"a,b,\n1,2,\n", {}, {"a": [1], "b": [2], "column_3": [None]}, {"blank_name", "all_missing"}),
    # --- whole numbers
    "leading zeros": (b"zip,b\n00501,1\n10001,2\n", {}, {"zip": ["00501", "10001"], "b": [1, 2]}, {"leading_zeros"}),
    "leading zeros asked for": (b"a,b\n007,x\n", {"types": {"a": "number"}}, {"a": [7], "b": ["x"]}, set()),
    "zero itself": (b"a,b\n0,0.5\n-0,-0.5\n10,00.5\n", {}, {"a": [0, 0, 10], "b": ["0.5", "-0.5", "00.5"]}, {"leading_zeros"}),
    "largest int64": (b"a\n9223372036854775807\n-9223372036854775808\n", {}, {"a": [2**63 - 1, -(2**63)]}, {"one_column"}),
    "beyond int64": (b"a,b\n9223372036854775808,1\n1,2\n", {}, {"a": ["9223372036854775808", "1"], "b": [1, 2]}, {"beyond_int64"}),
    "exact beside a blank": (b"a,b\n9007199254740993,1\n,2\n", {}, {"a": [9007199254740993, None], "b": [1, 2]}, set()),
    "would be rounded beside a fraction": (
        b"a,b\n9007199254740993,1\n0.5,2\n", {}, {"a": ["9007199254740993", "0.5"], "b": [1, 2]}, {"beyond_int64"},
    ),
    "hexadecimal": (b"a,b\n0x1F,1\n0x20,2\n", {}, {"a": ["0x1F", "0x20"], "b": [1, 2]}, {"hexadecimal"}),
    "underscores": (b"a,b\n1_000,1\n2_000,2\n", {}, {"a": ["1_000", "2_000"], "b": [1, 2]}, {"mixed"}),
    "telephone numbers": (b"a,b\n+491701234567,1\n", {}, {"a": ["+491701234567"], "b": [1]}, {"long_after_plus"}),
    "small plus": (b"a,b\n+1,x\n-2,y\n", {}, {"a": [1, -2], "b": ["x", "y"]}, set()),
    "digits of other scripts": ("a,b\n１２,1\n٣,2\n".encode(), {}, {"a": ["１２", "٣"], "b": [1, 2]}, set()),
    "spaces around numbers": (b"a,b\n 1 ,x\n  2,y\n", {}, {"a": [1, 2], "b": ["x", "y"]}, set()),
    # --- decimals
    "forms of decimals": (b"a,b\n1.,x\n.5,y\n-1e-3,z\n+2.5E+2,w\n", {}, {"a": [1.0, 0.5, -0.001, 250.0], "b": list("xyzw")}, set()),
    "decimals keep their value": (b"a,b\n0.1,x\n123456789.123456789,y\n", {}, {"a": [0.1, 123456789.123456789], "b": ["x", "y"]}, {"rounded"}),
    "decimal comma quoted": (b'a,b\n"1,5",x\n"12,25",y\n', {}, {"a": [1.5, 12.25], "b": ["x", "y"]}, {"number_marks"}),
    "thousands comma": (b'a,b\n"1,234",x\n"1,234,567",y\n12,z\n', {}, {"a": [1234, 1234567, 12], "b": list("xyz")}, {"number_marks"}),
    "thousands and decimals": (b'a,b\n"1,234.5",x\n7,y\n', {}, {"a": [1234.5, 7.0], "b": ["x", "y"]}, {"number_marks"}),
    "comma undecided": (b'a,b\n"1,234",x\n"2,345",y\n', {}, {"a": ["1,234", "2,345"], "b": ["x", "y"]}, {"ambiguous_comma"}),
    "comma decided by zero": (b'a,b\n"0,123",x\n"2,345",y\n', {}, {"a": [0.123, 2.345], "b": ["x", "y"]}, {"number_marks"}),
    "comma decided by a person": (b'a,b\n"1,234",x\n', {"types": {"a": "number"}}, {"a": [1234], "b": ["x"]}, {"number_marks"}),
    "dots for thousands": (b"a;b\n1.234,5;x\n2.345.678,25;y\n7;z\n", {}, {"a": [1234.5, 2345678.25, 7.0], "b": list("xyz")}, {"delimiter", "number_marks"}),
    "spaces for thousands": ("a;b\n1 234,5;x\n2\u00a0345,5;y\n".encode(), {}, {"a": ["1 234,5", "2\u00a0345,5"], "b": ["x", "y"]}, {"delimiter", "mixed", "signs"}),
    "narrow spaces for thousands": ("a;b\n1\u202f234,5;x\n2,5;y\n".encode(), {}, {"a": [1234.5, 2.5], "b": ["x", "y"]}, {"delimiter", "number_marks"}),
    "apostrophes for thousands": (b"a;b\n1'234.5;x\n2.5;y\n", {}, {"a": [1234.5, 2.5], "b": ["x", "y"]}, {"delimiter", "number_marks"}),
    "spaced digits are no number": (b"a,b\n555 123,1\n555 124,2\n", {}, {"a": ["555 123", "555 124"], "b": [1, 2]}, {"mixed"}),
    "points beside decimal commas": (
        b"a;b;c\n1,5;1.234;1.25\n2,5;2.500;2.500\n", {}, {"a": [1.5, 2.5], "b": ["1.234", "2.500"], "c": [1.25, 2.5]},
        {"delimiter", "number_marks", "ambiguous_point"},
    ),
    "both commas": (b'a,b\n"1,5",x\n"1,234.5",y\n', {}, {"a": ["1,5", "1,234.5"], "b": ["x", "y"]}, {"mixed"}),
    "currency stays": (b"a,b\n$1.50,1\n$2,2\n", {}, {"a": ["$1.50", "$2"], "b": [1, 2]}, {"signs"}),
    "percent stays": (b"a,b\n5%,1\n7%,2\n", {}, {"a": ["5%", "7%"], "b": [1, 2]}, {"signs"}),
    "infinity stays text": (b"a,b\ninf,1\n2,2\n3,3\n", {}, {"a": ["inf", "2", "3"], "b": [1, 2, 3]}, {"infinite"}),
    "too large for a float": (b"a,b\n1e400,1\n2,2\n", {}, {"a": ["1e400", "2"], "b": [1, 2]}, {"infinite"}),
    "one word among numbers": (b"a,b\n1,x\n2,y\nunknown,z\n", {}, {"a": ["1", "2", "unknown"], "b": list("xyz")}, {"mixed"}),
    # --- missing
    "each fixed token": (
        b"a,b\n1,x\n?,x\nNA,x\nN/A,x\nn/a,x\nNaN,x\nnull,x\nNULL,x\nNone,x\n-,x\n2,x\n", {},
        {"a": [1, *[None] * 9, 2], "b": ["x"] * 11}, {"missing_tokens"},
    ),
    "tokens stay in text": (b"a,b\nNA,1\nFR,2\n-,3\n", {}, {"a": ["NA", "FR", "-"], "b": [1, 2, 3]}, {"tokens_kept"}),
    "other words are no tokens": (b"a,b\n1,x\nnan,y\n2,z\n", {}, {"a": ["1", "nan", "2"], "b": list("xyz")}, {"mixed"}),
    "tokens among dates": (b"a,b\n2024-01-01,1\nNA,2\n", {}, {"a": [D(2024, 1, 1), None], "b": [1, 2]}, {"dates", "missing_tokens"}),
    "nothing but tokens stays": (b"a,b\n?,1\n?,2\n", {}, {"a": ["?", "?"], "b": [1, 2]}, {"tokens_kept"}),
    "-999 stays": (b"a,b\n-999,1\n5,2\n", {}, {"a": [-999, 5], "b": [1, 2]}, set()),
    "-999 asked for": (b"a,b\n-999,x\n5,y\nNA,z\n", {"missing": ("-999",)}, {"a": [None, 5, None], "b": list("xyz")}, {"missing_tokens"}),
    "a word asked for": (b"a,b\nunknown,x\n5,unknown\n", {"missing": ("unknown",)}, {"a": [None, 5], "b": ["x", None]}, {"missing_tokens"}),
    "no tokens at all": (b"a,b\nNA,1\n5,2\n", {"missing": ()}, {"a": ["NA", "5"], "b": [1, 2]}, {"mixed"}),
    "white space is blank": ("a,b\n \u00a0,1\nx,2\n\t,3\n".encode(), {}, {"a": [None, "x", None], "b": [1, 2, 3]}, set()),
    "white space around text stays": (b"a,b\n x ,1\ny,2\n", {}, {"a": [" x ", "y"], "b": [1, 2]}, set()),
    "a column of blanks": (b"a,b\n,1\n,2\n", {}, {"a": [None, None], "b": [1, 2]}, {"all_missing"}),
    # --- booleans
    "booleans": (b"a,b\nTRUE,1\nfalse,2\n,3\n", {}, {"a": [True, False, None], "b": [1, 2, 3]}, set()),
    "yes and no stay text": (b"a,b\nyes,1\nno,2\n", {}, {"a": ["yes", "no"], "b": [1, 2]}, set()),
    "yes and no asked for": (b"a,b\nYes,1\nno,2\n?,3\n", {"types": {"a": "boolean"}}, {"a": [True, False, None], "b": [1, 2, 3]}, {"missing_tokens"}),
    "boolean with a token stays": (b"a,b\ntrue,1\nNA,2\n", {}, {"a": ["true", "NA"], "b": [1, 2]}, {"tokens_kept"}),
    # --- dates
    "iso dates": (b"a,b\n2024-02-29,1\n1999-12-31,2\n", {}, {"a": [D(2024, 2, 29), D(1999, 12, 31)], "b": [1, 2]}, {"dates"}),
    "iso times": (
        b"a,b\n2024-02-29T10:20:30.5,1\n2024-02-29 10:20,2\n2024-02-29,3\n", {},
        {"a": [D(2024, 2, 29, 10, 20, 30, 500000), D(2024, 2, 29, 10, 20), D(2024, 2, 29)], "b": [1, 2, 3]}, {"dates"},
    ),
    "zones": (b"a,b\n2024-01-01T10:00Z,1\n2024-01-01T10:00+02:00,2\n", {}, {"a": [D(2024, 1, 1, 10), D(2024, 1, 1, 8)], "b": [1, 2]}, {"dates"}),
    "zone in some alone": (b"a,b\n2024-01-01T10:00Z,1\n2024-01-01T10:00,2\n", {}, {"a": ["2024-01-01T10:00Z", "2024-01-01T10:00"], "b": [1, 2]}, {"mixed_dates"}),
    "day first": (b"a,b\n13/01/2024,1\n01/02/2024,2\n", {}, {"a": [D(2024, 1, 13), D(2024, 2, 1)], "b": [1, 2]}, {"dates"}),
    "month first": (b"a,b\n01/13/2024,1\n02/01/2024,2\n", {}, {"a": [D(2024, 1, 13), D(2024, 2, 1)], "b": [1, 2]}, {"dates"}),
    "order undecided": (b"a,b\n01/02/2024,1\n02/03/2024,2\n", {}, {"a": ["01/02/2024", "02/03/2024"], "b": [1, 2]}, {"ambiguous_date"}),
    "order asked for": (b"a,b\n01/02/2024,1\n", {"types": {"a": "date"}}, {"a": [D(2024, 2, 1)], "b": [1]}, {"dates"}),
    "dots": (b"a;b\n31.12.2023;1\n1.2.2024;2\n", {}, {"a": [D(2023, 12, 31), D(2024, 2, 1)], "b": [1, 2]}, {"dates", "delimiter"}),
    "both orders": (b"a,b\n13/01/2024,1\n01/13/2024,2\n", {}, {"a": ["13/01/2024", "01/13/2024"], "b": [1, 2]}, {"mixed_dates"}),
    "year first with slashes": (b"a,b\n2024/01/02,1\n", {}, {"a": [D(2024, 1, 2)], "b": [1]}, {"dates"}),
    "months as words": (b"a,b\n5-Jan-2024,1\n12-DEC-2023,2\n", {}, {"a": [D(2024, 1, 5), D(2023, 12, 12)], "b": [1, 2]}, {"dates"}),
    "american months": (b'a,b\n"January 5, 2024",1\n"Sep 7, 2023",2\n', {}, {"a": [D(2024, 1, 5), D(2023, 9, 7)], "b": [1, 2]}, {"dates"}),
    "morning and afternoon": (
        b"a,b\n01/31/2024 12:05 AM,1\n02/01/2024 05:30:10 PM,2\n", {},
        {"a": [D(2024, 1, 31, 0, 5), D(2024, 2, 1, 17, 30, 10)], "b": [1, 2]}, {"dates"},
    ),
    "no such day": (b"a,b\n2024-02-30,1\n2024-01-01,2\n", {}, {"a": ["2024-02-30", "2024-01-01"], "b": [1, 2]}, {"mixed_dates"}),
    "two digits of year": (b"a,b\n01/31/24,1\n", {}, {"a": ["01/31/24"], "b": [1]}, {"mixed_dates"}),
    "two kinds of dates": (b"a,b\n2024-01-01,1\n31.12.2024,2\n", {}, {"a": ["2024-01-01", "31.12.2024"], "b": [1, 2]}, {"mixed_dates"}),
    "far dates": (b"a,b\n0001-01-01,1\n9999-12-31,2\n", {}, {"a": [D(1, 1, 1), D(9999, 12, 31)], "b": [1, 2]}, {"dates"}),
    "eight digits stay a number": (b"a,b\n20240131,x\n", {}, {"a": [20240131], "b": ["x"]}, set()),
    "date asked away": (b"a,b\n2024-01-01,1\n", {"types": {"a": "text"}}, {"a": ["2024-01-01"], "b": [1]}, set()),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_odd_file(parsed: Any, name: str) -> None:
    """The right table comes out with the notes that belong to it, and reading again by what was found gives it again."""
    content, asked, columns, codes = ODD[name]
    found = parsed(content, **asked)
    assert found.table.to_pydict() == columns
    assert {note.code for note in found.notes} == codes
    for values, written in zip(found.table.columns, columns.values(), strict=True):
        assert [type(item) for item in values.to_pylist()] == [type(item) for item in written]


def test_notes_say_how_many(parsed: Any) -> None:
    """A note names the column, what was found, and how often."""
    found = parsed(b"a,b\n1,x\n?,x\n?,x\nNA,x\n007,x\n".replace(b"007", b"7"))
    (note,) = found.notes
    assert note.column == "a"
    assert note.text == "Column 'a': 3 cells are read as missing: '?' (2), 'NA' (1)."


def test_way_out_for_text(parsed: Any) -> None:
    """A column that stays text though it looks like numbers says why, how many, an example, and what to do."""
    (note,) = parsed(b"a,b\n1,x\n2,x\nunknown,x\n").notes
    for part in ("'a'", "1 of 3", "'unknown'", "record 3", "--missing"):
        assert part in note.text


def test_spellings(parsed: Any) -> None:
    """The way in which the file writes a value is kept where it is not the plain one; the most frequent way wins."""
    found = parsed(b"a,b,c,d\n1.0,TRUE,5,01\n2.0,False,5.0,02\n1.0,TRUE,5.0,03\n", types={"d": "number"})
    assert found.spellings == {
        "a": {"1": "1.0", "2": "2.0"}, "b": {"True": "TRUE"}, "c": {"5": "5.0"}, "d": {"1": "01", "2": "02", "3": "03"},
    }  # fmt: skip


def test_types_from_all_rows(parsed: Any) -> None:
    """One odd cell at the very end decides the type of a long column."""
    numbers = "\n".join(f"{n},{n}.5" for n in range(70_000))
    found = parsed(f"a,b\n{numbers}\nend,1\n".encode())
    assert found.table.schema.types == ["string", "double"]
    assert found.table["a"][-1].as_py() == "end"
