"""A task that has sent tokens loses its place in a full queue."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service import pool

REQUIREMENTS = ["OC-CORE-1055"]


def plant(patch: Patch) -> None:
    """Forget that it has begun."""
    patch(pool, "create_queue", lambda real: lambda *args: _Forgetful(real(*args)))


class _Forgetful:
    """A queue that takes whoever comes back for one that never ran."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def __len__(self) -> int:
        return len(self._real)

    def put_back(self, ticket: Any, _started: bool = False) -> None:
        """Return it as new."""
        self._real.put_back(ticket, False)
