"""The pools of a retired model keep their workers."""

from mutants._planting import Patch
from orchestratord.service.pool_control import PoolControl

REQUIREMENTS = ["ORCH-3071", "OC-CAT-4212"]


def plant(patch: Patch) -> None:
    """Unload nothing."""
    patch(PoolControl, "unload", lambda _real: lambda *_: None)
