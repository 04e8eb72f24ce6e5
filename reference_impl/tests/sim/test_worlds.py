"""Whatever a world is made of, every law holds in it after every event."""

import pytest
from orchsim.many import many, summary
from orchsim.scenario import drawn
from orchsim.world import simulate

WORLDS = 50
AT_ONCE = 5
TASKS = 4_600  # a world that stops early has fewer; fifty have 203,000 and more


@pytest.mark.requirement("OC-CORE-1001")
@pytest.mark.requirement("OC-CORE-1002")
@pytest.mark.requirement("OC-CORE-1004")
@pytest.mark.requirement("OC-CORE-1005")
@pytest.mark.requirement("OC-CORE-1053")
@pytest.mark.requirement("OC-CTRL-2024")
@pytest.mark.parametrize("first", range(0, WORLDS, AT_ONCE))
def test_two_hundred_thousand_tasks_in_fifty_worlds_break_no_law(first: int) -> None:
    went = many(range(first, first + AT_ONCE), TASKS, jobs=1)
    broken = [each.broken for each in went if each.broken]
    assert not broken, "\n\n".join(broken)
    assert sum(each.tasks for each in went) >= 0.7 * AT_ONCE * TASKS, summary(went)
    assert sum(each.accepted for each in went) >= 0.3 * AT_ONCE * TASKS, summary(went)


@pytest.mark.parametrize("seed", [3, 7, 16])
def test_a_seed_gives_the_same_world_again(seed) -> None:
    first, second = (simulate(drawn(seed, 800)) for _ in range(2))

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
