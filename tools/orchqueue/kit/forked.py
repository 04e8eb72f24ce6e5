"""Asks a fork server for a process, and follows it to its end.

Run as a script it stands for that process where a command is asked for:

usage: python -I -S forked.py SOCKET COMMAND…

Its standard output and error become those of the command, signals are passed on, and it exits as the command
does; when it is killed, so is the command. It imports only what the interpreter has, since it starts with
every such server.
"""

import json
import os
import select
import signal
import socket
import sys
import threading

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Forked:
    """A process from the fork server at `address`; `output` are descriptors of its stdout and stderr.

    When this one ends first, its group has `grace_s` seconds between SIGTERM and SIGKILL.
    Raises OSError when there is no fork server.
    """

    def __init__(
        self,
        address: str,
        command: list[str],
        output: tuple[int, int],
        *,
        env: dict[str, str],
        cwd: str,
        grace_s: float,
    ) -> None:
        asked = {"command": command, "env": env, "cwd": cwd, "grace_s": grace_s}
        self._lock = threading.Lock()
        self._code: int | None = None
        self._conn = socket.socket(socket.AF_UNIX)
        try:
            self._conn.connect(address)
            socket.send_fds(self._conn, [json.dumps(asked).encode() + b"\n"], output)
            told = self._line()
        except BaseException:
            self._conn.close()
            raise
        if not told:
            self._conn.close()
            raise ConnectionError("the fork server ended")
        self.pid = int(told)

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Wait for its end; the exit code, negative for a signal, None when it still runs."""
        with self._lock:
            return self._look(timeout_s)

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        if not self._lock.acquire(blocking=False):
            return self._code  # another thread waits, and will know
        try:
            return self._look(0.0)
        finally:
            self._lock.release()

    def _look(self, timeout_s: float | None) -> int | None:
        if self._code is None and self._is_told(timeout_s):
            self._code = int(self._line() or -signal.SIGKILL)
            self._conn.close()
        return self._code

    def release(self) -> None:
        """Give back what belongs to it once it has ended."""

    def _is_told(self, timeout_s: float | None) -> bool:
        poll = select.poll()
        poll.register(self._conn, select.POLLIN)
        return bool(poll.poll(None if timeout_s is None else timeout_s * 1000))

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            try:
                byte = self._conn.recv(1)
            except ConnectionError:
                byte = b""
            if not byte:
                return b""
            line += byte
        return line


def main() -> None:
    """Ask for a process, and stand for it until it ends."""
    address, *command = sys.argv[1:]
    cwd = os.getcwd()  # noqa: PTH109 - pathlib takes longer to import than all else
    process = Forked(address, command, (1, 2), env=dict(os.environ), cwd=cwd, grace_s=0.0)
    for number in SIGNALS:
        signal.signal(number, lambda number, _frame: os.kill(process.pid, number))
    code = process.wait()
    assert code is not None
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code != signal.SIGKILL else None
        os.kill(os.getpid(), -code)
    sys.exit(code)


if __name__ == "__main__":
    main()
