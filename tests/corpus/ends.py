"""Missing values, truth values, dates and times, and rows that are no data."""

# ruff: noqa: E501 - one case a line is easier to look through

from __future__ import annotations

from datetime import datetime as D

from corpus.case import Case, column, read

TOKENS = ["?", "NA", "N/A", "n/a", "NaN", "null", "NULL", "None", "-"]
MISSING: dict[str, Case] = {
    "each token": column(["1", *TOKENS], [1, *[None] * 9], "missing_tokens"),
    "each token among dates": column(["2024-01-31", *TOKENS], [D(2024, 1, 31), *[None] * 9], "missing_tokens", "dates"),
    "tokens with spaces": column(["1", " NA ", "\tnull", "?\u00a0"], [1, None, None, None], "missing_tokens"),
    "tokens in text stay": column(["NA", "DE", "null"], None, "tokens_kept"),
    "a dash in text stays": column(["-", "x"]),
    "tokens in another case": column(["1", "na", "2", "3"], None, "mixed"),
    "other words": column(["1", "missing", "2", "n.a.", "3"], None, "mixed"),
    "tokens alone stay": column(["NA", "NA"], None, "tokens_kept"),
    "tokens and blanks stay": column(["NA", ""], ["NA", None], "tokens_kept"),
    "tokens among truth values stay": column(["true", "NA"], None, "tokens_kept"),
    "numbers that mean missing stay": column(["-999", "9999", "1"], [-999, 9999, 1]),
    "blanks of all kinds": column(["1", "", " ", "\t", "\u00a0", "\u3000"], [1, *[None] * 5]),
    "blank": column(["", " "], [None, None], "all_missing"),
    "quoted blank in one column": read('a\n"1"\n""\n"2"\n', {"a": [1, None, 2]}, "one_column"),
}  # fmt: skip

TRUTH: dict[str, Case] = {
    "true and false": column(["true", "false", ""], [True, False, None]),
    "each case": column(["TRUE", "False", "tRuE"], [True, False, True]),
    "spaces": column([" true", "false "], [True, False]),
    "one of them": column(["TRUE", "TRUE"], [True, True]),
    "yes and no": column(["yes", "no"]),
    "ja and nein": column(["Ja", "Nein"]),
    "t and f": column(["T", "F"]),
    "on and off": column(["on", "off"]),
    "0 and 1": column(["0", "1"], [0, 1]),
    "mixed with numbers": column(["1", "True", "0", "1"], None, "mixed"),
    "yes and no asked for": column(["Yes", "NO", "y", "F", "1"], [True, False, True, False, True], types={"a": "boolean"}),
}  # fmt: skip

DATES: dict[str, Case] = {
    "year first": column(["2024-02-29", "1999-12-31"], [D(2024, 2, 29), D(1999, 12, 31)], "dates"),
    "year first, short": column(["2024-1-5", "2024-12-31"], [D(2024, 1, 5), D(2024, 12, 31)], "dates"),
    "day first": column(["13/01/2024", "01/02/2024"], [D(2024, 1, 13), D(2024, 2, 1)], "dates"),
    "month first": column(["01/13/2024", "02/01/2024"], [D(2024, 1, 13), D(2024, 2, 1)], "dates"),
    "either": column(["01/02/2024", "03/04/2024"], None, "ambiguous_date"),
    "either, with points": column(["01.02.2024", "3.4.2024"], None, "ambiguous_date"),
    "either, with dashes": column(["01-02-2024", "03-04-2024"], None, "ambiguous_date"),
    "the same both ways": column(["01/01/2024", "12/12/2024"], [D(2024, 1, 1), D(2024, 12, 12)], "dates"),
    "decided at the end": column([*["01/02/2024"] * 500, "31/01/2024"], [*[D(2024, 2, 1)] * 500, D(2024, 1, 31)], "dates"),
    "both at once": column(["13/01/2024", "01/13/2024"], None, "mixed_dates"),
    "two digits of the year": column(["13/01/24", "14/01/24"], None, "mixed_dates"),
    "two digits first": column(["24-01-13", "24-01-14"], None, "mixed_dates"),
    "words": column(["5 Jan 2024", "06 February 2023"], [D(2024, 1, 5), D(2023, 2, 6)], "dates"),
    "words first": column(["Jan 5, 2024", "December 31, 2023"], [D(2024, 1, 5), D(2023, 12, 31)], "dates"),
    "words of another tongue": column(["5. Januar 2024", "6. März 2024"]),
    "times": column(["2024-01-05 10:20", "2024-01-05T10:20:30", "2024-01-05"], [D(2024, 1, 5, 10, 20), D(2024, 1, 5, 10, 20, 30), D(2024, 1, 5)], "dates"),
    "parts of seconds": column(["2024-01-05 10:20:30.5", "2024-01-05 10:20:30.123456"], [D(2024, 1, 5, 10, 20, 30, 500000), D(2024, 1, 5, 10, 20, 30, 123456)], "dates"),
    "parts of seconds with a comma": column(["2024-01-05 10:20:30,5"], [D(2024, 1, 5, 10, 20, 30, 500000)], "dates"),
    "parts of microseconds": column(["2024-01-05 10:20:30.123456789", "2024-01-05 10:20:30.1"], None, "mixed_dates"),
    "morning and afternoon": column(["1/31/2024 12:05 AM", "1/1/2024 3:04 pm"], [D(2024, 1, 31, 0, 5), D(2024, 1, 1, 15, 4)], "dates"),
    "thirteen in the afternoon": column(["1/31/2024 13:05 PM", "1/1/2024 3:04 pm"], None, "mixed_dates"),
    "zones": column(["2024-01-05T10:00Z", "2024-01-05T10:00+05:30", "2024-01-05T10:00-02"], [D(2024, 1, 5, 10), D(2024, 1, 5, 4, 30), D(2024, 1, 5, 12)], "dates"),
    "zone in some": column(["2024-01-05T10:00Z", "2024-01-05T10:00"], None, "mixed_dates"),
    "zone with a name": column(["2024-01-05 10:00 EST", "2024-01-06 10:00 EST"], None, "mixed_dates"),
    "no such day": column(["2024-02-30", "2024-02-28"], None, "mixed_dates"),
    "no such leap day": column(["29/02/2023", "28/02/2023"], None, "mixed_dates"),
    "no such month": column(["2024-13-01", "2024-12-01"], None, "mixed_dates"),
    "no such hour": column(["2024-01-05 24:00", "2024-01-06 00:00"], None, "mixed_dates"),
    "leap second": column(["2016-12-31T23:59:60", "2016-12-31T23:59:59"], None, "mixed_dates"),
    "year 0": column(["0000-01-01", "2024-01-01"], None, "mixed_dates"),
    "all zeros": column(["0000-00-00", "2024-01-01"], None, "mixed_dates"),
    "year 1 and 9999": column(["0001-01-01", "9999-12-31"], [D(1, 1, 1), D(9999, 12, 31)], "dates"),
    "year 10000": column(["2024-01-01", "10000-01-01", "2024-01-02"], None, "mixed_dates"),
    "beyond nanoseconds": column(["1677-09-20", "2262-04-12"], [D(1677, 9, 20), D(2262, 4, 12)], "dates"),
    "two forms": column(["2024-01-05", "05.01.2024"], None, "mixed_dates"),
    "a number among dates": column(["2024-01-05", "2024-01-06", "7"], None, "mixed_dates"),
    "months": column(["2024-01", "2024-02"]),
    "weeks": column(["2024-W05", "2024-W06"]),
    "quarters": column(["Q1 2024", "Q2 2024"]),
    "times of day": column(["10:30", "11:45:10"]),
    "years": column(["2023", "2024"], [2023, 2024]),
    "eight digits": column(["20240105", "20240106"], [20240105, 20240106]),
    "seconds since 1970": column(["1704067200", "1704153600"], [1704067200, 1704153600]),
    "days of a sheet": column(["45292", "45293.5"], [45292.0, 45293.5]),
    "spaces": column([" 2024-01-05 ", "2024-01-06"], [D(2024, 1, 5), D(2024, 1, 6)], "dates"),
}  # fmt: skip

ROWS: dict[str, Case] = {
    "header again": read("a,b\n1,2\na,b\n3,4\n5,6\n", {"a": ["1", "a", "3", "5"], "b": ["2", "b", "4", "6"]}, "mixed"),
    "total at the end": read("a,b\nx,1\ny,2\nTotal,3\n", {"a": ["x", "y", "Total"], "b": [1, 2, 3]}),
    "source in a row of its own": read("a,b,c\nx,1,2\nSource: us,,\n", {"a": ["x", "Source: us"], "b": [1, None], "c": [2, None]}),
    "units below the header": read("a,b\nkg,m\n1,2\n3,4\n5,6\n", {"a": ["kg", "1", "3", "5"], "b": ["m", "2", "4", "6"]}, "mixed", "headings"),
    "title with delimiters": read(
        "T,,\na,b,c\n1,2,x\n3,4,y\n5,6,z\n", {"T": ["a", "1", "3", "5"], "column_2": ["b", "2", "4", "6"], "column_3": ["c", "x", "y", "z"]},
        "blank_name", "mixed", "headings",
    ),
    "comment in a row": read("a,b\n1,2\n# no,te\n3,4\n5,6\n", {"a": ["1", "# no", "3", "5"], "b": ["2", "te", "4", "6"]}, "mixed"),
}  # fmt: skip
