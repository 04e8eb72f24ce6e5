"""What a wire mutant breaks, as data: so that the proxy needs no contract to break it.

Keeps which messages are meant and where in them; how they are broken is in `surgery`.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Literal

Part = Literal["status", "header", "body", "request", "event", "data", "series", "label"]
Operator = Literal["drop", "rename", "retype", "reorder", "alter"]

ANY = "*"  # every item of a list, in a way through a body


@dataclass(frozen=True)
class Site:
    """Where a mutant acts: at answers to `method` on paths that `path` matches, of one of the statuses.

    No method is any method, no statuses are any. `at` is the way through the body, or through the data of
    the event named `event`.
    """

    path: str
    method: str = ""
    statuses: tuple[int, ...] = ()
    event: str = ""
    at: tuple[str, ...] = ()

    def meets(self, method: str, path: str, status: int | None) -> bool:
        """Say whether an exchange is meant; `status` is None while it has none."""
        return (
            self.method in {"", method}
            and (status is None or not self.statuses or status in self.statuses)
            and _compiled(self.path).fullmatch(path) is not None
        )


@dataclass(frozen=True)
class Mutation:
    """One thing that is broken: `operator` is done to `name` in `part` of the messages at `sites`.

    `name` is a header, a field, an event or a series. With `value` only where it has this value; `to` is
    what it, or its name, becomes.
    """

    part: Part
    operator: Operator
    sites: tuple[Site, ...]
    name: str = ""
    value: str = ""
    to: str | int = ""

    def at(self, method: str, path: str, status: int | None) -> list[Site]:
        """Give the sites that an exchange meets."""
        return [site for site in self.sites if site.meets(method, path, status)]

    def data(self) -> dict[str, Any]:
        """Give it as JSON holds it."""
        return asdict(self)

    def text(self) -> str:
        """Give it as text, always alike."""
        return json.dumps(self.data(), sort_keys=True)

    @classmethod
    def read(cls, data: dict[str, Any]) -> "Mutation":
        """Take it up again."""
        sites = tuple(
            Site(**{**site, "statuses": tuple(site["statuses"]), "at": tuple(site["at"])})
            for site in data["sites"]
        )
        return cls(**{**data, "sites": sites})


def merged(sites: Iterable[Site]) -> tuple[Site, ...]:
    """Give the same sites with one for all statuses of an operation."""
    statuses: dict[Site, set[int]] = {}
    for site in sites:
        key = Site(site.path, site.method, (), site.event, site.at)
        statuses.setdefault(key, set()).update(site.statuses)
    return tuple(
        Site(key.path, key.method, tuple(sorted(found)), key.event, key.at) for key, found in statuses.items()
    )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
