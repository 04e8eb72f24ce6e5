"""The way out of log lines: a thread of its own writes them, so that an output that nobody reads holds up
nobody else.

What lines say is decided elsewhere; here they are bytes.
"""

import asyncio
import os
import select
import sys
import threading
from collections.abc import Callable

LAST_WORDS_S = 2.0
# A thread that wakes takes the interpreter from the loop. That is not to happen on the way of a task to its
# engine, nor on that of its first token to its reader.
GATHERING_S = 0.01


class LogWriter:
    """Writes lines to a file descriptor in the order in which they were handed in.

    At most `limit_bytes` wait to be written. Lines beyond are dropped, until there is room again; in their
    place stands the line that `notice` makes of their number. Where nothing can be written any more, that is
    said on standard error, once, and what the lines tell of goes on without them.
    """

    def __init__(self, fd: int, limit_bytes: int, notice: Callable[[int], bytes]) -> None:
        self._fd = fd
        self._limit = limit_bytes
        self._notice = notice
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._dropped = 0
        self._closing = False
        self._lost = False
        self._waking = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def write(self, line: bytes) -> None:
        """Hand in one line, from any thread. Lines of an event loop are gathered for a moment, and leave
        together.
        """
        # OC-OPS-8008
        with self._changed:
            if self._dropped or self._bytes + len(line) > self._limit:
                self._dropped += 1
                return
            self._waiting.append(line)
            self._bytes += len(line)
        self._wake_later()

    def close(self, limit_s: float = LAST_WORDS_S) -> None:
        """Write what waits, for at most so many seconds; lines that come later are dropped."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(limit_s)
        if self._thread.is_alive():
            sys.stderr.write(f"error: nobody reads the log; its end is lost after {limit_s:g} s\n")

    def _wake_later(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._wake()
            return
        if not self._waking:
            self._waking = True
            loop.call_later(GATHERING_S, self._wake)

    def _wake(self) -> None:
        self._waking = False
        with self._changed:
            self._changed.notify()

    def _run(self) -> None:
        while (taken := self._take()) is not None:
            lines, dropped = taken
            data = b"".join(lines)
            self._put(data + self._notice(dropped) if dropped else data)
            with self._changed:
                self._bytes -= len(data)

    def _take(self) -> tuple[list[bytes], int] | None:
        """What waits, and how many lines were dropped behind it; None when nothing will come any more."""
        with self._changed:
            while not self._waiting and not self._dropped:
                if self._closing:
                    return None
                self._changed.wait()
            taken = self._waiting, self._dropped
            self._waiting, self._dropped = [], 0
            return taken

    def _put(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest and not self._lost:
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:
                select.select([], [self._fd], [])
            except OSError as error:
                self._lost = True
                reason = error.strerror
                sys.stderr.write(f"error: the log cannot be written any more ({reason}); serving goes on\n")
