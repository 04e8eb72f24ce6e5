"""A context that the model does not have is accepted."""

from mutants._planting import Patch
from orchestratord.core import guards

REQUIREMENTS = ["OC-CORE-1020", "ORCH-3014"]


def plant(patch: Patch) -> None:
    """Check nothing."""
    patch(guards, "check_context", lambda _real: lambda *_: None)
