"""Each test of the suite runs over the queue in C and over its twin in Python."""

import pytest
from queue_making import MakeQueue

from orchestratord.core._queue import AdmissionQueue, PureQueue
from orchestratord.core._queue._fast import Queue as FastQueue


@pytest.fixture(params=[FastQueue, PureQueue], ids=["c", "python"])
def make_queue(request: pytest.FixtureRequest) -> MakeQueue:
    """Return what makes queues: (capacity=…, policy=…, age_ms=…, order=…)."""

    def make(
        capacity: int = 100, policy: str = "reject", age_ms: float = 30_000.0, order: str = "strict"
    ) -> AdmissionQueue:
        queue: AdmissionQueue = request.param(capacity, policy, age_ms, order)
        return queue

    return make
