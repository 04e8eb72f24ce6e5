"""The lenient reading of an exposition takes what it can find."""

from pathlib import Path

import pytest

from orchqueue.kit import CommandTarget
from orchqueue.verify.exploring import Depth
from orchqueue_bdd import series
from orchqueue_bdd.errors import ScenarioFault
from orchqueue_bdd.recording import Recorder
from orchqueue_bdd.servers import Servers
from orchqueue_bdd.world import World

TEXT = """\
# HELP tasks_started_total Tasks.
# TYPE tasks_started_total counter
tasks_started_total{pool_id="a",priority="batch"} 2
tasks_started_total{priority="interactive",pool_id="a"} 3.0
tasks_started_total{pool_id="b \\"c\\", d",priority="batch"} 4 1700000000000
# TYPE pool_ready gauge
pool_ready{pool_id="a"} nonsense
queue_depth 7
"""


def test_samples_are_added_up_over_labels_that_are_not_named() -> None:
    reading = series.read(TEXT)
    assert reading.total("tasks_started_total") == 9
    assert reading.total("tasks_started_total", pool_id="a") == 5
    assert reading.total("tasks_started_total", priority="batch", pool_id="a") == 2
    assert reading.total("queue_depth") == 7


def test_what_is_not_there_counts_nothing() -> None:
    reading = series.read(TEXT)
    assert reading.total("tasks_started_total", pool_id="z") == 0
    assert reading.total("nonesuch") == 0


def test_a_value_that_is_no_number_is_passed_over() -> None:
    assert series.read(TEXT).of("pool_ready") == []


def test_families_are_those_that_are_announced() -> None:
    assert series.read(TEXT).families == {"tasks_started_total", "pool_ready"}


def test_what_was_never_counted_is_a_fault_of_the_scenario(tmp_path: Path) -> None:
    target = CommandTarget("server {config}", tmp_path)
    world = World("features/a.feature:1", Servers(target, tmp_path), target, Recorder(tmp_path), Depth())
    with pytest.raises(ScenarioFault, match='no earlier line says "the series are counted from now on"'):
        series.moved(world, "tasks_started_total")
