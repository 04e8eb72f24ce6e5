"""Launching servers by the contract: configuration in, a URL out, and clear words when it fails."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchqueue.kit import (
    AttachedTarget,
    CommandTarget,
    NotTestable,
    ReferenceTarget,
    RunningServer,
    TargetError,
    free_port,
)

SERVER = """
import json, os, signal, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        lines = ['pool_ready{other="x",pool_id="%s"} %s\\n' % pair for pair in sorted(ready.items())]
        text = "".join(lines).encode()
        ready.update({name: 1 for name in ready if name != "never"})
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        print("no json", flush=True)
        entry = {"event": "request", "path": self.path, "extra": os.environ.get("EXTRA")}
        print(json.dumps(entry), flush=True)

config = json.load(open(sys.argv[1]))
ready = {pool["id"]: 0 for pool in config.get("pools", [])}
address = config["server"]
print(json.dumps({"event": "config", "keys": sorted(config)}), flush=True)
HTTPServer(("127.0.0.1", address["port"]), Handler).serve_forever()
"""


@pytest.fixture
def target(tmp_path: Path) -> CommandTarget:
    return CommandTarget([sys.executable, "-c", SERVER, "{config}"], tmp_path)


@pytest.fixture
def server(target: CommandTarget) -> Iterator[RunningServer]:
    running = target.launch({"pools": [{"id": "a"}, {"id": "never"}]}, "one", env={"EXTRA": "yes"})
    yield running
    running.stop()


def test_it_runs_with_the_configuration_as_json(server: RunningServer, tmp_path: Path) -> None:
    written = json.loads((tmp_path / "one.config.json").read_text())
    assert written == server.config
    assert ("host" in written["server"], written["pools"][0]) == (False, {"id": "a"})
    assert server.url == f"http://127.0.0.1:{written['server']['port']}"
    assert server.client().get("/metrics").status == 200
    assert (server.alive, server.pid != os.getpid()) == (True, True)


def test_its_log_can_be_read(server: RunningServer, tmp_path: Path) -> None:
    entry = server.wait_for_log(lambda entry: entry["event"] == "request")
    assert entry == {"event": "request", "path": "/metrics", "extra": "yes"}
    assert "no json" in server.log_lines()
    assert server.logs()[0] == {"event": "config", "keys": ["pools", "server"]}
    assert (tmp_path / "logs" / "one.jsonl").read_text().startswith('{"event": "config"')
    with pytest.raises(NotTestable, match="log line"):
        server.wait_for_log(lambda entry: entry["event"] == "nothing", timeout_s=0.02)


def test_pools_are_waited_for(server: RunningServer) -> None:
    server.wait_ready(["a"])
    assert server.ready_pools() == {"a"}
    with pytest.raises(NotTestable, match=r"pool_ready was not 1 within 0.05 s for never on one"):
        server.wait_ready(["a", "never"], timeout_s=0.05)


def test_it_can_be_stopped(server: RunningServer) -> None:
    assert server.stop() == -15
    assert (server.alive, server.wait_exit(1.0)) == (False, -15)
    with pytest.raises(TargetError, match="one ended with exit code -15"):
        server.wait_ready(["a"])


def test_the_callers_configuration_stays_as_it_is(target: CommandTarget) -> None:
    config: dict[str, Any] = {"server": {"port": free_port()}}
    running = target.launch(config, "two")
    running.kill()
    assert list(config["server"]) == ["port"]
    assert running.url.endswith(str(config["server"]["port"]))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (
            "import sys; sys.exit('no such field: ' + sys.argv[1][-5:])",
            "(?s)exit code 1:.*no such field: .json",
        ),
        ("import sys; sys.exit(2)", "exit code 2:\nit wrote nothing"),
    ],
)
def test_a_server_that_dies_at_its_start(tmp_path: Path, code: str, reason: str) -> None:
    with pytest.raises(TargetError, match=reason):
        CommandTarget([sys.executable, "-c", code, "{config}"], tmp_path).launch({}, "dead")


def test_a_server_that_never_answers(tmp_path: Path) -> None:
    code = "import sys, time; print('stuck', file=sys.stderr, flush=True); time.sleep(600)"
    target = CommandTarget([sys.executable, "-c", code, "{config}"], tmp_path)
    with pytest.raises(TargetError, match="gave no HTTP answer on http://127"):
        target.launch({}, "silent", timeout_s=0.1)


def test_commands(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"has no \{config\}"):
        CommandTarget("mysrv --config x", tmp_path)
    with pytest.raises(TargetError, match="could not be started"):
        CommandTarget("no-such-server --config={config}", tmp_path).launch({}, "absent")
    assert ReferenceTarget(tmp_path).configurable


def test_an_attached_server_names_its_pools_itself(server: RunningServer) -> None:
    attached = AttachedTarget(server.url, "key").attach()
    attached.wait_ready(["no-pool-of-theirs"])
    assert attached.ready_pools()
    with pytest.raises(NotTestable, match=r"not 1 within 0 s for any pool on attached \(no connection"):
        AttachedTarget(f"http://127.0.0.1:{free_port()}", "key").attach().wait_ready(["a"], timeout_s=0.0)


def test_an_attached_server_is_taken_as_it_is(server: RunningServer) -> None:
    target = AttachedTarget(server.url + "/", "key", engine_listen=("127.0.0.1", 1))
    attached = target.attach()
    attached.wait_ready(["a"])
    assert (attached.url, attached.stop(), server.alive, target.configurable) == (
        server.url,
        None,
        True,
        False,
    )
    with pytest.raises(NotTestable, match="configuration 'x'"):
        target.launch({}, "x")
    for read in (attached.log_lines, attached.logs, lambda: attached.wait_for_log(bool)):
        with pytest.raises(NotTestable, match="log"):
            read()
