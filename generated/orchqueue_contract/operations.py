# Written by `orchqueue gen`; an edit here is lost.
# contracts/openapi.yaml sha256:8b1b14024236bf32ba2d71c0c1d188102816aadd1617b39c30cbb2834f9e4de6

"""The operations of the contract as data: where they are and what they may answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["OPERATIONS", "TRANSPORT_CODES", "OperationSpec"]


@dataclass(frozen=True, slots=True)
class OperationSpec:
    """One operation.

    `path` has its parameters in braces; `scope` is what the key needs, `secured` whether it needs a key at all;
    `media_types` are those of the request body, empty where there is none; `codes` has the declared statuses, each with
    the error codes that may stand under it (none for an answer that is no error).
    """

    operation_id: str
    method: str
    path: str
    profile: str
    scope: str | None
    secured: bool
    media_types: tuple[str, ...]
    body_required: bool
    codes: Mapping[int, tuple[str, ...]]
    requirements: tuple[str, ...]

    @property
    def statuses(self) -> tuple[int, ...]:
        """The declared statuses, ascending."""
        return tuple(self.codes)


OPERATIONS: Mapping[str, OperationSpec] = MappingProxyType(
    {
        "getMetrics": OperationSpec(
            operation_id="getMetrics",
            method="GET",
            path="/metrics",
            profile="core",
            scope=None,
            secured=False,
            media_types=(),
            body_required=False,
            codes=MappingProxyType({200: ()}),
            requirements=("OC-CTRL-2051",),
        ),
        "createArtifact": OperationSpec(
            operation_id="createArtifact",
            method="POST",
            path="/v1/artifacts",
            profile="artifacts",
            scope="data",
            secured=True,
            media_types=("application/json",),
            body_required=True,
            codes=MappingProxyType(
                {
                    201: (),
                    400: ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"),
                    401: ("UNAUTHENTICATED",),
                    403: ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"),
                    413: ("PAYLOAD_TOO_LARGE",),
                    415: ("UNSUPPORTED_MEDIA_TYPE",),
                    429: ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
                    500: ("INTERNAL",),
                }
            ),
            requirements=("OC-CTRL-2065", "OC-CTRL-2078"),
        ),
        "getArtifact": OperationSpec(
            operation_id="getArtifact",
            method="GET",
            path="/v1/artifacts/{id}",
            profile="artifacts",
            scope="data",
            secured=True,
            media_types=(),
            body_required=False,
            codes=MappingProxyType(
                {
                    200: (),
                    400: ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"),
                    401: ("UNAUTHENTICATED",),
                    403: ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"),
                    404: ("NOT_FOUND",),
                    429: ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
                    500: ("INTERNAL",),
                }
            ),
            requirements=("OC-CTRL-2066", "OC-CTRL-2078"),
        ),
        "getCapabilities": OperationSpec(
            operation_id="getCapabilities",
            method="GET",
            path="/v1/capabilities",
            profile="control",
            scope="control",
            secured=True,
            media_types=(),
            body_required=False,
            codes=MappingProxyType(
                {
                    200: (),
                    400: ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"),
                    401: ("UNAUTHENTICATED",),
                    403: ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"),
                    429: ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
                    500: ("INTERNAL",),
                }
            ),
            requirements=("OC-CTRL-2004",),
        ),
        "registerModel": OperationSpec(
            operation_id="registerModel",
            method="POST",
            path="/v1/catalog/models",
            profile="catalog",
            scope="control",
            secured=True,
            media_types=("application/json",),
            body_required=True,
            codes=MappingProxyType(
                {
                    201: (),
                    400: ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"),
                    401: ("UNAUTHENTICATED",),
                    403: ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"),
                    409: ("MODEL_CONFLICT", "ILLEGAL_TRANSITION"),
                    413: ("PAYLOAD_TOO_LARGE",),
                    415: ("UNSUPPORTED_MEDIA_TYPE",),
                    429: ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
                    500: ("INTERNAL",),
                }
            ),
            requirements=("OC-CAT-4201",),
        ),
        "getModel": OperationSpec(
            operation_id="getModel",
            method="GET",
            path="/v1/catalog/models/{id}",
            profile="catalog",
            scope="control",
            secured=True,
            media_types=(),
            body_required=False,
            codes=MappingProxyType(
                {
                    200: (),
                    400: ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"),
                    401: ("UNAUTHENTICATED",),
                    403: ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"),
                    404: ("NOT_FOUND",),
                    429: ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
                    500: ("INTERNAL",),
                }
            ),
            requirements=("OC-CAT-4201",),
        ),
        "deleteModel": OperationSpec(
            operation_id="deleteModel",
            method="DELETE",
            path="/v1/catalog/models/{id}",
            profile="catalog",
            scope="control",
            secured=True,
            media_types=(),
            body_required=False,
            codes=MappingProxyType(
                {
                    204: (),
                    400: ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"),
                    401: ("UNAUTHENTICATED",),
                    403: ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"),
                    404: ("NOT_FOUND",),
                    429: ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
                    500: ("INTERNAL",),
                }
            ),
            requirements=("OC-CAT-4201",),
        ),
        "changeModelState": OperationSpec(
            operation_id="changeModelState",
            method="POST",
            path="/v1/catalog/models/{id}/state",
            profile="catalog",
            scope="control",
            secured=True,
            media_types=("application/json",),
            body_required=True,
            codes=MappingProxyType(
                {
                    202: (),
                    400: ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"),
                    401: ("UNAUTHENTICATED",),
                    403: ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"),
                    404: ("NOT_FOUND",),
                    409: ("MODEL_CONFLICT", "ILLEGAL_TRANSITION"),
                    413: ("PAYLOAD_TOO_LARGE",),
                    415: ("UNSUPPORTED_MEDIA_TYPE",),
                    429: ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
                    500: ("INTERNAL",),
                }
            ),
            requirements=("OC-CAT-4210",),
        ),
        "verifyModel": OperationSpec(
            operation_id="verifyModel",
            method="POST",
            path="/v1/catalog/models/{id}/verify",
            profile="catalog",
            scope="control",
            secured=True,
            media_types=(),
            body_required=False,
            codes=MappingProxyType(
                {
                    202: (),
                    400: ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"),
                    401: ("UNAUTHENTICATED",),
                    403: ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"),
                    404: ("NOT_FOUND",),
                    429: ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
                    500: ("INTERNAL",),
                }
            ),
            requirements=("OC-CAT-4201",),
        ),
        "drainPool": OperationSpec(
            operation_id="drainPool",
            method="POST",
            path="/v1/pools/{id}/drain",
            profile="control",
            scope="control",
            secured=True,
            media_types=("application/json",),
            body_required=True,
            codes=MappingProxyType(
                {
                    202: (),
                    400: ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"),
                    401: ("UNAUTHENTICATED",),
                    403: ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"),
                    404: ("NOT_FOUND",),
                    409: (
                        "TASK_CONFLICT",
                        "RELOAD_ROLLED_BACK",
                        "OPERATION_IN_PROGRESS",
                        "ILLEGAL_TRANSITION",
                    ),
                    413: ("PAYLOAD_TOO_LARGE",),
                    415: ("UNSUPPORTED_MEDIA_TYPE",),
                    429: ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
                    500: ("INTERNAL",),
                }
            ),
            requirements=("OC-CTRL-2002",),
        ),
        "getPoolHealth": OperationSpec(
            operation_id="getPoolHealth",
            method="GET",
            path="/v1/pools/{id}/health",
            profile="control",
            scope="control",
            secured=True,
            media_types=(),
            body_required=False,
            codes=MappingProxyType(
                {
                    200: (),
                    400: ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"),
                    401: ("UNAUTHENTICATED",),
                    403: ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"),
                    404: ("NOT_FOUND",),
                    429: ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
                    500: ("INTERNAL",),
                }
            ),
            requirements=("OC-CTRL-2001",),
        ),
        "reloadPool": OperationSpec(
            operation_id="reloadPool",
            method="POST",
            path="/v1/pools/{id}/reload",
            profile="control",
            scope="control",
            secured=True,
            media_types=("application/json",),
            body_required=True,
            codes=MappingProxyType(
                {
                    200: (),
                    400: ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"),
                    401: ("UNAUTHENTICATED",),
                    403: ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"),
                    404: ("NOT_FOUND",),
                    409: (
                        "TASK_CONFLICT",
                        "RELOAD_ROLLED_BACK",
                        "OPERATION_IN_PROGRESS",
                        "ILLEGAL_TRANSITION",
                    ),
                    413: ("PAYLOAD_TOO_LARGE",),
                    415: ("UNSUPPORTED_MEDIA_TYPE",),
                    429: ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
                    500: ("INTERNAL",),
                }
            ),
            requirements=("OC-CTRL-2003",),
        ),
        "getSession": OperationSpec(
            operation_id="getSession",
            method="GET",
            path="/v1/sessions/{id}",
            profile="sessions",
            scope="data",
            secured=True,
            media_types=(),
            body_required=False,
            codes=MappingProxyType(
                {
                    200: (),
                    400: ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"),
                    401: ("UNAUTHENTICATED",),
                    403: ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"),
                    404: ("NOT_FOUND",),
                    429: ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
                    500: ("INTERNAL",),
                }
            ),
            requirements=("OC-CTRL-2063",),
        ),
        "deleteSession": OperationSpec(
            operation_id="deleteSession",
            method="DELETE",
            path="/v1/sessions/{id}",
            profile="sessions",
            scope="data",
            secured=True,
            media_types=(),
            body_required=False,
            codes=MappingProxyType(
                {
                    204: (),
                    400: ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"),
                    401: ("UNAUTHENTICATED",),
                    403: ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"),
                    429: ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
                    500: ("INTERNAL",),
                }
            ),
            requirements=("OC-CTRL-2064",),
        ),
        "createTask": OperationSpec(
            operation_id="createTask",
            method="POST",
            path="/v1/tasks",
            profile="core",
            scope="data",
            secured=True,
            media_types=("application/json",),
            body_required=True,
            codes=MappingProxyType(
                {
                    202: (),
                    400: ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"),
                    401: ("UNAUTHENTICATED",),
                    403: ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"),
                    409: (
                        "TASK_CONFLICT",
                        "RELOAD_ROLLED_BACK",
                        "OPERATION_IN_PROGRESS",
                        "ILLEGAL_TRANSITION",
                    ),
                    413: ("PAYLOAD_TOO_LARGE",),
                    415: ("UNSUPPORTED_MEDIA_TYPE",),
                    429: ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
                    500: ("INTERNAL",),
                    503: ("POOL_UNREADY", "POOL_UNAVAILABLE"),
                }
            ),
            requirements=("OC-CTRL-2010", "OC-CTRL-2013", "OC-CTRL-2068"),
        ),
        "cancelTask": OperationSpec(
            operation_id="cancelTask",
            method="POST",
            path="/v1/tasks/{id}/cancel",
            profile="core",
            scope="data",
            secured=True,
            media_types=(),
            body_required=False,
            codes=MappingProxyType(
                {
                    204: (),
                    400: ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"),
                    401: ("UNAUTHENTICATED",),
                    403: ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"),
                    404: ("NOT_FOUND",),
                    429: ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
                    500: ("INTERNAL",),
                }
            ),
            requirements=("OC-CTRL-2012",),
        ),
        "streamTask": OperationSpec(
            operation_id="streamTask",
            method="GET",
            path="/v1/tasks/{id}/stream",
            profile="core",
            scope="data",
            secured=True,
            media_types=(),
            body_required=False,
            codes=MappingProxyType(
                {
                    200: (),
                    204: (),
                    400: ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"),
                    401: ("UNAUTHENTICATED",),
                    403: ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"),
                    404: ("NOT_FOUND",),
                    410: ("EVENTS_GONE",),
                    429: ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
                    500: ("INTERNAL",),
                }
            ),
            requirements=("OC-CTRL-2014", "OC-CTRL-2068"),
        ),
    }
)

TRANSPORT_CODES: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        404: ("NOT_FOUND",),
        405: ("METHOD_NOT_ALLOWED",),
        408: ("REQUEST_TIMEOUT",),
        431: ("HEADERS_TOO_LARGE",),
    }
)
"""The statuses of the answers that are given before any operation is reached, with their codes."""
