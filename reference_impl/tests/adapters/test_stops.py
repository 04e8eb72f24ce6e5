"""Stop texts are cut, wherever the items begin and end."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestratord.adapters.stops import StopCutter


@given(st.text(alphabet="abS", max_size=12), st.lists(st.integers(0, 12), max_size=6), st.booleans())
def test_any_cut_gives_what_stands_before_the_first_stop(text, cuts, two) -> None:
    stop = ("aS", "bb") if two else ("aS",)
    cutter = StopCutter(stop)
    edges = sorted({0, *(cut for cut in cuts if cut <= len(text)), len(text)})
    parts = [text[a:b] for a, b in pairwise(edges)]
    shown = "".join(cutter.feed(part) for part in parts) + cutter.rest()
    found = [at for one in stop if (at := text.find(one)) >= 0]
    assert shown == (text[: min(found)] if found else text)
    assert cutter.stopped is bool(found)


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        (["a", "ST", "OP", "b"], ["a", "", "", ""]),
        (["a", "ST", "b"], ["a", "", "STb"]),
        (["no"], ["no"]),
    ],
)
def test_only_what_may_become_a_stop_waits(texts, shown) -> None:
    cutter = StopCutter(("STOP",))
    assert [cutter.feed(text) for text in texts] == shown


def test_without_stop_texts_nothing_waits() -> None:
    cutter = StopCutter(())
    assert cutter.feed("abc") == "abc"
    assert cutter.rest() == ""
