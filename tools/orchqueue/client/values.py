"""What the API says outside its bodies: budgets in headers, what a cancel did, the answer to a submission."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from orchqueue.client.errors import ContractError
from orchqueue_contract.models import AdmissionResponse

_HEADERS = ("x-budget-tokens-remaining", "x-budget-time-remaining-ms", "x-budget-cost-remaining")


class CancelOutcome(StrEnum):
    """What a cancel did."""

    CANCELED_QUEUED = "canceled-queued"
    CANCELED_RUNNING = "canceled-running"
    ALREADY_FINISHED = "already-finished"


@dataclass(frozen=True, slots=True)
class Budgets:
    """What a session has left: tokens, milliseconds of decoding, cost. None is without bound."""

    tokens: float | None
    time_ms: float | None
    cost: float | None

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> Self | None:
        """Read them from headers, names in lower case; None of a server that keeps no sessions.

        Raises ContractError.
        """
        found = [headers[name] for name in _HEADERS if name in headers]
        if not found:
            return None
        try:
            return cls(*(None if value == "unlimited" else float(value) for value in found))
        except (TypeError, ValueError) as error:
            raise ContractError(f"the budget headers are {found}, not three numbers") from error


@dataclass(frozen=True, slots=True)
class Admission:
    """An accepted task: the 202's body, what its session has left beside its holds, its correlation id."""

    response: AdmissionResponse
    budgets: Budgets | None
    correlation_id: str
