"""Embeddings and ranks are not in the order of the inputs."""

from mutants._planting import Patch
from orchestratord.adapters import vectors

REQUIREMENTS = ["OC-ADAPT-5025", "OC-CTRL-2073"]


def plant(patch: Patch) -> None:
    """Give them backwards."""
    patch(vectors, "_in_order", lambda real: lambda pairs, count: real(pairs, count)[::-1])
