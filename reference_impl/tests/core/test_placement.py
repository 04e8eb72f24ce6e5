"""Placement: who is open, and which of those is best."""

import pytest

from orchestratord.core.placement import Candidate, choose

BUSY = Candidate("a-busy", ready=True, free_slots=0, free_vram_bytes=99)
DOWN = Candidate("a-down", ready=False, free_slots=9, free_vram_bytes=99)


@pytest.mark.parametrize(
    ("candidates", "best"),
    [
        ([], None),
        ([BUSY, DOWN], None),
        ([BUSY, DOWN, Candidate("z", True, 1)], "z"),
        ([Candidate("b", True, 2), Candidate("a", True, 2)], "a"),
        ([Candidate("a", True, 1), Candidate("b", True, 2)], "b"),
        ([Candidate("a", True, 4, 10), Candidate("b", True, 1, 11)], "b"),
    ],
)
def test_memory_then_slots_then_id(candidates: list[Candidate], best: str | None) -> None:
    assert choose(candidates) == best


def test_home_comes_first_while_it_is_open() -> None:
    replicas = [Candidate("a", True, 4, 10), Candidate("home", True, 1, 1)]
    assert choose(replicas, home="home") == "home"
    assert choose([*replicas[:1], Candidate("home", True, 0, 1)], home="home") == "a"
    assert choose(replicas, avoid=frozenset({"home"}), home="home") == "a"


def test_a_mask_is_never_crossed() -> None:
    replicas = [
        Candidate("both", True, 4, 20, frozenset({0, 1})),
        Candidate("first", True, 1, 1, frozenset({0})),
        Candidate("second", True, 9, 9, frozenset({1})),
    ]
    assert choose(replicas, mask=frozenset({0})) == "first"
    assert choose(replicas, mask=frozenset({0, 1})) == "both"
    assert choose(replicas, home="second", mask=frozenset({0})) == "first"
    assert choose(replicas, mask=frozenset()) is None


@pytest.mark.requirement("OC-POOL-3022")
def test_a_replica_takes_only_what_its_kv_memory_holds() -> None:
    replicas = [
        Candidate("full", True, 4, 9, free_kv_bytes=99),
        Candidate("roomy", True, 1, 1, free_kv_bytes=100),
    ]
    assert choose(replicas, kv_bytes=100) == "roomy"
    assert choose(replicas, kv_bytes=99) == "full"
    assert choose(replicas, kv_bytes=101) is None
    assert choose([*replicas, Candidate("unknown", True, 1)], kv_bytes=101) == "unknown"


@pytest.mark.requirement("ORCH-3013")
def test_what_lies_near_wins_a_tie_and_nothing_else() -> None:
    far, near = Candidate("a", True, 2, 5, far_devices=1), Candidate("b", True, 2, 5)
    assert choose([far, near]) == "b"
    assert choose([far, Candidate("b", True, 1, 5)]) == "a"
    assert choose([far, Candidate("b", True, 2, 4)]) == "a"
