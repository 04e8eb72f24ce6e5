"""Sessions: when they begin and end, what becomes of what their tasks held, and where their KV state is."""

from fractions import Fraction

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec import structs

from orchestratord.core.budgets import Amount, Budgets, Remaining
from orchestratord.core.sessions import Home, Session, SessionKey, SessionTable

KEY = SessionKey("acme", "one")
NEED = Amount(10, 100, 20)


def begin(table: SessionTable, key: SessionKey = KEY, now_ms: float = 0) -> Session:
    session = table.find_or_new(key, now_ms)
    table.accept(session, NEED, now_ms)
    return session


@pytest.mark.requirement("OC-CTRL-2064")
def test_a_session_begins_with_an_accepted_task() -> None:
    table = SessionTable(Budgets(), 100)
    table.find_or_new(KEY, 0)
    assert table.find(KEY, 0) is None
    session = begin(table)
    assert table.find_or_new(KEY, 0) is session
    assert table.find(SessionKey("other", "one"), 0) is None


@pytest.mark.requirement("OC-CTRL-2064")
def test_acceptance_and_end_of_a_task_are_uses_and_a_look_is_none() -> None:
    table = SessionTable(Budgets(), 100)
    session = begin(table)
    assert table.settle(session, NEED, Amount(0, 0, 0), 99)
    assert table.find(KEY, 198) is session
    assert table.find(KEY, 199) is None
    assert (len(table), session.ended) == (0, True)


@pytest.mark.requirement("OC-CTRL-2064")
@pytest.mark.parametrize("by", ["delete", "time", "timer"])
def test_what_outlives_its_session_settles_into_nothing(by: str) -> None:
    table = SessionTable(Budgets(), 100)
    old = begin(table)
    if by == "delete":
        assert table.delete(KEY)
        assert not table.delete(KEY)
    elif by == "timer":
        assert table.expire(100) is None
    left = old.account.remaining
    assert not table.settle(old, NEED, Amount(1, 1, 2), 100)
    new = begin(table, now_ms=100)
    assert not table.settle(old, NEED, Amount(1, 1, 2), 100)
    assert new is not old
    assert old.account.remaining == left
    assert new.account.remaining == Remaining(49_990, 599_900, 999_980)


def test_the_timer_ends_what_is_due_and_says_when_the_next_is() -> None:
    table = SessionTable(Budgets(), 100)
    for number in range(3):
        begin(table, SessionKey("acme", str(number)), now_ms=number * 10)
    used = table.find(SessionKey("acme", "0"), 50)
    assert used is not None
    table.settle(used, NEED, NEED, 50)
    assert table.expire(60) == 110
    assert table.expire(110) == 120
    assert table.expire(149) == 150
    assert table.expire(150) is None
    assert len(table) == 0


def test_a_home_is_one_replica_of_one_pool_and_keeps_what_was_cached_while_it_stays_ready() -> None:
    session = Session(KEY, Budgets())
    assert session.home_in("pool") is None
    session.home = Home("pool", "w0", outages=1, tokens=5, cached=True)
    assert (session.home_in("pool"), session.home_in("other")) == ("w0", None)
    assert session.home.is_at("pool", "w0")
    assert not session.home.is_at("pool", "w1")
    assert session.home.keeps(1)
    assert not session.home.keeps(2)
    assert not Home("pool", "w0", outages=1, tokens=5, cached=False).keeps(1)


class Lives(RuleBasedStateMachine):
    """Holds, ends, deletions and time in any order, against a model that only adds up."""

    TTL_MS = 100.0
    BUDGETS = Budgets(turns=5, tokens=100, time_ms=1_000, cost=250, price=Fraction(5, 2))

    def __init__(self) -> None:
        super().__init__()
        self.table = SessionTable(self.BUDGETS, self.TTL_MS)
        self.now_ms = 0.0
        self.running: list[tuple[Session, Amount]] = []
        self.model: dict[SessionKey, tuple[Session, float, list[Amount]]] = {}

    @rule(
        tenant=st.sampled_from(["a", "b"]),
        name=st.sampled_from(["x", "y"]),
        tokens=st.integers(0, 60),
        ms=st.integers(0, 600),
    )
    def submit(self, tenant: str, name: str, tokens: int, ms: int) -> None:
        self._forget()
        key = SessionKey(tenant, name)
        session = self.table.find_or_new(key, self.now_ms)
        known = self.model.get(key)
        assert (known is None) == (self.table.find(key, self.now_ms) is None)
        assert known is None or known[0] is session
        need = session.account.amount(tokens, ms)
        if session.account.exceeded(need):
            return
        self.table.accept(session, need, self.now_ms)
        self.running.append((session, need))
        self.model[key] = (session, self.now_ms, [*(known[2] if known else []), need])

    @rule(which=st.integers(0, 50), of_tokens=st.floats(0, 1.2), of_time=st.floats(0, 1.2))
    def end(self, which: int, of_tokens: float, of_time: float) -> None:
        if not self.running:
            return
        self._forget()
        session, held = self.running.pop(which % len(self.running))
        # An engine may let a task have a little more than it asked for.
        actual = session.account.amount(int(held.tokens * of_tokens), int(held.time_ms * of_time))
        before = session.account.remaining
        known = self.model.get(session.key)
        counts = known is not None and known[0] is session
        assert self.table.settle(session, held, actual, self.now_ms) is counts
        if not counts:
            assert session.account.remaining == before
            return
        assert known is not None
        known[2].remove(held)
        self.model[session.key] = (session, self.now_ms, [*known[2], actual])

    @rule(tenant=st.sampled_from(["a", "b"]), name=st.sampled_from(["x", "y"]))
    def delete(self, tenant: str, name: str) -> None:
        # Whether one whose time has passed counts as deleted depends on the timer, and matters to nobody.
        self._forget()
        self.table.expire(self.now_ms)
        key = SessionKey(tenant, name)
        assert self.table.delete(key) is (self.model.pop(key, None) is not None)

    @rule(ms=st.floats(0, 120))
    def pass_time(self, ms: float) -> None:
        self.now_ms += ms

    @rule()
    def look(self) -> None:
        self._forget()
        due_ms = self.table.expire(self.now_ms)
        assert due_ms is None or due_ms > self.now_ms
        assert len(self.table) == len(self.model)

    @invariant()
    def what_remains_is_what_nobody_holds_or_used(self) -> None:
        self._forget()
        for session, _, amounts in self.model.values():
            used = [sum(values) for values in zip(*map(structs.astuple, amounts), strict=True)] or [0, 0, 0]
            bounds = (self.BUDGETS.tokens, self.BUDGETS.time_ms, self.BUDGETS.cost)
            left = [max(0, (bound or 0) - one) for bound, one in zip(bounds, used, strict=True)]
            assert list(session.account.remaining) == left
            assert session.account.turns == len(amounts) <= self.BUDGETS.turns
            assert not session.ended

    def _forget(self) -> None:
        self.model = {key: known for key, known in self.model.items() if self.now_ms - known[1] < self.TTL_MS}


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
