"""A server that scenarios share, as it runs: its handle, its keys, and the engines behind it.

Starting and stopping it is in `servers`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchqueue.kit import ManagedEngine, NotTestable, RunningServer, ScriptedEngine, Server
from orchqueue.kit.devices import FakeNvml
from orchqueue.kit.realengine import RealEngine
from orchqueue_bdd.setups import Keys


@dataclass
class SharedServer:
    """A server that runs: the kit's handle on it, the keys it knows, and the engines behind it by name.

    `managed` are the engines that it runs itself, `nvml` is the driver of the GPUs that it finds, and
    `folder` is where its files may be. Where
    its operator configured it, `suits` are the fields that a task needs to be one for it, and `pool` is the
    pool that such tasks go to, None where several may take them. `drives` names the engine of each model that
    was configured here, and `off` are the profiles that its configuration leaves off.
    """

    running: Server
    keys: Keys
    engines: Mapping[str, ScriptedEngine]
    real: RealEngine | None = None
    managed: Mapping[str, ManagedEngine] = field(default_factory=dict)
    nvml: FakeNvml | None = None
    ready: bool = False
    suits: Mapping[str, str] = field(default_factory=dict)
    drives: Mapping[str, str] = field(default_factory=dict)
    pool: str | None = "default"
    off: frozenset[str] = frozenset()
    folder: Path | None = None

    @property
    def real_engine(self) -> RealEngine:
        """The real engine behind it. Raises NotTestable where there is none."""
        if self.real is None:
            raise NotTestable("no real engine stands behind this server")
        return self.real

    @property
    def name(self) -> str:
        """Its name in the records, another one for each start."""
        return self.running.name

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.running.url

    @property
    def launched(self) -> RunningServer:
        """The handle on its process. Raises NotTestable for a server that was not started here."""
        if isinstance(self.running, RunningServer):
            return self.running
        raise NotTestable("an attached server is its operator's: it has no process here")

    @property
    def alive(self) -> bool:
        """Whether it is still there to be used."""
        return not isinstance(self.running, RunningServer) or self.running.alive

    @property
    def at_rest(self) -> bool:
        """Whether its engines work on nothing."""
        return all(engine.slots_busy == 0 and engine.waiting == 0 for engine in self.engines.values())

    def stop(self) -> None:
        """Stop it and its engines."""
        try:
            self.running.stop()
        finally:
            for engine in self.engines.values():
                engine.stop()
            if self.real is not None:
                self.real.stop()
