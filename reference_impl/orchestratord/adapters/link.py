"""How one engine is asked: short questions, and requests that may take their time, bounded in every
direction.

What is said is the adapters'.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from orchestratord.adapters.connection import Answer
from orchestratord.adapters.origin import Origin, target
from orchestratord.adapters.plan import AdapterPlan
from orchestratord.core.engine_failures import EngineFailure, FailureKind

MAX_ANSWER_BYTES = 1024 * 1024
MAX_ERROR_BYTES = 64 * 1024


class EngineLink:
    """One engine by URL. `connect_ms` of the plan bounds a connection, `probe_ms` a whole short question."""

    def __init__(self, plan: AdapterPlan) -> None:
        self._base = plan.url.rstrip("/")
        self._key = "" if plan.api_key is None else f"Authorization: Bearer {plan.api_key}\r\n"
        self._probe_s = plan.probe_ms / 1000
        # OC-ADAPT-5080
        self._connect_s = plan.connect_ms / 1000
        self._origins: dict[tuple[str, str], Origin] = {}

    async def ask(self, path: str, body: Any = None) -> tuple[int, bytes]:
        """Status and body of a short answer: a GET, or a POST where there is a body. `path` may be a whole
        URL. Raises EngineFailure: UNREACHABLE or FAULT.
        """
        try:
            async with asyncio.timeout(self._probe_s):
                answer = await self._answer(path, body)
                try:
                    return answer.status, await bounded(answer, MAX_ANSWER_BYTES)
                finally:
                    answer.close()
        except TimeoutError:
            raise EngineFailure(FailureKind.FAULT, "the engine did not answer in time") from None
        except OSError as error:
            raise unreachable(error) from None

    async def close(self) -> None:
        """Give up all connections."""
        for origin in self._origins.values():
            origin.close()

    def begin(self, path: str, body: Any, *, keep: bool = True) -> Answer | None:
        """Send what `post` would send, and wait for nothing: the answer is to be handed to `post`, or closed.
        None, and nothing is sent, where no connection was kept.
        """
        url = self._base + path
        origin = self._origins.get(_place(url))
        connection = None if origin is None else origin.kept()
        if origin is None or connection is None:
            return None
        return connection.send(_request(origin, url, body, self._key, keep=keep), keep=keep)

    @asynccontextmanager
    async def post(
        self, path: str, body: Any, *, keep: bool = True, begun: Answer | None = None
    ) -> AsyncIterator[Answer]:
        """A request that may take its time, and its answer: the one that was `begun`, if there is one. It is
        ended where the block is left before the answer's end; else its connection is kept for the next,
        unless `keep` says that the engine closes it. Raises EngineFailure: UNREACHABLE or BROKEN, inside the
        block too.
        """
        try:
            if begun is None:
                answer = await self._answer(path, body, keep=keep)
            else:
                answer = await _headed(begun)
            try:
                yield answer
            finally:
                answer.close()
        except OSError as error:
            raise broken(error) from None

    async def _answer(self, path: str, body: Any, *, keep: bool = True) -> Answer:
        """The answer to a request, once its head is there. Raises EngineFailure: UNREACHABLE; and OSError."""
        # OC-ADAPT-5085, OC-ADAPT-5093: a redirected prompt would go where nobody has sent it, and the key is
        # for the engine alone.
        elsewhere = "://" in path
        url = path if elsewhere else self._base + path
        kept = True
        while True:
            try:
                origin = self._origin(url)
                request = _request(origin, url, body, "" if elsewhere else self._key, keep=keep)
                connection = await origin.connection(fresh=not kept)
            except (OSError, ValueError) as error:
                raise unreachable(error) from None
            kept = connection.kept
            try:
                return await _headed(connection.send(request, keep=keep))
            except OSError:
                # The engine may have closed a connection in the moment in which it was used again. Then a
                # question is asked anew; what may have been worked on already is not.
                if not kept or body is not None:
                    raise
                kept = False

    def _origin(self, url: str) -> Origin:
        place = _place(url)
        if place not in self._origins:
            self._origins[place] = Origin(url, self._connect_s)
        return self._origins[place]


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


async def _headed(answer: Answer) -> Answer:
    """An answer, once its head is there; it is closed where nobody waits for that. Raises OSError."""
    try:
        await answer.head()
    except BaseException:
        answer.close()
        raise
    return answer


def _request(origin: Origin, url: str, body: Any, key: str, *, keep: bool) -> bytes:
    """A request as it is sent."""
    method, content, about = "GET", b"", ""
    if body is not None:
        method, content = "POST", json.dumps(body).encode()
        about = f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    head = f"{method} {target(url)} HTTP/1.1\r\nHost: {origin.host}\r\n{about}{origin.authorization or key}"
    connection = "" if keep else "Connection: close\r\n"
    return f"{head}Accept: */*\r\nAccept-Encoding: identity\r\n{connection}\r\n".encode() + content


def unreachable(error: Exception) -> EngineFailure:
    """The failure of a connection that did not come about."""
    return EngineFailure(FailureKind.UNREACHABLE, f"the engine cannot be reached ({type(error).__name__})")


def broken(error: Exception) -> EngineFailure:
    """The failure of a connection that was there."""
    return EngineFailure(FailureKind.BROKEN, f"the connection to the engine broke ({type(error).__name__})")


async def bounded(answer: Answer, limit: int) -> bytes:
    """At most so many bytes of a body; the rest is not waited for."""
    body = bytearray()
    async for data in answer:
        body += data
        if len(body) >= limit:
            answer.close()
            break
    return bytes(body[:limit])
