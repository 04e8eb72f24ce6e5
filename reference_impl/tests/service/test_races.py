"""Whatever happens at whichever moment, each task ends once, and everything that it held is given back."""

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestratord.core.engine_failures import FailureKind
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.preemption import PreemptionRules
from orchestratord.core.quotas import Tenant
from orchestratord.service import QueuePlan

EMBEDDING = {"workload": "embedding", "prompt": "", "max_tokens": 0, "inputs": ("a", "b")}
MOMENTS = st.integers(0, 60)
SCRIPTS = st.lists(
    st.one_of(
        st.tuples(st.just("run"), st.integers(1, 12), st.integers(0, 9)),
        st.tuples(st.just("fail"), st.sampled_from(sorted(FailureKind)), st.integers(0, 3)),
    ),
    min_size=1,
    max_size=8,
)
TASKS = st.lists(
    st.tuples(
        MOMENTS,  # when it is submitted
        st.sampled_from(["interactive", "batch"]),
        st.one_of(
            st.none(), st.tuples(MOMENTS, st.integers(1, 3))
        ),  # when it is cancelled, and how often at once
        st.sampled_from([10_000_000, 40]),  # its deadline
        st.one_of(st.none(), st.integers(0, 30)),  # its patience
        st.sampled_from(["completion", "embedding"]),
    ),
    min_size=1,
    max_size=8,
)


def left_as_artifact(stage, events) -> None:
    """The transcript that the last event names holds the events, unless the disk was full then."""
    data = dict(events[-1][2])
    transcript = data.pop("transcript", None)
    if events[0][1] != "started":
        assert transcript is None
    if transcript is not None:
        kept = stage.store.get("default", transcript)
        told = [*events[:-1], (*events[-1][:2], data)]
        assert json.loads(kept.content) == {
            "events": [{"id": number, "event": name, "data": data} for number, name, data in told]
        }


def steps(script, told):
    what, argument, number = told
    if what == "run":
        return script.tokens(argument, every_ms=number)
    failure = script.EngineFailure(argument, "scripted")
    return [*script.tokens(number, every_ms=1, end=False), script.Step(0, failure=failure)]


@pytest.mark.requirement("OC-CTRL-2012")
@pytest.mark.requirement("OC-CTRL-2024")
@settings(max_examples=300)
@given(
    told=SCRIPTS,
    tasks=TASKS,
    workers=st.integers(1, 2),
    policy=st.sampled_from(["reject", "drop-lru", "shed-low-priority"]),
    idle_after_ms=st.sampled_from([None, 0, 15]),
    stop_at=st.one_of(st.none(), MOMENTS),
    order=st.sampled_from(["strict", "wfq"]),
    mode=st.sampled_from(["hard", "soft", "disabled"]),
    disk=st.one_of(st.none(), st.lists(st.one_of(st.none(), st.integers(0, 40)), min_size=1, max_size=4)),
)
def test_every_task_ends_once_and_leaves_nothing(
    play, script, told, tasks, workers, policy, idle_after_ms, stop_at, order, mode, disk
) -> None:
    outcomes: dict[int, list[str]] = {number: [] for number in range(len(tasks))}
    accepted: set[int] = set()

    async def live(stage, number, task) -> None:
        submit_at, priority, cancel, deadline_ms, patience, workload = task
        changes = {} if workload == "completion" else EMBEDDING
        await asyncio.sleep(submit_at / 1000)
        try:
            job = await stage.submit(
                number, priority=priority, deadline_ms=deadline_ms, max_queue_ms=patience, **changes
            )
        except OrchestratorError:
            return
        accepted.add(number)
        reader = asyncio.ensure_future(stage.read(number))
        if cancel is not None:
            await asyncio.sleep(cancel[0] / 1000)
            for _ in range(cancel[1]):
                outcomes[number].append(stage.cancel(number))
                assert job.ended
            await stage.told(number)
            assert job.log.closed
            first, second = await stage.read(number), await stage.read(number)
            assert first == second
        events = await reader
        assert events == await stage.read(number)
        terminal = [name for _, name, _ in events if name in ("end", "error")]
        assert len(terminal) == 1
        assert events[-1][1] == terminal[0]
        left_as_artifact(stage, events)
        assert [number for number, _, _ in events] == list(range(len(events)))
        if workload == "embedding" and terminal == ["end"] and events[-1][2]["finish_reason"] == "stop":
            assert stage.store.size("default", events[-1][2]["artifact"]) is not None
        texts = [data["i"] for _, name, data in events if name == "token"]
        assert texts == list(range(len(texts)))

    async def scene(stage) -> None:
        for engine in stage.engines.values():
            engine.scripts = [steps(script, one) for one in told] + [script.tokens(2)]
            engine.idle_after_ms = idle_after_ms
        lives = [asyncio.ensure_future(live(stage, *numbered)) for numbered in enumerate(tasks)]
        if stop_at is not None:
            await asyncio.sleep(stop_at / 1000)
            await stage.service.shutdown()
        await asyncio.gather(*lives)
        scraped = stage.scrape()
        assert scraped.value("tasks_enqueued_total") == len(accepted)
        assert scraped.value("tasks_finished_total") == len(accepted)
        assert scraped.value("tasks_finished_total", outcome="canceled") == sum(
            any(outcome.startswith("canceled") for outcome in said) for said in outcomes.values()
        )
        for said in outcomes.values():
            assert all(outcome == "already-finished" for outcome in said[1:])
        assert scraped.value("active_leases") == 0
        assert scraped.value("resumptions_total") <= scraped.value("preemptions_total", mode="hard")
        pool = stage.service.pools["pool"]
        assert not pool.waiting
        assert not pool.running
        # Whatever was taken was given back: as much fits into the quota again.
        await asyncio.sleep(2)
        if stop_at is None and pool.ready:
            for number in range(100, 103):
                await stage.submit(number)
            await asyncio.gather(*(stage.read(number) for number in range(100, 103)))
        assert all(engine.most_open <= 2 for engine in stage.engines.values())

    play(
        scene,
        workers=workers,
        queue=QueuePlan(3, policy, 20, order),
        grace_ms=30,
        preemption=PreemptionRules(mode, per_minute=3),
        interactive_first_token_ms=1,
        features={"interruptible_decode": True},
        tenants=(Tenant("default", max_concurrent=6),),
        disk=None if disk is None else script.Disk(*disk),
        defects_of=("transcript.lost", "artifacts.failed"),
    )
