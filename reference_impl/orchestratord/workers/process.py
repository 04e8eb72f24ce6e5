"""One worker's process, as the server holds it.

What it says is passed on line by line; what is made of that, and why it is started or stopped, is the
service's.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

from orchestratord.core.errors import ServerError
from orchestratord.core.pools.exits import Exit

GUARD = str(Path(__file__).with_name("guard.py"))
LINE_BYTES = 8_192
PIECE_BYTES, PIECE_LINES = 65_536, 250
# One that writes more than that at once is read no faster: its words may cost neither the server nor others.
PIECE_PAUSE_S = 0.01
GUARD_SLACK_S = 5.0
LAST_WORDS_S = 1.0

Hear = Callable[[str, bool], None]
"""Gets a line, or a piece of a longer one, and whether it goes on a line that has begun before."""


class ProcessError(ServerError):
    """A worker's process could not be started."""


class ManagedProcess:
    """A command that runs under a guard. Made by `start`; ended by itself, by `stop`, or with the server.

    `pid` is the guard's. `exit` is set once it has ended and what it said was heard.
    """

    def __init__(self, transport: asyncio.SubprocessTransport, ends: "_Ends", grace_ms: float) -> None:
        self._transport = transport
        self._ends = ends
        self._grace_ms = grace_ms
        self.pid: int = transport.get_pid()
        self.exit: asyncio.Task[Exit] = asyncio.create_task(self._follow())

    @classmethod
    async def start(
        cls, command: Sequence[str], environment: Mapping[str, str], grace_ms: float, hear: Hear
    ) -> "ManagedProcess":
        """Start a command with exactly this environment. Raises ProcessError."""
        guard = [sys.executable, "-I", "-S", GUARD, str(round(grace_ms))]
        try:
            transport, ends = await asyncio.get_running_loop().subprocess_exec(
                lambda: _Ends(_Lines(hear)),
                *guard,
                *command,
                stdin=asyncio.subprocess.PIPE,  # the guard's lifeline: nothing is ever written to it
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,  # what a terminal sends is the server's to act on
            )
        except OSError as error:
            raise ProcessError(f"no process could be started for {command[0]}: {error.strerror}") from error
        return cls(transport, ends, grace_ms)

    async def stop(self) -> Exit:
        """End it with SIGTERM, and with SIGKILL when its grace has passed; how it ended.

        It ends also when the caller is cancelled: the guard sees to it.
        """
        if not self._ends.ended.done():
            self._send(self._transport.terminate)
        try:
            async with asyncio.timeout(self._grace_ms / 1000 + GUARD_SLACK_S):
                return await asyncio.shield(self.exit)
        except TimeoutError:
            self._send(self._transport.kill)  # of a guard that hangs; its worker dies with it
            return await self.exit

    @staticmethod
    def _send(signal: Callable[[], None]) -> None:
        """Send a signal, unless the process has ended and nobody was told yet."""
        with suppress(ProcessLookupError):
            signal()

    async def _follow(self) -> Exit:
        try:
            await self._ends.ended
            # What a guard that was killed could not end may hold the pipe open for as long as it likes.
            await asyncio.wait([self._ends.silent], timeout=LAST_WORDS_S)
        finally:
            self._transport.close()
        status = self._transport.get_returncode()
        assert status is not None
        return Exit(signal=-status) if status < 0 else Exit(status=status)


class _Ends(asyncio.SubprocessProtocol):
    """Hears what the process says, and notices when it has ended and when it will say no more."""

    def __init__(self, lines: "_Lines") -> None:
        loop = asyncio.get_running_loop()
        self._lines = lines
        self._transport: asyncio.SubprocessTransport | None = None
        self._flood_bytes = 0
        self._going_on: asyncio.TimerHandle | None = None
        self.ended: asyncio.Future[None] = loop.create_future()
        self.silent: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods of asyncio's, and none of their classes.
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        assert isinstance(data, bytes)
        self._lines.take(data)
        self._flood_bytes += len(data)
        self._pass_on()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if fd == 1 and not self.silent.done():
            if self._going_on is not None:
                self._going_on.cancel()
            self._lines.end()
            self.silent.set_result(None)

    def process_exited(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)
        if self._going_on is not None:
            self._go_on()

    def _pass_on(self) -> None:
        """Pass on what was said, and where that is much, the rest of it in a moment."""
        if self._going_on is not None:
            return
        # Its last words say why it has ended, and nobody waits for them for long.
        self._lines.pass_on(None if self.ended.done() else PIECE_LINES)
        if self._lines.waiting or self._flood_bytes >= PIECE_BYTES:
            self._output.pause_reading()
            self._going_on = asyncio.get_running_loop().call_later(PIECE_PAUSE_S, self._go_on)

    def _go_on(self) -> None:
        assert self._going_on is not None
        self._going_on.cancel()
        self._going_on, self._flood_bytes = None, 0
        self._pass_on()
        if self._going_on is None and not self._output.is_closing():
            self._output.resume_reading()

    @property
    def _output(self) -> asyncio.ReadTransport:
        assert self._transport is not None
        return cast("asyncio.ReadTransport", self._transport.get_pipe_transport(1))


class _Lines:
    """Lines out of bytes; of one that is longer than LINE_BYTES, pieces."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._rest = b""
        self._continued = False
        self.waiting: deque[bytes] = deque()

    def take(self, data: bytes) -> None:
        """More that was said: whole lines wait until they are passed on."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.waiting.extend(lines)

    def pass_on(self, most: int | None = None) -> None:
        """Pass on what waits, or so many lines of it."""
        for _ in range(len(self.waiting) if most is None else min(most, len(self.waiting))):
            self._pass_on(self.waiting.popleft())
        while not self.waiting and len(self._rest) >= LINE_BYTES:
            self._say(self._rest[:LINE_BYTES], goes_on=True)
            self._rest = self._rest[LINE_BYTES:]

    def end(self) -> None:
        """Nothing will be said any more."""
        self.pass_on()
        if self._rest:
            self._pass_on(self._rest)

    def _pass_on(self, line: bytes) -> None:
        while len(line) > LINE_BYTES:
            self._say(line[:LINE_BYTES], goes_on=True)
            line = line[LINE_BYTES:]
        self._say(line, goes_on=False)

    def _say(self, piece: bytes, *, goes_on: bool) -> None:
        continued, self._continued = self._continued, goes_on
        if piece or not continued:
            self._hear(piece.decode("utf-8", "backslashreplace").rstrip("\r"), continued)
