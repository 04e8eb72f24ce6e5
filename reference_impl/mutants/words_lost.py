"""What an engine says is counted, and not passed on."""

from mutants._planting import Patch
from orchestratord.service import events

REQUIREMENTS = ["ORCH-2002", "ORCH-3054", "ORCH-3055", "ORCH-3056", "ORCH-3057"]


def plant(patch: Patch) -> None:
    """Pass on empty words."""
    patch(events, "token", lambda real: lambda job, _text: real(job, ""))
