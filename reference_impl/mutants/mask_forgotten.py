"""An engine that the server runs sees every device of the machine."""

from collections.abc import Callable
from typing import Any

from mutants._planting import Patch
from orchestratord.service.hosting import ManagedHost

REQUIREMENTS = ["OC-POOL-3020", "ORCH-1101", "ORCH-3001", "ORCH-3011"]


def plant(patch: Patch) -> None:
    """Leave the mask out of the environment."""
    patch(ManagedHost, "_its_environment", _unmasked)


def _unmasked(real: Callable[..., Any]) -> Callable[..., dict[str, str]]:
    def its_environment(self: ManagedHost) -> dict[str, str]:
        environment: dict[str, str] = real(self)
        environment.pop("CUDA_VISIBLE_DEVICES", None)
        return environment

    return its_environment
