"""Workers of the server's own, from start to start, in processes that do what a test tells them."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest

from orchestratord.core.engine_failures import EngineFailure, FailureKind
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.pools.backoff import Backoff
from orchestratord.core.pools.devices import Device
from orchestratord.core.pools.exits import Exit
from orchestratord.workers import Hear, Launcher
from orchqueue_contract.errors import ErrorCode

PAUSES = Backoff(100, 7_000)
SILENT = EngineFailure(FailureKind.FAULT, "the engine did not answer in time")


class Started:
    """A process that lives until a test, or the server, ends it."""

    def __init__(self, pid: int, command: Sequence[str], hear: Hear) -> None:
        self.pid = pid
        self.command = command
        self.hear = hear
        self.stopped = False
        self.ends_after_s = 0.0
        self.exit: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()

    def die(self, exit_: Exit, *words: str) -> None:
        for line in words:
            self.hear(line, False)
        self.exit.set_result(exit_)

    async def stop(self) -> Exit:
        self.stopped = True
        await asyncio.sleep(self.ends_after_s)
        if not self.exit.done():
            self.exit.set_result(Exit(status=0))
        return await self.exit


class Workshop(Launcher):
    """Starts such processes, each on the port that is its number."""

    def __init__(self) -> None:
        self.started: list[Started] = []
        self.times: list[float] = []
        self.dies: Exit | None = None
        self.next_dies: Exit | None = None

    def free_port(self) -> int:
        return len(self.started) + 1

    async def start(
        self, command: Sequence[str], environment: Mapping[str, str], grace_ms: float, hear: Hear
    ) -> Started:
        self.started.append(Started(len(self.started) + 1, command, hear))
        self.times.append(asyncio.get_running_loop().time())
        ending, self.next_dies = self.next_dies or self.dies, None
        if ending is not None:
            self.last.die(ending)
        return self.last

    @property
    def last(self) -> Started:
        return self.started[-1]


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


def engine(stage, process):
    return stage.engines[f"http://127.0.0.1:{process.pid}"]


def away(stage, workshop, *ports) -> None:
    """Nobody answers on these ports."""
    failure = EngineFailure(FailureKind.UNREACHABLE, "the engine cannot be reached")
    make = type(engine(stage, workshop.last))
    for port in ports:
        stage.engines[f"http://127.0.0.1:{port}"] = make(f"port {port}", probe_failure=failure)


async def started_again(stage, workshop, times: int) -> None:
    """Until the worker was started so often, and is ready."""
    for _ in range(1_000):
        if len(workshop.started) >= times and stage.value("pool_ready"):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"it was started {len(workshop.started)} times")


@pytest.mark.requirement("ORCH-3039")
@pytest.mark.parametrize(
    ("exit_", "words", "reason"),
    [
        (Exit(signal=9), (), "oom-host"),
        (Exit(status=1), ("CUDA error: out of memory",), "oom-vram"),
        (Exit(status=3), (), "crash"),
    ],
)
def test_a_crash_that_its_task_notices_first_is_told_as_what_it_was(
    play, script, workshop, exit_, words, reason
) -> None:
    async def scene(stage) -> None:
        gone = script.Step(0, failure=EngineFailure(FailureKind.UNREACHABLE, "the engine cannot be reached"))
        engine(stage, workshop.last).scripts = [[gone]]
        await stage.submit(1)
        await asyncio.sleep(0.1)
        workshop.last.die(exit_, *words)
        await started_again(stage, workshop, 2)
        assert stage.value("worker_restarts_total", reason=reason) == 1
        assert stage.value("worker_restarts_total") == 1

    play(scene, claims=[{"command": ("engine", "{port}")}], launcher=workshop, restart=PAUSES)


@pytest.mark.requirement("OC-POOL-3005")
def test_a_worker_that_hangs_is_started_again_and_one_that_was_only_late_is_not(play, workshop) -> None:
    async def scene(stage) -> None:
        first = engine(stage, workshop.last)
        first.probe_failure = SILENT
        await asyncio.sleep(4)
        assert stage.service.pool_health("pool").state == "silent"
        first.probe_failure = None
        await asyncio.sleep(1)
        assert stage.value("pool_ready") == 1
        first.probe_failure = SILENT
        await started_again(stage, workshop, 2)
        assert workshop.started[0].stopped
        assert stage.value("worker_restarts_total", reason="unready") == 1
        ready = [line for line in stage.lines if line["event"] == "worker.ready"]
        assert len(ready) == 3

    play(
        scene,
        claims=[{"command": ("engine", "{port}")}],
        launcher=workshop,
        restart=PAUSES,
        silent_ms=5_000,
    )


@pytest.mark.requirement("OC-POOL-3040")
@pytest.mark.parametrize("drained", [True, False])
def test_a_server_that_stops_waits_for_the_ends_of_its_workers(play, workshop, drained) -> None:
    async def scene(stage) -> None:
        workshop.last.ends_after_s = 5
        if drained:
            stage.service.control.drain("pool", 60_000, "corr")
            await asyncio.sleep(1)
            assert workshop.last.stopped
        assert not workshop.last.exit.done()

    play(scene, claims=[{"command": ("engine", "{port}")}], launcher=workshop)
    assert workshop.last.exit.done()


@pytest.mark.requirement("OC-POOL-3008")
def test_a_server_that_stops_answers_a_reload_as_one_that_was_rolled_back(play, workshop) -> None:
    async def scene(stage) -> None:
        asked = asyncio.create_task(stage.service.control.reload("pool", "other", "corr"))
        await asyncio.sleep(0)
        stage.service.control.stop(0)
        for reload in (asked, stage.service.control.reload("pool", "other", "corr")):
            with pytest.raises(OrchestratorError) as refused:
                await reload
            assert refused.value.code is ErrorCode.RELOAD_ROLLED_BACK
            assert refused.value.message == "The pool stays drained as before: the server stops."
        assert len(workshop.started) == 1

    play(scene, claims=[{"command": ("engine", "{port}")}], launcher=workshop, model="tiny")


@pytest.mark.requirement("OC-POOL-3008")
def test_a_reload_fails_when_a_worker_that_was_ready_fails_before_the_last_one_is(play, workshop) -> None:
    async def scene(stage) -> None:
        loading = EngineFailure(FailureKind.NOT_READY, "it loads")
        slow = type(engine(stage, workshop.last))("slow", probe_failure=loading)
        stage.engines["http://127.0.0.1:4"] = slow
        asked = asyncio.create_task(stage.service.control.reload("pool", "other", "corr"))
        await asyncio.sleep(2)
        assert len(workshop.started) == 4
        workshop.started[2].die(Exit(status=2))
        await asyncio.sleep(0.01)
        slow.probe_failure = None
        with pytest.raises(OrchestratorError) as refused:
            await asked
        assert "worker w0: the worker ended with status 2" in refused.value.message
        assert stage.service.pools["pool"].plan.model == "tiny"
        assert [one.stopped for one in workshop.started[:2]] == [False, False]

    restart = Backoff(60_000, 60_000)
    play(
        scene,
        claims=[{"command": ("engine", "{port}")}] * 2,
        launcher=workshop,
        restart=restart,
        model="tiny",
    )


NO_ROOM = {"command": ("engine", "{port}"), "devices": (0,), "memory_bytes": 5_000}


@pytest.mark.requirement("OC-POOL-3044")
@pytest.mark.parametrize("drained", [True, False])
def test_where_two_have_no_room_a_reload_that_fails_starts_the_old_one_unless_it_was_drained(
    play, script, workshop, drained
) -> None:
    async def scene(stage) -> None:
        control = stage.service.control
        if drained:
            control.drain("pool", 60_000, "corr")
            await asyncio.sleep(1)
            assert stage.service.pool_health("pool").state == "stopped"
        away(stage, workshop, 2)
        workshop.next_dies = Exit(status=2)
        with pytest.raises(OrchestratorError) as refused:
            await control.reload("pool", "other", "corr")
        goes_on = "stays drained" if drained else "serves on"
        assert refused.value.code is ErrorCode.RELOAD_ROLLED_BACK
        assert refused.value.message.startswith(f"The pool {goes_on} as before: worker w0: ")
        await asyncio.sleep(10)
        health = stage.service.pool_health("pool")
        assert (health.draining, health.ready) == (drained, not drained)
        assert len(workshop.started) == (2 if drained else 3)
        assert stage.value("worker_restarts_total", reason="reload") == (not drained)
        await control.reload("pool", "tiny", "corr")
        assert stage.service.pool_health("pool").ready

    machine = script.Machine(Device(0, 8_000))
    play(scene, claims=[NO_ROOM], machine=machine, launcher=workshop, restart=PAUSES, model="tiny")


@pytest.mark.requirement("OC-POOL-3008")
def test_a_server_that_stops_says_of_a_reload_that_is_rolled_back_what_became_of_it(
    play, script, workshop
) -> None:
    async def scene(stage) -> None:
        away(stage, workshop, 2, 3)
        workshop.next_dies = Exit(status=2)
        asked = asyncio.create_task(stage.service.control.reload("pool", "other", "corr"))
        await asyncio.sleep(5)  # the old one is started again, and does not come
        assert not asked.done()
        stage.service.control.stop(0)
        with pytest.raises(OrchestratorError) as refused:
            await asked
        assert refused.value.code is ErrorCode.RELOAD_ROLLED_BACK
        assert len(stage.events("pool.reload-rolled-back")) == 1

    machine = script.Machine(Device(0, 8_000))
    play(scene, claims=[NO_ROOM], machine=machine, launcher=workshop, restart=PAUSES, model="tiny")


@pytest.mark.requirement("OC-POOL-3003")
def test_one_that_never_gets_ready_says_so_and_is_started_again(play, workshop) -> None:
    async def scene(stage) -> None:
        loading = EngineFailure(FailureKind.NOT_READY, "it loads")
        stage.engines["http://127.0.0.1:2"] = type(engine(stage, workshop.last))(
            "second", probe_failure=loading
        )
        workshop.last.die(Exit(status=1))
        await started_again(stage, workshop, 3)
        assert workshop.started[1].stopped
        restarts = [line["reason"] for line in stage.events("worker.restarted")]
        assert restarts == ["the worker ended with status 1", "it did not become ready in time"]
        assert stage.value("preload_outcomes_total", result="fail") == 1
        assert stage.value("worker_restarts_total", reason="unready") == 1

    claims = [{"command": ("engine", "{port}"), "preload_ms": 5_000}]
    play(scene, claims=claims, launcher=workshop, restart=PAUSES)


@pytest.mark.requirement("OC-POOL-3042")
def test_one_whose_file_cannot_be_read_does_not_start_and_says_so(play, workshop, tmp_path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"weights")

    async def scene(stage) -> None:
        file.unlink()
        os.mkfifo(file)
        workshop.last.die(Exit(status=1))
        await asyncio.sleep(10)
        health = stage.service.pool_health("pool")
        assert health.last_error == f"the model's file {file} is neither a file nor a folder"
        assert not health.ready
        assert len(workshop.started) == 1
        file.unlink()
        file.write_bytes(b"weights")
        await started_again(stage, workshop, 2)

    claims = [{"command": ("engine", "{port}"), "model_path": str(file)}]
    play(scene, claims=claims, launcher=workshop, restart=Backoff(3_000, 3_000))


@pytest.mark.requirement("OC-POOL-3011")
def test_one_that_exits_at_once_is_started_ever_more_seldom_and_then_not_for_a_while(play, workshop) -> None:
    async def scene(stage) -> None:
        away(stage, workshop, *range(2, 8))
        workshop.dies = Exit(status=2)
        workshop.last.die(workshop.dies)
        await asyncio.sleep(20)
        pauses = [round(later - sooner, 1) for sooner, later in pairwise(workshop.times)]
        assert pauses[1:] == [0.2, 0.4, 0.8, 1.6]
        with pytest.raises(OrchestratorError) as refused:
            await stage.submit(1)
        assert refused.value.code is ErrorCode.POOL_UNAVAILABLE
        assert 0 < refused.value.retry_after_ms <= 36_000
        assert "failed too often" in refused.value.message
        assert stage.value("circuit_breaker_state", kind="restart") == 2
        assert stage.service.pool_health("pool").last_error == "the worker ended with status 2"

    play(scene, claims=[{"command": ("engine", "{port}")}], launcher=workshop, restart=PAUSES)
