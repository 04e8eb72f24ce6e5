"""The sessions while the server runs: found for admission, settled at the ends of tasks, read, deleted, and
ended by one timer when nobody has used them for their time.

What a session may spend and when it ends is decided in the core.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orchestratord.core.budgets import Amount, Remaining
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.sessions import Home, Session, SessionKey, SessionTable
from orchestratord.plans import SessionsPlan
from orchestratord.service.job import Job
from orchestratord.service.pool import Pool
from orchqueue_contract.errors import ErrorCode

SHORTEST_SLEEP_MS = 1.0


@dataclass(frozen=True, slots=True)
class SessionState:
    """A session as it is now. `kv_bytes` is what its KV state may take at the replica that served it last,
    `warm` whether that replica still has it and would be the one to serve.
    """

    ttl_ms: float
    turns: int
    kv_bytes: int
    warm: bool
    remaining: Remaining


class Sessions:
    """All sessions of all tenants."""

    def __init__(self, plan: SessionsPlan, pools: Mapping[str, Pool], now_ms: Callable[[], float]) -> None:
        self._table = SessionTable(plan.budgets, plan.ttl_ms)
        self._pools = pools
        self._now_ms = now_ms
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._table)

    def look(self, key: SessionKey, now_ms: float) -> Session:
        """The session of that key, or a new one; nothing begins before a task is accepted."""
        return self._table.find_or_new(key, now_ms)

    def accepted(self, session: Session, need: Amount, now_ms: float) -> None:
        """A task of a session that was just looked up is accepted: it holds what it may need."""
        self._table.accept(session, need, now_ms)
        if self._timer is None:
            self._sleep(self._table.ttl_ms)

    def ended(self, job: Job, *, complete: bool, failed: bool) -> None:
        """A task has ended: it gives back what it held and settles what it used, unless its session ended
        before it. One that failed leaves no KV state that could be counted on.
        """
        # Without a token it is not known whether the engine has read the prompt.
        served = job.first_token_ms is not None or complete
        tokens = job.tokens_in + job.decoded if served else 0
        actual = job.session.account.amount(tokens, round(job.decode_ms - job.stopped_ms))
        if not self._table.settle(job.session, job.hold, actual, self._now_ms()):
            return
        if served and not job.preempted and job.replica_id is not None:
            cached = job.spec.reuses_cache and not failed
            job.session.home = Home(job.pool.id, job.replica_id, job.outages, tokens, cached)

    def state(self, key: SessionKey) -> SessionState:
        """A session as it is now, which is no use of it. Raises NOT_FOUND."""
        # OC-CTRL-2063
        now_ms = self._now_ms()
        session = self._table.find(key, now_ms)
        if session is None:
            raise OrchestratorError(ErrorCode.NOT_FOUND, "There is no such session, or no longer.")
        kv_bytes, warm = self._kv(session.home, now_ms)
        return SessionState(
            ttl_ms=session.last_use_ms + self._table.ttl_ms - now_ms,
            turns=session.account.turns,
            kv_bytes=kv_bytes,
            warm=warm,
            remaining=session.account.remaining,
        )

    def delete(self, key: SessionKey) -> bool:
        """End a session; its tasks go on. False when there is none."""
        return self._table.delete(key)

    def renew(self, plan: SessionsPlan) -> None:
        """Have sessions live so long from now on, and those that begin have these budgets."""
        self._table.renew(plan.budgets, plan.ttl_ms)
        self.close()
        self._expire()

    def pool_gone(self, pool_id: str) -> None:
        """A pool has no workers any more, and one of its name would have others."""
        self._table.forget_home(pool_id)

    def close(self) -> None:
        """End none any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _kv(self, home: Home | None, now_ms: float) -> tuple[int, bool]:
        """The bytes of its KV state that are still there, and whether they would serve."""
        if home is None:
            return 0, False
        pool = self._pools.get(home.pool_id)
        if pool is None or not pool.keeps(home):
            return 0, False
        return home.tokens * pool.plan.kv_bytes_per_token, pool.would_serve(home.replica_id, now_ms)

    def _expire(self) -> None:
        self._timer = None
        now_ms = self._now_ms()
        due_ms = self._table.expire(now_ms)
        if due_ms is not None:
            self._sleep(max(SHORTEST_SLEEP_MS, due_ms - now_ms))

    def _sleep(self, delay_ms: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(delay_ms / 1000, self._expire)
