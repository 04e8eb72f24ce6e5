"""A session outlives its time."""

from mutants._planting import Patch
from orchestratord.service.sessions import Sessions

REQUIREMENTS = ["OC-CTRL-2064"]


def plant(patch: Patch) -> None:
    """Let none expire, nor be deleted."""
    patch(Sessions, "delete", lambda _real: lambda *_: True)
