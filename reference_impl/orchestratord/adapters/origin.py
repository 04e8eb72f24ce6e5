"""The connections to one host and port: opened when they are needed, kept for a while for the next request.

What is said over them is the link's.
"""

import asyncio
import socket
import ssl
from base64 import b64encode
from functools import cache
from urllib.parse import SplitResult, quote, unquote, urlsplit

from aiohappyeyeballs import start_connection

from orchestratord.adapters.connection import Connection

# Engines close a connection that has been idle for five seconds. One that they close in the moment in which
# it is used again would fail a task for nothing, so it is given up before.
KEEP_ALIVE_S = 4.0
# How long an address may take before the next of the same name is tried beside it (RFC 8305).
NEXT_ADDRESS_S = 0.25

_PORTS = {"http": 80, "https": 443}
_UNQUOTED = "/%:?#[]@!$&'()*+,;=-._~"


class ConnectTimeoutError(ConnectionError):
    """A connection took too long to come about."""


class Origin:
    """One host and port, by any URL that names them. `connect_s` bounds the making of a connection;
    `authorization` is the header line for what the URL says of a user, empty where it says nothing.

    Raises ValueError where the URL is none.
    """

    def __init__(self, url: str, connect_s: float) -> None:
        parts = urlsplit(url)
        self._tls = parts.scheme == "https"
        self._name = (parts.hostname or "").encode("idna").decode()
        self._port = parts.port or _PORTS[parts.scheme]
        shown = f"[{self._name}]" if ":" in self._name else self._name
        self.host = shown if parts.port is None else f"{shown}:{self._port}"
        self.authorization = _authorization(parts)
        self._connect_s = connect_s
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()

    async def connection(self, *, fresh: bool = False) -> Connection:
        """One that serves no request: one that was kept, unless it has to be fresh, or a new one.

        Raises OSError.
        """
        kept = None if fresh else self.kept()
        if kept is not None:
            return kept
        try:
            async with asyncio.timeout(self._connect_s):
                return await self._connect()
        except TimeoutError:
            raise ConnectTimeoutError from None

    def kept(self) -> Connection | None:
        """One that was kept, and serves no request; None where there is none."""
        if not self._idle:
            return None
        kept = self._idle.pop()
        if kept.lapse is not None:
            kept.lapse.cancel()
        return kept

    def close(self) -> None:
        """Close all of them, whatever they are at."""
        for connection in list(self._open):
            connection.abort()

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        addresses = await loop.getaddrinfo(self._name, self._port, type=socket.SOCK_STREAM)
        sock = await start_connection(addresses, happy_eyeballs_delay=NEXT_ADDRESS_S)
        _, connection = await loop.create_connection(
            lambda: Connection(self._keep, self._forget),
            sock=sock,
            ssl=_trusting() if self._tls else None,
            server_hostname=self._name if self._tls else None,
        )
        self._open.add(connection)
        return connection

    def _keep(self, connection: Connection) -> None:
        connection.lapse = asyncio.get_running_loop().call_later(KEEP_ALIVE_S, self._give_up, connection)
        self._idle.append(connection)

    def _give_up(self, connection: Connection) -> None:
        # That it is closed is told a turn of the loop later, and until then somebody might take it.
        self._idle.remove(connection)
        connection.close()

    def _forget(self, connection: Connection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)


def target(url: str) -> str:
    """Path and query of a URL as they stand in a request."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return quote((parts.path or "/") + query, safe=_UNQUOTED)


def _authorization(parts: SplitResult) -> str:
    """Basic authorization, RFC 7617."""
    if parts.username is None:
        return ""
    words = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return f"Authorization: Basic {b64encode(words).decode()}\r\n"


@cache
def _trusting() -> ssl.SSLContext:
    return ssl.create_default_context()
