"""A dict of named things that refuses doubles and explains a wrong name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from modellab_core.errors import BadInput, Conflict, choices

T = TypeVar("T")


class Registry(Mapping[str, T]):
    """Things of one kind by name, in the order in which they were added.

    A missing name raises `BadInput` with the near misses, a second use of a name raises `Conflict`.
    """

    def __init__(self, kind: str, aliases: Mapping[str, str] | None = None) -> None:
        self.kind = kind
        self.aliases = dict(aliases or {})
        self._things: dict[str, T] = {}

    def add(self, name: str, thing: T) -> T:
        """Add `thing` under `name` and give it back, so that this can be the last line of a decorator."""
        if name in self._things:
            raise Conflict(f"The {self.kind} {name!r} is defined twice.")
        self._things[name] = thing
        return thing

    def replace(self, name: str, thing: T) -> T:
        """Put `thing` in the place of the one called `name`, which keeps its place in the order."""
        self._things[name] = thing
        return thing

    def __getitem__(self, name: str) -> T:
        name = self.aliases.get(name, name)
        if name not in self._things:
            raise BadInput(f"There is no {self.kind} {name!r}: {choices(name, self._things)}")
        return self._things[name]

    def __contains__(self, name: object) -> bool:
        return name in self._things or name in self.aliases

    def __iter__(self) -> Iterator[str]:
        return iter(self._things)

    def __len__(self) -> int:
        return len(self._things)
