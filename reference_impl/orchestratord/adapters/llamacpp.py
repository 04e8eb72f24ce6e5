"""The adapter for llama.cpp's HTTP server: connections, their limits, and the end of a request.

Formats are in `llamacpp_wire`.
"""

import asyncio
from collections.abc import AsyncGenerator

import aiohttp

from orchestratord.adapters import llamacpp_wire as wire
from orchestratord.adapters.base import Chunk, EngineAdapter, GenerateRequest, Generation
from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.worker_states import EngineFacts

MAX_ANSWER_BYTES = 1024 * 1024
MAX_ERROR_BYTES = 64 * 1024
IDLE_POLL_FIRST_S = 0.002
IDLE_POLL_LONGEST_S = 0.05


class LlamaCppAdapter(EngineAdapter):
    """One llama.cpp server by URL.

    `connect_ms` bounds a connection, `probe_ms` a whole question about health.
    """

    def __init__(self, url: str, connect_ms: float, probe_ms: float) -> None:
        self._base = url.rstrip("/")
        self._connect_s = connect_ms / 1000
        self._probe = aiohttp.ClientTimeout(total=probe_ms / 1000, sock_connect=self._connect_s)
        self._session: aiohttp.ClientSession | None = None
        self._has_metrics = True

    @property
    def session(self) -> aiohttp.ClientSession:
        """The connections to this engine, opened when they are first needed."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_s),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def probe(self) -> EngineFacts:
        # OC-ADAPT-5001, OC-ADAPT-5011
        try:
            status, body = await self.get("/health")
            if status == 503:
                raise EngineFailure(FailureKind.NOT_READY, "the engine is loading its model")
            if status != 200:
                raise EngineFailure(FailureKind.FAULT, f"the engine's health answers with status {status}")
            status, body = await self.get("/props")
            if status != 200:
                raise EngineFailure(FailureKind.FAULT, f"the engine's properties answer with status {status}")
            return wire.facts(body, await self._kv_usage())
        except TimeoutError:
            raise EngineFailure(FailureKind.FAULT, "the engine did not answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise unreachable(error) from None

    def generation(self, request: GenerateRequest) -> Generation:
        return _Completion(self, request)

    async def count_tokens(self, text: str) -> int | None:
        try:
            async with self.session.post(
                self.url("/tokenize"), json={"content": text}, timeout=self._probe
            ) as answer:
                return wire.token_count(await answer.content.read(-1)) if answer.status == 200 else None
        except (aiohttp.ClientError, OSError, TimeoutError):
            return None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def url(self, path: str) -> str:
        """The address of one of the engine's routes."""
        return self._base + path

    async def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a short answer. Raises what aiohttp raises."""
        async with self.session.get(self.url(path), timeout=self._probe) as answer:
            return answer.status, await _bounded(answer, MAX_ANSWER_BYTES)

    async def _kv_usage(self) -> float | None:
        if not self._has_metrics:
            return None
        status, body = await self.get("/metrics")
        self._has_metrics = status == 200
        return wire.kv_usage(body) if self._has_metrics else None


class _Completion(Generation):
    """One `POST /completion`."""

    def __init__(self, adapter: LlamaCppAdapter, request: GenerateRequest) -> None:
        self._adapter = adapter
        self._request = request
        self._parser = wire.StreamParser()

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        try:
            answer = await self._adapter.session.post(
                self._adapter.url("/completion"), json=wire.completion_body(self._request)
            )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise unreachable(error) from None
        except (aiohttp.ClientError, OSError) as error:
            raise broken(error) from None
        try:
            if answer.status != 200:
                raise wire.refusal(answer.status, await _bounded(answer, MAX_ERROR_BYTES))
            async for data in answer.content.iter_any():
                chunk = self._parser.feed(data)
                if chunk is None:
                    continue
                yield chunk
                if chunk.finished:
                    return
            raise EngineFailure(FailureKind.BROKEN, "the engine ended the stream before its last item")
        except (aiohttp.ClientError, OSError) as error:
            raise broken(error) from None
        finally:
            # OC-ADAPT-5083: a connection that is closed is how this engine learns of a cancel.
            answer.close()

    async def wait_idle(self, others: int) -> bool:
        pause = IDLE_POLL_FIRST_S
        while True:
            try:
                status, body = await self._adapter.get("/slots")
            except (aiohttp.ClientError, OSError, TimeoutError):
                return False
            busy = wire.busy_slots(body) if status == 200 else None
            if busy is None:
                return False
            if len(busy) <= others or (self._parser.slot is not None and self._parser.slot not in busy):
                return True
            await asyncio.sleep(pause)
            pause = min(2 * pause, IDLE_POLL_LONGEST_S)


def unreachable(error: Exception) -> EngineFailure:
    """The failure of a connection that did not come about."""
    return EngineFailure(FailureKind.UNREACHABLE, f"the engine cannot be reached ({type(error).__name__})")


def broken(error: Exception) -> EngineFailure:
    """The failure of a connection that was there."""
    return EngineFailure(FailureKind.BROKEN, f"the connection to the engine broke ({type(error).__name__})")


async def _bounded(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    """At most so many bytes of a body; the rest is not waited for."""
    body = bytearray()
    async for data in answer.content.iter_any():
        body += data
        if len(body) >= limit:
            answer.close()
            break
    return bytes(body[:limit])
