"""HTTP below the client: requests, answers and bodies that are still growing, with every wait bounded.

Knows nothing of what is asked; all faults of the wire come out as this package's errors.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, urlsplit

import h11
import httpcore

from orchqueue.client.errors import AddressError, AnswerLostError, ContractError, UnreachableError

MAX_ANSWER_BYTES = 64 << 20
_PORTS = {"http": 80, "https": 443}
# Below what servers commonly allow an idle connection, so that a request seldom meets one that just closed.
_IDLE_S = 4.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. Header names are in lower case; of a repeated header the last value counts."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def media_type(headers: Mapping[str, str]) -> str:
    """Return the media type that the headers tell of, without parameters; empty when there is none."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


class Response:
    """An answer whose body is still to come. It has to be closed."""

    def __init__(self, response: httpcore.Response, url: str) -> None:
        self.status = response.status
        self.headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
        }
        self._response = response
        self._url = url
        self._chunks: AsyncIterator[bytes] = response.aiter_stream()

    async def read(self, timeout_s: float) -> bytes:
        """Return the next bytes of the body, none at its end.

        Raises UnreachableError after so many seconds of silence, AnswerLostError when it is cut.
        """
        with _faults(self._url, begun=True):
            try:
                async with asyncio.timeout(timeout_s):
                    return await anext(self._chunks, b"")
            except TimeoutError as error:
                raise UnreachableError(f"{self._url} was silent for {timeout_s:g} s") from error

    async def whole(self, timeout_s: float) -> bytes:
        """Return the whole body; raises as `read`, and ContractError when it has no end."""
        body = bytearray()
        while data := await self.read(timeout_s):
            body += data
            if len(body) > MAX_ANSWER_BYTES:
                raise ContractError(f"{self._url} answered with more than {MAX_ANSWER_BYTES} bytes")
        return bytes(body)

    async def close(self) -> None:
        """Give the connection back, or close it when the body was not read to its end."""
        with _faults(self._url, begun=True):
            await self._response.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class Transport:
    """Connections to one server, kept open between requests.

    Follows no redirect: the key is for this server alone.
    """

    def __init__(
        self, url: str, api_key: str | None, *, timeout_s: float, ssl_context: ssl.SSLContext | None
    ) -> None:
        parts = _address(url)
        self.url = url.rstrip("/")
        self.timeout_s = timeout_s
        self._origin = (parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme])
        self._prefix = parts.path.rstrip("/")
        self._headers = [(b"Host", parts.netloc.encode("ascii")), (b"Accept", b"*/*")]
        if api_key is not None:
            self._headers.append((b"X-API-Key", _key(api_key)))
        if parts.scheme == "https" and ssl_context is None:
            ssl_context = ssl.create_default_context()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context, max_connections=None, keepalive_expiry=_IDLE_S
        )

    async def ask(
        self, method: str, path: str, body: bytes | None = None, timeout_s: float | None = None
    ) -> Answer:
        """Send a request, with a body of JSON if there is one, and return the whole answer.

        Raises UnreachableError when it does not come in time, AnswerLostError, ContractError.
        """
        limit_s = self.timeout_s if timeout_s is None else timeout_s
        try:
            async with asyncio.timeout(limit_s), await self._send(method, path, body, []) as response:
                return Answer(response.status, response.headers, await response.whole(limit_s))
        except TimeoutError as error:
            raise UnreachableError(f"{self.url} gave no answer within {limit_s:g} s") from error

    async def open(self, path: str, headers: Mapping[str, str]) -> Response:
        """Send a GET and return its answer once the headers are there; raises as `ask`."""
        pairs = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
        try:
            async with asyncio.timeout(self.timeout_s):
                return await self._send("GET", path, None, pairs)
        except TimeoutError as error:
            raise UnreachableError(f"{self.url} gave no answer within {self.timeout_s:g} s") from error

    async def _send(
        self, method: str, path: str, body: bytes | None, headers: list[tuple[bytes, bytes]]
    ) -> Response:
        sent = [*self._headers, *headers]
        if body is not None:
            sent += [(b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(body))]
        elif method == "POST":
            sent.append((b"Content-Length", b"0"))
        scheme, host, port = self._origin
        url = httpcore.URL(scheme=scheme, host=host, port=port, target=self._prefix + path)
        with _faults(self.url, begun=False):
            request = httpcore.Request(method, url, headers=sent, content=body)
            return Response(await self._pool.handle_async_request(request), self.url)

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


def _address(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressError(f"{url!r} is no URL: {error}") from error
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        raise AddressError(f"{url!r} is no URL of a server; one looks like http://127.0.0.1:8080")
    if parts.query or parts.fragment or "@" in parts.netloc or not url.isascii():
        raise AddressError(f"{url!r} holds more than a scheme, a host, a port and a path")
    return parts


def _key(api_key: str) -> bytes:
    if not (api_key.isascii() and api_key.isprintable() and api_key == api_key.strip()):
        raise AddressError("the key holds characters that no header can carry; look for a line end in it")
    return api_key.encode("ascii")


@contextmanager
def _faults(url: str, *, begun: bool) -> Iterator[None]:
    """Turn the faults of the wire into errors; `begun` once the headers of an answer were there."""
    try:
        yield
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        raise UnreachableError(f"no connection to {url}: {_reason(error)}") from error
    except (httpcore.RemoteProtocolError, httpcore.LocalProtocolError) as error:
        # An end of the connection is found by the pool, anything else by the parser below it.
        if isinstance(error.__context__, h11.RemoteProtocolError) and not begun:
            raise ContractError(f"{url} does not answer in HTTP/1.1: {error}") from error
        raise AnswerLostError(f"the connection to {url} was lost: {error}") from error
    except (httpcore.NetworkError, httpcore.TimeoutException) as error:
        raise AnswerLostError(f"the connection to {url} was lost: {_reason(error)}") from error


def _reason(error: BaseException) -> str:
    """Find the system's own words for what happened: the libraries above it each add theirs."""
    words, cause = str(error) or type(error).__name__, error.__cause__ or error.__context__
    while cause is not None:
        if isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[0]
        if isinstance(cause, socket.gaierror | ssl.SSLError) and cause.strerror:
            return cause.strerror
        if isinstance(cause, OSError) and cause.errno:
            return os.strerror(cause.errno)
        cause = cause.__cause__ or cause.__context__
    return words
