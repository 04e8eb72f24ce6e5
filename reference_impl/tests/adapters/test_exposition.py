"""Gauges out of an engine's own metrics."""

import pytest

from orchestratord.adapters import exposition

TEXT = b"""# HELP vllm:num_requests_running Number of requests
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="a } b"} 2.0
vllm:num_requests_running{engine="1",model_name="a"} 1.0 1700000000
vllm:num_requests_running_by_lora{x="1"} 50
vllm:num_requests_waiting 3
vllm:kv_cache_usage_perc{engine="0"} 0.25
vllm:kv_cache_usage_perc{engine="1"} 0.5
broken{ 1
too_much 1.5
not_a_number NaN
empty
"""


def test_gauges_are_added_up() -> None:
    assert exposition.total(TEXT, ["vllm:num_requests_running", "vllm:num_requests_waiting"]) == 6
    assert exposition.total(TEXT, ["vllm:num_requests_waiting", "absent"]) == 3
    assert exposition.total(TEXT, ["absent", "vllm:num_requests_waiting"]) is None


@pytest.mark.parametrize(
    ("names", "value"),
    [
        (["vllm:kv_cache_usage_perc"], 0.5),
        (["absent", "vllm:kv_cache_usage_perc"], 0.5),
        (["too_much"], 1.0),
        (["not_a_number"], None),
        (["empty"], None),
        (["absent"], None),
    ],
)
def test_ratios_are_the_highest_and_bounded(names, value) -> None:
    assert exposition.ratio(TEXT, *names) == value
