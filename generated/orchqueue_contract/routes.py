# Written by `orchqueue gen`; an edit here is lost.
# contracts/openapi.yaml sha256:8b1b14024236bf32ba2d71c0c1d188102816aadd1617b39c30cbb2834f9e4de6

"""The routes of the contract as stubs. A server derives from Operations; `route_handlers` takes an instance.

Each operation gives back one of the answers that the contract declares for it: any other does not type-check,
and raises UndeclaredResponseError when it is given back all the same. Path and header arguments are text as
the client sent it. `X-Correlation-Id` and the key belong to the outermost layer of a server, and stand in no
signature."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Literal, Self, TypeAlias, TypeVar

from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from . import structs
from ._asgi import (
    Body,
    Call,
    DisconnectedError,
    Endpoint,
    Failure,
    MissingOperationError,
    Receive,
    Rendered,
    Response,
    RouteError,
    Scope,
    UndeclaredResponseError,
    decoder,
    empty_headers,
    encode,
    endpoint,
    header_value,
    json_headers,
    read_body,
    require_body,
    require_code,
    require_media_type,
    send_rendered,
)

Context = TypeVar("Context")
"""What a server knows of a request before its operation is called: the key, the tenant, the correlation id."""


__all__ = [
    "Body",
    "CancelTask204",
    "CancelTask400",
    "CancelTask401",
    "CancelTask403",
    "CancelTask404",
    "CancelTask429",
    "CancelTask500",
    "CancelTaskResponse",
    "ChangeModelState202",
    "ChangeModelState400",
    "ChangeModelState401",
    "ChangeModelState403",
    "ChangeModelState404",
    "ChangeModelState409",
    "ChangeModelState413",
    "ChangeModelState415",
    "ChangeModelState429",
    "ChangeModelState500",
    "ChangeModelStateResponse",
    "Context",
    "CreateArtifact201",
    "CreateArtifact400",
    "CreateArtifact401",
    "CreateArtifact403",
    "CreateArtifact413",
    "CreateArtifact415",
    "CreateArtifact429",
    "CreateArtifact500",
    "CreateArtifactResponse",
    "CreateTask202",
    "CreateTask400",
    "CreateTask401",
    "CreateTask403",
    "CreateTask409",
    "CreateTask413",
    "CreateTask415",
    "CreateTask429",
    "CreateTask500",
    "CreateTask503",
    "CreateTaskResponse",
    "DeleteModel204",
    "DeleteModel400",
    "DeleteModel401",
    "DeleteModel403",
    "DeleteModel404",
    "DeleteModel429",
    "DeleteModel500",
    "DeleteModelResponse",
    "DeleteSession204",
    "DeleteSession400",
    "DeleteSession401",
    "DeleteSession403",
    "DeleteSession429",
    "DeleteSession500",
    "DeleteSessionResponse",
    "DisconnectedError",
    "DrainPool202",
    "DrainPool400",
    "DrainPool401",
    "DrainPool403",
    "DrainPool404",
    "DrainPool409",
    "DrainPool413",
    "DrainPool415",
    "DrainPool429",
    "DrainPool500",
    "DrainPoolResponse",
    "GetArtifact200",
    "GetArtifact400",
    "GetArtifact401",
    "GetArtifact403",
    "GetArtifact404",
    "GetArtifact429",
    "GetArtifact500",
    "GetArtifactResponse",
    "GetCapabilities200",
    "GetCapabilities400",
    "GetCapabilities401",
    "GetCapabilities403",
    "GetCapabilities429",
    "GetCapabilities500",
    "GetCapabilitiesResponse",
    "GetMetrics200",
    "GetMetricsResponse",
    "GetModel200",
    "GetModel400",
    "GetModel401",
    "GetModel403",
    "GetModel404",
    "GetModel429",
    "GetModel500",
    "GetModelResponse",
    "GetPoolHealth200",
    "GetPoolHealth400",
    "GetPoolHealth401",
    "GetPoolHealth403",
    "GetPoolHealth404",
    "GetPoolHealth429",
    "GetPoolHealth500",
    "GetPoolHealthResponse",
    "GetSession200",
    "GetSession400",
    "GetSession401",
    "GetSession403",
    "GetSession404",
    "GetSession429",
    "GetSession500",
    "GetSessionResponse",
    "MissingOperationError",
    "Operations",
    "RESPONSES",
    "RegisterModel201",
    "RegisterModel400",
    "RegisterModel401",
    "RegisterModel403",
    "RegisterModel409",
    "RegisterModel413",
    "RegisterModel415",
    "RegisterModel429",
    "RegisterModel500",
    "RegisterModelResponse",
    "ReloadPool200",
    "ReloadPool400",
    "ReloadPool401",
    "ReloadPool403",
    "ReloadPool404",
    "ReloadPool409",
    "ReloadPool413",
    "ReloadPool415",
    "ReloadPool429",
    "ReloadPool500",
    "ReloadPoolResponse",
    "Rendered",
    "Response",
    "RouteError",
    "StreamTask200",
    "StreamTask204",
    "StreamTask400",
    "StreamTask401",
    "StreamTask403",
    "StreamTask404",
    "StreamTask410",
    "StreamTask429",
    "StreamTask500",
    "StreamTaskResponse",
    "TRANSPORT",
    "Transport404",
    "Transport405",
    "Transport408",
    "Transport431",
    "UndeclaredResponseError",
    "VerifyModel202",
    "VerifyModel400",
    "VerifyModel401",
    "VerifyModel403",
    "VerifyModel404",
    "VerifyModel429",
    "VerifyModel500",
    "VerifyModelResponse",
    "declared_response",
    "decode_change_model_state",
    "decode_create_artifact",
    "decode_create_task",
    "decode_drain_pool",
    "decode_register_model",
    "decode_reload_pool",
    "endpoints",
    "route_handlers",
    "send_rendered",
]

TRANSPORT = "transport"
"""Under this name stand the answers that are given before any operation is reached."""


class Transport404(Response, frozen=True, kw_only=True):
    """There is no such thing, or not for this key."""

    operation: ClassVar[str] = "transport"
    status: ClassVar[int] = 404
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("NOT_FOUND",))
        body = encode(self.body)
        headers = json_headers(body)
        return 404, headers, body


class Transport405(Response, frozen=True, kw_only=True):
    """The path exists, the method does not."""

    operation: ClassVar[str] = "transport"
    status: ClassVar[int] = 405
    body: structs.ErrorEnvelope
    allow: str

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("METHOD_NOT_ALLOWED",))
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"allow", self.allow.encode("latin-1")))
        return 405, headers, body


class Transport408(Response, frozen=True, kw_only=True):
    """The request did not arrive in time."""

    operation: ClassVar[str] = "transport"
    status: ClassVar[int] = 408
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("REQUEST_TIMEOUT",))
        body = encode(self.body)
        headers = json_headers(body)
        return 408, headers, body


class Transport431(Response, frozen=True, kw_only=True):
    """The headers are larger than the server takes."""

    operation: ClassVar[str] = "transport"
    status: ClassVar[int] = 431
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("HEADERS_TOO_LARGE",))
        body = encode(self.body)
        headers = json_headers(body)
        return 431, headers, body


class GetMetrics200(Response, frozen=True, kw_only=True):
    """The exposition of all families."""

    operation: ClassVar[str] = "getMetrics"
    status: ClassVar[int] = 200
    body: bytes
    content_type: str

    def render(self) -> Rendered:
        require_media_type(self, self.content_type, ("application/openmetrics-text", "text/plain"))
        headers = [
            (b"content-type", self.content_type.encode("latin-1")),
            (b"content-length", b"%d" % len(self.body)),
        ]
        return 200, headers, self.body


class CreateArtifact201(Response, frozen=True, kw_only=True):
    """The artifact is stored, or was before."""

    operation: ClassVar[str] = "createArtifact"
    status: ClassVar[int] = 201
    body: structs.ArtifactRef

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ArtifactRef)
        body = encode(self.body)
        headers = json_headers(body)
        return 201, headers, body


class CreateArtifact400(Response, frozen=True, kw_only=True):
    """The request is not one that can be served."""

    operation: ClassVar[str] = "createArtifact"
    status: ClassVar[int] = 400
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"))
        body = encode(self.body)
        headers = json_headers(body)
        return 400, headers, body


class CreateArtifact401(Response, frozen=True, kw_only=True):
    """The request has no key."""

    operation: ClassVar[str] = "createArtifact"
    status: ClassVar[int] = 401
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNAUTHENTICATED",))
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"www-authenticate", b'ApiKey realm="orchqueue"'))
        return 401, headers, body


class CreateArtifact403(Response, frozen=True, kw_only=True):
    """The key is unknown, or may not do this."""

    operation: ClassVar[str] = "createArtifact"
    status: ClassVar[int] = 403
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"))
        body = encode(self.body)
        headers = json_headers(body)
        return 403, headers, body


class CreateArtifact413(Response, frozen=True, kw_only=True):
    """The body is larger than the server takes."""

    operation: ClassVar[str] = "createArtifact"
    status: ClassVar[int] = 413
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("PAYLOAD_TOO_LARGE",))
        body = encode(self.body)
        headers = json_headers(body)
        return 413, headers, body


class CreateArtifact415(Response, frozen=True, kw_only=True):
    """The body is not of a type that the operation takes."""

    operation: ClassVar[str] = "createArtifact"
    status: ClassVar[int] = 415
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNSUPPORTED_MEDIA_TYPE",))
        body = encode(self.body)
        headers = json_headers(body)
        return 415, headers, body


class CreateArtifact429(Response, frozen=True, kw_only=True):
    """Capacity exists, but it is taken."""

    operation: ClassVar[str] = "createArtifact"
    status: ClassVar[int] = 429
    body: structs.ErrorEnvelope
    retry_after: int
    x_backoff_ms: int

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"retry-after", b"%d" % self.retry_after))
        headers.append((b"x-backoff-ms", b"%d" % self.x_backoff_ms))
        return 429, headers, body


class CreateArtifact500(Response, frozen=True, kw_only=True):
    """The store failed; the server's log names the cause under the same correlation id."""

    operation: ClassVar[str] = "createArtifact"
    status: ClassVar[int] = 500
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INTERNAL",))
        body = encode(self.body)
        headers = json_headers(body)
        return 500, headers, body


class GetArtifact200(Response, frozen=True, kw_only=True):
    """The artifact as it was stored."""

    operation: ClassVar[str] = "getArtifact"
    status: ClassVar[int] = 200
    body: structs.StoredArtifact

    def render(self) -> Rendered:
        require_body(self, self.body, structs.StoredArtifact)
        body = encode(self.body)
        headers = json_headers(body)
        return 200, headers, body


class GetArtifact400(Response, frozen=True, kw_only=True):
    """The request is not one that can be served."""

    operation: ClassVar[str] = "getArtifact"
    status: ClassVar[int] = 400
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"))
        body = encode(self.body)
        headers = json_headers(body)
        return 400, headers, body


class GetArtifact401(Response, frozen=True, kw_only=True):
    """The request has no key."""

    operation: ClassVar[str] = "getArtifact"
    status: ClassVar[int] = 401
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNAUTHENTICATED",))
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"www-authenticate", b'ApiKey realm="orchqueue"'))
        return 401, headers, body


class GetArtifact403(Response, frozen=True, kw_only=True):
    """The key is unknown, or may not do this."""

    operation: ClassVar[str] = "getArtifact"
    status: ClassVar[int] = 403
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"))
        body = encode(self.body)
        headers = json_headers(body)
        return 403, headers, body


class GetArtifact404(Response, frozen=True, kw_only=True):
    """There is no such thing, or not for this key."""

    operation: ClassVar[str] = "getArtifact"
    status: ClassVar[int] = 404
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("NOT_FOUND",))
        body = encode(self.body)
        headers = json_headers(body)
        return 404, headers, body


class GetArtifact429(Response, frozen=True, kw_only=True):
    """Capacity exists, but it is taken."""

    operation: ClassVar[str] = "getArtifact"
    status: ClassVar[int] = 429
    body: structs.ErrorEnvelope
    retry_after: int
    x_backoff_ms: int

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"retry-after", b"%d" % self.retry_after))
        headers.append((b"x-backoff-ms", b"%d" % self.x_backoff_ms))
        return 429, headers, body


class GetArtifact500(Response, frozen=True, kw_only=True):
    """The store failed; the server's log names the cause under the same correlation id."""

    operation: ClassVar[str] = "getArtifact"
    status: ClassVar[int] = 500
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INTERNAL",))
        body = encode(self.body)
        headers = json_headers(body)
        return 500, headers, body


class GetCapabilities200(Response, frozen=True, kw_only=True):
    """Profiles, and one entry for each replica set in stable order."""

    operation: ClassVar[str] = "getCapabilities"
    status: ClassVar[int] = 200
    body: structs.Capabilities

    def render(self) -> Rendered:
        require_body(self, self.body, structs.Capabilities)
        body = encode(self.body)
        headers = json_headers(body)
        return 200, headers, body


class GetCapabilities400(Response, frozen=True, kw_only=True):
    """The request is not one that can be served."""

    operation: ClassVar[str] = "getCapabilities"
    status: ClassVar[int] = 400
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"))
        body = encode(self.body)
        headers = json_headers(body)
        return 400, headers, body


class GetCapabilities401(Response, frozen=True, kw_only=True):
    """The request has no key."""

    operation: ClassVar[str] = "getCapabilities"
    status: ClassVar[int] = 401
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNAUTHENTICATED",))
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"www-authenticate", b'ApiKey realm="orchqueue"'))
        return 401, headers, body


class GetCapabilities403(Response, frozen=True, kw_only=True):
    """The key is unknown, or may not do this."""

    operation: ClassVar[str] = "getCapabilities"
    status: ClassVar[int] = 403
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"))
        body = encode(self.body)
        headers = json_headers(body)
        return 403, headers, body


class GetCapabilities429(Response, frozen=True, kw_only=True):
    """Capacity exists, but it is taken."""

    operation: ClassVar[str] = "getCapabilities"
    status: ClassVar[int] = 429
    body: structs.ErrorEnvelope
    retry_after: int
    x_backoff_ms: int

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"retry-after", b"%d" % self.retry_after))
        headers.append((b"x-backoff-ms", b"%d" % self.x_backoff_ms))
        return 429, headers, body


class GetCapabilities500(Response, frozen=True, kw_only=True):
    """The server failed; its log names the cause under the same correlation id."""

    operation: ClassVar[str] = "getCapabilities"
    status: ClassVar[int] = 500
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INTERNAL",))
        body = encode(self.body)
        headers = json_headers(body)
        return 500, headers, body


class RegisterModel201(Response, frozen=True, kw_only=True):
    """The model is in the catalog, or was before."""

    operation: ClassVar[str] = "registerModel"
    status: ClassVar[int] = 201
    body: structs.CatalogModel

    def render(self) -> Rendered:
        require_body(self, self.body, structs.CatalogModel)
        body = encode(self.body)
        headers = json_headers(body)
        return 201, headers, body


class RegisterModel400(Response, frozen=True, kw_only=True):
    """The request is not one that can be served."""

    operation: ClassVar[str] = "registerModel"
    status: ClassVar[int] = 400
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"))
        body = encode(self.body)
        headers = json_headers(body)
        return 400, headers, body


class RegisterModel401(Response, frozen=True, kw_only=True):
    """The request has no key."""

    operation: ClassVar[str] = "registerModel"
    status: ClassVar[int] = 401
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNAUTHENTICATED",))
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"www-authenticate", b'ApiKey realm="orchqueue"'))
        return 401, headers, body


class RegisterModel403(Response, frozen=True, kw_only=True):
    """The key is unknown, or may not do this."""

    operation: ClassVar[str] = "registerModel"
    status: ClassVar[int] = 403
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"))
        body = encode(self.body)
        headers = json_headers(body)
        return 403, headers, body


class RegisterModel409(Response, frozen=True, kw_only=True):
    """The request contradicts what the catalog holds."""

    operation: ClassVar[str] = "registerModel"
    status: ClassVar[int] = 409
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("MODEL_CONFLICT", "ILLEGAL_TRANSITION"))
        body = encode(self.body)
        headers = json_headers(body)
        return 409, headers, body


class RegisterModel413(Response, frozen=True, kw_only=True):
    """The body is larger than the server takes."""

    operation: ClassVar[str] = "registerModel"
    status: ClassVar[int] = 413
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("PAYLOAD_TOO_LARGE",))
        body = encode(self.body)
        headers = json_headers(body)
        return 413, headers, body


class RegisterModel415(Response, frozen=True, kw_only=True):
    """The body is not of a type that the operation takes."""

    operation: ClassVar[str] = "registerModel"
    status: ClassVar[int] = 415
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNSUPPORTED_MEDIA_TYPE",))
        body = encode(self.body)
        headers = json_headers(body)
        return 415, headers, body


class RegisterModel429(Response, frozen=True, kw_only=True):
    """Capacity exists, but it is taken."""

    operation: ClassVar[str] = "registerModel"
    status: ClassVar[int] = 429
    body: structs.ErrorEnvelope
    retry_after: int
    x_backoff_ms: int

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"retry-after", b"%d" % self.retry_after))
        headers.append((b"x-backoff-ms", b"%d" % self.x_backoff_ms))
        return 429, headers, body


class RegisterModel500(Response, frozen=True, kw_only=True):
    """The store failed; the server's log names the cause under the same correlation id."""

    operation: ClassVar[str] = "registerModel"
    status: ClassVar[int] = 500
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INTERNAL",))
        body = encode(self.body)
        headers = json_headers(body)
        return 500, headers, body


class GetModel200(Response, frozen=True, kw_only=True):
    """The model as it is now."""

    operation: ClassVar[str] = "getModel"
    status: ClassVar[int] = 200
    body: structs.CatalogModel

    def render(self) -> Rendered:
        require_body(self, self.body, structs.CatalogModel)
        body = encode(self.body)
        headers = json_headers(body)
        return 200, headers, body


class GetModel400(Response, frozen=True, kw_only=True):
    """The request is not one that can be served."""

    operation: ClassVar[str] = "getModel"
    status: ClassVar[int] = 400
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"))
        body = encode(self.body)
        headers = json_headers(body)
        return 400, headers, body


class GetModel401(Response, frozen=True, kw_only=True):
    """The request has no key."""

    operation: ClassVar[str] = "getModel"
    status: ClassVar[int] = 401
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNAUTHENTICATED",))
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"www-authenticate", b'ApiKey realm="orchqueue"'))
        return 401, headers, body


class GetModel403(Response, frozen=True, kw_only=True):
    """The key is unknown, or may not do this."""

    operation: ClassVar[str] = "getModel"
    status: ClassVar[int] = 403
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"))
        body = encode(self.body)
        headers = json_headers(body)
        return 403, headers, body


class GetModel404(Response, frozen=True, kw_only=True):
    """There is no such thing, or not for this key."""

    operation: ClassVar[str] = "getModel"
    status: ClassVar[int] = 404
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("NOT_FOUND",))
        body = encode(self.body)
        headers = json_headers(body)
        return 404, headers, body


class GetModel429(Response, frozen=True, kw_only=True):
    """Capacity exists, but it is taken."""

    operation: ClassVar[str] = "getModel"
    status: ClassVar[int] = 429
    body: structs.ErrorEnvelope
    retry_after: int
    x_backoff_ms: int

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"retry-after", b"%d" % self.retry_after))
        headers.append((b"x-backoff-ms", b"%d" % self.x_backoff_ms))
        return 429, headers, body


class GetModel500(Response, frozen=True, kw_only=True):
    """The server failed; its log names the cause under the same correlation id."""

    operation: ClassVar[str] = "getModel"
    status: ClassVar[int] = 500
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INTERNAL",))
        body = encode(self.body)
        headers = json_headers(body)
        return 500, headers, body


class DeleteModel204(Response, frozen=True, kw_only=True):
    """The catalog has it no more."""

    operation: ClassVar[str] = "deleteModel"
    status: ClassVar[int] = 204


class DeleteModel400(Response, frozen=True, kw_only=True):
    """The request is not one that can be served."""

    operation: ClassVar[str] = "deleteModel"
    status: ClassVar[int] = 400
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"))
        body = encode(self.body)
        headers = json_headers(body)
        return 400, headers, body


class DeleteModel401(Response, frozen=True, kw_only=True):
    """The request has no key."""

    operation: ClassVar[str] = "deleteModel"
    status: ClassVar[int] = 401
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNAUTHENTICATED",))
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"www-authenticate", b'ApiKey realm="orchqueue"'))
        return 401, headers, body


class DeleteModel403(Response, frozen=True, kw_only=True):
    """The key is unknown, or may not do this."""

    operation: ClassVar[str] = "deleteModel"
    status: ClassVar[int] = 403
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"))
        body = encode(self.body)
        headers = json_headers(body)
        return 403, headers, body


class DeleteModel404(Response, frozen=True, kw_only=True):
    """There is no such thing, or not for this key."""

    operation: ClassVar[str] = "deleteModel"
    status: ClassVar[int] = 404
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("NOT_FOUND",))
        body = encode(self.body)
        headers = json_headers(body)
        return 404, headers, body


class DeleteModel429(Response, frozen=True, kw_only=True):
    """Capacity exists, but it is taken."""

    operation: ClassVar[str] = "deleteModel"
    status: ClassVar[int] = 429
    body: structs.ErrorEnvelope
    retry_after: int
    x_backoff_ms: int

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"retry-after", b"%d" % self.retry_after))
        headers.append((b"x-backoff-ms", b"%d" % self.x_backoff_ms))
        return 429, headers, body


class DeleteModel500(Response, frozen=True, kw_only=True):
    """The store failed; the server's log names the cause under the same correlation id."""

    operation: ClassVar[str] = "deleteModel"
    status: ClassVar[int] = 500
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INTERNAL",))
        body = encode(self.body)
        headers = json_headers(body)
        return 500, headers, body


class ChangeModelState202(Response, frozen=True, kw_only=True):
    """The model is in that state."""

    operation: ClassVar[str] = "changeModelState"
    status: ClassVar[int] = 202


class ChangeModelState400(Response, frozen=True, kw_only=True):
    """The request is not one that can be served."""

    operation: ClassVar[str] = "changeModelState"
    status: ClassVar[int] = 400
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"))
        body = encode(self.body)
        headers = json_headers(body)
        return 400, headers, body


class ChangeModelState401(Response, frozen=True, kw_only=True):
    """The request has no key."""

    operation: ClassVar[str] = "changeModelState"
    status: ClassVar[int] = 401
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNAUTHENTICATED",))
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"www-authenticate", b'ApiKey realm="orchqueue"'))
        return 401, headers, body


class ChangeModelState403(Response, frozen=True, kw_only=True):
    """The key is unknown, or may not do this."""

    operation: ClassVar[str] = "changeModelState"
    status: ClassVar[int] = 403
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"))
        body = encode(self.body)
        headers = json_headers(body)
        return 403, headers, body


class ChangeModelState404(Response, frozen=True, kw_only=True):
    """There is no such thing, or not for this key."""

    operation: ClassVar[str] = "changeModelState"
    status: ClassVar[int] = 404
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("NOT_FOUND",))
        body = encode(self.body)
        headers = json_headers(body)
        return 404, headers, body


class ChangeModelState409(Response, frozen=True, kw_only=True):
    """The request contradicts what the catalog holds."""

    operation: ClassVar[str] = "changeModelState"
    status: ClassVar[int] = 409
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("MODEL_CONFLICT", "ILLEGAL_TRANSITION"))
        body = encode(self.body)
        headers = json_headers(body)
        return 409, headers, body


class ChangeModelState413(Response, frozen=True, kw_only=True):
    """The body is larger than the server takes."""

    operation: ClassVar[str] = "changeModelState"
    status: ClassVar[int] = 413
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("PAYLOAD_TOO_LARGE",))
        body = encode(self.body)
        headers = json_headers(body)
        return 413, headers, body


class ChangeModelState415(Response, frozen=True, kw_only=True):
    """The body is not of a type that the operation takes."""

    operation: ClassVar[str] = "changeModelState"
    status: ClassVar[int] = 415
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNSUPPORTED_MEDIA_TYPE",))
        body = encode(self.body)
        headers = json_headers(body)
        return 415, headers, body


class ChangeModelState429(Response, frozen=True, kw_only=True):
    """Capacity exists, but it is taken."""

    operation: ClassVar[str] = "changeModelState"
    status: ClassVar[int] = 429
    body: structs.ErrorEnvelope
    retry_after: int
    x_backoff_ms: int

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"retry-after", b"%d" % self.retry_after))
        headers.append((b"x-backoff-ms", b"%d" % self.x_backoff_ms))
        return 429, headers, body


class ChangeModelState500(Response, frozen=True, kw_only=True):
    """The store failed; the server's log names the cause under the same correlation id."""

    operation: ClassVar[str] = "changeModelState"
    status: ClassVar[int] = 500
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INTERNAL",))
        body = encode(self.body)
        headers = json_headers(body)
        return 500, headers, body


class VerifyModel202(Response, frozen=True, kw_only=True):
    """It is being checked; `verification` of the model tells what came of it."""

    operation: ClassVar[str] = "verifyModel"
    status: ClassVar[int] = 202


class VerifyModel400(Response, frozen=True, kw_only=True):
    """The request is not one that can be served."""

    operation: ClassVar[str] = "verifyModel"
    status: ClassVar[int] = 400
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"))
        body = encode(self.body)
        headers = json_headers(body)
        return 400, headers, body


class VerifyModel401(Response, frozen=True, kw_only=True):
    """The request has no key."""

    operation: ClassVar[str] = "verifyModel"
    status: ClassVar[int] = 401
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNAUTHENTICATED",))
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"www-authenticate", b'ApiKey realm="orchqueue"'))
        return 401, headers, body


class VerifyModel403(Response, frozen=True, kw_only=True):
    """The key is unknown, or may not do this."""

    operation: ClassVar[str] = "verifyModel"
    status: ClassVar[int] = 403
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"))
        body = encode(self.body)
        headers = json_headers(body)
        return 403, headers, body


class VerifyModel404(Response, frozen=True, kw_only=True):
    """There is no such thing, or not for this key."""

    operation: ClassVar[str] = "verifyModel"
    status: ClassVar[int] = 404
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("NOT_FOUND",))
        body = encode(self.body)
        headers = json_headers(body)
        return 404, headers, body


class VerifyModel429(Response, frozen=True, kw_only=True):
    """Capacity exists, but it is taken."""

    operation: ClassVar[str] = "verifyModel"
    status: ClassVar[int] = 429
    body: structs.ErrorEnvelope
    retry_after: int
    x_backoff_ms: int

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"retry-after", b"%d" % self.retry_after))
        headers.append((b"x-backoff-ms", b"%d" % self.x_backoff_ms))
        return 429, headers, body


class VerifyModel500(Response, frozen=True, kw_only=True):
    """The server failed; its log names the cause under the same correlation id."""

    operation: ClassVar[str] = "verifyModel"
    status: ClassVar[int] = 500
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INTERNAL",))
        body = encode(self.body)
        headers = json_headers(body)
        return 500, headers, body


class DrainPool202(Response, frozen=True, kw_only=True):
    """The pool gives no more leases."""

    operation: ClassVar[str] = "drainPool"
    status: ClassVar[int] = 202


class DrainPool400(Response, frozen=True, kw_only=True):
    """The request is not one that can be served."""

    operation: ClassVar[str] = "drainPool"
    status: ClassVar[int] = 400
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"))
        body = encode(self.body)
        headers = json_headers(body)
        return 400, headers, body


class DrainPool401(Response, frozen=True, kw_only=True):
    """The request has no key."""

    operation: ClassVar[str] = "drainPool"
    status: ClassVar[int] = 401
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNAUTHENTICATED",))
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"www-authenticate", b'ApiKey realm="orchqueue"'))
        return 401, headers, body


class DrainPool403(Response, frozen=True, kw_only=True):
    """The key is unknown, or may not do this."""

    operation: ClassVar[str] = "drainPool"
    status: ClassVar[int] = 403
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"))
        body = encode(self.body)
        headers = json_headers(body)
        return 403, headers, body


class DrainPool404(Response, frozen=True, kw_only=True):
    """There is no such thing, or not for this key."""

    operation: ClassVar[str] = "drainPool"
    status: ClassVar[int] = 404
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("NOT_FOUND",))
        body = encode(self.body)
        headers = json_headers(body)
        return 404, headers, body


class DrainPool409(Response, frozen=True, kw_only=True):
    """The request contradicts what is."""

    operation: ClassVar[str] = "drainPool"
    status: ClassVar[int] = 409
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("TASK_CONFLICT", "RELOAD_ROLLED_BACK", "OPERATION_IN_PROGRESS", "ILLEGAL_TRANSITION"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        return 409, headers, body


class DrainPool413(Response, frozen=True, kw_only=True):
    """The body is larger than the server takes."""

    operation: ClassVar[str] = "drainPool"
    status: ClassVar[int] = 413
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("PAYLOAD_TOO_LARGE",))
        body = encode(self.body)
        headers = json_headers(body)
        return 413, headers, body


class DrainPool415(Response, frozen=True, kw_only=True):
    """The body is not of a type that the operation takes."""

    operation: ClassVar[str] = "drainPool"
    status: ClassVar[int] = 415
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNSUPPORTED_MEDIA_TYPE",))
        body = encode(self.body)
        headers = json_headers(body)
        return 415, headers, body


class DrainPool429(Response, frozen=True, kw_only=True):
    """Capacity exists, but it is taken."""

    operation: ClassVar[str] = "drainPool"
    status: ClassVar[int] = 429
    body: structs.ErrorEnvelope
    retry_after: int
    x_backoff_ms: int

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"retry-after", b"%d" % self.retry_after))
        headers.append((b"x-backoff-ms", b"%d" % self.x_backoff_ms))
        return 429, headers, body


class DrainPool500(Response, frozen=True, kw_only=True):
    """The server failed; its log names the cause under the same correlation id."""

    operation: ClassVar[str] = "drainPool"
    status: ClassVar[int] = 500
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INTERNAL",))
        body = encode(self.body)
        headers = json_headers(body)
        return 500, headers, body


class GetPoolHealth200(Response, frozen=True, kw_only=True):
    """The pool as it is now."""

    operation: ClassVar[str] = "getPoolHealth"
    status: ClassVar[int] = 200
    body: structs.PoolHealth

    def render(self) -> Rendered:
        require_body(self, self.body, structs.PoolHealth)
        body = encode(self.body)
        headers = json_headers(body)
        return 200, headers, body


class GetPoolHealth400(Response, frozen=True, kw_only=True):
    """The request is not one that can be served."""

    operation: ClassVar[str] = "getPoolHealth"
    status: ClassVar[int] = 400
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"))
        body = encode(self.body)
        headers = json_headers(body)
        return 400, headers, body


class GetPoolHealth401(Response, frozen=True, kw_only=True):
    """The request has no key."""

    operation: ClassVar[str] = "getPoolHealth"
    status: ClassVar[int] = 401
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNAUTHENTICATED",))
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"www-authenticate", b'ApiKey realm="orchqueue"'))
        return 401, headers, body


class GetPoolHealth403(Response, frozen=True, kw_only=True):
    """The key is unknown, or may not do this."""

    operation: ClassVar[str] = "getPoolHealth"
    status: ClassVar[int] = 403
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"))
        body = encode(self.body)
        headers = json_headers(body)
        return 403, headers, body


class GetPoolHealth404(Response, frozen=True, kw_only=True):
    """There is no such thing, or not for this key."""

    operation: ClassVar[str] = "getPoolHealth"
    status: ClassVar[int] = 404
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("NOT_FOUND",))
        body = encode(self.body)
        headers = json_headers(body)
        return 404, headers, body


class GetPoolHealth429(Response, frozen=True, kw_only=True):
    """Capacity exists, but it is taken."""

    operation: ClassVar[str] = "getPoolHealth"
    status: ClassVar[int] = 429
    body: structs.ErrorEnvelope
    retry_after: int
    x_backoff_ms: int

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"retry-after", b"%d" % self.retry_after))
        headers.append((b"x-backoff-ms", b"%d" % self.x_backoff_ms))
        return 429, headers, body


class GetPoolHealth500(Response, frozen=True, kw_only=True):
    """The server failed; its log names the cause under the same correlation id."""

    operation: ClassVar[str] = "getPoolHealth"
    status: ClassVar[int] = 500
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INTERNAL",))
        body = encode(self.body)
        headers = json_headers(body)
        return 500, headers, body


class ReloadPool200(Response, frozen=True, kw_only=True):
    """The pool serves the model."""

    operation: ClassVar[str] = "reloadPool"
    status: ClassVar[int] = 200


class ReloadPool400(Response, frozen=True, kw_only=True):
    """The request is not one that can be served."""

    operation: ClassVar[str] = "reloadPool"
    status: ClassVar[int] = 400
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"))
        body = encode(self.body)
        headers = json_headers(body)
        return 400, headers, body


class ReloadPool401(Response, frozen=True, kw_only=True):
    """The request has no key."""

    operation: ClassVar[str] = "reloadPool"
    status: ClassVar[int] = 401
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNAUTHENTICATED",))
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"www-authenticate", b'ApiKey realm="orchqueue"'))
        return 401, headers, body


class ReloadPool403(Response, frozen=True, kw_only=True):
    """The key is unknown, or may not do this."""

    operation: ClassVar[str] = "reloadPool"
    status: ClassVar[int] = 403
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"))
        body = encode(self.body)
        headers = json_headers(body)
        return 403, headers, body


class ReloadPool404(Response, frozen=True, kw_only=True):
    """There is no such thing, or not for this key."""

    operation: ClassVar[str] = "reloadPool"
    status: ClassVar[int] = 404
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("NOT_FOUND",))
        body = encode(self.body)
        headers = json_headers(body)
        return 404, headers, body


class ReloadPool409(Response, frozen=True, kw_only=True):
    """The request contradicts what is."""

    operation: ClassVar[str] = "reloadPool"
    status: ClassVar[int] = 409
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("TASK_CONFLICT", "RELOAD_ROLLED_BACK", "OPERATION_IN_PROGRESS", "ILLEGAL_TRANSITION"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        return 409, headers, body


class ReloadPool413(Response, frozen=True, kw_only=True):
    """The body is larger than the server takes."""

    operation: ClassVar[str] = "reloadPool"
    status: ClassVar[int] = 413
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("PAYLOAD_TOO_LARGE",))
        body = encode(self.body)
        headers = json_headers(body)
        return 413, headers, body


class ReloadPool415(Response, frozen=True, kw_only=True):
    """The body is not of a type that the operation takes."""

    operation: ClassVar[str] = "reloadPool"
    status: ClassVar[int] = 415
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNSUPPORTED_MEDIA_TYPE",))
        body = encode(self.body)
        headers = json_headers(body)
        return 415, headers, body


class ReloadPool429(Response, frozen=True, kw_only=True):
    """Capacity exists, but it is taken."""

    operation: ClassVar[str] = "reloadPool"
    status: ClassVar[int] = 429
    body: structs.ErrorEnvelope
    retry_after: int
    x_backoff_ms: int

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"retry-after", b"%d" % self.retry_after))
        headers.append((b"x-backoff-ms", b"%d" % self.x_backoff_ms))
        return 429, headers, body


class ReloadPool500(Response, frozen=True, kw_only=True):
    """The server failed; its log names the cause under the same correlation id."""

    operation: ClassVar[str] = "reloadPool"
    status: ClassVar[int] = 500
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INTERNAL",))
        body = encode(self.body)
        headers = json_headers(body)
        return 500, headers, body


class GetSession200(Response, frozen=True, kw_only=True):
    """The session as it is now."""

    operation: ClassVar[str] = "getSession"
    status: ClassVar[int] = 200
    body: structs.SessionInfo

    def render(self) -> Rendered:
        require_body(self, self.body, structs.SessionInfo)
        body = encode(self.body)
        headers = json_headers(body)
        return 200, headers, body


class GetSession400(Response, frozen=True, kw_only=True):
    """The request is not one that can be served."""

    operation: ClassVar[str] = "getSession"
    status: ClassVar[int] = 400
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"))
        body = encode(self.body)
        headers = json_headers(body)
        return 400, headers, body


class GetSession401(Response, frozen=True, kw_only=True):
    """The request has no key."""

    operation: ClassVar[str] = "getSession"
    status: ClassVar[int] = 401
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNAUTHENTICATED",))
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"www-authenticate", b'ApiKey realm="orchqueue"'))
        return 401, headers, body


class GetSession403(Response, frozen=True, kw_only=True):
    """The key is unknown, or may not do this."""

    operation: ClassVar[str] = "getSession"
    status: ClassVar[int] = 403
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"))
        body = encode(self.body)
        headers = json_headers(body)
        return 403, headers, body


class GetSession404(Response, frozen=True, kw_only=True):
    """There is no such thing, or not for this key."""

    operation: ClassVar[str] = "getSession"
    status: ClassVar[int] = 404
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("NOT_FOUND",))
        body = encode(self.body)
        headers = json_headers(body)
        return 404, headers, body


class GetSession429(Response, frozen=True, kw_only=True):
    """Capacity exists, but it is taken."""

    operation: ClassVar[str] = "getSession"
    status: ClassVar[int] = 429
    body: structs.ErrorEnvelope
    retry_after: int
    x_backoff_ms: int

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"retry-after", b"%d" % self.retry_after))
        headers.append((b"x-backoff-ms", b"%d" % self.x_backoff_ms))
        return 429, headers, body


class GetSession500(Response, frozen=True, kw_only=True):
    """The server failed; its log names the cause under the same correlation id."""

    operation: ClassVar[str] = "getSession"
    status: ClassVar[int] = 500
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INTERNAL",))
        body = encode(self.body)
        headers = json_headers(body)
        return 500, headers, body


class DeleteSession204(Response, frozen=True, kw_only=True):
    """There is no such session, or no longer."""

    operation: ClassVar[str] = "deleteSession"
    status: ClassVar[int] = 204


class DeleteSession400(Response, frozen=True, kw_only=True):
    """The request is not one that can be served."""

    operation: ClassVar[str] = "deleteSession"
    status: ClassVar[int] = 400
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"))
        body = encode(self.body)
        headers = json_headers(body)
        return 400, headers, body


class DeleteSession401(Response, frozen=True, kw_only=True):
    """The request has no key."""

    operation: ClassVar[str] = "deleteSession"
    status: ClassVar[int] = 401
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNAUTHENTICATED",))
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"www-authenticate", b'ApiKey realm="orchqueue"'))
        return 401, headers, body


class DeleteSession403(Response, frozen=True, kw_only=True):
    """The key is unknown, or may not do this."""

    operation: ClassVar[str] = "deleteSession"
    status: ClassVar[int] = 403
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"))
        body = encode(self.body)
        headers = json_headers(body)
        return 403, headers, body


class DeleteSession429(Response, frozen=True, kw_only=True):
    """Capacity exists, but it is taken."""

    operation: ClassVar[str] = "deleteSession"
    status: ClassVar[int] = 429
    body: structs.ErrorEnvelope
    retry_after: int
    x_backoff_ms: int

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"retry-after", b"%d" % self.retry_after))
        headers.append((b"x-backoff-ms", b"%d" % self.x_backoff_ms))
        return 429, headers, body


class DeleteSession500(Response, frozen=True, kw_only=True):
    """The server failed; its log names the cause under the same correlation id."""

    operation: ClassVar[str] = "deleteSession"
    status: ClassVar[int] = 500
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INTERNAL",))
        body = encode(self.body)
        headers = json_headers(body)
        return 500, headers, body


class CreateTask202(Response, frozen=True, kw_only=True):
    """The task is accepted; read its stream."""

    operation: ClassVar[str] = "createTask"
    status: ClassVar[int] = 202
    body: structs.AdmissionResponse
    x_budget_cost_remaining: str | None = None
    x_budget_time_remaining_ms: str | None = None
    x_budget_tokens_remaining: str | None = None

    def render(self) -> Rendered:
        require_body(self, self.body, structs.AdmissionResponse)
        body = encode(self.body)
        headers = json_headers(body)
        if self.x_budget_cost_remaining is not None:
            headers.append((b"x-budget-cost-remaining", self.x_budget_cost_remaining.encode("latin-1")))
        if self.x_budget_time_remaining_ms is not None:
            headers.append((b"x-budget-time-remaining-ms", self.x_budget_time_remaining_ms.encode("latin-1")))
        if self.x_budget_tokens_remaining is not None:
            headers.append((b"x-budget-tokens-remaining", self.x_budget_tokens_remaining.encode("latin-1")))
        return 202, headers, body


class CreateTask400(Response, frozen=True, kw_only=True):
    """The request is not one that can be served."""

    operation: ClassVar[str] = "createTask"
    status: ClassVar[int] = 400
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"))
        body = encode(self.body)
        headers = json_headers(body)
        return 400, headers, body


class CreateTask401(Response, frozen=True, kw_only=True):
    """The request has no key."""

    operation: ClassVar[str] = "createTask"
    status: ClassVar[int] = 401
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNAUTHENTICATED",))
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"www-authenticate", b'ApiKey realm="orchqueue"'))
        return 401, headers, body


class CreateTask403(Response, frozen=True, kw_only=True):
    """The key is unknown, or may not do this."""

    operation: ClassVar[str] = "createTask"
    status: ClassVar[int] = 403
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"))
        body = encode(self.body)
        headers = json_headers(body)
        return 403, headers, body


class CreateTask409(Response, frozen=True, kw_only=True):
    """The request contradicts what is."""

    operation: ClassVar[str] = "createTask"
    status: ClassVar[int] = 409
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("TASK_CONFLICT", "RELOAD_ROLLED_BACK", "OPERATION_IN_PROGRESS", "ILLEGAL_TRANSITION"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        return 409, headers, body


class CreateTask413(Response, frozen=True, kw_only=True):
    """The body is larger than the server takes."""

    operation: ClassVar[str] = "createTask"
    status: ClassVar[int] = 413
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("PAYLOAD_TOO_LARGE",))
        body = encode(self.body)
        headers = json_headers(body)
        return 413, headers, body


class CreateTask415(Response, frozen=True, kw_only=True):
    """The body is not of a type that the operation takes."""

    operation: ClassVar[str] = "createTask"
    status: ClassVar[int] = 415
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNSUPPORTED_MEDIA_TYPE",))
        body = encode(self.body)
        headers = json_headers(body)
        return 415, headers, body


class CreateTask429(Response, frozen=True, kw_only=True):
    """Capacity exists, but it is taken."""

    operation: ClassVar[str] = "createTask"
    status: ClassVar[int] = 429
    body: structs.ErrorEnvelope
    retry_after: int
    x_backoff_ms: int

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"retry-after", b"%d" % self.retry_after))
        headers.append((b"x-backoff-ms", b"%d" % self.x_backoff_ms))
        return 429, headers, body


class CreateTask500(Response, frozen=True, kw_only=True):
    """The server failed; its log names the cause under the same correlation id."""

    operation: ClassVar[str] = "createTask"
    status: ClassVar[int] = 500
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INTERNAL",))
        body = encode(self.body)
        headers = json_headers(body)
        return 500, headers, body


class CreateTask503(Response, frozen=True, kw_only=True):
    """There is no capacity to serve with."""

    operation: ClassVar[str] = "createTask"
    status: ClassVar[int] = 503
    body: structs.ErrorEnvelope
    retry_after: int
    x_backoff_ms: int

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("POOL_UNREADY", "POOL_UNAVAILABLE"))
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"retry-after", b"%d" % self.retry_after))
        headers.append((b"x-backoff-ms", b"%d" % self.x_backoff_ms))
        return 503, headers, body


class CancelTask204(Response, frozen=True, kw_only=True):
    """The task is in a terminal state."""

    operation: ClassVar[str] = "cancelTask"
    status: ClassVar[int] = 204
    x_cancel_outcome: Literal["canceled-queued", "canceled-running", "already-finished"]

    def render(self) -> Rendered:
        headers = empty_headers(204)
        headers.append((b"x-cancel-outcome", self.x_cancel_outcome.encode("latin-1")))
        return 204, headers, b""


class CancelTask400(Response, frozen=True, kw_only=True):
    """The request is not one that can be served."""

    operation: ClassVar[str] = "cancelTask"
    status: ClassVar[int] = 400
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"))
        body = encode(self.body)
        headers = json_headers(body)
        return 400, headers, body


class CancelTask401(Response, frozen=True, kw_only=True):
    """The request has no key."""

    operation: ClassVar[str] = "cancelTask"
    status: ClassVar[int] = 401
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNAUTHENTICATED",))
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"www-authenticate", b'ApiKey realm="orchqueue"'))
        return 401, headers, body


class CancelTask403(Response, frozen=True, kw_only=True):
    """The key is unknown, or may not do this."""

    operation: ClassVar[str] = "cancelTask"
    status: ClassVar[int] = 403
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"))
        body = encode(self.body)
        headers = json_headers(body)
        return 403, headers, body


class CancelTask404(Response, frozen=True, kw_only=True):
    """There is no such thing, or not for this key."""

    operation: ClassVar[str] = "cancelTask"
    status: ClassVar[int] = 404
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("NOT_FOUND",))
        body = encode(self.body)
        headers = json_headers(body)
        return 404, headers, body


class CancelTask429(Response, frozen=True, kw_only=True):
    """Capacity exists, but it is taken."""

    operation: ClassVar[str] = "cancelTask"
    status: ClassVar[int] = 429
    body: structs.ErrorEnvelope
    retry_after: int
    x_backoff_ms: int

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"retry-after", b"%d" % self.retry_after))
        headers.append((b"x-backoff-ms", b"%d" % self.x_backoff_ms))
        return 429, headers, body


class CancelTask500(Response, frozen=True, kw_only=True):
    """The server failed; its log names the cause under the same correlation id."""

    operation: ClassVar[str] = "cancelTask"
    status: ClassVar[int] = 500
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INTERNAL",))
        body = encode(self.body)
        headers = json_headers(body)
        return 500, headers, body


class StreamTask200(Response, frozen=True, kw_only=True):
    """The task's events; their contract is `events.yaml`."""

    operation: ClassVar[str] = "streamTask"
    status: ClassVar[int] = 200
    body: AsyncIterator[bytes]
    x_budget_cost_remaining: str | None = None
    x_budget_time_remaining_ms: str | None = None
    x_budget_tokens_remaining: str | None = None

    def render(self) -> Rendered:
        headers = [(b"content-type", b"text/event-stream")]
        if self.x_budget_cost_remaining is not None:
            headers.append((b"x-budget-cost-remaining", self.x_budget_cost_remaining.encode("latin-1")))
        if self.x_budget_time_remaining_ms is not None:
            headers.append((b"x-budget-time-remaining-ms", self.x_budget_time_remaining_ms.encode("latin-1")))
        if self.x_budget_tokens_remaining is not None:
            headers.append((b"x-budget-tokens-remaining", self.x_budget_tokens_remaining.encode("latin-1")))
        return 200, headers, self.body


class StreamTask204(Response, frozen=True, kw_only=True):
    """The named event was the last; there is nothing to wait for."""

    operation: ClassVar[str] = "streamTask"
    status: ClassVar[int] = 204


class StreamTask400(Response, frozen=True, kw_only=True):
    """The request is not one that can be served."""

    operation: ClassVar[str] = "streamTask"
    status: ClassVar[int] = 400
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INVALID_PARAMS", "DEADLINE_UNMET", "UNTRUSTED_ARTIFACT"))
        body = encode(self.body)
        headers = json_headers(body)
        return 400, headers, body


class StreamTask401(Response, frozen=True, kw_only=True):
    """The request has no key."""

    operation: ClassVar[str] = "streamTask"
    status: ClassVar[int] = 401
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("UNAUTHENTICATED",))
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"www-authenticate", b'ApiKey realm="orchqueue"'))
        return 401, headers, body


class StreamTask403(Response, frozen=True, kw_only=True):
    """The key is unknown, or may not do this."""

    operation: ClassVar[str] = "streamTask"
    status: ClassVar[int] = 403
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("FORBIDDEN", "MODEL_DEPRECATED", "BUDGET_EXHAUSTED"))
        body = encode(self.body)
        headers = json_headers(body)
        return 403, headers, body


class StreamTask404(Response, frozen=True, kw_only=True):
    """There is no such thing, or not for this key."""

    operation: ClassVar[str] = "streamTask"
    status: ClassVar[int] = 404
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("NOT_FOUND",))
        body = encode(self.body)
        headers = json_headers(body)
        return 404, headers, body


class StreamTask410(Response, frozen=True, kw_only=True):
    """The early events of the task are no longer kept."""

    operation: ClassVar[str] = "streamTask"
    status: ClassVar[int] = 410
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("EVENTS_GONE",))
        body = encode(self.body)
        headers = json_headers(body)
        return 410, headers, body


class StreamTask429(Response, frozen=True, kw_only=True):
    """Capacity exists, but it is taken."""

    operation: ClassVar[str] = "streamTask"
    status: ClassVar[int] = 429
    body: structs.ErrorEnvelope
    retry_after: int
    x_backoff_ms: int

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(
            self,
            self.body.code,
            ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU", "QUOTA_EXCEEDED", "RATE_LIMITED"),
        )
        body = encode(self.body)
        headers = json_headers(body)
        headers.append((b"retry-after", b"%d" % self.retry_after))
        headers.append((b"x-backoff-ms", b"%d" % self.x_backoff_ms))
        return 429, headers, body


class StreamTask500(Response, frozen=True, kw_only=True):
    """The server failed; its log names the cause under the same correlation id."""

    operation: ClassVar[str] = "streamTask"
    status: ClassVar[int] = 500
    body: structs.ErrorEnvelope

    def render(self) -> Rendered:
        require_body(self, self.body, structs.ErrorEnvelope)
        require_code(self, self.body.code, ("INTERNAL",))
        body = encode(self.body)
        headers = json_headers(body)
        return 500, headers, body


GetMetricsResponse: TypeAlias = GetMetrics200

CreateArtifactResponse: TypeAlias = (
    CreateArtifact201
    | CreateArtifact400
    | CreateArtifact401
    | CreateArtifact403
    | CreateArtifact413
    | CreateArtifact415
    | CreateArtifact429
    | CreateArtifact500
)

GetArtifactResponse: TypeAlias = (
    GetArtifact200
    | GetArtifact400
    | GetArtifact401
    | GetArtifact403
    | GetArtifact404
    | GetArtifact429
    | GetArtifact500
)

GetCapabilitiesResponse: TypeAlias = (
    GetCapabilities200
    | GetCapabilities400
    | GetCapabilities401
    | GetCapabilities403
    | GetCapabilities429
    | GetCapabilities500
)

RegisterModelResponse: TypeAlias = (
    RegisterModel201
    | RegisterModel400
    | RegisterModel401
    | RegisterModel403
    | RegisterModel409
    | RegisterModel413
    | RegisterModel415
    | RegisterModel429
    | RegisterModel500
)

GetModelResponse: TypeAlias = (
    GetModel200 | GetModel400 | GetModel401 | GetModel403 | GetModel404 | GetModel429 | GetModel500
)

DeleteModelResponse: TypeAlias = (
    DeleteModel204
    | DeleteModel400
    | DeleteModel401
    | DeleteModel403
    | DeleteModel404
    | DeleteModel429
    | DeleteModel500
)

ChangeModelStateResponse: TypeAlias = (
    ChangeModelState202
    | ChangeModelState400
    | ChangeModelState401
    | ChangeModelState403
    | ChangeModelState404
    | ChangeModelState409
    | ChangeModelState413
    | ChangeModelState415
    | ChangeModelState429
    | ChangeModelState500
)

VerifyModelResponse: TypeAlias = (
    VerifyModel202
    | VerifyModel400
    | VerifyModel401
    | VerifyModel403
    | VerifyModel404
    | VerifyModel429
    | VerifyModel500
)

DrainPoolResponse: TypeAlias = (
    DrainPool202
    | DrainPool400
    | DrainPool401
    | DrainPool403
    | DrainPool404
    | DrainPool409
    | DrainPool413
    | DrainPool415
    | DrainPool429
    | DrainPool500
)

GetPoolHealthResponse: TypeAlias = (
    GetPoolHealth200
    | GetPoolHealth400
    | GetPoolHealth401
    | GetPoolHealth403
    | GetPoolHealth404
    | GetPoolHealth429
    | GetPoolHealth500
)

ReloadPoolResponse: TypeAlias = (
    ReloadPool200
    | ReloadPool400
    | ReloadPool401
    | ReloadPool403
    | ReloadPool404
    | ReloadPool409
    | ReloadPool413
    | ReloadPool415
    | ReloadPool429
    | ReloadPool500
)

GetSessionResponse: TypeAlias = (
    GetSession200
    | GetSession400
    | GetSession401
    | GetSession403
    | GetSession404
    | GetSession429
    | GetSession500
)

DeleteSessionResponse: TypeAlias = (
    DeleteSession204
    | DeleteSession400
    | DeleteSession401
    | DeleteSession403
    | DeleteSession429
    | DeleteSession500
)

CreateTaskResponse: TypeAlias = (
    CreateTask202
    | CreateTask400
    | CreateTask401
    | CreateTask403
    | CreateTask409
    | CreateTask413
    | CreateTask415
    | CreateTask429
    | CreateTask500
    | CreateTask503
)

CancelTaskResponse: TypeAlias = (
    CancelTask204
    | CancelTask400
    | CancelTask401
    | CancelTask403
    | CancelTask404
    | CancelTask429
    | CancelTask500
)

StreamTaskResponse: TypeAlias = (
    StreamTask200
    | StreamTask204
    | StreamTask400
    | StreamTask401
    | StreamTask403
    | StreamTask404
    | StreamTask410
    | StreamTask429
    | StreamTask500
)

_CREATE_ARTIFACT_BODY: Callable[[bytes], structs.Artifact] = decoder(structs.Artifact)


def decode_create_artifact(raw: bytes) -> structs.Artifact:
    """The body of createArtifact.

    Raises msgspec.DecodeError for what is no JSON, its subclass msgspec.ValidationError for what
    is not of the schema, UnicodeDecodeError for no UTF-8, RecursionError for deep nesting.
    """
    return _CREATE_ARTIFACT_BODY(raw)


_REGISTER_MODEL_BODY: Callable[[bytes], structs.ModelRegistration] = decoder(structs.ModelRegistration)


def decode_register_model(raw: bytes) -> structs.ModelRegistration:
    """The body of registerModel.

    Raises msgspec.DecodeError for what is no JSON, its subclass msgspec.ValidationError for what
    is not of the schema, UnicodeDecodeError for no UTF-8, RecursionError for deep nesting.
    """
    return _REGISTER_MODEL_BODY(raw)


_CHANGE_MODEL_STATE_BODY: Callable[[bytes], structs.StateChange] = decoder(structs.StateChange)


def decode_change_model_state(raw: bytes) -> structs.StateChange:
    """The body of changeModelState.

    Raises msgspec.DecodeError for what is no JSON, its subclass msgspec.ValidationError for what
    is not of the schema, UnicodeDecodeError for no UTF-8, RecursionError for deep nesting.
    """
    return _CHANGE_MODEL_STATE_BODY(raw)


_DRAIN_POOL_BODY: Callable[[bytes], structs.DrainRequest] = decoder(structs.DrainRequest)


def decode_drain_pool(raw: bytes) -> structs.DrainRequest:
    """The body of drainPool.

    Raises msgspec.DecodeError for what is no JSON, its subclass msgspec.ValidationError for what
    is not of the schema, UnicodeDecodeError for no UTF-8, RecursionError for deep nesting.
    """
    return _DRAIN_POOL_BODY(raw)


_RELOAD_POOL_BODY: Callable[[bytes], structs.ReloadRequest] = decoder(structs.ReloadRequest)


def decode_reload_pool(raw: bytes) -> structs.ReloadRequest:
    """The body of reloadPool.

    Raises msgspec.DecodeError for what is no JSON, its subclass msgspec.ValidationError for what
    is not of the schema, UnicodeDecodeError for no UTF-8, RecursionError for deep nesting.
    """
    return _RELOAD_POOL_BODY(raw)


_CREATE_TASK_BODY: Callable[[bytes], structs.TaskRequest] = decoder(structs.TaskRequest)


def decode_create_task(raw: bytes) -> structs.TaskRequest:
    """The body of createTask.

    Raises msgspec.DecodeError for what is no JSON, its subclass msgspec.ValidationError for what
    is not of the schema, UnicodeDecodeError for no UTF-8, RecursionError for deep nesting.
    """
    return _CREATE_TASK_BODY(raw)


class Operations(ABC, Generic[Context]):
    """What a server implements: one method for each operation of the contract."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Raises MissingOperationError, which names all that a subclass lacks."""
        if missing := [_METHODS[name] for name in _METHODS if name in cls.__abstractmethods__]:
            raise MissingOperationError(missing)
        return super().__new__(cls)

    @abstractmethod
    async def get_metrics(self, context: Context) -> GetMetricsResponse:
        """What the server measures (GET /metrics)."""

    @abstractmethod
    async def create_artifact(self, context: Context, body: Body[structs.Artifact]) -> CreateArtifactResponse:
        """Store an artifact (POST /v1/artifacts)."""

    @abstractmethod
    async def get_artifact(self, context: Context, id: str) -> GetArtifactResponse:
        """Read an artifact (GET /v1/artifacts/{id})."""

    @abstractmethod
    async def get_capabilities(self, context: Context) -> GetCapabilitiesResponse:
        """What the server can do (GET /v1/capabilities)."""

    @abstractmethod
    async def register_model(
        self, context: Context, body: Body[structs.ModelRegistration]
    ) -> RegisterModelResponse:
        """Register a model (POST /v1/catalog/models)."""

    @abstractmethod
    async def get_model(self, context: Context, id: str) -> GetModelResponse:
        """Read a model (GET /v1/catalog/models/{id})."""

    @abstractmethod
    async def delete_model(self, context: Context, id: str) -> DeleteModelResponse:
        """Take a model out of the catalog (DELETE /v1/catalog/models/{id})."""

    @abstractmethod
    async def change_model_state(
        self, context: Context, id: str, body: Body[structs.StateChange]
    ) -> ChangeModelStateResponse:
        """Change the state of a model (POST /v1/catalog/models/{id}/state)."""

    @abstractmethod
    async def verify_model(self, context: Context, id: str) -> VerifyModelResponse:
        """Check a model again, its files too (POST /v1/catalog/models/{id}/verify)."""

    @abstractmethod
    async def drain_pool(
        self, context: Context, id: str, body: Body[structs.DrainRequest]
    ) -> DrainPoolResponse:
        """Empty a pool by a deadline (POST /v1/pools/{id}/drain)."""

    @abstractmethod
    async def get_pool_health(self, context: Context, id: str) -> GetPoolHealthResponse:
        """How a pool fares (GET /v1/pools/{id}/health)."""

    @abstractmethod
    async def reload_pool(
        self, context: Context, id: str, body: Body[structs.ReloadRequest]
    ) -> ReloadPoolResponse:
        """Give a pool another model (POST /v1/pools/{id}/reload)."""

    @abstractmethod
    async def get_session(self, context: Context, id: str) -> GetSessionResponse:
        """Read how a session stands (GET /v1/sessions/{id})."""

    @abstractmethod
    async def delete_session(self, context: Context, id: str) -> DeleteSessionResponse:
        """End a session (DELETE /v1/sessions/{id})."""

    @abstractmethod
    async def create_task(self, context: Context, body: Body[structs.TaskRequest]) -> CreateTaskResponse:
        """Submit a task (POST /v1/tasks)."""

    @abstractmethod
    async def cancel_task(self, context: Context, id: str) -> CancelTaskResponse:
        """Cancel a task (POST /v1/tasks/{id}/cancel)."""

    @abstractmethod
    async def stream_task(self, context: Context, id: str, last_event_id: str | None) -> StreamTaskResponse:
        """Follow a task's events (GET /v1/tasks/{id}/stream)."""


def _get_metrics(operations: Operations[Context]) -> Call[Context]:
    async def call(context: Context, scope: Scope, receive: Receive) -> Response:
        return await operations.get_metrics(context)

    return call


def _create_artifact(operations: Operations[Context]) -> Call[Context]:
    async def call(context: Context, scope: Scope, receive: Receive) -> Response:
        raw = await read_body(receive)
        return await operations.create_artifact(context, Body(raw, decode_create_artifact))

    return call


def _get_artifact(operations: Operations[Context]) -> Call[Context]:
    async def call(context: Context, scope: Scope, receive: Receive) -> Response:
        return await operations.get_artifact(context, scope["path_params"]["id"])

    return call


def _get_capabilities(operations: Operations[Context]) -> Call[Context]:
    async def call(context: Context, scope: Scope, receive: Receive) -> Response:
        return await operations.get_capabilities(context)

    return call


def _register_model(operations: Operations[Context]) -> Call[Context]:
    async def call(context: Context, scope: Scope, receive: Receive) -> Response:
        raw = await read_body(receive)
        return await operations.register_model(context, Body(raw, decode_register_model))

    return call


def _get_model(operations: Operations[Context]) -> Call[Context]:
    async def call(context: Context, scope: Scope, receive: Receive) -> Response:
        return await operations.get_model(context, scope["path_params"]["id"])

    return call


def _delete_model(operations: Operations[Context]) -> Call[Context]:
    async def call(context: Context, scope: Scope, receive: Receive) -> Response:
        return await operations.delete_model(context, scope["path_params"]["id"])

    return call


def _change_model_state(operations: Operations[Context]) -> Call[Context]:
    async def call(context: Context, scope: Scope, receive: Receive) -> Response:
        raw = await read_body(receive)
        return await operations.change_model_state(
            context, scope["path_params"]["id"], Body(raw, decode_change_model_state)
        )

    return call


def _verify_model(operations: Operations[Context]) -> Call[Context]:
    async def call(context: Context, scope: Scope, receive: Receive) -> Response:
        return await operations.verify_model(context, scope["path_params"]["id"])

    return call


def _drain_pool(operations: Operations[Context]) -> Call[Context]:
    async def call(context: Context, scope: Scope, receive: Receive) -> Response:
        raw = await read_body(receive)
        return await operations.drain_pool(context, scope["path_params"]["id"], Body(raw, decode_drain_pool))

    return call


def _get_pool_health(operations: Operations[Context]) -> Call[Context]:
    async def call(context: Context, scope: Scope, receive: Receive) -> Response:
        return await operations.get_pool_health(context, scope["path_params"]["id"])

    return call


def _reload_pool(operations: Operations[Context]) -> Call[Context]:
    async def call(context: Context, scope: Scope, receive: Receive) -> Response:
        raw = await read_body(receive)
        return await operations.reload_pool(
            context, scope["path_params"]["id"], Body(raw, decode_reload_pool)
        )

    return call


def _get_session(operations: Operations[Context]) -> Call[Context]:
    async def call(context: Context, scope: Scope, receive: Receive) -> Response:
        return await operations.get_session(context, scope["path_params"]["id"])

    return call


def _delete_session(operations: Operations[Context]) -> Call[Context]:
    async def call(context: Context, scope: Scope, receive: Receive) -> Response:
        return await operations.delete_session(context, scope["path_params"]["id"])

    return call


def _create_task(operations: Operations[Context]) -> Call[Context]:
    async def call(context: Context, scope: Scope, receive: Receive) -> Response:
        raw = await read_body(receive)
        return await operations.create_task(context, Body(raw, decode_create_task))

    return call


def _cancel_task(operations: Operations[Context]) -> Call[Context]:
    async def call(context: Context, scope: Scope, receive: Receive) -> Response:
        return await operations.cancel_task(context, scope["path_params"]["id"])

    return call


def _stream_task(operations: Operations[Context]) -> Call[Context]:
    async def call(context: Context, scope: Scope, receive: Receive) -> Response:
        return await operations.stream_task(
            context, scope["path_params"]["id"], header_value(scope, b"last-event-id")
        )

    return call


RESPONSES: Mapping[str, Mapping[int, type[Response]]] = MappingProxyType(
    {
        TRANSPORT: MappingProxyType(
            {404: Transport404, 405: Transport405, 408: Transport408, 431: Transport431}
        ),
        "getMetrics": MappingProxyType({200: GetMetrics200}),
        "createArtifact": MappingProxyType(
            {
                201: CreateArtifact201,
                400: CreateArtifact400,
                401: CreateArtifact401,
                403: CreateArtifact403,
                413: CreateArtifact413,
                415: CreateArtifact415,
                429: CreateArtifact429,
                500: CreateArtifact500,
            }
        ),
        "getArtifact": MappingProxyType(
            {
                200: GetArtifact200,
                400: GetArtifact400,
                401: GetArtifact401,
                403: GetArtifact403,
                404: GetArtifact404,
                429: GetArtifact429,
                500: GetArtifact500,
            }
        ),
        "getCapabilities": MappingProxyType(
            {
                200: GetCapabilities200,
                400: GetCapabilities400,
                401: GetCapabilities401,
                403: GetCapabilities403,
                429: GetCapabilities429,
                500: GetCapabilities500,
            }
        ),
        "registerModel": MappingProxyType(
            {
                201: RegisterModel201,
                400: RegisterModel400,
                401: RegisterModel401,
                403: RegisterModel403,
                409: RegisterModel409,
                413: RegisterModel413,
                415: RegisterModel415,
                429: RegisterModel429,
                500: RegisterModel500,
            }
        ),
        "getModel": MappingProxyType(
            {
                200: GetModel200,
                400: GetModel400,
                401: GetModel401,
                403: GetModel403,
                404: GetModel404,
                429: GetModel429,
                500: GetModel500,
            }
        ),
        "deleteModel": MappingProxyType(
            {
                204: DeleteModel204,
                400: DeleteModel400,
                401: DeleteModel401,
                403: DeleteModel403,
                404: DeleteModel404,
                429: DeleteModel429,
                500: DeleteModel500,
            }
        ),
        "changeModelState": MappingProxyType(
            {
                202: ChangeModelState202,
                400: ChangeModelState400,
                401: ChangeModelState401,
                403: ChangeModelState403,
                404: ChangeModelState404,
                409: ChangeModelState409,
                413: ChangeModelState413,
                415: ChangeModelState415,
                429: ChangeModelState429,
                500: ChangeModelState500,
            }
        ),
        "verifyModel": MappingProxyType(
            {
                202: VerifyModel202,
                400: VerifyModel400,
                401: VerifyModel401,
                403: VerifyModel403,
                404: VerifyModel404,
                429: VerifyModel429,
                500: VerifyModel500,
            }
        ),
        "drainPool": MappingProxyType(
            {
                202: DrainPool202,
                400: DrainPool400,
                401: DrainPool401,
                403: DrainPool403,
                404: DrainPool404,
                409: DrainPool409,
                413: DrainPool413,
                415: DrainPool415,
                429: DrainPool429,
                500: DrainPool500,
            }
        ),
        "getPoolHealth": MappingProxyType(
            {
                200: GetPoolHealth200,
                400: GetPoolHealth400,
                401: GetPoolHealth401,
                403: GetPoolHealth403,
                404: GetPoolHealth404,
                429: GetPoolHealth429,
                500: GetPoolHealth500,
            }
        ),
        "reloadPool": MappingProxyType(
            {
                200: ReloadPool200,
                400: ReloadPool400,
                401: ReloadPool401,
                403: ReloadPool403,
                404: ReloadPool404,
                409: ReloadPool409,
                413: ReloadPool413,
                415: ReloadPool415,
                429: ReloadPool429,
                500: ReloadPool500,
            }
        ),
        "getSession": MappingProxyType(
            {
                200: GetSession200,
                400: GetSession400,
                401: GetSession401,
                403: GetSession403,
                404: GetSession404,
                429: GetSession429,
                500: GetSession500,
            }
        ),
        "deleteSession": MappingProxyType(
            {
                204: DeleteSession204,
                400: DeleteSession400,
                401: DeleteSession401,
                403: DeleteSession403,
                429: DeleteSession429,
                500: DeleteSession500,
            }
        ),
        "createTask": MappingProxyType(
            {
                202: CreateTask202,
                400: CreateTask400,
                401: CreateTask401,
                403: CreateTask403,
                409: CreateTask409,
                413: CreateTask413,
                415: CreateTask415,
                429: CreateTask429,
                500: CreateTask500,
                503: CreateTask503,
            }
        ),
        "cancelTask": MappingProxyType(
            {
                204: CancelTask204,
                400: CancelTask400,
                401: CancelTask401,
                403: CancelTask403,
                404: CancelTask404,
                429: CancelTask429,
                500: CancelTask500,
            }
        ),
        "streamTask": MappingProxyType(
            {
                200: StreamTask200,
                204: StreamTask204,
                400: StreamTask400,
                401: StreamTask401,
                403: StreamTask403,
                404: StreamTask404,
                410: StreamTask410,
                429: StreamTask429,
                500: StreamTask500,
            }
        ),
    }
)
"""The declared answers of each operation by status, and those of TRANSPORT."""

_METHODS = {
    "get_metrics": "getMetrics",
    "create_artifact": "createArtifact",
    "get_artifact": "getArtifact",
    "get_capabilities": "getCapabilities",
    "register_model": "registerModel",
    "get_model": "getModel",
    "delete_model": "deleteModel",
    "change_model_state": "changeModelState",
    "verify_model": "verifyModel",
    "drain_pool": "drainPool",
    "get_pool_health": "getPoolHealth",
    "reload_pool": "reloadPool",
    "get_session": "getSession",
    "delete_session": "deleteSession",
    "create_task": "createTask",
    "cancel_task": "cancelTask",
    "stream_task": "streamTask",
}

_Call: TypeAlias = Callable[[Operations[Any]], Call[Any]]
_Route: TypeAlias = tuple[str, str, str, frozenset[type[Response]], _Call]
_ROUTES: tuple[_Route, ...] = (
    ("getMetrics", "GET", "/metrics", frozenset({GetMetrics200}), _get_metrics),
    (
        "createArtifact",
        "POST",
        "/v1/artifacts",
        frozenset(
            {
                CreateArtifact201,
                CreateArtifact400,
                CreateArtifact401,
                CreateArtifact403,
                CreateArtifact413,
                CreateArtifact415,
                CreateArtifact429,
                CreateArtifact500,
            }
        ),
        _create_artifact,
    ),
    (
        "getArtifact",
        "GET",
        "/v1/artifacts/{id:str}",
        frozenset(
            {
                GetArtifact200,
                GetArtifact400,
                GetArtifact401,
                GetArtifact403,
                GetArtifact404,
                GetArtifact429,
                GetArtifact500,
            }
        ),
        _get_artifact,
    ),
    (
        "getCapabilities",
        "GET",
        "/v1/capabilities",
        frozenset(
            {
                GetCapabilities200,
                GetCapabilities400,
                GetCapabilities401,
                GetCapabilities403,
                GetCapabilities429,
                GetCapabilities500,
            }
        ),
        _get_capabilities,
    ),
    (
        "registerModel",
        "POST",
        "/v1/catalog/models",
        frozenset(
            {
                RegisterModel201,
                RegisterModel400,
                RegisterModel401,
                RegisterModel403,
                RegisterModel409,
                RegisterModel413,
                RegisterModel415,
                RegisterModel429,
                RegisterModel500,
            }
        ),
        _register_model,
    ),
    (
        "getModel",
        "GET",
        "/v1/catalog/models/{id:str}",
        frozenset(
            {GetModel200, GetModel400, GetModel401, GetModel403, GetModel404, GetModel429, GetModel500}
        ),
        _get_model,
    ),
    (
        "deleteModel",
        "DELETE",
        "/v1/catalog/models/{id:str}",
        frozenset(
            {
                DeleteModel204,
                DeleteModel400,
                DeleteModel401,
                DeleteModel403,
                DeleteModel404,
                DeleteModel429,
                DeleteModel500,
            }
        ),
        _delete_model,
    ),
    (
        "changeModelState",
        "POST",
        "/v1/catalog/models/{id:str}/state",
        frozenset(
            {
                ChangeModelState202,
                ChangeModelState400,
                ChangeModelState401,
                ChangeModelState403,
                ChangeModelState404,
                ChangeModelState409,
                ChangeModelState413,
                ChangeModelState415,
                ChangeModelState429,
                ChangeModelState500,
            }
        ),
        _change_model_state,
    ),
    (
        "verifyModel",
        "POST",
        "/v1/catalog/models/{id:str}/verify",
        frozenset(
            {
                VerifyModel202,
                VerifyModel400,
                VerifyModel401,
                VerifyModel403,
                VerifyModel404,
                VerifyModel429,
                VerifyModel500,
            }
        ),
        _verify_model,
    ),
    (
        "drainPool",
        "POST",
        "/v1/pools/{id:str}/drain",
        frozenset(
            {
                DrainPool202,
                DrainPool400,
                DrainPool401,
                DrainPool403,
                DrainPool404,
                DrainPool409,
                DrainPool413,
                DrainPool415,
                DrainPool429,
                DrainPool500,
            }
        ),
        _drain_pool,
    ),
    (
        "getPoolHealth",
        "GET",
        "/v1/pools/{id:str}/health",
        frozenset(
            {
                GetPoolHealth200,
                GetPoolHealth400,
                GetPoolHealth401,
                GetPoolHealth403,
                GetPoolHealth404,
                GetPoolHealth429,
                GetPoolHealth500,
            }
        ),
        _get_pool_health,
    ),
    (
        "reloadPool",
        "POST",
        "/v1/pools/{id:str}/reload",
        frozenset(
            {
                ReloadPool200,
                ReloadPool400,
                ReloadPool401,
                ReloadPool403,
                ReloadPool404,
                ReloadPool409,
                ReloadPool413,
                ReloadPool415,
                ReloadPool429,
                ReloadPool500,
            }
        ),
        _reload_pool,
    ),
    (
        "getSession",
        "GET",
        "/v1/sessions/{id:str}",
        frozenset(
            {
                GetSession200,
                GetSession400,
                GetSession401,
                GetSession403,
                GetSession404,
                GetSession429,
                GetSession500,
            }
        ),
        _get_session,
    ),
    (
        "deleteSession",
        "DELETE",
        "/v1/sessions/{id:str}",
        frozenset(
            {
                DeleteSession204,
                DeleteSession400,
                DeleteSession401,
                DeleteSession403,
                DeleteSession429,
                DeleteSession500,
            }
        ),
        _delete_session,
    ),
    (
        "createTask",
        "POST",
        "/v1/tasks",
        frozenset(
            {
                CreateTask202,
                CreateTask400,
                CreateTask401,
                CreateTask403,
                CreateTask409,
                CreateTask413,
                CreateTask415,
                CreateTask429,
                CreateTask500,
                CreateTask503,
            }
        ),
        _create_task,
    ),
    (
        "cancelTask",
        "POST",
        "/v1/tasks/{id:str}/cancel",
        frozenset(
            {
                CancelTask204,
                CancelTask400,
                CancelTask401,
                CancelTask403,
                CancelTask404,
                CancelTask429,
                CancelTask500,
            }
        ),
        _cancel_task,
    ),
    (
        "streamTask",
        "GET",
        "/v1/tasks/{id:str}/stream",
        frozenset(
            {
                StreamTask200,
                StreamTask204,
                StreamTask400,
                StreamTask401,
                StreamTask403,
                StreamTask404,
                StreamTask410,
                StreamTask429,
                StreamTask500,
            }
        ),
        _stream_task,
    ),
)


def declared_response(operation: str, status: int, **fields: Any) -> Response:
    """The answer with `status` that the contract declares for `operation` (or for TRANSPORT, before any operation).

    `fields` are those of its class; ones that are None are left out. Raises UndeclaredResponseError when the contract has
    no such answer, or not with these fields.
    """
    kind = RESPONSES.get(operation, {}).get(status)
    given = {name: value for name, value in fields.items() if value is not None}
    if kind is None:
        raise UndeclaredResponseError(operation, str(status))
    if undeclared := sorted(given.keys() - set(kind.__struct_fields__)):
        raise UndeclaredResponseError(operation, f"{status} with {', '.join(undeclared)}")
    return kind(**given)


def route_handlers(
    operations: Operations[Context],
    context: Callable[[Scope], Context],
    on_failure: Failure[Context] | None = None,
) -> list[HTTPRouteHandler]:
    """One handler for each operation of the contract, which gives what comes to its application in `endpoints`.

    Without `on_failure` an exception that leaves an operation goes on to Litestar. Raises MissingOperationError.
    """
    serving = endpoints(operations, context, on_failure)
    return [_handler(operation, method, path, serving[operation]) for operation, method, path, *_ in _ROUTES]


def endpoints(
    operations: Operations[Context],
    context: Callable[[Scope], Context],
    on_failure: Failure[Context] | None = None,
) -> dict[str, Endpoint]:
    """The ASGI application of each operation by its name, for who knows already which one is meant. That of an operation
    with parameters in its path finds them in the scope, where Litestar puts them.

    `context` makes the first argument of every operation from the ASGI scope. `on_failure(context, operation, error)`
    gives the answer, which has to be a declared one too, for an exception that left an operation, an
    UndeclaredResponseError included; without it such an exception goes on to the caller. Raises MissingOperationError,
    which names all that `operations` lacks.
    """
    missing = [name for name in _METHODS if not callable(getattr(operations, name, None))]
    if missing:
        raise MissingOperationError([_METHODS[name] for name in missing])
    return {
        operation: endpoint(operation, declared, call(operations), context, on_failure)
        for operation, _, _, declared, call in _ROUTES
    }


def _handler(operation: str, method: Any, path: str, serve: Any) -> HTTPRouteHandler:
    # A handler without arguments that gives back an application spares Litestar the reading of arguments and the
    # rendering of answers, which cost more than the admission of a task.
    async def handler() -> ASGIApp:
        application: ASGIApp = serve
        return application

    # The status is that of the answer; the one named here keeps Litestar from taking a DELETE for one without a body.
    options: dict[str, Any] = {"name": operation, "status_code": 200, "include_in_schema": False}
    return HTTPRouteHandler(path, http_method=method, **options)(handler)
