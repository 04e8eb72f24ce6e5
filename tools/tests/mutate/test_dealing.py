"""Who tries what: whoever has a server goes on with it, and a costly one is for one at a time."""

from orchqueue.mutate.dealing import Deal

SERVERS = ["plain", "costly", "plain", "other", "costly", "plain"]


def all_of(deal: Deal, who: str) -> list[int]:
    found = []
    while (index := deal.take(who)) is not None:
        found.append(index)
    return found


def test_each_is_dealt_out_once_server_by_server() -> None:
    assert all_of(Deal(SERVERS, {"costly"}), "a") == [1, 4, 0, 2, 5, 3]


def test_who_has_a_server_goes_on_with_it_and_the_others_take_others() -> None:
    deal = Deal(SERVERS, ())
    assert [deal.take("a"), deal.take("b"), deal.take("a"), deal.take("b"), deal.take("c")] == [0, 1, 2, 4, 3]


def test_a_server_that_others_have_is_shared_when_there_is_no_other() -> None:
    deal = Deal(["plain"] * 3, ())
    assert [deal.take("a"), deal.take("b"), deal.take("a"), deal.take("b")] == [0, 1, 2, None]


def test_a_server_for_one_alone_is_not_shared() -> None:
    deal = Deal(["costly"] * 3, {"costly"})
    assert deal.take("a") == 0
    assert deal.take("b") is None
    assert [deal.take("a"), deal.take("a"), deal.take("a")] == [1, 2, None]


def test_nothing_is_dealt_out_of_nothing() -> None:
    assert Deal([], ()).take("a") is None
