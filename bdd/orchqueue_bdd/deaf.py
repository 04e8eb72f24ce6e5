"""An address where connecting never comes to an end: a listener whose queue of connections is full.

Such is a machine that was switched off, or a firewall that drops what it sees: nothing refuses or answers.
"""

import select
import socket

from orchqueue.kit import NotTestable

# Linux lets one more connection in than the backlog says; a few more make sure.
_FILL = 8
_SETTLE_S = 0.05


class DeafPort:
    """Takes a port and keeps it deaf until `close`. Raises NotTestable where the system has no such ports."""

    def __init__(self, host: str, port: int) -> None:
        self._sockets: list[socket.socket] = []
        listener = self._keep(socket.socket())
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            self.close()
            raise NotTestable(f"the address {host}:{port} cannot be taken: {error}") from error
        listener.listen(0)
        for _ in range(_FILL):
            self._keep(_connecting(host, port))
        self._require_deaf(host, port)

    def close(self) -> None:
        """Give the port back. Safe to repeat."""
        while self._sockets:
            self._sockets.pop().close()

    def _keep(self, own: socket.socket) -> socket.socket:
        self._sockets.append(own)
        return own

    def _require_deaf(self, host: str, port: int) -> None:
        last = self._keep(_connecting(host, port))
        _, connected, _ = select.select([], [last], [], _SETTLE_S)
        if connected:
            self.close()
            raise NotTestable("this system takes connections for a listener whose queue is full")


def _connecting(host: str, port: int) -> socket.socket:
    own = socket.socket()
    own.setblocking(False)
    own.connect_ex((host, port))
    return own
