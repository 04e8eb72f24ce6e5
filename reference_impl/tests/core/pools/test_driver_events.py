"""What happened to devices between two looks, and how often it is counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestratord.core.pools.devices import Device, Reading
from orchestratord.core.pools.driver_events import DriverEvents, events_between
from orchestratord.core.pools.exits import DriverEvent
from orchestratord.core.pools.machine import Look

RESET, ECC = DriverEvent.RESET, DriverEvent.ECC
REPORTERS = ["devices", "w0", "w1"]


def look(**ecc: int | None) -> Look:
    """A look at devices by their counts: `d0=3` is device 0 with 3 errors."""
    told = {int(name[1:]): count for name, count in ecc.items()}
    devices = {index: Device(index, 1_000) for index in told}
    return Look(devices, {index: Reading(ecc_errors=count) for index, count in told.items()})


@pytest.mark.requirement("ORCH-3053")
@pytest.mark.parametrize(
    ("before", "after", "events"),
    [
        (look(), look(d0=5), {}),  # what was counted before the server came is none of its business
        (look(d0=5), look(d0=5), {}),
        (look(d0=5, d1=0), look(d0=5, d1=2), {1: ECC}),
        (look(d0=5), look(d0=0), {}),  # the driver was loaded anew
        (look(d0=None), look(d0=3), {}),
        (look(d0=3), look(d0=None), {}),
        (look(d0=5, d1=0), look(d1=1), {0: RESET, 1: ECC}),
        (look(), look(), {}),
    ],
)
def test_a_device_is_lost_or_has_more_errors(
    before: Look, after: Look, events: dict[int, DriverEvent]
) -> None:
    assert events_between(before, after) == events


@pytest.mark.requirement("OC-POOL-3030")
def test_what_several_notice_is_one_event() -> None:
    events = DriverEvents(1_000)
    assert events.is_new(ECC, (0,), "devices", 0)
    assert not events.is_new(ECC, (0, 1), "w0", 10)
    assert not events.is_new(ECC, (0,), "w1", 20)
    assert events.is_new(ECC, (1,), "w2", 30)
    assert events.is_new(RESET, (0,), "devices", 40)
    assert events.is_new(ECC, (0,), "w0", 50)  # the same one says so again: it has happened again
    assert events.is_new(ECC, (0,), "devices", 1_051)


def test_workers_without_a_mask_share_no_event() -> None:
    events = DriverEvents(1_000)
    assert events.is_new(RESET, (), "w0", 0)
    assert events.is_new(RESET, (), "w1", 0)


@pytest.mark.requirement("OC-POOL-3030")
@given(st.lists(st.sets(st.sampled_from(REPORTERS), min_size=1), max_size=6), st.randoms())
def test_each_event_is_counted_once_whoever_noticed_it(noticed: list[set[str]], random) -> None:
    events, count = DriverEvents(1_000), 0
    for number, reporters in enumerate(noticed):
        for reporter in random.sample(sorted(reporters), len(reporters)):
            count += events.is_new(ECC, (0,), reporter, number * 1_001)
    assert count == len(noticed)
