"""`orchqueue task` in a pipe: what it writes where, its exit codes, advice and losses."""

import asyncio
import io
import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from orchqueue.client import AsyncClient
from orchqueue.kit import EngineScript, RunningServer, ScriptedEngine
from orchqueue.task import commands, words
from orchqueue.task.commands import task

STARTED = (
    b'id: 0\nevent: started\ndata: {"queue_position":0,"predicted_start_ms":0,"job_id":"j","engine":"vllm",'
    b'"engine_version":"1","pool_id":"p","replica_id":"r"}\n\n'
)
TOKENS = [
    b'id: 1\nevent: token\ndata: {"t":"one ","i":0}\n\n',
    b'id: 2\nevent: token\ndata: {"t":"two","i":1}\n\n',
]
END = b'id: 3\nevent: end\ndata: {"tokens_out":2,"decode_ms":4,"finish_reason":"stop"}\n\n'
ERROR = (
    b'id: 3\nevent: error\ndata: {"code":"WORKER_RESET","message":"The worker was lost.","retriable":true,'
    b'"correlation_id":"c"}\n\n'
)
ID = "6f9e0f0e-9a2f-4a9d-8f55-3a51f1a0c001"
BOTH = ["--model", "any", "--engine", "llamacpp"]
Run = Callable[..., tuple[int, bytes, str]]


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run the command in this process; return its exit code, standard output and standard error."""

    def running(url: str, *arguments: str, key: str = "key") -> tuple[int, bytes, str]:
        with pytest.raises(SystemExit) as ended:
            task.main([*arguments, "--url", url, "--api-key", key], "orchqueue task")
        out, err = capfdbinary.readouterr()
        return int(ended.value.code or 0), out, err.decode()

    return running


def answer(status: str, body: bytes) -> bytes:
    return (
        b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
        % (status.encode(), len(body), body)
    )


def stream(*parts: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + b"".join(parts)


ADMITTED = answer(
    "202 Accepted",
    b'{"task_id":"%s","job_id":"j","queue_position":2,"predicted_start_ms":1500,"backoff_ms":0}'
    % ID.encode(),
)
BUSY = answer(
    "429 Too Many Requests",
    b'{"code":"ADMISSION_REJECT","message":"The queue is full.","retriable":true,"retry_after_ms":40,'
    b'"policy_label":"reject","correlation_id":"c"}',
)


@pytest.mark.requirement("OC-CLIENT-8510")
def test_standard_output_is_the_text(server: RunningServer, run: Run) -> None:
    code, out, err = run(server.url, "hello", "--max-tokens", "5", "--seed", "7", "--task-id", ID)

    async def text() -> str:
        async with AsyncClient(server.url, "key") as client, client.stream(ID) as again:
            return await again.text()

    assert code == 0
    assert out.decode() == asyncio.run(text())
    labels = [line.split()[0] for line in err.splitlines()]
    assert labels == ["task", "session", "queue", "started", "end", "budgets"]
    assert "at --max-tokens: 5 tokens, the first after" in err
    assert "49,993 tokens" in err


@pytest.mark.requirement("OC-CLIENT-8510")
def test_one_object_of_json(server: RunningServer, run: Run) -> None:
    code, out, _ = run(server.url, "hello", "--max-tokens", "5", "--json", "--session", ID)
    told = json.loads(out)
    assert code == 0
    assert (told["outcome"], told["tokens_out"], told["finish_reason"]) == ("end", 5, "length")
    assert (told["session_id"], told["error"], told["cancel_outcome"]) == (ID, None, None)
    assert told["started"]["pool_id"] == "default"
    assert len(told["text"].split()) == 5
    assert told["budgets"]["tokens"] == 49_993


def test_the_prompt_from_standard_input(
    server: RunningServer, run: Run, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("é\n".encode())))
    engine.script(EngineScript(tokens=["a", "\x1b[2J", "é"]))
    code, out, _ = run(server.url, "-", "--model", "tiny", "--engine", "llamacpp")
    assert (code, out.decode()) == (0, "a\x1b[2Jé")
    assert engine.completions[-1].json["prompt"] == "é\n"


def test_engine_and_model_are_what_the_server_has(server: RunningServer, run: Run) -> None:
    assert (
        "on drained/drained-0 (vllm" in run(server.url, "hello", "--engine", "vllm", "--max-tokens", "2")[2]
    )
    code, _, err = run(server.url, "hello", key="data")
    assert code == 1
    assert "advice   name them with --model and --engine" in err


@pytest.mark.requirement("OC-CLIENT-8511")
@pytest.mark.parametrize(
    ("writes", "code", "out", "told"),
    [
        ([ADMITTED, stream(STARTED, *TOKENS, END)], 0, b"one two", ["by itself: 2 tokens", "2 before it"]),
        ([ADMITTED, stream(STARTED, *TOKENS, ERROR)], 1, b"one two", ["error    WORKER_RESET: The", "again"]),
        ([answer("404 Not Found", b"{}")], 2, b"", ["is no ErrorEnvelope"]),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"], 2, b"", ["is this an OrchQueue server?"]),
        ([b"", b"", b""], 2, b"", ["was lost", "look whether the server runs"]),
    ],
    ids=["end", "error", "no envelope", "no contract", "no answer"],
)  # fmt: skip
def test_exit_codes(
    byte_server: Any, run: Run, writes: list[bytes], code: int, out: bytes, told: list[str]
) -> None:
    for write in writes:
        byte_server.say(write)
    ended, written, err = run(byte_server.url, "hello", *BOTH)
    assert (ended, written) == (code, out)
    assert all(part in err for part in told), err


@pytest.mark.requirement("OC-CLIENT-8511")
def test_exit_codes_of_refusals(server: RunningServer, run: Run) -> None:
    code, out, err = run(server.url, "hello", "--max-tokens", "1000000", "--json")
    assert (code, json.loads(out)["outcome"], json.loads(out)["error"]["code"]) == (
        1,
        "refused",
        "INVALID_PARAMS",
    )
    assert "at       /max_tokens: " in err
    code, out, err = run(server.url, "hello", "--json", key="wrong")
    assert (code, json.loads(out)["outcome"]) == (2, "refused")
    assert "advice   give a key of this server by ORCHQUEUE_API_KEY or --api-key" in err


@pytest.mark.requirement("OC-CLIENT-8511")
def test_where_nothing_listens(byte_server: Any, run: Run) -> None:
    byte_server.close()
    code, out, err = run(byte_server.url, "hello", "--json")
    assert (code, json.loads(out)["outcome"]) == (2, "unknown")
    assert "Connection refused" in err
    assert "advice   look whether the server runs, and what --url names" in err


@pytest.mark.requirement("OC-CLIENT-8511")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--max-tokens", "0"], "max_tokens cannot be 0"),
        (["--session", "mine"], "session_id cannot be 'mine'"),
        (["--seed", "-1"], "seed cannot be -1"),
        (["--url", "localhost"], "is no URL of a server"),
    ],
)
def test_options_that_make_no_sense(run: Run, arguments: list[str], told: str) -> None:
    with pytest.raises(SystemExit) as ended:
        task.main(["hello", *arguments], "orchqueue task")
    assert ended.value.code == 2


@pytest.mark.requirement("OC-CLIENT-8513")
def test_advice_is_shown(byte_server: Any, run: Run) -> None:
    byte_server.say(BUSY)
    code, out, err = run(byte_server.url, "hello", *BOTH)
    assert (code, out) == (1, b"")
    assert "refused  ADMISSION_REJECT: The queue is full." in err
    assert "advice   come back in 40 ms; --wait does" in err


@pytest.mark.requirement("OC-CLIENT-8513")
def test_advice_is_obeyed(byte_server: Any, run: Run) -> None:
    for write in (BUSY, BUSY, ADMITTED, stream(STARTED, *TOKENS, END)):
        byte_server.say(write)
    began = time.monotonic()
    code, out, err = run(byte_server.url, "hello", "--wait", *BOTH)
    assert (code, out) == (0, b"one two")
    assert time.monotonic() - began >= 0.08
    assert err.count("busy     ADMISSION_REJECT; sent again in 40 ms") == 2
    sent = [request.partition(b"\r\n\r\n")[2] for request in byte_server.received[:3]]
    assert sent[0] == sent[1] == sent[2]


def test_a_loss_is_told_and_mended(byte_server: Any, run: Run) -> None:
    for write in (ADMITTED, stream(STARTED, TOKENS[0]), stream(TOKENS[1], END)):
        byte_server.say(write)
    code, out, err = run(byte_server.url, "hello", *BOTH)
    assert (code, out) == (0, b"one two")
    assert "lost     the stream ended before the task did; again in 0 ms" in err


@pytest.mark.requirement("OC-CLIENT-8511")
def test_a_loss_that_lasts(byte_server: Any, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "AsyncClient", partial(AsyncClient, patience_s=0.0))
    for write in (ADMITTED, stream(STARTED, TOKENS[0])):
        byte_server.say(write)
    byte_server.say(linger=True)
    code, out, err = run(byte_server.url, "hello", "--json", "--task-id", ID, "--session", ID, *BOTH)
    told = json.loads(out)
    assert (code, told["outcome"], told["text"]) == (2, "unknown", "one ")
    assert f"repeat the command with --task-id {ID} --session {ID}" in err.replace("\n", " ")


@pytest.mark.parametrize(
    ("ms", "text"), [(0.4, "0 ms"), (999, "999 ms"), (1500, "1.5 s"), (3_600_000, "3,600.0 s")]
)
def test_durations(ms: float, text: str) -> None:
    assert words.seconds(ms) == text
