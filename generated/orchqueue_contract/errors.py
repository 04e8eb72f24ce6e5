# Written by `orchqueue gen`; an edit here is lost.
# contracts/errors.yaml sha256:b5c7c2ef41d5de918f3dc23d02f21c7d85c88eeafa31a909e130ce65bb6379f9

"""The closed table of error codes, and the policies that an error may name."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

__all__ = ["ERRORS", "ErrorCode", "ErrorSpec", "PolicyLabel"]


class ErrorCode(StrEnum):
    """What went wrong, as clients read it."""

    ADMISSION_REJECT = "ADMISSION_REJECT"
    BUDGET_EXHAUSTED = "BUDGET_EXHAUSTED"
    DEADLINE_UNMET = "DEADLINE_UNMET"
    DECODE_TIMEOUT = "DECODE_TIMEOUT"
    EVENTS_GONE = "EVENTS_GONE"
    FORBIDDEN = "FORBIDDEN"
    HEADERS_TOO_LARGE = "HEADERS_TOO_LARGE"
    ILLEGAL_TRANSITION = "ILLEGAL_TRANSITION"
    INTERNAL = "INTERNAL"
    INVALID_PARAMS = "INVALID_PARAMS"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    MODEL_CONFLICT = "MODEL_CONFLICT"
    MODEL_DEPRECATED = "MODEL_DEPRECATED"
    NOT_FOUND = "NOT_FOUND"
    OPERATION_IN_PROGRESS = "OPERATION_IN_PROGRESS"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    POOL_UNAVAILABLE = "POOL_UNAVAILABLE"
    POOL_UNREADY = "POOL_UNREADY"
    QUEUE_FULL_DROP_LRU = "QUEUE_FULL_DROP_LRU"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    RATE_LIMITED = "RATE_LIMITED"
    RELOAD_ROLLED_BACK = "RELOAD_ROLLED_BACK"
    REPLICA_EXHAUSTED = "REPLICA_EXHAUSTED"
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT"
    TASK_CONFLICT = "TASK_CONFLICT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    UNTRUSTED_ARTIFACT = "UNTRUSTED_ARTIFACT"
    WORKER_RESET = "WORKER_RESET"


class PolicyLabel(StrEnum):
    """The policy that refused, held back or gave up a task."""

    DROP_LRU = "drop-lru"
    QUOTA = "quota"
    RATE_LIMIT = "rate-limit"
    REJECT = "reject"
    SHED_LOW_PRIORITY = "shed-low-priority"


@dataclass(frozen=True, slots=True)
class ErrorSpec:
    """What the contract says of one code.

    `status` is its HTTP status; `http` whether it occurs as one, `stream` whether as a stream's error event; `retriable`
    what the envelope tells of it; `hint` what the caller can do; `requirements` the IDs that it stands under.
    """

    code: ErrorCode
    status: int
    http: bool
    stream: bool
    retriable: bool
    hint: str
    requirements: tuple[str, ...]


ERRORS: Mapping[ErrorCode, ErrorSpec] = MappingProxyType(
    {
        ErrorCode.ADMISSION_REJECT: ErrorSpec(
            code=ErrorCode.ADMISSION_REJECT,
            status=429,
            http=True,
            stream=True,
            retriable=True,
            hint="Come back after the advised time.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.BUDGET_EXHAUSTED: ErrorSpec(
            code=ErrorCode.BUDGET_EXHAUSTED,
            status=403,
            http=True,
            stream=False,
            retriable=False,
            hint="Begin a new session.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.DEADLINE_UNMET: ErrorSpec(
            code=ErrorCode.DEADLINE_UNMET,
            status=400,
            http=True,
            stream=True,
            retriable=False,
            hint="Allow more time or ask for less.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.DECODE_TIMEOUT: ErrorSpec(
            code=ErrorCode.DECODE_TIMEOUT,
            status=500,
            http=False,
            stream=True,
            retriable=True,
            hint="Submit again under a new task_id.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.EVENTS_GONE: ErrorSpec(
            code=ErrorCode.EVENTS_GONE,
            status=410,
            http=True,
            stream=False,
            retriable=False,
            hint="Read on after a later event; the message names the first that is kept.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.FORBIDDEN: ErrorSpec(
            code=ErrorCode.FORBIDDEN,
            status=403,
            http=True,
            stream=False,
            retriable=False,
            hint="Use a key that is known and has the scope; or ask for what the policy that is named allows.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.HEADERS_TOO_LARGE: ErrorSpec(
            code=ErrorCode.HEADERS_TOO_LARGE,
            status=431,
            http=True,
            stream=False,
            retriable=False,
            hint="Send fewer or shorter headers.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.ILLEGAL_TRANSITION: ErrorSpec(
            code=ErrorCode.ILLEGAL_TRANSITION,
            status=409,
            http=True,
            stream=False,
            retriable=False,
            hint="Ask for a transition that the table of states allows.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.INTERNAL: ErrorSpec(
            code=ErrorCode.INTERNAL,
            status=500,
            http=True,
            stream=True,
            retriable=False,
            hint="Report the correlation id to the operator.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.INVALID_PARAMS: ErrorSpec(
            code=ErrorCode.INVALID_PARAMS,
            status=400,
            http=True,
            stream=True,
            retriable=False,
            hint="Mend the request; the details name what is wrong with it.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.METHOD_NOT_ALLOWED: ErrorSpec(
            code=ErrorCode.METHOD_NOT_ALLOWED,
            status=405,
            http=True,
            stream=False,
            retriable=False,
            hint="Use a method that the Allow header lists.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.MODEL_CONFLICT: ErrorSpec(
            code=ErrorCode.MODEL_CONFLICT,
            status=409,
            http=True,
            stream=False,
            retriable=False,
            hint="Use a new id for another model.",
            requirements=("OC-CAT-4201",),
        ),
        ErrorCode.MODEL_DEPRECATED: ErrorSpec(
            code=ErrorCode.MODEL_DEPRECATED,
            status=403,
            http=True,
            stream=False,
            retriable=False,
            hint="Use the model that replaces this one.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.NOT_FOUND: ErrorSpec(
            code=ErrorCode.NOT_FOUND,
            status=404,
            http=True,
            stream=False,
            retriable=False,
            hint="Check the path and the id.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.OPERATION_IN_PROGRESS: ErrorSpec(
            code=ErrorCode.OPERATION_IN_PROGRESS,
            status=409,
            http=True,
            stream=False,
            retriable=True,
            hint="Wait for the operation to end.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.PAYLOAD_TOO_LARGE: ErrorSpec(
            code=ErrorCode.PAYLOAD_TOO_LARGE,
            status=413,
            http=True,
            stream=False,
            retriable=False,
            hint="Send a smaller body.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.POOL_UNAVAILABLE: ErrorSpec(
            code=ErrorCode.POOL_UNAVAILABLE,
            status=503,
            http=True,
            stream=True,
            retriable=True,
            hint="Come back later or use another pool.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.POOL_UNREADY: ErrorSpec(
            code=ErrorCode.POOL_UNREADY,
            status=503,
            http=True,
            stream=False,
            retriable=True,
            hint="Wait until the pool is ready.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.QUEUE_FULL_DROP_LRU: ErrorSpec(
            code=ErrorCode.QUEUE_FULL_DROP_LRU,
            status=429,
            http=True,
            stream=True,
            retriable=True,
            hint="Come back after the advised time.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.QUOTA_EXCEEDED: ErrorSpec(
            code=ErrorCode.QUOTA_EXCEEDED,
            status=429,
            http=True,
            stream=False,
            retriable=True,
            hint="Wait until the tenant holds less.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.RATE_LIMITED: ErrorSpec(
            code=ErrorCode.RATE_LIMITED,
            status=429,
            http=True,
            stream=False,
            retriable=True,
            hint="Send more slowly.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.RELOAD_ROLLED_BACK: ErrorSpec(
            code=ErrorCode.RELOAD_ROLLED_BACK,
            status=409,
            http=True,
            stream=False,
            retriable=False,
            hint="The old worker serves on; the message names the cause.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.REPLICA_EXHAUSTED: ErrorSpec(
            code=ErrorCode.REPLICA_EXHAUSTED,
            status=503,
            http=False,
            stream=True,
            retriable=True,
            hint="Submit again under a new task_id.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.REQUEST_TIMEOUT: ErrorSpec(
            code=ErrorCode.REQUEST_TIMEOUT,
            status=408,
            http=True,
            stream=False,
            retriable=True,
            hint="Send the whole request without pauses.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.TASK_CONFLICT: ErrorSpec(
            code=ErrorCode.TASK_CONFLICT,
            status=409,
            http=True,
            stream=False,
            retriable=False,
            hint="Use a new task_id for another body.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.UNAUTHENTICATED: ErrorSpec(
            code=ErrorCode.UNAUTHENTICATED,
            status=401,
            http=True,
            stream=False,
            retriable=False,
            hint="Send a key in X-API-Key.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.UNSUPPORTED_MEDIA_TYPE: ErrorSpec(
            code=ErrorCode.UNSUPPORTED_MEDIA_TYPE,
            status=415,
            http=True,
            stream=False,
            retriable=False,
            hint="Send application/json.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.UNTRUSTED_ARTIFACT: ErrorSpec(
            code=ErrorCode.UNTRUSTED_ARTIFACT,
            status=400,
            http=True,
            stream=False,
            retriable=False,
            hint="Use a model that the trust policy accepts.",
            requirements=("OC-CTRL-2030",),
        ),
        ErrorCode.WORKER_RESET: ErrorSpec(
            code=ErrorCode.WORKER_RESET,
            status=500,
            http=False,
            stream=True,
            retriable=True,
            hint="Submit again under a new task_id.",
            requirements=("OC-CTRL-2030",),
        ),
    }
)
