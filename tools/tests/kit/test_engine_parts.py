"""The scripted engine's pure parts: what it says, what it refuses, and its script."""

import asyncio
import itertools
from typing import Any

import pytest

from orchqueue.kit import EngineScript, Gate, ScriptError
from orchqueue.kit.engine.ask import Ask
from orchqueue.kit.engine.facts import Facts, Totals
from orchqueue.kit.engine.formats.llamacpp import LlamaCpp
from orchqueue.kit.engine.slots import Slots
from orchqueue.kit.engine.text import Emitter, drawn_tokens, prompt_tokens, token_id
from orchqueue.kit.engine.wire import RefusedError

CHARACTER = "你".encode()


def read(body: bytes, ctx: int = 64) -> Ask:
    facts, wire = Facts("tiny", "b1", ctx, 1, 0, 0, [], Totals()), LlamaCpp()
    ask = wire.read("completion", "/completion", body, facts)
    refused = wire.check(ask, facts)
    if refused is not None:
        raise refused
    return ask


@pytest.mark.parametrize(
    ("stop", "pieces", "texts", "stopped"),
    [
        ((), ["a", "b"], ["a", "b"], None),
        ((), [CHARACTER[:1], CHARACTER[1:2], CHARACTER[2:], "x"], [None, None, "你", "x"], None),
        ((), [b"a" + CHARACTER[:1], CHARACTER[1:]], [None, "a你"], None),
        ((), [b"\xff", "x"], ["\ufffd", "x"], None),
        ((), [""], [""], None),
        (("zo",), ["po", " zo"], ["po", " "], "zo"),
        (("zobi",), ["po", " zo", "bi", "no"], ["po", "", " "], "zobi"),
        (("bi)XX",), ["po", " zo", "bi", ")"], ["po", " zo", "", ""], None),
        (("bix",), ["b", "o"], ["", "bo"], None),
        (("",), ["a"], ["a"], None),
        (("b", "ab"), ["ab"], [""], "ab"),
    ],
)
def test_what_events_show(
    stop: tuple[str, ...], pieces: list[Any], texts: list[str | None], stopped: str | None
) -> None:
    emitter = Emitter(stop)
    shown = []
    for piece in pieces:
        shown.append(emitter.push(piece))
        if emitter.stopped is not None:
            break
    assert (shown, emitter.stopped) == (texts, stopped)


def test_bytes_that_never_become_a_character() -> None:
    emitter = Emitter()
    assert emitter.push(CHARACTER[:2]) is None
    assert emitter.finish() == "\ufffd"


def test_drawn_tokens_depend_on_every_part() -> None:
    def first(*parts: object) -> list[Any]:
        return list(itertools.islice(drawn_tokens(*parts), 20))

    assert first("m", "p", 1) == first("m", "p", 1)
    assert (
        len({tuple(first(*parts)) for parts in [("m", "p", 1), ("n", "p", 1), ("m", "q", 1), ("m", "p", 2)]})
        == 4
    )


def test_prompt_tokens_are_the_prompt() -> None:
    for text in ["", "hello", "a  b\n c", "你好 wörld", "x" * 50]:
        assert "".join(prompt_tokens(text)) == text
    assert len(prompt_tokens("hello hello")) == 4
    assert token_id("a") == token_id(b"a") != token_id("b")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{bad", "parse_error"),
        (b"\xff", "parse_error"),
        (b"[]", "array"),
        (b"{}", "'prompt' not found"),
        (b'{"prompt": 5}', '"prompt" elements'),
        (b'{"prompt": []}', '"prompt" elements'),
        (b'{"prompt": ["a", "b"]}', '"prompt" elements'),
        (b'{"prompt": "x", "n_predict": "a"}', "'n_predict'.*number.*string"),
        (b'{"prompt": "x", "stream": "yes"}', "'stream'.*boolean"),
        (b'{"prompt": "x", "temperature": true}', "'temperature'.*number.*boolean"),
    ],
)
def test_bodies_that_are_refused(body: bytes, message: str) -> None:
    with pytest.raises(RefusedError, match=message) as refused:
        read(body)
    assert refused.value.status == 400
    assert refused.value.body["error"]["type"] == "invalid_request_error"


def test_defaults_and_values_of_a_body() -> None:
    plain = read(b'{"prompt": "hello", "seed": null, "unknown": 1}')
    assert (plain.seed, plain.max_tokens, plain.limit, plain.stream, plain.prompt_tokens) == (
        None,
        None,
        61,
        False,
        3,
    )
    full = read(b'{"prompt": [1, 2], "seed": -1, "n_predict": 7.0, "stop": ["a", 1]}')
    assert (full.prompt_tokens, full.seed, full.max_tokens, full.limit, full.stop) == (2, None, 7, 7, ("a",))


def test_the_context_has_to_leave_room_for_a_token() -> None:
    read(b'{"prompt": "hello"}', ctx=4)
    with pytest.raises(RefusedError) as refused:
        read(b'{"prompt": "hello"}', ctx=3)
    error = refused.value.body["error"]
    assert (error["type"], error["n_prompt_tokens"], error["n_ctx"]) == ("exceed_context_size_error", 3, 3)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"tokns": 3}, "unknown field 'tokns'"),
        ({"hold": 1}, "unknown field 'hold'"),
        ({"cut_after": -1}, "cut_after is -1"),
        ({"write_size": 0}, "write_size is 0"),
        ({"line_end": "x"}, "line_end"),
        ({"tokens": [{"hex": "zz"}]}, "hex"),
        ({"tokens": [1]}, "a token is 1"),
        ({"tokens": "abc"}, "tokens"),
        ({"stall_after": "two"}, "stall_after"),
        ({"override": 3}, "override"),
    ],
)
def test_scripts_that_are_wrong(data: dict[str, Any], message: str) -> None:
    with pytest.raises(ScriptError, match=message):
        EngineScript.from_mapping(data)


def test_a_script_from_a_file() -> None:
    script = EngineScript.from_mapping(
        {"tokens": ["a", {"hex": "e4bd"}], "omit": ["timings"], "cut_after": 1}
    )
    assert (script.tokens, script.omit, script.cut_after) == (("a", b"\xe4\xbd"), ("timings",), 1)


def test_slots_are_given_in_order_and_a_cancelled_wait_takes_none() -> None:
    async def scenario() -> list[int]:
        slots, got = Slots(1), []
        first = await slots.take()
        waits = [asyncio.ensure_future(slots.take()) for _ in range(3)]
        await asyncio.sleep(0)
        assert (slots.busy, slots.waiting) == (1, 3)
        waits[0].cancel()
        slots.give(first)
        waits[1].cancel()  # in the same moment in which it was handed the slot
        await asyncio.gather(*waits[:2], return_exceptions=True)
        got.append(await waits[2])
        slots.give(got[0])
        assert (slots.busy, slots.waiting) == (0, 0)
        return got

    assert asyncio.run(scenario()) == [0]


def test_a_gate_lets_all_through_also_later() -> None:
    async def scenario() -> None:
        gate = Gate()
        waits = [asyncio.ensure_future(gate.wait()) for _ in range(2)]
        await asyncio.sleep(0)
        waits[0].cancel()
        gate.release()
        await waits[1]
        await gate.wait()
        assert gate.released

    asyncio.run(scenario())
