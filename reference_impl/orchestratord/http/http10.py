"""Answers to clients of HTTP/1.0, which know no chunks: one without a length ends with its connection."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


def end_with_connection(cycle: RequestResponseCycle) -> None:
    """Have the answer of a cycle sent as it is, where nothing tells its length; uvicorn would send chunks.

    The connection is closed after any answer to HTTP/1.0.
    """
    send = cycle.send
    measured = True

    async def plain(message: Any) -> None:
        # OC-CTRL-2027
        nonlocal measured
        if message["type"] == "http.response.start":
            measured = any(name == b"content-length" for name, _ in message["headers"])
            if not measured:
                cycle.chunked_encoding = False
        elif not measured:
            # uvicorn holds the body against the length that was told; here each part is its own.
            cycle.expected_content_length = len(message.get("body", b""))
        await send(message)

    cycle.send = plain  # type: ignore[method-assign]  # it makes its cycles itself, and of one class only
