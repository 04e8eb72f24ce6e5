"""Events a second through each relay: eight streams at the engine's full speed, counted at the client."""

import asyncio
import time

from plane_bench.figures import Figures
from plane_bench.relays import Direct, LiteLlm, Orchestratord, Relay, VllmRouter, peers
from plane_bench.wire import Wire

STREAMS = 8


class _Counter:
    """Counts the tokens of one stream, each of which has a mark, however its bytes are cut."""

    def __init__(self, mark: bytes) -> None:
        self.count = 0
        self._mark = mark
        self._rest = b""

    def hear(self, body: bytes) -> None:
        lines, _, self._rest = (self._rest + body).rpartition(b"\n")
        self.count += lines.count(self._mark)


async def measure(rounds: int, quick: bool, figures: Figures) -> None:
    """All relays in turn, so many rounds."""
    relays: list[tuple[Relay, int]] = [(Direct(), 20_000), (Orchestratord(), 10_000)]
    relays += [(peer, 400 if isinstance(peer, LiteLlm) else 10_000) for peer in peers()]
    engine = Direct()
    with engine.started(0) as at:
        for _ in range(rounds):
            for relay, tokens in relays:
                figures.add(
                    f"{relay.name}, events/s",
                    await _rate(relay, at.port, tokens // 10 if quick else tokens),
                )
    ours = f"{Orchestratord.name}, events/s"
    figures.ratio("orchestratord / LiteLLM proxy", ours, f"{LiteLlm.name}, events/s", at_least=20)
    figures.ratio("orchestratord / vllm-router", ours, f"{VllmRouter.name}, events/s", at_least=0.8)


async def _rate(relay: Relay, engine_port: int, tokens: int) -> float:
    with relay.started(engine_port) as server:
        wires = [await Wire.to(server.port) for _ in range(STREAMS)]
        counters = [_Counter(relay.mark) for _ in wires]
        # A first short stream opens the connections to the engine, and whatever else is done but once.
        await asyncio.gather(*(relay.stream(wire, 0, 5, _Counter(relay.mark).hear) for wire in wires))
        begun_s = time.perf_counter()
        await asyncio.gather(
            *(relay.stream(w, 0, tokens, c.hear) for w, c in zip(wires, counters, strict=True))
        )
        took_s = time.perf_counter() - begun_s
        for wire in wires:
            wire.close()
    lost = STREAMS * tokens - sum(counter.count for counter in counters)
    assert not lost, f"{relay.name} lost {lost} tokens"
    return STREAMS * tokens / took_s
