"""The ways to a server under test: the bundled one, a command, or one that runs already. Judges nothing."""

import copy
import json
import shlex
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from orchqueue.kit.errors import NotTestable, TargetError
from orchqueue.kit.forking import stand_in
from orchqueue.kit.patience import START_S
from orchqueue.kit.ports import free_port
from orchqueue.kit.process import Process
from orchqueue.kit.server import AttachedServer, RunningServer, Server

_PLACEHOLDER = "{config}"
_DEFAULT_HOST = "127.0.0.1"


class Target(ABC):
    """Gives running servers. `configurable` tells whether each can have a configuration of its own."""

    configurable: bool

    @abstractmethod
    def launch(
        self,
        config: Mapping[str, Any],
        name: str,
        *,
        env: Mapping[str, str] | None = None,
        timeout_s: float = START_S,
        executed: bool = False,
    ) -> Server:
        """Return a server that runs with that configuration and answers over HTTP.

        `executed` says that its process is to begin as an operator's does, even where others are forked.

        Raises TargetError, NotTestable.
        """

    def command(self, words: Sequence[str]) -> list[str]:
        """Return the command line that runs a Python command as this target's servers are run."""
        return list(words)


class CommandTarget(Target):
    """Starts a command for each server.

    `{config}` in it stands for the configuration file, JSON by the contract.

    With `forked_by`, the address of a fork server, it is forked there.

    Files go to `out_dir`: `<name>.config.json`, `<name>.stderr.txt`, `logs/<name>.jsonl` (its stdout).
    """

    configurable = True

    def __init__(self, command: str | Sequence[str], out_dir: Path, *, forked_by: str | None = None) -> None:
        self._forked_by = forked_by
        self._words = shlex.split(command) if isinstance(command, str) else list(command)
        self._out_dir = out_dir
        if not any(_PLACEHOLDER in word for word in self._words):
            raise TargetError(f"the target's command {shlex.join(self._words)!r} has no {_PLACEHOLDER} in it")

    def launch(
        self,
        config: Mapping[str, Any],
        name: str,
        *,
        env: Mapping[str, str] | None = None,
        timeout_s: float = START_S,
        executed: bool = False,
    ) -> RunningServer:
        """Start it and wait until it answers.

        A port is filled in where there is none; the host is the server's own choice unless it is given.

        Raises TargetError, with its exit code and the end of its stderr, when it dies or never answers.
        """
        full = _with_port(config)
        path = self._out_dir / f"{name}.config.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(full, indent=2), encoding="utf-8")
        process = Process(
            [word.replace(_PLACEHOLDER, str(path)) for word in self._words],
            self._out_dir / f"{name}.stderr.txt",
            stdout_to=self._out_dir / "logs" / f"{name}.jsonl",
            env=env,
            forked_by=None if executed else self._forked_by,
        )
        address = f"{_host(full)}:{full['server']['port']}"
        server = RunningServer(name, f"http://{address}", full, process, path)
        try:
            server.wait_up(timeout_s)
        except BaseException:
            server.kill()
            raise
        return server

    def command(self, words: Sequence[str]) -> list[str]:
        """Return the command line that runs a Python command as this target's servers are run."""
        return list(words) if self._forked_by is None else stand_in(self._forked_by, words)


class ReferenceTarget(CommandTarget):
    """The reference server of this distribution, by the interpreter that runs the kit.

    `IMPORTS` is what it imports until it listens: of its own only what every start needs at once, so that
    whoever breaks one on purpose is there before what is imported later, which is `LATER`.
    """

    IMPORTS = (
        "orchestratord.app",
        "orchestratord.config_file",
        "orchqueue_contract.schemas",
        "aiohttp",
        "encodings.idna",
        "jsonschema",
        "uvicorn.lifespan.off",
        "uvicorn.loops.uvloop",
        "uvicorn.protocols.http.httptools_impl",
    )
    # What it imports when a command line or a configuration asks for it, and when it first answers.
    LATER = (
        "orchestratord.*",
        "litestar._kwargs",
        "litestar.exceptions.responses",
        "litestar.middleware._internal.exceptions",
        "litestar.middleware.allowed_hosts",
        "litestar.middleware.csrf",
        "litestar.middleware.response_cache",
        "sigstore.models",
        "sigstore.verify",
        "wasmtime",
    )

    def __init__(self, out_dir: Path, *, forked_by: str | None = None) -> None:
        command = [sys.executable, "-m", "orchestratord", "serve", "--config", _PLACEHOLDER]
        super().__init__(command, out_dir, forked_by=forked_by)


class AttachedTarget(Target):
    """A server that runs already.

    `engine_listen` is where its operator has pointed a pool, for the kit's engine.
    """

    configurable = False

    def __init__(
        self,
        url: str,
        api_key: str,
        control_key: str | None = None,
        engine_listen: tuple[str, int] | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.api_key = api_key
        self.control_key = control_key
        self.engine_listen = engine_listen

    def attach(self, name: str = "attached") -> AttachedServer:
        """Return the server as it is."""
        return AttachedServer(name, self.url)

    def launch(
        self,
        config: Mapping[str, Any],
        name: str,
        *,
        env: Mapping[str, str] | None = None,
        timeout_s: float = START_S,
        executed: bool = False,
    ) -> Server:
        """Raise NotTestable: its configuration is the operator's."""
        raise NotTestable(f"the configuration {name!r} cannot be given to an attached server")


def _with_port(config: Mapping[str, Any]) -> dict[str, Any]:
    full = copy.deepcopy(dict(config))
    address = full.setdefault("server", {})
    if not address.get("port"):
        address["port"] = free_port(_host(full))
    return full


def _host(config: Mapping[str, Any]) -> str:
    """Return where the server listens: the contract's default unless the configuration says otherwise."""
    return str(config["server"].get("host", _DEFAULT_HOST))
