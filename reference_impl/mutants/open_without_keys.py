"""A server without keys listens on any address."""

from mutants._planting import Patch
from orchestratord import settings

REQUIREMENTS = ["OC-CONFIG-6003"]


def plant(patch: Patch) -> None:
    """Take every address for loopback."""
    patch(settings, "_is_loopback", lambda _real: lambda _host: True)
