"""What becomes of a service that runs when its plan changes: pools and workers that come, change and go, and
bounds that hold from then on.

Which changes a running service can take at all is decided by whoever reads the configuration; what stands in
the way at the moment is told here.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from orchestratord.adapters import AdapterFactory
from orchestratord.plans import PoolPlan, ServicePlan, WorkerPlan
from orchestratord.service.alarms import Alarms
from orchestratord.service.device_watch import DeviceWatch
from orchestratord.service.intake import Intake
from orchestratord.service.kept import KeptTasks
from orchestratord.service.pool import Pool
from orchestratord.service.pool_control import PoolControl
from orchestratord.service.sessions import Sessions
from orchestratord.service.shedding import ShedWatch
from orchestratord.service.streams import OpenStreams
from orchestratord.service.supervisor import Supervisor
from orchestratord.service.tenants import Tenants
from orchestratord.service.worker import Worker, claim_of


class Renewal:
    """Changes the pools of a service. `plan` is what they go by now; `pools` is shared with all who look for
    one. `pump` has a pool look for work.
    """

    def __init__(
        self,
        plan: ServicePlan,
        pools: dict[str, Pool],
        adapters: Mapping[str, AdapterFactory],
        *,
        supervisor: Supervisor,
        devices: DeviceWatch,
        control: PoolControl,
        sheds: ShedWatch,
        tenants: Tenants,
        sessions: Sessions,
        kept: KeptTasks,
        streams: OpenStreams,
        intake: Intake,
        alarms: Alarms,
        pump: Callable[[Pool], None],
    ) -> None:
        self.plan = plan
        self._pools = pools
        self._adapters = adapters
        self._supervisor = supervisor
        self._devices = devices
        self._control = control
        self._sheds = sheds
        self._tenants = tenants
        self._sessions = sessions
        self._kept = kept
        self._streams = streams
        self._intake = intake
        self._alarms = alarms
        self._pump = pump
        self._leaving: dict[str, Pool] = {}
        self._successions: set[asyncio.Task[None]] = set()

    @property
    def leaving(self) -> Iterator[Pool]:
        """The pools that only finish what they have."""
        return iter(list(self._leaving.values()))

    def obstacles(self, plan: ServicePlan) -> list[str]:
        """Why a plan cannot be taken at the moment, each with the pool that it is about."""
        if self._intake.closed:
            return ["the server is shutting down"]
        before, after = _by_id(self.plan), _by_id(plan)
        touched = [one for one in before if one in after and not _equal(before[one], after[one])]
        gone = [one for one in before if one not in after]
        found = [f"pool {one} is being reloaded" for one in touched + gone if self._control.reloading(one)]
        found += [f"pool {one} is drained" for one in touched if self._pools[one].draining]
        found += [
            f"the pool {one} of before has not finished yet"
            for one in after
            if one not in before and one in self._leaving
        ]
        return found

    def take(self, plan: ServicePlan, streams_per_key: int) -> None:
        """Go by another plan from now on, which differs only where a running service can and for which there
        is no obstacle. No task is lost, and there is no await, and so nothing in between.
        """
        # OC-CONFIG-6009
        self._tenants.renew(plan.tenants)
        self._sessions.renew(plan.sessions)
        self._kept.renew(plan.streams.retain_ms, plan.streams.total_bytes)
        self._streams.renew(streams_per_key, plan.streams.keepalive_ms)
        self._intake.log_bytes = plan.streams.max_bytes
        self._take_pools(plan)

    def _take_pools(self, plan: ServicePlan) -> None:
        before, self.plan = _by_id(self.plan), plan
        after = _by_id(plan)
        profiles = {profile.version: profile for profile in plan.sampler_profiles}
        for pool in [*self._pools.values(), *self._leaving.values()]:
            pool.know(profiles)
        for one in before.keys() - after.keys():
            self._let_go(self._pools[one])
        machine = self._devices.machine
        claims = [claim_of(pool, worker) for pool in plan.pools for worker in pool.workers]
        claims += [worker.claim for pool in self._leaving.values() for worker in pool.workers.values()]
        if set(claims) != set(machine.claims):
            machine.claim(claims)
            self._devices.claims_changed()
        for one, pool_plan in after.items():
            if one not in before:
                self._add(Pool(pool_plan, profiles, self._adapters, machine))
            elif not _equal(before[one], pool_plan):
                self._change(self._pools[one], before[one], pool_plan)

    def freed(self, pool: Pool) -> None:
        """A task of a pool has ended: one that goes lets its workers go with its last."""
        if self._leaving.get(pool.id) is pool and not pool.live_jobs():
            del self._leaving[pool.id]
            self._control.forget(pool)
            for worker in pool.workers.values():
                self._supervisor.drain(worker)

    async def close(self) -> None:
        """Have no worker succeed another any more."""
        for succession in self._successions:
            succession.cancel()
        await asyncio.gather(*self._successions, return_exceptions=True)

    def _add(self, pool: Pool) -> None:
        self._pools[pool.id] = pool
        self._sheds.add(pool)
        for worker in pool.workers.values():
            self._supervisor.tend(pool, worker)

    def _let_go(self, pool: Pool) -> None:
        """Give a pool no new task; those that it has are finished as if nothing had happened."""
        del self._pools[pool.id]
        self._leaving[pool.id] = pool
        self._sheds.drop(pool)
        self._sessions.pool_gone(pool.id)
        self.freed(pool)

    def _change(self, pool: Pool, before: PoolPlan, after: PoolPlan) -> None:
        old_plans = {worker.id: worker for worker in before.workers}
        # A reload has given it a model that the configuration does not know of.
        running = replace(after, model=pool.plan.model, engine_model=pool.plan.engine_model)
        workers, fresh = [], []
        for plan in after.workers:
            here, known = pool.workers.get(plan.id), old_plans.get(plan.id)
            if here is not None and known is not None and _same_worker(known, plan):
                workers.append(here)
                continue
            own = plan if running.model == before.model else _reloaded(plan, running)
            new = pool.newcomer(running, own) if here is None else pool.successor(here, own, running.model)
            workers.append(new)
            fresh.append((here, new))
        gone = [worker for worker in pool.workers.values() if worker not in workers]
        pool.renew(running, workers)
        for worker in gone:
            self._supervisor.drain(worker)
        for here, new in fresh:
            self._begin(pool, here, new)
        for job in pool.live_jobs():
            self._alarms.check(job)
        self._pump(pool)

    def _begin(self, pool: Pool, before: Worker | None, new: Worker) -> None:
        """Start a worker; one of the server's own after the one of its name has ended: they may want the same
        device.
        """
        if before is None or not new.plan.managed:
            self._supervisor.tend(pool, new)
            return
        succession = asyncio.get_running_loop().create_task(self._succeed(pool, before, new))
        self._successions.add(succession)
        succession.add_done_callback(self._successions.discard)

    async def _succeed(self, pool: Pool, before: Worker, new: Worker) -> None:
        await self._supervisor.ended(before)
        if pool.workers.get(new.id) is new:
            self._supervisor.tend(pool, new)


def _by_id(plan: ServicePlan) -> dict[str, PoolPlan]:
    return {pool.id: pool for pool in plan.pools}


def _equal(one: PoolPlan, other: PoolPlan) -> bool:
    """Whether two plans are the same; the secrets of other pools are none of it."""
    workers = len(one.workers) == len(other.workers) and all(map(_same_worker, one.workers, other.workers))
    return workers and replace(one, workers=()) == replace(other, workers=())


def _same_worker(one: WorkerPlan, other: WorkerPlan) -> bool:
    return replace(one, secrets=()) == replace(other, secrets=())


def _reloaded(plan: WorkerPlan, pool: PoolPlan) -> WorkerPlan:
    """How a worker is run for the model that a reload has brought."""
    if not plan.managed or pool.model is None:
        return plan
    return replace(plan, model_path=pool.model_paths.get(pool.model, plan.model_path))
