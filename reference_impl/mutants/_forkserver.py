"""Forks reference servers that are wrong on purpose from one process that has imported everything.

usage: python _forkserver.py SOCKET
       python _forkserver.py SWITCH CONFIG    (one server, in this process)

Importing the server takes longer than most scenarios; a fork takes it over. A server whose environment has to
be there before its program is loaded, as it is with the library of a driver, is begun anew. Who asks
(`_launch.py`) sends a line of JSON with its standard output and error, and gets the server's pid and, when it
has ended, its exit code. The server goes on for as long as its asker is there, and everything ends with the
standard input.
"""

import ctypes
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_PR_SET_PDEATHSIG = 1
_LINE_BYTES = 1 << 20
PRELOADED = (
    "mutants._planting",
    "orchestratord.app",
    "orchestratord.config_file",
    "uvicorn.lifespan.off",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
)
# The loader and the interpreter read these before the first line of a program.
EARLY = ("LD_", "GLIBC_", "MALLOC_", "PYTHON")


class ForkServer:
    """Owns the servers that it forked, by the connection of who asked for them."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ, self._take)
        self._selector.register(sys.stdin, selectors.EVENT_READ, self._end)
        self._running: dict[int, tuple[socket.socket, int]] = {}
        self._over = False

    def run(self) -> None:
        """Serve until the standard input ends; then nothing is left."""
        while not self._over:
            for key, _ in self._selector.select():
                key.data()
        for pid in self._running:
            _kill(pid)

    def _end(self) -> None:
        self._over = not os.read(sys.stdin.fileno(), 4096)

    def _take(self) -> None:
        asker, _ = self._listener.accept()
        data, fds, _, _ = socket.recv_fds(asker, _LINE_BYTES, 2)
        while data and not data.endswith(b"\n"):
            data += asker.recv(_LINE_BYTES)
        if not data:
            asker.close()
            return
        asked = json.loads(data)
        pid = os.fork()
        if pid == 0:
            self._become(asked, fds)
        for number in fds:
            os.close(number)
        asker.sendall(b"%d\n" % pid)
        ended = os.pidfd_open(pid)
        self._running[pid] = (asker, ended)
        self._selector.register(ended, selectors.EVENT_READ, lambda: self._ended(pid))
        self._selector.register(asker, selectors.EVENT_READ, lambda: _kill(pid))

    def _ended(self, pid: int) -> None:
        """Tell who asked how it ended, after whatever it had started has ended too."""
        asker, ended = self._running.pop(pid)
        _kill(pid)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self._selector.unregister(ended)
        self._selector.unregister(asker)
        os.close(ended)
        with suppress(OSError):
            asker.sendall(b"%d\n" % code)
        asker.close()

    def _become(self, asked: dict[str, Any], fds: list[int]) -> None:
        """Turn the forked child into the server; never returns."""
        code = 70
        try:
            os.setsid()
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            self._let_go()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(fds[0], 1)
            os.dup2(fds[1], 2)
            os.chdir(asked["cwd"])
            if _early(asked["env"]) != _early(os.environ):
                anew = [sys.executable, os.path.abspath(__file__), asked["switch"], asked["config"]]  # noqa: PTH100
                os.execve(anew[0], anew, asked["env"])  # noqa: S606 - the same program again
            os.environ.clear()
            os.environ.update(asked["env"])
            code = _serve(Path(asked["switch"]), asked["config"])
        finally:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError):
                    stream.flush()
            os._exit(code)

    def _let_go(self) -> None:
        self._selector.close()
        self._listener.close()
        for asker, ended in self._running.values():
            asker.close()
            os.close(ended)


def _early(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(EARLY)}


def _serve(switch: Path, config: str) -> int:
    """Plant what the switch says, and run the server as its command does; return the exit code."""
    import random  # noqa: PLC0415 - only a child has reason to

    from orchestratord.__main__ import main  # noqa: PLC0415 - imported by `preload` already

    random.seed()
    plant_from(switch)
    sys.argv = ["orchestratord", "serve", "--config", config]
    try:
        main()
    except SystemExit as told:
        return told.code if isinstance(told.code, int) else int(told.code is not None)
    except BaseException:  # noqa: BLE001 - a process that ends by an exception says so, whatever it is
        import traceback  # noqa: PLC0415

        traceback.print_exc()
        return 1
    return 0


def plant_from(switch: Path) -> None:
    """Plant the mutant that is on, if one of ours is."""
    from mutants._planting import load, plant  # noqa: PLC0415 - beside this script, found by `preload`

    name = json.loads(switch.read_text(encoding="utf-8")).get("named")
    if name:
        plant(load(name), switch.with_name(f"{switch.name}.met"))


def preload() -> None:
    """Import whatever a server imports before it listens."""
    sys.path.insert(0, str(HERE.parent))
    for name in PRELOADED:
        importlib.import_module(name)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def main() -> None:
    """Import, then be the one server; or listen, say that it listens, and fork until told to end."""
    preload()
    if len(sys.argv) > 2:
        sys.exit(_serve(Path(sys.argv[1]), sys.argv[2]))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(sys.argv[1])
        listener.listen(64)
        print("ready", flush=True)  # noqa: T201 - what the starter waits for
        ForkServer(listener).run()


if __name__ == "__main__":
    main()
