"""What becomes of tasks, pools and workers when the plan of a running service changes."""

import asyncio
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

import pytest

from orchestratord.core.errors import OrchestratorError
from orchestratord.core.sampling import SamplerProfile
from orchestratord.core.watchdog import WatchdogLimits
from orchestratord.core.worker_states import EngineFacts
from orchestratord.plans import PoolPlan, QueuePlan, ServicePlan, StreamsPlan, WorkerPlan
from orchqueue_contract.errors import ErrorCode

pytestmark = pytest.mark.requirement("OC-CONFIG-6009")

ONE_SLOT = EngineFacts("test-1", 1, 4096, model="tiny")
REFUSALS = {ErrorCode.ADMISSION_REJECT, ErrorCode.POOL_UNREADY, ErrorCode.POOL_UNAVAILABLE}


def plan_of(stage) -> ServicePlan:
    return stage.service.renewal.plan


def with_pool(plan: ServicePlan, **fields: Any) -> ServicePlan:
    """The plan with another first pool."""
    return replace(plan, pools=(replace(plan.pools[0], **fields), *plan.pools[1:]))


def renew(stage, plan: ServicePlan) -> None:
    assert stage.service.renewal.obstacles(plan) == []
    stage.service.renewal.take(plan, 64)


async def crowd(stage, script, *numbers: int, every_ms: float = 100) -> None:
    """Engine w0 has one slot; the tasks come, of ten tokens each."""
    stage.engines["w0"].scripts = [script.tokens(10, every_ms=every_ms)]
    stage.engines["w0"].facts = ONE_SLOT
    await asyncio.sleep(2)
    for number in numbers:
        await stage.submit(number)
    await asyncio.sleep(0.01)


async def all_end(stage, *numbers: int) -> None:
    for number in numbers:
        assert (await stage.read(number))[-1][1] == "end", number


def test_a_pool_that_comes_takes_tasks(play) -> None:
    async def scene(stage) -> None:
        (pool,) = plan_of(stage).pools
        second = replace(pool, id="second", model="other", workers=(WorkerPlan("v", "v"),))
        renew(stage, replace(plan_of(stage), pools=(pool, second)))
        await asyncio.sleep(1)
        assert stage.value("pool_ready", pool_id="second") == 1
        await stage.submit(1, model_ref="other")
        await all_end(stage, 1)
        assert len(stage.engines["v"].requests) == 1

    play(scene, model="tiny")


def test_a_pool_that_goes_finishes_what_it_has_and_takes_nothing_more(play, script) -> None:
    async def scene(stage) -> None:
        (pool,) = plan_of(stage).pools
        other = replace(pool, id="other", model="other", workers=(WorkerPlan("v", "v"),))
        await crowd(stage, script, 1, 2)
        renew(stage, replace(plan_of(stage), pools=(other,)))
        with pytest.raises(Exception, match="model") as refused:
            await stage.submit(3)
        assert refused.value.code is ErrorCode.INVALID_PARAMS
        again = replace(plan_of(stage), pools=(pool, other))
        assert stage.service.renewal.obstacles(again) == ["the pool pool of before has not finished yet"]
        assert stage.value("active_leases", pool_id="pool") == 1
        await all_end(stage, 1, 2)
        await asyncio.sleep(2)
        assert stage.value("pool_ready", pool_id="pool") == 0
        assert 'pool_id="pool"' not in "".join(
            line for line in stage.metrics.exposition("")[0].decode().splitlines() if "pool_ready" in line
        )
        renew(stage, again)
        await asyncio.sleep(1)
        await stage.submit(4)
        await all_end(stage, 4)

    play(scene, model="tiny")


def test_a_pool_that_goes_is_no_home_of_a_session_when_it_comes_again(play) -> None:
    async def scene(stage) -> None:
        (pool,) = plan_of(stage).pools
        other = replace(pool, id="other", model="other", workers=(WorkerPlan("v", "v"),))
        await asyncio.sleep(1)
        await stage.submit(1)
        await all_end(stage, 1)
        renew(stage, replace(plan_of(stage), pools=(other,)))
        session = next(iter(stage.service._sessions._table._sessions.values()))
        assert stage.service.session(session.key).warm is False
        await asyncio.sleep(1)
        renew(stage, replace(plan_of(stage), pools=(pool, other)))
        await asyncio.sleep(1)
        assert stage.service.session(session.key).warm is False

    play(scene, model="tiny")


def test_workers_come_and_go_under_tasks(play, script) -> None:
    async def scene(stage) -> None:
        await crowd(stage, script, 1, 2, 3)
        workers = (WorkerPlan("w1", "w1"),)
        renew(stage, with_pool(plan_of(stage), workers=workers))
        await asyncio.sleep(0.9)
        await all_end(stage, 1, 2, 3)
        assert len(stage.engines["w0"].requests) == 1, "the one that ran on it"
        assert len(stage.engines["w1"].requests) == 2, "those that waited"

    play(scene)


def test_a_worker_that_has_changed_takes_the_place_of_the_one_before(play, script) -> None:
    async def scene(stage) -> None:
        await crowd(stage, script, 1)
        renew(stage, with_pool(plan_of(stage), workers=(WorkerPlan("w0", "elsewhere"),)))
        await asyncio.sleep(0.1)
        await stage.submit(2)
        await all_end(stage, 1, 2)
        assert [len(stage.engines[url].requests) for url in ("w0", "elsewhere")] == [1, 1]

    play(scene)


def test_secrets_of_others_change_no_worker(play) -> None:
    async def scene(stage) -> None:
        await asyncio.sleep(1)
        before = list(stage.service.pools["pool"].workers.values())
        renew(stage, with_pool(plan_of(stage), workers=(WorkerPlan("w0", "w0", secrets=("s",)),)))
        assert list(stage.service.pools["pool"].workers.values()) == before

    play(scene)


def test_bounds_of_a_pool_hold_from_then_on(play, script) -> None:
    async def scene(stage) -> None:
        await crowd(stage, script, 1, 2, 3)
        bounds = {"queue": QueuePlan(capacity=1, full_policy="reject"), "max_tokens": 5}
        renew(stage, with_pool(plan_of(stage), **bounds))
        for changes, code in (
            ({}, ErrorCode.ADMISSION_REJECT),
            ({"max_tokens": 6}, ErrorCode.INVALID_PARAMS),
        ):
            with pytest.raises(Exception) as refused:  # noqa: PT011 - its code is what counts
                await stage.submit(9, **changes)
            assert refused.value.code is code
        await all_end(stage, 1, 2, 3)

    play(scene)


def test_a_watchdog_that_has_become_stricter_looks_at_those_that_run(play, script) -> None:
    async def scene(stage) -> None:
        await crowd(stage, script, 1, every_ms=2_000)
        renew(stage, with_pool(plan_of(stage), watchdog=WatchdogLimits(600_000, 30_000, 1_000)))
        last = (await stage.read(1))[-1]
        assert (last[1], last[2]["code"]) == ("error", "DECODE_TIMEOUT")

    play(scene)


def test_what_is_drained_or_reloaded_cannot_change_but_for_a_drain_that_ends_in_going(play) -> None:
    async def scene(stage) -> None:
        await asyncio.sleep(1)
        stage.service.control.drain("pool", 60_000, "corr")
        wider = with_pool(plan_of(stage), max_tokens=7)
        assert stage.service.renewal.obstacles(wider) == ["pool pool is drained"]
        other = replace(plan_of(stage).pools[0], id="other", workers=(WorkerPlan("v", "v"),))
        renew(stage, replace(plan_of(stage), pools=(other,)))
        await asyncio.sleep(1)
        await stage.submit(1)
        await all_end(stage, 1)
        await asyncio.sleep(120)

    play(scene)


def test_a_reload_keeps_its_model_when_its_pool_changes(play) -> None:
    async def scene(stage) -> None:
        await asyncio.sleep(1)
        stage.engines["w0"].facts = replace(ONE_SLOT, model="other")
        await stage.service.control.reload("pool", "other", "corr")
        renew(stage, with_pool(plan_of(stage), retries=0))
        assert stage.service.pools["pool"].plan.model == "other"
        await asyncio.sleep(1)
        await stage.submit(1, model_ref="other")
        await all_end(stage, 1)

    play(scene, model="tiny")


def test_kept_tasks_sessions_and_profiles_go_by_the_new_plan(play) -> None:
    async def scene(stage) -> None:
        await asyncio.sleep(1)
        await stage.submit(1)
        await all_end(stage, 1)
        plan = plan_of(stage)
        streams = StreamsPlan(retain_ms=5_000)
        sessions = replace(plan.sessions, ttl_ms=3_000)
        profiles = (*plan.sampler_profiles, SamplerProfile(version="v2"))
        renew(stage, replace(plan, streams=streams, sessions=sessions, sampler_profiles=profiles))
        await stage.submit(2, sampler_profile_version="v2")
        await all_end(stage, 2)
        assert len(stage.service._sessions) == 1
        await asyncio.sleep(3.5)
        assert len(stage.service._sessions) == 0
        await asyncio.sleep(2)
        for number in (1, 2):
            with pytest.raises(Exception) as gone:  # noqa: PT011 - its code is what counts
                await stage.read(number)
            assert gone.value.code is ErrorCode.NOT_FOUND

    play(scene)


def test_nothing_changes_while_the_server_stops(play) -> None:
    async def scene(stage) -> None:
        await asyncio.sleep(1)
        await stage.service.shutdown()
        assert stage.service.renewal.obstacles(plan_of(stage)) == ["the server is shutting down"]

    play(scene)


class Whims:
    """Plans that differ at random; a worker that comes again has another address."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self._addresses = count()

    def changed(self, plan: ServicePlan) -> ServicePlan:
        first = plan.pools[0]
        pools = {pool.id: self._pool(pool) for pool in plan.pools if self.chance.random() < 0.8}
        for name in ("pool", "second", "third"):
            if name not in pools and (self.chance.random() < 0.3 or not pools):
                pools[name] = replace(first, id=name, workers=(self._worker("w0"), self._worker("w1")))
        return replace(plan, pools=tuple(pools.values()))

    def _pool(self, pool: PoolPlan) -> PoolPlan:
        chance = self.chance
        workers = [one for one in pool.workers if chance.random() < 0.7]
        names = {one.id for one in workers}
        workers += [self._worker(f"w{n}") for n in range(3) if f"w{n}" not in names and chance.random() < 0.5]
        queue = QueuePlan(capacity=chance.choice([2, 8, 256]))
        return replace(pool, workers=tuple(workers) or pool.workers[:1], queue=queue)

    def _worker(self, name: str) -> WorkerPlan:
        return WorkerPlan(name, f"{name}-{next(self._addresses)}")


@pytest.mark.parametrize("seed", range(6))
def test_no_task_is_lost_however_the_plan_changes(play, script, seed) -> None:
    """Pools and workers come, change and go at random under a steady load."""
    print("seed", seed)
    whims = Whims(seed)
    chance = whims.chance

    async def scene(stage) -> None:
        accepted, refusals, taken = [], set(), 0
        await asyncio.sleep(1)
        for number in range(100):
            try:
                await stage.submit(number, priority=chance.choice(["interactive", "batch"]))
            except OrchestratorError as refused:
                refusals.add(refused.code)
            else:
                accepted.append(number)
            for engine in stage.engines.values():
                engine.scripts = [script.tokens(5, every_ms=60)]
            await asyncio.sleep(chance.random() * 0.05)
            plan = whims.changed(plan_of(stage))
            if chance.random() < 0.4 and not stage.service.renewal.obstacles(plan):
                stage.service.renewal.take(plan, 64)
                taken += 1
        assert refusals <= REFUSALS
        assert len(accepted) > 20
        assert taken > 10
        await all_end(stage, *accepted)
        await asyncio.sleep(5)
        assert [*stage.service.renewal.leaving] == []

    play(scene, workers=2, model="tiny")
