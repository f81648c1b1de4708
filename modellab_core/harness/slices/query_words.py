"""The words of a slice query: text in, tokens with their places out, and the sentence for a query that is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from modellab_core.errors import BadInput

MOST_CHARACTERS = 100_000
MOST_WORDS = 5_000
MOST_NESTED = 20
SHOWN = 60

KEYWORDS = ("and", "or", "not", "in", "is")
TRUTHS = {"True": True, "False": False}
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", '"': '"'}

TOKEN = re.compile(
    r"""(?P<space>\s+)
    | `(?P<quoted>(?:[^`]|``)+)`
    | '(?P<single>(?:[^'\\]|\\.)*)'
    | "(?P<double>(?:[^"\\]|\\.)*)"
    | (?P<number>[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)
    | (?P<name>[^\W\d]\w*)
    | (?P<sign>==|!=|<=|>=|[<>()\[\],-])""",
    re.VERBOSE | re.DOTALL,
)
HINTS = {
    "=": "two values are compared with '=='",
    "&": "conditions are joined with 'and'",
    "|": "conditions are joined with 'or'",
    "!": "a condition is turned round with 'not'",
    "~": "a condition is turned round with 'not'",
    "`": "a name in backticks has no end; a backtick inside it is written twice",
    "'": "a text in quotes has no end",
    '"': "a text in quotes has no end",
}


@dataclass(frozen=True)
class Word:
    """A part of a query: what it is, its value (a sign, a keyword, a name, a number, a text) and where it starts."""

    kind: Literal["sign", "keyword", "missing", "name", "value"]
    value: str | float | bool
    at: int


def refused(query: str, at: int, why: str) -> BadInput:
    """The sentence about a query that cannot be used, with the place counted from 1."""
    line = " ".join(query[: SHOWN * 4].split())
    told = line if len(line) <= SHOWN and len(query) <= SHOWN * 4 else f"{line[:SHOWN]}…"
    return BadInput(f"The query {told!r} cannot be used: at character {at + 1} {why}.")


def words_of(query: str) -> list[Word]:
    """The words of a query in order. BadInput names the place of the first character that is none of the grammar."""
    if len(query) > MOST_CHARACTERS:
        raise refused(query, MOST_CHARACTERS, f"it grows longer than {MOST_CHARACTERS:,} characters")
    words: list[Word] = []
    for match in _matches(query):
        word = _word(query, match, words)
        if word is not None:
            words.append(word)
        if len(words) > MOST_WORDS:
            raise refused(query, match.start(), f"it grows longer than {MOST_WORDS:,} words")
    _check_depth(query, words)
    return words


def _matches(query: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(query):
        match = TOKEN.match(query, at)
        if match is None:
            why = HINTS.get(query[at], "the grammar knows columns, numbers, texts, comparisons, in, not, and, or, is")
            raise refused(query, at, f"stands {query[at]!r}: {why}")
        yield match
        at = match.end()


def _word(query: str, match: re.Match[str], before: list[Word]) -> Word | None:
    kind, text, at = match.lastgroup, match[match.lastgroup or 0], match.start()
    if kind == "space":
        return None
    if kind == "quoted":
        return Word("name", text.replace("``", "`"), at)
    if kind in ("single", "double"):
        return Word("value", _unescaped(query, text, at), at)
    if kind == "number":
        return Word("value", float(text), at)
    if kind == "sign" or text in KEYWORDS:
        return Word("sign" if kind == "sign" else "keyword", text, at)
    if text in TRUTHS:
        return Word("value", TRUTHS[text], at)
    asked = [word.value for word in before[-2:] if word.kind == "keyword"]
    is_asked = text == "missing" and (asked[-1:] == ["is"] or asked == ["is", "not"]) and before[-1].kind == "keyword"
    return Word("missing" if is_asked else "name", text, at)


def _unescaped(query: str, text: str, at: int) -> str:
    def one(match: re.Match[str]) -> str:
        if match[1] not in ESCAPES:
            known = " ".join(f"\\{letter}" for letter in ESCAPES)
            raise refused(query, at, f"starts a text with {match[0]!r} in it: a backslash begins one of {known}")
        return ESCAPES[match[1]]

    return re.sub(r"\\(.)", one, text, flags=re.DOTALL)


def _check_depth(query: str, words: list[Word]) -> None:
    depth = turned = 0
    for word in words:
        depth += (word.value in ("(", "[")) - (word.value in (")", "]")) if word.kind == "sign" else 0
        turned = turned + 1 if word.kind in ("keyword", "sign") and word.value in ("not", "-") else 0
        if depth > MOST_NESTED or turned > MOST_NESTED // 4:
            raise refused(query, word.at, "conditions are nested too deeply")
