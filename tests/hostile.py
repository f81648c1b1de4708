"""Text that tries to be something else: names and cells for every test of what is shown, stored and written."""

from __future__ import annotations

MARKUP = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "<a href='javascript:document.title=1'>x</a>",
    "[a](javascript:alert(1)) [b](http://a.b/c) ![c](http://a.b/d.png)",
    "&lt;b&gt; &amp; &#60;i&#62;",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %> {% raw %}",
    "$\\int x$ :material/home: :red[x] :blue-background[y] :rocket: `code` **b** _i_ ~~s~~",
    "# head | pipe | table | --- |",
    "https://a.b/?q=1 www.a.b mailto:x@a.b",
    "</title></style></textarea><svg onload=document.title=1>",
    "a -> b <- c <-> d -- e --- f >= g <= h ~= i => j != k",
    "%(name)s %s {0} {name} \\n \\x1b[31m",
    "'; DROP TABLE run; -- \" OR 1=1",
)
FORMULAS = ("=1+1", "+1+1", "-1+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", '=HYPERLINK("http://a.b","x")')
PATHS = ("../../etc/passwd", "/etc/passwd", "..\\..\\x", "CON", "nul.txt", "C:\\x", "~root", "-rf", "a/../../b", ".")
INVISIBLE = (
    "a\u202eb\u202c",
    "zero\u200bwidth",
    "\ufeffmark",
    "soft\u00adhyphen",
    "tag\U000e0041",
    "e\u0301\u0301\u0301",
)
SEEN = ("😀👨‍👩‍👧", "名前", "اسم", "ﬁ ½ ①", "x" * 200)
CONTROLS = (
    "esc\x1b[31mred\x1b]0;owned\x07",
    "c1\x9b31m",
    "nul\x00end",
    "bell\x07",
    "line\nbreak",
    "ret\rurn",
    "del\x7f",
)

NAMES = tuple(name for name in (*MARKUP, *FORMULAS, *PATHS, *INVISIBLE, *SEEN) if "\t" not in name)
"""Names that are taken: no control characters, at most 200 letters."""

EVERYTHING = (*NAMES, *FORMULAS, *CONTROLS, "y" * 10_000)
