"""Scripted engines in processes of their own, as a server runs them."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orchqueue.kit import Client, EngineScript, ManagedEngine, Process, ScriptedEngine, free_port
from orchqueue.kit.engine.ending import Ending
from orchqueue.kit.engine.plan import engine_from_file
from orchqueue.kit.engine.process import ProcessScript
from orchqueue.kit.errors import NotTestable, ScriptError, TransportError

PATIENCE_S = 60.0
ASK = {"prompt": "hello", "n_predict": 4, "stream": True}
Run = Callable[[ManagedEngine], tuple[Process, str]]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    started: list[Process] = []

    def start(engine: ManagedEngine) -> tuple[Process, str]:
        port = free_port()
        command = [word.replace("{port}", str(port)) for word in engine.command]
        process = Process(command, tmp_path / f"{port}.txt", env={"CUDA_VISIBLE_DEVICES": "1,0"})
        started.append(process)
        return process, f"http://127.0.0.1:{port}"

    yield start
    for process in started:
        process.kill()


def wait_up(engine: ManagedEngine) -> None:
    assert engine.wait_for(lambda: bool(engine.of("ready")), PATIENCE_S)


def ask_until_it_is_gone(client: Client) -> None:
    while True:
        client.get("/health")


def test_it_writes_down_what_happens_to_it(run: Run, tmp_path: Path) -> None:
    engine = ManagedEngine(tmp_path, "one", {"model": "one"})
    before_ms = time.time() * 1000
    process, url = run(engine)
    after_ms = time.time() * 1000
    wait_up(engine)
    assert Client(url).post("/completion", json=ASK).status == 200
    assert engine.wait_for(lambda: bool(engine.of("served")), PATIENCE_S)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
    assert [entry["event"] for entry in engine.record] == [
        "start",
        "ready",
        "request",
        "served",
        "signal",
        "end",
    ]
    start = engine.of("start")[0]
    assert start["environment"] == {"CUDA_VISIBLE_DEVICES": "1,0"}
    assert "PATH" in start["variables"]
    assert start["ms"] == pytest.approx(time.time() * 1000, abs=60_000)
    assert before_ms - 30 <= start["born_ms"] <= after_ms  # clocks tick; it writes much later
    assert engine.of("request")[0]["prompt"] == "hello"
    engine.reset()
    assert engine.record == []


@pytest.mark.parametrize(
    ("ending", "code"), [({"status": 3}, 3), ({"signal": "KILL"}, -9), ({"signal": "SEGV"}, -11)]
)
def test_it_ends_at_its_start(run: Run, tmp_path: Path, ending: dict[str, Any], code: int) -> None:
    engine = ManagedEngine(tmp_path, "one", {"process": {"ends": {"words": ["CUDA error"], **ending}}})
    process, _ = run(engine)
    assert process.wait(PATIENCE_S) == code
    assert process.lines == ["CUDA error"]
    assert engine.of("ready") == []


def test_it_ends_in_the_middle_of_a_stream_and_only_for_the_prompt_that_says_so(
    run: Run, tmp_path: Path
) -> None:
    rule = {"prompt": "dies", "ends": {"after": 2, "words": ["out of memory"]}}
    engine = ManagedEngine(tmp_path, "one", {"rules": [rule]})
    process, url = run(engine)
    wait_up(engine)
    client = Client(url)
    assert client.post("/completion", json=ASK).text.count('"stop":false') >= 3
    stream = client.stream("/completion", method="POST", json={**ASK, "prompt": "he who dies"})
    stream.next_event(PATIENCE_S)
    stream.next_event(PATIENCE_S)
    assert process.wait(PATIENCE_S) == 1
    assert process.lines[-1] == "out of memory"


def test_it_ends_after_so_many_requests(run: Run, tmp_path: Path) -> None:
    engine = ManagedEngine(tmp_path, "one", {"process": {"ends": {"after": 2, "status": 7}}})
    process, url = run(engine)
    wait_up(engine)
    for _ in range(2):
        Client(url).post("/completion", json=ASK)
    assert process.wait(PATIENCE_S) == 7


def test_each_start_may_be_another_and_the_last_holds_for_the_rest(run: Run, tmp_path: Path) -> None:
    starts = [{"ends": {"status": 1}}, {"ends": {"status": 2}}, {}]
    engine = ManagedEngine(tmp_path, "one", {"process": {"starts": starts}})
    assert [run(engine)[0].wait(PATIENCE_S) for _ in range(2)] == [1, 2]
    run(engine)
    wait_up(engine)
    assert len(engine.of("start")) == 3


def test_it_loads_and_stays_loading(run: Run, tmp_path: Path) -> None:
    engine = ManagedEngine(tmp_path, "one", {"process": {"load_ms": 200}})
    _, url = run(engine)
    wait_up(engine)
    assert engine.of("ready")[0]["ms"] - engine.of("start")[0]["ms"] >= 200
    assert Client(url).get("/health").status == 200
    engine.reset()
    engine.rewrite(process={"stays_loading": True, "words": ["loading"]})
    process, url = run(engine)
    assert process.wait_for_line(lambda line: line == url, PATIENCE_S)
    assert Client(url).get("/health").status == 503
    assert process.lines[0] == "loading"


def test_it_floods_and_echoes(run: Run, tmp_path: Path) -> None:
    engine = ManagedEngine(tmp_path, "one", {"process": {"floods": 1_000, "echoes": True}})
    process, url = run(engine)
    wait_up(engine)
    assert process.wait_for_line(lambda line: line.startswith("line 999 "), PATIENCE_S)
    Client(url).post("/completion", json=ASK)
    assert process.wait_for_line(lambda line: "prompt: 'hello'" in line, PATIENCE_S)


def test_it_ignores_sigterm_and_leaves_a_descendant(run: Run, tmp_path: Path) -> None:
    engine = ManagedEngine(tmp_path, "one", {"process": {"ignores_sigterm": True, "forks": True}})
    process, url = run(engine)
    wait_up(engine)
    process.send_signal(signal.SIGTERM)
    assert engine.wait_for(lambda: bool(engine.of("signal")), PATIENCE_S)
    assert Client(url).get("/health").status == 200
    child = engine.of("fork")[0]["child"]
    process.kill()
    os.kill(child, signal.SIGKILL)


def test_a_gate_is_a_file(run: Run, tmp_path: Path) -> None:
    engine = ManagedEngine(tmp_path, "one", {"default": {"hold": "{gate}", "hold_after": 1}})
    _, url = run(engine)
    wait_up(engine)
    stream = Client(url).stream("/completion", method="POST", json=ASK)
    assert stream.next_event(PATIENCE_S).data
    assert engine.of("served") == []
    engine.go_on()
    assert engine.wait_for(lambda: bool(engine.of("served")), PATIENCE_S)
    engine.reset()
    assert not engine.gate.exists()


def test_an_engine_in_a_thread_goes_away_and_can_come_back() -> None:
    with ScriptedEngine(default=EngineScript(ends=Ending(after=1))) as engine:
        client = Client(engine.url)
        stream = client.stream("/completion", method="POST", json=ASK)
        stream.next_event(PATIENCE_S)
        with pytest.raises(TransportError):
            ask_until_it_is_gone(client)
        engine.stop()
        engine.start()
        assert client.get("/health").status == 200


def test_what_does_not_come_is_not_testable(tmp_path: Path) -> None:
    engine = ManagedEngine(tmp_path, "one")
    with pytest.raises(NotTestable, match="it was to start; the engine one has written down nothing"):
        engine.require(lambda: bool(engine.of("start")), "it was to start", 0.02)


@pytest.mark.parametrize(
    ("process", "message"),
    [
        (3, "process is 3"),
        ({"loads": 1}, "unknown field 'loads'"),
        ({"floods": "many"}, "process.floods is 'many'"),
        ({"forks": 1}, "process.forks is 1"),
        ({"starts": [{}]}, "process.starts needs process.record"),
        ({"starts": 1, "record": "x"}, "process.starts is 1"),
        ({"ends": {"after": -1}}, "counts from 0"),
        ({"ends": {"status": 256}}, "within 0 to 255"),
        ({"ends": {"signal": "DEATH"}}, "no signal"),
        ({"ends": {"when": 1}}, "unknown field 'when' in ends"),
        ({"ends": {"words": "x"}}, "ends.words is 'x'"),
        ({"ends": 1}, "process.ends is 1"),
    ],
)
def test_processes_that_are_wrong(process: Any, message: str) -> None:
    with pytest.raises(ScriptError, match=message):
        ProcessScript.from_mapping(process)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules: [{tokens: 1}]", "has no prompt"),
        ("rules: [{prompt: 1}]", "a prompt is 1"),
        ("default: {ends: 1}", "ends is 1"),
        ("process: {ends: {after: x}}", "ends.after is 'x'"),
    ],
)
def test_files_that_are_wrong(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "script.yaml").write_text(text)
    with pytest.raises(ScriptError, match=message):
        engine_from_file(tmp_path / "script.yaml")


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    engine = ManagedEngine(tmp_path, "one", {"slots": "two"})
    command = [word.replace("{port}", "0") for word in engine.command]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "slots is 'two'" in done.stderr) == (2, True)
