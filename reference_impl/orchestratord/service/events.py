"""The events of a task's stream as JSON.

Their order and their ids are the log's; when they are due is decided by the callers.
"""

from typing import Any, NamedTuple

import msgspec

from orchestratord.core.budgets import MILLION
from orchestratord.core.envelope import envelope
from orchestratord.core.errors import OrchestratorError
from orchestratord.service.job import Job
from orchestratord.service.worker import Worker

METRICS_EVERY_TOKENS = 16
METRICS_EVERY_MS = 1_000.0

_encode = msgspec.json.Encoder().encode


def started(job: Job, worker: Worker) -> None:
    """The task was handed to an engine for the first time."""
    # OC-CTRL-2021
    job.log.append(
        "started",
        _encode(
            {
                "queue_position": job.forecast.position,
                "predicted_start_ms": job.forecast.start_ms,
                "job_id": job.job_id,
                "engine": job.pool.engine,
                "engine_version": worker.version,
                "pool_id": job.pool.id,
                "replica_id": worker.id,
                # OC-CORE-1031
                **({"sampler_profile_version": job.sampler_profile_version} if job.spec.strict else {}),
                # OC-CAT-4205
                **({} if job.model is None else {"model_digest": job.model.registration.digest}),
            }
        ),
    )


def token(job: Job, text: str) -> None:
    """A piece of text came."""
    job.log.append("token", b'{"t":%s,"i":%d}' % (_encode(text), job.token_events))
    job.token_events += 1
    job.metrics_fresh = False


def metrics_due(job: Job, now_ms: float) -> bool:
    """Whether the first token, 16 more or a second has passed since the last metrics event."""
    # OC-CTRL-2023
    return job.token_events >= job.metrics_due_at or (
        job.token_events > 0 and now_ms - job.metrics_ms >= METRICS_EVERY_MS
    )


def metrics(job: Job, now_ms: float) -> None:
    """How the task, its session and its pool fare."""
    left = job.session.account.remaining
    members: dict[str, Any] = {
        "on_time_probability": round(job.pool.on_time(job, now_ms), 4),
        "queue_depth": len(job.pool.queue),
        "kv_warmth": job.warm,
        # OC-CORE-1024
        "tokens_budget_remaining": left.tokens,
        "time_budget_remaining_ms": left.time_ms,
        "cost_budget_remaining": None if left.cost is None else left.cost / MILLION,
    }
    if job.preempted:
        # ORCH-3086
        members["preempted"] = members["resumable"] = True
    if job.attempts:
        members["replica_id"] = job.replica_id
    if job.attempts or job.strayed:
        # ORCH-3023
        members["kv_migrated"] = False
    job.log.append("metrics", _encode(members))
    job.metrics_due_at = job.token_events + METRICS_EVERY_TOKENS
    job.metrics_ms = now_ms
    job.metrics_fresh = True


class Last(NamedTuple):
    """A terminal event before it is written; `data` is without the transcript."""

    event: str
    data: dict[str, Any]


def end(job: Job, finish_reason: str, artifact: str | None = None) -> Last:
    """The task is over and its result is complete, or it was cancelled; `artifact` is the id of a result
    that is no text.
    """
    # OC-CTRL-2025
    data = {"tokens_out": job.decoded, "decode_ms": round(job.decode_ms), "finish_reason": finish_reason}
    return Last("end", data if artifact is None else {**data, "artifact": artifact})


def error(job: Job, failure: OrchestratorError) -> Last:
    """The task is over and its result is not complete."""
    return Last("error", envelope(failure, job.submitter.correlation_id))


def close(job: Job, last: Last, transcript: str | None) -> None:
    """Write the terminal event; `transcript` is the id of the artifact that holds the task's events."""
    data = last.data if transcript is None else {**last.data, "transcript": transcript}
    job.log.append(last.event, _encode(data), terminal=True)
