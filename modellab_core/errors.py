"""What can go wrong for a person, and nothing else.

ModelLabError
├── BadInput    what was given cannot be used: the sentence names the value, the place and the way out
├── NotFound    what was named is not here: the sentence names the choices
└── Conflict    it is here already, is in use, or was changed meanwhile

Raised where the fact is known and caught at the doors: the command prints the sentence and exits with 2, a page shows
it in a red box. Anything else is a bug and keeps its traceback. "Cannot be computed here" is not an error: it is NaN
with a note.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class ModelLabError(Exception):
    """A sentence for the person in front of the screen."""


class BadInput(ModelLabError):
    """What was given cannot be used."""


class NotFound(ModelLabError):
    """What was named does not exist."""


class Conflict(ModelLabError):
    """It exists already, is in use, or was changed meanwhile."""


def choices(given: str, known: Iterable[str], limit: int = 12) -> str:
    """The end of a "not found" sentence: the near misses of `given`, else the first `limit` of `known`."""
    names = [str(name) for name in known]
    near = get_close_matches(given, names, n=3)
    if near:
        return f"did you mean {' or '.join(near)}?"
    if not names:
        return "there are none."
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return f"choose from {', '.join(names[:limit])}{more}."
