"""Engines that the server runs on devices: what they are shown, and what becomes of them when a device fails.

The devices are told by a library that speaks NVML's C interface.
"""

import json
import os
import subprocess
import sys

import pytest

from orchqueue.kit import ManagedEngine
from orchqueue.kit.devices import FakeGpu, FakeNvml

KEY = "key-of-devices"
GIB = 1024**3
QUICK = {"initial_ms": 50, "max_ms": 400, "breaker_restarts": 100}


def is_last(event) -> bool:
    return event.event in ("end", "error")


def pool(workers, **more):
    return {
        "id": "own",
        "engine": "llamacpp",
        "model": "one",
        "mode": "managed",
        "workers": workers,
        "heartbeat": {"interval_ms": 20, "stale_after_ms": 1_000},
        "restart": QUICK,
        **more,
    }


@pytest.fixture
def nvml(tmp_path):
    gpus = [FakeGpu("GPU-a", 24 * GIB, ecc_errors=0), FakeGpu("GPU-b", 8 * GIB, ecc_errors=0)]
    return FakeNvml(tmp_path / "nvml", gpus)


@pytest.fixture
def run(launch, nvml):
    def start(*pools, await_ready=True):
        env = {"ORCHESTRATORD_API_KEY": KEY, **nvml.environment}
        server = launch({"pools": list(pools)}, env=env, await_ready=await_ready)
        return server, server.client(KEY)

    return start


def wait_for(server, event):
    return server.wait_for_log(lambda line: line["event"] == event, 30)


@pytest.mark.requirement("OC-POOL-3020")
@pytest.mark.requirement("ORCH-1101")
def test_each_worker_sees_its_devices_and_no_other(run, tmp_path) -> None:
    engines = [ManagedEngine(tmp_path, name, {"model": "one"}) for name in ("a", "b")]
    workers = [
        {"id": "a", "command": engines[0].command, "devices": [1], "tensor_split": [1.0]},
        {"id": "b", "command": engines[1].command},
    ]
    run(pool(workers, devices=[0, 1], tensor_split=[0.75, 0.25]))
    # A pool is ready as soon as one of its workers is.
    assert all(engine.wait_for(lambda engine=engine: engine.of("start"), 30) for engine in engines)
    shown = [engine.of("start")[0]["environment"] for engine in engines]
    assert [one["CUDA_VISIBLE_DEVICES"] for one in shown] == ["1", "0,1"]
    assert {one["CUDA_DEVICE_ORDER"] for one in shown} == {"PCI_BUS_ID"}


@pytest.mark.requirement("OC-POOL-3021")
def test_an_engine_is_told_its_split(run, tmp_path) -> None:
    said = tmp_path / "said"
    code = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"
    command = [sys.executable, "-c", code, str(said), "{tensor_split}", "{port}"]
    worker = {"id": "a", "command": command, "devices": [0, 1], "tensor_split": [0.75, 0.25]}
    server, _ = run(pool([worker]), await_ready=False)
    wait_for(server, "worker.ended")
    assert said.read_text() == "0.75,0.25"


@pytest.mark.requirement("OC-POOL-3012")
@pytest.mark.requirement("ORCH-3018")
def test_nothing_is_started_before_its_devices_are_there(run, nvml, task, tmp_path) -> None:
    nvml.change(1, lost=True)
    engine = ManagedEngine(tmp_path, "a", {"model": "one"})
    server, client = run(pool([{"id": "a", "command": engine.command, "devices": [1]}]), await_ready=False)
    refused = client.post("/v1/tasks", json=task(model_ref="one"))
    assert (refused.status, refused.json()["code"]) == (503, "POOL_UNAVAILABLE")
    assert 400 <= refused.json()["retry_after_ms"] <= 480
    assert client.get("/v1/pools/own/health").json()["last_error"] == "device 1 is not there"
    assert engine.record == []
    nvml.change(1, lost=False)
    server.wait_ready(["own"], 30)
    assert client.post("/v1/tasks", json=task(model_ref="one")).status == 202


@pytest.mark.requirement("OC-POOL-3010")
@pytest.mark.requirement("ORCH-3053")
@pytest.mark.parametrize(("change", "reason"), [({"ecc_errors": 1}, "ecc"), ({"lost": True}, "reset")])
def test_a_device_that_fails_ends_its_worker_and_costs_a_token_that_was_sent(
    run, nvml, task, tmp_path, change, reason
) -> None:
    engine = ManagedEngine(tmp_path, "a", {"model": "one", "ms_per_token": 20, "slots": 1})
    server, client = run(pool([{"id": "a", "command": engine.command, "devices": [0]}]))
    running, waiting = task(model_ref="one", max_tokens=4_000), task(model_ref="one", max_tokens=2)
    for one in (running, waiting):
        assert client.post("/v1/tasks", json=one).status == 202
    stream = client.stream(f"/v1/tasks/{running['task_id']}/stream")
    stream.read_event("token")
    nvml.change(0, **change)
    last = stream.read_until(is_last)
    assert (last.event, last.json()["code"]) == ("error", "WORKER_RESET")
    wait_for(server, "worker.ended")
    if "lost" in change:
        nvml.change(0, lost=False)
    assert client.stream(f"/v1/tasks/{waiting['task_id']}/stream").read_until(is_last).event == "end"
    events = [line for line in server.logs() if line["event"] == "pool.driver-error"]
    assert [(line["reason"], line["seen_by"]) for line in events] == [(reason, "device 0")]


@pytest.mark.requirement("ORCH-3018")
def test_an_engine_that_goes_on_without_its_devices_is_ended(run, tmp_path) -> None:
    words = ["ggml_cuda_init: failed to initialize CUDA: no CUDA-capable device is detected"]
    script = {"model": "one", "process": {"load_ms": 600_000, "starts": [{"words": words}, {"load_ms": 0.0}]}}
    engine = ManagedEngine(tmp_path, "a", script)
    server, _ = run(pool([{"id": "a", "command": engine.command, "devices": [0]}]), await_ready=False)
    server.wait_ready(["own"], 30)
    assert [entry["name"] for entry in engine.of("signal")] == ["SIGTERM"]
    (ended,) = [line for line in server.logs() if line["event"] == "worker.restarted"]
    assert ended["reason"] == "it reported a driver error"


@pytest.mark.requirement("OC-POOL-3010")
def test_words_of_a_client_about_a_driver_error_end_nothing(run, task, tmp_path) -> None:
    engine = ManagedEngine(tmp_path, "a", {"model": "one", "process": {"echoes": True}})
    server, client = run(pool([{"id": "a", "command": engine.command, "devices": [0]}]))
    one = task(model_ref="one", prompt="CUDA error: what is that? Xid 79")
    assert client.post("/v1/tasks", json=one).status == 202
    assert client.stream(f"/v1/tasks/{one['task_id']}/stream").read_until(is_last).event == "end"
    assert not [line for line in server.logs() if line["event"] == "worker.restarted"]
    assert engine.of("signal") == []


@pytest.mark.requirement("OC-POOL-3023")
def test_a_claim_beyond_the_device_is_refused_before_anything_starts(nvml, tmp_path) -> None:
    worker = {"id": "a", "command": [sys.executable, "{port}"], "devices": [1]}
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"pools": [pool([worker], memory_bytes=9 * GIB)]}))
    done = subprocess.run(
        [sys.executable, "-m", "orchestratord", "check", str(path)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | dict(nvml.environment),
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: /pools/0/memory_bytes: worker a of pool own needs ")
