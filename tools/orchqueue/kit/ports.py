"""Free ports on loopback, none handed out twice by one kit. A port is free when asked for, not for ever.

They lie below the range from which systems take the ports of outgoing connections, and of listeners that
ask for any, so that nobody else comes upon one between the look and its use.
"""

import random
import socket
import threading

_PORTS = range(10_000, 32_000)
_choice = random.SystemRandom()
_lock = threading.Lock()
_given: set[int] = set()


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that nobody listens on and that this process has not returned before."""
    with _lock:
        while True:
            port = _choice.choice(_PORTS)
            if port not in _given and _is_free(host, port):
                _given.add(port)
                return port


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as sock:
        try:
            sock.bind((host, port))
        except OSError:
            return False
    return True
