"""What reached an engine, and what became of it. Times are milliseconds of the kit's clock."""

import json
from dataclasses import dataclass, field
from typing import Any

from orchqueue.kit.engine.ask import Ask, Workload
from orchqueue.kit.exchange import HeaderPairs


@dataclass
class EngineRequest:
    """One request as the engine saw it; the engine's thread fills it in while it is served.

    `slot_ms` is when it got a slot, `disconnected_ms` when the client was seen to leave before the end,
    `finished_ms` when the engine was done with it for whatever reason, `finished` whether the answer was
    complete. `tokens_sent` counts generated tokens that are on the wire, which is more than `events_sent`
    where an event carries the end of a character.

    `workload` says which work was asked for, None where there was only something to look at. `ask` is what
    the engine understood, the same for every wire format; None where it could not be read.
    """

    method: str
    path: str
    headers: HeaderPairs
    body: bytes
    started_ms: float
    status: int | None = None
    slot: int | None = None
    slot_ms: float | None = None
    first_token_ms: float | None = None
    tokens_sent: int = 0
    events_sent: int = 0
    disconnected_ms: float | None = None
    finished_ms: float | None = None
    finished: bool = False
    text: str = field(default="", repr=False)
    workload: Workload | None = None
    ask: Ask | None = None

    @property
    def prompt(self) -> str:
        """The prompt of a completion, or the query of a rerank; empty where there is none."""
        return self.ask.prompt if self.ask is not None else ""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The texts to embed, or the documents to rank."""
        return self.ask.inputs if self.ask is not None else ()

    @property
    def max_tokens(self) -> int | None:
        """The most tokens that were asked for, None where the request did not say."""
        return self.ask.max_tokens if self.ask is not None else None

    @property
    def seed(self) -> int | None:
        """The seed, None where the request has none."""
        return self.ask.seed if self.ask is not None else None

    @property
    def json(self) -> Any:
        """The body as JSON, None when it is not."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def header(self, name: str) -> str | None:
        """Return the first value of the header, None when it is not there."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)
