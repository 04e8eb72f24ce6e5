"""Engines that the server runs itself: real processes that serve, crash, hang, and are replaced."""

import os
import select
import signal
import sys
from pathlib import Path

import pytest

from orchqueue.kit.tinymodel import tiny_model

KEY = "key-of-managed-workers"
FAST = {"initial_ms": 20, "max_ms": 40, "breaker_restarts": 100}


def is_last(event) -> bool:
    return event.event in ("end", "error")


def kinds(stream) -> list[str]:
    return [event.event for event in stream.events]


def pool(command, **more):
    return {
        "id": "own",
        "engine": "llamacpp",
        "model": "one",
        "mode": "managed",
        "workers": [{"id": "w0", "command": command}],
        "heartbeat": {"interval_ms": 20, "stale_after_ms": 1_000},
        "restart": FAST,
        **more,
    }


def scripted(script, tmp_path, name="script"):
    """The command of a scripted engine."""
    path = tmp_path / f"{name}.yaml"
    path.write_text(script)
    return [sys.executable, "-m", "orchqueue", "engine", "--script", str(path), "--port", "{port}"]


@pytest.fixture
def run(launch, monkeypatch):
    def start(*pools):
        server = launch({"pools": list(pools)}, env={"ORCHESTRATORD_API_KEY": KEY})
        return server, server.client(KEY)

    return start


def of_worker(server, event):
    return [line for line in server.logs() if line["event"] == event]


def wait_gone(pid):
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended, _, _ = select.select([watched], [], [], 30)
    os.close(watched)
    assert ended, f"process {pid} is still there"


@pytest.mark.requirement("OC-POOL-3040")
def test_a_worker_is_run_and_serves_and_ends_with_the_server(run, task, tmp_path) -> None:
    server, client = run(pool(scripted("model: one\n", tmp_path)))
    one = task(model_ref="one")
    assert client.post("/v1/tasks", json=one).status == 202
    stream = client.stream(f"/v1/tasks/{one['task_id']}/stream")
    assert stream.read_until(is_last).event == "end"
    guard = of_worker(server, "worker.started")[0]["pid"]
    assert server.stop() == 0
    wait_gone(guard)
    assert [line["reason"] for line in of_worker(server, "worker.ended")] == ["ended with status 0"]


@pytest.mark.requirement("OC-POOL-3032")
def test_a_real_engine_that_is_killed_in_mid_stream_is_told_and_replaced(run, task, tmp_path) -> None:
    model = tiny_model(tmp_path)
    command = [sys.executable, "-m", "orchqueue.kit.realengine", "--model", "{model_path}"]
    command += ["--port", "{port}", "--slots", "1", "--ctx", "2048"]
    server, client = run(pool(command, model_path=str(model)))
    one = task(model_ref="one", max_tokens=1_500)
    client.post("/v1/tasks", json=one)
    stream = client.stream(f"/v1/tasks/{one['task_id']}/stream")
    stream.read_event("token")
    guard = of_worker(server, "worker.started")[0]["pid"]
    children = Path(f"/proc/{guard}/task/{guard}/children").read_text()
    os.kill(int(children.split()[0]), signal.SIGKILL)
    last = stream.read_until(is_last)
    assert (last.event, last.json()["code"]) == ("error", "WORKER_RESET")
    server.wait_for_log(lambda line: line["event"] == "worker.restarted", 30)
    server.wait_ready(["own"], 60)
    again = task(model_ref="one", max_tokens=5)
    assert client.post("/v1/tasks", json=again).status == 202
    assert client.stream(f"/v1/tasks/{again['task_id']}/stream").read_until(is_last).event == "end"


@pytest.mark.requirement("OC-POOL-3008")
def test_a_reload_switches_and_cuts_no_stream(run, task, tmp_path) -> None:
    script = "model: one\nms_per_token: 2\nslots: 2\n"
    server, client = run(pool(scripted(script, tmp_path)))
    one = task(model_ref="one", max_tokens=400)
    client.post("/v1/tasks", json=one)
    stream = client.stream(f"/v1/tasks/{one['task_id']}/stream")
    stream.read_event("token")
    reload = client.post("/v1/pools/own/reload", json={"new_model_ref": "two"})
    assert reload.status == 200
    other = task(model_ref="two", max_tokens=3)
    assert client.post("/v1/tasks", json=other).status == 202
    assert client.stream(f"/v1/tasks/{other['task_id']}/stream").read_until(is_last).event == "end"
    assert stream.read_until(is_last).event == "end"
    assert kinds(stream).count("token") == 400
    assert client.post("/v1/tasks", json=task(model_ref="one")).status == 400
    server.wait_for_log(lambda line: line["event"] == "worker.ended", 30)


@pytest.mark.requirement("OC-POOL-3008")
def test_a_reload_that_fails_leaves_the_old_worker(run, task, tmp_path) -> None:
    good = tmp_path / "one.yaml"
    good.write_text("model: one\n")
    command = [sys.executable, "-m", "orchqueue", "engine", "--script", "{model_path}", "--port", "{port}"]
    missing = str(tmp_path / "two.yaml")
    _, client = run(pool(command, model_path=str(good), model_paths={"two": missing}))
    answer = client.post("/v1/pools/own/reload", json={"new_model_ref": "two"})
    assert (answer.status, answer.json()["code"]) == (409, "RELOAD_ROLLED_BACK")
    assert "w0" in answer.json()["message"]
    unknown = client.post("/v1/pools/own/reload", json={"new_model_ref": "three"})
    assert (unknown.status, unknown.json()["details"][0]["pointer"]) == (400, "/new_model_ref")
    health = client.get("/v1/pools/own/health").json()
    assert (health["ready"], health["state"]) == (True, "ready")
    one = task(model_ref="one")
    assert client.post("/v1/tasks", json=one).status == 202


@pytest.mark.requirement("OC-POOL-3006")
def test_a_drain_lets_what_runs_finish_and_a_reload_ends_it(run, task, tmp_path) -> None:
    _, client = run(pool(scripted("model: one\nms_per_token: 2\nslots: 1\n", tmp_path)))
    running, waiting = task(model_ref="one", max_tokens=100), task(model_ref="one", max_tokens=3)
    for one in (running, waiting):
        assert client.post("/v1/tasks", json=one).status == 202
    stream = client.stream(f"/v1/tasks/{running['task_id']}/stream")
    stream.read_event("token")
    assert client.post("/v1/pools/own/drain", json={"deadline_ms": 600_000}).status == 202
    again = client.post("/v1/pools/own/drain", json={"deadline_ms": 1})
    assert (again.status, again.json()["code"]) == (409, "OPERATION_IN_PROGRESS")
    refused = client.post("/v1/tasks", json=task(model_ref="one"))
    assert (refused.status, refused.json()["code"]) == (503, "POOL_UNREADY")
    assert stream.read_until(is_last).event == "end"
    assert client.get("/v1/pools/own/health").json()["draining"] is True
    assert client.post("/v1/pools/own/reload", json={"new_model_ref": "one"}).status == 200
    assert client.stream(f"/v1/tasks/{waiting['task_id']}/stream").read_until(is_last).event == "end"
    health = client.get("/v1/pools/own/health").json()
    assert (health["ready"], health["draining"], health["metrics"]["active_leases"]) == (True, False, 0)


@pytest.mark.requirement("OC-POOL-3006")
def test_the_deadline_of_a_drain_ends_what_is_left(run, task, tmp_path) -> None:
    server, client = run(pool(scripted("model: one\nms_per_token: 20\nslots: 1\n", tmp_path)))
    running, waiting = task(model_ref="one", max_tokens=4_000), task(model_ref="one", max_tokens=3)
    for one in (running, waiting):
        assert client.post("/v1/tasks", json=one).status == 202
    client.stream(f"/v1/tasks/{running['task_id']}/stream").read_event("token")
    assert client.post("/v1/pools/own/drain", json={"deadline_ms": 50}).status == 202
    codes = [
        client.stream(f"/v1/tasks/{one['task_id']}/stream").read_until(is_last).json()["code"]
        for one in (running, waiting)
    ]
    assert codes == ["WORKER_RESET", "POOL_UNAVAILABLE"]
    server.wait_for_log(lambda line: line["event"] == "worker.ended", 30)
    assert client.get("/v1/pools/own/health").json()["state"] == "stopped"


@pytest.mark.requirement("ORCH-3039")
@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("CUDA error: out of memory", "the GPU's memory"),
        ("std::bad_alloc", "the host's memory"),
        ("CUDA error: uncorrectable ECC error encountered", "an ECC error"),
    ],
)
def test_a_worker_that_cannot_load_says_why(launch, words, reason) -> None:
    script = f"import sys; print({words!r}); sys.exit(1)  # {{port}}"
    server = launch(
        {"pools": [pool([sys.executable, "-c", script])]},
        env={"ORCHESTRATORD_API_KEY": KEY},
        await_ready=False,
    )
    server.wait_for_log(lambda line: line["event"] == "worker.restarted", 30)
    health = server.client(KEY).get("/v1/pools/own/health").json()
    assert not health["ready"]
    assert reason in health["last_error"]
