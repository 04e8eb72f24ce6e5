"""One run: a server, its clients and its troubles, and what is judged when they are over."""

import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

from orchchaos.clients import KEY, Crowd, courses
from orchchaos.troubles import Troubles
from orchqueue.kit import ManagedEngine, ReferenceTarget, RunningServer, Scrape, read_metrics
from orchqueue.kit.devices import FakeGpu, FakeNvml
from orchqueue.kit.tinymodel import tiny_model

CLIENTS = 8
GIVEN_UP = ("ADMISSION_REJECT", "QUEUE_FULL_DROP_LRU")
QUIET_S = 30.0
GPUS, MEMORY_BYTES = 3, 8 * 10**9
DEVICES = {"swift": (0, 1), "narrow": (1, 2)}  # of each scripted worker; llama.cpp does without
RESET_WORDS = "CUDA error: the launch timed out and was terminated"
ECC_WORDS = "CUDA error: uncorrectable ECC error encountered"


class Broken(AssertionError):  # noqa: N818 - what is wrong is the server
    """Something does not hold. The message has the command that makes the same troubles again."""


def run(seed: int, seconds: float, folder: Path, *, real: bool) -> str:
    """Have chaos for so long, with a real llama.cpp among the workers or not; one line of what was.

    Raises Broken.
    """
    pools = [_scripted(folder, "swift"), _scripted(folder, "narrow"), *([_real(folder)] if real else [])]
    names = [str(pool["id"]) for pool in pools]
    nvml = FakeNvml(folder / "nvml", [FakeGpu(f"GPU-{n}", MEMORY_BYTES, ecc_errors=0) for n in range(GPUS)])
    config = {"pools": pools, "streams": {"retain_ms": 3_600_000}}
    env = {"ORCHESTRATORD_API_KEY": KEY, **nvml.environment}
    server = ReferenceTarget(folder).launch(config, "chaos", env=env)
    try:
        server.wait_ready(names, 60)
        crowd = Crowd(server, names)
        troubles = Troubles(server, names, nvml, Random(f"{seed} troubles"), crowd.over)
        _let_happen(seed, seconds, crowd, troubles)
        told = _judge(server, crowd)
        resets = _judge_workers(server, troubles.done)
        _stop(server)
        ends = f"{len(crowd.accepted)} tasks: {_listed(told)}; {crowd.refused.total()} refusals"
        return f"{ends}; {_listed(troubles.done)}; driver errors: {_listed(resets)}"
    except Exception as error:
        replay = f"python reference_impl/tests/chaos/run.py --seed {seed} --seconds {seconds:g}"
        raise Broken(f"{error}\nreplay: {replay}{' --real' if real else ''}") from error
    finally:
        if server.alive:
            server.kill()


def _stop(server: RunningServer) -> None:
    if (status := server.stop(30)) != 0:
        raise Broken(f"the server ended with status {status}")


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{what} {count}" for what, count in sorted(counts.items()))


def _let_happen(seed: int, seconds: float, crowd: Crowd, troubles: Troubles) -> None:
    with ThreadPoolExecutor(CLIENTS + 1) as threads:
        works = [threads.submit(crowd.live, Random(f"{seed} {number}")) for number in range(CLIENTS)]
        works.append(threads.submit(troubles.make))
        try:
            crowd.over.wait(seconds)
        finally:
            crowd.over.set()
        for work in works:
            work.result()


def _judge(server: RunningServer, crowd: Crowd) -> Counter[str]:
    """Everything ended once, nothing is held, and the counters say what the clients saw. Raises Broken."""
    told: Counter[str] = Counter()
    for task_id, events in courses(crowd).items():
        last = [event for event in events if event.event in ("end", "error")]
        if len(last) != 1 or events[-1] is not last[0]:
            raise Broken(f"task {task_id} has the events {[event.event for event in events]}")
        told[_outcome(last[0])] += 1
    with server.client(KEY) as client:
        until = time.monotonic() + QUIET_S
        while (scrape := read_metrics(client)) and _held(scrape) and time.monotonic() < until:
            time.sleep(0.05)
    if _held(scrape):
        raise Broken(f"{_held(scrape):g} leases and places are held after everything has ended")
    rejected = crowd.refused + Counter({code: told[code] for code in GIVEN_UP if told[code]})
    _agree(scrape, "tasks_enqueued_total", None, {"": len(crowd.accepted)})
    _agree(scrape, "tasks_finished_total", "outcome", told)
    _agree(scrape, "tasks_rejected_total", "reason", rejected)
    defects = [line for line in server.logs() if line["level"] == "error"]
    if defects:
        raise Broken(f"the log tells of {len(defects)} defects, first {defects[0]}")
    return told


def _judge_workers(server: RunningServer, done: Counter[str]) -> Counter[str]:
    """The counters of workers say what the log and the operator do; answers the errors of drivers by reason.

    Raises Broken.
    """
    until = time.monotonic() + QUIET_S
    while True:  # a worker may still be about to be started again
        with server.client(KEY) as client:
            scrape = read_metrics(client)
        logged = Counter(line["event"] for line in server.logs())
        try:
            _agree(scrape, "worker_restarts_total", None, {"": logged["worker.restarted"]})
            _agree(scrape, "driver_resets_total", None, {"": logged["pool.driver-error"]})
            _agree(scrape, "drain_events_total", "reason", {"api": done["drain 202"]})
        except Broken:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return _by(scrape, "driver_resets_total", "reason")


def _outcome(last: Any) -> str:
    data = last.json()
    if last.event == "error":
        return str(data["code"])
    return "canceled" if data["finish_reason"] == "canceled" else "end"


def _held(scrape: Scrape) -> float:
    names = ("active_leases", "queue_depth")
    return sum(abs(sample.value) for name in names for sample in scrape.samples(name))


def _agree(scrape: Scrape, series: str, label: str | None, wanted: "Counter[str] | dict[str, int]") -> None:
    counted = _by(scrape, series, label)
    if dict(+counted) != {key: count for key, count in wanted.items() if count}:
        raise Broken(f"{series} says {dict(counted)}, the clients saw {dict(wanted)}")


def _by(scrape: Scrape, series: str, label: str | None) -> Counter[str]:
    """The samples of a series, added up by the values of a label; all of them without one."""
    counted: Counter[str] = Counter()
    for sample in scrape.samples(series):
        counted[(label and sample.label(label)) or ""] += int(sample.value)
    return counted


def _scripted(folder: Path, name: str) -> dict[str, Any]:
    """Two workers for well-behaved tasks, and for those whose prompt asks for a fault."""
    rules = [
        {"prompt": "stall", "stall_after": 2},
        {"prompt": "cut", "cut_after": 2},
        {"prompt": "malformed", "malformed_after": 2},
        {"prompt": "error", "error_after": 0},
        {"prompt": "reset", "ends": {"after": 2, "words": [RESET_WORDS], "status": 1}},
        {"prompt": "ecc", "ends": {"after": 2, "words": [ECC_WORDS], "status": 1}},
    ]
    script = {"model": name, "ms_per_token": 2, "slots": 3 if name == "swift" else 1, "rules": rules}
    engines = [ManagedEngine(folder, f"{name}-{number}", script) for number in range(2)]
    pool = _pool(name, [engine.command for engine in engines])
    for worker, device in zip(pool["workers"], DEVICES[name], strict=True):
        worker["devices"] = [device]
    return pool | {"memory_bytes": MEMORY_BYTES // 8}


def _real(folder: Path) -> dict[str, Any]:
    """One llama.cpp with a tiny model."""
    command = [sys.executable, "-m", "orchqueue.kit.realengine", "--model", "{model_path}"]
    command += ["--port", "{port}", "--slots", "2", "--ctx", "2048"]
    path = str(tiny_model(folder))
    return _pool("real", [command]) | {"model_path": path, "model_paths": {"another": path}}


def _pool(name: str, commands: list[list[str]]) -> dict[str, Any]:
    pool = {
        "id": name,
        "engine": "llamacpp",
        "model": name,
        "mode": "managed",
        "workers": [{"id": f"w{number}", "command": command} for number, command in enumerate(commands)],
        "queue": {"capacity": 8, "full_policy": "drop-lru"},
        "watchdog": {"first_token_ms": 2_000, "idle_ms": 500},
        "heartbeat": {"interval_ms": 100, "stale_after_ms": 400},
        "restart": {"initial_ms": 50, "max_ms": 500, "silent_ms": 1_000, "breaker_restarts": 20},
        "stop_ms": 500,
    }
    copied: dict[str, Any] = json.loads(json.dumps(pool))
    return copied
