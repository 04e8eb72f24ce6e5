"""Engines that the server runs itself: real processes that serve, crash, hang, and are replaced.

All pools are of one server, since a server takes long to start; each test has its own.
"""

import os
import select
import signal
import sys
from pathlib import Path

import pytest

from orchqueue.kit.tinymodel import tiny_model

KEY = "key-of-managed-workers"
FAST = {"initial_ms": 20, "max_ms": 40, "breaker_restarts": 3}
REAL = [sys.executable, "-m", "orchqueue.kit.realengine", "--model", "{model_path}", "--port", "{port}"]
REASONS = {
    "CUDA error: out of memory": "the GPU's memory",
    "std::bad_alloc": "the host's memory",
    "CUDA error: uncorrectable ECC error encountered": "an ECC error",
}


def is_last(event) -> bool:
    return event.event in ("end", "error")


def kinds(stream) -> list[str]:
    return [event.event for event in stream.events]


def pool(name, command, **more):
    return {
        "id": name,
        "engine": "llamacpp",
        "model": name,
        "mode": "managed",
        "workers": [{"id": name, "command": command}],
        "heartbeat": {"interval_ms": 20, "stale_after_ms": 1_000},
        "restart": FAST,
        **more,
    }


def scripted(folder, name, **script):
    """A pool with a scripted engine."""
    path = folder / f"{name}.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in {"model": name, **script}.items()))
    command = [sys.executable, "-m", "orchqueue", "engine", "--script", "{model_path}", "--port", "{port}"]
    missing = {"missing": str(folder / "missing.yaml")}
    return pool(name, command, model_path=str(path), model_paths={"another": str(path), **missing})


def dying(name, words):
    """A pool whose engine says something and ends."""
    return pool(name, [sys.executable, "-S", "-c", f"import sys; print({words!r}); sys.exit(1)  # {{port}}"])


@pytest.fixture(scope="module")
def server(launch_shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("managed")
    serving = [
        pool("real", [*REAL, "--slots", "1", "--ctx", "2048"], model_path=str(tiny_model(folder))),
        scripted(folder, "reloaded", ms_per_token=2, slots=2),
        scripted(folder, "steady"),
        scripted(folder, "drained", ms_per_token=2, slots=1),
        scripted(folder, "overdue", ms_per_token=20, slots=1),
    ]
    others = [dying(f"dying-{number}", words) for number, words in enumerate(REASONS)]
    config = {"pools": [*serving, *others]}
    server = launch_shared(config, env={"ORCHESTRATORD_API_KEY": KEY}, await_ready=False)
    server.wait_ready([one["id"] for one in serving], 60)
    yield server
    assert server.stop() == 0
    for line in of_worker(server, "worker.started"):
        wait_gone(line["pid"])


@pytest.fixture
def client(server):
    return server.client(KEY)


def of_worker(server, event, name=None):
    lines = [line for line in server.logs() if line["event"] == event]
    return [line for line in lines if name in (None, line["replica_id"])]


def wait_for(server, event, name):
    return server.wait_for_log(lambda line: line["event"] == event and line["replica_id"] == name, 30)


def wait_gone(pid):
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended, _, _ = select.select([watched], [], [], 30)
    os.close(watched)
    assert ended, f"process {pid} is still there"


@pytest.mark.requirement("OC-POOL-3032")
def test_a_real_engine_that_is_killed_in_mid_stream_is_told_and_replaced(server, client, task) -> None:
    one = task(model_ref="real", max_tokens=1_500)
    client.post("/v1/tasks", json=one)
    stream = client.stream(f"/v1/tasks/{one['task_id']}/stream")
    stream.read_event("token")
    guard = of_worker(server, "worker.started", "real")[0]["pid"]
    children = Path(f"/proc/{guard}/task/{guard}/children").read_text()
    os.kill(int(children.split()[0]), signal.SIGKILL)
    last = stream.read_until(is_last)
    assert (last.event, last.json()["code"]) == ("error", "WORKER_RESET")
    wait_for(server, "worker.restarted", "real")
    server.wait_ready(["real"], 60)
    again = task(model_ref="real", max_tokens=5)
    assert client.post("/v1/tasks", json=again).status == 202
    assert client.stream(f"/v1/tasks/{again['task_id']}/stream").read_until(is_last).event == "end"


@pytest.mark.requirement("OC-POOL-3008")
def test_a_reload_switches_and_cuts_no_stream(server, client, task) -> None:
    one = task(model_ref="reloaded", max_tokens=400)
    client.post("/v1/tasks", json=one)
    stream = client.stream(f"/v1/tasks/{one['task_id']}/stream")
    stream.read_event("token")
    reload = client.post("/v1/pools/reloaded/reload", json={"new_model_ref": "another"})
    assert reload.status == 200
    other = task(model_ref="another", max_tokens=3)
    assert client.post("/v1/tasks", json=other).status == 202
    assert client.stream(f"/v1/tasks/{other['task_id']}/stream").read_until(is_last).event == "end"
    assert stream.read_until(is_last).event == "end"
    assert kinds(stream).count("token") == 400
    assert client.post("/v1/tasks", json=task(model_ref="reloaded")).status == 400
    assert wait_for(server, "worker.ended", "reloaded")["reason"] == "ended with status 0"


@pytest.mark.requirement("OC-POOL-3008")
def test_a_reload_that_fails_leaves_the_old_worker(client, task) -> None:
    answer = client.post("/v1/pools/steady/reload", json={"new_model_ref": "missing"})
    assert (answer.status, answer.json()["code"]) == (409, "RELOAD_ROLLED_BACK")
    assert "worker steady" in answer.json()["message"]
    unknown = client.post("/v1/pools/steady/reload", json={"new_model_ref": "unknown"})
    assert (unknown.status, unknown.json()["details"][0]["pointer"]) == (400, "/new_model_ref")
    health = client.get("/v1/pools/steady/health").json()
    assert (health["ready"], health["state"]) == (True, "ready")
    one = task(model_ref="steady")
    assert client.post("/v1/tasks", json=one).status == 202
    assert client.stream(f"/v1/tasks/{one['task_id']}/stream").read_until(is_last).event == "end"


@pytest.mark.requirement("OC-POOL-3006")
def test_a_drain_lets_what_runs_finish_and_a_reload_ends_it(client, task) -> None:
    running, waiting = task(model_ref="drained", max_tokens=100), task(model_ref="drained", max_tokens=3)
    for one in (running, waiting):
        assert client.post("/v1/tasks", json=one).status == 202
    stream = client.stream(f"/v1/tasks/{running['task_id']}/stream")
    stream.read_event("token")
    assert client.post("/v1/pools/drained/drain", json={"deadline_ms": 600_000}).status == 202
    again = client.post("/v1/pools/drained/drain", json={"deadline_ms": 1})
    assert (again.status, again.json()["code"]) == (409, "OPERATION_IN_PROGRESS")
    refused = client.post("/v1/tasks", json=task(model_ref="drained"))
    assert (refused.status, refused.json()["code"]) == (503, "POOL_UNREADY")
    assert stream.read_until(is_last).event == "end"
    assert client.get("/v1/pools/drained/health").json()["draining"] is True
    reload = {"new_model_ref": "drained"}
    assert client.post("/v1/pools/drained/reload", json=reload).status == 200
    assert client.stream(f"/v1/tasks/{waiting['task_id']}/stream").read_until(is_last).event == "end"
    health = client.get("/v1/pools/drained/health").json()
    assert (health["ready"], health["draining"], health["metrics"]["active_leases"]) == (True, False, 0)


@pytest.mark.requirement("OC-POOL-3006")
def test_the_deadline_of_a_drain_ends_what_is_left(server, client, task) -> None:
    running, waiting = task(model_ref="overdue", max_tokens=4_000), task(model_ref="overdue", max_tokens=3)
    for one in (running, waiting):
        assert client.post("/v1/tasks", json=one).status == 202
    client.stream(f"/v1/tasks/{running['task_id']}/stream").read_event("token")
    assert client.post("/v1/pools/overdue/drain", json={"deadline_ms": 50}).status == 202
    codes = [
        client.stream(f"/v1/tasks/{one['task_id']}/stream").read_until(is_last).json()["code"]
        for one in (running, waiting)
    ]
    assert codes == ["WORKER_RESET", "POOL_UNAVAILABLE"]
    wait_for(server, "worker.ended", "overdue")
    assert client.get("/v1/pools/overdue/health").json()["state"] == "stopped"


@pytest.mark.requirement("ORCH-3039")
@pytest.mark.parametrize("number", range(len(REASONS)))
def test_a_worker_that_cannot_load_says_why(server, client, number) -> None:
    name = f"dying-{number}"
    wait_for(server, "worker.restarted", name)
    health = client.get(f"/v1/pools/{name}/health").json()
    assert not health["ready"]
    assert list(REASONS.values())[number] in health["last_error"]
