"""A client of HTTP/1.0 gets chunks."""

from mutants._planting import Patch
from orchestratord.http import protocol

REQUIREMENTS = ["OC-CTRL-2027"]


def plant(patch: Patch) -> None:
    """Send as to any other."""
    patch(protocol, "end_with_connection", lambda _real: lambda _cycle: None)
