"""Errors as answers: the envelope in the response that the contract declares for the operation and the
status.
"""

from typing import Any

import msgspec

from orchestratord.core.envelope import envelope
from orchestratord.core.errors import OrchestratorError
from orchqueue_contract import structs
from orchqueue_contract.errors import ERRORS, ErrorCode
from orchqueue_contract.routes import TRANSPORT, Rendered, Response, declared_response

LEAST_BACKOFF_MS = 50


def error_response(operation: str, error: OrchestratorError, correlation_id: str) -> Response:
    """The answer of an operation that failed. Raises UndeclaredResponseError where the contract has none."""
    status = ERRORS[error.code].status
    fields: dict[str, Any] = {}
    if status == 429 or (status == 503 and ERRORS[error.code].retriable):
        # OC-CTRL-2011
        if error.retry_after_ms is None:
            error.retry_after_ms = LEAST_BACKOFF_MS
        fields["x_backoff_ms"] = max(1, error.retry_after_ms)
        fields["retry_after"] = max(1, -(-error.retry_after_ms // 1000))
    body = msgspec.convert(envelope(error, correlation_id), structs.ErrorEnvelope)
    return declared_response(operation, status, body=body, **fields)


def not_allowed(error: OrchestratorError, correlation_id: str, allowed: list[str]) -> Response:
    """405 with the methods that the path has."""
    body = msgspec.convert(envelope(error, correlation_id), structs.ErrorEnvelope)
    return declared_response(TRANSPORT, 405, body=body, allow=", ".join(sorted(allowed)))


def internal_error() -> OrchestratorError:
    """What a client is told of a defect."""
    return OrchestratorError(ErrorCode.INTERNAL, "The server failed; its log names the cause.")


def plain(error: OrchestratorError, correlation_id: str) -> Rendered:
    """The envelope under its status, for requests that reach no operation and no row of the contract."""
    body = msgspec.json.encode(envelope(error, correlation_id))
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    return ERRORS[error.code].status, headers, body
