"""What stands between a client and the engine: this server, the peers, or nothing. Each says how it is
started, and how a client gets a stream of tokens from it.
"""

import json
import os
import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar
from uuid import uuid4

from plane_bench.processes import HOST, Server, free_port, python, running
from plane_bench.wire import Hear, Wire, get, post

ROOT = Path(__file__).parents[3]
KEY = "a-key-for-benchmarks"
MODEL = "bench"
ENDLESS_MS = 2**31
UNBOUNDED = {"tokens": None, "time_ms": None, "cost": None}

TOKEN = re.compile(rb'"(?:text|t)": ?"(\d+):(\d+):(\d+) "')
"""A token in the bytes of a stream: its number, when it was sent, and when its request had arrived."""


class Relay(ABC):
    """One subject."""

    name: ClassVar[str]
    up_path: ClassVar[str] = "/health"
    mark: ClassVar[bytes] = b'"text":"'
    """What stands once in each of its tokens."""

    @contextmanager
    def started(self, engine_port: int) -> Iterator[Server]:
        """A process of it, up, for the length of a block."""
        port = free_port()
        with TemporaryDirectory() as folder:
            command = self.command(Path(folder), port, engine_port)
            with running(command, port, self.up_path, self.environment()) as server:
                yield server

    @abstractmethod
    def command(self, folder: Path, port: int, engine_port: int) -> list[str]:
        """How it is started. What it reads is written into the folder."""

    def environment(self) -> Mapping[str, str]:
        """The variables that it is started with."""
        return os.environ

    async def stream(self, wire: Wire, pace_ms: float, tokens: int, hear: Hear) -> None:
        """Have so many tokens; `hear` is given what comes, as it comes."""
        body = {"model": MODEL, "prompt": f"{pace_ms:g} a prompt", "max_tokens": tokens, "stream": True}
        status = await wire.stream(post("/v1/completions", json.dumps(body).encode()), hear)
        assert status == 200, f"{self.name} answered {status}"


class Direct(Relay):
    """The engine alone."""

    name = "the engine itself"

    def command(self, folder: Path, port: int, engine_port: int) -> list[str]:
        return python("engine.py", str(port))


class LiteLlm(Relay):
    """LiteLLM's proxy, set up by `make peers`."""

    name = "LiteLLM proxy"
    up_path = "/health/liveliness"
    program = ROOT / ".venv-litellm" / "bin" / "litellm"

    def command(self, folder: Path, port: int, engine_port: int) -> list[str]:
        model = {
            "model_name": MODEL,
            "litellm_params": {
                "model": f"text-completion-openai/{MODEL}",
                "api_base": f"http://{HOST}:{engine_port}/v1",
                "api_key": "none",
            },
        }
        config = folder / "litellm.yaml"
        config.write_text(json.dumps({"model_list": [model]}))
        return [str(self.program), "--config", str(config), "--host", HOST, "--port", str(port)]

    def environment(self) -> Mapping[str, str]:
        # It would fetch prices and tell its makers how it is used.
        return os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}


class VllmRouter(Relay):
    """vLLM's router in Rust, set up by `make peers`."""

    name = "vllm-router"
    program = ROOT / ".venv-vllm-router" / "bin" / "vllm-router"

    def command(self, folder: Path, port: int, engine_port: int) -> list[str]:
        return [
            *(str(self.program), "--host", HOST, "--port", str(port)),
            *("--worker-urls", f"http://{HOST}:{engine_port}"),
            *("--policy", "round_robin", "--prometheus-port", str(free_port()), "--log-level", "error"),
        ]


class Orchestratord(Relay):
    """This server, with the adapter for vLLM. `settings` are laid over its configuration."""

    name = "orchestratord"
    up_path = "/metrics"
    mark = b'"t":"'

    def __init__(self, **settings: Any) -> None:
        self._settings = settings

    def command(self, folder: Path, port: int, engine_port: int) -> list[str]:
        config = folder / "orchestratord.json"
        config.write_text(json.dumps(_configuration(port, engine_port) | self._settings))
        return [str(Path(sys.executable).with_name("orchestratord")), "--config", str(config)]

    @contextmanager
    def started(self, engine_port: int) -> Iterator[Server]:
        with super().started(engine_port) as server:
            server.wait("/metrics", b'pool_ready{pool_id="bench"} 1')
            yield server

    async def stream(self, wire: Wire, pace_ms: float, tokens: int, hear: Hear) -> None:
        task_id = str(uuid4())
        status, answer = await wire.exchange(task(task_id, prompt=f"{pace_ms:g} a prompt", max_tokens=tokens))
        assert status == 202, answer
        await wire.stream(get(f"/v1/tasks/{task_id}/stream", f"X-API-Key: {KEY}"), hear)


def peers() -> list[Relay]:
    """The peers that are set up."""
    return [peer() for peer in (LiteLlm, VllmRouter) if peer.program.exists()]


def task(task_id: str, **members: Any) -> bytes:
    """The request of a completion, in a session of its own."""
    body = {
        "task_id": task_id,
        "session_id": str(uuid4()),
        "workload": "completion",
        "model_ref": MODEL,
        "engine": "vllm",
        "ctx": 0,
        "priority": "interactive",
        "deadline_ms": ENDLESS_MS,
        "prompt": "Tell me about queues, and what becomes of those who wait in them.",
        "max_tokens": 16,
        **members,
    }
    return post("/v1/tasks", json.dumps(body).encode(), f"X-API-Key: {KEY}")


def mock_pool(**members: Any) -> dict[str, Any]:
    """A pool over the server's own engine."""
    watchdog = dict.fromkeys(("wall_ms", "first_token_ms", "idle_ms"), ENDLESS_MS)
    return {"id": "bench", "engine": "vllm", "adapter": "mock", "watchdog": watchdog, **members}


def _configuration(port: int, engine_port: int) -> dict[str, Any]:
    scopes = ["data", "control"]
    return {
        "server": {"host": HOST, "port": port, "limits": {"streams_per_key": 100_000}},
        "keys": [
            {"id": "bench", "sha256": sha256(KEY.encode()).hexdigest(), "tenant": "default", "scopes": scopes}
        ],
        "sessions": {"budgets": UNBOUNDED},
        "pools": [
            {
                "id": "bench",
                "engine": "vllm",
                "slots": 2_000,
                "max_tokens": 10_000_000,
                "mode": "external",
                "workers": [{"id": "engine", "url": f"http://{HOST}:{engine_port}"}],
            }
        ],
    }
