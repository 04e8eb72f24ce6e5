"""What devices allow: masks, splits, claims, and room for KV."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestratord.core.pools.devices import (
    Claim,
    Device,
    claim_faults,
    kv_room_bytes,
    missing,
    split_faults,
    uneven_faults,
    visible_devices,
)

BIG, SMALL = Device(0, 24_000), Device(1, 8_000)
BOTH = {0: BIG, 1: SMALL}


def claim(*devices: int, memory: int = 0, split: tuple[float, ...] = (), who: str = "a") -> Claim:
    return Claim(who, "pools/0/workers/0", devices, memory, split)


@pytest.mark.requirement("OC-POOL-3021")
@pytest.mark.parametrize(
    ("split", "said"),
    [
        ((0.5,), "1 ratios are given for 2 devices"),
        ((0.5, 0.4), "the ratios sum to 0.9 and not to 1"),
        ((1.0, 0.0), "a ratio lies outside 0 to 1 in [1.0, 0.0]"),
        ((1.5, -0.5), "a ratio lies outside 0 to 1 in [1.5, -0.5]"),
    ],
)
def test_a_split_that_does_not_fit_is_named(split: tuple[float, ...], said: str) -> None:
    (fault,) = split_faults(claim(0, 1, split=split))
    assert (fault.path, fault.message) == ("pools/0/workers/0/tensor_split", said)


@pytest.mark.requirement("OC-POOL-3021")
def test_thirds_sum_to_one() -> None:
    assert not list(split_faults(claim(0, 1, 2, split=(1 / 3, 1 / 3, 1 / 3))))


@pytest.mark.requirement("ORCH-3012")
def test_unequal_devices_ask_for_ratios() -> None:
    (fault,) = uneven_faults(claim(0, 1), BOTH)
    assert fault.path == "pools/0/workers/0/devices"
    assert not list(uneven_faults(claim(0, 1, split=(0.75, 0.25)), BOTH))
    assert not list(uneven_faults(claim(0), BOTH))


def test_workers_may_share_a_device_as_long_as_it_has_memory() -> None:
    assert not list(claim_faults([claim(0, memory=12_000), claim(0, memory=12_000)], BOTH))
    (fault,) = claim_faults([claim(0, memory=12_000), claim(0, memory=12_001, who="pool b")], BOTH)
    assert fault.message == (
        "pool b needs 12,001 bytes of device 0, of whose 24,000 the workers before it leave 12,000"
    )


def test_a_split_claims_its_parts() -> None:
    split = (0.75, 0.25)
    assert not list(claim_faults([claim(0, 1, memory=32_000, split=split)], BOTH))
    assert list(claim_faults([claim(0, 1, memory=32_000)], BOTH))


def test_devices_that_are_not_there_are_named() -> None:
    assert missing(claim(0, 2, 5), BOTH) == (2, 5)
    assert kv_room_bytes(claim(0, 2), BOTH) is None


@pytest.mark.requirement("OC-POOL-3022")
def test_the_device_with_the_least_room_for_its_part_caps_the_whole() -> None:
    # Half of 8,000 weights on each leaves 20,000 and 4,000; equal parts then allow twice the lesser.
    assert kv_room_bytes(claim(0, 1, memory=8_000, split=(0.5, 0.5)), BOTH) == 8_000
    assert kv_room_bytes(claim(0, 1, memory=8_000, split=(0.75, 0.25)), BOTH) == 24_000
    assert kv_room_bytes(claim(0, memory=8_000), BOTH) == 16_000
    assert kv_room_bytes(claim(0, memory=8_000), BOTH, reserved=0.25) == 12_000
    assert kv_room_bytes(claim(0, memory=30_000), BOTH) == 0


@pytest.mark.requirement("OC-POOL-3022")
@given(
    st.lists(st.tuples(st.integers(1, 10**12), st.integers(1, 100)), min_size=1, max_size=8),
    st.integers(0, 10**12),
)
def test_no_device_is_asked_for_more_than_it_has(parts: list[tuple[int, int]], memory: int) -> None:
    total = sum(part for _, part in parts)
    devices = {index: Device(index, size) for index, (size, _) in enumerate(parts)}
    whole = claim(*devices, memory=memory, split=tuple(part / total for _, part in parts))
    room = kv_room_bytes(whole, devices)
    assert room is not None
    for index, (size, part) in enumerate(parts):
        on_it = Fraction(part, total) * (room + memory)
        assert room == 0 or on_it <= devices[index].total_bytes * (1 + Fraction(1, 10**9)), (index, size)


@pytest.mark.requirement("OC-POOL-3020")
def test_a_mask_is_named_in_its_order() -> None:
    assert visible_devices(claim(2, 0)) == "2,0"
    assert visible_devices(claim()) is None
