"""A reader who comes back gets all events again."""

from mutants._planting import Patch
from orchestratord.service import orchestrator

REQUIREMENTS = ["OC-CTRL-2014"]


def plant(patch: Patch) -> None:
    """Begin at the first event."""
    patch(orchestrator, "resume_point", lambda real: lambda log, _last: real(log, None))
