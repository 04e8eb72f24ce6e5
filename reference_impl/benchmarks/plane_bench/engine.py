"""An engine that does nothing but send: OpenAI's completions as vLLM streams them, each token in a chunk and
a write of its own. A process; its argument is the port.

The first word of a prompt is the pace in milliseconds a token, 0 for as fast as it goes. A token's text is
`number:sent:arrived `, the times being those of the token and of its request in nanoseconds of the machine's
monotonic clock; at full speed both are 0, since tokens are then rendered once and for all.
"""

import asyncio
import json
import sys
from functools import cache
from time import perf_counter_ns
from typing import Any

import httptools
import uvloop

HOST = "127.0.0.1"
MODEL = "bench"
_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n"
)
_BEGIN = b'data: {"id":"cmpl-0","object":"text_completion","created":1700000000,"model":"bench","choices":['
_ITEM = (
    _BEGIN + b'{"index":0,"text":"%d:%d:%d ","logprobs":null,"finish_reason":%s,"stop_reason":null}]%s}\n\n'
)
_USAGE = b',"usage":{"prompt_tokens":4,"total_tokens":%d,"completion_tokens":%d}'
_LAST = _BEGIN + b"]%s}\n\n"
_FACTS = {
    "/health": b"",
    "/version": b'{"version":"0.10.0"}',
    "/v1/models": b'{"object":"list","data":[{"id":"bench","object":"model","max_model_len":10000000}]}',
}


class Engine(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._parser: Any = httptools.HttpRequestParser(self)
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None
        self._url, self._body = b"", bytearray()
        self._stream: _Stream | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._stream is not None:
            self._stream.left = 0

    def pause_writing(self) -> None:
        if self._stream is not None:
            self._stream.paused = True

    def resume_writing(self) -> None:
        if self._stream is not None:
            self._stream.go_on()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._url = b""
        self._body.clear()

    def on_url(self, url: bytes) -> None:
        """A part of its path."""
        self._url += url

    def on_body(self, body: bytes) -> None:
        """A part of its body."""
        self._body += body

    def on_message_complete(self) -> None:
        """A request is complete."""
        path = self._url.decode()
        if path == "/v1/completions":
            self._stream = _Stream(self._loop, self._transport, json.loads(self._body))
            return
        known = path in _FACTS
        body = _FACTS.get(path, b'{"error":{"message":"not here"}}')
        head = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        self._transport.write(head % (b"200 OK" if known else b"404 Not Found", len(body)) + body)


class _Stream:
    """One completion."""

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: Any, asked: dict[str, Any]) -> None:
        self._loop, self._transport = loop, transport
        self._arrived = perf_counter_ns()
        self._begun_s = loop.time()
        self._pace_s = float(asked["prompt"].split()[0]) / 1000 if asked["prompt"][0].isdigit() else 0.0
        self._total = self.left = asked["max_tokens"]
        options = asked.get("stream_options") or {}
        self._counts = bool(options.get("continuous_usage_stats"))
        self._usage = bool(options.get("include_usage"))
        self.paused = False
        transport.write(_HEAD)
        self._next()

    def go_on(self) -> None:
        """The connection takes more."""
        if self.paused:
            self.paused = False
            self._next()

    def _next(self) -> None:
        if not self._pace_s:
            self._loop.call_soon(self._send)
        else:
            due_s = self._begun_s + (self._total - self.left + 1) * self._pace_s
            self._loop.call_later(max(0.0, due_s - self._loop.time()), self._send)

    def _send(self) -> None:
        if not self.left:  # the client has left
            return
        number = self._total - self.left
        self.left -= 1
        if self._pace_s:
            item = _item(number, perf_counter_ns(), self._arrived, not self.left, self._counts)
        else:
            item = _rendered(number, not self.left, self._counts)
        self._transport.write(item)
        if not self.left:
            self._end()
        elif not self.paused:
            self._next()

    def _end(self) -> None:
        if self._usage:
            usage = _USAGE % (self._total + 4, self._total)
            self._transport.write(_chunk(_LAST % usage))
        self._transport.write(_chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")


def _item(number: int, sent: int, arrived: int, last: bool, counts: bool) -> bytes:
    usage = _USAGE % (number + 5, number + 1) if counts else b""
    return _chunk(_ITEM % (number, sent, arrived, b'"length"' if last else b"null", usage))


@cache
def _rendered(number: int, last: bool, counts: bool) -> bytes:
    return _item(number, 0, 0, last, counts)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def main(port: int) -> None:
    """Serve until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Engine, HOST, port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1])))
