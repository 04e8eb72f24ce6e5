"""What a request asks an engine for, in words that hold for every wire format. Data only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Workload = Literal["completion", "embedding", "rerank"]


@dataclass(frozen=True)
class Ask:
    """One request for work at `path`, as its format's module has read it; None is what was left unsaid.

    `prompt` is a completion's prompt or a rerank's query, `inputs` the texts to embed or the documents to
    rank, `prompt_tokens` what the engine counts for all of them. `limit` is the most tokens that it will
    generate: `max_tokens`, or the format's own default, within its context; `cached` says that it may use
    what it remembers of earlier prompts. `body` is the JSON as it came.
    """

    workload: Workload
    path: str = ""
    prompt: str = ""
    inputs: tuple[str, ...] = ()
    prompt_tokens: int = 0
    stream: bool = False
    max_tokens: int | None = None
    limit: int = 0
    seed: int | None = None
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    stop: tuple[str, ...] = ()
    priority: int = 0
    greedy: bool = False
    cached: bool = False
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def drawing(self, unseeded: object) -> tuple[object, ...]:
        """Return what the drawn tokens depend on; `unseeded` stands in for a seed where there is none.

        A greedy engine takes the most likely token, so a seed changes nothing there.
        """
        seed: object = None if self.greedy else unseeded if self.seed is None else self.seed
        return (self.prompt, seed, self.temperature, self.top_k, self.top_p, self.min_p)
