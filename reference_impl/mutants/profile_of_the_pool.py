"""A strict task is decoded with the sampler profile of its pool, whatever it asked for."""

from mutants._planting import Patch
from orchestratord.service.job import Job

REQUIREMENTS = ["OC-CORE-1031", "ORCH-3046"]


def plant(patch: Patch) -> None:
    """Forget what the task chose."""
    patch(Job, "sampler_profile_version", lambda _real: lambda job: job.pool.plan.sampler_profile_version)
