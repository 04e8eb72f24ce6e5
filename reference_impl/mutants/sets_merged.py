"""Replicas that differ in what decides their tokens are told as one set."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mutants._planting import Patch
from orchestratord.service import overview

REQUIREMENTS = ["ORCH-3007"]


def plant(patch: Patch) -> None:
    """Keep one entry for each model."""
    patch(overview, "replica_sets", _merged)


def _merged(real: Callable[..., Any]) -> Callable[..., list[Any]]:
    def replica_sets(pools: Any) -> list[Any]:
        kept: dict[Any, Any] = {}
        for one in real(pools):
            before = kept.get(one.models)
            kept[one.models] = one if before is None else replace(before, slots=before.slots + one.slots)
        return list(kept.values())

    return replica_sets
