"""Where the processes of workers come from. What is made of them is the service's."""

import asyncio
import socket
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Protocol

from orchestratord.core.pools.exits import Exit
from orchestratord.workers.process import Hear, ManagedProcess


class Process(Protocol):
    """A worker's process. `exit` is done once it has ended and what it said was heard."""

    @property
    def pid(self) -> int:
        """Its number, for those who look at the machine."""

    @property
    def exit(self) -> asyncio.Future[Exit]:
        """How it ended."""

    async def stop(self) -> Exit:
        """End it, gently for as long as its grace and then at once; it may have ended before."""


class Launcher(ABC):
    """Starts processes, and finds ports for them."""

    @abstractmethod
    def free_port(self) -> int:
        """A port that nobody listens on."""

    @abstractmethod
    async def start(
        self, command: Sequence[str], environment: Mapping[str, str], grace_ms: float, hear: Hear
    ) -> Process:
        """Start a command with exactly this environment. `grace_ms` is what it has to end by itself, and
        `hear` gets what it says. Raises ProcessError.
        """


class LocalLauncher(Launcher):
    """Processes of this machine, each under a guard."""

    def free_port(self) -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            return port

    async def start(
        self, command: Sequence[str], environment: Mapping[str, str], grace_ms: float, hear: Hear
    ) -> Process:
        return await ManagedProcess.start(command, environment, grace_ms, hear)
