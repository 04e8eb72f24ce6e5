"""The ledger of a simulated service: it counts as the real one does, and tells the laws what it was told."""

from typing import Any, Literal

from orchestratord.core.errors import OrchestratorError
from orchestratord.core.pools.exits import Verdict
from orchestratord.core.preemption import Mode
from orchestratord.core.tasks import TaskSpec
from orchestratord.logs import Log
from orchestratord.metrics import Metrics
from orchestratord.service import Job, Ledger, Submitter
from orchestratord.service.ledger import CancelReason
from orchestratord.service.pool import Pool
from orchestratord.service.worker import Worker
from orchqueue_contract.errors import ErrorCode, PolicyLabel
from orchsim.laws import Laws
from orchsim.lives import Life


class Account(Ledger):
    """Beside counting and logging, each call is an event of the simulation."""

    def __init__(self, metrics: Metrics, log: Log, laws: Laws) -> None:
        super().__init__(metrics, log)
        self._laws = laws
        self._by_job: dict[str, Life] = {}

    def admitted(self, job: Job) -> None:
        life = self._laws.lives[job.spec.seed or 0]
        life.job = job
        self._by_job[job.job_id] = life
        self._laws.admitted(life)
        super().admitted(job)

    def refused(self, error: OrchestratorError, spec: TaskSpec | None, submitter: Submitter) -> None:
        if spec is not None:
            self._laws.refused(spec.seed or 0, error)
        super().refused(error, spec, submitter)

    def given_up(self, job: Job, code: ErrorCode, policy: PolicyLabel | None) -> None:
        laws = self._laws
        laws.given_up[code] = laws.given_up.get(code, 0) + 1
        self._by_job[job.job_id].given_up = True
        super().given_up(job, code, policy)

    def put_back(self, job: Job, why: str) -> None:
        self._laws.put_back(self._by_job[job.job_id])
        super().put_back(job, why)

    def preempted(self, job: Job, mode: Mode) -> None:
        if mode == "hard":
            self._laws.stopped(self._by_job[job.job_id])
        super().preempted(job, mode)

    def ended(self, job: Job, outcome: str, reason: CancelReason | None, version: str | None) -> None:
        self._laws.ended(self._by_job[job.job_id], outcome)
        super().ended(job, outcome, reason, version)

    def worker_started(self, pool: Pool, worker: Worker, pid: int) -> None:
        self._laws.pools.owned(worker, pid)
        super().worker_started(pool, worker, pid)

    def preloaded(self, pool: Pool, result: Literal["pass", "fail"]) -> None:
        self._laws.pools.outcomes[result] += 1
        super().preloaded(pool, result)

    def restarted(self, pool: Pool, worker: Worker, verdict: Verdict) -> None:
        self._laws.pools.restarting(worker, verdict)
        super().restarted(pool, worker, verdict)

    def defect(self, event: str, correlation_id: str | None, **fields: Any) -> None:
        self._laws.defects.append(f"{event} {fields}")
        super().defect(event, correlation_id, **fields)
