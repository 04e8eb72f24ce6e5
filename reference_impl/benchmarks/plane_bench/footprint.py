"""Memory and start: what an idle server has in RAM, what it has after a hundred thousand tasks, and how soon
it answers.
"""

import asyncio
from uuid import uuid4

from plane_bench.figures import Figures
from plane_bench.relays import KEY, UNBOUNDED, Direct, Orchestratord, Relay, mock_pool, peers, task
from plane_bench.wire import Wire, get

CLIENTS = 16
RETAIN_MS = 1_000
SETTLE_S = 3.0
MB = 1e6

_SHORT = {
    "streams": {"retain_ms": RETAIN_MS},
    "artifacts": {"store": "memory", "trace_retain_ms": RETAIN_MS},
    "sessions": {"ttl_ms": RETAIN_MS, "budgets": UNBOUNDED},
}


async def measure(rounds: int, quick: bool, figures: Figures) -> None:
    """So many starts of each server; the growth but once."""
    mock = Orchestratord(pools=[mock_pool()])
    with Direct().started(0) as engine:
        for _ in range(rounds):
            await _start(mock, engine.port, figures, {"at_most": 1.0}, {"at_most": 90.0})
        for peer in peers():
            await _start(peer, engine.port, figures, {}, {})
    await _growth(2_000 if quick else 100_000, figures)


async def _start(
    relay: Relay, engine_port: int, figures: Figures, start: dict[str, float], memory: dict[str, float]
) -> None:
    with relay.started(engine_port) as server:
        figures.add(f"{relay.name}, start to first 200, s", server.up_s, **start)
        await asyncio.sleep(SETTLE_S)
        figures.add(f"{relay.name}, idle, MB", server.resident_bytes() / MB, **memory)


async def _growth(tasks: int, figures: Figures) -> None:
    relay = Orchestratord(pools=[mock_pool(mock={"slots": 64, "ms_per_token": 0})], **_SHORT)
    with relay.started(0) as server:
        await _run(server.port, tasks // 5)
        before = server.resident_bytes()
        await _run(server.port, tasks)
        after = server.resident_bytes()
    figures.add("resident memory once retention has passed, MB", before / MB)
    figures.add(f"growth over {tasks:,} further tasks, part of that", after / before - 1, at_most=0.02)


async def _run(port: int, tasks: int) -> None:
    """Run so many tasks, read each to its end, and wait until all of them are forgotten."""

    async def client() -> None:
        wire = await Wire.to(port)
        for _ in range(tasks // CLIENTS):
            task_id = str(uuid4())
            status, answer = await wire.exchange(task(task_id))
            assert status == 202, answer
            status, _ = await wire.exchange(get(f"/v1/tasks/{task_id}/stream", f"X-API-Key: {KEY}"))
            assert status == 200, status
        wire.close()

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    await asyncio.sleep(RETAIN_MS / 1000 + SETTLE_S)
