"""Stands between the kit and a process that it starts, so that nothing outlives the kit.

Run as a script of its own.

usage: guard.py LIFE_FD STATUS_FD GRACE_S COMMAND…

The command runs in a process group of its own. When the other end of LIFE_FD closes (the kit ended, however),
the group gets SIGTERM, and after GRACE_S seconds SIGKILL; when the guard itself is killed, the kernel kills
the command. STATUS_FD gets one line: the command's pid, or `error` and why it could not be started. The guard
exits as the command did. It imports only what the interpreter has, since it starts with every process.
"""

import ctypes
import os
import select
import signal
import sys
import time
from contextlib import suppress

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def main() -> int:
    """Run the command until it or the kit ends; return its exit code, negative for a signal."""
    life, status, grace_s, command = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the terminal's signals are the kit's to act on
    pid = _start(command, status, (life, status))
    os.close(status)
    if not _ends_before_kit(pid, life):
        _end_group(pid, grace_s)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # what the command left behind
    return code


def _start(command: list[str], status: int, ours: tuple[int, ...]) -> int:
    failed, fails = os.pipe()  # closes by itself when the command takes over
    pid = os.fork()
    if pid == 0:
        _become(command, (*ours, failed), fails)
    os.close(fails)
    reason = os.read(failed, 4096)
    os.close(failed)
    if reason:
        os.write(status, b"error " + reason + b"\n")
        os.waitpid(pid, 0)
        sys.exit(127)
    os.write(status, b"%d\n" % pid)
    return pid


def _become(command: list[str], unwanted: tuple[int, ...], fails: int) -> None:
    """Turn the forked child into the command; never returns."""
    try:
        os.setpgid(0, 0)
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        for descriptor in unwanted:
            os.close(descriptor)
        os.execvp(command[0], command)  # noqa: S606 - the command is the caller's own
    except OSError as error:
        os.write(fails, str(error).encode())
    finally:
        os._exit(127)


def _ends_before_kit(pid: int, life: int) -> bool:
    """Wait for the command's end or the kit's; True when the command ended first."""
    child = os.pidfd_open(pid)
    try:
        ready, _, _ = select.select([child, life], [], [])
        return child in ready
    finally:
        os.close(child)


def _end_group(pid: int, grace_s: float) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGTERM)
    child = os.pidfd_open(pid)
    select.select([child], [], [], grace_s)
    os.close(child)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    result = main()
    if result < 0:
        with suppress(OSError):
            signal.signal(-result, signal.SIG_DFL)  # SIGKILL's cannot be set and need not be
        os.kill(os.getpid(), -result)
        time.sleep(1.0)  # the signal ends us
    sys.exit(result)
