"""Stands between the server and one worker, so that nothing of the worker outlives either.

A program of its own: `guard.py GRACE_MS COMMAND…`. Its standard input is the server's lifeline: when it ends,
the server is gone, however it went. The worker runs in a process group of its own; what leaves that group is
inherited by the guard and ended with the rest, and the worker dies with the guard, should that be killed. It
ends as the worker did: with its status, or by its signal.

It imports nothing of the server, so that it starts fast and stays small.
"""

import ctypes
import os
import resource
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

NOT_STARTED = 127
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_LIBC = ctypes.CDLL(None, use_errno=True)


def main(arguments: list[str]) -> int:
    """Run a command to its end; the status to end with, negative for a signal."""
    grace_s = int(arguments[0]) / 1000
    if _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the guard cannot inherit what its worker leaves behind")
    news, wakeup = os.pipe()
    os.set_blocking(wakeup, False)
    signal.set_wakeup_fd(wakeup)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    try:
        worker = subprocess.Popen(  # noqa: S603
            arguments[1:],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_guard,  # noqa: PLW1509 - the guard has one thread
        )
    except OSError as error:
        print(f"{arguments[1]}: {error.strerror}", file=sys.stderr, flush=True)  # noqa: T201
        return NOT_STARTED
    try:
        return _watch(worker, news, grace_s)
    finally:
        _end_descendants()


def _die_with_guard() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _watch(worker: "subprocess.Popen[bytes]", news: int, grace_s: float) -> int:
    """Until the worker has ended: by itself, or because it was told to and had its time."""
    until: float | None = None
    lifeline = [0]
    while (status := worker.poll()) is None:
        left_s = None if until is None else max(0.0, until - time.monotonic())
        heard, _, _ = select.select([*lifeline, news], [], [], left_s)
        told = news in heard and any(number != signal.SIGCHLD for number in os.read(news, 4096))
        if 0 in heard and not os.read(0, 4096):
            lifeline, told = [], True
        if told and until is None:
            _signal_group(worker.pid, signal.SIGTERM)
            until = time.monotonic() + grace_s
        elif until is not None and time.monotonic() >= until:
            _signal_group(worker.pid, signal.SIGKILL)
            return worker.wait()
    return status


def _signal_group(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def _end_descendants() -> None:
    """Kill what is left, and what that leaves behind in turn, until there is nothing."""
    while children := _children():
        for child in children:
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                continue
        for child in children:
            try:
                os.waitpid(child, 0)
            except ChildProcessError:
                continue


def _children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def _end_like(status: int) -> None:
    """End as the worker did."""
    if status < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the worker's core is of use, the guard's is not
        if -status not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


if __name__ == "__main__":
    _end_like(main(sys.argv[1:]))
