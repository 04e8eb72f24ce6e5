"""Forks Python commands from one process that has imported what they import.

Run as a script of its own, by `forking.fork_server`.

usage: forkserver.py LISTENER_FD LIFE_FD MODULE…, where a MODULE may be PACKAGE.*

Importing a server takes longer than most scenarios; a fork takes it over. Nothing else of the command
differs: it is run from its own `__main__`, in a process with its own arguments, folder, environment, output,
group and signals. A command that is no `PYTHON -m MODULE …` or `PYTHON FILE …` of this interpreter, and one
with other variables that the loader or the interpreter reads before the first line of a program, is executed
as it is. Where only LD_LIBRARY_PATH has more folders in front, the libraries in them are loaded by the fork.

Who asks (`forked.py`) sends a line of JSON with its standard output and error, and gets the pid of the
process and, when it has ended, its exit code. When the asker goes first, the group of the process gets
SIGTERM, and after the seconds that were asked for SIGKILL. It forks until the other end of LIFE_FD closes,
and ends when nothing of it is left. It imports only what the interpreter has, beside what it is told to.
"""

import atexit
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_LINE_BYTES = 1 << 20
# The loader and the interpreter read these before the first line of a program.
_EARLY = ("LD_", "GLIBC_", "MALLOC_", "PYTHON")
_LIBRARIES = "LD_LIBRARY_PATH"

Asked = dict[str, Any]


@dataclass
class _Running:
    """A process that was forked: who asked for it, and when its group is ended by SIGKILL."""

    asker: socket.socket
    ended: int
    grace_s: float
    ends_at: float | None = None


class ForkServer:
    """Owns the processes that it forked, by the connection of who asked for them."""

    def __init__(self, listener: socket.socket, life: int) -> None:
        self._listener = listener
        self._life = life
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ, self._take)
        self._selector.register(life, selectors.EVENT_READ, self._end)
        self._running: dict[int, _Running] = {}
        self._over = False

    def run(self) -> Asked | None:
        """Fork until its life and all of its processes end; in a forked process, give what it is to be."""
        while self._running or not self._over:
            for key, _ in self._selector.select(self._patience()):
                mine: Asked | None = key.data()
                if mine is not None:
                    return mine
            self._end_late()
        return None

    def _end(self) -> None:
        self._over = True
        self._selector.unregister(self._life)
        self._selector.unregister(self._listener)

    def _take(self) -> Asked | None:
        asker, _ = self._listener.accept()
        data, fds, _, _ = socket.recv_fds(asker, _LINE_BYTES, 2)
        while data and not data.endswith(b"\n"):
            more = asker.recv(_LINE_BYTES)
            data = data + more if more else b""
        if not data:
            asker.close()
            return None
        asked: Asked = json.loads(data)
        pid = os.fork()
        if pid == 0:
            asker.close()
            self._become(asked, fds)
            return asked
        with suppress(OSError):
            os.setpgid(pid, pid)  # here too: whoever hears of it may signal its group at once
        for number in fds:
            os.close(number)
        self._running[pid] = _Running(asker, os.pidfd_open(pid), asked["grace_s"])
        self._selector.register(self._running[pid].ended, selectors.EVENT_READ, lambda: self._ended(pid))
        self._selector.register(asker, selectors.EVENT_READ, lambda: self._left(pid))
        with suppress(OSError):
            asker.sendall(b"%d\n" % pid)
        return None

    def _become(self, asked: Asked, fds: list[int]) -> None:
        """Let go of what is the fork server's, and take what the process is to have."""
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setpgid(0, 0)
        self._selector.close()
        self._listener.close()
        os.close(self._life)
        for other in self._running.values():
            other.asker.close()
            os.close(other.ended)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, becomes in zip((nothing, *fds), (0, 1, 2), strict=True):
            os.dup2(number, becomes)
            os.close(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for each in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_DFL)
        os.chdir(asked["cwd"])

    def _left(self, pid: int) -> None:
        """End the group of a process whose asker is gone."""
        running = self._running[pid]
        self._selector.unregister(running.asker)
        _signal_group(pid, signal.SIGTERM if running.grace_s else signal.SIGKILL)
        running.ends_at = time.monotonic() + running.grace_s

    def _patience(self) -> float | None:
        due = [each.ends_at for each in self._running.values() if each.ends_at is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _end_late(self) -> None:
        for pid, running in self._running.items():
            if running.ends_at is not None and running.ends_at <= time.monotonic():
                running.ends_at = None
                _signal_group(pid, signal.SIGKILL)

    def _ended(self, pid: int) -> None:
        """Tell who asked how a process ended, after whatever it had left behind has ended too."""
        running = self._running.pop(pid)
        _signal_group(pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self._selector.unregister(running.ended)
        with suppress(KeyError):
            self._selector.unregister(running.asker)
        os.close(running.ended)
        with suppress(OSError):
            running.asker.sendall(b"%d\n" % code)
        running.asker.close()


def _signal_group(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


def _be(asked: Asked) -> None:
    """Be the command that was asked for, to its end."""
    command, env = asked["command"], asked["env"]
    words = command[1:]
    plain = command[0] == sys.executable and words and (words[0] == "-m" or not words[0].startswith("-"))
    folders = _folders_in_front(env.get(_LIBRARIES, ""), os.environ.get(_LIBRARIES, ""))
    if not plain or folders is None or _early(env) != _early(os.environ):
        os.execvpe(command[0], command, env)  # noqa: S606 - the command is the asker's own
    os.environ.clear()
    os.environ.update(env)
    _load_libraries(folders)
    if words[0] == "-m":
        sys.path.insert(0, asked["cwd"])
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, os.path.dirname(os.path.abspath(words[0])))  # noqa: PTH100, PTH120
        sys.argv = words
        runpy.run_path(words[0], run_name="__main__")


def _play(asked: Asked) -> None:
    """Be the command that was asked for, and end as it does, but for the taking apart of all modules: memory
    that is shared would be copied for that, which takes longer than most servers start.
    """
    code = 0
    try:
        _be(asked)
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            raise
        code = end.code or 0
    threading._shutdown()  # type: ignore[attr-defined]  # as processes of multiprocessing end
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # closed, or nobody reads
            stream.flush()
    os._exit(code & 0xFF)


def _early(environment: Mapping[str, str]) -> dict[str, str]:
    early = {name: value for name, value in environment.items() if name.startswith(_EARLY)}
    early.pop(_LIBRARIES, None)
    return early


def _folders_in_front(theirs: str, ours: str) -> list[str] | None:
    """Give the folders of libraries that a process is to have before those that there are.

    None where it has not all of these behind them.
    """
    if theirs == ours:
        return []
    front = theirs.removesuffix(f":{ours}") if ours else theirs
    return front.split(":") if front != theirs or not ours else None


def _load_libraries(folders: list[str]) -> None:
    """Load what lies in folders of which the loader has not heard: what is there it finds by its name."""
    for folder in filter(Path.is_dir, map(Path, folders)):
        for library in sorted(folder.glob("*.so*")):
            ctypes.CDLL(str(library))


def _import(name: str) -> None:
    """Import a module, or with `.*` behind its name a package with all that is in it and no program."""
    package, every, _ = name.partition(".*")
    module = importlib.import_module(package)
    for found in pkgutil.walk_packages(module.__path__, f"{package}.") if every else ():
        if not found.name.endswith(".__main__"):
            importlib.import_module(found.name)


def main() -> Asked | None:
    """Import, and fork; give what this process is to be when it is one of those forked."""
    listening, life, *modules = sys.argv[1:]
    for name in modules:
        with suppress(ImportError):  # the command itself says what is missing
            _import(name)
    gc.collect()
    gc.freeze()  # what a collection touches in a forked process would be copied
    with socket.socket(fileno=int(listening)) as listener:
        return ForkServer(listener, int(life)).run()


if __name__ == "__main__":
    mine = main()
    if mine is not None:
        _play(mine)
