"""Runs the cases of a corpus as strict tasks and compares what came, event by event."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from orchqueue.client import AsyncClient, BusyError, ClientError, TaskFailedError, completion
from orchqueue.determinism.corpus import CORPUS, Case
from orchqueue_contract.events import EndEvent, StartedEvent, TokenEvent
from orchqueue_contract.models import CompletionRequest, StreamError

ATTEMPTS = 20  # of a task that a full server sends away, each after the pause that it advises
PAUSE_S = 0.25  # where it advises none


@dataclass(frozen=True, slots=True)
class Served:
    """What one task of a case got: who served it, and the texts of its `token` events in order."""

    case: Case
    task_id: str
    pool_id: str
    replica_id: str
    engine: str
    engine_version: str
    sampler_profile_version: str | None
    tokens: tuple[str, ...]
    finish_reason: str

    @property
    def where(self) -> str:
        """The replica, in words."""
        return f"{self.replica_id} of pool {self.pool_id} ({self.engine} {self.engine_version})"

    @property
    def conditions(self) -> tuple[str, str, str | None]:
        """What has to be equal before tokens have to be: nothing is promised across versions."""
        return (self.engine, self.engine_version, self.sampler_profile_version)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two answers to one case, and the number of the first `token` event in which they differ, from 0."""

    case: Case
    event: int
    first: Served
    second: Served

    def __str__(self) -> str:
        return (
            f"case {self.case.number}, seed {self.case.seed}: token event {self.event} is "
            f"{_event(self.first, self.event)} from {self.first.where}, "
            f"and {_event(self.second, self.event)} from {self.second.where}"
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that was served, and what of it differs."""

    served: tuple[Served, ...]
    differences: tuple[Difference, ...]

    @property
    def replicas(self) -> list[tuple[str, str]]:
        """The replicas that served, each with its pool."""
        return sorted({(one.pool_id, one.replica_id) for one in self.served})

    @property
    def conditions(self) -> list[tuple[str, str, str | None]]:
        """Engine, version and sampler profile version of all that served."""
        return sorted({one.conditions for one in self.served}, key=str)

    @property
    def empty(self) -> list[Case]:
        """The cases to which no token came: nothing was compared there."""
        return sorted({one.case for one in self.served if not one.tokens}, key=lambda case: case.number)


class Suite:
    """Has a server run each case `copies` times at once, `at_once` cases at a time.

    `model_ref` and `engine` say which of the server's; `max_tokens` how much is compared. `told` hears of
    each case that is done. Raises ClientError, and TaskFailedError for a task that fails.
    """

    def __init__(
        self,
        client: AsyncClient,
        *,
        engine: str,
        model_ref: str,
        max_tokens: int,
        copies: int = 2,
        at_once: int = 4,
        told: Callable[[Case], None] = lambda _: None,
    ) -> None:
        self._client, self._engine, self._model_ref = client, engine, model_ref
        self._max_tokens, self._copies, self._told = max_tokens, copies, told
        self._room = asyncio.Semaphore(at_once)

    async def run(self, cases: Iterable[Case] = CORPUS) -> Outcome:
        """Run all of them; the first task that fails ends the rest."""
        try:
            async with asyncio.TaskGroup() as group:
                running = [group.create_task(self._case(case)) for case in cases]
        except ExceptionGroup as failed:
            raise _first(failed) from failed
        served = tuple(one for task in running for one in task.result())
        return Outcome(served, tuple(differences(served)))

    async def _case(self, case: Case) -> list[Served]:
        async with self._room, asyncio.TaskGroup() as group:
            copies = [group.create_task(self._serve(case)) for _ in range(self._copies)]
        self._told(case)
        return [copy.result() for copy in copies]

    async def _serve(self, case: Case) -> Served:
        request = completion(
            case.prompt,
            engine=self._engine,
            model_ref=self._model_ref,
            max_tokens=self._max_tokens,
            seed=case.seed,
            determinism="strict",
        )
        await self._submit(request)
        started: StartedEvent | None = None
        tokens: list[str] = []
        async with self._client.stream(request.task_id) as stream:
            async for event in stream:
                if isinstance(event.data, StartedEvent):
                    started = event.data
                elif isinstance(event.data, TokenEvent):
                    tokens.append(event.data.t)
                elif isinstance(event.data, StreamError):
                    raise TaskFailedError(event.data)
                elif isinstance(event.data, EndEvent):
                    return _served(case, request, started, tokens, event.data)
        raise ClientError(f"the stream of task {request.task_id} has no end")

    async def _submit(self, request: CompletionRequest) -> None:
        """Submit a task; when there is no room, come back as often as the server says."""
        for attempt in range(ATTEMPTS):
            try:
                await self._client.submit(request)
            except BusyError as busy:
                if attempt == ATTEMPTS - 1:
                    raise
                await asyncio.sleep(busy.retry_after_s or PAUSE_S)
            else:
                return


def differences(served: Iterable[Served]) -> Iterator[Difference]:
    """Yield the first difference of each answer from the first answer to the same case under the same
    engine, version and sampler profile.
    """
    firsts: dict[tuple[Case, tuple[str, str, str | None]], Served] = {}
    for one in served:
        first = firsts.setdefault((one.case, one.conditions), one)
        for number, (ours, theirs) in enumerate(zip_longest(first.tokens, one.tokens)):
            if ours != theirs:
                yield Difference(one.case, number, first, one)
                break


def _first(failed: ExceptionGroup[Exception]) -> Exception:
    """Return the first of the failures that a group of groups holds."""
    inner = failed.exceptions[0]
    return _first(inner) if isinstance(inner, ExceptionGroup) else inner


def _served(
    case: Case, request: CompletionRequest, started: StartedEvent | None, tokens: list[str], end: EndEvent
) -> Served:
    if started is None:
        raise ClientError(f"the stream of task {request.task_id} does not say who served it")
    return Served(
        case,
        str(request.task_id),
        started.pool_id,
        started.replica_id,
        str(started.engine),
        started.engine_version,
        started.sampler_profile_version,
        tuple(tokens),
        str(end.finish_reason),
    )


def _event(served: Served, number: int) -> str:
    return repr(served.tokens[number]) if number < len(served.tokens) else "missing"
