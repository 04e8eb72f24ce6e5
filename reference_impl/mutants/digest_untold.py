"""Nobody is told the digest of a model's file."""

from mutants._planting import Patch
from orchestratord.service.worker import Worker

REQUIREMENTS = ["OC-POOL-3042"]


def plant(patch: Patch) -> None:
    """Know no digest."""
    patch(Worker, "model_digest", lambda _real: lambda _self: None)
