"""How an error is told: the members of the envelope, as bodies and error events share them.

Where it is sent is the edge's.
"""

from typing import Any

from orchestratord.core.errors import OrchestratorError
from orchqueue_contract.errors import ERRORS


def envelope(error: OrchestratorError, correlation_id: str) -> dict[str, Any]:
    """The ErrorEnvelope of an error, ready to be encoded as JSON; optional members that are not known are
    left out.
    """
    members: dict[str, Any] = {
        "code": error.code.value,
        "message": error.message,
        # OC-CTRL-2032: the table says what is retriable, never the place that raised it.
        "retriable": ERRORS[error.code].retriable,
        "correlation_id": correlation_id,
    }
    if error.engine is not None:
        members["engine"] = error.engine
    if error.pool_id is not None:
        members["pool_id"] = error.pool_id
    if error.retry_after_ms is not None:
        members["retry_after_ms"] = error.retry_after_ms
    if error.policy_label is not None:
        members["policy_label"] = error.policy_label.value
    if error.details:
        members["details"] = [
            {name: value for name, value in detail._asdict().items() if value is not None}
            for detail in error.details
        ]
    return members
