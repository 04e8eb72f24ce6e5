"""A worker that is not heard of any more stays ready."""

from mutants._planting import Patch
from orchestratord.service.tending import Tender

REQUIREMENTS = ["OC-POOL-3005"]


def plant(patch: Patch) -> None:
    """Note no silence."""
    patch(Tender, "_note_silence", lambda _real: lambda _self: None)
