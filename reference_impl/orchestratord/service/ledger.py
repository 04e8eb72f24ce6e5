"""What happened, as counters, histograms and log lines. It is told of decisions and takes none."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from orchestratord.core.catalog.models import Model, Verification
from orchestratord.core.catalog.trust import Finding
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.pools.exits import DriverEvent, Verdict
from orchestratord.core.preemption import Mode
from orchestratord.core.tasks import Priority, TaskSpec
from orchestratord.logs import Level, Line, Log
from orchestratord.metrics import Metrics
from orchestratord.policy.verdict import Decision
from orchestratord.service.job import Job, Submitter
from orchestratord.service.pool import Pool
from orchestratord.service.worker import Worker
from orchqueue_contract.errors import ErrorCode, PolicyLabel

DrainReason = Literal["api", "shutdown"]
CancelReason = Literal["client", "deadline", "watchdog", "drain", "disconnect", "shutdown"]


class Ledger:
    """Moves each counter by one for each thing that happens, and writes the line that says so."""

    def __init__(self, metrics: Metrics, log: Log) -> None:
        self._metrics = metrics
        self._log = log

    def admitted(self, job: Job) -> None:
        """A task has a place in its pool's queue."""
        # OC-CORE-1041, OC-CTRL-2050
        pool = job.pool
        self._metrics.count("tasks_enqueued_total", (pool.engine, pool.version, pool.id, job.spec.priority))
        self._task_line("info", "task.admitted", job)

    def refused(self, error: OrchestratorError, spec: TaskSpec | None, submitter: Submitter) -> None:
        """A task was not accepted; `spec` is None when the body could not be read."""
        engine = None if spec is None else spec.engine
        self._metrics.count("tasks_rejected_total", (engine, error.code))
        if error.policy_label is not None:
            self._metrics.count("admission_backpressure_events_total", (engine, error.policy_label))
        members: dict[str, Any] = {}
        if spec is not None:
            members = {
                "task_id": spec.task_id,
                "session_id": spec.session_id,
                "engine": spec.engine,
                "model_id": spec.model_ref,
                "ctx": spec.ctx,
                "priority": spec.priority,
                "deadline_ms": spec.deadline_ms,
            }
        self._log.line(
            "warning" if error.code is ErrorCode.INTERNAL else "info",
            "task.refused",
            submitter.correlation_id,
            tenant_id=submitter.tenant,
            key_id=submitter.key_id,
            pool_id=error.pool_id,
            code=error.code,
            retry_after_ms=error.retry_after_ms,
            **members,
        )

    def given_up(self, job: Job, code: ErrorCode, policy: PolicyLabel | None) -> None:
        """A waiting task was given up: by a full queue, or because it would wait no longer."""
        self._metrics.count("tasks_rejected_total", (job.pool.engine, code))
        if policy is not None:
            self._metrics.count("admission_backpressure_events_total", (job.pool.engine, policy))

    def started(self, job: Job, worker: Worker, queue_time_ms: float) -> None:
        """A task was handed to an engine for the first time."""
        pool = job.pool
        self._metrics.count(
            "tasks_started_total", (pool.engine, worker.version, pool.id, worker.id, job.spec.priority)
        )
        self._metrics.observe(
            "queue_wait_ms", (pool.engine, worker.version, pool.id, job.spec.priority), queue_time_ms
        )
        self._task_line("info", "task.started", job, engine_version=worker.version)

    def put_back(self, job: Job, why: str) -> None:
        """An attempt failed before the first token, and the task waits for another."""
        self._task_line("info", "task.put-back", job, reason=why)

    def preempted(self, job: Job, mode: Mode) -> None:
        """A task was held back, or stopped, for a more urgent one."""
        # ORCH-3087
        self._metrics.count("preemptions_total", (mode, job.pool.engine))
        if mode == "hard":
            self._task_line("info", "task.preempted", job, preempted=True)

    def resumed(self, job: Job) -> None:
        """A task that was stopped goes on."""
        self._metrics.count("resumptions_total", (job.pool.engine,))
        self._task_line("info", "task.resumed", job)

    def first_token(self, job: Job, worker: Worker, since_accepted_ms: float) -> None:
        """The first token of a task came."""
        pool = job.pool
        self._metrics.observe(
            "latency_first_token_ms",
            (pool.engine, worker.version, pool.id, job.spec.priority),
            since_accepted_ms,
        )

    def ended(self, job: Job, outcome: str, reason: CancelReason | None, version: str | None) -> None:
        """A task reached its terminal state; `reason` says who ended it when it was not complete."""
        pool = job.pool
        by_replica = (pool.engine, version, pool.id, job.replica_id)
        self._metrics.count("tasks_finished_total", (pool.engine, version, pool.id, outcome))
        if reason is not None:
            self._metrics.count("tasks_canceled_total", (*by_replica, reason))
        if outcome == "end" and job.spec.workload != "completion":
            self._metrics.count("tokens_in_total", by_replica, job.tokens_in)
        elif job.first_token_ms is not None:
            self._metrics.count("tokens_in_total", by_replica, job.tokens_in)
            self._metrics.count("tokens_out_total", by_replica, job.decoded)
            self._metrics.observe(
                "latency_decode_ms", (pool.engine, version, pool.id, job.spec.priority), job.decode_ms
            )
        self._task_line(
            "info" if outcome in ("end", "canceled") else "warning",
            "task.canceled"
            if outcome == "canceled"
            else "task.finished"
            if outcome == "end"
            else "task.failed",
            job,
            engine_version=version,
            code=None if outcome in ("end", "canceled") else outcome,
            reason=reason,
            tokens_out=job.decoded,
            decode_time_ms=round(job.decode_ms, 3),
        )

    def policy_decided(
        self,
        decision: Decision,
        *,
        plugin: str,
        version: str,
        hook: str,
        spec: TaskSpec,
        submitter: Submitter,
        latency_ms: float,
    ) -> None:
        """A module has decided about a task, or has failed to."""
        # OC-POLICY-4020
        self._metrics.count("policy_decisions_total", (plugin, decision.verdict))
        failed = decision.verdict == "fail"
        about = {"plugin_id": plugin, "plugin_version": version, "hook": hook, "task_id": spec.task_id}
        for level, text in decision.said:
            self._log.line(level, "policy.said", submitter.correlation_id, text=text, **about)
        self._log.line(
            "warning" if failed else "info",
            "policy.decision",
            submitter.correlation_id,
            **about,
            tenant_id=submitter.tenant,
            key_id=submitter.key_id,
            decision=decision.verdict,
            reason=decision.failure if failed else decision.reason,
            applied=("deny" if decision.denied else "allow") if failed else None,
            priority=decision.priority,
            latency_ms=round(latency_ms, 3),
        )

    def policies_renewed(self, modules: Mapping[str, str]) -> None:
        """Modules, each with its version, are asked from now on."""
        self._log.line("info", "policy.modules-renewed", modules=modules)

    def policies_kept(self, problems: list[str]) -> None:
        """The modules that there are stay: others cannot be had."""
        self._log.line("error", "policy.modules-kept", problems=problems)

    def session_deleted(self, session_id: str, submitter: Submitter) -> None:
        """A session was ended before its time."""
        self._log.line(
            "info",
            "session.deleted",
            submitter.correlation_id,
            session_id=session_id,
            tenant_id=submitter.tenant,
            key_id=submitter.key_id,
        )

    def result_lost(self, job: Job, reason: str) -> None:
        """What an engine has computed for a task could not be kept."""
        self._task_line("error", "artifacts.failed", job, reason=reason, code=ErrorCode.INTERNAL)

    def transcript_lost(self, job: Job, level: Level, **fields: Any) -> None:
        """A task ended without its transcript."""
        self._task_line(level, "transcript.lost", job, **fields)

    def defect(self, event: str, correlation_id: str | None, **fields: Any) -> None:
        """The server did something that it never should."""
        self._log.line("error", event, correlation_id, **fields)

    def worker_changed(self, pool: Pool, worker: Worker, why: str | None) -> None:
        """A worker became ready, or ceased to be: because something was wrong, or as it was told to."""
        level: Level = "info" if why is None else "warning"
        event = "worker.ready" if worker.health.ready else "worker.unready"
        digest = worker.model_digest if worker.health.ready else None
        self._worker_line(level, event, pool, worker, reason=why, model_digest=digest)

    def worker_started(self, pool: Pool, worker: Worker, pid: int) -> None:
        """The process of a managed worker was started."""
        self._worker_line("info", "worker.started", pool, worker, pid=pid)

    def worker_ended(self, pool: Pool, worker: Worker, how: str, *, left_out: int, withheld: int) -> None:
        """The process of a managed worker has ended; so many of its last lines are not logged."""
        unsaid = _unsaid(left_out, withheld)
        self._worker_line("info", "worker.ended", pool, worker, reason=how, **unsaid)

    def worker_said(self, pool: Pool, worker: Worker, line: str, left_out: int, withheld: int) -> None:
        """A line of a managed worker's output. Before it were others that are not logged: so many too many,
        and so many that may hold what clients have sent.
        """
        self._worker_line("info", "worker.said", pool, worker, line=line, **_unsaid(left_out, withheld))

    def preloaded(self, pool: Pool, result: Literal["pass", "fail"]) -> None:
        """A worker has loaded its model and proven itself, or has not."""
        # OC-POOL-3030
        self._metrics.count("preload_outcomes_total", (pool.id, result))

    def restarted(self, pool: Pool, worker: Worker, verdict: Verdict) -> None:
        """A managed worker is started again."""
        self._metrics.count("worker_restarts_total", (pool.id, verdict.cause))
        self._worker_line("warning", "worker.restarted", pool, worker, reason=verdict.message)

    def driver_failed(self, pool: Pool, event: DriverEvent, who: str) -> None:
        """The driver of a pool's device failed; `who` noticed it."""
        # ORCH-3053
        self._metrics.count("driver_resets_total", (pool.id, event))
        self._log.line(
            "warning",
            "pool.driver-error",
            pool_id=pool.id,
            engine=pool.engine,
            reason=str(event),
            seen_by=who,
        )

    def devices_seen(self, there: Mapping[int, bool]) -> None:
        """Which of the devices that workers claim are there, when that has changed."""
        missing = [index for index, is_there in there.items() if not is_there]
        level: Level = "warning" if missing else "info"
        self._log.line(level, "devices.seen", devices=[i for i in there if there[i]], missing=missing)

    def devices_unknown(self, why: str) -> None:
        """Nobody can say how the devices are."""
        self._log.line("warning", "devices.unknown", reason=why)

    def shedding(self, pool: Pool) -> None:
        """Batch tasks are refused for the sake of interactive ones, or are taken again."""
        # ORCH-3040
        level: Level = "warning" if pool.sheds else "info"
        event = "pool.shedding" if pool.sheds else "pool.shedding-over"
        self._log.line(level, event, pool_id=pool.id, engine=pool.engine)

    def drained(self, pool: Pool, who: DrainReason, correlation_id: str | None, deadline_ms: float) -> None:
        """A drain begins."""
        # OC-POOL-3031
        self._metrics.count("drain_events_total", (pool.id, who))
        self._log.line(
            "info",
            "pool.draining",
            correlation_id,
            pool_id=pool.id,
            engine=pool.engine,
            deadline_ms=deadline_ms,
        )

    def reloaded(self, pool: Pool, model: str, correlation_id: str, failure: str | None) -> None:
        """A reload has ended; `failure` says why it was rolled back."""
        self._log.line(
            "info" if failure is None else "warning",
            "pool.reloaded" if failure is None else "pool.reload-rolled-back",
            correlation_id,
            pool_id=pool.id,
            engine=pool.engine,
            model_id=model,
            reason=failure,
        )

    def model_registered(self, model: Model, correlation_id: str) -> None:
        """A model is in the catalog from now on."""
        digest = model.registration.digest
        self._log.line("info", "model.registered", correlation_id, model_id=model.id, model_digest=digest)

    def model_verified(
        self,
        model: Model,
        checked: Verification,
        findings: Sequence[Finding],
        correlation_id: str | None,
        engine: str | None = None,
    ) -> None:
        """A model was checked; `engine` is the one that shall load it."""
        # OC-CAT-4206
        reason = checked.reasons[0] if checked.reasons else None
        self._metrics.count("catalog_verifications_total", (checked.result, reason, engine))
        self._log.line(
            "info" if checked.result == "pass" else "warning",
            "model.verified",
            correlation_id,
            model_id=model.id,
            result=checked.result,
            reasons=list(checked.reasons),
            findings=[finding.message for finding in findings],
        )

    def model_deleted(self, model: Model, correlation_id: str) -> None:
        """A model is in the catalog no more."""
        self._log.line("info", "model.deleted", correlation_id, model_id=model.id, state=model.state)

    def model_moved(self, before: Model, after: Model, correlation_id: str) -> None:
        """The state of a model, or the share of a canary, was changed."""
        # OC-CAT-4213
        self._log.line(
            "info",
            "model.state",
            correlation_id,
            model_id=after.id,
            share=after.share,
            deadline_unix_ms=after.deadline_unix_ms,
            **{"from": before.state, "to": after.state},
        )

    def noted(self, event: str, **fields: Any) -> None:
        """Something of the server as a whole, that belongs to no task."""
        self._log.line("info", event, **fields)

    def _worker_line(self, level: Level, event: str, pool: Pool, worker: Worker, **fields: Any) -> None:
        self._log.line(
            level,
            event,
            pool_id=pool.id,
            replica_id=worker.id,
            engine=pool.engine,
            engine_version=worker.version,
            model_id=pool.plan.model,
            **fields,
        )

    def _task_line(self, level: Level, event: str, job: Job, **fields: Any) -> None:
        # OC-CORE-1040
        if self._log.writes(level):
            self._log.write(_known(level, event, job, fields))


class _TaskLine(Line, omit_defaults=True, kw_only=True, gc=False):
    """What is known of a task by now: before its first dispatch, since then, and since its first token; and
    behind that, what the occasion adds.
    """

    job_id: str
    task_id: str
    session_id: str
    tenant_id: str
    key_id: str
    engine: str
    engine_version: str | None = None
    pool_id: str
    replica_id: str | None = None
    model_id: str
    model_digest: str | None = None
    quant: str | None = None
    ctx: int
    priority: Priority
    weight: float
    deadline_ms: int
    queue_position: int
    predicted_start_ms: int
    on_time_probability: float
    tokens_in: int
    queue_time_ms: float | None = None
    kv_warmth: bool | None = None
    preempted: bool | None = None
    tokens_out: int | None = None
    first_token_ms: float | None = None
    decode_time_ms: float | None = None
    code: str | None = None
    reason: str | None = None
    error_type: str | None = None
    trace: list[str] | None = None


def _known(level: Level, event: str, job: Job, more: dict[str, Any]) -> _TaskLine:
    # ORCH-3027
    spec, pool, model, forecast = job.spec, job.pool, job.model, job.forecast
    line = _TaskLine(
        level=level,
        event=event,
        correlation_id=job.submitter.correlation_id,
        job_id=job.job_id,
        task_id=spec.task_id,
        session_id=spec.session_id,
        tenant_id=job.key.tenant,
        key_id=job.submitter.key_id,
        engine=pool.engine,
        engine_version=pool.version,
        pool_id=pool.id,
        replica_id=job.replica_id,
        model_id=pool.plan.model or spec.model_ref if model is None else model.id,
        model_digest=None if model is None else model.registration.digest,
        quant=pool.plan.quant,
        ctx=spec.ctx,
        priority=spec.priority,
        weight=job.weight,
        deadline_ms=spec.deadline_ms,
        queue_position=forecast.position,
        predicted_start_ms=forecast.start_ms,
        on_time_probability=round(forecast.on_time, 4),
        tokens_in=job.tokens_in,
    )
    if job.started_ms is not None:
        line.queue_time_ms = round(job.started_ms - job.accepted_ms, 3)
        line.kv_warmth = job.warm
        line.preempted = job.preemptions > 0
    if job.first_token_ms is not None:
        line.tokens_out = job.decoded
        line.first_token_ms = round(job.first_token_ms - job.accepted_ms, 3)
        line.decode_time_ms = round(job.decode_ms, 3)
    for name, value in more.items():
        setattr(line, name, value)
    return line


def _unsaid(left_out: int, withheld: int) -> dict[str, int]:
    counts = {"left_out": left_out, "withheld": withheld}
    return {name: count for name, count in counts.items() if count}
