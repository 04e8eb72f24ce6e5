"""Asking policy modules about tasks before they are admitted: in a thread of its own, and not for longer than
a task may wait.

The modules themselves, and what one call may take, are the policy host's.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from functools import partial

from msgspec import structs

from orchestratord.core.errors import ConfigurationError, Detail, OrchestratorError
from orchestratord.core.guards import Size
from orchestratord.core.tasks import TaskSpec
from orchestratord.policy import PolicyPlan, snapshot, verdict
from orchestratord.policy.host import PolicyHost
from orchestratord.policy.meter import Patience
from orchestratord.policy.module import LoadedModule
from orchestratord.policy.snapshot import Asker, PoolFacts
from orchestratord.policy.verdict import Decision
from orchestratord.service.job import Submitter
from orchestratord.service.ledger import Ledger
from orchestratord.service.pool import Pool
from orchestratord.service.threads import Threads
from orchqueue_contract.errors import ErrorCode

LATE = "it did not decide in time"


class Policies:
    """The modules in force. `now_ms` is the service's clock, `time_ms` the time of day in Unix milliseconds.

    Raises ConfigurationError when they cannot be loaded.
    """

    def __init__(
        self,
        plan: PolicyPlan,
        ledger: Ledger,
        now_ms: Callable[[], float],
        time_ms: Callable[[], float] = lambda: time.time() * 1000,
    ) -> None:
        self._ledger = ledger
        self._now_ms = now_ms
        self._time_ms = time_ms
        self._host = PolicyHost(plan)
        # One call at a time: each is ended by its own clock.
        self._asking = Threads("policy", 1)
        self._loading = asyncio.Lock()
        self._renewals: set[asyncio.Task[None]] = set()

    async def judge(
        self, spec: TaskSpec, size: Size, submitter: Submitter, pools: Iterable[Pool]
    ) -> TaskSpec:
        """The task as it may be admitted. Raises FORBIDDEN when a module denies it."""
        # OC-POLICY-4014
        host = self._host
        asker = Asker(submitter.tenant, submitter.key_id, submitter.correlation_id)
        for module in host.of("admission"):
            time_ms, began_ms = round(self._time_ms()), self._now_ms()
            facts = [_facts(pool, began_ms) for pool in pools if pool.engine == spec.engine]
            ask = partial(
                host.admission,
                module,
                snapshot.admission(spec, size, asker, facts, time_ms),
                correlation_id=asker.correlation_id,
                asked=spec.priority,
                now_ms=time_ms,
            )
            decision = await self._answer(host, module, ask)
            self._ledger.policy_decided(
                decision,
                plugin=module.plan.id,
                version=module.version,
                hook=module.plan.hook,
                spec=spec,
                submitter=submitter,
                latency_ms=self._now_ms() - began_ms,
            )
            if decision.denied:
                raise _denied(module, decision, spec)
            if decision.priority is not None:
                spec = structs.replace(spec, priority=decision.priority)
        return spec

    def renew_soon(self, plan: PolicyPlan) -> None:
        """Begin to `renew`."""
        task = asyncio.get_running_loop().create_task(self.renew(plan))
        self._renewals.add(task)
        task.add_done_callback(self._renewals.discard)

    async def renew(self, plan: PolicyPlan) -> None:
        """Ask the modules of another plan from now on; where they cannot be loaded, those that there are."""
        # OC-POLICY-4015
        async with self._loading:
            try:
                fresh = await asyncio.to_thread(PolicyHost, plan)
            except ConfigurationError as error:
                self._ledger.policies_kept(error.problems)
                return
            old, self._host = self._host, fresh
            self._ledger.policies_renewed({module.plan.id: module.version for module in fresh.modules})
            # Behind whatever it still has to decide.
            await self._asking.run(old.close)

    async def close(self) -> None:
        """Ask nothing any more."""
        for renewal in self._renewals:
            renewal.cancel()
        if self._renewals:
            await asyncio.wait(self._renewals)
        await self._asking.settled()
        self._asking.close()
        self._host.close()

    async def _answer(
        self, host: PolicyHost, module: LoadedModule, ask: Callable[[Patience], Decision]
    ) -> Decision:
        """The decision, or the one that holds when it does not come in time."""
        # OC-POLICY-4013
        patience = Patience()
        try:
            async with asyncio.timeout(host.limits.wait_ms / 1000):
                return await self._asking.run(lambda: ask(patience))
        except TimeoutError:
            return verdict.failed(LATE, module.plan.denies_on_failure)
        finally:
            patience.over = True


def _facts(pool: Pool, now_ms: float) -> PoolFacts:
    free = sum(worker.free_slots(now_ms) for worker in pool.workers.values())
    return PoolFacts(pool.id, pool.engine, pool.ready, len(pool.queue), pool.slots, free)


def _denied(module: LoadedModule, decision: Decision, spec: TaskSpec) -> OrchestratorError:
    name, reason = module.plan.id, decision.reason or ""
    return OrchestratorError(
        ErrorCode.FORBIDDEN,
        f"The policy {name} denied the task: {reason}",
        engine=spec.engine,
        details=(Detail(reason, name=name),),
    )
