"""What waits for a model that a reload has taken away runs on the new one."""

from mutants._planting import Patch
from orchestratord.service.pool import Pool

REQUIREMENTS = ["OC-POOL-3041"]


def plant(patch: Patch) -> None:
    """Take every task, whatever it asks for."""
    patch(Pool, "serves", lambda _real: lambda _self, _spec: True)
