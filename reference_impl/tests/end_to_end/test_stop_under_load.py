"""SIGTERM amid all that a server can be doing: nothing that was accepted is lost, to readers or on disk."""

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
import rfc8785

from orchqueue.kit import EngineScript, RunningServer, ScriptedEngine, SseReader, TransportError
from orchqueue_bdd.waiting import eventually

SLOTS = 4
LONG, SHORT = 2_000, 40
WAITING = 24
READERS = 2
SUBMITTERS = 3
TERMINAL = ("end", "error")
PATIENCE_S = 60.0


@pytest.fixture
def engines() -> Iterator[dict[str, ScriptedEngine]]:
    with (
        ScriptedEngine(slots=SLOTS, ms_per_token=10.0) as completions,
        ScriptedEngine(slots=2, default=EngineScript(prompt_ms=300.0)) as embeddings,
    ):
        yield {"text": completions, "vectors": embeddings}


@pytest.fixture
def config(engines, tmp_path) -> dict[str, Any]:
    key = {"id": "k", "sha256": sha256(b"k").hexdigest(), "scopes": ["data", "control"]}
    pools = [
        {"id": name, "model": name, "engine": "llamacpp", "workers": [{"id": f"{name}-0", "url": engine.url}]}
        for name, engine in engines.items()
    ]
    return {
        "keys": [key],
        "server": {"grace_ms": 1500, "limits": {"unread_bytes": 65_536}},
        "artifacts": {"store": "filesystem", "root": str(tmp_path / "artifacts")},
        "pools": pools,
    }


@dataclass
class Accepted:
    """A task that the server has accepted, and what each of its readers has got."""

    body: dict[str, Any]
    readings: "list[Future[list[Any]]]" = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/v1/tasks/{self.body['task_id']}/stream"


class Load:
    """Clients of one server, each in a thread of its own."""

    def __init__(self, server: RunningServer, make_task: Any, threads: ThreadPoolExecutor) -> None:
        self.client = server.client("k", timeout_s=PATIENCE_S)
        self._make_task, self._threads = make_task, threads
        self.accepted: list[Accepted] = []
        self.refused: list[str] = []
        self.stop_reading = Event()

    def submit(self, **changes: Any) -> Accepted | None:
        """Submit a task; None when it was refused. Raises TransportError when nobody answers."""
        body = self._make_task(session_id=str(uuid4()), **changes)
        if changes.get("workload") == "embedding":
            del body["prompt"], body["max_tokens"]
        answer = self.client.post("/v1/tasks", json=body)
        if answer.status != 202:
            self.refused.append(answer.json()["code"])
            return None
        one = Accepted(body)
        self.accepted.append(one)
        return one

    def follow(self, one: Accepted, read: Any = None) -> None:
        """Have someone read the stream of a task to its end."""
        one.readings.append(self._threads.submit(read or self._quick, one))

    def slowly(self, one: Accepted) -> list[Any]:
        """Begin to read with a small window, and go on when the server is already stopping."""
        head = f"GET {one.path} HTTP/1.1\r\nHost: x\r\nX-API-Key: k\r\n\r\n"
        with self.client.raw(window_bytes=4096) as connection:
            connection.send(head.encode())
            connection.receive(lambda data: b"event: started" in data)
            self.stop_reading.wait(PATIENCE_S)
            answer = connection.receive(lambda data: data.endswith(b"\r\n0\r\n\r\n")).begun()
        assert answer.complete, "the answer to a slow reader has no end"
        return parsed(answer.body)

    def keep_submitting(self) -> None:
        """Submit and follow, one task after the other, until the server takes none any more."""
        while True:
            try:
                one = self.submit(model_ref="text", max_tokens=SHORT)
            except TransportError:
                return
            if one is None:
                if "POOL_UNAVAILABLE" in self.refused:
                    return
                continue
            one.readings.append(Future())
            one.readings[-1].set_result(self._quick(one))

    def _quick(self, one: Accepted) -> list[Any]:
        answer = self.client.get(one.path)
        assert answer.status == 200, answer.text
        return parsed(answer.body)


def parsed(body: bytes) -> list[Any]:
    reader = SseReader()
    reader.feed(body, 0.0)
    assert not reader.findings
    return [(int(event.id or -1), event.event, json.loads(event.data)) for event in reader.events]


@pytest.mark.requirement("OC-CTRL-2070")
def test_nothing_that_was_accepted_is_lost(launch, config, engines, task) -> None:
    server = launch(config)
    with ThreadPoolExecutor(128) as threads:
        load = Load(server, task, threads)
        begin(load, engines)
        submitters = [threads.submit(load.keep_submitting) for _ in range(SUBMITTERS)]
        os.kill(server.pid, signal.SIGTERM)
        server.wait_for_log(lambda line: line["event"] == "server.draining")
        load.stop_reading.set()
        for submitter in submitters:
            submitter.result(PATIENCE_S)
        courses = [told_alike(one) for one in load.accepted]
    assert server.process.wait(PATIENCE_S) == 0
    assert set(load.refused) == {"POOL_UNAVAILABLE"}
    each_kind_of_end_was_seen(courses)
    logged_once(server, load)
    on_the_disk(Path(config["artifacts"]["root"]), courses)
    with launch(config).client("k") as client:
        for events in courses:
            found = client.get(f"/v1/artifacts/{named(events)}") if named(events) else None
            assert found is None or found.json()["content"]["events"][-1]["id"] == events[-1][0]


def begin(load: Load, engines: dict[str, ScriptedEngine]) -> None:
    """Fill the slots with tasks that will end in time and tasks that will not, and the queues behind them."""
    for number in range(SLOTS):
        one = load.submit(model_ref="text", max_tokens=SHORT if number % 2 else LONG)
        assert one is not None
        for _ in range(READERS):
            load.follow(one)
        load.follow(one, load.slowly)
    for number in range(WAITING):
        one = load.submit(model_ref="text", priority="batch" if number % 2 else "interactive")
        assert one is not None
        load.follow(one)
    for _ in range(6):
        vectors = {"workload": "embedding", "model_ref": "vectors", "inputs": ["a", "b"]}
        one = load.submit(**vectors)
        assert one is not None
        load.follow(one)
    engines["text"].require(lambda: engines["text"].slots_busy == SLOTS, "the slots are not full")
    engines["vectors"].require(lambda: engines["vectors"].slots_busy == 2, "nothing is embedded")


def told_alike(one: Accepted) -> list[Any]:
    """What the readers of a task were told, which is the same, whole and ended once."""
    told = [reading.result(PATIENCE_S) for reading in one.readings]
    assert told, f"nobody has read {one.body}"
    events = told[0]
    assert all(other == events for other in told), f"the readers of {one.body} differ"
    assert [number for number, _, _ in events] == list(range(len(events)))
    assert [name for _, name, _ in events if name in TERMINAL] == [events[-1][1]]
    return events


def each_kind_of_end_was_seen(courses: list[list[Any]]) -> None:
    """Some were done, some were cut off, and some had never begun."""
    ran = [events for events in courses if events[0][1] == "started"]
    done = [events for events in ran if events[-1][1] == "end"]
    assert len(done) >= 2
    assert any("artifact" in events[-1][2] for events in done)
    assert {events[-1][2]["code"] for events in courses if events[-1][1] == "error"} == {"POOL_UNAVAILABLE"}
    assert len(ran) > len(done)
    assert len(courses) > len(ran)


def logged_once(server: RunningServer, load: Load) -> None:
    ends = ("task.finished", "task.canceled", "task.failed")
    ended = [line["task_id"] for line in server.logs() if line["event"] in ends]
    assert sorted(ended) == sorted(one.body["task_id"] for one in load.accepted)
    assert not [line for line in server.logs() if line["level"] == "error"]


def named(events: list[Any]) -> str | None:
    return events[-1][2].get("transcript")


def on_the_disk(root: Path, courses: list[list[Any]]) -> None:
    """Every transcript and result that a stream names is there whole, and nothing half written."""
    assert not list((root / "arriving").iterdir())
    files = {f"sha256:{path.name}" for path in root.glob("*/*/*") if path.is_file()}
    for events in courses:
        if events[0][1] != "started":
            assert named(events) is None
            continue
        last = {name: value for name, value in events[-1][2].items() if name != "transcript"}
        kept = [*events[:-1], (*events[-1][:2], last)]
        content = {"events": [{"id": number, "event": name, "data": data} for number, name, data in kept]}
        assert named(events) == "sha256:" + sha256(rfc8785.dumps(content)).hexdigest()
        assert named(events) in files
        assert last.get("artifact") in {None, *files}


@pytest.mark.requirement("OC-CTRL-2070")
@pytest.mark.requirement("OC-CTRL-2075")
def test_what_is_being_stored_as_the_server_stops_is_stored_or_was_never_answered(launch, config) -> None:
    server = launch(config)
    answers: list[Any] = []

    def keep_storing(number: int) -> None:
        with server.client("k") as client:
            for count in range(10_000):
                content = {"by": number, "count": count, "text": "x" * 100_000}
                try:
                    answers.append(client.post("/v1/artifacts", json={"kind": "plan", "content": content}))
                except TransportError:
                    return

    with ThreadPoolExecutor(6) as threads:
        storing = [threads.submit(keep_storing, number) for number in range(6)]
        assert eventually(lambda: len(answers), lambda count: count >= 6, PATIENCE_S) >= 6
        os.kill(server.pid, signal.SIGTERM)
        for one in storing:
            one.result(PATIENCE_S)
    assert server.process.wait(PATIENCE_S) == 0
    assert {answer.status for answer in answers} == {201}
    root = Path(config["artifacts"]["root"])
    files = {f"sha256:{path.name}" for path in root.glob("*/*/*") if path.is_file()}
    assert {answer.json()["id"] for answer in answers} <= files
    assert not list((root / "arriving").iterdir())
    assert not [line for line in server.logs() if line["level"] == "error"]
