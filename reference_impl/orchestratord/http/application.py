"""The ASGI application: the contract's routes on Litestar, with the edge around them."""

from collections.abc import Callable, Collection
from typing import Any, cast

from litestar import Litestar
from litestar.plugins import PluginProtocol

from orchestratord.core.errors import OrchestratorError
from orchestratord.http.context import SCOPE_KEY, RequestContext
from orchestratord.http.edge import TASK_OPERATION, Edge
from orchestratord.http.incoming import BodyLimits
from orchestratord.http.keys import Key, KeyRing
from orchestratord.http.paths import PathTable
from orchestratord.http.rendering import error_response, internal_error
from orchestratord.http.typing import App, Scope
from orchestratord.logs import Log, error_fields
from orchestratord.service import Orchestrator, Submitter
from orchqueue_contract.errors import ERRORS, ErrorCode
from orchqueue_contract.operations import OPERATIONS
from orchqueue_contract.routes import Operations, Response, endpoints, route_handlers

UNKNOWN_TENANT = "none"


class _Routes(Litestar):
    """Litestar without its plugins for pydantic and attrs, whose import takes a fifth of a start: no handler
    has arguments or results that they would know.
    """

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return plugins


def build_application(
    operations: Operations[RequestContext],
    service: Orchestrator,
    keys: KeyRing,
    *,
    limits: BodyLimits,
    log: Log,
    check_rate: Callable[[Key], None],
    profiles: Collection[str],
) -> App:
    """Everything from a parsed request to its answer. Operations of other profiles are not there.

    Raises MissingOperationError, which names what is missing.
    """

    def on_failure(context: RequestContext, operation: str, error: Exception) -> Response:
        if isinstance(error, OrchestratorError) and ERRORS[error.code].status in OPERATIONS[operation].codes:
            return error_response(operation, error, context.correlation_id)
        log.line(
            "error",
            "operation.defect",
            context.correlation_id,
            operation=operation,
            code=ErrorCode.INTERNAL,
            **error_fields((type(error), error, error.__traceback__)),
        )
        internal = internal_error()
        if operation == TASK_OPERATION:
            refused(internal, context.key, context.correlation_id)
        return error_response(operation, internal, context.correlation_id)

    def refused(error: OrchestratorError, key: Key | None, correlation_id: str) -> None:
        tenant, key_id = (UNKNOWN_TENANT, UNKNOWN_TENANT) if key is None else (key.tenant, key.id)
        service.refused_unread(error, Submitter(tenant, key_id, correlation_id))

    litestar = _Routes(
        route_handlers=list(route_handlers(operations, _context, on_failure)),
        openapi_config=None,
        logging_config=None,
        exception_handlers={Exception: _reraise},
    )
    return Edge(
        cast(App, litestar),
        submit=endpoints(operations, _context, on_failure)[TASK_OPERATION],
        paths=PathTable(one for one in OPERATIONS.values() if one.profile in profiles),
        keys=keys,
        limits=limits,
        log=log,
        check_rate=check_rate,
        refused=refused,
    )


def _context(scope: Scope) -> RequestContext:
    context: RequestContext = scope[SCOPE_KEY]
    return context


def _reraise(_request: Any, error: Exception) -> Any:
    """Defects of the framework's own are the edge's to answer."""
    raise error
