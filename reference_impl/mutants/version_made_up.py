"""The version of an engine is made up."""

from mutants._planting import Patch
from orchestratord.adapters import llamacpp_wire, tgi_wire, vllm

REQUIREMENTS = ["OC-ADAPT-5011", "OC-ADAPT-5030", "OC-ADAPT-5050", "ORCH-3032"]


def plant(patch: Patch) -> None:
    """Say the same of all engines."""
    for module in (llamacpp_wire, tgi_wire, vllm):
        patch(module, "named_version", lambda _real: lambda _told: "made-up-1")
