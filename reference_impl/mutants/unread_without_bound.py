"""What a reader does not read is held for it without a bound."""

from typing import Any

from mutants._planting import Patch
from orchestratord.http.protocol import EdgeProtocol

REQUIREMENTS = ["OC-CTRL-2018"]


def plant(patch: Patch) -> None:
    """Have room for all that can be written to a connection."""
    patch(EdgeProtocol, "connection_made", _roomy)


def _roomy(real: Any) -> Any:
    def made(protocol: EdgeProtocol, transport: Any) -> None:
        real(protocol, transport)
        transport.set_write_buffer_limits(high=1 << 30)

    return made
