"""The connections to one engine: opened when they are needed, kept for the next request, bounded in every
direction.

What is said over them is the adapters'.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from orchestratord.adapters.plan import AdapterPlan
from orchestratord.core.engine_failures import EngineFailure, FailureKind

MAX_ANSWER_BYTES = 1024 * 1024
MAX_ERROR_BYTES = 64 * 1024
# Engines close a connection that has been idle for five seconds. One that they close in the moment in which
# it is used again would fail a task for nothing, so it is given up before.
KEEP_ALIVE_S = 4.0


class EngineLink:
    """One engine by URL. `connect_ms` of the plan bounds a connection, `probe_ms` a whole short question."""

    def __init__(self, plan: AdapterPlan) -> None:
        self._base = plan.url.rstrip("/")
        self._key = {} if plan.api_key is None else {"Authorization": f"Bearer {plan.api_key}"}
        connect_s = plan.connect_ms / 1000
        # OC-ADAPT-5080
        self._patient = aiohttp.ClientTimeout(total=None, connect=connect_s, sock_connect=connect_s)
        self._short = aiohttp.ClientTimeout(
            total=plan.probe_ms / 1000, connect=connect_s, sock_connect=connect_s
        )
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, path: str, body: Any = None) -> tuple[int, bytes]:
        """Status and body of a short answer: a GET, or a POST where there is a body. `path` may be a whole
        URL. Raises EngineFailure: UNREACHABLE or FAULT.
        """
        method = "GET" if body is None else "POST"
        try:
            async with self._open(method, path, body, self._short) as answer:
                return answer.status, await bounded(answer, MAX_ANSWER_BYTES)
        except aiohttp.ConnectionTimeoutError as error:
            raise unreachable(error) from None
        except TimeoutError:
            raise EngineFailure(FailureKind.FAULT, "the engine did not answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise unreachable(error) from None

    async def close(self) -> None:
        """Give up all connections."""
        if self._session is not None:
            await self._session.close()

    @asynccontextmanager
    async def post(self, path: str, body: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        """A request that may take its time, and its answer. It is ended where the block is left before the
        answer's end; else its connection is kept for the next. Raises EngineFailure: UNREACHABLE or BROKEN,
        inside the block too.
        """
        try:
            async with self._open("POST", path, body, self._patient) as answer:
                try:
                    yield answer
                finally:
                    # OC-ADAPT-5083: a connection that is closed is how an engine learns of a cancel. One
                    # whose answer has been read to its end is no longer the answer's.
                    answer.close()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise unreachable(error) from None
        except (aiohttp.ClientError, OSError) as error:
            raise broken(error) from None

    def _open(self, method: str, path: str, body: Any, timeout: aiohttp.ClientTimeout) -> Any:
        # The key is for the engine alone, and a redirected prompt would go where nobody has sent it.
        elsewhere = "://" in path
        url, headers = (path, {}) if elsewhere else (self._base + path, self._key)
        return self._opened().request(
            method, url, json=body, headers=headers, timeout=timeout, allow_redirects=False
        )

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_S),
                headers={"Accept-Encoding": "identity"},
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def unreachable(error: Exception) -> EngineFailure:
    """The failure of a connection that did not come about."""
    return EngineFailure(FailureKind.UNREACHABLE, f"the engine cannot be reached ({type(error).__name__})")


def broken(error: Exception) -> EngineFailure:
    """The failure of a connection that was there."""
    return EngineFailure(FailureKind.BROKEN, f"the connection to the engine broke ({type(error).__name__})")


async def bounded(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    """At most so many bytes of a body; the rest is not waited for."""
    body = bytearray()
    async for data in answer.content.iter_any():
        body += data
        if len(body) >= limit:
            answer.close()
            break
    return bytes(body[:limit])
