"""What a connection offers for one request beyond ASGI: a body that is there already, an answer in one piece,
and pieces of a stream that nobody waits for.

Neither waits, and each says when it cannot be had so.
"""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from orchestratord.http.headers import Pairs


class Exchange:
    """One request and its answer."""

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    def body(self) -> bytes | None:
        """The whole body; None when it has to be waited for."""
        cycle = self._cycle
        if cycle.more_body or cycle.disconnected or cycle.waiting_for_100_continue:
            return None
        body, cycle.body = bytes(cycle.body), bytearray()
        cycle.message_event.clear()
        cycle.flow.resume_reading()
        return body

    def answer(self, status: int, headers: Pairs, body: bytes) -> bool:
        """Send an answer of a known length, and end it; False, and nothing is sent, when the connection takes
        none at once.
        """
        cycle = self._cycle
        if cycle.disconnected or cycle.response_started or cycle.flow.write_paused:
            return False
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        parts = [STATUS_LINE[status]]
        for name, value in (*cycle.default_headers, *headers):
            parts += (name, b": ", value, b"\r\n")
        parts += (b"\r\n", body) if cycle.keep_alive else (b"connection: close\r\n\r\n", body)
        cycle.transport.write(b"".join(parts))
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()
        return True

    def push(self, piece: bytes) -> bool:
        """Send a piece of a stream that has begun; False, and nothing is sent, when the connection takes none
        at once.
        """
        cycle = self._cycle
        streams = cycle.response_started and cycle.chunked_encoding and not cycle.response_complete
        if not streams or cycle.disconnected or cycle.flow.write_paused:
            return False
        cycle.transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        return True
