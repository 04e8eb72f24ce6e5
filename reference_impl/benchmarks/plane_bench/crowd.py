"""A thousand streams at once, each of twenty tokens a second, for a minute: what is lost, what comes out of
order, and how late tokens are.
"""

import asyncio
from time import perf_counter_ns

from plane_bench.figures import Figures
from plane_bench.relays import TOKEN, Direct, Orchestratord, Relay
from plane_bench.wire import Wire

STREAMS = 1_000
PACE_MS = 50.0
SECONDS = 60
OPENING_S = 5.0


class _Reader:
    """Holds one stream's tokens against the numbers that they should have."""

    def __init__(self, late_ms: list[float]) -> None:
        self.due = 0
        self.misplaced = 0
        self._late_ms = late_ms

    def hear(self, body: bytes) -> None:
        heard = perf_counter_ns()
        for number, sent, _ in TOKEN.findall(body):
            self.misplaced += int(number) != self.due
            self.due = int(number) + 1
            if int(number) % 10 == 0:
                self._late_ms.append((heard - int(sent)) / 1e6)


async def measure(rounds: int, quick: bool, figures: Figures) -> None:
    """One round, since a round is a minute."""
    streams, tokens = (100, 100) if quick else (STREAMS, SECONDS * 1_000 // int(PACE_MS))
    relay = Orchestratord()
    late_ms: list[float] = []
    with Direct().started(0) as engine, relay.started(engine.port) as server:
        before_s = server.cpu_s()
        readers = [_Reader(late_ms) for _ in range(streams)]
        await asyncio.gather(
            *(_read(relay, server.port, reader, tokens, n / streams) for n, reader in enumerate(readers))
        )
        cpu_s = server.cpu_s() - before_s
        figures.add("resident memory at its end, MB", server.resident_bytes() / 1e6)
    wanted = streams * tokens
    figures.add(f"tokens lost, of {wanted:,}", wanted - sum(reader.due for reader in readers), at_most=0)
    figures.add("tokens out of order", sum(reader.misplaced for reader in readers), at_most=0)
    figures.add("CPU time of the server, us a token", cpu_s / wanted * 1e6)
    late_ms.sort()
    for part in (0.5, 0.99):
        figures.add(f"token from engine to client, p{part * 100:.0f}, ms", late_ms[int(len(late_ms) * part)])


async def _read(relay: Relay, port: int, reader: _Reader, tokens: int, turn: float) -> None:
    """Come in turn rather than all at once."""
    await asyncio.sleep(turn * OPENING_S)
    wire = await Wire.to(port)
    await relay.stream(wire, PACE_MS, tokens, reader.hear)
    wire.close()
