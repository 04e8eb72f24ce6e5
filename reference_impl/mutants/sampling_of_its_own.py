"""What a task asks of sampling does not reach the engine."""

from dataclasses import replace
from typing import Any

from mutants._planting import Patch
from orchestratord.core.sampling import SamplerProfile
from orchestratord.service.relay import Relay

REQUIREMENTS = ["OC-ADAPT-5010", "OC-ADAPT-5023", "OC-ADAPT-5042", "OC-ADAPT-5062", "ORCH-3058"]


def plant(patch: Patch) -> None:
    """Ask for other values than those of the task."""
    patch(Relay, "_request", _other)


def _other(real: Any) -> Any:
    def request(relay: Relay, job: Any) -> Any:
        asked = real(relay, job)
        return replace(asked, seed=asked.seed + 1, sampler=SamplerProfile(temperature=0.33))

    return request
