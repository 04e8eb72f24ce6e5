"""The processes of managed workers: each loads, serves and ends as it is drawn, and tells nobody before."""

import asyncio
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from orchestratord.core.pools.exits import Exit
from orchestratord.workers import Hear, Launcher
from orchsim.process_engine import ProcessEngine
from orchsim.upheaval import HEARTBEAT_MS, MISSING_MODEL, PRELOAD_MS, Upheaval

if TYPE_CHECKING:
    from orchsim.engine import SimEngine
    from orchsim.loop import SimLoop
    from orchsim.pool_laws import PoolLaws

FIRST_PORT = 20_000
EXIT_NOTICED_S = 0.03
STOPS_S = 0.05
FLAP_S = 2.0


@dataclass(frozen=True, slots=True)
class Death:
    """How a process ends by itself: what it says last, and the reason for which it is started again."""

    exit: Exit
    words: tuple[str, ...]
    reason: str


DEATHS = (
    Death(Exit(status=1), (), "crash"),
    Death(Exit(signal=11), (), "crash"),
    Death(Exit(signal=9), (), "oom-host"),
    Death(Exit(signal=6), ("terminate called after throwing an instance of 'std::bad_alloc'",), "oom-host"),
    Death(Exit(status=1), ("CUDA error: out of memory",), "oom-vram"),
    Death(Exit(status=1), ("CUDA error: unspecified launch failure",), "driver-error"),
)


class SimProcess:
    """One process. `reasons` are those for which it may be started again, and `troubled_ms` is since when
    anything is wrong with it: what is done to it before is done to a sound one.
    """

    def __init__(self, pid: int, name: str, model: str, engine: "ProcessEngine", now_ms: float) -> None:
        self.pid = pid
        self.name = name
        self.model = model
        self.engine = engine
        self.started_ms = now_ms
        self.loaded = False
        self.hung = False
        self.dead = False
        self.stopped_ms: float | None = None
        self.troubled_ms: float | None = None
        self.reasons: set[str] = set()
        self.exit: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self.devices: list[str] = []
        self.on_stop = lambda: None

    def trouble(self, reason: str) -> None:
        """Something is wrong with it from now on, for which it may be started again."""
        self.reasons.add(reason)
        if self.troubled_ms is None:
            self.troubled_ms = self.engine.loop.now_ms()

    def die(self, exit_: Exit, noticed_s: float) -> None:
        """It is gone, and its connections with it; that it has ended is noticed a moment later."""
        if not self.dead:
            self.dead = True
            self.engine.lost()
            self.engine.loop.call_later(noticed_s, self.exit.set_result, exit_)

    async def stop(self) -> Exit:
        if self.stopped_ms is None and not self.dead:
            self.stopped_ms = self.engine.loop.now_ms()
            self.on_stop()
            self.die(Exit(status=0), self.engine.random.uniform(0.001, STOPS_S))
        return await asyncio.shield(self.exit)


class Fleet(Launcher):
    """All processes that ever were, in the order of their starts, and the engine on each port."""

    def __init__(self, upheaval: Upheaval, loop: "SimLoop", laws: "PoolLaws", random: Random) -> None:
        self.upheaval = upheaval
        self.loop = loop
        self.laws = laws
        self.random = random
        self.engines: dict[int, SimEngine] = {}
        self.processes: list[SimProcess] = []
        self._ports = FIRST_PORT
        self._struck_ms: dict[str, float] = {}
        self.lost: Container[int] = ()

    def free_port(self) -> int:
        self._ports += 1
        return self._ports

    async def start(
        self, command: Sequence[str], environment: Mapping[str, str], grace_ms: float, hear: Hear
    ) -> SimProcess:
        _, name, port, model = command
        engine = self.engines[int(port)]
        assert isinstance(engine, ProcessEngine)
        process = SimProcess(len(self.processes) + 1, name, model, engine, self.loop.now_ms())
        process.devices = environment["CUDA_VISIBLE_DEVICES"].split(",")
        if any(self._news_of(index) for index in process.devices):
            process.trouble("driver-error")
        self.processes.append(process)
        engine.begin(process)
        self.laws.started(process, environment)
        process.on_stop = lambda: self.laws.stopped(process)
        self._live(process, hear)
        return process

    def struck(self, index: int) -> None:
        """Something has happened to a device."""
        self._struck_ms[str(index)] = self.loop.now_ms()
        self.laws.note("struck", f"device {index}")
        for process in self.processes:
            if not process.dead and str(index) in process.devices:
                process.trouble("driver-error")

    def _news_of(self, device: str) -> bool:
        """Whether something has happened to a device that the service may not have seen yet."""
        seen_ms = self.loop.now_ms() - HEARTBEAT_MS
        return int(device) in self.lost or self._struck_ms.get(device, 0.0) >= seen_ms

    def _live(self, process: SimProcess, hear: Hear) -> None:
        """Draw what becomes of it."""
        plan, random, later = self.upheaval, self.random, self.loop.call_later
        load_s = plan.load_ms * random.lognormvariate(0, 0.8) / 1000
        death = random.choice(DEATHS)
        if load_s * 1000 > PRELOAD_MS / 2:  # proving takes its time, too
            process.trouble("unready")
        if process.model == MISSING_MODEL or random.random() < plan.load_fails:
            if random.random() < 0.3:
                process.trouble("unready")  # it loads for ever
            else:
                later(load_s / 2, self._die, process, death, hear)
            return
        later(load_s, self._loaded, process)
        if random.random() < plan.flaps:
            later(load_s + random.uniform(0, FLAP_S), self._die, process, death, hear)
        elif plan.crash_every_s:
            later(load_s + random.expovariate(1 / plan.crash_every_s), self._die, process, death, hear)
        if plan.hang_every_s:
            later(load_s + random.expovariate(1 / plan.hang_every_s), self._hang, process)

    @staticmethod
    def _loaded(process: SimProcess) -> None:
        process.loaded = True

    def _hang(self, process: SimProcess) -> None:
        if not process.dead:
            process.hung = True
            process.trouble("unready")
            self.laws.happened("hangs", process)

    def _die(self, process: SimProcess, death: Death, hear: Hear) -> None:
        if process.dead:
            return
        process.trouble(death.reason)
        self.laws.happened("dies", process)
        for line in death.words:
            hear(line, False)
        process.die(death.exit, self.random.uniform(0, EXIT_NOTICED_S))
