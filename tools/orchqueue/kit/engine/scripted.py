"""The scripted engine.

A real port, real bytes, and behaviour that the scenario chooses. Runs in a thread of its own.
"""

import asyncio
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urlsplit

from orchqueue.kit.clock import now_ms
from orchqueue.kit.engine import llamacpp
from orchqueue.kit.engine.completion import Completion, Engine
from orchqueue.kit.engine.connection import EngineConnection, Reply
from orchqueue.kit.engine.llamacpp import CompletionParams, Progress, RefusedError, SlotState, Totals
from orchqueue.kit.engine.record import EngineRequest
from orchqueue.kit.engine.script import EngineScript
from orchqueue.kit.engine.slots import Slots
from orchqueue.kit.errors import EngineError, NotTestable, ScriptError

FORMATS = ("llamacpp",)


@dataclass(frozen=True)
class _Planned:
    """A script for one coming request; `prompt` restricts it to requests whose prompt holds that text."""

    script: EngineScript
    prompt: str | None


class ScriptedEngine:
    """Plays an engine until `stop`. All methods may be called from any thread.

    `ms_per_token` and `ctx` (tokens a slot) hold where a script says nothing else; `version` is its
    `build_info`. `ready`, `busy` and `version` may be changed while it runs. With port 0 it takes a free one
    and keeps it, so that `stop` and `start` make it go away and come back.
    """

    def __init__(
        self,
        *,
        slots: int = 2,
        ms_per_token: float = 2.0,
        ctx: int = 4096,
        model: str = "tiny",
        version: str = "b5200-3f1c2d4e",
        default: EngineScript | None = None,
        format: str = "llamacpp",  # noqa: A002 - the field's name for it
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        if format not in FORMATS:
            raise ScriptError(f"no engine speaks {format!r}; there are {', '.join(FORMATS)}")
        self.model, self.ctx, self.ms_per_token, self.version = model, ctx, ms_per_token, version
        self.host, self.port = host, port
        self.ready, self.busy = True, False
        self._total_slots = slots
        self._default = default or EngineScript()
        self._planned: list[_Planned] = []
        self._requests: list[EngineRequest] = []
        self._changed = threading.Condition()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._clear_state()

    def _clear_state(self) -> None:
        self._slots = Slots(self._total_slots)
        self._states = [SlotState() for _ in range(self._total_slots)]
        self._totals = Totals()
        self._task_ids = itertools.count()
        self._connections: set[EngineConnection] = set()

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://{self.host}:{self.port}"

    @property
    def requests(self) -> list[EngineRequest]:
        """Everything that reached it, oldest first."""
        with self._changed:
            return list(self._requests)

    @property
    def completions(self) -> list[EngineRequest]:
        """The requests for completions that reached it, oldest first."""
        return [request for request in self.requests if request.path == "/completion"]

    @property
    def slots(self) -> int:
        """How many slots there are."""
        return self._total_slots

    @property
    def slots_busy(self) -> int:
        """How many slots work at this moment."""
        return self._slots.busy

    @property
    def waiting(self) -> int:
        """How many requests wait for a slot."""
        return self._slots.waiting

    def start(self) -> "ScriptedEngine":
        """Listen and serve; raises EngineError when the port cannot be had."""
        started: _Started = _Started()
        self._clear_state()
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
        """Say how the next completions behave, one script each in order; afterwards the default holds again.

        With `prompt` they wait for requests whose prompt holds that text and leave others alone.
        """
        with self._changed:
            self._planned += [_Planned(script, prompt) for script in scripts]

    def script_default(self, script: EngineScript) -> None:
        """Say how completions behave for which nothing else was said."""
        with self._changed:
            self._default = script

    def reset(self) -> None:
        """Forget scripts and records, be ready and not busy again. What runs goes on."""
        with self._changed:
            self._planned.clear()
            self._requests.clear()
            self._default = EngineScript()
            self.ready, self.busy = True, False

    def drop_connections(self, *, reset: bool = True) -> None:
        """Cut every connection and go on listening."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._drop, reset)

    def wait_for(self, condition: Callable[[], bool], timeout_s: float = 10.0) -> bool:
        """Wait until a condition on this engine holds; tell whether it did in time."""
        with self._changed:
            return self._changed.wait_for(condition, timeout_s)

    def require(self, condition: Callable[[], bool], reason: str, timeout_s: float = 10.0) -> None:
        """Wait for a state that a check needs; raises NotTestable with the reason when it is not reached."""
        if not self.wait_for(condition, timeout_s):
            seen = (
                ", ".join(f"{request.method} {request.path}" for request in self.completions)
                or "no completion"
            )
            raise NotTestable(f"{reason}; the engine has seen {seen} and {self.slots_busy} slots work")

    def _run(self, started: "_Started") -> None:
        asyncio.run(self._serve(started))

    async def _serve(self, started: "_Started") -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        try:
            server = await self._loop.create_server(self._connection, self.host, self.port)
        except (OSError, OverflowError) as error:
            started.error = error
            started.ready.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        started.ready.set()
        await self._stopping.wait()
        server.close()
        self._drop(reset=True)
        await server.wait_closed()

    def _connection(self) -> EngineConnection:
        connection = EngineConnection(self._handle, self._connections.add)
        connection.closed = self._connections.discard
        connection.left = lambda _: self._touch()
        return connection

    def _drop(self, reset: bool) -> None:
        for connection in list(self._connections):
            connection.abort(reset=reset)

    def _touch(self) -> None:
        with self._changed:
            self._changed.notify_all()

    async def _handle(self, record: EngineRequest, reply: Reply) -> None:
        with self._changed:
            self._requests.append(record)
            self._changed.notify_all()
        try:
            record.finished = await self._answer(record, reply)
        except RefusedError as refused:
            await reply.json(refused.status, refused.body)
            record.finished = True
        finally:
            record.finished_ms = now_ms()
            self._touch()

    async def _answer(self, record: EngineRequest, reply: Reply) -> bool:
        path = urlsplit(record.path).path
        if not self.ready:
            raise llamacpp.loading()
        match record.method, path:
            case "GET", "/health":
                await reply.json(200, {"status": "ok"})
            case "GET", "/props":
                await reply.json(200, llamacpp.props(self.model, self.version, self._slots.total, self.ctx))
            case "GET", "/slots":
                views = [llamacpp.slot_view(n, state, self.ctx) for n, state in enumerate(self._states)]
                await reply.json(200, views)
            case "GET", "/metrics":
                text = llamacpp.metrics(self._totals, self._slots.busy, self._slots.waiting)
                await reply.whole(200, "text/plain; version=0.0.4", text.encode())
            case "POST", "/tokenize":
                await reply.json(200, llamacpp.tokenize(record.body))
            case "POST", "/completion":
                return await self._complete(record, reply)
            case _:
                raise llamacpp.not_found()
        return True

    async def _complete(self, record: EngineRequest, reply: Reply) -> bool:
        params = llamacpp.parse_completion(record.body)
        script = self._take_script(params)
        if script.not_ready:
            raise llamacpp.loading()
        if script.busy or self.busy:
            raise llamacpp.busy()
        if script.error_status is not None:
            body = llamacpp.error_body(script.error_status, script.error_message, script.error_type)
            raise RefusedError(script.error_status, body)
        llamacpp.check_context(params, self.ctx)
        slot = await self._slots.take()
        try:
            return await self._run_in(slot, params, script, record, reply)
        finally:
            self._states[slot].busy = False
            self._slots.give(slot)

    async def _run_in(
        self, slot: int, params: CompletionParams, script: EngineScript, record: EngineRequest, reply: Reply
    ) -> bool:
        record.slot, record.slot_ms = slot, now_ms()
        progress = Progress(next(self._task_ids), slot)
        self._states[slot] = SlotState(True, params, progress)
        self._touch()
        engine = Engine(self.model, self.ctx, self.ms_per_token, self._touch)
        try:
            return await Completion(engine, params, script, progress, reply).run()
        finally:
            totals = self._totals
            totals.prompt_tokens += params.prompt_tokens
            totals.predicted_tokens += progress.decoded
            totals.prompt_ms += progress.prompt_ms
            totals.predicted_ms += progress.predicted_ms
            totals.largest_sequence = max(totals.largest_sequence, params.prompt_tokens + progress.decoded)

    def _take_script(self, params: CompletionParams) -> EngineScript:
        with self._changed:
            for index, planned in enumerate(self._planned):
                if planned.prompt is None or planned.prompt in params.prompt:
                    return self._planned.pop(index).script
            return self._default


class _Started:
    """Tells the starting thread that the engine listens, or why not."""

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.error: Exception | None = None
