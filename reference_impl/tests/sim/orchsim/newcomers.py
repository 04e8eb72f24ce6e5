"""Who comes: what each task is, of whose session, and for how long it may take."""

from bisect import bisect
from collections import deque
from functools import lru_cache
from itertools import accumulate
from math import exp
from random import Random

from orchestratord.core.tasks import Priority, TaskSpec
from orchsim.arrivals import allowed_tokens, length_tokens
from orchsim.lives import Life
from orchsim.scenario import MODEL, Scenario, Tenant

_TEXT = "x" * 100_000
_OPEN_SESSIONS = 8  # of a tenant, at a time


@lru_cache
def _prompt(size: int) -> str:
    return _TEXT[:size]


def session_id(number: int) -> str:
    """By which clients name a session."""
    return f"00000000-0000-4000-8000-{number:012d}"


class Newcomers:
    """Draws tasks and keeps what their clients ask for, by the number of the task."""

    def __init__(self, scenario: Scenario, random: Random, lives: dict[int, Life]) -> None:
        self.scenario = scenario
        self.random = random
        self.specs: dict[int, TaskSpec] = {}
        self._lives = lives
        self._parts = list(accumulate(tenant.part for tenant in scenario.tenants))
        self._deadline_ms = scenario.service_ms * scenario.deadline
        self._sessions = {one.name: deque[int](maxlen=_OPEN_SESSIONS) for one in scenario.tenants}

    def next(self, number: int) -> Life:
        """A task of whichever tenant and priority comes."""
        plan, chance, parts = self.scenario, self.random.random, self._parts
        last = len(parts) - 1
        tenant = plan.tenants[bisect(parts, chance() * parts[-1], 0, last) if last else 0]
        return self.one(number, tenant, "batch" if chance() < plan.batch else "interactive")

    def one(self, number: int, tenant: Tenant, priority: Priority) -> Life:
        """A task of this tenant and priority."""
        plan, random = self.scenario, self.random
        real = length_tokens(plan.lengths, plan.mean_tokens, random)
        allowed = allowed_tokens(plan.mean_tokens, tenant.generous, real, random)
        wait = self._deadline_ms * exp(random.gauss(0, plan.deadline_spread))
        prompt = _prompt(max(4, round(plan.prompt_bytes * random.uniform(0.2, 1.8))))
        strict = bool(plan.strict) and random.random() < plan.strict
        session = self._session(number, tenant)
        tokens_in = -(-len(prompt) // 4)
        deadline_ms = max(1, round(wait))
        self._lives[number] = life = Life(
            number, tenant.name, priority, session, real, allowed, tokens_in, deadline_ms, strict
        )
        life.tokens_in = tokens_in
        self.specs[number] = TaskSpec(
            task_id=f"{number:08d}",
            session_id=session_id(session),
            workload="completion",
            model_ref=MODEL,
            engine="llamacpp",
            ctx=0,
            priority=priority,
            deadline_ms=deadline_ms,
            max_queue_ms=round(wait / 2) if random.random() < plan.clients.impatient else None,
            prompt=prompt,
            max_tokens=allowed,
            seed=number,
            determinism="strict" if strict else None,
            expected_tokens=real if random.random() < plan.expected_known else None,
        )
        return life

    def _session(self, number: int, tenant: Tenant) -> int:
        """The session of a task: one of the tenant's, or a new one that bears the task's number."""
        known = self._sessions[tenant.name]
        if known and self.random.random() > 1 / self.scenario.sessions.tasks:
            return self.random.choice(known)
        known.append(number)
        return number
