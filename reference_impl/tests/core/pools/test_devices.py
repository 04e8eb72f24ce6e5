"""What devices allow: masks, splits, claims, and room for KV and for further workers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestratord.core.pools.devices import (
    Claim,
    Device,
    Reading,
    claim_faults,
    far_devices,
    fits_beside,
    free_bytes,
    kv_room_bytes,
    missing,
    split_faults,
    uneven_faults,
)

BIG, SMALL = Device(0, 24_000), Device(1, 8_000)
BOTH = {0: BIG, 1: SMALL}


Memory = st.integers(0, 10**12)
Parts = st.lists(st.tuples(st.integers(1, 10**12), st.integers(1, 100)), min_size=1, max_size=8)


def claim(*devices: int, memory: int = 0, split: tuple[float, ...] = (), who: str = "a") -> Claim:
    return Claim(who, devices, memory, split)


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
    assert (fault.field, fault.message) == ("tensor_split", said)


@pytest.mark.requirement("OC-POOL-3021")
def test_thirds_sum_to_one() -> None:
    assert not list(split_faults(claim(0, 1, 2, split=(1 / 3, 1 / 3, 1 / 3))))


@pytest.mark.requirement("ORCH-3012")
def test_unequal_devices_ask_for_ratios() -> None:
    (fault,) = uneven_faults(claim(0, 1), BOTH)
    assert fault.field == "devices"
    assert not list(uneven_faults(claim(0, 1, split=(0.75, 0.25)), BOTH))
    assert not list(uneven_faults(claim(0), BOTH))


@pytest.mark.requirement("OC-POOL-3023")
def test_workers_may_share_a_device_as_long_as_it_has_memory() -> None:
    assert not list(claim_faults([claim(0, memory=12_000), claim(0, memory=12_000)], BOTH))
    late = claim(0, memory=12_001, who="pool b")
    ((who, fault),) = claim_faults([claim(0, memory=12_000), late, claim(0, memory=12_000)], BOTH)
    assert (who, fault.field) == (late, "memory_bytes")
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


@pytest.mark.requirement("ORCH-3020")
@given(Memory, Memory, st.floats(0, 0.99))
def test_what_is_set_aside_is_not_given(size: int, memory: int, reserved: float) -> None:
    devices = {0: Device(0, size + 1)}
    whole, rest = (kv_room_bytes(claim(0, memory=memory), devices, part) for part in (0.0, reserved))
    assert whole is not None
    assert rest is not None
    assert rest <= whole * (1 - reserved) + 1


@pytest.mark.requirement("OC-POOL-3022")
@given(Parts, st.lists(Memory, min_size=1, max_size=5))
def test_no_device_is_asked_for_more_than_it_has(parts: list[tuple[int, int]], memory: list[int]) -> None:
    total = sum(part for _, part in parts)
    split = tuple(part / total for _, part in parts)
    devices = {index: Device(index, size) for index, (size, _) in enumerate(parts)}
    claims = [Claim(f"w{n}", tuple(devices), size, split) for n, size in enumerate(memory)]
    rooms = [kv_room_bytes(one, devices, 0.0, [c for c in claims if c is not one]) for one in claims]
    weights = sum(memory)
    for index, (size, part) in enumerate(parts):
        caches = Fraction(part, total) * sum(room or 0 for room in rooms)
        left = max(0, size - Fraction(part, total) * weights)
        assert caches <= left * (1 + Fraction(1, 10**6)) + 1, (index, size)


@pytest.mark.requirement("ORCH-1103")
def test_free_memory_is_what_the_scarcest_device_allows() -> None:
    readings = {0: Reading(used_bytes=4_000), 1: Reading(used_bytes=6_000)}
    assert free_bytes(claim(0), BOTH, readings) == 20_000
    assert free_bytes(claim(1), BOTH, readings) == 2_000
    assert free_bytes(claim(0, 1, split=(0.8, 0.2)), BOTH, readings) == 10_000
    assert free_bytes(claim(0, 2), BOTH, readings) == 0
    assert free_bytes(claim(), BOTH, readings) == 0


def test_a_device_that_does_not_tell_is_reckoned_with_by_what_is_claimed_of_it() -> None:
    one, other = claim(0, memory=6_000), claim(0, memory=10_000, who="b")
    silent = {0: Reading(used_bytes=None, utilization=3.0)}
    assert free_bytes(one, BOTH, silent) == 18_000
    assert free_bytes(one, BOTH, {}, 1_000, [other]) == 7_000
    assert free_bytes(one, BOTH, {}, 20_000, [other]) == 0


@pytest.mark.requirement("OC-POOL-3008")
def test_a_second_set_fits_where_claims_and_devices_say_so() -> None:
    old, new = claim(0, memory=12_000), claim(0, memory=12_000)
    assert fits_beside([new], [old], BOTH, {})
    assert fits_beside([new], [old], BOTH, {0: Reading(used_bytes=12_000)})
    assert not fits_beside([new], [old], BOTH, {0: Reading(used_bytes=12_001)})
    assert not fits_beside([new], [old, claim(0, memory=1, who="b")], BOTH, {})
    assert not fits_beside([new], [old], {}, {})


@pytest.mark.requirement("OC-POOL-3008")
def test_of_weights_of_unknown_size_there_is_no_second_set() -> None:
    assert not fits_beside([claim(0)], [claim(0)], BOTH, {})
    known, stranger = claim(0, memory=1_000), claim(0, who="b")
    assert not fits_beside([known], [known, stranger], BOTH, {})
    assert fits_beside([known], [known, stranger], BOTH, {0: Reading(used_bytes=20_000)})
    assert fits_beside([known], [known, claim(1, who="b")], BOTH, {})
    assert fits_beside([claim()], [claim(), stranger], BOTH, {})


@pytest.mark.requirement("ORCH-3013")
def test_devices_of_another_node_are_far() -> None:
    near, far, unknown = Device(0, 1, numa_node=0), Device(1, 1, numa_node=1), Device(2, 1)
    devices = {0: near, 1: far, 2: unknown}
    assert far_devices(Claim("a", (0,), numa_node=0), devices) == 0
    assert far_devices(Claim("a", (0,), numa_node=1), devices) == 1
    assert far_devices(Claim("a", (0, 1, 2), numa_node=1), devices) == 1
    assert far_devices(Claim("a", (0, 1, 2)), devices) == 1
    assert far_devices(Claim("a", (2, 7), numa_node=1), devices) == 0
    assert far_devices(Claim("a", ()), devices) == 0
