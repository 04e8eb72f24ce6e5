"""What has to hold of workers and pools while they fail, are drained and reloaded.

What engines, processes and operators know is held against what the service does.
"""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orchestratord.core.pools.exits import FailureCause
from orchestratord.core.pools.states import TRANSITIONS, WorkerState
from orchsim.scenario import MODEL, Scenario
from orchsim.upheaval import BREAKER, CALM, PAUSES, STALE_MS

if TYPE_CHECKING:
    from orchestratord.core.pools.exits import Verdict
    from orchestratord.service import Orchestrator
    from orchestratord.service.pool import Pool
    from orchestratord.service.worker import Worker
    from orchsim.engine import SimEngine
    from orchsim.fleet import SimProcess
    from orchsim.laws import Laws
    from orchsim.lives import Life

TRACED = 30
SLACK_MS = 5.0
LEAST_OF_PAUSE = 0.8
# Whoever gets there had an answer to wait for, so nobody passes on in the same moment.
_WAITS = frozenset({WorkerState.PROVING, WorkerState.READY, WorkerState.SILENT})


def _follow(state: WorkerState) -> frozenset[WorkerState]:
    """The states in which a worker may be found at the next look. One that was stopped is not taken again."""
    direct = {after for (before, _), after in TRANSITIONS.items() if before is state}
    found, open_ = set(direct), [one for one in direct if one not in _WAITS]
    while open_:
        here = open_.pop()
        for (before, _), after in TRANSITIONS.items():
            if before is here is not WorkerState.STOPPED and after not in found | _WAITS:
                found.add(after)
                open_.append(after)
    return frozenset(found)


FOLLOWS = {state: _follow(state) for state in WorkerState}


@dataclass(slots=True)
class PoolRecord:
    """What operators have done to a pool: whether it drains, until when, and whether a reload runs."""

    drained: bool = False
    deadline_ms: float | None = None
    reloading: bool = False


@dataclass(slots=True)
class WorkerRecord:
    """What became of one worker: its processes in the order of their starts, and why each but the first was
    told to be started.
    """

    state: WorkerState
    processes: "list[SimProcess]" = field(default_factory=list)
    told: list[str] = field(default_factory=list)


class PoolLaws:
    """Keeps its own account of workers and processes. It is told of what happens to them."""

    def __init__(self, scenario: Scenario, laws: "Laws", pools: list[str]) -> None:
        self.scenario = scenario
        self.active = scenario.upheaval != CALM
        self.pools = {pool: PoolRecord() for pool in pools}
        self.workers: dict[Worker, WorkerRecord] = {}
        self.outcomes: Counter[str] = Counter()
        self.restarts: Counter[str] = Counter()
        self.drains = 0
        self.closing = False
        self.trace: deque[str] = deque(maxlen=TRACED)
        self._laws = laws
        self._service: Orchestrator | None = None
        self._owners: dict[int, Worker] = {}
        self._processes: list[SimProcess] = []

    def watch(self, service: "Orchestrator") -> None:
        """Look at this service from now on."""
        self._service = service
        for pool in service.pools.values():
            for worker in pool.workers.values():
                self.workers.setdefault(worker, WorkerRecord(worker.health.state))

    # What happens, as processes, engines and the ledger tell it.

    def started(self, process: "SimProcess", environment: Mapping[str, str]) -> None:
        """A process begins."""
        self._processes.append(process)
        self.happened("starts", process)
        pool_id, _, _ = process.name.partition("/")
        pool = self._service.pools[pool_id] if self._service else None
        worker = None if pool is None else pool.workers.get(process.name.partition("/")[2])
        mask = None if worker is None else worker.plan.visible_devices
        if worker is not None and environment.get("CUDA_VISIBLE_DEVICES") != mask:
            self._broken("devices", f"{process.name} sees {environment.get('CUDA_VISIBLE_DEVICES')}")

    def owned(self, worker: "Worker", pid: int) -> None:
        """The service says whose process it is."""
        process = self._processes[pid - 1]
        record = self.workers.setdefault(worker, WorkerRecord(worker.health.state))
        self._owners[pid] = worker
        if record.processes:
            self._check_restart(worker, record, process)
        record.processes.append(process)

    def note(self, what: str, detail: str) -> None:
        """Remember something that happened to a worker or a pool."""
        self.trace.append(f"{self._laws.now():12.1f}  {what:<14} {detail}")

    def happened(self, what: str, process: "SimProcess") -> None:
        """Remember something that happened to a process."""
        self.note(what, f"{process.name} pid {process.pid}")

    def stopped(self, process: "SimProcess") -> None:
        """The service ends a process."""
        self.happened("stopped", process)
        pool = self.pools[process.name.partition("/")[0]]
        over = pool.drained and pool.deadline_ms is not None and self._laws.now() >= pool.deadline_ms
        if process.troubled_ms is not None or over or self.closing:
            return
        for life in process.engine.running.values():
            if life.leased is not None:
                self._broken(
                    "no stream is cut", f"{process.name}, which is sound, is ended under task {life.number}"
                )

    def restarting(self, worker: "Worker", verdict: "Verdict") -> None:
        """The service counts a restart."""
        cause = str(verdict.cause)
        self.restarts[cause] += 1
        if verdict.cause is FailureCause.RELOAD:  # a successor has begun in its place
            return
        record = self.workers[worker]
        record.told.append(cause)
        last = record.processes[-1] if record.processes else None
        self.note("restart", f"{worker.id} for {cause}: {verdict.message}")
        if last is not None and cause not in last.reasons:
            self._broken(
                "causes are told apart",
                f"{last.name} is started again for {cause}; what happened is {sorted(last.reasons)}",
            )

    def dispatched(self, life: "Life | None", engine: "SimEngine", *, proven: bool) -> None:
        """A task is handed to an engine, which has or has not proven itself to the worker that does it."""
        if not self.active or life is None or life.job is None:
            return
        now_ms, number = self._laws.now(), life.number
        if not proven:
            self._broken("only ready workers", f"task {number} goes to {engine.name}, which is not proven")
        if now_ms - engine.answered_ms > STALE_MS + SLACK_MS:
            silent_ms = now_ms - engine.answered_ms
            self._broken(
                "only ready workers", f"task {number} goes to {engine.name}, silent for {silent_ms:.0f} ms"
            )
        if self.scenario.upheaval.managed and engine.model != MODEL:
            self._broken("its own model", f"task {number} asked for {MODEL} and goes to {engine.model}")
        pool = self.pools[life.job.pool.id]
        if pool.drained and not pool.reloading:
            self._broken("drained", f"task {number} starts in {life.job.pool.id}, which is drained")

    # What has to hold.

    def after_event(self) -> None:
        """Look at every worker that is known."""
        if not self.active or self._service is None:
            return
        for worker, record in self.workers.items():
            if worker.health.state is not record.state:
                self._check_move(worker, record)
        now_ms = self._laws.now()
        for pool_id, pool in self.pools.items():
            if pool.deadline_ms is not None and now_ms > pool.deadline_ms + SLACK_MS:
                pool.deadline_ms = None
                self._check_drained(self._service.pools[pool_id])

    def check_all_over(self) -> None:
        """At the end no process is left, and each start was counted."""
        for process in self._processes:
            if not process.dead:
                self._broken("no orphan", f"{process.name} pid {process.pid} outlives the service")
        for worker, record in self.workers.items():
            uncounted = len(record.processes) - 1 - len(record.told)
            if record.processes and uncounted not in ({0, -1} if self.closing else {0}):
                self._broken(
                    "counters agree", f"{worker.id}: {record.told} for {len(record.processes)} starts"
                )

    def counted(self) -> list[tuple[str, str, dict[str, int]]]:
        """What the counters have to say: series, label, and the values by that label."""
        return [
            ("worker_restarts_total", "reason", dict(self.restarts)),
            ("preload_outcomes_total", "result", dict(self.outcomes)),
        ]

    def _check_move(self, worker: "Worker", record: WorkerRecord) -> None:
        before, record.state = record.state, worker.health.state
        self.note("worker", f"{worker.id} {before} -> {record.state}")
        if record.state not in FOLLOWS[before]:
            self._broken("states by the table", f"{worker.id} was {before} and is {record.state}")
        if record.state is WorkerState.READY and record.processes and not record.processes[-1].engine.proven:
            self._broken("only ready workers", f"{worker.id} is ready and was not proven")

    def _check_restart(self, worker: "Worker", record: WorkerRecord, process: "SimProcess") -> None:
        last = record.processes[-1]
        if not last.dead:
            self._broken("one process each", f"{process.name} is started beside pid {last.pid}")
        now_ms = self._laws.now()
        since_ms = last.started_ms if last.troubled_ms is None else last.troubled_ms
        failures = 0
        for one in reversed(record.processes):
            failures += 1
            if one.engine.ever_proven:
                break
        pause_ms = min(PAUSES.initial_ms * 2 ** (failures - 1), PAUSES.longest_ms) * LEAST_OF_PAUSE
        if now_ms - since_ms < pause_ms - SLACK_MS:
            self._broken(
                "restarts are bounded",
                f"{process.name} is started {now_ms - since_ms:.0f} ms after a failure, not {pause_ms:.0f}",
            )
        recent = [one for one in record.processes[1:] if one.started_ms > now_ms - BREAKER.open_ms]
        if len(recent) > BREAKER.restarts:
            self._broken(
                "restarts are bounded", f"{process.name} is started again for the {len(recent) + 1}th time"
            )

    def _check_drained(self, pool: "Pool") -> None:
        left = pool.live_jobs()
        if left and self.pools[pool.id].drained:
            self._broken("drained", f"{len(left)} tasks of {pool.id} outlive the deadline of its drain")

    def _broken(self, law: str, what: str) -> None:
        self._laws.broken(law, what)
