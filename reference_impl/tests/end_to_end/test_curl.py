"""The stream as `curl -N` shows it: each token when it comes, not when the next one does."""

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from orchqueue.kit import EngineScript, Gate, Process, RunningServer, ScriptedEngine

KEY = "key-of-the-terminal"


@pytest.fixture(scope="module")
def engine() -> Iterator[ScriptedEngine]:
    with ScriptedEngine(ms_per_token=0) as running:
        yield running


@pytest.fixture(scope="module")
def behind(engine: ScriptedEngine, launch_shared: Callable[..., RunningServer]) -> RunningServer:
    key = {"id": "k", "sha256": sha256(KEY.encode()).hexdigest(), "scopes": ["data"]}
    pool = {
        "id": "default",
        "engine": "llamacpp",
        "model": "tiny",
        "workers": [{"id": "w", "url": engine.url}],
    }
    return launch_shared({"keys": [key], "pools": [pool]})


@pytest.fixture
def curl(
    tmp_path: Path, program: Callable[[str], str], behind: RunningServer
) -> Iterator[Callable[..., Process]]:
    """Start curl on a task's stream."""
    started: list[Process] = []

    def run(task_id: str, *options: str) -> Process:
        url = f"{behind.url}/v1/tasks/{task_id}/stream"
        words = [program("curl"), "-sSN", url, "-H", f"X-API-Key: {KEY}", *options]
        started.append(Process(words, tmp_path / f"stderr-{len(started)}.txt"))
        return started[-1]

    yield run
    for process in started:
        process.stop()


def token(line: str) -> int | None:
    """Return the number of the token that a line of the stream carries."""
    data = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
    number = data.get("i")
    return number if isinstance(number, int) else None


@pytest.mark.parametrize("made", [1, 2, 7])
def test_a_token_is_shown_before_the_next_is_made(
    curl: Callable[..., Process],
    behind: RunningServer,
    engine: ScriptedEngine,
    task: Callable[..., dict[str, Any]],
    made: int,
) -> None:
    gate = Gate()
    engine.script(EngineScript(hold=gate, hold_after=made))
    one = task(max_tokens=8)
    assert behind.client(KEY).post("/v1/tasks", json=one).status == 202
    process = curl(one["task_id"])
    assert process.wait_for_line(lambda line: token(line) == made - 1, 60), process.lines
    assert engine.wait_for(lambda: engine.completions[-1].tokens_sent == made)
    assert [number for line in process.lines if (number := token(line)) is not None] == list(range(made))
    gate.release()
    assert process.wait(10) == 0
    assert [number for line in process.lines if (number := token(line)) is not None] == list(range(8))
    assert "event: end" in process.lines
    assert process.stderr_tail() == ""


def test_what_was_lost_is_asked_for_by_its_id(
    curl: Callable[..., Process], behind: RunningServer, task: Callable[..., dict[str, Any]]
) -> None:
    one = task(max_tokens=8)
    assert behind.client(KEY).post("/v1/tasks", json=one).status == 202
    whole = curl(one["task_id"])
    assert whole.wait(10) == 0
    ids = [line for line in whole.lines if line.startswith("id:")]
    assert ids == [f"id: {number}" for number in range(len(ids))]
    rest = curl(one["task_id"], "-H", "Last-Event-ID: 4")
    assert rest.wait(10) == 0
    assert rest.lines == whole.lines[whole.lines.index("id: 5") :]
    none_left = curl(one["task_id"], "-H", f"Last-Event-ID: {len(ids) - 1}", "-w", "%{http_code}")
    assert none_left.wait(10) == 0
    assert none_left.lines == ["204"]
