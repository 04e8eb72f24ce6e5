"""The operations of the contract on top of the service: form in, form out."""

import re
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from msgspec import UNSET

from orchestratord.core.catalog.models import Model
from orchestratord.core.catalog.states import ModelState
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.sessions import SessionKey
from orchestratord.core.tasks import TaskKey
from orchestratord.http.artifacts import artifact_id, artifact_ref, read_artifact, stored_artifact
from orchestratord.http.bodies import given, read, read_task
from orchestratord.http.catalog import catalog_model, read_registration
from orchestratord.http.context import RequestContext
from orchestratord.http.keys import Key
from orchestratord.http.pools import pool_health
from orchestratord.http.sessions import budget_headers, session_info
from orchestratord.metrics import Metrics
from orchestratord.service import Catalog, Orchestrator, Submitter
from orchestratord.service.overview import ReplicaSet
from orchestratord.service.threads import Threads
from orchqueue_contract import API_VERSION
from orchqueue_contract.errors import ErrorCode
from orchqueue_contract.routes import (
    Body,
    CancelTask204,
    CancelTaskResponse,
    ChangeModelState202,
    ChangeModelStateResponse,
    CreateArtifact201,
    CreateArtifactResponse,
    CreateTask202,
    CreateTaskResponse,
    DeleteModel204,
    DeleteModelResponse,
    DeleteSession204,
    DeleteSessionResponse,
    DrainPool202,
    DrainPoolResponse,
    GetArtifact200,
    GetArtifactResponse,
    GetCapabilities200,
    GetCapabilitiesResponse,
    GetMetrics200,
    GetMetricsResponse,
    GetModel200,
    GetModelResponse,
    GetPoolHealth200,
    GetPoolHealthResponse,
    GetSession200,
    GetSessionResponse,
    Operations,
    RegisterModel201,
    RegisterModelResponse,
    ReloadPool200,
    ReloadPoolResponse,
    StreamTask200,
    StreamTask204,
    StreamTaskResponse,
    VerifyModel202,
    VerifyModelResponse,
)
from orchqueue_contract.structs import (
    AdmissionResponse,
    Artifact,
    Capabilities,
    CatalogModel,
    DrainRequest,
    EngineCapability,
    ModelRegistration,
    Profile,
    ReloadRequest,
    StateChange,
    TaskRequest,
)

T = TypeVar("T")

SHORT_BYTES = 32 * 1024

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")


class ServerOperations(Operations[RequestContext]):
    """What the server answers; `rates` tells what a key may send. Every method may raise OrchestratorError,
    which the edge renders.
    """

    def __init__(
        self,
        service: Orchestrator,
        metrics: Metrics,
        profiles: Sequence[Profile],
        rates: Callable[[Key], dict[str, float]],
    ) -> None:
        self._service = service
        self._metrics = metrics
        self._rates = rates
        self._reading = Threads("bodies", 1)
        self._profiles = profiles

    async def create_task(self, context: RequestContext, body: Body[TaskRequest]) -> CreateTaskResponse:
        key = _key(context)
        submitter = Submitter(key.tenant, key.id, context.correlation_id)
        try:
            spec = await self._read(body, lambda: read_task(body))
        except OrchestratorError as error:
            self._service.refused_unread(error, submitter)
            raise
        job = await self._service.submit(spec, submitter)
        return CreateTask202(
            body=AdmissionResponse(
                task_id=job.key.task_id,
                job_id=job.job_id,
                queue_position=job.forecast.position,
                predicted_start_ms=job.forecast.start_ms,
                backoff_ms=0,
            ),
            **budget_headers(job.session),
        )

    async def stream_task(
        self,
        context: RequestContext,
        id: str,  # noqa: A002 - the contract's name of the parameter
        last_event_id: str | None,
    ) -> StreamTaskResponse:
        key = _key(context)
        stream = self._service.follow(_task_key(key, id), last_event_id, key.id, context.push)
        if stream is None:
            return StreamTask204()
        return StreamTask200(body=stream, **budget_headers(stream.job.session))

    async def cancel_task(
        self,
        context: RequestContext,
        id: str,  # noqa: A002 - the contract's name of the parameter
    ) -> CancelTaskResponse:
        key = _task_key(_key(context), id)
        outcome = self._service.cancel(key)
        await self._service.told(key)
        return CancelTask204(x_cancel_outcome=outcome)

    async def get_session(
        self,
        context: RequestContext,
        id: str,  # noqa: A002 - the contract's name of the parameter
    ) -> GetSessionResponse:
        lowered = id.lower()
        if not _UUID.match(lowered):
            raise OrchestratorError(ErrorCode.NOT_FOUND, "There is no such session, or no longer.")
        state = self._service.session(SessionKey(_key(context).tenant, lowered))
        return GetSession200(body=session_info(state))

    async def delete_session(
        self,
        context: RequestContext,
        id: str,  # noqa: A002 - the contract's name of the parameter
    ) -> DeleteSessionResponse:
        # OC-CTRL-2064: of an id that cannot exist there is no session either.
        key = _key(context)
        self._service.delete_session(id.lower(), Submitter(key.tenant, key.id, context.correlation_id))
        return DeleteSession204()

    async def create_artifact(self, context: RequestContext, body: Body[Artifact]) -> CreateArtifactResponse:
        archive = self._service.archive
        draft = await archive.aside(len(body.raw), lambda: read_artifact(body))
        kept = await archive.store(_key(context).tenant, draft, context.correlation_id)
        return CreateArtifact201(body=artifact_ref(kept))

    async def get_artifact(
        self,
        context: RequestContext,
        id: str,  # noqa: A002 - the contract's name of the parameter
    ) -> GetArtifactResponse:
        tenant, wanted = _key(context).tenant, artifact_id(id)
        found = await self._service.archive.read(tenant, wanted, context.correlation_id)
        return GetArtifact200(body=stored_artifact(found))

    async def get_capabilities(self, context: RequestContext) -> GetCapabilitiesResponse:
        # OC-CTRL-2061: the version is the one of the document that the stubs were made from.
        rates = self._rates(_key(context))
        engines = [_capability(one, rates) for one in self._service.replica_sets()]
        return GetCapabilities200(
            body=Capabilities(api_version=API_VERSION, profiles=list(self._profiles), engines=engines)
        )

    async def get_pool_health(
        self,
        context: RequestContext,
        id: str,  # noqa: A002 - the contract's name of the parameter
    ) -> GetPoolHealthResponse:
        return GetPoolHealth200(body=pool_health(self._service.pool_health(id), time.time() * 1000))

    async def drain_pool(
        self,
        context: RequestContext,
        id: str,  # noqa: A002 - the contract's name of the parameter
        body: Body[DrainRequest],
    ) -> DrainPoolResponse:
        asked = await self._read(body, lambda: read(body, "DrainRequest"))
        self._service.control.drain(id, asked.deadline_ms, context.correlation_id)
        return DrainPool202()

    async def reload_pool(
        self,
        context: RequestContext,
        id: str,  # noqa: A002 - the contract's name of the parameter
        body: Body[ReloadRequest],
    ) -> ReloadPoolResponse:
        asked = await self._read(body, lambda: read(body, "ReloadRequest"))
        await self._service.control.reload(id, asked.new_model_ref, context.correlation_id)
        return ReloadPool200()

    async def register_model(
        self, context: RequestContext, body: Body[ModelRegistration]
    ) -> RegisterModelResponse:
        registration = await self._read(body, lambda: read_registration(body))
        model = await self._catalog.register(registration, context.correlation_id)
        return RegisterModel201(body=self._shown(model))

    async def get_model(
        self,
        context: RequestContext,
        id: str,  # noqa: A002 - the contract's name of the parameter
    ) -> GetModelResponse:
        return GetModel200(body=self._shown(self._catalog.read(id)))

    async def delete_model(
        self,
        context: RequestContext,
        id: str,  # noqa: A002 - the contract's name of the parameter
    ) -> DeleteModelResponse:
        await self._catalog.delete(id, context.correlation_id)
        return DeleteModel204()

    async def verify_model(
        self,
        context: RequestContext,
        id: str,  # noqa: A002 - the contract's name of the parameter
    ) -> VerifyModelResponse:
        self._catalog.verify(id, context.correlation_id)
        return VerifyModel202()

    async def change_model_state(
        self,
        context: RequestContext,
        id: str,  # noqa: A002 - the contract's name of the parameter
        body: Body[StateChange],
    ) -> ChangeModelStateResponse:
        asked = await self._read(body, lambda: read(body, "StateChange"))
        await self._catalog.change_state(
            id,
            ModelState(asked.state),
            context.correlation_id,
            share=given(asked.share),
            deadline_ms=given(asked.deadline_ms),
        )
        return ChangeModelState202()

    async def get_metrics(self, context: RequestContext) -> GetMetricsResponse:
        exposition, content_type = self._metrics.exposition(context.accept)
        return GetMetrics200(body=exposition, content_type=content_type)

    def close(self) -> None:
        """Read no long body any more."""
        self._reading.close()

    async def _read(self, body: Body[Any], call: Callable[[], T]) -> T:
        """What a call makes of a body. What is wrong with a long one takes seconds to find, for which the
        event loop is not held up; one at a time, so that many do not do so together.
        """
        return call() if len(body.raw) <= SHORT_BYTES else await self._reading.run(call)

    @property
    def _catalog(self) -> Catalog:
        catalog = self._service.catalog
        assert catalog is not None, "the edge knows none of these paths without a catalog"
        return catalog

    def _shown(self, model: Model) -> CatalogModel:
        return catalog_model(model, self._catalog.policy(model), self._catalog.left_ms(model))


def _capability(one: ReplicaSet, rates: dict[str, float]) -> EngineCapability:
    return EngineCapability(
        engine=one.engine,
        engine_version=one.version,
        model_digest=UNSET if one.model_digest is None else one.model_digest,
        ctx_max=one.ctx,
        concurrency=one.slots,
        supported_workloads=list(one.workloads),
        rate_limits=rates,
        features={**dict(one.features), "max_tokens": float(one.max_tokens)},
        models=list(one.models),
    )


def _key(context: RequestContext) -> Key:
    assert context.key is not None, (
        "the edge lets nobody without a key through to an operation that needs one"
    )
    return context.key


def _task_key(key: Key, task_id: str) -> TaskKey:
    """The key of a task by the id in a path. Raises NOT_FOUND for an id that cannot exist."""
    lowered = task_id.lower()
    if not _UUID.match(lowered):
        raise OrchestratorError(ErrorCode.NOT_FOUND, "There is no such task, or no longer.")
    return TaskKey(key.tenant, lowered)
