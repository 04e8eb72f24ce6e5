"""The prompt of a task is logged."""

from typing import Any

from mutants._planting import Patch
from orchestratord.service.ledger import Ledger

REQUIREMENTS = ["OC-CTRL-2041", "OC-ADAPT-5084"]


def plant(patch: Patch) -> None:
    """Tell it beside each admission."""
    patch(Ledger, "admitted", _telling)


def _telling(real: Any) -> Any:
    def admitted(ledger: Ledger, job: Any) -> None:
        real(ledger, job)
        ledger._log.line("info", "task.debug", job.submitter.correlation_id, prompt=job.spec.prompt)

    return admitted
