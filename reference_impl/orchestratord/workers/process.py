"""One worker's process, as the server holds it.

What it says is passed on line by line; why it is started or stopped is the supervisor's.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from orchestratord.core.errors import ServerError
from orchestratord.core.pools.exits import Exit

GUARD = str(Path(__file__).with_name("guard.py"))
LINE_BYTES = 8_192
KEPT_LINES = 200
LINES_AT_ONCE = 200
LINES_PER_S = 100.0
GUARD_SLACK_S = 5.0

Say = Callable[[str, int], None]


class ProcessError(ServerError):
    """A worker's process could not be started."""


class ManagedProcess:
    """A command that runs under a guard. Made by `start`; ended by itself, by `stop`, or with the server.

    `pid` is the guard's. `exit` is set once nothing of it is left.
    """

    def __init__(self, process: asyncio.subprocess.Process, grace_ms: float, say: Say) -> None:
        self._process = process
        self._grace_ms = grace_ms
        self._say = say
        self._allowance = _Allowance(asyncio.get_running_loop().time)
        self._last: deque[str] = deque(maxlen=KEPT_LINES)
        self.pid = process.pid
        self.exit: asyncio.Task[Exit] = asyncio.create_task(self._follow())

    @classmethod
    async def start(
        cls, command: Sequence[str], environment: Mapping[str, str], grace_ms: float, say: Say
    ) -> "ManagedProcess":
        """Start a command with exactly this environment; `say` gets each line of its output, and how many
        were left out before it. Raises ProcessError.
        """
        guard = [sys.executable, "-I", "-S", GUARD, str(round(grace_ms))]
        try:
            process = await asyncio.create_subprocess_exec(
                *guard,
                *command,
                stdin=asyncio.subprocess.PIPE,  # the guard's lifeline: nothing is ever written to it
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=dict(environment),
                limit=LINE_BYTES,
            )
        except OSError as error:
            raise ProcessError(f"no process could be started for {command[0]}: {error.strerror}") from error
        return cls(process, grace_ms, say)

    @property
    def last_lines(self) -> Sequence[str]:
        """What it said last, oldest first."""
        return tuple(self._last)

    async def stop(self) -> Exit:
        """End it with SIGTERM, and with SIGKILL when its grace has passed; how it ended.

        It ends also when the caller is cancelled: the guard sees to it.
        """
        if not self.exit.done():
            self._process.terminate()
        try:
            async with asyncio.timeout(self._grace_ms / 1000 + GUARD_SLACK_S):
                return await asyncio.shield(self.exit)
        except TimeoutError:
            self._process.kill()  # of a guard that hangs; its worker dies with it
            return await self.exit

    async def _follow(self) -> Exit:
        output = self._process.stdout
        assert output is not None
        while line := await _line(output):
            text = line.decode("utf-8", "backslashreplace").rstrip("\r\n")
            self._last.append(text)
            left_out = self._allowance.take()
            if left_out is not None:
                self._say(text, left_out)
        status = await self._process.wait()
        return Exit(signal=-status) if status < 0 else Exit(status=status)


class _Allowance:
    """How much a worker may say: some lines at once and so many a second, so that a flood fills no log."""

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._left = float(LINES_AT_ONCE)
        self._at_s = clock_s()
        self._left_out = 0

    def take(self) -> int | None:
        """How many lines were left out since the last that was not; None when this one is left out, too."""
        now_s = self._clock_s()
        self._left = min(LINES_AT_ONCE, self._left + (now_s - self._at_s) * LINES_PER_S)
        self._at_s = now_s
        if self._left < 1:
            self._left_out += 1
            return None
        self._left -= 1
        left_out, self._left_out = self._left_out, 0
        return left_out


async def _line(output: asyncio.StreamReader) -> bytes:
    """The next line, or as much of a longer one as is kept in one piece; empty at the end."""
    try:
        return await output.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        return error.partial
    except asyncio.LimitOverrunError as error:
        return await output.readexactly(min(error.consumed, LINE_BYTES))
