"""One change between two states of the specs, and how much it means to those who build on them."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from orchqueue.spec.finding import Place


class Impact(StrEnum):
    """What a change does to a server or a client that was right before it.

    `breaking`: something that was there was changed or removed, so that who relied on it may now be wrong.
    `additive`: something new stands beside what was there, or more is allowed to who sends.
    `editorial`: wording and order; nobody has to do anything.
    """

    BREAKING = "breaking"
    ADDITIVE = "additive"
    EDITORIAL = "editorial"


class Change(NamedTuple):
    """One change. `subject` is an ID, or a node of a contract (`openapi: paths > /v1/tasks > post`).

    `ids` are the requirements that it touches; `place` is where it stands now, or stood before it was
    removed.
    """

    impact: Impact
    subject: str
    what: str
    ids: tuple[str, ...]
    place: Place

    def __str__(self) -> str:
        return f"{self.impact}: {self.subject}: {self.what} ({self.place})"


_WEIGHT = {Impact.BREAKING: 0, Impact.ADDITIVE: 1, Impact.EDITORIAL: 2}


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The heaviest first, then by subject and wording; each once."""
    return tuple(sorted(set(changes), key=lambda change: (_WEIGHT[change.impact], change[1:])))
