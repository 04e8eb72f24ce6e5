"""Of equal tasks the latest starts first."""

from mutants._planting import Patch
from orchestratord.core._queue import PureQueue
from orchestratord.core._queue._lane import Lane
from orchestratord.service import pool

REQUIREMENTS = ["OC-CORE-1001"]


def plant(patch: Patch) -> None:
    """Take tasks from the wrong end of each class."""
    patch(pool, "create_queue", lambda _real: PureQueue)
    patch(Lane, "first", lambda _real: lambda lane: next(reversed(lane), None))
