"""The connection of tools to the world: no redirects, no cookies, no proxies, no compression; names that only
a wildcard allows lead to public addresses alone.
"""

import socket
from collections.abc import Collection
from ipaddress import ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from orchestratord.policy.plan import ToolPlan
from orchestratord.policy.tools.errors import ToolDeniedError, ToolFailedError
from orchestratord.policy.tools.messages import ToolRequest
from orchestratord.policy.tools.rules import check_size, check_type, essence

# Of the connection, and none of the tool's business.
OWN_HEADERS = frozenset(
    {
        "accept-encoding", "connection", "content-length", "expect", "host", "keep-alive",
        "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    }
)  # fmt: skip


class Answer:
    """What the other side sent."""

    def __init__(self, status: int, kind: str, body: bytes) -> None:
        self.status = status
        self.type = kind
        self.body = body


class PublicResolver(AbstractResolver):
    """Looks names up, and knows only public addresses of those that are not `listed` by name."""

    def __init__(self, listed: Collection[str]) -> None:
        self._listed = listed
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host. Raises OSError when there is none that may be reached."""
        found = await self._inner.resolve(host, port, family)
        allowed = [one for one in found if host in self._listed or ip_address(one["host"]).is_global]
        if not allowed:
            raise OSError(None, "this name has no public address")
        return allowed

    async def close(self) -> None:
        """Look nothing up any more."""
        await self._inner.close()


class Outside:
    """One session, which whoever opens it has to close. To be used in one event loop."""

    def __init__(self, listed: Collection[str], timeout_ms: int) -> None:
        self._listed = listed
        self._timeout = aiohttp.ClientTimeout(total=timeout_ms / 1000)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, asked: ToolRequest, body: bytes, headers: dict[str, str], plan: ToolPlan) -> Answer:
        """The answer, read as far as it may go.

        Raises ToolFailedError when none comes, ToolDeniedError for one that is too large or of a wrong type.
        """
        try:
            async with self._opened().request(
                asked.method, asked.url, data=body or None, headers=headers, allow_redirects=False
            ) as answer:
                kind = essence(answer.headers.get("Content-Type"))
                return Answer(answer.status, kind, await _read(answer, kind, plan))
        except TimeoutError:
            raise ToolFailedError("the other side did not answer in time") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ToolFailedError(f"the other side gave no answer ({type(error).__name__})") from None

    async def close(self) -> None:
        """Give up all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=PublicResolver(self._listed), limit=16),
                headers={"Accept-Encoding": "identity"},
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                timeout=self._timeout,
            )
        return self._session


async def _read(answer: aiohttp.ClientResponse, kind: str, plan: ToolPlan) -> bytes:
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        # What cannot be read cannot be judged.
        raise ToolDeniedError("encoding", "the answer is encoded, although nobody asked for that")
    body = b""
    async for piece in answer.content.iter_any():
        body += piece
        check_size("response", len(body), plan.max_response_bytes)
    if body:
        check_type(kind, plan)
    return body
