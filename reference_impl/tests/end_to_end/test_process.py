"""The server as a process: how it starts, how it refuses to, and how it stops."""

import json
import os
import signal
import socket
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from orchestratord.core._queue import IMPLEMENTATION
from orchestratord.flow.journal import Record, digest, hold
from orchqueue.kit import Client, ScriptedEngine, free_port

MOCK = {"id": "default", "engine": "llamacpp", "adapter": "mock"}


def orchestratord(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "orchestratord", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.fixture
def config(tmp_path):
    def write(content) -> str:
        path = tmp_path / "config.yaml"
        path.write_text(json.dumps(content))
        return str(path)

    return write


@pytest.mark.requirement("OC-CONFIG-6001")
@pytest.mark.requirement("OC-CONFIG-6005")
def test_a_bad_file_is_refused_before_anything_starts(config) -> None:
    done = orchestratord("serve", "--config", config({"colour": 1, "server": {"port": -1}}))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "error: /colour: unknown field",
        "error: /server/port: -1 is less than the minimum of 0",
    ]


@pytest.mark.requirement("OC-FLOW-6106")
def test_a_start_puts_right_what_an_apply_left_before_it_reads_the_file(config) -> None:
    path = Path(config({"server": {"port": -2}}))
    after = path.read_bytes()
    path.write_text('{"server": {"port": -1}}')
    with hold(path) as journal:
        journal.write(Record("c", path.read_bytes(), digest(after)))
    path.write_bytes(after)
    done = orchestratord("serve", "--config", str(path))
    assert done.stderr.splitlines() == [
        f"warning: {path}: an apply was cut off; the file is as it was before",
        "error: /server/port: -1 is less than the minimum of 0",
    ]


def test_a_file_that_is_refused_waits_for_nothing_of_the_server(config) -> None:
    lines = (
        "import runpy, sys",
        f"sys.argv = ['orchestratord', '--config', {config({'colour': 1})!r}]",
        "try: runpy.run_module('orchestratord', run_name='__main__')",
        "except SystemExit as end: code = end.code",
        "print(code, sorted({'aiohttp', 'cryptography', 'litestar', 'uvicorn'} & set(sys.modules)))",
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("2 []\n", "error: /colour: unknown field\n")


def test_an_install_without_the_server_says_what_to_install() -> None:
    run = "runpy.run_module('orchestratord', run_name='__main__')"
    code = f"import runpy, sys; sys.modules['msgspec'] = None; {run}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: msgspec is not installed; `pip install 'orchqueue[server]'` brings the server\n"
    )


def test_a_port_in_use(config) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = orchestratord("--config", config({"server": {"port": port}}), ORCHESTRATORD_API_KEY="k")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: cannot listen on 127.0.0.1:{port}: Address already in use\n"


def test_a_host_that_is_no_name(config) -> None:
    done = orchestratord("--config", config({"server": {"host": "a..b"}}), ORCHESTRATORD_API_KEY="k")
    assert done.stderr == "error: cannot listen on a..b:8080: this is no name of a host\n"
    assert done.returncode == 2


def test_options_before_the_command_hold_for_it(config) -> None:
    bad = config({"server": {"port": -1}})
    assert orchestratord("--config", bad, "serve").returncode == 2
    other = config({"colour": 1})
    assert orchestratord("--config-mode", "compat", "check", other).returncode == 0


def test_a_server_whose_log_nobody_reads_goes_on(config) -> None:
    port = free_port()
    command = [sys.executable, "-m", "orchestratord", "--config", config({"server": {"port": port}})]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "ORCHESTRATORD_API_KEY": "k"},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert any("server.listening" in line for line in process.stdout)
        process.stdout.close()
        client = Client(f"http://127.0.0.1:{port}", "k")
        for _ in range(3):
            assert (
                client.post("/v1/tasks", body=b"", headers={"Content-Type": "application/json"}).status == 400
            )
        process.send_signal(signal.SIGTERM)
        said = process.stderr.read()
    assert process.returncode == 0
    assert said == "error: the log cannot be written any more (Broken pipe); serving goes on\n"


def test_check_holds_engines_to_their_word(config) -> None:
    engine = ScriptedEngine().start()
    try:
        pools = [
            {"id": "a", "engine": "llamacpp", "workers": [{"id": "w", "url": engine.url}]},
            {
                "id": "b",
                "engine": "llamacpp",
                "workers": [{"id": "gone", "url": f"http://127.0.0.1:{free_port()}"}],
            },
        ]
        assert orchestratord("check", config({"pools": pools})).returncode == 0
        assert orchestratord("check", "--engines", config({"pools": pools[:1]})).returncode == 0
        done = orchestratord("check", "--engines", config({"pools": pools}))
    finally:
        engine.stop()
    assert done.returncode == 1
    assert done.stderr.startswith("error: pool b, worker gone: the engine cannot be reached")


@pytest.mark.requirement("OC-OPS-8001")
@pytest.mark.requirement("OC-OPS-8002")
def test_a_made_up_key_is_shown_once_and_works(launch, task) -> None:
    server = launch({})
    server.wait_ready({"default"})
    (line,) = [line for line in server.process.stderr_tail().splitlines() if "API key" in line]
    key = line.rsplit(" ", 1)[1]
    assert server.client(key).post("/v1/tasks", json=task(model_ref="anything")).status == 202
    assert server.client(key).get("/v1/capabilities").status == 200
    assert server.client(key).post("/v1/pools/default/reload", json={"new_model_ref": "b"}).status == 200
    assert server.client(key).post("/v1/tasks", json=task(model_ref="whatever")).status == 202
    assert server.stop() == 0
    assert key not in "\n".join(server.log_lines())
    for entry in server.log_lines():
        assert {"ts", "level", "event", "correlation_id"} <= json.loads(entry).keys()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_in_order(launch, task, number) -> None:
    key = {"id": "k", "sha256": sha256(b"k").hexdigest(), "scopes": ["data", "control"]}
    pool = {
        "id": "default",
        "engine": "llamacpp",
        "adapter": "mock",
        "mock": {"slots": 2, "ms_per_token": 10},
    }
    server = launch({"keys": [key], "pools": [pool], "server": {"grace_ms": 500}})
    client = server.client("k")
    tasks = [task(max_tokens=tokens) for tokens in (20, 4000, 5)]
    streams = []
    for one in tasks:
        assert client.post("/v1/tasks", json=one).status == 202
        streams.append(client.stream(f"/v1/tasks/{one['task_id']}/stream"))
    streams[1].read_until(lambda event: event.event == "token")
    os.kill(server.pid, number)
    last = [
        stream.read_until(lambda event: event.event in ("end", "error"), timeout_s=60) for stream in streams
    ]
    assert [event.event for event in last] == ["end", "error", "error"]
    assert [json.loads(event.data)["code"] for event in last[1:]] == ["POOL_UNAVAILABLE"] * 2
    assert server.process.wait(10) == 0


def test_new_tasks_are_refused_while_stopping(launch, task) -> None:
    key = {"id": "k", "sha256": sha256(b"k").hexdigest(), "scopes": ["data"]}
    pool = {"id": "default", "engine": "llamacpp", "adapter": "mock", "mock": {"ms_per_token": 50}}
    server = launch({"keys": [key], "pools": [pool], "server": {"grace_ms": 60_000}})
    client = server.client("k")
    running = task(max_tokens=4000)
    assert client.post("/v1/tasks", json=running).status == 202
    os.kill(server.pid, signal.SIGTERM)
    server.wait_for_log(lambda line: line["event"] == "server.draining")
    refused = client.post("/v1/tasks", json=task())
    assert (refused.status, refused.json()["code"]) == (503, "POOL_UNAVAILABLE")
    assert int(refused.header("retry-after")) >= 1
    assert client.get("/metrics").status == 200
    assert client.post(f"/v1/tasks/{running['task_id']}/cancel").status == 204
    assert server.process.wait(10) == 0


@pytest.fixture
def stopping(launch, task):
    """A server that was told to stop and grants an hour to its task, and the stream of that task."""
    pool = {"id": "default", "engine": "llamacpp", "adapter": "mock", "mock": {"ms_per_token": 20}}
    server = launch({"server": {"grace_ms": 3_600_000}, "pools": [pool]}, env={"ORCHESTRATORD_API_KEY": "k"})
    one = task(max_tokens=4000)
    assert server.client("k").post("/v1/tasks", json=one).status == 202
    stream = server.client("k").stream(f"/v1/tasks/{one['task_id']}/stream")
    stream.read_until(lambda event: event.event == "token")
    os.kill(server.pid, signal.SIGTERM)
    server.wait_for_log(lambda line: line["event"] == "server.draining")
    return server, stream


@pytest.mark.requirement("OC-CTRL-2072")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_the_grace_and_streams_as_they_should(stopping, number) -> None:
    server, stream = stopping
    os.kill(server.pid, number)
    last = stream.read_until(lambda event: event.event in ("end", "error"), timeout_s=60)
    assert json.loads(last.data)["code"] == "POOL_UNAVAILABLE"
    assert server.process.wait(10) == 0


def test_a_third_signal_waits_for_nothing(stopping) -> None:
    server, _ = stopping
    # Someone who reads nothing holds a stream open for the time in which streams are flushed.
    for _ in range(2):
        os.kill(server.pid, signal.SIGTERM)
    assert server.process.wait(10) == 0


def a_key(text: str, **more: object) -> dict[str, object]:
    return {"id": text, "sha256": sha256(text.encode()).hexdigest(), "scopes": ["data", "control"], **more}


@pytest.fixture
def renewed(launch):
    """Start a server with a configuration, and give the way to another one while it runs."""

    def run(config, **options):
        server = launch(config, **options)
        words = Path(f"/proc/{server.pid}/cmdline").read_text().split("\0")
        path = Path(words[words.index("--config") + 1])

        def told() -> list[dict[str, object]]:
            return [line for line in server.logs() if line["event"].startswith("config.keys-")]

        def renew(new, event: str):
            before = len(told())
            path.write_text(new if isinstance(new, str) else json.dumps({**server.config, **new}))
            os.kill(server.pid, signal.SIGHUP)
            server.wait_for_log(lambda _: len(told()) > before)
            assert told()[-1]["event"] == event
            return told()[-1]

        return server, renew

    return run


@pytest.mark.requirement("OC-CTRL-2046")
def test_keys_are_read_again_on_a_hangup(renewed) -> None:
    def status(key: str) -> int:
        return server.client(key).get("/v1/capabilities").status

    server, renew = renewed({"keys": [a_key("old")], "pools": [{**MOCK, "mock": {"slots": 1}}]})
    assert renew({"keys": [a_key("new")]}, "config.keys-renewed")["keys"] == ["new"]
    assert (status("old"), status("new")) == (403, 200)
    for bad in ("{", "{}", '{"keys": []}', json.dumps({"keys": [{**a_key("x"), "sha256": "no"}]})):
        assert renew(bad, "config.keys-kept")["problems"]
        assert (status("x"), status("new")) == (403, 200)
    renew({"keys": [a_key("new", not_after="2001-01-01T00:00:00Z")]}, "config.keys-renewed")
    refused = server.client("new").get("/v1/capabilities")
    assert (refused.status, refused.json()["code"]) == (403, "FORBIDDEN")


@pytest.mark.requirement("OC-CTRL-2046")
def test_tenants_are_read_again_with_their_keys(renewed, task) -> None:
    def submit(key: str) -> str:
        answer = server.client(key).post("/v1/tasks", json=task(max_tokens=400))
        return "" if answer.status == 202 else answer.json()["code"]

    server, renew = renewed({"keys": [a_key("k")], "pools": [MOCK]})
    assert [submit("k"), submit("k")] == ["", ""]
    strict = {"id": "strict", "max_concurrent": 1}
    keys = [a_key("s", tenant="strict"), a_key("f", tenant="few")]
    renew({"keys": keys, "tenants": [strict, {"id": "few", "rps": 0.001}]}, "config.keys-renewed")
    assert [submit("s"), submit("s")] == ["", "QUOTA_EXCEEDED"]
    assert [submit("f"), submit("f")] == ["", "RATE_LIMITED"]
    renew({"keys": keys, "tenants": [{"id": "strict"}, {"id": "few"}]}, "config.keys-renewed")
    assert [submit("s"), submit("f")] == ["", ""]


def test_a_key_that_was_made_up_stays_until_there_are_others(renewed) -> None:
    server, renew = renewed({"pools": [MOCK]})
    shown = server.stderr_tail().rsplit(" ", 1)[1].strip()
    renew({}, "config.keys-renewed")
    assert server.client(shown).get("/v1/capabilities").status == 200
    renew({"keys": [a_key("k")]}, "config.keys-renewed")
    assert server.client(shown).get("/v1/capabilities").status == 403
    assert server.client("k").get("/v1/capabilities").status == 200
    renew({}, "config.keys-kept")


def test_an_operation_that_is_missing_is_named_and_nothing_starts() -> None:
    lines = (
        "import abc",
        "from orchestratord.http import operations",
        "del operations.ServerOperations.cancel_task",
        "abc.update_abstractmethods(operations.ServerOperations)",
        "import sys; sys.argv = ['orchestratord', '--config', '/dev/null']",
        "from orchestratord.__main__ import main; main()",
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "ORCHESTRATORD_API_KEY": "k"},
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: these operations of the contract are not implemented: cancelTask\n"


@pytest.mark.parametrize(("pure", "lines"), [("1", 1), ("0", 0)])
def test_a_queue_in_python_is_said_to_be_one(launch, pure, lines) -> None:
    if pure == "0" and IMPLEMENTATION == "python":
        lines = 1
    server = launch(
        {"pools": [{"id": "default", "engine": "llamacpp", "adapter": "mock"}]},
        env={"ORCHESTRATORD_PURE": pure, "ORCHESTRATORD_API_KEY": "k"},
    )
    assert sum(json.loads(line)["event"] == "queue.in-python" for line in server.log_lines()) == lines
