"""Whatever a world is made of, every law holds in it after every event."""

import pytest
from orchsim.kinds import KINDS
from orchsim.many import many, summary
from orchsim.scenario import drawn

WORLDS = 50
DECIDED_AT_ONCE, SERVED_AT_ONCE = 5, 10
DECIDED = 4_600  # a world that stops early has fewer; fifty have 203,000 and more
SERVED = 400


def check(seeds: range, tasks: int, kind: str) -> None:
    """Run these worlds: none breaks a law, and enough is accepted in them for that to say something."""
    went = many(seeds, tasks, 1, kind)
    broken = [each.broken for each in went if each.broken]
    assert not broken, "\n\n".join(broken)
    assert sum(each.tasks for each in went) >= 0.7 * len(seeds) * tasks, summary(went, kind)
    assert sum(each.accepted for each in went) >= 0.3 * len(seeds) * tasks, summary(went, kind)


@pytest.mark.requirement("OC-CORE-1001")
@pytest.mark.requirement("OC-CORE-1002")
@pytest.mark.requirement("OC-CORE-1004")
@pytest.mark.requirement("OC-CORE-1005")
@pytest.mark.requirement("OC-CORE-1053")
@pytest.mark.parametrize("first", range(0, WORLDS, DECIDED_AT_ONCE))
def test_two_hundred_thousand_tasks_are_decided_in_fifty_worlds_and_break_no_law(first: int) -> None:
    check(range(first, first + DECIDED_AT_ONCE), DECIDED, "decisions")


@pytest.mark.requirement("OC-CORE-1001")
@pytest.mark.requirement("OC-CORE-1002")
@pytest.mark.requirement("OC-CORE-1004")
@pytest.mark.requirement("OC-CORE-1005")
@pytest.mark.requirement("OC-CORE-1053")
@pytest.mark.requirement("OC-CTRL-2024")
@pytest.mark.parametrize("first", range(0, WORLDS, SERVED_AT_ONCE))
def test_the_whole_service_breaks_no_law_in_the_same_worlds(first: int) -> None:
    check(range(first, first + SERVED_AT_ONCE), SERVED, "service")


def test_who_is_put_back_in_the_place_of_one_who_was_exceeds_no_capacity() -> None:
    # A queue of one place: a task that was put back is evicted from it, and another put back, at once.
    (went,) = many(range(195, 196), 400, 1, "decisions")
    assert not went.broken


def test_who_evicts_another_and_is_evicted_at_once_has_come_before() -> None:
    (went,) = many(range(123, 124), 1_000, 1, "service")
    assert not went.broken


@pytest.mark.parametrize("kind", ["decisions", "service"])
@pytest.mark.parametrize("seed", [3, 7, 16])
def test_a_seed_gives_the_same_world_again(seed, kind) -> None:
    first, second = (KINDS[kind].run(drawn(seed, 500)) for _ in range(2))

    def account(outcome):
        lives = outcome.lives.values()
        return [
            (x.number, x.arrival, x.attempts, x.started_ms, x.ended_ms, x.ending, x.on_time) for x in lives
        ]

    assert account(first) == account(second)
    assert first.events == second.events
    assert [life.number for life in first.order] == [life.number for life in second.order]


def test_different_seeds_give_different_worlds() -> None:
    assert len({repr(drawn(seed, 10)) for seed in range(50)}) == 50
