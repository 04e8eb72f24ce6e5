"""Leases balance, whatever is taken and given back, in whatever order and by whomever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestratord.core.leases import Leases

NUMBERS = st.integers(0, 20)  # of leases that there are, were, and never will be
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(0, 2**40)),
        st.tuples(st.just("give back"), NUMBERS),
        st.tuples(st.just("give back, cooling"), NUMBERS),
        st.tuples(st.just("cooled"), NUMBERS),
    ),
    max_size=40,
)


class Account:
    """Leases, and beside them what whoever holds them knows."""

    def __init__(self) -> None:
        self.leases = Leases()
        self.active: dict[int, int] = {}
        self.cooling: dict[int, int] = {}
        self.given = 0

    def do(self, what: str, number: int) -> None:
        if what == "take":
            self.given += 1
            self.active[self.given] = number
            assert self.leases.take(number) == self.given  # numbered, and no number twice
        elif what == "cooled":
            self.leases.cooled(number)
            self.cooling.pop(number, None)
        elif number in self.active:
            kv_bytes, cools = self.active.pop(number), what.endswith("cooling")
            self.leases.give_back(number, cooling=cools)
            if cools:
                self.cooling[number] = kv_bytes
        else:  # it has ended before, or never began
            with pytest.raises(KeyError):
                self.leases.give_back(number, cooling=what.endswith("cooling"))

    def agrees(self) -> None:
        leases = self.leases
        assert leases.active == len(self.active) >= 0
        assert leases.taken == len(self.active) + len(self.cooling) >= leases.active
        assert leases.kv_bytes == sum(self.active.values()) + sum(self.cooling.values()) >= 0
        assert [n for n in range(self.given + 2) if leases.cooling(n)] == sorted(self.cooling)


@pytest.mark.requirement("OC-POOL-3007")
@given(DEEDS, st.randoms(use_true_random=False))
def test_each_lease_ends_exactly_once_and_none_is_left(deeds, random) -> None:
    account = Account()
    for what, number in deeds:
        account.do(what, number)
        account.agrees()
    left = list(account.active)
    random.shuffle(left)
    for number in left:
        account.do(random.choice(["give back", "give back, cooling"]), number)
    assert account.leases.active == 0
    for number in list(account.cooling):
        account.do("cooled", number)
    account.agrees()
    assert (account.leases.taken, account.leases.kv_bytes) == (0, 0)
    assert all(_ended(account.leases, number) for number in range(1, account.given + 1))


def _ended(leases: Leases, number: int) -> bool:
    try:
        leases.give_back(number, cooling=False)
    except KeyError:
        return True
    return False
