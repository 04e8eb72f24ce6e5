"""A deaf port lets nobody in and gives the port back."""

import socket

import pytest

from orchqueue.kit import NotTestable, free_port
from orchqueue_bdd.deaf import DeafPort


def test_connecting_comes_to_no_end_until_the_port_is_given_back() -> None:
    port = free_port()
    deaf = DeafPort("127.0.0.1", port)
    with pytest.raises(TimeoutError):
        socket.create_connection(("127.0.0.1", port), timeout=0.1)
    deaf.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5.0)


def test_a_port_that_is_taken_cannot_be_made_deaf() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(NotTestable, match="cannot be taken"):
        DeafPort("127.0.0.1", taken.getsockname()[1])
