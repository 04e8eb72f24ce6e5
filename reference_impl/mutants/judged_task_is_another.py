"""A task that is submitted again is compared with what a policy made of it."""

from mutants._planting import Patch
from orchestratord.service.job import Job

REQUIREMENTS = ["OC-POLICY-4014"]


def plant(patch: Patch) -> None:
    """Forget what was asked for."""
    patch(Job, "asked_for", lambda _real: lambda self: self.spec)
