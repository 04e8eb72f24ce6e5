"""Starts the reference server from the fork server, as if this process were it.

usage: python -I -S _launch.py SOCKET SWITCH CONFIG

Its standard output and error become the server's, signals are passed on, and it exits as the server does;
when it is killed, so is the server. It imports only what the interpreter has, since it starts with every
server.
"""

import json
import os
import signal
import socket
import sys

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main() -> None:
    """Ask for a server, and stand for it until it ends."""
    address, switch, config = sys.argv[1:]
    asked = {"switch": switch, "config": config, "cwd": os.getcwd(), "env": dict(os.environ)}  # noqa: PTH109 - pathlib takes longer to import than all else
    with socket.socket(socket.AF_UNIX) as herd:
        herd.connect(address)
        socket.send_fds(herd, [json.dumps(asked).encode() + b"\n"], [1, 2])
        with herd.makefile("r", encoding="ascii") as told:
            pid = int(told.readline())
            for number in SIGNALS:
                signal.signal(number, lambda number, _frame: os.kill(pid, number))
            code = int(told.readline() or -signal.SIGKILL)
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code != signal.SIGKILL else None
        os.kill(os.getpid(), -code)
    sys.exit(code)


if __name__ == "__main__":
    main()
