"""Wiring: settings in, a server out, from its socket to its end. The signals are its own."""

import asyncio
import contextlib
import gc
import logging
import random
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final

import uvicorn
import uvloop

from orchestratord.core._queue import IMPLEMENTATION
from orchestratord.core.errors import ConfigurationError
from orchestratord.core.rate_limits import Rate, RateLimits
from orchestratord.descriptors import room_for
from orchestratord.flow.pid_file import PidFile
from orchestratord.http.application import build_application
from orchestratord.http.crowd import Crowd
from orchestratord.http.incoming import BodyLimits
from orchestratord.http.keys import Key, KeyRing
from orchestratord.http.operations import ServerOperations
from orchestratord.http.protocol import ConnectionLimits, EdgeProtocol, protocol_with
from orchestratord.http.typing import App
from orchestratord.ids import random_uuid
from orchestratord.log_writer import LogWriter
from orchestratord.logs import LibraryHandler, Log, Seldom, loop_defects
from orchestratord.metrics import GaugeSample, Metrics
from orchestratord.renewing import Renewing, Reread
from orchestratord.service import Ledger, Orchestrator
from orchestratord.settings import Settings
from orchqueue_contract.structs import Profile

PROFILES: Final[tuple[Profile, ...]] = (
    "core",
    "sessions",
    "artifacts",
    "control",
    "adapter-llamacpp",
    "adapter-vllm",
    "adapter-tgi",
    "adapter-triton",
    "adapter-openai",
    "scheduling",
    "pools",
    "determinism",
    "ops",
)
DISCARD_FACTOR = 8
BACKLOG = 2048
FULL_COLLECTIONS = 100  # one to so many lesser ones


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: it would close its listener before the streams have ended."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Application:
    """The parts of one server, joined."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self._log = log
        profiles = claimed(settings)
        self.metrics = Metrics(profiles, self._gauges, self._overflowed)
        self.service = Orchestrator(
            settings.service,
            Ledger(self.metrics, log),
            settings.streams_per_key,
            now_ms=_now_ms,
            chance=random.random,
            new_id=random_uuid,
        )
        self.keys = KeyRing(settings.keys, time.time)
        self._rates = RateLimits(_rates(settings))
        self._operations = ServerOperations(self.service, self.metrics, profiles, self._rates_of)
        self.asgi: App = build_application(
            self._operations,
            self.service,
            self.keys,
            limits=BodyLimits(settings.body_bytes, settings.header_timeout_ms, settings.body_timeout_ms),
            log=log,
            check_rate=self._check_rate,
            profiles=profiles,
        )

    def renew_keys(self, settings: Settings) -> None:
        """Know the keys, tenants and policies of the settings from now on, and no others; a key that was made
        up stays as long as there is no other.
        """
        # OC-CTRL-2046
        self.service.renew_policies(settings.service.policy)
        if settings.shown_key is None:
            self.keys.replace(settings.keys)
        self._rates.renew(_rates(settings))
        self.service.renew_tenants(settings.service.tenants)
        self._log.line("info", "config.keys-renewed", keys=[key.id for key in self.keys.known])

    def close(self) -> None:
        """Give up what the service does not."""
        self._operations.close()

    def kept(self, problems: list[str]) -> None:
        """There is nothing that could be taken."""
        self.service.keep_policies(problems)

    def obstacles(self, settings: Settings) -> list[str]:
        """Why the settings cannot be taken at the moment."""
        return self.service.renewal.obstacles(settings.service)

    def renew(self, settings: Settings) -> None:
        """Go by other settings from now on, which differ only where a running server can."""
        # OC-CONFIG-6009
        self.renew_keys(settings)
        self._log.renew(settings.log_level)
        self.service.renewal.take(settings.service, settings.streams_per_key)

    def _rates_of(self, key: Key) -> dict[str, float]:
        return self._rates.told(key.rate, key.tenant)

    def _check_rate(self, key: Key) -> None:
        self._rates.check(key.id, key.rate, key.tenant, _now_ms())

    def _gauges(self) -> Iterable[GaugeSample]:
        return self.service.gauges()

    def _overflowed(self, label: str, budget: int) -> None:
        self._log.line("warning", "metrics.label-overflow", label=label, budget=budget)


def claimed(settings: Settings) -> tuple[Profile, ...]:
    """The profiles that a server with these settings claims, and serves."""
    # ORCH-3048
    policies: tuple[Profile, ...] = ("policy",) if settings.service.policy.modules else ()
    catalog: tuple[Profile, ...] = ("catalog",) if settings.service.catalog is not None else ()
    return (*PROFILES, *policies, *catalog)


def _rates(settings: Settings) -> dict[str, Rate]:
    return {one.id: one.rate for one in settings.service.tenants if one.rate}


def _now_ms() -> float:
    return time.monotonic() * 1000


def bind(settings: Settings) -> socket.socket:
    """The listening socket. Raises ConfigurationError when the address cannot be had."""
    host, port = settings.host, settings.port
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, proto)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "this is no name of a host"
        raise ConfigurationError([f"cannot listen on {host}:{port}: {reason}"]) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Its connections inherit that.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, settings.buffer_bytes)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigurationError([f"cannot listen on {host}:{port}: {error.strerror}"]) from None
    listener.setblocking(False)
    return listener


@dataclass(frozen=True, slots=True)
class Start:
    """What a server is started with: `reread` gives the settings of its `config` anew, and `started` is
    called once when it is up.
    """

    settings: Settings
    config: Path | None
    reread: Reread
    started: Callable[[], None]


def serve(start: Start) -> None:
    """Run a server until it is told to stop. Raises ConfigurationError when it cannot be started."""
    with contextlib.ExitStack() as stack:
        pid_path = start.settings.pid_file
        pid_file = None if pid_path is None else stack.enter_context(contextlib.closing(PidFile(pid_path)))
        listener = stack.enter_context(bind(start.settings))
        runner = stack.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
        runner.run(_serve(start, listener, pid_file))


async def _serve(start: Start, listener: socket.socket, pid_file: PidFile | None) -> None:
    log, writer = _open_log(start.settings)
    asyncio.get_running_loop().set_exception_handler(loop_defects(log))
    try:
        await _run(start, listener, pid_file, log)
    finally:
        # Whoever stops a server has to get what it has to say.
        writer.close()


def _open_log(settings: Settings) -> tuple[Log, LogWriter]:
    def dropped(count: int) -> bytes:
        return log.rendered("warning", "log.lines-dropped", count=count)

    writer = LogWriter(sys.stdout.fileno(), settings.log_buffer_bytes, dropped)
    log = Log(writer.write, settings.log_level, random_uuid())
    logging.basicConfig(handlers=[LibraryHandler(log)], force=True)
    return log, writer


async def _run(start: Start, listener: socket.socket, pid_file: PidFile | None, log: Log) -> None:
    settings = start.settings
    for path in settings.ignored:
        log.line("warning", "config.unknown-field", path=path)
    if IMPLEMENTATION == "python":
        log.line("warning", "queue.in-python", reason="the C extension was not built, or is not wanted")
    application = Application(settings, log)
    server = _Server(_uvicorn_config(settings, application.asgi, log))
    stop = _Stop(application.service, server)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.signalled)
    renewing = Renewing(
        settings, application, reread=start.reread, log=log, config=start.config, pid_file=pid_file
    )
    loop.add_signal_handler(signal.SIGHUP, renewing.signalled)
    await renewing.begin()
    await application.service.start()
    gc.collect()
    gc.freeze()
    # Tasks are kept for minutes and need no collector to go: looking through all of them is rarely worth it,
    # and holds up everybody.
    gc.set_threshold(*gc.get_threshold()[:2], FULL_COLLECTIONS)
    gc.enable()
    host, port = listener.getsockname()[:2]
    log.line("info", "server.listening", host=host, port=port, profiles=claimed(settings))
    start.started()
    await server.serve(sockets=[listener])
    await renewing.close()
    await stop.done()
    application.close()
    log.line("info", "server.stopped")


class _Stop:
    """What signals do: the first stops in order, a second one ends the grace, and a third one everything."""

    def __init__(self, service: Orchestrator, server: uvicorn.Server) -> None:
        self._service = service
        self._server = server
        self._stopping: asyncio.Task[None] | None = None
        self._hurried = False

    def signalled(self) -> None:
        """A signal to stop came."""
        if self._stopping is None:
            self._stopping = asyncio.get_running_loop().create_task(self._stop_in_order())
        elif not self._hurried:
            self._hurried = True
            self._service.hurry()
        else:
            self._server.force_exit = True
            self._stopping.cancel()

    async def done(self) -> None:
        """Until everything is given up."""
        if self._stopping is not None:
            await asyncio.wait([self._stopping])
        await self._service.close()
        if self._stopping is not None and not self._stopping.cancelled():
            self._stopping.result()

    async def _stop_in_order(self) -> None:
        try:
            await self._service.shutdown()
        finally:
            self._server.should_exit = True


def _uvicorn_config(settings: Settings, asgi: App, log: Log) -> uvicorn.Config:
    limits = ConnectionLimits(
        settings.header_bytes,
        settings.body_bytes * DISCARD_FACTOR,
        settings.header_timeout_ms,
        settings.idle_timeout_ms,
        settings.stall_timeout_ms,
        settings.buffer_bytes,
    )
    connections = room_for(settings.connections)
    if connections < settings.connections:
        log.line("warning", "server.few-descriptors", wanted=settings.connections, connections=connections)
    full = Seldom(lambda count: log.line("warning", "server.connections-full", count=count), _now_ms)
    garbled = Seldom(lambda count: log.line("warning", "connection.garbled", count=count), _now_ms)
    crowd = Crowd(connections, full.happened)
    protocol: type[EdgeProtocol] = protocol_with(limits, crowd, log, garbled.happened)
    return uvicorn.Config(
        asgi,
        http=protocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=max(1, ceil(settings.service.flush_ms / 1000)),
    )
