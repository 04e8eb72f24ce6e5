"""A canary gets none of the sessions that ask for its tag."""

from mutants._planting import Patch
from orchestratord.core.catalog import routing

REQUIREMENTS = ["ORCH-3033", "OC-CAT-4214"]


def plant(patch: Patch) -> None:
    """Let no session fall to it."""
    patch(routing, "_falls_to", lambda _real: lambda *_: False)
