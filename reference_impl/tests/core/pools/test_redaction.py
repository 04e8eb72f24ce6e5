"""Which lines of a worker are shown: none that has anything of what clients have sent."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestratord.core.pools.redaction import KEPT_MS, MOST_CHARACTERS, RUN, Redaction, plain

PROMPT = 'The recipe of my grandmother:\n- two eggs\n- her "secret" spice, which is çörek otu'

WORDS = st.characters(exclude_categories=["Cs"], exclude_characters="\\")


@pytest.fixture
def redaction() -> Redaction:
    one = Redaction(["hf_token_value"])
    one.give(1, [PROMPT], 0)
    return one


@pytest.mark.requirement("OC-CTRL-2041")
@pytest.mark.requirement("OC-ADAPT-5084")
@pytest.mark.parametrize(
    "line",
    [
        f"Received request cmpl-1: prompt: {PROMPT!r}, params: SamplingParams(n=1)",
        f"body: {json.dumps({'prompt': PROMPT})}",
        f"body: {json.dumps({'prompt': PROMPT}, ensure_ascii=False)[:40]}",
        f"body: {json.dumps(', which is çörek otu')}",
        f"body: {'ich is çörek otu'.encode()!r}",
        f"body: {'ich is çörek otu'!a}",
        "which is \\u{e7}\\u{f6}rek \\U0000006ftu",
        "prompt='THE RECIPE OF MY GRAND...'",
        "- two eggs",
        "  two eggs  ",
        "prompt_token_ids: [1, 450, 9522, 412, 310, 590, 4595, 29885]",
        "loaded with HF_TOKEN=hf_token_value",
    ],
)
def test_what_a_client_sent_is_not_shown(redaction: Redaction, line: str) -> None:
    assert not redaction.shows(line, 1)


@pytest.mark.parametrize(
    "line",
    [
        "CUDA error: an illegal memory access was encountered",
        "INFO: 127.0.0.1:50432 - POST /v1/completions HTTP/1.1 200 OK",
        "slot 0: prompt eval time = 12.25 ms / 7 tokens (1.75 ms per token, 571.43 tokens per second)",
        "",
    ],
)
def test_what_the_engine_says_of_itself_is_shown(redaction: Redaction, line: str) -> None:
    assert redaction.shows(line, 1)


def test_a_text_is_guarded_as_long_as_the_worker_may_write_of_it(redaction: Redaction) -> None:
    redaction.over(1, 1_000)
    assert not redaction.shows("two eggs", 1_000 + KEPT_MS - 1)
    assert redaction.shows("two eggs", 1_000 + KEPT_MS)


def test_before_anything_was_sent_only_secrets_are_not_shown() -> None:
    one = Redaction(["abcdef", "x"])
    assert one.shows("1, 2, 3, 4, 5, 6, 7, 8, 9 x", 0)
    assert not one.shows("the key is abcdef", 0)


def test_what_is_too_much_to_be_looked_through_shows_nothing() -> None:
    one = Redaction()
    one.give(1, ["y" * (MOST_CHARACTERS + 1)], 0)
    assert not one.shows("ready", 1)
    one.over(1, 10)
    assert not one.shows("ready", 10 + KEPT_MS - 1)
    assert one.shows("ready", 10 + KEPT_MS)


def test_a_line_that_takes_too_long_to_be_looked_through_is_not_shown() -> None:
    one = Redaction()
    one.give(1, ["y" * MOST_CHARACTERS], 0)
    assert one.shows("ready", 1)
    assert not one.shows("z" * 100, 1)


@given(text=st.text(WORDS, min_size=1), before=st.text(), after=st.text())
def test_no_line_with_the_whole_of_a_text_is_shown(text: str, before: str, after: str) -> None:
    one = Redaction()
    one.give(1, [text], 0)
    for written in (text, repr(text), ascii(text), json.dumps(text), repr(text.encode("utf-8", "replace"))):
        assert not plain(text) or not one.shows(f"{before} {written} {after}", 1), written


@given(
    text=st.text("abc ", min_size=RUN, max_size=60),
    before=st.text("xyz", max_size=20),
    after=st.text("xyz", max_size=20),
    data=st.data(),
)
def test_a_long_enough_piece_is_found_wherever_it_stands(
    text: str, before: str, after: str, data: st.DataObject
) -> None:
    told = plain(text)
    one = Redaction()
    one.give(1, [text], 0)
    start = data.draw(st.integers(0, max(0, len(told) - RUN)))
    piece = told[start : start + RUN]
    assert one.shows(before + piece + after, 1) is (len(piece) < min(RUN, len(told)) or not piece)
