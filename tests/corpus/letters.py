"""Encodings and marks: what the letters of a file are, or that they cannot be known."""

# ruff: noqa: E501 - one case a line is easier to look through

from __future__ import annotations

from corpus.case import Case, read, refused

AB = {"a": [1], "b": [2]}
TEXT = "näme,b\nÄ–€,1\n"
NAMED = {"näme": ["Ä–€"], "b": [1]}
WIDE = "a,b\nΩ日😀,1\n"
WIDE_AB = {"a": ["Ω日😀"], "b": [1]}

ENCODINGS: dict[str, Case] = {
    "UTF-8": read(WIDE, WIDE_AB),
    "UTF-8 with a mark": read(WIDE.encode("utf-8-sig"), WIDE_AB),
    "mark before quotes": read('\ufeff"a","b"\n"1","2"\n', AB),
    "mark before numbers": read("\ufeff1,2\n3,4\n", {"column_1": [1, 3], "column_2": [2, 4]}, "no_header"),
    "mark in a cell stays": read("a,b\n1,x\ufeff\n", {"a": [1], "b": ["x\ufeff"]}),
    "mark at a later line": read("a,b\n\ufeffx,1\ny,2\n", {"a": ["\ufeffx", "y"], "b": [1, 2]}),
    "UTF-16 little end first": read("\ufeff".encode("utf-16-le") + WIDE.encode("utf-16-le"), WIDE_AB, "encoding"),
    "UTF-16 big end first": read("\ufeff".encode("utf-16-be") + WIDE.encode("utf-16-be"), WIDE_AB, "encoding"),
    "UTF-16 of Excel": read("a\tb\r\n1\t2\r\n".encode("utf-16"), AB, "encoding", "delimiter"),
    "UTF-32 little end first": read("\ufeff".encode("utf-32-le") + WIDE.encode("utf-32-le"), WIDE_AB, "encoding"),
    "UTF-32 big end first": read("\ufeff".encode("utf-32-be") + WIDE.encode("utf-32-be"), WIDE_AB, "encoding"),
    "Windows-1252": read(TEXT.encode("cp1252"), NAMED, "encoding"),
    "Windows-1252 in quotes": read('a,b\n"é\nü",1\n'.encode("cp1252"), {"a": ["é\nü"], "b": [1]}, "encoding"),
    "one letter of Windows at the end": read(b"a,b\n" + b"x,1\n" * 3000 + b"\xe9,2\n", {"a": ["x"] * 3000 + ["é"], "b": [1] * 3000 + [2]}, "encoding"),
    "two encodings": read("a,b\nä,1\n".encode() + "ö,2\n".encode("cp1252"), {"a": ["Ã¤", "ö"], "b": [1, 2]}, "encoding"),
    "surrogate in UTF-8": read(b"a,b\n1,\xed\xa0\x80\n", {"a": [1], "b": ["í\u00a0€"]}, "encoding"),
    "cut in a letter": read("a,b\n1,ä".encode()[:-1], {"a": [1], "b": ["Ã"]}, "encoding"),
    "no Windows-1252 either": refused(b"a,b\n1,\x81\xe4\n", "Line 2", "byte 6", "--encoding"),
    "each undefined byte": refused(b"a,b\n\x8d,1\n", "Line 2", "byte 4"),
    "UTF-8 and an undefined byte": refused("a,b\nä,1\n".encode() + b"\x9d,2\n", "Line 3", "--encoding"),
    "UTF-16 little end first without a mark": refused(WIDE.encode("utf-16-le"), "NUL", "--encoding utf-16-le"),
    "UTF-16 big end first without a mark": refused(WIDE.encode("utf-16-be"), "NUL", "--encoding utf-16-be"),
    "UTF-16 with half a letter": refused("\ufeffa,b\n1,2\n".encode("utf-16-le") + b"x", "Line 3", "utf-16"),
    "UTF-16 with half a pair": refused(b"\xff\xfea\x00\n\x00\x00\xd8\n\x00", "Line 2", "utf-16"),
    "UTF-32 beyond the letters": refused(b"\xff\xfe\x00\x00a\x00\x00\x00\x00\x00\x11\x00", "utf-32"),
    "NUL in a cell": refused("a,b\n1,x\x00y\n", "Line 2", "NUL"),
    "NUL at the end": refused(b"a,b\n1,2\n" + bytes(100), "Line 3", "NUL"),
    "a page in UTF-16": refused("\ufeff<!DOCTYPE html><html>".encode("utf-16-le"), "HTML"),
    "a tree of values in UTF-16": refused('\ufeff{"a": 1}'.encode("utf-16-le"), "JSON"),
}  # fmt: skip

ASKED: dict[str, Case] = {
    "UTF-8": read(WIDE, WIDE_AB, encoding="utf-8"),
    "UTF-8, spelled otherwise": read(WIDE, WIDE_AB, encoding="UTF8"),
    "UTF-8 with a mark": read(WIDE.encode("utf-8-sig"), WIDE_AB, encoding="utf-8"),
    "UTF-8 with a mark, as such": read(WIDE.encode("utf-8-sig"), WIDE_AB, encoding="utf-8-sig"),
    "UTF-16 without a mark": read(WIDE.encode("utf-16-le"), WIDE_AB, encoding="utf-16-le"),
    "UTF-16 with a mark, by its end": read("\ufeff".encode("utf-16-be") + WIDE.encode("utf-16-be"), WIDE_AB, encoding="utf-16-be"),
    "UTF-16 with a mark": read(WIDE.encode("utf-16"), WIDE_AB, encoding="utf-16"),
    "latin-1": read(b"a,b\n\x81\xe9,1\n", {"a": ["\x81é"], "b": [1]}, encoding="latin-1"),
    "Windows-1252": read(TEXT.encode("cp1252"), NAMED, encoding="cp1252"),
    "Windows-1250": read("a,b\nłódź,1\n".encode("cp1250"), {"a": ["łódź"], "b": [1]}, encoding="windows-1250"),
    "Windows-1251": read("имя,b\nда,1\n".encode("cp1251"), {"имя": ["да"], "b": [1]}, encoding="windows-1251"),
    "KOI8-R": read("имя,b\nда,1\n".encode("koi8-r"), {"имя": ["да"], "b": [1]}, encoding="koi8-r"),
    "Shift JIS": read("名,b\n表示,1\n".encode("shift_jis"), {"名": ["表示"], "b": [1]}, encoding="shift_jis"),
    "EUC-JP": read("名,b\n表示,1\n".encode("euc-jp"), {"名": ["表示"], "b": [1]}, encoding="euc-jp"),
    "GB18030": read("名,b\n中,1\n".encode("gb18030"), {"名": ["中"], "b": [1]}, encoding="gb18030"),
    "Big5": read("名,b\n功,1\n".encode("big5"), {"名": ["功"], "b": [1]}, encoding="big5"),
    "EUC-KR": read("이름,b\n가,1\n".encode("euc-kr"), {"이름": ["가"], "b": [1]}, encoding="euc-kr"),
    "the encoding of mainframes": read("a,b\n1,2\n".encode("cp500"), AB, encoding="cp500"),
    "the encoding of DOS": read("a,b\né,1\n".encode("cp437"), {"a": ["é"], "b": [1]}, encoding="cp437"),
    "not UTF-8": refused(b"a,b\n\xe4,2\n", "Line 2", "byte 4", "utf-8", encoding="utf-8"),
    "not ASCII": refused("a,b\nä,1\n", "Line 2", "ascii", encoding="ascii"),
    "not UTF-16": refused("a,b\n1,2,\n", "utf-16-le", encoding="utf-16-le"),
    "UTF-16 without its mark": refused(WIDE.encode("utf-16-be"), "byte-order mark", "utf-16-be", encoding="utf-16"),
    "UTF-32 without its mark": refused(WIDE.encode("utf-32-be"), "utf-32", encoding="utf-32"),
    "not Shift JIS": refused(b"a,b\n\x80\xff,1\n", "Line 2", encoding="shift_jis"),
    "no such encoding": refused("a,b\n1,2\n", "'klingon'", "utf-8", encoding="klingon"),
    "no name": refused("a,b\n1,2\n", "''", "utf-8", encoding=""),
    "no encoding of letters": refused("a,b\n1,2\n", "'base64'", encoding="base64"),
    "an encoding that runs escapes": refused("a,b\n1,2\n", "'unicode_escape'", encoding="unicode_escape"),
    "UTF-7": refused("a,b\n1,2\n", "'utf-7'", encoding="utf-7"),
    "a page beside it": refused("<html>ä</html>".encode("cp1252"), "HTML", encoding="cp1252"),
}  # fmt: skip

UNSEEN: dict[str, Case] = {
    "bidirectional marks stay in cells": read("a,b\n\u202ex\u202c,1\n", {"a": ["\u202ex\u202c"], "b": [1]}),
    "widthless letters stay in cells": read("a,b\nx\u200by,1\n", {"a": ["x\u200by"], "b": [1]}),
    "a widthless letter beside a number": read("a,b\n1,x\n2\u200b,y\n3,z\n", {"a": ["1", "2\u200b", "3"], "b": list("xyz")}, "mixed"),
    "forms of letters stay": read("a,b\ne\u0301,é\nｅ,ﬁ\n", {"a": ["e\u0301", "ｅ"], "b": ["é", "ﬁ"]}),
    "spaces of all kinds are blank": read("a,b\n\u2003,1\n\u3000,2\n\u00a0\t,3\nx,4\n", {"a": [None, None, None, "x"], "b": [1, 2, 3, 4]}),
    "widthless letters are not blank": read("a,b\n\u200b,1\nx,2\n", {"a": ["\u200b", "x"], "b": [1, 2]}),
    "escapes of screens stay": read("a,b\n\x1b[31mx,1\n\x07,2\n", {"a": ["\x1b[31mx", "\x07"], "b": [1, 2]}),
    "letters of private use": read("a,b\n\ue000\U0010fffd,1\n", {"a": ["\ue000\U0010fffd"], "b": [1]}),
    "families of emoji": read("a,b\n👩‍👩‍👧,1\n🇩🇪,2\n", {"a": ["👩‍👩‍👧", "🇩🇪"], "b": [1, 2]}),
    "formulas stay text": read('a,b\n"=1+1",x\n@SUM(A1),y\n', {"a": ["=1+1", "@SUM(A1)"], "b": ["x", "y"]}),
    "markup stays text": read("a,b\n<b>x</b>,1\n<script>y</script>,2\n", {"a": ["<b>x</b>", "<script>y</script>"], "b": [1, 2]}),
    "templates stay text": read("a,b\n{{7*7}},1\n${x},2\n%s,3\n", {"a": ["{{7*7}}", "${x}", "%s"], "b": [1, 2, 3]}),
}  # fmt: skip
