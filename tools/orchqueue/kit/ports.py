"""Free ports on loopback, none handed out twice by one kit. A port is free when asked for, not for ever."""

import socket
import threading

_lock = threading.Lock()
_given: set[int] = set()


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that nobody listens on and that this process has not returned before."""
    with _lock:
        while True:
            with socket.socket() as sock:
                sock.bind((host, 0))
                port: int = sock.getsockname()[1]
            if port not in _given:
                _given.add(port)
                return port
