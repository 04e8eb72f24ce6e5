"""What a connection offers beyond ASGI says the same as ASGI would."""

import asyncio
import logging
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from orchestratord.http.exchange import Exchange

HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"2")]
START = {"type": "http.response.start", "status": 202, "headers": HEADERS}
BODY = {"type": "http.response.body", "body": b"{}"}


class Transport:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


def cycle_on(transport: Any, *, keep_alive: bool = True, expects: bool = False) -> Any:
    return RequestResponseCycle(
        scope={"type": "http", "method": "POST"},  # type: ignore[arg-type]
        transport=transport,
        flow=FlowControl(transport),
        logger=logging.getLogger("test"),
        access_logger=logging.getLogger("test"),
        access_log=False,
        default_headers=[(b"date", b"today")],
        message_event=asyncio.Event(),
        expect_100_continue=expects,
        keep_alive=keep_alive,
        on_response=lambda: None,
    )


@pytest.mark.parametrize("keep_alive", [True, False])
def test_an_answer_in_one_piece_is_the_answer_in_two(keep_alive) -> None:
    async def in_two(cycle: Any) -> None:
        await cycle.send(dict(START))
        await cycle.send(dict(BODY))

    one, two = Transport(), Transport()
    first, second = cycle_on(one, keep_alive=keep_alive), cycle_on(two, keep_alive=keep_alive)
    assert Exchange(first).answer(202, HEADERS, b"{}")
    asyncio.run(in_two(second))
    assert one.written == two.written
    assert one.closed is two.closed is not keep_alive
    assert first.response_complete is second.response_complete is True


def test_no_answer_is_sent_where_none_can_be() -> None:
    transport = Transport()
    gone, begun, slow = (cycle_on(transport) for _ in range(3))
    gone.disconnected = begun.response_started = slow.flow.write_paused = True
    assert not any(Exchange(cycle).answer(202, HEADERS, b"{}") for cycle in (gone, begun, slow))
    assert transport.written == b""


def test_a_body_is_there_once_all_of_it_is() -> None:
    cycle, asking = cycle_on(Transport()), cycle_on(Transport(), expects=True)
    cycle.body += b"{}"
    assert Exchange(cycle).body() is None
    cycle.more_body = asking.more_body = False
    assert Exchange(cycle).body() == b"{}"
    assert Exchange(cycle).body() == b""
    assert Exchange(asking).body() is None
