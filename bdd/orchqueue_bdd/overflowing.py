"""A server with more pools than the label `pool_id` may take values: what it exports of them, and logs."""

import re
from collections import Counter

from orchqueue.kit import Client, NotTestable
from orchqueue_bdd import processes, series
from orchqueue_bdd.processes import own_of, running_of
from orchqueue_bdd.setups import pool
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World
from orchqueue_contract.metrics import LABELS, OUTSIDE_BUDGET

LABEL = "pool_id"
BUDGET = LABELS[LABEL].budget
EXCESS = 8
RARELY = {"interval_ms": 60_000, "stale_after_ms": 120_000}  # one engine stands behind all of them
OVERFLOW, EVENT = "other", "metrics.label-overflow"


def start(world: World) -> None:
    """Start a server with a few pools too many. Raises NotTestable when it does not come up."""
    own = processes.prepare(world)
    own.config["pools"] = [
        pool(f"pool-{number}", own.engine.url, heartbeat=RARELY) for number in range(BUDGET + EXCESS)
    ]
    processes.start(world)
    if own.running is None:
        raise NotTestable(f"no server with {BUDGET + EXCESS} pools: {own.failure}")


def read(world: World) -> series.Reading:
    """Read its metrics."""
    return series.read(Client(running_of(own_of(world)).url, on_exchange=world.note).get("/metrics").text)


def keeps_budget(world: World) -> None:
    """Demand that the label takes no more values than its budget, and that the rest are one."""
    values = {sample.labels[LABEL] for sample in read(world).samples if LABEL in sample.labels}
    counted = values - set(OUTSIDE_BUDGET)
    assert len(counted) <= BUDGET, f"{LABEL} has {len(counted)} values, its budget is {BUDGET}"
    assert OVERFLOW in values, f"{BUDGET + EXCESS} pools are there, and none of them is {OVERFLOW!r}"


def is_said_once(world: World) -> None:
    """Demand one line of the log about the label, however often the metrics are read."""
    for _ in range(3):
        read(world)
    told = eventually(lambda: _told(world), lambda found: found[LABEL] > 0)
    assert told[LABEL] == 1, f"{told[LABEL]} log lines {EVENT} are about {LABEL}"
    again = {label: count for label, count in told.items() if count > 1}
    assert not again, f"log lines {EVENT} repeat themselves: {again}"


def are_single(world: World) -> None:
    """Demand that no sample stands twice, as one of each pool beyond the budget would."""
    answer = Client(running_of(own_of(world)).url, on_exchange=world.note).get("/metrics")
    names = Counter(re.findall(r"^([a-z_]+\{[^}]*\}) ", answer.text, re.MULTILINE))
    twice = [name for name, count in names.items() if count > 1]
    assert not twice, f"these samples stand more than once: {twice[:3]}"


def _told(world: World) -> Counter[str]:
    lines = running_of(own_of(world)).logs()
    return Counter(str(line.get("label")) for line in lines if line.get("event") == EVENT)
