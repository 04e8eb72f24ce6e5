"""Who gives way when there are too many connections."""

import pytest

from orchestratord.http.crowd import Crowd


class Guest:
    def __init__(self, name: str, gone: list[str]) -> None:
        self.name = name
        self._gone = gone

    def give_way(self) -> None:
        self._gone.append(self.name)


@pytest.fixture
def gone() -> list[str]:
    return []


def come(crowd: Crowd, gone: list[str], names: str) -> list[Guest]:
    guests = [Guest(name, gone) for name in names]
    for guest in guests:
        crowd.came(guest)
    return guests


@pytest.mark.requirement("OC-CTRL-2047")
def test_the_one_that_has_waited_longest_gives_way(gone) -> None:
    told: list[int] = []
    crowd = Crowd(3, lambda: told.append(1))
    a, b, c = come(crowd, gone, "abc")
    assert not gone
    crowd.works(a)
    crowd.waits(a)
    crowd.works(b)
    come(crowd, gone, "d")
    assert gone == ["c"]
    come(crowd, gone, "e")
    assert (gone, len(told), crowd.size) == (["c", "a"], 2, 3)
    crowd.left(c)
    assert crowd.size == 3


@pytest.mark.requirement("OC-CTRL-2047")
def test_a_new_one_goes_where_nobody_else_waits(gone) -> None:
    crowd = Crowd(2, lambda: None)
    for guest in come(crowd, gone, "ab"):
        crowd.works(guest)
    come(crowd, gone, "c")
    assert (gone, crowd.size) == (["c"], 2)


def test_one_that_gave_way_does_not_come_back_by_waiting(gone) -> None:
    crowd = Crowd(1, lambda: None)
    (a, _) = come(crowd, gone, "ab")
    crowd.waits(a)
    crowd.left(a)
    assert (gone, crowd.size) == (["a"], 1)
