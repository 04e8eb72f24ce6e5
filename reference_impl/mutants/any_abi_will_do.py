"""A module for another version of the ABI is asked all the same."""

from mutants._planting import Patch
from orchestratord.policy import abi

REQUIREMENTS = ["OC-POLICY-4002"]


def plant(patch: Patch) -> None:
    """Take every version for the server's own."""
    patch(abi, "version", lambda _real: lambda _packed: (abi.MAJOR, abi.MINOR))
