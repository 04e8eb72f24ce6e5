"""Canonical forms: what has one, and that a transcript put together from parts has the same as the whole."""

import json
from hashlib import sha256

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from orchestratord.core.artifacts import canonical, content_id, is_id
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.event_log import EventLog
from orchestratord.core.transcript import canonical_transcript

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
# From 2^53 to 10^21 the form of a float has no exponent, and reads as an integer that is none of JSON's.
FLOATS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda one: not 2**53 <= abs(one) < 1e21)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | FLOATS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
EVENTS = st.lists(
    st.tuples(st.just("token"), TEXTS)
    | st.tuples(st.sampled_from(["started", "metrics"]), st.dictionaries(TEXTS, VALUES, max_size=4)),
    max_size=8,
)


@pytest.mark.requirement("OC-CTRL-2065")
@given(VALUES)
def test_a_canonical_form_reads_as_what_it_is_of_and_is_its_own(value) -> None:
    form = canonical(value)
    read = json.loads(form)
    assert read == value
    assert canonical(read) == form


@given(VALUES | st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_a_canonical_form_is_that_of_the_library(value) -> None:
    """Also where the library is not asked."""
    assert canonical(value) == rfc8785.dumps(value)


def test_every_character_has_the_canonical_form_of_the_library() -> None:
    planes = [range(0xD800), range(0xE000, 0x110000)]
    for text in (
        "".join(map(chr, codes[at : at + 4096])) for codes in planes for at in range(0, len(codes), 4096)
    ):
        assert canonical(text) == rfc8785.dumps(text)


@pytest.mark.parametrize(
    "value", [-0.0, 1.0, -3.0, 0.1, 1e-4, 1e-5, 1e-7, 123456.789, 2.0**53 - 1, 2.0**53, 1e21, 5e-324]
)
def test_every_kind_of_number_has_the_canonical_form_of_the_library(value) -> None:
    assert canonical({"n": [value, -value]}) == rfc8785.dumps({"n": [value, -value]})


@pytest.mark.requirement("OC-CTRL-2065")
@pytest.mark.parametrize(
    "value",
    [
        2**53,
        -(2**53),
        float("nan"),
        float("inf"),
        "\ud800",
        {"\udfff": 1},
        {"a": ["\ud800"]},
        {1: 2},
        [object()],
    ],
)
def test_what_has_no_canonical_form_is_refused(value) -> None:
    with pytest.raises(OrchestratorError) as refused:
        canonical({"content": value})
    assert refused.value.details[0].pointer == "/content"


def test_an_id_is_the_digest_of_the_form() -> None:
    assert content_id(b"{}") == "sha256:" + sha256(b"{}").hexdigest()
    assert is_id(content_id(b"{}"))
    assert not any(map(is_id, ["", "sha256:", content_id(b"{}") + "\n", content_id(b"{}").upper()]))


@pytest.mark.requirement("OC-CTRL-2067")
@given(events=EVENTS, last=st.dictionaries(TEXTS, VALUES, max_size=4), trimmed=st.integers(0, 3))
def test_a_transcript_of_parts_is_that_of_the_whole(events, last, trimmed) -> None:
    log, expected, tokens = EventLog(10**9), [], 0
    for number, (name, data) in enumerate(events):
        if name == "token":
            encoded = b'{"t":%s,"i":%d}' % (msgspec.json.encode(data), tokens)
            tokens += 1
        else:
            encoded = msgspec.json.encode(data)
        log.append(name, encoded)
        expected.append({"id": number, "event": name, "data": json.loads(encoded)})
    trimmed = min(trimmed, len(events))
    made = canonical_transcript(log.kept()[trimmed:], trimmed, len(events), "end", last)
    whole = {"events": [*expected[trimmed:], {"id": len(events), "event": "end", "data": last}]}
    if trimmed:
        whole["missing"] = trimmed
    assert made == rfc8785.dumps(whole)
    assert json.loads(made) == whole


@pytest.mark.parametrize("escaped", [True, False])
def test_every_character_of_a_token_has_its_canonical_form(escaped) -> None:
    log = EventLog(10**9)
    text = "".join(map(chr, range(0x3000))) + "\ufffd\U0010ffff"
    if not escaped:
        text = "".join(one for one in text if one >= " " and one not in '"\\')
    log.append("token", b'{"t":%s,"i":0}' % msgspec.json.encode(text))
    whole = {
        "events": [
            {"id": 0, "event": "token", "data": {"t": text, "i": 0}},
            {"id": 1, "event": "end", "data": {}},
        ]
    }
    assert canonical_transcript(log.kept(), 0, 1, "end", {}) == rfc8785.dumps(whole)
