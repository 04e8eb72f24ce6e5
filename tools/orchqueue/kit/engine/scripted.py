"""The scripted engine.

A real port, real bytes, and behaviour that the scenario chooses. Runs in a thread of its own.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType

from orchqueue.kit.engine.connection import EngineConnection, Handler, Reply
from orchqueue.kit.engine.ending import Ending
from orchqueue.kit.engine.formats import FORMATS
from orchqueue.kit.engine.planned import Planned
from orchqueue.kit.engine.record import EngineRequest
from orchqueue.kit.engine.script import EngineScript
from orchqueue.kit.engine.service import Service
from orchqueue.kit.errors import EngineError, NotTestable, ScriptError
from orchqueue.kit.patience import PATIENCE_S


class ScriptedEngine:
    """Plays an engine until `stop`. All methods may be called from any thread.

    `format` is one of `FORMATS`; `ms_per_token` and `ctx` (tokens a slot) hold where a script says nothing
    else; `version` is what it tells of its build (None: one as the format's builds have); `by_priority` says
    that its queue heeds the priority of requests, the lowest first, `sensitive` that the tokens it draws
    change while it works on several requests and where it may use its prompt cache, as those of real models
    do; `takes` names what its model declares as
    inputs beside the text, for formats whose models differ in that; `tells` holds what it says of its model
    where it says it, `trtllm_version` as a Triton and `model_sha` as a TGI, and `kv_cache_usage_ratio` that
    it has this gauge, as older builds of llama.cpp do. `ready`, `busy` and `version` may be changed while it
    runs. With port 0 it takes a free one and keeps it, so that `stop` and `start` make it go away and come
    back. `asked` is told, in the engine's thread, of each request for work, `answered` when the engine is
    done with one for whatever reason, and `go_away` when a script ends the engine.
    """

    def __init__(
        self,
        *,
        slots: int = 2,
        ms_per_token: float = 2.0,
        ctx: int = 4096,
        model: str = "tiny",
        version: str | None = None,
        by_priority: bool = False,
        sensitive: bool = False,
        takes: Sequence[str] = (),
        tells: Mapping[str, str] | None = None,
        default: EngineScript | None = None,
        format: str = "llamacpp",  # noqa: A002 - the field's name for it
        host: str = "127.0.0.1",
        port: int = 0,
        metrics_port: int = 0,
    ) -> None:
        if format not in FORMATS:
            raise ScriptError(f"no engine speaks {format!r}; there are {', '.join(FORMATS)}")
        self.format, self._wire = format, FORMATS[format]()
        self.model, self.ctx, self.ms_per_token = model, ctx, ms_per_token
        self.version = self._wire.version if version is None else version
        self.by_priority, self.sensitive = by_priority, sensitive
        self.takes: Sequence[str] = tuple(takes)
        self.tells: Mapping[str, str] = dict(tells or {})
        self.host, self.port, self.metrics_port = host, port, metrics_port
        self.ready, self.busy = True, False
        self.asked: Callable[[EngineRequest], None] = lambda _: None
        self.answered: Callable[[EngineRequest], None] = lambda _: None
        self.go_away: Callable[[Ending], None] = lambda _: self._stopping.set()
        self._total_slots = slots
        self._planned = Planned(default or EngineScript())
        self._requests: list[EngineRequest] = []
        self._changed = threading.Condition()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._begin()

    def _begin(self) -> None:
        self._connections: set[EngineConnection] = set()
        self._opened = 0
        self._service = Service(self, self._wire, self._total_slots, self._planned, self._touch)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://{self.host}:{self.port}"

    @property
    def metrics_url(self) -> str:
        """The base URL of the port that its metrics are on, which some formats have for themselves."""
        port = self.metrics_port if self._wire.own_metrics_port else self.port
        return f"http://{self.host}:{port}"

    @property
    def requests(self) -> list[EngineRequest]:
        """Everything that reached it, oldest first."""
        with self._changed:
            return list(self._requests)

    @property
    def completions(self) -> list[EngineRequest]:
        """The requests for completions that reached it, oldest first."""
        return [request for request in self.requests if request.workload == "completion"]

    @property
    def work(self) -> list[EngineRequest]:
        """The requests for completions, embeddings and reranks that reached it, oldest first."""
        return [request for request in self.requests if request.workload is not None]

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    @property
    def connections_opened(self) -> int:
        """How many connections were opened since it started."""
        return self._opened

    @property
    def slots(self) -> int:
        """How many slots there are."""
        return self._total_slots

    @property
    def slots_busy(self) -> int:
        """How many slots work at this moment."""
        return self._service.slots.busy

    @property
    def waiting(self) -> int:
        """How many requests wait for a slot."""
        return self._service.slots.waiting

    def start(self) -> "ScriptedEngine":
        """Listen and serve; raises EngineError when the port cannot be had."""
        started: _Started = _Started()
        self._begin()
        self._thread = threading.Thread(
            target=self._run, args=(started,), name="scripted engine", daemon=True
        )
        self._thread.start()
        started.ready.wait()
        if started.error is not None:
            self._thread.join()
            self._thread = None
            raise EngineError(f"no engine on {self.host}:{self.port}: {started.error}") from started.error
        return self

    def stop(self) -> None:
        """Close the port and every connection at once, as a killed process does. Safe to repeat."""
        if self._loop is not None and self._thread is not None:
            with suppress(RuntimeError):  # its loop has closed: it went away by its script
                self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()
        self._loop = self._thread = None

    def __enter__(self) -> "ScriptedEngine":
        return self if self._thread is not None else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def script(self, *scripts: EngineScript, prompt: str | None = None) -> None:
        """Say how the next requests for work behave, one script each in order; then the default holds again.

        With `prompt` they wait for requests that hold that text, as prompt or input, and leave others alone.
        """
        self._planned.add(scripts, prompt)

    def script_rule(self, script: EngineScript, prompt: str) -> None:
        """Say how every request for work behaves that holds this text and that no script waits for."""
        self._planned.rule(script, prompt)

    def script_default(self, script: EngineScript) -> None:
        """Say how requests for work behave for which nothing else was said."""
        self._planned.default = script

    def reset(self) -> None:
        """Forget scripts and records, be ready and not busy again. What runs goes on."""
        with self._changed:
            self._planned.clear()
            self._requests.clear()
            self.ready, self.busy = True, False

    def drop_connections(self, *, reset: bool = True) -> None:
        """Cut every connection and go on listening."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._drop, reset)

    def wait_for(self, condition: Callable[[], bool], timeout_s: float = PATIENCE_S) -> bool:
        """Wait until a condition on this engine holds; tell whether it did in time."""
        with self._changed:
            return self._changed.wait_for(condition, timeout_s)

    def require(self, condition: Callable[[], bool], reason: str, timeout_s: float = PATIENCE_S) -> None:
        """Wait for a state that a check needs; raises NotTestable with the reason when it is not reached."""
        if not self.wait_for(condition, timeout_s):
            seen = (
                ", ".join(f"{request.method} {request.path}" for request in self.work)
                or "no request for work"
            )
            raise NotTestable(f"{reason}; the engine has seen {seen} and {self.slots_busy} slots work")

    def _run(self, started: "_Started") -> None:
        asyncio.run(self._serve(started))

    async def _serve(self, started: "_Started") -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        try:
            server = await self._listen(self._service.handle, self.port)
            self.port = _port(server)
            servers = [server]
            if self._wire.own_metrics_port:
                servers.append(await self._listen(self._service.scrape, self.metrics_port))
                self.metrics_port = _port(servers[-1])
        except (OSError, OverflowError) as error:
            started.error = error
            started.ready.set()
            return
        started.ready.set()
        await self._stopping.wait()
        for server in servers:
            server.close()
        self._drop(reset=True)
        for server in servers:
            await server.wait_closed()

    async def _listen(self, handler: Handler, port: int) -> asyncio.Server:
        async def recorded(record: EngineRequest, reply: Reply) -> None:
            with self._changed:
                self._requests.append(record)
                self._changed.notify_all()
            await handler(record, reply)

        def connected() -> EngineConnection:
            self._opened += 1
            connection = EngineConnection(recorded, self._connections.add, self._wire.manners)
            connection.closed = self._gone
            connection.left = lambda _: self._touch()
            return connection

        assert self._loop is not None
        return await self._loop.create_server(connected, self.host, port)

    def _gone(self, connection: EngineConnection) -> None:
        self._connections.discard(connection)
        self._touch()

    def _drop(self, reset: bool) -> None:
        for connection in list(self._connections):
            connection.abort(reset=reset)

    def _touch(self) -> None:
        with self._changed:
            self._changed.notify_all()


class _Started:
    """Tells the starting thread that the engine listens, or why not."""

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.error: Exception | None = None


def _port(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port
