"""The table of a worker's states: complete, connected, and without a way around a proof."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestratord.core.pools.states import (
    TIMERS,
    TRANSITIONS,
    Cause,
    IllegalMoveError,
    WorkerState,
    after,
    best,
)

READY, DRAINING = WorkerState.READY, WorkerState.DRAINING


def test_every_state_is_reached_from_the_first() -> None:
    reached, found = {WorkerState.PROVISIONING}, {WorkerState.PROVISIONING}
    while found:
        found = {to for (start, _), to in TRANSITIONS.items() if start in found} - reached
        reached |= found
    assert reached == set(WorkerState)


def test_every_state_can_be_left_for_good() -> None:
    for state in WorkerState:
        assert after(state, Cause.STOP) is WorkerState.STOPPED


@pytest.mark.requirement("OC-POOL-3001")
@given(st.lists(st.sampled_from(list(Cause)), max_size=60))
def test_nothing_becomes_ready_unproven(causes: list[Cause]) -> None:
    """A worker is ready only when it was proven since it last began to load."""
    state, proven = WorkerState.PROVISIONING, False
    for cause in causes:
        if (state, cause) not in TRANSITIONS:
            with pytest.raises(IllegalMoveError):
                after(state, cause)
            continue
        state = after(state, cause)
        proven = (proven or cause is Cause.PROVEN) and state is not WorkerState.PRELOADING
        assert proven or state not in (READY, DRAINING)


def test_silence_is_mended_by_one_beat_and_failure_is_not() -> None:
    assert after(after(READY, Cause.SILENCE), Cause.BEAT) is READY
    failed = after(READY, Cause.FAILED)
    assert after(failed, Cause.BEAT) is failed


def test_a_move_that_the_table_does_not_know_is_a_defect() -> None:
    with pytest.raises(IllegalMoveError, match="that is stopped cannot be moved by proven"):
        after(WorkerState.STOPPED, Cause.PROVEN)


def test_a_timer_moves_the_worker_elsewhere() -> None:
    for state, timer in TIMERS.items():
        assert after(state, timer.cause) is not state


def test_the_page_is_drawn_from_the_table() -> None:
    script = Path(__file__).parents[4] / "ci/scripts/draw_states"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_pool_stands_as_the_best_of_its_workers() -> None:
    assert best([WorkerState.BACKOFF, READY, WorkerState.STOPPED]) is READY
    assert best([]) is WorkerState.STOPPED
