"""What is known of a worker."""

import pytest

from orchestratord.core.pools.health import WorkerHealth
from orchestratord.core.pools.states import Cause, WorkerState
from orchestratord.core.worker_states import EngineFacts

FACTS = EngineFacts("b1", 2, 100)


def ready() -> WorkerHealth:
    health = WorkerHealth()
    assert not health.move(Cause.BEGIN)
    assert not health.beat(FACTS, 0)
    assert not health.move(Cause.LOADED)
    assert health.move(Cause.PROVEN)
    return health


@pytest.mark.requirement("OC-POOL-3005")
def test_silence_makes_it_unready_and_a_beat_ready_again() -> None:
    health = ready()
    assert health.move(Cause.SILENCE, "no heartbeat in time")
    assert (health.state, health.last_error) == (WorkerState.SILENT, "no heartbeat in time")
    assert health.beat(FACTS, 9999)
    assert (health.ready, health.outages, health.failures) == (True, 1, 0)


def test_failures_are_counted_until_it_is_ready_again() -> None:
    health = ready()
    for failures in (1, 2, 3):
        assert health.move(Cause.FAILED, f"failure {failures}") is (failures == 1)
        assert (health.failures, health.last_error) == (failures, f"failure {failures}")
        health.move(Cause.REST)
        health.move(Cause.RETRY)
    health.move(Cause.LOADED)
    assert health.move(Cause.PROVEN)
    assert (health.failures, health.outages, health.last_error) == (0, 1, "failure 3")
