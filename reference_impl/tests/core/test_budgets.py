"""Budgets of a session: what is held, what is settled, and who is told which budget is spent."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestratord.core.budgets import Account, Amount, Budgets, Remaining, decimal


def test_a_task_holds_its_worst_case_and_settles_what_it_used() -> None:
    account = Account(Budgets())
    need = account.worst_case(tokens_in=100, max_tokens=400, wall_ms=600_000, deadline_ms=20_000)
    assert need == Amount(tokens=500, time_ms=20_000, cost=1_000)
    account.hold(need)
    assert account.remaining == Remaining(49_500, 580_000, 999_000)
    account.settle(need, account.amount(150, 900))
    assert account.remaining == Remaining(49_850, 599_100, 999_700)
    assert account.turns == 1


@pytest.mark.parametrize(
    ("budgets", "spent"),
    [
        (Budgets(tokens=499), ["tokens"]),
        (Budgets(time_ms=19_999), ["time_ms"]),
        (Budgets(cost=999), ["cost"]),
        (Budgets(turns=0), ["turns"]),
        (Budgets(turns=0, tokens=0, time_ms=0, cost=0), ["turns", "tokens", "time_ms", "cost"]),
        (Budgets(tokens=None, time_ms=None, cost=None), []),
        (Budgets(tokens=500, time_ms=20_000, cost=1_000), []),
    ],
)
def test_every_budget_that_a_task_would_exceed_is_named(budgets: Budgets, spent: list[str]) -> None:
    account = Account(budgets)
    need = account.worst_case(tokens_in=100, max_tokens=400, wall_ms=30_000, deadline_ms=20_000)
    assert [detail.name for detail in account.exceeded(need)] == spent


def test_what_is_unbounded_stays_so() -> None:
    account = Account(Budgets(tokens=None))
    account.hold(account.amount(10**9, 1))
    assert account.remaining.tokens is None


def test_turns_run_out() -> None:
    account = Account(Budgets(turns=2))
    need = account.amount(1, 1)
    for _ in range(2):
        assert not account.exceeded(need)
        account.hold(need)
        account.settle(need, Amount(0, 0, 0))
    assert [detail.name for detail in account.exceeded(need)] == ["turns"]


def test_an_engine_that_gave_more_than_was_held_leaves_nothing_and_no_debt() -> None:
    account = Account(Budgets(tokens=10))
    need = account.amount(10, 1)
    account.hold(need)
    account.settle(need, account.amount(12, 1))
    assert account.remaining.tokens == 0


@pytest.mark.parametrize("deadline_ms", [0, -1, -(2**53)])
def test_a_task_without_time_holds_none(deadline_ms: int) -> None:
    assert Account(Budgets()).worst_case(1, 1, 600_000, deadline_ms).time_ms == 0


@pytest.mark.parametrize(
    ("price", "tokens", "cost"),
    [
        (Fraction(5, 2), 1, 3),
        (Fraction(5, 2), 2, 5),
        (Fraction(1, 3), 3, 1),
        (Fraction(1, 10**9), 1, 1),
        (Fraction(0), 10**9, 0),
        (Fraction(2), 0, 0),
    ],
)
def test_a_price_that_is_no_whole_number_is_rounded_up_for_each_task(
    price: Fraction, tokens: int, cost: int
) -> None:
    assert Account(Budgets(price=price)).amount(tokens, 0).cost == cost


@pytest.mark.parametrize(
    ("millionths", "text"),
    [(0, "0"), (1, "0.000001"), (10, "0.00001"), (999_992, "0.999992"), (10**6, "1"), (1_500_000, "1.5")],
)
def test_cost_is_told_exactly(millionths: int, text: str) -> None:
    assert decimal(millionths) == text


def test_each_spent_budget_is_told_in_its_unit() -> None:
    account = Account(Budgets(turns=0, tokens=0, time_ms=0, cost=1))
    assert [detail.message for detail in account.exceeded(account.amount(1, 1))] == [
        "The session had its 0 turns.",
        "The task may need 1 tokens; 0 are left.",
        "The task may take 1 ms; 0 are left.",
        "The task may cost 0.000002; 0.000001 is left.",
    ]


def test_less_than_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 tokens"):
        Account(Budgets()).amount(-1, 0)


Use = st.tuples(st.integers(0, 3_000), st.integers(0, 50_000))


@given(st.lists(st.tuples(Use, st.tuples(st.floats(0, 1), st.floats(0, 1))), max_size=30))
def test_what_remains_is_what_was_not_used_once_all_are_settled(
    tasks: list[tuple[tuple[int, int], tuple[float, float]]],
) -> None:
    account = Account(Budgets(turns=100))
    running, used = [], [0, 0]
    for (tokens, time_ms), share in tasks:
        need = account.amount(tokens, time_ms)
        if account.exceeded(need):
            continue
        account.hold(need)
        running.append((need, share))
    assert all(left is not None and left >= 0 for left in account.remaining)
    for need, (of_tokens, of_time) in running:
        actual = account.amount(int(need.tokens * of_tokens), int(need.time_ms * of_time))
        account.settle(need, actual)
        used = [used[0] + actual.tokens, used[1] + actual.time_ms]
    assert account.remaining == Remaining(50_000 - used[0], 600_000 - used[1], 1_000_000 - 2 * used[0])
