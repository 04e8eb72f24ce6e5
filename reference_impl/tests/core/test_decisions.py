"""The small decisions: failures, watchdog, placement, leases, states, limits, seeds and envelopes."""

import pytest

from orchestratord.core import guards, watchdog
from orchestratord.core.engine_failures import Fail, FailureKind, Hold, Retry, backoff_ms, decide
from orchestratord.core.envelope import envelope
from orchestratord.core.errors import Detail, OrchestratorError
from orchestratord.core.leases import Leases
from orchestratord.core.placement import Candidate, choose
from orchestratord.core.sampling import SEEDS, seed_for
from orchestratord.core.task_states import TRANSITIONS, TaskMove, TaskState, moved
from orchestratord.core.tasks import TaskSpec
from orchqueue_contract.errors import ERRORS, ErrorCode, PolicyLabel


@pytest.mark.requirement("OC-ADAPT-5080")
@pytest.mark.parametrize(
    ("kind", "token_sent", "attempt", "others", "expected"),
    [
        (FailureKind.UNREACHABLE, False, 1, True, Retry(50, avoid=True)),
        (FailureKind.UNREACHABLE, False, 1, False, Fail(ErrorCode.REPLICA_EXHAUSTED)),
        (FailureKind.BROKEN, False, 3, True, Fail(ErrorCode.REPLICA_EXHAUSTED)),
        (FailureKind.BROKEN, True, 1, True, Fail(ErrorCode.WORKER_RESET)),
        (FailureKind.BUSY, False, 9, False, Hold(1000)),
        (FailureKind.NOT_READY, False, 1, False, Hold(50)),
        (FailureKind.REFUSED, False, 1, True, Fail(ErrorCode.INVALID_PARAMS)),
        (FailureKind.FAULT, False, 2, False, Retry(100, avoid=False)),
        (FailureKind.FAULT, False, 3, True, Fail(ErrorCode.INTERNAL)),
        (FailureKind.FAULT, True, 1, True, Fail(ErrorCode.INTERNAL)),
        (FailureKind.STREAM_ERROR, False, 1, True, Fail(ErrorCode.INTERNAL)),
        (FailureKind.MALFORMED, False, 1, True, Fail(ErrorCode.INTERNAL)),
    ],
)
def test_what_becomes_of_a_failed_attempt(kind, token_sent, attempt, others, expected) -> None:
    verdict = decide(
        kind,
        token_sent=token_sent,
        attempt=attempt,
        retries=2,
        others_ready=others,
        comes_back=False,
        chance=0.5,
    )
    assert verdict == expected


@pytest.mark.requirement("OC-POOL-3032")
@pytest.mark.parametrize(
    ("attempt", "others", "expected"),
    [
        (1, False, Retry(50, avoid=False)),
        (1, True, Retry(50, avoid=True)),
        (3, False, Fail(ErrorCode.REPLICA_EXHAUSTED)),
    ],
)
def test_a_task_waits_for_a_worker_that_is_started_again(attempt, others, expected) -> None:
    for kind in (FailureKind.UNREACHABLE, FailureKind.BROKEN):
        verdict = decide(
            kind,
            token_sent=False,
            attempt=attempt,
            retries=2,
            others_ready=others,
            comes_back=True,
            chance=0.5,
        )
        assert verdict == expected


def test_nothing_is_repeated_after_a_token() -> None:
    for kind in FailureKind:
        verdict = decide(
            kind,
            token_sent=True,
            attempt=1,
            retries=2,
            others_ready=True,
            comes_back=True,
            chance=0.5,
        )
        assert isinstance(verdict, Fail)
        assert ERRORS[verdict.code].stream


def test_backoff_doubles_within_its_jitter() -> None:
    assert [backoff_ms(attempt, 0.5) for attempt in (1, 2, 3, 10)] == [50, 100, 200, 1000]
    assert (backoff_ms(1, 0), backoff_ms(1, 1)) == (25, 75)


LIMITS = watchdog.WatchdogLimits(wall_ms=1000, first_token_ms=300, idle_ms=50)


@pytest.mark.parametrize(
    ("now_ms", "last_token_ms", "expected"),
    [
        (0, None, 300.0),
        (299, None, 300.0),
        (300, None, watchdog.Expired("no token within 300 ms")),
        (120, 100, 150.0),
        (150, 100, watchdog.Expired("no further token within 50 ms")),
        (980, 970, 1000.0),
        (1000, 990, watchdog.Expired("it ran longer than 1000 ms")),
    ],
)
def test_the_watchdog(now_ms, last_token_ms, expected) -> None:
    assert watchdog.judge(LIMITS, now_ms, 0, last_token_ms) == expected


def test_the_least_loaded_ready_replica_is_chosen() -> None:
    candidates = [
        Candidate("c", True, 2),
        Candidate("b", True, 2),
        Candidate("a", True, 1),
        Candidate("d", False, 9),
        Candidate("e", True, 0),
    ]
    assert choose(candidates) == "b"
    assert choose(candidates, frozenset({"b", "c"})) == "a"
    assert choose([*candidates, Candidate("f", True, 1, free_vram_bytes=1)]) == "f"
    assert choose([Candidate("d", False, 9), Candidate("e", True, 0)]) is None


def test_a_task_that_runs_alone_waits_for_an_idle_replica() -> None:
    busy, idle = Candidate("a", True, 5, idle=False), Candidate("b", True, 1)
    assert choose([busy, idle]) == "a"
    assert choose([busy, idle], alone=True) == "b"
    assert choose([busy], alone=True) is None


def test_a_lease_of_a_task_that_runs_alone_is_exclusive_until_its_slot_is_free() -> None:
    leases = Leases()
    shared, alone = leases.take(), leases.take(alone=True)
    assert leases.exclusive
    leases.give_back(shared, cooling=False)
    leases.give_back(alone, cooling=True)
    assert leases.exclusive
    leases.cooled(alone)
    assert not leases.exclusive
    leases.give_back(leases.take(alone=True), cooling=False)
    assert not leases.exclusive


def test_a_lease_is_given_back_exactly_once() -> None:
    leases = Leases()
    first, second = leases.take(7), leases.take(30)
    assert first != second
    leases.give_back(first, cooling=True)
    assert (leases.active, leases.taken, leases.cooling(first), leases.kv_bytes) == (1, 2, True, 37)
    with pytest.raises(KeyError):
        leases.give_back(first, cooling=False)
    leases.cooled(first)
    assert leases.kv_bytes == 30
    leases.give_back(second, cooling=False)
    assert (leases.active, leases.taken, leases.kv_bytes) == (0, 0, 0)


def test_task_states_are_a_table() -> None:
    for state in TaskState:
        for move in TaskMove:
            if (state, move) in TRANSITIONS:
                assert moved(state, move) is TRANSITIONS[state, move]
            else:
                with pytest.raises(ValueError, match="cannot"):
                    moved(state, move)
    assert not any(state is TaskState.ENDED for state, _ in TRANSITIONS)


TASK = TaskSpec("t", "s", "completion", "m", "llamacpp", 0, "batch", 1, max_tokens=100)


@pytest.mark.parametrize(("size", "expected"), [(0, 0), (1, 1), (4, 1), (5, 2), (400, 100)])
def test_tokens_are_estimated_by_bytes(size, expected) -> None:
    assert guards.estimated_tokens(size) == expected


@pytest.mark.parametrize(
    ("tokens_in", "near"), [(0, False), (299, False), (300, True), (400, True), (500, True), (501, False)]
)
def test_the_tokenizer_decides_only_near_the_limit(tokens_in, near) -> None:
    size = guards.Size(tokens_in, tokens_in)
    assert guards.near_limit(TASK, size, guards.TokenLimits(500, 100)) is near
    assert guards.near_limit(TASK, size, guards.TokenLimits(None, 100, kv_tokens=500)) is near


def test_seeds_come_from_the_task_id() -> None:
    task_id = "A9B5C1D0-0000-4000-8000-000000000001"
    assert seed_for(task_id, None) == seed_for(task_id.lower(), None) < SEEDS
    assert seed_for(task_id, 7) == 7
    assert seed_for("c0ffee00-0000-4000-8000-000000000000", None) != seed_for(task_id, None)


def test_the_envelope_says_what_is_known_and_no_more() -> None:
    bare = envelope(OrchestratorError(ErrorCode.NOT_FOUND, "no"), "id")
    assert bare == {"code": "NOT_FOUND", "message": "no", "retriable": False, "correlation_id": "id"}
    full = OrchestratorError(
        ErrorCode.ADMISSION_REJECT,
        "full",
        engine="llamacpp",
        pool_id="p",
        retry_after_ms=70,
        policy_label=PolicyLabel.REJECT,
        details=(Detail("m", pointer="/x"),),
    )
    assert envelope(full, "id") == {
        "code": "ADMISSION_REJECT",
        "message": "full",
        "retriable": True,
        "correlation_id": "id",
        "engine": "llamacpp",
        "pool_id": "p",
        "retry_after_ms": 70,
        "policy_label": "reject",
        "details": [{"message": "m", "pointer": "/x"}],
    }
