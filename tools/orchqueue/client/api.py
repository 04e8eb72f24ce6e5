"""The operations of the API, one method each."""

import asyncio
import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Self
from urllib.parse import quote

from orchqueue.client.errors import AnswerLostError, ContractError
from orchqueue.client.reading import Model, parse, refusal
from orchqueue.client.stream import Loss, TaskStream
from orchqueue.client.transport import Answer, Transport
from orchqueue.client.values import Admission, Budgets, CancelOutcome
from orchqueue_contract._model import ContractModel
from orchqueue_contract.models import (
    AdmissionResponse,
    Artifact,
    ArtifactRef,
    Capabilities,
    CompletionRequest,
    DrainRequest,
    EmbeddingRequest,
    PoolHealth,
    ReloadRequest,
    RerankRequest,
    SessionInfo,
    StoredArtifact,
)

_REPEATS = 2
_REPEAT_DELAY_S = 0.1


class AsyncClient:
    """Talks to one server with one key. Use it as a context manager, within one event loop.

    `timeout_s` bounds each answer; `silence_s` how long a stream may say nothing, not even a comment, before
    it is taken for lost; `patience_s` how long a lost stream is tried again. `ssl_context` is for https, by
    default the system's.

    Every method raises UnreachableError, RefusedError (KeyRefusedError, BusyError) or ContractError. What
    does no harm when done twice is asked again, up to twice, when the connection is lost before the answer.
    """

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        timeout_s: float = 30.0,
        silence_s: float = 60.0,
        patience_s: float = 30.0,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Raise AddressError when URL or key cannot be used."""
        self._transport = Transport(url, api_key, timeout_s=timeout_s, ssl_context=ssl_context)
        self._silence_s, self._patience_s = silence_s, patience_s

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection, those of streams that are still open among them."""
        await self._transport.close()

    async def submit(self, request: CompletionRequest | EmbeddingRequest | RerankRequest) -> Admission:
        """Submit a task; sent again under its own id, it is answered alike and does not run twice."""
        answer = await self._ask("POST", "/v1/tasks", 202, request)
        admitted = parse(AdmissionResponse, answer.body, "the answer to POST /v1/tasks")
        correlation_id = answer.headers.get("x-correlation-id", "")
        return Admission(admitted, Budgets.from_headers(answer.headers), correlation_id)

    def stream(
        self, task_id: str, *, after: int | None = None, on_loss: Callable[[Loss], None] | None = None
    ) -> TaskStream:
        """Follow a task's events, from the one after the id `after` on; nothing is sent before iteration.

        `on_loss` is told of each lost connection before the stream is opened again.
        """
        return TaskStream(
            self._transport,
            f"/v1/tasks/{_segment(task_id)}/stream",
            task_id,
            after=after,
            patience_s=self._patience_s,
            silence_s=self._silence_s,
            on_loss=on_loss,
        )

    async def cancel(self, task_id: str) -> CancelOutcome:
        """Cancel a task and return what that did. Asked once: of a second cancel the answer is another."""
        answer = await self._ask("POST", f"/v1/tasks/{_segment(task_id)}/cancel", 204, repeats=0)
        try:
            return CancelOutcome(answer.headers.get("x-cancel-outcome", ""))
        except ValueError as error:
            raise ContractError(f"the cancel's outcome is none of the contract: {error}") from error

    async def session(self, session_id: str) -> SessionInfo:
        """Read how a session stands."""
        return await self._get(SessionInfo, f"/v1/sessions/{_segment(session_id)}")

    async def delete_session(self, session_id: str) -> None:
        """End a session; its tasks run on."""
        await self._ask("DELETE", f"/v1/sessions/{_segment(session_id)}", 204)

    async def store_artifact(self, artifact: Artifact) -> ArtifactRef:
        """Store content under its digest; equal content gives the first record again."""
        answer = await self._ask("POST", "/v1/artifacts", 201, artifact)
        return parse(ArtifactRef, answer.body, "the answer to POST /v1/artifacts")

    async def artifact(self, artifact_id: str) -> StoredArtifact:
        """Read an artifact."""
        return await self._get(StoredArtifact, f"/v1/artifacts/{_segment(artifact_id)}")

    async def capabilities(self) -> Capabilities:
        """Ask what the server can do; needs a key with the control scope, as what follows."""
        return await self._get(Capabilities, "/v1/capabilities")

    async def pool_health(self, pool_id: str) -> PoolHealth:
        """Ask how a pool fares."""
        return await self._get(PoolHealth, f"/v1/pools/{_segment(pool_id)}/health")

    async def drain(self, pool_id: str, deadline_ms: int) -> None:
        """Let a pool take nothing new, and end what it has within so many milliseconds."""
        request = DrainRequest(deadline_ms=deadline_ms)
        await self._ask("POST", f"/v1/pools/{_segment(pool_id)}/drain", 202, request, repeats=0)

    async def reload(self, pool_id: str, new_model_ref: str, *, timeout_s: float | None = None) -> None:
        """Give a pool another model; returns once it serves that, for which `timeout_s` can be raised."""
        request = ReloadRequest(new_model_ref=new_model_ref)
        path = f"/v1/pools/{_segment(pool_id)}/reload"
        await self._ask("POST", path, 200, request, repeats=0, timeout_s=timeout_s)

    async def _get(self, model: type[Model], path: str) -> Model:
        answer = await self._ask("GET", path, 200)
        return parse(model, answer.body, f"the answer to GET {path}")

    async def _ask(
        self,
        method: str,
        path: str,
        status: int,
        body: ContractModel | None = None,
        *,
        repeats: int = _REPEATS,
        timeout_s: float | None = None,
    ) -> Answer:
        """Return the answer when it has that status; raises otherwise. OC-CLIENT-8502."""
        data = None if body is None else body.model_dump_json().encode()
        while True:
            try:
                answer = await self._transport.ask(method, path, data, timeout_s)
            except AnswerLostError:
                if repeats == 0:
                    raise
                repeats -= 1
                await asyncio.sleep(_REPEAT_DELAY_S)
            else:
                if answer.status == status:
                    return answer
                raise refusal(answer, f"{method} {path}")


def _segment(text: str) -> str:
    """Write an id as one segment of a path."""
    return quote(text, safe=":")
