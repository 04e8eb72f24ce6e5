"""Something that is no JSON is written to standard output."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service.ledger import Ledger

REQUIREMENTS = ["OC-OPS-8002"]


def plant(patch: Patch) -> None:
    """Print beside each admission."""
    patch(Ledger, "admitted", _printing)


def _printing(real: Any) -> Any:
    def admitted(ledger: Ledger, job: Any) -> None:
        real(ledger, job)
        print("admitted", job.job_id, flush=True)  # noqa: T201 - that is the fault

    return admitted
