"""A pool that goes gives its tasks no worker any more."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service.renewal import Renewal

REQUIREMENTS = ["OC-CONFIG-6009"]


def plant(patch: Patch) -> None:
    """Drain its workers at once."""
    patch(Renewal, "_let_go", _at_once)


def _at_once(real: Any) -> Any:
    def let_go(renewal: Any, pool: Any) -> None:
        for worker in pool.workers.values():
            renewal._supervisor.drain(worker)
        real(renewal, pool)

    return let_go
