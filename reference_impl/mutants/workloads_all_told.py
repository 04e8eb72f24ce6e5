"""What an engine says that it cannot do is promised all the same."""

from mutants._planting import Patch
from orchestratord.service.worker import Worker

REQUIREMENTS = ["OC-CTRL-2074"]


def plant(patch: Patch) -> None:
    """Believe the adapter's kind."""
    patch(Worker, "workloads", lambda _real: lambda self: self.adapter.workloads)
