"""Whatever slots engines have, clients are told of one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mutants._planting import Patch
from orchestratord.service import overview

REQUIREMENTS = ["ORCH-3095", "OC-CTRL-2060"]


def plant(patch: Patch) -> None:
    """Tell one slot of each set."""
    patch(overview, "replica_sets", _of_one_slot)


def _of_one_slot(real: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    return lambda pools: [replace(one, slots=1) for one in real(pools)]
