"""Sessions as they fare in the whole service: what their tasks hold and settle, and where they run."""

import asyncio

import pytest

from orchestratord.core.budgets import Budgets, Remaining
from orchestratord.core.engine_failures import FailureKind
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.preemption import PreemptionRules
from orchestratord.core.sessions import SessionKey
from orchestratord.core.tasks import TaskKey
from orchestratord.service import QueuePlan, SessionsPlan, Submitter
from orchqueue_contract.errors import ErrorCode

SESSION = "00000000-0000-4000-8000-000000000000"
KEY = SessionKey("default", SESSION)
WHOLE = Remaining(1000, 60_000, 2000)
BUDGETS = Budgets(turns=8, tokens=1000, time_ms=60_000, cost=2000)
PLAN = SessionsPlan(600_000, BUDGETS)
TIME = {"deadline_ms": 10_000}
# "hello" is estimated at two tokens, and the engines of the tests count two.
HELD = Remaining(995, 50_000, 1990)


def left(stage) -> Remaining:
    return stage.service.session(KEY).remaining


def names(events) -> list[str]:
    return [name for _, name, _ in events]


async def over(stage, number: int, **changes):
    """Run a task to its end; its events."""
    await stage.submit(number, **{**TIME, **changes})
    return await stage.read(number)


async def refusal(stage, number: int, **changes) -> OrchestratorError:
    with pytest.raises(OrchestratorError) as refused:
        await stage.submit(number, **{**TIME, **changes})
    return refused.value


def not_found(stage, key: SessionKey = KEY) -> bool:
    try:
        stage.service.session(key)
    except OrchestratorError as error:
        return error.code is ErrorCode.NOT_FOUND
    return False


@pytest.mark.requirement("OC-CORE-1023")
def test_a_task_holds_its_worst_case_and_settles_what_it_used(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(3, every_ms=100)]
        assert not_found(stage)
        await stage.submit(1, **TIME)
        assert left(stage) == HELD
        events = await stage.read(1)
        assert events[-1][2]["decode_ms"] == 200
        assert left(stage) == Remaining(995, 59_800, 1990)
        assert stage.service.session(KEY).turns == 1

    play(scene, sessions=PLAN)


@pytest.mark.requirement("OC-CORE-1023")
def test_the_engines_own_count_is_what_is_settled(play, script) -> None:
    async def scene(stage) -> None:
        done = script.Chunk((), 2, script.Finished("stop", 2, 7))
        stage.engines["w0"].scripts = [[script.Step(1, script.Chunk(("a", "b"), 2)), script.Step(0, done)]]
        await over(stage, 1, max_tokens=500)
        assert left(stage) == Remaining(991, 60_000, 1982)

    play(scene, sessions=PLAN)


@pytest.mark.requirement("OC-CORE-1023")
@pytest.mark.parametrize(
    ("steps", "changes", "used"),
    [
        ("hang", {}, 0),
        ("one, then hang", {}, 3),
        ("fail", {}, 0),
        ("one, then fail", {}, 3),
    ],
)
def test_however_a_task_ends_it_settles_once(play, script, steps, changes, used) -> None:
    one = script.tokens(1, end=False) if steps.startswith("one") else []
    failing = script.Step(0, failure=script.EngineFailure(FailureKind.REFUSED, "no"))
    last = failing if steps.endswith("fail") else script.Step(forever=True)

    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [[*one, last]]
        await stage.submit(1, **TIME)
        await asyncio.sleep(0.1)
        stage.cancel(1)
        stage.cancel(1)
        await stage.read(1)
        assert left(stage) == Remaining(1000 - used, 60_000, 2000 - 2 * used)
        # The deadline passes, too.
        await asyncio.sleep(20)
        assert left(stage) == Remaining(1000 - used, 60_000, 2000 - 2 * used)
        assert stage.service.session(KEY).turns == 1

    play(scene, sessions=PLAN)


@pytest.mark.requirement("OC-CORE-1023")
def test_what_ends_in_the_queue_used_nothing_but_its_turn(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [[script.Step(forever=True)]]
        for number in (1, 2):
            await stage.submit(number, session_id="busy", **TIME)
        await stage.submit(3, deadline_ms=500)
        await stage.submit(4, priority="batch", **TIME)
        stage.cancel(4)
        await stage.submit(5, priority="batch", **TIME)
        await stage.submit(6, session_id="busy", **TIME)  # the queue is full: 5 gives up its place
        assert names(await stage.read(5)) == ["error"]
        await asyncio.sleep(0.6)
        assert names(await stage.read(3)) == ["error"]
        assert left(stage) == WHOLE
        assert stage.service.session(KEY).turns == 3

    play(scene, sessions=PLAN, queue=QueuePlan(2, "drop-lru"))


@pytest.mark.requirement("OC-CORE-1023")
def test_a_preempted_task_keeps_its_hold_and_is_not_charged_for_its_pause(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].facts = script.EngineFacts("test-1", 1, 4096)
        await asyncio.sleep(1.1)
        stage.engines["w0"].scripts = [
            script.tokens(10, every_ms=50),
            script.tokens(2, every_ms=100),
            script.tokens(6, every_ms=50),
        ]
        await stage.submit(1, priority="batch", max_tokens=10, **TIME)
        await asyncio.sleep(0.125)
        await stage.submit(2, session_id="urgent", max_tokens=2, **TIME)
        await asyncio.sleep(0.2)
        assert stage.service.pools["pool"].waiting
        assert left(stage) == Remaining(988, 50_000, 1976)
        events = await stage.read(1)
        # Four tokens, the pause, and six more; the pause is told, and not charged.
        assert events[-1][2]["decode_ms"] > 3 * 50 + 5 * 50 + 200
        assert left(stage) == Remaining(988, 59_600, 1976)

    hard = PreemptionRules("hard")
    play(
        scene,
        sessions=PLAN,
        preemption=hard,
        interactive_first_token_ms=100,
        features={"interruptible_decode": True},
    )


@pytest.mark.requirement("OC-CORE-1023")
@pytest.mark.requirement("ORCH-3099")
def test_a_second_task_finds_what_the_first_leaves(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [[*script.tokens(1, end=False), script.Step(forever=True)]]
        await stage.submit(1, max_tokens=600, **TIME)
        error = await refusal(stage, 2, max_tokens=600)
        assert error.code is ErrorCode.BUDGET_EXHAUSTED
        assert [detail.name for detail in error.details] == ["tokens", "cost"]
        assert stage.value("tasks_rejected_total", reason="BUDGET_EXHAUSTED") == 1
        assert stage.service.session(KEY).turns == 1
        stage.cancel(1)
        await stage.submit(2, max_tokens=600, **TIME)
        stage.cancel(2)

    play(scene, sessions=PLAN)


@pytest.mark.requirement("OC-CORE-1023")
def test_tasks_that_come_at_once_hold_no_more_than_there_is(play) -> None:
    async def scene(stage) -> None:
        # The engine is asked for the size of each, so that all of them wait at the same place.
        sent = [stage.submit(number, max_tokens=300, prompt="x" * 13_000, **TIME) for number in range(8)]
        answers = await asyncio.gather(*sent, return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, OrchestratorError)]
        assert {error.code for error in refused} == {ErrorCode.BUDGET_EXHAUSTED}
        assert len(refused) == 6

    play(scene, sessions=SessionsPlan(600_000, Budgets(turns=9, tokens=8000, cost=None)))


@pytest.mark.requirement("OC-CORE-1023")
def test_a_repetition_holds_nothing_more_and_is_no_use(play) -> None:
    async def scene(stage) -> None:
        first = await stage.submit(1, **TIME)
        await stage.read(1)
        await asyncio.sleep(300)
        before = stage.service.session(KEY)
        assert await stage.submit(1, **TIME) is first
        assert stage.service.session(KEY) == before
        await asyncio.sleep(300)
        assert not_found(stage)

    play(scene, sessions=PLAN)


@pytest.mark.requirement("OC-CORE-1023")
def test_a_refused_task_begins_no_session_and_is_no_use_of_one(play) -> None:
    async def scene(stage) -> None:
        assert (await refusal(stage, 1, max_tokens=5000)).code is ErrorCode.INVALID_PARAMS
        assert (await refusal(stage, 2, max_tokens=2000)).code is ErrorCode.BUDGET_EXHAUSTED
        assert (await refusal(stage, 3, deadline_ms=0)).code is ErrorCode.DEADLINE_UNMET
        assert not_found(stage)
        await over(stage, 4)
        before = stage.service.session(KEY)
        assert (await refusal(stage, 5, deadline_ms=-5)).code is ErrorCode.DEADLINE_UNMET
        assert stage.service.session(KEY) == before

    play(scene, sessions=PLAN, max_tokens=4000)


@pytest.mark.requirement("OC-CTRL-2064")
def test_sessions_end_by_themselves_and_nothing_is_left_of_them(play) -> None:
    async def scene(stage) -> None:
        for number in range(5):
            await over(stage, number, session_id=f"s{number}")
            await asyncio.sleep(0.4)
        sessions = stage.service._sessions
        assert len(sessions) == 2
        await asyncio.sleep(1.1)
        assert len(sessions) == 0
        await over(stage, 9, session_id="s0")
        assert stage.service.session(SessionKey("default", "s0")).turns == 1

    play(scene, sessions=SessionsPlan(1000, BUDGETS))


@pytest.mark.requirement("OC-CTRL-2064")
def test_a_task_goes_on_without_its_session_and_settles_into_nothing(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(20, every_ms=100)]
        job = await stage.submit(1, max_tokens=20, **TIME)
        await asyncio.sleep(0.55)
        stage.service.delete_session(SESSION, Submitter("other", "key", "corr"))
        assert not not_found(stage)
        for _ in range(2):
            stage.service.delete_session(SESSION, stage.submitter)
        assert [line["session_id"] for line in stage.events("session.deleted")] == [SESSION]
        assert not_found(stage)
        # Another session of the same id begins, with all its budgets.
        await stage.submit(2, **TIME)
        assert left(stage) == HELD
        events = await stage.read(1)
        assert names(events)[-1] == "end"
        told = [data["tokens_budget_remaining"] for _, name, data in events if name == "metrics"]
        assert set(told) == {1000 - 22}
        assert job.session.account.remaining == Remaining(978, 50_000, 1956)
        await stage.read(2)
        state = stage.service.session(KEY)
        assert (state.turns, state.remaining.tokens) == (1, 995 - 17)

    play(scene, sessions=PLAN)


def test_what_waits_for_its_session_to_end_does_not_come_back_to_it(play, script) -> None:
    async def scene(stage) -> None:
        stage.engines["w0"].scripts = [script.tokens(3, every_ms=400)]
        await stage.submit(1, **TIME)
        await asyncio.sleep(1.05)  # its time is over, and it still runs
        assert not_found(stage)
        await stage.read(1)
        assert not_found(stage)

    play(scene, sessions=SessionsPlan(1000, BUDGETS))


def test_tenants_have_sessions_of_their_own(play) -> None:
    async def scene(stage) -> None:
        await over(stage, 1)
        other = SessionKey("other", SESSION)
        assert not_found(stage, other)
        stage.submitter = Submitter("other", "key", "corr")
        await stage.submit(1, **TIME)
        assert stage.service.session(other).turns == stage.service.session(KEY).turns == 1
        stage.service.delete_session(SESSION, Submitter("default", "key", "corr"))
        assert not_found(stage)
        assert not not_found(stage, other)
        stream = stage.service.follow(TaskKey("other", "00000000-0000-4000-8000-000000000001"), None, "key")
        assert [piece async for piece in stream]

    play(scene, sessions=PLAN)


@pytest.mark.requirement("OC-METRICS-7111")
def test_events_and_lines_tell_budgets_and_warmth(play, script) -> None:
    async def scene(stage) -> None:
        first, second = await over(stage, 1), await over(stage, 2)
        told = [next(data for _, name, data in events if name == "metrics") for events in (first, second)]
        assert [data["kv_warmth"] for data in told] == [False, True]
        assert "kv_migrated" not in told[1]
        assert [data["tokens_budget_remaining"] for data in told] == [995, 990]
        assert [data["cost_budget_remaining"] for data in told] == [0.00199, 0.00198]
        assert [line["kv_warmth"] for line in stage.events("task.finished")] == [False, True]
        assert [line["kv_warmth"] for line in stage.events("task.started")] == [False, True]
        state = stage.service.session(KEY)
        assert (state.warm, state.kv_bytes) == (True, 50)

    play(scene, sessions=PLAN, kv_bytes_per_token=10)


@pytest.mark.parametrize(
    ("first", "second", "state", "event"),
    [
        ({}, {}, True, True),
        ({"kv_hint": "reuse"}, {"kv_hint": "reuse"}, True, True),
        ({}, {"kv_hint": "cold"}, True, False),
        ({}, {"determinism": "strict"}, True, False),
        ({"kv_hint": "cold"}, {}, False, False),
        ({"determinism": "strict"}, {}, False, False),
    ],
)
def test_a_cache_that_is_not_allowed_is_not_warm(play, first, second, state, event) -> None:
    async def scene(stage) -> None:
        await over(stage, 1, **first)
        assert stage.service.session(KEY).warm is state
        assert (stage.service.session(KEY).kv_bytes > 0) is state
        events = await over(stage, 2, **second)
        assert {data["kv_warmth"] for _, name, data in events if name == "metrics"} == {event}
        allowed = [request.reuse_cache for request in stage.engines["w0"].requests]
        assert allowed == [state, second.get("kv_hint") != "cold" and "determinism" not in second]

    play(scene, sessions=PLAN, kv_bytes_per_token=1)


@pytest.mark.requirement("OC-CORE-1013")
def test_a_session_goes_home_and_elsewhere_when_home_is_full(play, script) -> None:
    async def scene(stage) -> None:
        for engine in stage.engines.values():
            engine.facts = script.EngineFacts("test-1", 1, 4096)
        await asyncio.sleep(1.1)
        replicas = {name: engine.requests for name, engine in stage.engines.items()}
        # Without a home w0, the first by id, is taken; w1 serves the session while w0 is busy.
        stage.engines["w0"].scripts = [[script.Step(forever=True)]]
        await stage.submit(1, session_id="other", **TIME)
        await over(stage, 2)
        assert len(replicas["w1"]) == 1
        stage.cancel(1)
        await asyncio.sleep(0.1)
        stage.engines["w0"].scripts = [script.tokens(3)]
        assert stage.service.session(KEY).warm
        events = await over(stage, 3)
        assert (len(replicas["w0"]), len(replicas["w1"])) == (1, 2)
        assert next(data for _, name, data in events if name == "metrics")["kv_warmth"] is True
        # Home is full: another replica serves, and says that it is cold and nothing was moved.
        stage.engines["w1"].scripts = [[script.Step(forever=True)]]
        await stage.submit(4, **TIME)
        assert not stage.service.session(KEY).warm
        assert stage.service.session(KEY).kv_bytes > 0
        events = await over(stage, 5)
        told = next(data for _, name, data in events if name == "metrics")
        assert (told["kv_warmth"], told["kv_migrated"]) == (False, False)
        assert len(replicas["w0"]) == 2
        stage.cancel(4)

    play(scene, sessions=PLAN, workers=2, kv_bytes_per_token=1)


def test_a_replica_that_was_lost_is_cold(play, script) -> None:
    async def scene(stage) -> None:
        engine = stage.engines["w0"]
        await over(stage, 1)
        assert stage.service.session(KEY).warm
        engine.probe_failure = script.EngineFailure(FailureKind.UNREACHABLE, "it is gone")
        await asyncio.sleep(2)
        assert not stage.service.session(KEY).warm
        engine.probe_failure = None
        await asyncio.sleep(2)
        assert stage.service.pools["pool"].ready
        state = stage.service.session(KEY)
        assert (state.warm, state.kv_bytes) == (False, 0)
        events = await over(stage, 2)
        told = next(data for _, name, data in events if name == "metrics")
        assert told["kv_warmth"] is False
        assert "kv_migrated" not in told
        assert stage.service.session(KEY).warm

    play(scene, sessions=PLAN, kv_bytes_per_token=1)


def test_a_task_that_failed_leaves_nothing_warm(play, script) -> None:
    async def scene(stage) -> None:
        failing = script.Step(0, failure=script.EngineFailure(FailureKind.BROKEN, "cut"))
        stage.engines["w0"].scripts = [[*script.tokens(1, end=False), failing], script.tokens(3)]
        assert names(await over(stage, 1))[-1] == "error"
        assert not stage.service.session(KEY).warm

    play(scene, sessions=PLAN)


@pytest.mark.requirement("ORCH-3023")
def test_a_failover_says_that_nothing_was_moved(play, script) -> None:
    async def scene(stage) -> None:
        failing = script.Step(0, failure=script.EngineFailure(FailureKind.UNREACHABLE, "gone"))
        await over(stage, 1)
        stage.engines["w0"].scripts = [[failing], script.tokens(3)]
        events = await over(stage, 2)
        told = next(data for _, name, data in events if name == "metrics")
        assert events[0][2]["replica_id"] == "w0"
        assert (told["replica_id"], told["kv_warmth"], told["kv_migrated"]) == ("w1", False, False)

    play(scene, sessions=PLAN, workers=2)


def test_what_is_unbounded_is_never_spent(play) -> None:
    async def scene(stage) -> None:
        for number in range(20):
            await over(stage, number, max_tokens=4000, deadline_ms=10**9)
        assert left(stage) == Remaining(None, None, None)

    play(scene, sessions=SessionsPlan(600_000, Budgets(100, None, None, None)))
