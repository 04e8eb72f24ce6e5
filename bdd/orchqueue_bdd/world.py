"""The world of one scenario: what its steps work with, as `context.world`, and what becomes of it in the end.

    world.use("standard")         the server of that name (servers.SERVERS) is this scenario's; started when
                                  first asked for, shared with others, one scenario at a time
    world.server                  it: .url .keys["data"|"control"|"stranger"] .engines .launched (the process)
    world.client("data")          a kit Client with that key (None: no key); all exchanges are on record
    world.stream(path, key=…)     an open EventStream of the kit, on record with the times of its events
    world.engine()                the scripted engine behind the server ("main"), to script and to ask
    world.managed("crashing")     an engine that the server runs itself, to script for its next start, and
                                  its record since the server began, or since another scenario had it
    world.nvml                    the driver of the GPUs that the server finds, to say how they are
    world.scrape_text()           the text of /metrics, on record for the metrics checks
    world.log_text()              the lines that the server has logged since the scenario began
    world.launch(config, env)     a server of the scenario's own, stopped at its end
    world.at_end(call)            something to undo at the end, last first (release a Gate, say)
    world.memory                  a dict in which steps leave things for later steps

A step raises AssertionError for what does not hold, `orchqueue.kit.NotTestable(reason)` where the state that
it needs cannot be brought about on this target, and ScenarioFault where the line is missing that leaves what
it needs. At the scenario's end the world undoes what was asked for (its streams are closed), brings engines
and server to rest, and writes its records; a server that does not come to rest is replaced.
"""

import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from orchqueue.kit import (
    Client,
    EventStream,
    Exchange,
    ManagedEngine,
    NotTestable,
    RunningServer,
    ScriptedEngine,
    Server,
    Target,
    TransportError,
)
from orchqueue.kit.devices import FakeNvml
from orchqueue.verify.exploring import Depth
from orchqueue_bdd import recording
from orchqueue_bdd.errors import ScenarioFault
from orchqueue_bdd.recording import Recorder
from orchqueue_bdd.servers import OPTIONAL, Servers
from orchqueue_bdd.setups import with_secret
from orchqueue_bdd.shared import SharedServer
from orchqueue_bdd.waiting import eventually

REST_S = 1.0

_AT_WORK = re.compile(r"^(?:active_leases|queue_depth)\{[^\n]*\} +[1-9]", re.MULTILINE)


class Memory(dict[str, Any]):
    """What the lines of a scenario leave for later ones."""

    def __missing__(self, key: str) -> Any:
        """Raise ScenarioFault: the line that leaves it is missing."""
        raise ScenarioFault(f"no earlier line of the scenario has left {key!r} for this one")


class World:
    """One scenario's view of the system under test.

    `place` names the scenario in the records, `depth` is how far explorations go.
    """

    def __init__(
        self, place: str, servers: Servers, target: Target, recorder: Recorder, depth: Depth
    ) -> None:
        self.place = place
        self.depth = depth
        self.memory = Memory()
        self._servers = servers
        self._target = target
        self._recorder = recorder
        self._server: SharedServer | None = None
        self._name = ""
        self._log_start = 0
        self._exchanges: list[Exchange] = []
        self._streams: dict[int, EventStream] = {}
        self._undo: list[Callable[[], object]] = []
        self._managed: set[str] = set()
        self._own = 0
        self._lock = threading.Lock()

    @property
    def server(self) -> SharedServer:
        """The server of this scenario. Raises ScenarioFault before `use`."""
        if self._server is None:
            raise ScenarioFault("the scenario has not said which server it is about")
        return self._server

    def use(self, name: str) -> SharedServer:
        """Make the named server this scenario's; raises NotTestable when this target has no such server."""
        self._server, self._name = self._servers.get(name), name
        if isinstance(self._server.running, RunningServer):
            self._log_start = len(self._server.running.log_lines())
        return self._server

    def client(self, key: str | None = "data", url: str | None = None, **options: Any) -> Client:
        """Give a client with the server's key of that name, or with none.

        `url` for another server than its own.
        """
        value = None if key is None else self._key(key)
        return Client(url or self.server.url, value, on_exchange=self.note, **options)

    def stream(self, path: str, key: str | None = "data", **options: Any) -> EventStream:
        """Open a stream; options as of the kit's `Client.stream`. It is closed at the end of the scenario."""
        stream = self.client(key).stream(path, **options)
        self._streams[id(stream.exchange)] = stream
        self.at_end(stream.close)
        return stream

    def engine(self, name: str = "main") -> ScriptedEngine:
        """Give the scripted engine of that name.

        Raises NotTestable where none of ours is behind the server.
        """
        try:
            return self.server.engines[name]
        except KeyError:
            raise NotTestable(f'no scripted engine "{name}" stands behind this server') from None

    def managed(self, name: str) -> ManagedEngine:
        """Give the engine of that name that the server runs. Raises NotTestable where there is none."""
        if name not in self.server.managed:
            raise NotTestable(f'the server runs no scripted engine "{name}"')
        self._managed.add(name)
        return self.server.managed[name]

    @property
    def nvml(self) -> FakeNvml:
        """The driver of the server's GPUs. Raises NotTestable where it has none of ours."""
        if self.server.nvml is None:
            raise NotTestable("the GPUs of this server are none of ours")
        return self.server.nvml

    def scrape_text(self) -> str:
        """Read /metrics without a key and put the reading on record; the metrics checks judge its format.

        Raises AssertionError when the answer is not 200.
        """
        return self.scrape_of(self.server.running, self.server.off)

    def scrape_of(self, server: Server, off: Iterable[str]) -> str:
        """Do so for a server of the scenario's own, whose configuration leaves the profiles `off` off."""
        exchange = Client(server.url, None, on_exchange=self.note).get("/metrics")
        media = exchange.header("content-type") or ""
        assert exchange.status == 200, f"/metrics answered {exchange.status}"
        self._recorder.scrape(server.name, self.place, exchange.text, media, off)
        return exchange.text

    def log_text(self) -> list[str]:
        """Give the lines that the server has written to stdout since the scenario began, whatever they are.

        Raises NotTestable for an attached server.
        """
        return self.server.running.log_lines()[self._log_start :]

    def launch(
        self, config: dict[str, Any], env: dict[str, str] | None = None, *, executed: bool = False
    ) -> Server:
        """Start a server of the scenario's own; the kit's TargetError says why one did not start.

        `executed` as of the kit's `Target.launch`. What its metrics are in the end is on record.
        """
        self._own += 1
        number = self._own
        place = self.place.rpartition("/")[2].replace(".feature:", "-")
        running = self._target.launch(config, f"{place}-{number}", env=with_secret(env), executed=executed)
        self.at_end(running.stop)
        self.at_end(lambda: self._scrape_own(running, f"{self.place}-{number}", OPTIONAL - set(config)))
        return running

    def command(self, words: list[str]) -> list[str]:
        """Give the command line that runs a Python command as servers are run here."""
        return self._target.command(words)

    def _scrape_own(self, server: Server, name: str, off: Collection[str]) -> None:
        """Put the metrics of an own server on record; one that has ended leaves none."""
        if isinstance(server, RunningServer) and not server.alive:
            return
        with suppress(TransportError):
            exchange = Client(server.url, timeout_s=REST_S).get("/metrics")
            if exchange.status == 200:
                media = exchange.header("content-type") or ""
                self._recorder.scrape(name, self.place, exchange.text, media, off)

    def new_folder(self) -> Path:
        """Make a folder of the scenario's own, which is gone at its end."""
        folder = Path(tempfile.mkdtemp(prefix="scenario-"))
        self.at_end(lambda: shutil.rmtree(folder))
        return folder

    def at_end(self, call: Callable[[], object]) -> None:
        """Have something undone at the end of the scenario, last first."""
        self._undo.append(call)

    def note(self, exchange: Exchange) -> None:
        """Put an exchange on record; clients and streams of this world do so by themselves."""
        with self._lock:
            self._exchanges.append(exchange)

    def leave(self) -> list[dict[str, Any]]:
        """Undo, bring to rest, write the exchanges down, and give those to be shown as evidence."""
        try:
            with ExitStack() as stack:
                for undo in self._undo:
                    stack.callback(undo)
        finally:
            self._rest()
            name = self._server.name if self._server else ""
            seen = [(exchange, self._streams.get(id(exchange))) for exchange in self._exchanges]
            self._recorder.exchanges(recording.full(*pair, self.place, name) for pair in seen)
        return [recording.shown(*pair) for pair in recording.shown_of(seen, recording.SHOWN_EXCHANGES)]

    def _rest(self) -> None:
        """Bring the server back to where the next scenario expects it: nothing running, nothing scripted."""
        server = self._server
        if server is None:
            return
        for engine in server.engines.values():
            engine.reset()
        for name in self._managed:
            server.managed[name].reset()
        if server.nvml is not None:
            server.nvml.reset()
        if not server.alive:
            self._servers.stop(self._name)
        # An attached server serves others too: it need not come to rest, and could not be replaced.
        if not server.alive or not isinstance(server.running, RunningServer) or self._comes_to_rest(server):
            return
        for engine in server.engines.values():
            engine.drop_connections()
        if not self._comes_to_rest(server):
            self._servers.stop(self._name)

    def _comes_to_rest(self, server: SharedServer) -> bool:
        return eventually(lambda: server.at_rest and _is_idle(server), bool, REST_S)

    def _key(self, name: str) -> str:
        try:
            return self.server.keys[name]
        except KeyError:
            raise NotTestable(f'no key "{name}" is known for this server') from None


def _is_idle(server: SharedServer) -> bool:
    """Say whether the server itself holds no task, as far as it tells; one that is gone is not idle."""
    try:
        return not _AT_WORK.search(Client(server.url, timeout_s=REST_S).get("/metrics").text)
    except TransportError:
        return False
