"""A path is recognised in whatever notation a server names it, and not where it is not named."""

from typing import Any

import pytest

from orchqueue_bdd import configurations

PATH = "pools.0.queue.capacity"


@pytest.mark.parametrize(
    "text",
    [
        "error: /pools/0/queue/capacity: 0 is too small",
        "pools[0].queue.capacity must be at least 1",
        "pools.0.queue: unknown field 'capacity'",
        "$['pools'][0]['queue']: the property capacity is wrong",
    ],
)
def test_a_path_is_found_in_several_notations(text: str) -> None:
    assert configurations.names(f"the server says:\n{text}\nand ends", PATH)


@pytest.mark.parametrize(
    "text",
    [
        "the configuration is wrong",
        "pools[1].queue.capacity must be at least 1",
        "pools[0].queue is wrong\ncapacity is wrong",
        "pools[0].queue.capacity_of_it is wrong",
    ],
)
def test_a_path_that_is_not_named_is_not_found(text: str) -> None:
    assert not configurations.names(text, PATH)


def test_a_value_is_set_on_the_way_through_lists_and_what_is_missing() -> None:
    config: dict[str, Any] = {"pools": [{"id": "a"}]}
    configurations.set_at(config, PATH, 0)
    configurations.set_at(config, "log.level", "chatty")
    assert config == {"pools": [{"id": "a", "queue": {"capacity": 0}}], "log": {"level": "chatty"}}
