"""The version of a Triton is made up."""

from mutants._planting import Patch
from orchestratord.adapters import triton_wire

REQUIREMENTS = ["OC-ADAPT-5070"]


def plant(patch: Patch) -> None:
    """Say what no Triton has said."""
    patch(triton_wire.Configuration, "trtllm_version", lambda _real: lambda _configuration: "made-up-1")
