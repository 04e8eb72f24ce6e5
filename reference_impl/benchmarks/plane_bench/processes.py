"""Processes on loopback: started, waited for, measured from outside, ended."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from urllib.request import urlopen

HOST = "127.0.0.1"
UP_S = 120.0
SHOWN_BYTES = 4_000
HERE = Path(__file__).parent


class NotUpError(Exception):
    """A server ended, or did not answer in time."""


class Server:
    """A process that listens on a port, with those that it has started in turn; `up_s` is how many seconds it
    took to its first answer.
    """

    def __init__(
        self, process: "subprocess.Popen[bytes]", port: int, up_path: str, output: IO[bytes]
    ) -> None:
        self.port = port
        self._process = process
        self._output = output
        self.up_s = self.wait(up_path)

    def wait(self, path: str, text: bytes = b"") -> float:
        """Seconds until it answers 200 for a path, with this text in its answer. Raises NotUpError."""
        began_s = time.perf_counter()
        while (answer := self._ask(path)) is None or text not in answer:
            if self._process.poll() is not None or time.perf_counter() - began_s > UP_S:
                self._output.seek(0)
                said = self._output.read()[-SHOWN_BYTES:].decode(errors="replace")
                raise NotUpError(f"{self._process.args!r} does not answer {path} so; it said:\n{said}")
            time.sleep(0.005)
        return time.perf_counter() - began_s

    def cpu_s(self) -> float:
        """CPU time of all its threads so far, in seconds."""
        return sum(_cpu_ns(pid) for pid in self._family()) / 1e9

    def resident_bytes(self) -> int:
        """Memory that it has in RAM."""
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self._family())
        return pages * os.sysconf("SC_PAGE_SIZE")

    def _family(self) -> list[int]:
        found, unseen = [], [self._process.pid]
        while unseen:
            pid = unseen.pop()
            found.append(pid)
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                unseen += map(int, children.read_text().split())
        return found

    def _ask(self, path: str) -> bytes | None:
        try:
            with urlopen(f"http://{HOST}:{self.port}{path}", timeout=1.0) as answer:
                found: bytes = answer.read()
                return found
        except OSError:
            return None


def _cpu_ns(pid: int) -> int:
    return sum(int(stat.read_text().split()[0]) for stat in Path(f"/proc/{pid}/task").glob("*/schedstat"))


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(
    command: Sequence[str], port: int, up_path: str, env: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A server that is up, for the length of a block; it and all that it has started are ended behind it.

    Raises NotUpError, with what it has said.
    """
    with TemporaryFile() as output:
        process = subprocess.Popen(
            command, env=env, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True
        )
        try:
            yield Server(process, port, up_path, output)
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    # Whatever it has still to do is of no interest any more.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def python(script: str, *arguments: str) -> list[str]:
    """The command of a script beside this module."""
    return [sys.executable, str(HERE / script), *arguments]
