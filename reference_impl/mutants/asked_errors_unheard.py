"""Of what an engine says of its end nothing counts that a client has asked about."""

from mutants._planting import Patch
from orchestratord.service import output

REQUIREMENTS = ["ORCH-3039"]


def plant(patch: Patch) -> None:
    """Keep only what may be shown."""
    patch(output, "is_own", lambda _real: lambda _line: False)
