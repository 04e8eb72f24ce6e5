"""More urgent work first: who is stopped for whom, by the rules of the core."""

from math import inf
from typing import TYPE_CHECKING

from orchestratord.core._queue import INTERACTIVE
from orchestratord.core.preemption import Running, victim
from orchestratord.core.task_states import TaskMove, moved

if TYPE_CHECKING:
    from orchsim.decisions.desk import Desk
    from orchsim.decisions.pool import Pool
    from orchsim.decisions.task import Task


def make_room(desk: "Desk", pool: "Pool", urgent: "Task") -> None:
    """Stop a running task for one that finds no slot, where the pool's rules allow it."""
    now_ms = desk.agenda.now
    if urgent.spec.priority != "interactive" or not _wants_room(pool) or not pool.misses_objective():
        return
    if pool.allowance.free_at_ms(now_ms) > now_ms:
        return
    chosen = victim(_running(desk, pool, urgent, now_ms))
    if chosen is not None:
        pool.allowance.take(now_ms)
        _stop(desk, pool.running[chosen], now_ms)


def next_look_ms(pool: "Pool", now_ms: float) -> float:
    """When a task may have to be stopped next though nothing happens until then; infinite: never."""
    if not _wants_room(pool) or not pool.running:
        return inf
    limit_ms, free_ms = pool.first_tokens["interactive"].limit_ms, pool.allowance.free_at_ms(now_ms)
    next_ms = free_ms if free_ms > now_ms else inf
    for one in pool.waiting.values():
        if one.spec.priority == "interactive" and now_ms < one.accepted_ms + limit_ms < next_ms:
            next_ms = one.accepted_ms + limit_ms
    return next_ms


def _wants_room(pool: "Pool") -> bool:
    return pool.mode == "hard" and pool.queue.length(INTERACTIVE) > pool.cooling


def _running(desk: "Desk", pool: "Pool", urgent: "Task", now_ms: float) -> list[Running]:
    plan = desk.scenario
    aged_ms = min(now_ms - plan.age_ms, urgent.accepted_ms) if plan.order == "strict" else float("-inf")
    found = []
    for task in pool.running.values():
        worker, spec = task.worker, task.spec
        assert worker is not None
        spared = (
            spec.strict
            or task.decoded >= spec.max_tokens
            or task.accepted_ms <= aged_ms
            or not worker.health.ready
            or worker.held_until_ms > now_ms
            or worker.id in urgent.avoid
        )
        started_ms = now_ms if task.started_ms is None else task.started_ms
        found.append(Running(task.job_id, spec.priority == "batch", started_ms, spared))
    return found


def _stop(desk: "Desk", task: "Task", now_ms: float) -> None:
    """Stop a task at its engine; it waits at the head of its class with all that it has."""
    task.ran_ms += now_ms - task.taken_ms
    task.tokens_before = task.decoded
    task.preempted = True
    task.preemptions += 1
    desk.release(task)
    task.state = moved(task.state, TaskMove.PREEMPT)
    pool = task.pool
    pool.waiting[task.job_id] = task
    assert task.ticket is not None
    pool.queue.put_back(task.ticket, True)
    task.ticket = None
    desk.laws.stopped(task.life)
