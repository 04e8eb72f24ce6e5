"""New text and the whole text so far are told apart, whatever the text."""

from itertools import accumulate, groupby

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchestratord.adapters.growth import Growth, Manner

TEXTS = st.lists(st.text(alphabet="ab你 ", max_size=3), max_size=12)


def heard(growth: Growth, items: list[str]) -> str:
    return "".join(text for item in items for text in growth.feed(item)) + "".join(growth.end())


@given(TEXTS)
@example(["a", "b", "", "c"])
def test_what_is_known_is_read_alike(texts) -> None:
    whole = "".join(texts)
    assert heard(Growth("new"), texts) == whole
    assert heard(Growth("whole"), list(accumulate(texts))) == whole


@given(TEXTS)
def test_whole_texts_are_found_out(texts) -> None:
    items = [item for item in accumulate(texts) if item]
    runs = [len(list(run)) for _, run in groupby(items)]
    if (max(runs, default=1) < 4 and len(runs) != 1) or len(items) == 1:
        assert heard(Growth(), items) == "".join(texts)


@pytest.mark.parametrize(
    ("items", "text", "manner"),
    [
        (["To", " be", " or"], "To be or", "new"),
        (["ha", "ha", " no"], "haha no", "new"),
        (["ha", "ha"], "haha", "unknown"),
        (["="] * 9, "=" * 9, "new"),
        (["a", "ab", "b"], "aabb", "new"),
        (["a\ufffd", "b"], "a\ufffdb", "new"),
        (["To", "To be", "To be or"], "To be or", "whole"),
        (["To", "To be"], "To be", "unknown"),
        (["To", "To", "To be", "To be not"], "To be not", "whole"),
        (["a", "a\ufffd", "a\ufffd", "a你"], "a你", "whole"),
        (["a", "ab", "ab\ufffd"], "ab\ufffd", "whole"),
        (["", "To", "", "To be", "To be or", ""], "To be or", "whole"),
        (["one"], "one", "unknown"),
        ([], "", "unknown"),
    ],
)
def test_what_is_not_known_is_found_out(items, text, manner) -> None:
    growth = Growth()
    assert heard(growth, items) == text
    assert growth.manner == manner


@pytest.mark.parametrize("manner", ["unknown", "new", "whole"])
def test_the_first_item_never_waits(manner: Manner) -> None:
    assert Growth(manner).feed("To") == ["To"]


def test_an_engine_that_changes_its_manner_is_followed() -> None:
    growth = Growth("whole")
    assert heard(growth, ["To", " be", " or"]) == "To be or"
    assert growth.manner == "new"
