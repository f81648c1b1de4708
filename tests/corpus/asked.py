"""What a person may ask for, where it fits and where it does not."""

# ruff: noqa: E501 - one case a line is easier to look through

from __future__ import annotations

import datetime
from datetime import datetime as D

import pyarrow as pa

from corpus.case import Case, column, read, refused
from corpus.parquets import parquet

AB = {"a": [1, 3], "b": [2, 4]}
_MARKS = {
    f"the mark {name}": read(f"a{mark}b\n1{mark}2\n3{mark}4\n", AB, *codes, delimiter=asked)
    for name, mark, asked, codes in [
        ("comma", ",", ",", ()), ("comma by name", ",", "comma", ()), ("semicolon", ";", ";", ("delimiter",)),
        ("semicolon by name", ";", "semicolon", ("delimiter",)), ("tab", "\t", "\t", ("delimiter",)),
        ("tab by name", "\t", "tab", ("delimiter",)), ("tab by escape", "\t", "\\t", ("delimiter",)),
        ("bar", "|", "|", ("delimiter",)), ("bar by name", "|", "bar", ("delimiter",)), ("space", " ", " ", ("delimiter",)),
        ("space by name", " ", "space", ("delimiter",)), ("colon", ":", ":", ("delimiter",)), ("caret", "^", "^", ("delimiter",)),
        ("tilde", "~", "~", ("delimiter",)), ("stroke", "/", "/", ("delimiter",)), ("apostrophe", "'", "'", ("delimiter",)),
        ("backslash", "\\", "\\", ("delimiter",)), ("hash", "#", "#", ("delimiter",)), ("unit separator", "\x1f", "\x1f", ("delimiter",)),
    ]
}  # fmt: skip

DELIMITER: dict[str, Case] = {
    **_MARKS,
    "against what is declared": read("sep=;\na,b\n1,2\n3,4\n", AB, "declared", delimiter=","),
    "one that divides nothing": read("a,b\nx,y\n", {"a,b": ["x,y"]}, "one_column", delimiter=";"),
    "sentences kept whole": read("a;b\nx;y\n", {"a;b": ["x;y"]}, "one_column", delimiter="tab"),
    "no letter": refused("axb\n1x2\n", "'x'", "delimiter", delimiter="x"),
    "no digit": refused("a1b\n213\n", "'1'", delimiter="1"),
    "no quote": refused("a,b\n1,2\n", "'\"'", delimiter='"'),
    "no line end": refused("a,b\n1,2\n", "delimiter", delimiter="\n"),
    "no point": refused("a.b\n1.2\n", "'.'", delimiter="."),
    "not two": refused("a::b\n1::2\n", "'::'", delimiter="::"),
    "not none": refused("a,b\n1,2\n", "''", delimiter=""),
    "not beyond ASCII": refused("a§b\n1§2\n", "'§'", delimiter="§"),
    "that makes rows ragged": refused("a,b c\n1,2\n", "Line 2", "space", delimiter=" "),
}  # fmt: skip

TOKENS: dict[str, Case] = {
    "a number": column(["-999", "5", "-999"], [None, 5, None], "missing_tokens", missing=("-999",)),
    "a number as it is written": column(["-999", "-999.0"], [None, -999.0], "missing_tokens", missing=("-999",)),
    "a word in numbers": column(["none", "5"], [None, 5], "missing_tokens", missing=("none",)),
    "a word in text": column(["none", "x", " none "], [None, "x", None], "missing_tokens", missing=("none",)),
    "a word that is a part": column(["none", "none at all"], [None, "none at all"], "missing_tokens", missing=("none",)),
    "two words": column(["#N/A", "#DIV/0!", "5"], [None, None, 5], "missing_tokens", missing=("#N/A", "#DIV/0!")),
    "a date": column(["9999-12-31", "2024-01-31"], [None, D(2024, 1, 31)], "missing_tokens", "dates", missing=("9999-12-31",)),
    "a truth": column(["true", "unknown"], [True, None], "missing_tokens", missing=("unknown",)),
    "a decimal comma": column(["-999,0", "1,5"], [None, 1.5], "missing_tokens", "number_marks", missing=("-999,0",)),
    "a fixed token in text": column(["NA", "x"], [None, "x"], "missing_tokens", missing=("NA",)),
    "all that there is": column(["?", "?"], [None, None], "missing_tokens", "all_missing", missing=("?",)),
    "a blank": column(["", "5"], [None, 5], missing=("",)),
    "nothing is missing": column(["NA", "5", "6"], ["NA", "5", "6"], "mixed", "headings", missing=()),
    "what is nowhere": column(["1", "2"], [1, 2], "missing_absent", missing=("zzz",)),
    "in some columns": read("a,b\nx,-1\n1,x\n2,3\n", {"a": [None, 1, 2], "b": [-1, None, 3]}, "missing_tokens", missing=("x",)),
    "not in names": read("x,b\nx,1\ny,2\n", {"x": [None, "y"], "b": [1, 2]}, "missing_tokens", missing=("x",)),
    "in numbers of Parquet": read(parquet({"a": pa.array([1, -999]), "f": pa.array([0.5, -999.0])}), {"a": [1, None], "f": [0.5, None]}, "missing_tokens", missing=("-999",)),
    "in text of Parquet": read(parquet({"a": pa.array(["x", "none"])}), {"a": ["x", None]}, "missing_tokens", missing=("none",)),
    "nowhere in Parquet": read(parquet({"a": pa.array([1, 2])}), {"a": [1, 2]}, "missing_absent", missing=("-999",)),
}  # fmt: skip

NO_COLUMN = ("There is no column", "did you mean")
TYPES: dict[str, Case] = {
    "text of numbers": column(["1", "007"], None, types={"a": "text"}),
    "text of dates": column(["2024-01-05"], None, types={"a": "text"}),
    "text of truth": column(["true"], None, types={"a": "text"}),
    "text keeps tokens": column(["NA", "1"], None, types={"a": "text"}),
    "numbers with leading zeros": column(["007", "010"], [7, 10], types={"a": "number"}),
    "numbers beyond int64": column(["9223372036854775808", "1"], [9223372036854775808.0, 1.0], types={"a": "number"}),
    "numbers that are telephones": column(["+4917012345678"], [4917012345678], types={"a": "number"}),
    "numbers in groups": column(["1'234", "5"], [1234, 5], "number_marks", types={"a": "number"}),
    "numbers in groups by points": column(["1.234.567", "2"], [1234567, 2], "number_marks", types={"a": "number"}),
    "numbers with tokens": column(["1", "NA"], [1, None], "missing_tokens", types={"a": "number"}),
    "dates, day first": column(["01/02/2024", "03/04/2024"], [D(2024, 2, 1), D(2024, 4, 3)], "dates", types={"a": "date"}),
    "dates, month first where it must": column(["01/13/2024"], [D(2024, 1, 13)], "dates", types={"a": "date"}),
    "truth of yes and no": column(["yes", "No", ""], [True, False, None], types={"a": "boolean"}),
    "truth of numbers": column(["1", "0"], [True, False], types={"a": "boolean"}),
    "truth with tokens": column(["yes", "?"], [True, None], "missing_tokens", types={"a": "boolean"}),
    "a double name by its new name": read("x,x\n1,2\n", {"x": [1], "x_2": ["2"]}, "duplicate_name", types={"x_2": "text"}),
    "a column without a name": read(",b\n1,2\n", {"column_1": ["1"], "b": [2]}, "blank_name", types={"column_1": "text"}),
    "a column without a header": read("1,2\n3,4\n", {"column_1": ["1", "3"], "column_2": [2, 4]}, "no_header", header=False, types={"column_1": "text"}),
    "money is no number": refused("a,b\n$5,x\n", "'a'", "'$5'", "number", "--type", types={"a": "number"}),
    "no number": refused("a,b\n1,x\nred,y\n", "'a'", "'red'", "--missing", types={"a": "number"}),
    "two notations": refused('a,b\n"1,5",x\n"1.5",y\n', "'a'", "number", types={"a": "number"}),
    "no date": refused("a,b\n2024-02-30,x\n", "'a'", "'2024-02-30'", "date", types={"a": "date"}),
    "no date of two digits": refused("a,b\n01/02/24,x\n", "'a'", "'01/02/24'", types={"a": "date"}),
    "no truth": refused("a,b\n2.5,x\n", "'a'", "'2.5'", "boolean", types={"a": "boolean"}),
    "a long cell is shown in part": refused(f"a,b\n{'x' * 90_000},1\n", "'a'", "…", types={"a": "number"}),
    "no column": refused("alpha,b\n1,2\n", *NO_COLUMN, "alpha", types={"alpa": "text"}),
    "no column of this case": refused("Alpha,b\n1,2\n", "There is no column", types={"ALPHA": "text"}),
    "no column among long ones": refused("x" * 1000 + ",b\n1,2\n", "There is no column 'z'", types={"z": "text"}),
    "Parquet numbers as text": read(parquet({"a": pa.array([1, None])}), {"a": ["1", None]}, types={"a": "text"}),
    "Parquet text as numbers": read(parquet({"a": pa.array(["007", "?"])}), {"a": [7, None]}, "missing_tokens", types={"a": "number"}),
    "Parquet text as dates": read(parquet({"a": pa.array(["13/01/2024", None])}), {"a": [D(2024, 1, 13), None]}, "dates", types={"a": "date"}),
    "Parquet numbers as truth": read(parquet({"a": pa.array([1, 0])}), {"a": [True, False]}, types={"a": "boolean"}),
    "Parquet dates as text": read(parquet({"a": pa.array([datetime.date(2024, 1, 5)])}), {"a": ["2024-01-05"]}, types={"a": "text"}),
    "Parquet text is no number": refused(parquet({"a": pa.array(["red"])}), "'a'", "'red'", types={"a": "number"}),
}  # fmt: skip
