"""What is wrong with a body is told, and where; what is right becomes a task."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestratord.core.errors import OrchestratorError
from orchestratord.core.tasks import TaskSpec
from orchestratord.http.bodies import SHOWN_ITEMS, SHOWN_LENGTH, pointer, read_task
from orchestratord.http.context import RequestContext
from orchestratord.http.keys import Key
from orchestratord.http.operations import ServerOperations
from orchestratord.http.rendering import error_response
from orchqueue_contract import load
from orchqueue_contract.errors import ErrorCode
from orchqueue_contract.routes import Body, decode_create_task
from orchqueue_contract.schemas import validator

TASK = {
    "task_id": "AAAAAAAA-0000-4000-8000-000000000001",
    "session_id": "00000000-0000-4000-8000-000000000002",
    "workload": "completion",
    "model_ref": "tiny",
    "engine": "llamacpp",
    "ctx": 0,
    "priority": "interactive",
    "deadline_ms": 1000,
    "prompt": "hello",
    "max_tokens": 5,
}


def read(raw: bytes | str) -> TaskSpec:
    return read_task(Body(raw if isinstance(raw, bytes) else raw.encode(), decode_create_task))


def refusal(raw: bytes | str) -> list[str | None]:
    with pytest.raises(OrchestratorError) as refused:
        read(raw)
    assert refused.value.code is ErrorCode.INVALID_PARAMS
    assert all(detail.message for detail in refused.value.details)
    return [detail.pointer for detail in refused.value.details]


def test_a_task_is_read() -> None:
    spec = read(json.dumps(TASK))
    assert spec.task_id == TASK["task_id"].lower()
    assert (spec.prompt, spec.max_tokens, spec.seed, spec.max_queue_ms) == ("hello", 5, None, None)
    assert spec == read(json.dumps({**TASK, "task_id": TASK["task_id"].lower(), "max_tokens": 5.0}))
    assert spec != read(json.dumps({**TASK, "seed": 0}))


@pytest.mark.requirement("OC-CTRL-2013")
def test_a_default_that_is_told_changes_nothing() -> None:
    told = {"kv_hint": "reuse", "determinism": "best_effort"}
    assert read(json.dumps(TASK)) == read(json.dumps({**TASK, **told}))
    assert read(json.dumps(TASK)) != read(json.dumps({**TASK, **told, "determinism": "strict"}))


def test_the_other_workloads_are_read() -> None:
    rest = {name: value for name, value in TASK.items() if name not in ("prompt", "max_tokens")}
    embedding = read(json.dumps({**rest, "workload": "embedding", "inputs": ["a", "bc"]}))
    assert (embedding.workload, embedding.inputs, embedding.sequence_bytes()) == (
        "embedding",
        ("a", "bc"),
        [1, 2],
    )
    rerank = read(json.dumps({**rest, "workload": "rerank", "inputs": ["a"], "prompt": "q"}))
    assert (rerank.prompt, rerank.inputs) == ("q", ("a",))


@pytest.mark.requirement("OC-CTRL-2034")
@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"colour": "red"}, ["/colour"]),
        ({"a/b~c": 1}, ["/a~1b~0c"]),
        ({"n" * 129: 1}, [""]),
        ({"max_tokens": 0}, ["/max_tokens"]),
        ({"max_tokens": True}, ["/max_tokens"]),
        ({"max_tokens": 1.5}, ["/max_tokens"]),
        ({"max_tokens": "5"}, ["/max_tokens"]),
        ({"priority": "urgent"}, ["/priority"]),
        ({"task_id": "no"}, ["/task_id"]),
        ({"workload": "dream"}, ["/workload"]),
        ({"workload": ["completion"]}, ["/workload"]),
        ({"seed": None}, ["/seed"]),
        ({"seed": 2**32 - 1}, ["/seed"]),
        ({"deadline_ms": 2**53}, ["/deadline_ms"]),
        ({"deadline_ms": -(2**53)}, ["/deadline_ms"]),
        ({"deadline_ms": 10**400}, ["/deadline_ms"]),
        ({"ctx": -1, "model_ref": ""}, ["/ctx", "/model_ref"]),
    ],
)
def test_what_is_wrong_is_pointed_at(changes, pointers) -> None:
    found = refusal(json.dumps({**TASK, **changes}))
    assert sorted(set(found)) == pointers


def test_each_missing_field_is_named() -> None:
    rest = {name: value for name, value in TASK.items() if name not in ("prompt", "engine")}
    assert sorted(refusal(json.dumps(rest))) == ["/engine", "/prompt"]
    assert refusal(json.dumps({"task_id": TASK["task_id"]})) == ["/workload"]


@pytest.mark.requirement("OC-CTRL-2034")
@pytest.mark.parametrize(
    ("raw", "pointers"),
    [
        (b"", [""]),
        (b"{", [""]),
        (b"null", [""]),
        (b"[]", [""]),
        (b"3", [""]),
        (b"\xff\xfe", [""]),
        (b'{"prompt": "\xff"}', [""]),
        (json.dumps(TASK).encode() + b"x", [""]),
        (b"[" * 33 + b"]" * 33, [""]),
        (b"[" * 100_000, [""]),
        (b'{"ctx": NaN}', ["/ctx"]),
        (b'{"ctx": [1, -Infinity]}', ["/ctx/1"]),
        (b'{"ctx": 1e999}', ["/ctx"]),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', ["/b/c"]),
        (b'{"a": 1, "\\u0061": 2}', ["/a"]),
        (b'{"ctx": NaN, oops', [""]),
        (b'{"a": 1, "a": 2', [""]),
        (b"\xef\xbb\xbf{}", [""]),
        (json.dumps(TASK).encode("utf-16"), [""]),
        (json.dumps({**TASK, "prompt": "\ud800"}).encode(), ["/prompt"]),
        (b'{"a": ["x", "\\udc00\\ud800"], "b\\udfff": 1}', ["/a/1", "/b\ufffd"]),
    ],
)
def test_what_is_no_strict_json(raw, pointers) -> None:
    assert refusal(raw) == pointers


@pytest.mark.parametrize("raw", [b"\xef\xbb\xbf{}", json.dumps(TASK).encode("utf-16"), b'"\xed\xa0\x80"'])
def test_another_encoding_is_called_that(raw) -> None:
    with pytest.raises(OrchestratorError) as refused:
        read(raw)
    assert refused.value.message == "The body is not UTF-8 without a byte order mark."


NUMBERS = ",".join(["1.5e300"] * 130_000)


@pytest.mark.parametrize(
    "raw",
    [
        f"[{NUMBERS}]",
        json.dumps(TASK).replace('"hello"', f"[{NUMBERS}]"),
        json.dumps(TASK).replace('"hello"', f'{{"a": [{NUMBERS}]}}'),
        f'{{"workload": [{NUMBERS}]}}',
        "[" + "[]," * 340_000 + "1]",
    ],
)
def test_what_is_wrong_with_a_large_body_is_found_about_as_fast_as_it_is_read(raw) -> None:
    def took(call: Any) -> float:
        begun = time.process_time()
        call()
        return time.process_time() - begun

    reading = min(took(lambda: json.loads(raw, parse_float=float, object_pairs_hook=dict)) for _ in range(3))
    assert min(took(lambda: refusal(raw)) for _ in range(3)) < 8 * reading


def test_brackets_in_a_text_are_no_depth() -> None:
    assert read(json.dumps({**TASK, "prompt": '[{"' * 100})).prompt.startswith("[{")


def levels(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, dict | list) + max(map(levels, inner), default=0)


@pytest.mark.requirement("OC-CTRL-2034")
@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.text(alphabet='ab[]{}"\\\n'),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('{["\\', max_size=3), inner),
        max_leaves=6,
    ),
    st.integers(25, 33),
)
def test_the_levels_of_a_body_are_counted(inner, around) -> None:
    raw = "[" * around + json.dumps(inner) + "]" * around
    depth = around + levels(inner)
    told = refused_for(raw)
    assert ("deeper than" in told) == (depth > 32), (depth, told)


def refused_for(raw: str) -> str:
    with pytest.raises(OrchestratorError) as refused:
        read(raw)
    return refused.value.message


@pytest.mark.parametrize(("length", "beside"), [(1_000, False), (100_000, True)])
def test_a_long_body_does_not_hold_up_the_event_loop(length, beside) -> None:
    threads: list[int] = []

    def decode(raw: bytes) -> Any:
        threads.append(threading.get_ident())
        return decode_create_task(raw)

    class Refusing:
        async def submit(self, spec: TaskSpec, _submitter: object) -> None:
            raise OrchestratorError(ErrorCode.POOL_UNREADY, spec.prompt[:5])

    operations = ServerOperations(Refusing(), None, (), lambda _: {})
    key = Key("id", b"", "default", frozenset({"data"}))
    body = Body(json.dumps({**TASK, "prompt": "x" * length}).encode(), decode)
    with pytest.raises(OrchestratorError, match="xxxxx"):
        asyncio.run(operations.create_task(RequestContext("corr", key, ""), body))
    operations.close()
    assert [one != threading.get_ident() for one in threads] == [beside]


def test_nothing_of_the_body_is_quoted() -> None:
    with pytest.raises(OrchestratorError) as refused:
        read(json.dumps({**TASK, "prompt": "SECRET", "priority": "SECRET", "max_tokens": "SECRET"}))
    assert "SECRET" not in refused.value.message + str(refused.value.details)


@pytest.mark.parametrize(("word", "kept"), [("maxLength", SHOWN_LENGTH), ("maxItems", SHOWN_ITEMS)])
def test_what_is_cut_before_it_is_judged_is_too_long_all_the_same(word, kept) -> None:
    def bounds(part: Any) -> Iterator[int]:
        if isinstance(part, dict):
            if isinstance(part.get(word), int):
                yield part[word]
            for inner in part.values():
                yield from bounds(inner)

    assert max(bounds(load("openapi")["components"]["schemas"])) < kept


def test_pointers() -> None:
    assert pointer([]) == ""
    assert pointer(["a/b", 0, "~"]) == "/a~1b/0/~0"


def test_a_body_that_is_wrong_everywhere_is_not_looked_at_everywhere(monkeypatch) -> None:
    looked: list[Any] = []
    whole = validator("openapi", "/components/schemas/TaskRequest")

    class Counting:
        def iter_errors(self, instance: Any) -> Iterator[Any]:
            for problem in whole.iter_errors(instance):
                looked.append(problem)
                yield problem

    monkeypatch.setattr("orchqueue_contract.schemas.validator", lambda *_: Counting())
    rest = {name: value for name, value in TASK.items() if name not in ("prompt", "max_tokens")}
    assert len(refusal(json.dumps({**rest, "workload": "embedding", "inputs": [1] * 5000}))) == 16
    assert len(looked) < 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
SPLICES = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 6), st.binary(max_size=4)), max_size=3)


@given(st.dictionaries(st.sampled_from(sorted(TASK)) | st.text(max_size=9), JSON, max_size=4), SPLICES)
@settings(max_examples=300, deadline=None)
def test_whatever_is_sent_is_a_task_or_is_told_what_is_wrong(changes, splices) -> None:
    raw = json.dumps({**TASK, **changes}).encode()
    for at, length, new in splices:
        raw = raw[:at] + new + raw[at + length :]
    try:
        read(raw)
    except OrchestratorError as refused:
        status, _, body = error_response("createTask", refused, "corr").render()
    else:
        return
    assert (status, json.loads(body)["code"]) == (400, "INVALID_PARAMS")
