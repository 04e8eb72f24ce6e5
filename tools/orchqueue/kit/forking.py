"""Where a fork server is started for whoever starts many processes of one program."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_SCRIPT = Path(__file__).with_name("forkserver.py")
_STAND_IN = Path(__file__).with_name("forked.py")
_BACKLOG = 64
_END_S = 10.0


@contextmanager
def fork_server(modules: Sequence[str]) -> Iterator[str]:
    """Have a process from which Python commands are forked; give the path of its socket.

    It imports the modules first; whoever asks before it has done so waits. At the end nothing of it is left.
    """
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        address = os.path.join(folder, "fork")  # noqa: PTH118 - short: a socket's path has little room
        listener.bind(address)
        listener.listen(_BACKLOG)
        life, ours = os.pipe()
        try:
            words = [str(_SCRIPT), str(listener.fileno()), str(life), *modules]
            process = subprocess.Popen(  # noqa: S603 - this interpreter and our own script
                [sys.executable, "-P", *words],
                stdin=subprocess.DEVNULL,
                pass_fds=(listener.fileno(), life),
                start_new_session=True,
            )
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(life)
        listener.close()
        try:
            yield address
        finally:
            os.close(ours)
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Wait until it and what it forked have ended; what does not is ended."""
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def stand_in(address: str, command: Sequence[str]) -> list[str]:
    """Give a command that stands for one from a fork server, where a command is asked for."""
    return [sys.executable, "-I", "-S", os.fspath(_STAND_IN), address, *command]
