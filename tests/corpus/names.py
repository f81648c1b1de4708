"""Names of columns, headers, and how much a table may hold."""

# ruff: noqa: E501 - one case a line is easier to look through

from __future__ import annotations

from datetime import datetime as D

from corpus.case import Case, read, refused

NAMES: dict[str, Case] = {
    "double": read("x,x,x\n1,2,3\n", {"x": [1], "x_2": [2], "x_3": [3]}, "duplicate_name"),
    "double, the next number taken": read("x,x,x_2,x_2\n1,2,3,4\n", {"x": [1], "x_3": [2], "x_2": [3], "x_2_2": [4]}, "duplicate_name"),
    "blank": read("a,,\n1,2,3\n", {"a": [1], "column_2": [2], "column_3": [3]}, "blank_name"),
    "spaces": read("a, ,\t\n1,2,3\n", {"a": [1], "column_2": [2], "column_3": [3]}, "blank_name"),
    "all blank": read(",\n1,2\n", {"column_1": [1], "column_2": [2]}, "blank_name"),
    "quoted blank": read('"",b\n1,2\n', {"column_1": [1], "b": [2]}, "blank_name"),
    "hard space": read("\u00a0,b\n1,2\n", {"column_1": [1], "b": [2]}, "blank_name"),
    "without ink": read("\u200b,\u2800\n1,2\n", {"column_1": [1], "column_2": [2]}, "blank_name"),
    "blank, the name taken": read("column_2,\n1,2\n", {"column_2": [1], "column_2_2": [2]}, "blank_name"),
    "given by us, given again": read("column_1,column_1\n1,2\n", {"column_1": [1], "column_1_2": [2]}, "duplicate_name"),
    "case": read("A,a\n1,2\n", {"A": [1], "a": [2]}, "similar_names"),
    "forms of one letter": read("é,e\u0301\n1,2\n", {"é": [1], "e\u0301": [2]}, "similar_names"),
    "spaces around": read("a, a,a \n1,2,3\n", {"a": [1], " a": [2], "a ": [3]}, "similar_names", "odd_names"),
    "a widthless letter": read("b,b\u200b\n1,2\n", {"b": [1], "b\u200b": [2]}, "similar_names", "odd_names"),
    "bidirectional marks": read("\u202ea\u202c,b\n1,2\n", {"\u202ea\u202c": [1], "b": [2]}, "odd_names"),
    "emoji": read("😀,🇩🇪 x\n1,2\n", {"😀": [1], "🇩🇪 x": [2]}, "odd_names"),
    "quotes": read('"a""b",`c`\n1,2\n', {'a"b': [1], "`c`": [2]}, "odd_names"),
    "lines": read('"a\nb","c\r\nd"\n1,2\n', {"a\nb": [1], "c\r\nd": [2]}, "odd_names"),
    "a path": read("../../etc/passwd,..\\x\n1,2\n", {"../../etc/passwd": [1], "..\\x": [2]}, "odd_names"),
    "markup": read("<script>alert(1)</script>,b\n1,2\n", {"<script>alert(1)</script>": [1], "b": [2]}, "odd_names"),
    "formula": read("=1+1,@x\n1,2\n", {"=1+1": [1], "@x": [2]}, "odd_names"),
    "control letters": read("\x07a,b\n1,2\n", {"\x07a": [1], "b": [2]}, "odd_names"),
    "what models refuse": read("a[1],b<2,c>3\n1,2,3\n", {"a[1]": [1], "b<2": [2], "c>3": [3]}),
    "units and signs": read("T (°C),km/h,50%,a & b,x: y\n1,2,3,4,5\n", {"T (°C)": [1], "km/h": [2], "50%": [3], "a & b": [4], "x: y": [5]}),
    "SQL": read("a; DROP TABLE x--,b\n1,2\n", {"a; DROP TABLE x--": [1], "b": [2]}),
    "words of programs": read("__class__,None,index,level_0\n1,2,3,4\n", {"__class__": [1], "None": [2], "index": [3], "level_0": [4]}),
    "1,000 letters": read("x" * 1000 + ",b\n1,2\n", {"x" * 1000: [1], "b": [2]}),
    "1,001 letters": refused("x" * 1001 + ",b\n1,2\n", "column 1", "1,001", "1,000"),
    "a header of one cell too long": refused("b," + "x" * 100_001 + "\n1,2\n", "column 2", "100,001"),
}  # fmt: skip

HEADERS: dict[str, Case] = {
    "numbers and no names": read("1,2\n3,4\n", {"column_1": [1, 3], "column_2": [2, 4]}, "no_header"),
    "letters and numbers": read("x,1\ny,2\n", {"column_1": ["x", "y"], "column_2": [1, 2]}, "no_header"),
    "dates": read("2024-01-01,x\n2024-01-02,y\n", {"column_1": [D(2024, 1, 1), D(2024, 1, 2)], "column_2": ["x", "y"]}, "no_header", "dates"),
    "truth": read("true,x\nfalse,y\n", {"column_1": [True, False], "column_2": ["x", "y"]}, "no_header"),
    "decimal commas": read("1,5;2\n3,5;4\n", {"column_1": [1.5, 3.5], "column_2": [2, 4]}, "no_header", "delimiter", "number_marks"),
    "a blank in the first row": read(",1\n5,2\n", {"column_1": [None, 5], "column_2": [1, 2]}, "no_header"),
    "a token in the first row": read("NA,1\n3,4\n", {"column_1": [None, 3], "column_2": [1, 4]}, "no_header", "missing_tokens"),
    "in UTF-16": read("1,2\n3,4\n".encode("utf-16"), {"column_1": [1, 3], "column_2": [2, 4]}, "no_header", "encoding"),
    "one name is a number": read("1,b\n2,3\n", {"1": [2], "b": [3]}),
    "one number does not fit": read("1,x\n2.5,3\n", {"1": [2.5], "x": [3]}),
    "text alone has a header": read("bob,paris\nann,rome\n", {"bob": ["ann"], "paris": ["rome"]}),
    "years as names": read("land,2019,2020,2021\nx,1,2,3.5\n", {"land": ["x"], "2019": [1], "2020": [2], "2021": [3.5]}),
    "numbered columns": read("0,1,2\n5,7,9\n6,8,1\n", {"0": [5, 6], "1": [7, 8], "2": [9, 1]}),
    "numbers over text": read("1,2\nx,y\n", {"1": ["x"], "2": ["y"]}),
    "a name among the missing": read("NA,b\n1,2\n", {"NA": [1], "b": [2]}),
    "no values at all": read("a,b\n,\n,\n", {"a": [None, None], "b": [None, None]}, "all_missing"),
    "asked for": read("1,2\n3,4\n", {"1": [3], "2": [4]}, header=True),
    "asked away": read("a,b\nx,y\n", {"column_1": ["a", "x"], "column_2": ["b", "y"]}, "no_header", header=False),
    "asked for, and no row": refused("1,2\n", "no rows", header=True),
}  # fmt: skip

WIDE = ",".join(f"c{place}" for place in range(300))
SIZES: dict[str, Case] = {
    "300 columns": read(f"{WIDE}\n{',' * 299}\n{','.join(['7'] * 300)}\n", {f"c{place}": [None, 7] for place in range(300)}),
    "5,001 columns": refused("x," * 5000 + "x\n" + "7," * 5000 + "7\n", "5,001", "5,000"),
    "5,001 columns without names": refused("," * 5000 + "\n" + "," * 5000 + "\n", "5,001"),
    "100,000 letters": read(f"a,b\n{'ä' * 100_000},1\n", {"a": ["ä" * 100_000], "b": [1]}),
    "100,001 letters": refused(f"a,b\n{'ä' * 100_001},1\n", "Record 1", "100,001", "'a'"),
    "100,001 letters in quotes": refused(f'a,b\nx,2\n"{"ä" * 100_001}",1\n', "Record 2", "100,001"),
    "100,001 digits": refused(f"a,b\n{'1' * 100_001},1\n", "100,001"),
    "100,001 letters and odd quotes": refused(f'a,b\n5",2\n{"x" * 100_001},1\n', "100,0"),
    "5,000 digits under numbered columns": read(f"0,1,2\n{'7' * 5000},8,9\n", {"0": ["7" * 5000], "1": [8], "2": [9]}, "beyond_int64"),
}  # fmt: skip
