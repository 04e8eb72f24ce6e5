"""The queue in C, its twin and the naive list agree, whatever is done to them and in whatever order."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from three_queues import AGE_MS, Trio

from orchestratord.core._queue import FullPolicy, Order
from orchestratord.core._queue._fast import Queue
from orchestratord.core._queue._values import ORDERS, POLICIES

OPERATIONS_IN_CI = 200_000
STEADY = settings(
    deadline=None,  # a burst takes as long as it takes
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


def make_trio(order: Order, policy: FullPolicy, capacity: int, ids: int, tenants: int) -> Trio:
    return Trio(Queue(capacity, policy, AGE_MS, order), policy, capacity, order, ids, tenants)


def program(seed: int, length: int) -> bytes:
    return Random(seed).randbytes(length)


class QueueMachine(RuleBasedStateMachine):
    """Single operations, whose arguments Hypothesis draws and shrinks, between bursts of them."""

    operations = 0

    @initialize(
        order=st.sampled_from(ORDERS),
        policy=st.sampled_from(POLICIES),
        capacity=st.sampled_from([1, 2, 3, 8, 40, 150]),
        ids=st.sampled_from([5, 40, 256]),
        tenants=st.sampled_from([1, 4, 48]),
    )
    def start(self, order: Order, policy: FullPolicy, capacity: int, ids: int, tenants: int) -> None:
        self.trio = make_trio(order, policy, capacity, ids, tenants)

    @rule(steps=st.binary(min_size=1, max_size=24))
    def step(self, steps: bytes) -> None:
        QueueMachine.operations += self.trio.run(steps)

    @rule(seed=st.integers(0, 2**32 - 1), length=st.integers(1, 1_500))
    def burst(self, seed: int, length: int) -> None:
        QueueMachine.operations += self.trio.run(program(seed, length))


@pytest.mark.requirement("OC-CORE-1001")
@pytest.mark.requirement("OC-CORE-1002")
@pytest.mark.requirement("OC-CORE-1003")
@pytest.mark.requirement("OC-CORE-1004")
@pytest.mark.requirement("OC-CORE-1005")
@pytest.mark.requirement("OC-CORE-1006")
@pytest.mark.requirement("OC-CORE-1053")
def test_three_queues_agree() -> None:
    QueueMachine.operations = 0
    run_state_machine_as_test(
        QueueMachine, settings=settings(STEADY, max_examples=400, stateful_step_count=20)
    )
    print(f"{QueueMachine.operations} operations")
    assert QueueMachine.operations >= OPERATIONS_IN_CI


@settings(STEADY, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    order=st.sampled_from(ORDERS),
    policy=st.sampled_from(POLICIES),
    capacity=st.integers(1, 400),
)
def test_long_programs_agree(seed: int, order: Order, policy: FullPolicy, capacity: int) -> None:
    make_trio(order, policy, capacity, 256, 48).run(program(seed, 8_000))
