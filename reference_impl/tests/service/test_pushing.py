"""Readers who are given what comes while they wait, and come for it where that cannot be."""

import asyncio
import random
from types import SimpleNamespace
from typing import Any

import pytest

from orchestratord.core.event_log import EventLog
from orchestratord.service.bell import Bell
from orchestratord.service.streams import COMMENT, OpenStreams

KEEPALIVE_MS = 1_000
PIECE_BYTES = 200


class Reader:
    """Reads a task's events from the first to the last; `takes` says whether the next push is taken."""

    def __init__(self, max_bytes: int = 100_000) -> None:
        self.job: Any = SimpleNamespace(log=EventLog(max_bytes), bell=Bell(), readers=0)
        self.heard = b""
        self.pushed = 0
        self.takes = True
        self.gone: list[bool] = []
        streams = OpenStreams(1, KEEPALIVE_MS, PIECE_BYTES, lambda _, complete: self.gone.append(complete))
        self._stream = streams.open(self.job, 0, "key", self._push)

    def _push(self, piece: bytes) -> bool:
        if self.takes:
            self.heard += piece
            self.pushed += 1
        return self.takes

    async def read(self) -> None:
        async for piece in self._stream:
            self.heard += piece

    def say(self, *texts: str, terminal: bool = False) -> None:
        """Add events, and ring once."""
        for text in texts:
            self.job.log.append("token", text.encode())
        if terminal:
            self.job.log.append("end", b"{}", terminal=True)
        self.job.bell.ring()

    @property
    def ids(self) -> list[int]:
        """The ids of the events that were heard."""
        return [int(line[4:]) for line in self.heard.split(b"\n") if line.startswith(b"id: ")]


def test_what_comes_while_a_reader_waits_is_there_at_once(virtually) -> None:
    async def scene() -> None:
        reader = Reader()
        reading = asyncio.ensure_future(reader.read())
        await asyncio.sleep(0)
        for number in range(5):
            reader.say(f"{number}")
            assert reader.ids == list(range(number + 1)), "no turn of the loop has passed"
        assert reader.pushed == 5
        reader.say(terminal=True)
        await reading
        assert reader.ids == list(range(6))
        assert reader.gone == [True]

    virtually(scene())


@pytest.mark.parametrize("seed", range(10))
def test_nothing_is_lost_or_told_twice_however_a_connection_takes_it(virtually, seed) -> None:
    async def scene() -> None:
        chance = random.Random(seed)
        reader = Reader(max_bytes=chance.choice([1_000, 100_000]))
        reading = asyncio.ensure_future(reader.read())
        count = 0
        for _ in range(30):
            reader.takes = chance.random() < 0.6
            burst = chance.randrange(8)
            reader.say(*("x" * chance.randrange(60) for _ in range(burst)))
            count += burst
            # As much as is kept behind a reader, it is given in pieces.
            for _ in range(8):
                await asyncio.sleep(0)
        reader.say("last", terminal=True)
        await reading
        assert reader.ids == list(range(count + 2))
        assert reader.job.log.size <= 1_000 or reader.job.log.first_id == 0

    virtually(scene())


@pytest.mark.requirement("OC-CTRL-2026")
def test_silence_is_counted_from_what_was_pushed_last(virtually) -> None:
    async def scene() -> None:
        reader = Reader()
        reading = asyncio.ensure_future(reader.read())
        for number in range(4):
            await asyncio.sleep(0.6)
            reader.say(f"{number}")
        assert COMMENT not in reader.heard
        await asyncio.sleep(1.1)
        assert reader.heard.endswith(COMMENT)
        await asyncio.sleep(1.0)
        assert reader.heard.count(COMMENT) == 2
        reader.say(terminal=True)
        await reading

    virtually(scene())
