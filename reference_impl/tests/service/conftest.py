"""An orchestrator on a loop whose time passes by itself, and engines that do what a test tells them."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, ClassVar, TypeVar

import pytest
from msgspec import structs

from orchestratord.adapters import (
    AdapterPlan,
    Chunk,
    Embeddings,
    EngineAdapter,
    Finished,
    GenerateRequest,
    Generation,
    Ranks,
)
from orchestratord.core.budgets import Budgets
from orchestratord.core.engine_failures import EngineFailure
from orchestratord.core.pools.devices import Device, Reading
from orchestratord.core.tasks import TaskKey, TaskSpec, Workload
from orchestratord.core.worker_states import EngineFacts
from orchestratord.devices import Asker, DeviceError, DeviceLostError, Inventory
from orchestratord.logs import Log
from orchestratord.metrics import Metrics
from orchestratord.service import (
    ArtifactsPlan,
    Ledger,
    Orchestrator,
    PoolPlan,
    ServicePlan,
    SessionsPlan,
    Submitter,
    WorkerPlan,
)
from orchestratord.service.archive import Archive
from orchestratord.service.digests import ModelDigests
from orchestratord.service.threads import Threads
from orchestratord.stores import ArtifactStore, MemoryStore, StoreError
from orchestratord.workers import Launcher, LocalLauncher

T = TypeVar("T")


class _Selector:
    """Waits for nobody: where a loop would sleep, its clock is moved on."""

    def __init__(self, loop: "VirtualLoop", real: Any) -> None:
        self._loop, self._real = loop, real

    def select(self, timeout: float | None) -> list[Any]:
        events = self._real.select(0)
        if not events:
            assert timeout is not None, "everything waits for something that never comes"
            self._loop.now += timeout
        return events

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on which an hour takes as long as what happens in it.

    `before_each` is called before each callback: between two callbacks is where something else can happen.
    `defects` is what callbacks have raised.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.before_each: Callable[[], None] = lambda: None
        self.defects: list[dict[str, Any]] = []
        self._selector = _Selector(self, self._selector)

    def time(self) -> float:
        return self.now

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Any = None) -> asyncio.Handle:
        own: list[asyncio.Handle] = []
        own.append(super().call_soon(self._call, own, callback, *args, context=context))
        return own[0]

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        own: list[asyncio.Handle] = []
        timer = super().call_at(when, self._call, own, callback, *args, context=context)
        own.append(timer)
        return timer

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.defects.append(context)

    def _call(self, own: list[asyncio.Handle], callback: Callable[..., object], *args: Any) -> None:
        self.before_each()
        if not own[0].cancelled():
            callback(*args)


@dataclass
class Step:
    """What an engine does next with a request: wait, then send a chunk or fail. `deaf`: that it was cancelled
    meanwhile is not heard.
    """

    after_ms: float = 0
    chunk: Chunk | None = None
    failure: EngineFailure | None = None
    forever: bool = False
    deaf: bool = False


def tokens(count: int, every_ms: float = 1, end: bool = True) -> list[Step]:
    """So many tokens, and then the end."""
    steps = [Step(every_ms, Chunk((f"w{number} ",), number + 1)) for number in range(count)]
    return [*steps, Step(0, Chunk((), count, Finished("length", count, 2)))] if end else steps


@dataclass
class ScriptedAdapter(EngineAdapter):
    """Plays one script for each request, the last one again and again. A worker and the one that takes its
    place after a reload both have the same one here, so it has `users`.
    """

    name: str
    scripts: list[list[Step]] = field(default_factory=lambda: [tokens(3)])
    facts: EngineFacts = field(default_factory=lambda: EngineFacts("test-1", 2, 4096))
    probe_failure: EngineFailure | None = None
    probe_ms: float = 0
    token_count: int | None = None
    idle_after_ms: float | None = 0
    requests: list[GenerateRequest] = field(default_factory=list)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    workloads: frozenset[Workload] = frozenset({"completion", "embedding", "rerank"})
    users: int = 0
    open: int = 0
    most_open: int = 0
    closed_early: int = 0

    async def probe(self) -> EngineFacts:
        await asyncio.sleep(self.probe_ms / 1000)
        if self.probe_failure is not None:
            raise self.probe_failure
        return self.facts

    async def prove(self, others) -> None:
        """It works: what is tested here is what happens to tasks."""

    async def embed(self, inputs: Sequence[str]) -> Embeddings:
        await self._compute(("embed", *inputs))
        return Embeddings([[float(len(text)), 0.5] for text in inputs], 7)

    async def rerank(self, query: str, inputs: Sequence[str]) -> Ranks:
        await self._compute(("rerank", query, *inputs))
        return Ranks([float(len(text)) for text in inputs])

    async def wait_idle(self, others) -> bool:
        return await idle(self)

    async def _compute(self, asked: tuple[str, ...]) -> None:
        """Play a script that sends no tokens."""
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        self.asked.append(asked)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        done = False
        try:
            for step in script:
                await asyncio.sleep(step.after_ms / 1000)
                if step.forever:
                    await asyncio.get_running_loop().create_future()
                if step.failure is not None:
                    done = True
                    raise step.failure
            done = True
        finally:
            self.open -= 1
            self.closed_early += not done

    def generation(self, request: GenerateRequest) -> Generation:
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        return _ScriptedGeneration(self, request, list(script))

    async def count_tokens(self, text: str) -> int | None:
        await asyncio.sleep(0.01)
        return self.token_count

    async def close(self) -> None:
        self.users -= 1
        assert self.users > 0 or self.open == 0, "a request outlived its server"


class _ScriptedGeneration(Generation):
    def __init__(self, adapter: ScriptedAdapter, request: GenerateRequest, script: list[Step]) -> None:
        self._adapter, self._request, self._script = adapter, request, script

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        adapter, done = self._adapter, False
        adapter.requests.append(self._request)
        adapter.open += 1
        adapter.most_open = max(adapter.most_open, adapter.open)
        try:
            for step in self._script:
                with suppress(*[asyncio.CancelledError] * step.deaf):
                    await asyncio.sleep(step.after_ms / 1000)
                if step.forever:
                    await asyncio.get_running_loop().create_future()
                if step.failure is not None:
                    done = True
                    raise step.failure
                assert step.chunk is not None
                done = step.chunk.finished is not None
                yield step.chunk
        finally:
            adapter.open -= 1
            adapter.closed_early += not done

    async def wait_idle(self, others) -> bool:
        return await idle(self._adapter)


async def idle(adapter: ScriptedAdapter) -> bool:
    if adapter.idle_after_ms is None:
        return False
    await asyncio.sleep(adapter.idle_after_ms / 1000)
    return True


class SlowStore(MemoryStore):
    """A store that has to be waited for."""

    blocking: ClassVar[bool] = True


class Disk(Threads):
    """Does what is asked for after so many milliseconds, each time the next; None fails, as a full disk does.

    What a caller that was cancelled has asked for is done all the same.
    """

    def __init__(self, *after_ms: float | None) -> None:
        super().__init__("disk")
        self._after_ms = list(after_ms)
        self.asked = 0

    async def run(self, call: Callable[[], T]) -> T:
        after_ms = self._after_ms[self.asked % len(self._after_ms)]
        self.asked += 1

        async def work() -> T:
            await asyncio.sleep((after_ms or 0) / 1000)
            if after_ms is None:
                raise StoreError("No space left on device")
            return call()

        task = asyncio.create_task(work())
        self._running.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)


class Machine(Inventory, Asker):
    """Devices that a test lets come, go and change; what asks for them waits for nothing."""

    def __init__(self, *devices: Device) -> None:
        self.there = {device.index: device for device in devices}
        self.readings: dict[int, Reading] = {}
        self.broken: str | None = None
        self.closed = False

    def devices(self) -> dict[int, Device]:
        if self.broken is not None:
            raise DeviceError(self.broken)
        return dict(self.there)

    def read(self, index: int) -> Reading:
        if index not in self.there:
            raise DeviceLostError(f"device {index} is lost")
        return self.readings.get(index, Reading())

    async def ask(self, question: Callable[[], T]) -> T:
        return question()

    def close(self) -> None:
        self.closed = True


@dataclass
class Scraped:
    """The lines of one exposition."""

    lines: list[str]

    def value(self, series: str, **labels: str) -> float:
        """A sample, or the sum of those that have the labels."""
        total = 0.0
        for line in self.lines:
            name, _, rest = line.partition("{")
            if name == series and all(f'{key}="{value}"' in rest for key, value in labels.items()):
                total += float(line.rsplit(" ", 1)[1])
        return total


@dataclass
class Stage:
    """An orchestrator with what a test looks at: its engines, counters, log lines and artifacts."""

    service: Orchestrator
    engines: dict[str, ScriptedAdapter]
    metrics: Metrics
    lines: list[dict[str, Any]]
    store: ArtifactStore
    submitter: Submitter = field(default_factory=lambda: Submitter("default", "key", "corr"))

    async def submit(self, number: int, **changes: Any) -> Any:
        spec = structs.replace(SPEC, task_id=task_id(number), **changes)
        return await self.service.submit(spec, self.submitter)

    def cancel(self, number: int) -> str:
        return self.service.cancel(TaskKey("default", task_id(number)))

    async def told(self, number: int) -> None:
        """Until the terminal event of a task can be read."""
        await self.service.told(TaskKey("default", task_id(number)))

    async def read(self, number: int, last_event_id: str | None = None) -> list[Any]:
        """All events of a task until its stream ends."""
        stream = self.service.follow(TaskKey("default", task_id(number)), last_event_id, "key")
        if stream is None:
            return []
        data = b"".join([piece async for piece in stream])
        return parse(data)

    def value(self, series: str, **labels: str) -> float:
        """A sample as it is now, or the sum of those that have the labels."""
        return self.scrape().value(series, **labels)

    def scrape(self) -> "Scraped":
        """All samples as they are now; for those who look at many."""
        return Scraped(self.metrics.exposition("")[0].decode().splitlines())

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == name]


SPEC = TaskSpec(
    task_id="",
    session_id="00000000-0000-4000-8000-000000000000",
    workload="completion",
    model_ref="tiny",
    engine="llamacpp",
    ctx=0,
    priority="interactive",
    deadline_ms=10_000_000,
    prompt="hello",
    max_tokens=3,
)


HELD = ("active_leases", "queue_depth")
UNBOUNDED = SessionsPlan(budgets=Budgets(turns=10**9, tokens=None, time_ms=None, cost=None))


def task_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def parse(data: bytes) -> list[Any]:
    """(id, event, data) of each frame."""
    events = []
    for frame in data.decode().split("\n\n"):
        if frame and not frame.startswith(":"):
            fields = dict(line.split(": ", 1) for line in frame.split("\n"))
            events.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return events


@pytest.fixture(scope="session")
def play() -> Callable[..., Any]:
    """Run a scene on a loop of its own, `play(scene, workers=…, **pool)`; nothing may be left at its end.

    `disk` is what artifacts wait for (nothing, if there is none), `defects_of` names log lines of defects
    that the scene is about. `claims` are fields of each worker's plan, on the devices of `machine`, and
    `launcher` runs the processes of those with a command.
    """

    def run(
        scene: Callable[[Stage], Awaitable[None]],
        *,
        workers: int = 1,
        disk: Disk | None = None,
        machine: Machine | None = None,
        claims: Sequence[dict[str, Any]] = (),
        launcher: Launcher | None = None,
        defects_of: tuple[str, ...] = (),
        **plan: Any,
    ) -> Any:
        own = [*claims] or [{}] * workers

        async def stage() -> Any:
            loop = asyncio.get_running_loop()
            engines: dict[str, ScriptedAdapter] = {}

            def adapter(given: AdapterPlan) -> EngineAdapter:
                made = engines.setdefault(given.url, ScriptedAdapter(given.url))
                made.users += 1
                return made

            streams = {
                name: plan.pop(name)
                for name in ("streams", "grace_ms", "flush_ms", "tenants", "sessions", "artifacts")
                if name in plan
            }
            streams.setdefault("sessions", UNBOUNDED)
            pool = PoolPlan(
                id="pool",
                engine="llamacpp",
                adapter="scripted",
                workers=tuple(WorkerPlan(f"w{n}", f"w{n}", **fields) for n, fields in enumerate(own)),
                **{"max_tokens": 100_000, **plan},
            )
            lines: list[dict[str, Any]] = []
            log = Log(lambda line: lines.append(json.loads(line)), "debug", "boot")
            holder = SimpleNamespace()

            def archive(kept: ArtifactsPlan, ledger: Ledger) -> Archive:
                holder.store = (MemoryStore if disk is None else SlowStore)(kept.max_bytes)
                return Archive(
                    holder.store,
                    ledger,
                    disk or Disk(0),
                    wall_ms=lambda: loop.time() * 1000,
                    trace_retain_ms=kept.trace_retain_ms,
                )

            metrics = Metrics(
                ("core", "scheduling", "pools"),
                lambda: list(holder.service.gauges()),
                lambda label, budget: log.line("warning", "overflow", label=label, budget=budget),
            )
            ids = iter(range(10**9))
            holder.service = service = Orchestrator(
                ServicePlan((pool,), **streams),
                Ledger(metrics, log),
                64,
                now_ms=lambda: loop.time() * 1000,
                chance=lambda: 0.5,
                new_id=lambda: f"job-{next(ids)}",
                adapters={"scripted": adapter},
                make_archive=archive,
                open_inventory=lambda _listed: machine or Machine(),
                make_asker=lambda: machine or Machine(),
                make_launcher=lambda: launcher or LocalLauncher(),
                make_digests=lambda: ModelDigests(Disk(0)),
            )
            await service.start()
            one = Stage(service, engines, metrics, lines, holder.store)
            try:
                result = await scene(one)
            finally:
                await service.shutdown()
                await service.close()
            held = [gauge for gauge in service.gauges() if gauge.series in HELD and gauge.value]
            assert not held, held
            if disk is not None:
                await disk.settled()
            defects = [line for line in lines if line["level"] == "error" and line["event"] not in defects_of]
            assert not defects, defects
            left = asyncio.all_tasks() - {asyncio.current_task()}
            assert not left, left
            assert machine is None or machine.closed
            return result

        return run_virtually(stage())

    return run


def run_virtually(main: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine on a loop whose time passes by itself."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        result = runner.run(main)
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        assert not loop.defects
        return result


@pytest.fixture(scope="session")
def virtually() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a coroutine on such a loop."""
    return run_virtually


@pytest.fixture(scope="session")
def script() -> SimpleNamespace:
    """The words in which engines are told what to do."""
    return SimpleNamespace(
        Step=Step,
        tokens=tokens,
        Chunk=Chunk,
        Finished=Finished,
        EngineFailure=EngineFailure,
        EngineFacts=EngineFacts,
        Disk=Disk,
        Machine=Machine,
    )
