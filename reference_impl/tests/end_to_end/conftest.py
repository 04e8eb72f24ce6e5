"""Servers of their own process, started once for each kind of configuration, and clients of them."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

from orchqueue.kit import Client, ReferenceTarget, RunningServer

KEYS = {"both": ["data", "control"], "data-only": ["data"], "other": ["data"], "control-only": ["control"]}
CONFIG: dict[str, Any] = {
    "keys": [
        {
            "id": name,
            "sha256": sha256(f"key-{name}".encode()).hexdigest(),
            "scopes": scopes,
            "tenant": "other" if name == "other" else "default",
        }
        for name, scopes in KEYS.items()
    ],
    "tenants": [{"id": "other"}],
    "server": {
        "limits": {"body_bytes": 4096, "header_bytes": 2048, "header_timeout_ms": 300, "streams_per_key": 2},
        "grace_ms": 200,
    },
    "streams": {"keepalive_ms": 100, "max_bytes": 4096},
    "pools": [
        {
            "id": "default",
            "engine": "llamacpp",
            "adapter": "mock",
            "model": "tiny",
            "mock": {"ms_per_token": 1},
            "queue": {"capacity": 2},
        },
        {
            "id": "leaving",
            "engine": "llamacpp",
            "adapter": "mock",
            "model": "leaving",
            "cancel_on_disconnect": True,
        },
    ],
}


def a_task(**changes: Any) -> dict[str, Any]:
    return {
        "task_id": str(uuid4()),
        "session_id": str(uuid4()),
        "workload": "completion",
        "model_ref": "tiny",
        "engine": "llamacpp",
        "ctx": 0,
        "priority": "interactive",
        "deadline_ms": 60_000,
        "prompt": "hello",
        "max_tokens": 5,
        **changes,
    }


@pytest.fixture(scope="session")
def task() -> Callable[..., dict[str, Any]]:
    return a_task


Launch = Callable[..., RunningServer]


@contextmanager
def _launching(factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """Start servers with configurations; they are stopped at the end at the latest."""
    started: list[RunningServer] = []

    def run(config: dict[str, Any], *, await_ready: bool = True, **options: Any) -> RunningServer:
        target = ReferenceTarget(factory.mktemp("server"))
        server = target.launch(json.loads(json.dumps(config)), "server", **options)
        started.append(server)
        if await_ready:
            server.wait_ready({pool["id"] for pool in config.get("pools", [])}, 60)
        return server

    yield run
    for server in started:
        if server.alive:
            assert server.stop() == 0


@pytest.fixture
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """Start servers that are the test's own: what they supervise would keep all others waiting."""
    with _launching(tmp_path_factory) as run:
        yield run


@pytest.fixture(scope="module")
def launch_shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """Start servers that the tests of a module share."""
    with _launching(tmp_path_factory) as run:
        yield run


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with _launching(tmp_path_factory) as run:
        yield run(CONFIG)


@pytest.fixture
def client(server: RunningServer) -> Iterator[Client]:
    with server.client("key-both") as one:
        yield one


@pytest.fixture(scope="session")
def config_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("config")


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """Find a program of a Debian package that tests need."""

    def find(name: str) -> str:
        found = shutil.which(name)
        assert found, f"{name} is not installed; ci/scripts/install_debian_packages installs it"
        return found

    return find


@pytest.fixture(scope="session")
def browser(program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A headless Chromium, one for all tests; each goes to a page of its own."""
    options = ChromeOptions()
    options.binary_location = program("chromium")
    # Its sandbox cannot be had by root, and containers have little shared memory.
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    with Chrome(options=options, service=ChromeService(program("chromedriver"))) as running:
        running.set_script_timeout(30)
        yield running


@pytest.fixture(scope="session")
def load_example(browser: Chrome) -> Callable[[], None]:
    """Import the example's event source into the page that the browser shows, as a script of a page would."""
    source = Path(__file__).parents[2] / "examples" / "browser" / "keyed-event-source.js"
    code = """
        const [text, done] = arguments;
        const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
        import(url).then(
          (module) => done(void Object.assign(globalThis, module)),
          (error) => done(String(error)),
        );
    """

    def load() -> None:
        assert browser.execute_async_script(code, source.read_text(encoding="utf-8")) is None

    return load
