"""CPU time of a server for each POST of a task: this server's whole admission against an empty handler, and
against the same work without a framework.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import uuid4

from plane_bench.figures import Figures
from plane_bench.processes import Server, free_port, python, running
from plane_bench.relays import ENDLESS_MS, Orchestratord, mock_pool, task
from plane_bench.wire import Wire

CLIENTS = 8
OURS, EMPTY, RAW = "admission, us", "empty Litestar handler, us", "raw ASGI, us"
REFUSED, WHOLE = "refusal, us", "whole task on the mock engine, us"

# The slot is taken for as long as the benchmark runs, so that what is counted is the admission alone.
_STALLED = {"slots": 1, "faults": [{"kind": "stall"}]}
_WAITING = mock_pool(mock=_STALLED, queue={"capacity": 1_000_000, "full_policy": "reject"})
_FULL = mock_pool(mock=_STALLED, queue={"capacity": 1, "full_policy": "reject"})
_FAST = mock_pool(mock={"slots": 64, "ms_per_token": 0})


async def measure(rounds: int, quick: bool, figures: Figures) -> None:
    """Each subject in processes of its own, in turn, so many rounds."""
    requests = 1_000 if quick else 6_000
    subjects: list[tuple[str, Callable[[], AbstractContextManager[Server]], int, int]] = [
        (OURS, lambda: Orchestratord(pools=[_WAITING]).started(0), 2, 202),
        (EMPTY, lambda: _bare("litestar"), 0, 202),
        (RAW, lambda: _bare("raw"), 0, 202),
        (REFUSED, lambda: Orchestratord(pools=[_FULL]).started(0), 2, 429),
        (WHOLE, lambda: Orchestratord(pools=[_FAST]).started(0), 0, 202),
    ]
    for _ in range(rounds):
        for name, start, first, status in subjects:
            with start() as server:
                figures.add(name, await _cpu_us(server, requests, first, status))
    figures.ratio("admission / empty handler", OURS, EMPTY, at_most=1.1)
    figures.ratio("admission / raw ASGI", OURS, RAW)
    figures.ratio("refusal / empty handler", REFUSED, EMPTY)


def _bare(name: str) -> AbstractContextManager[Server]:
    port = free_port()
    return running(python("bare.py", str(port), name), port, "/up")


async def _cpu_us(server: Server, requests: int, first: int, expected: int) -> float:
    """Microseconds of CPU time a request; so many come `first`, one behind the other, and do not count."""
    wires = [await Wire.to(server.port) for _ in range(CLIENTS)]
    for _ in range(first):
        await wires[0].exchange(_request())
    each = requests // CLIENTS
    await _all(wires, each // 5, expected)
    before_s = server.cpu_s()
    await _all(wires, each, expected)
    return (server.cpu_s() - before_s) / (each * CLIENTS) * 1e6


async def _all(wires: list[Wire], each: int, expected: int) -> None:
    async def client(wire: Wire, requests: list[bytes]) -> None:
        for request in requests:
            status, body = await wire.exchange(request)
            assert status == expected, (status, body)

    await asyncio.gather(*(client(wire, [_request() for _ in range(each)]) for wire in wires))


def _request() -> bytes:
    return task(str(uuid4()), deadline_ms=ENDLESS_MS, max_tokens=1)
