"""Lines, quotes and delimiters."""

# ruff: noqa: E501 - one case a line is easier to look through

from __future__ import annotations

from corpus.case import Case, read, refused

AB = {"a": [1, 3], "b": [2, 4]}
TEXT_AB = {"a": ["x", "z"], "b": ["y", "w"]}

LINES: dict[str, Case] = {
    "blank lines first": read("\n\r\n\na,b\n1,2\n3,4\n", AB, "blank_lines"),
    "blank lines last": read("a,b\n1,2\n3,4\n\n\n\r\n", AB, "blank_lines"),
    "blank lines of each kind": read("a,b\r\r1,2\n\n3,4\r\n\r\n", AB, "blank_lines"),
    "spaces and tabs in blank lines": read("a,b\n \t \n1,2\n\u00a0\n3,4\n", AB, "blank_lines"),
    "line end doubled by a transfer": read("a,b\r\r\n1,2\r\r\n3,4\r\r\n", AB, "blank_lines"),
    "LF CR": read("a,b\n\r1,2\n\r3,4\n\r", AB, "blank_lines"),
    "form feed between pages": read("a,b\n1,2\n\x0c\n3,4\n", AB, "blank_lines"),
    "no end at all": read("a,b\n1,2\n3,4", AB),
    "CR and no end": read("a,b\r1,2\r3,4", AB),
    "rows of delimiters are rows": read("a,b\n1,2\n,\n3,4\n", {"a": [1, None, 3], "b": [2, None, 4]}),
    "blank line in quotes is of the cell": read('a,b\n"x\n\ny",2\n\nz,4\n', {"a": ["x\n\ny", "z"], "b": [2, 4]}, "blank_lines"),
    "blank lines between quotes": read('\n"a","b"\r\n\r\n"x\r\n\r\ny","1"\n \n"z","2"', {"a": ["x\r\n\r\ny", "z"], "b": [1, 2]}, "blank_lines"),
    "no blank lines between quotes": read('"a","b"\r"x\r\ry","1"\r"z","2"\r', {"a": ["x\r\ry", "z"], "b": [1, 2]}),
    "each line end in quotes": read('a,b\n"x\ry",2\n"x\r\ny",4\n"x\ny",6\n', {"a": ["x\ry", "x\r\ny", "x\ny"], "b": [2, 4, 6]}),
    "quoted cell across 50 lines": read('a,b\n"' + "x\n" * 50 + '",1\n', {"a": ["x\n" * 50], "b": [1]}),
    "unicode line ends are letters": read("a,b\n1\u2028,x\u2028y\n2,x\u0085y\n3,x\x0by\n", {"a": [1, 2, 3], "b": ["x\u2028y", "x\u0085y", "x\x0by"]}),
    "CR alone in a file of LF": refused("a,b\nx\ry,1\nz,2\n", "Line 2", "1 cell"),
    "nothing": refused("", "empty"),
    "spaces": refused("   \n\t\n\r\n  ", "empty"),
    "a mark and spaces": refused("\ufeff  \n", "empty"),
    "header": refused("a,b\n", "no rows", "--no-header"),
    "header and blank lines": refused("a,b\n\n\n  \n", "no rows"),
    "one cell": refused("5", "no rows", "--no-header"),
    "one cell that is data": read("5", {"column_1": [5]}, "no_header", "one_column", header=False),
    "one row that is data": read("5,x\n", {"column_1": [5], "column_2": ["x"]}, "no_header", header=False),
    "one row": read("a,b\n1,2", {"a": [1], "b": [2]}),
}  # fmt: skip

QUOTES: dict[str, Case] = {
    "quotes around all": read('"a","b"\n"x","y"\n"z","w"\n', TEXT_AB),
    "quotes around numbers": read('"a","b"\n"1","2"\n"3","4"\n', AB),
    "quotes around some": read('"a",b\nx,"y"\n"z",w\n', TEXT_AB),
    "quote alone in quotes": read('a,b\n"""",1\n', {"a": ['"'], "b": [1]}),
    "three quotes": read('a,b\n"""x""",1\n', {"a": ['"x"'], "b": [1]}),
    "empty quotes": read('a,b\n"",1\n"x",2\n', {"a": [None, "x"], "b": [1, 2]}),
    "quote inside bare text": read('a,b\nx"y,1\n5",2\n', {"a": ['x"y', '5"'], "b": [1, 2]}),
    "spaces before quotes": read('a, b\n1, "x, y"\n2, "z"\n', {"a": [1, 2], "b": ["x, y", "z"]}, "spaces"),
    "CR in quotes after a space": read('a, b\n1, "x\ry"\n2, "z"\n', {"a": [1, 2], "b": ["x\ry", "z"]}, "spaces"),
    "delimiter only in quotes": read('a\n"x,y"\n"z,w"\n', {"a": ["x,y", "z,w"]}, "one_column"),
    "another delimiter in quotes": read('a,b\n"x;y;z",1\n"u;v",2\n', {"a": ["x;y;z", "u;v"], "b": [1, 2]}),
    "apostrophes are letters": read("'a','b'\n'x','y'\n", {"'a'": ["'x'"], "'b'": ["'y'"]}),
    "typographic quotes are letters": read("a,b\n“x”,«y»\n", {"a": ["“x”"], "b": ["«y»"]}),
    "never closed": refused('a,b\n"x,1\ny,2\n', "line 2", "never closed"),
    "never closed in the last cell": refused('a,b\n1,2\n3,"x\n', "line 3", "never closed"),
    "closed too early": refused('a,b\n"x"y,1\n', "Line 2", "closing quote"),
    "space after a closing quote": refused('a,b\n"x" ,1\n', "Line 2", "closing quote"),
    "backslash before a quote": refused('a,b\n"x\\"y",1\n', "Line 2", "double the quotes"),
    "delimiter in apostrophes": refused("a,b\n'x,y',1\n", "Line 2", "3 cells"),
    "backslash before a delimiter": refused("a,b\nx\\,y,1\n", "Line 2", "3 cells"),
}  # fmt: skip

WIDTHS: dict[str, Case] = {
    "short row": refused("a,b,c\n1,2,3\n4,5\n", "Line 3", "2 cells", "3"),
    "long row": refused("a,b\n1,2\n3,4,5\n", "Line 3", "3 cells", "2"),
    "short header": refused("a\n1,2\n3,4\n5,6\n", "Line 2", "2 cells"),
    "long header": refused("a,b,c\n1,2\n3,4\n", "Line 2", "2 cells"),
    "one column among two": refused("a,b\n1,2\n3\n", "Line 3", "1 cell"),
    "delimiter after rows": refused("a,b\n1,2,\n3,4,\n", "Line 2", "ends with a delimiter"),
    "delimiter after the header": refused("a,b,\n1,2\n3,4\n", "Line 2", "2 cells"),
    "delimiter after some rows": refused("a,b\n1,2,\n3,4\n", "Line 2"),
    "title": refused("My table\na,b\n1,2\n3,4\n", "Line 2", "titles"),
    "comment": refused("# made by me\n\na,b\n1,2\n3,4\n", "Line 3", "titles"),
    "source below": refused("a,b\n1,2\n3,4\nSource: us\n", "Line 4", "titles"),
    "end mark of DOS": refused("a,b\n1,2\n3,4\n\x1a", "Line 4"),
    "delimiter before and after": read(",a,b\n,1,2\n,3,4\n", {"column_1": [None, None], **AB}, "blank_name", "all_missing"),
    "delimiter after all": read("a,b,\n1,2,\n3,4,\n", {**AB, "column_3": [None, None]}, "blank_name", "all_missing"),
    "line of a quoted record": refused('a,b\n"x\n\ny",2\n3,4,5\n', "Line 5", "3 cells"),
    "line after CR": refused("a,b\r1,2\r3\r", "Line 3", "1 cell"),
    "line in UTF-16": refused("a,b\n1,2\n3\n".encode("utf-16"), "Line 3", "1 cell"),
    "far below": refused("a,b\n" + "1,2\n" * 30_000 + "3\n", "Line 30,002", "1 cell"),
}  # fmt: skip

DELIMITERS: dict[str, Case] = {
    "declared": read("sep=;\na;b\n1;2\n3;4\n", AB, "declared", "delimiter"),
    "declared in capitals and quotes": read('"SEP=|"\r\na|b\r\n1|2\r\n3|4\r\n', AB, "declared", "delimiter"),
    "declared tab": read("sep=\t\na\tb\n1\t2\n3\t4\n", AB, "declared", "delimiter"),
    "declared space": read("sep= \na b\n1 2\n3 4\n", AB, "declared", "delimiter"),
    "declared colon": read("sep=:\na:b\n1:2\n3:4\n", AB, "declared", "delimiter"),
    "declared after a mark": read("\ufeffsep=;\na;b\n1;2\n3;4\n", AB, "declared", "delimiter"),
    "declared in UTF-16": read("sep=;\r\na;b\r\n1;2\r\n3;4\r\n".encode("utf-16"), AB, "declared", "delimiter", "encoding"),
    "declared, lines of CR": read("sep=;\ra;b\r1;2\r3;4\r", AB, "declared", "delimiter"),
    "declared wrongly": read("sep=;\na,b\n1,2\n3,4\n", AB, "declared"),
    "declared, and a short row": refused("sep=;\na;b\n1;2\n3\n", "Line 4", "1 cell"),
    "declared a letter": refused("sep=x\naxb\n1x2\n", "declares the delimiter 'x'", "--delimiter"),
    "declared beyond ASCII": refused("sep=§\na§b\n1§2\n", "declares the delimiter '§'"),
    "declared alone": refused("sep=;\n", "empty"),
    "name that looks like a declaration": read("sep=x,b\n1,2\n3,4\n", {"sep=x": [1, 3], "b": [2, 4]}),
    "commas in cells of semicolons": read("a;b\nx, y;1\nz, u, v;2\n", {"a": ["x, y", "z, u, v"], "b": [1, 2]}, "delimiter"),
    "semicolons in cells of commas": read("a,b\nx;y,1\nz;u;v,2\n", {"a": ["x;y", "z;u;v"], "b": [1, 2]}),
    "two bars": read("a||b\n1||2\n3||4\n", {"a": [1, 3], "column_2": [None, None], "b": [2, 4]}, "delimiter", "blank_name", "all_missing"),
    "sentences": read("t\nWell, it is so.\nIs it not, sir?\nYes\n", {"t": ["Well, it is so.", "Is it not, sir?", "Yes"]}, "one_column"),
    "columns of fixed width": read("name  age\nbob   12\nann   3\n", {"name  age": ["bob   12", "ann   3"]}, "one_column"),
    "control letters": read("a\x01b\n1\x012\n", {"a\x01b": ["1\x012"]}, "one_column", "odd_names"),
    "control letters asked for": read("a\x01b\n1\x012\n3\x014\n", AB, "delimiter", delimiter="\x01"),
    "times are no columns": read("t\n10:30\n11:45\n", {"t": ["10:30", "11:45"]}, "one_column"),
}  # fmt: skip
