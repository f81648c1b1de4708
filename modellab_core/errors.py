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

import errno
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


_DISK = {
    "ENOSPC": "the disk is full: make space and try again",
    "EDQUOT": "the quota of this user is used up: make space and try again",
    "EFBIG": "the file is larger than the disk or this user's limit allows",
    "EROFS": "the disk can only be read: choose another folder",
    "EACCES": "this user may not do that: give the right to, or choose another folder",
    "EPERM": "this user may not do that: give the right to, or choose another folder",
    "EIO": "the disk reports an error",
    "EMFILE": "too many files are open: end other programs of this user and try again",
    "ENFILE": "too many files are open: end other programs and try again",
}


def of_disk(error: OSError) -> BadInput | None:
    """The sentence for a disk that is full, read-only or failing, or a file that may not be touched; else None.

    A net at the doors, below the sentences of those who know what they were doing.
    """
    said = _DISK.get(errno.errorcode.get(error.errno or 0, ""))
    return BadInput(f"{error.filename or 'A file could not be written'}: {said}.") if said else None


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
