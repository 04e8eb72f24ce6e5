"""What a worker's engine runs in: a process of somebody else's, which is only reached, or one of the server's
own, which is started, listened to, and ended.
"""

import asyncio
import os
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from orchestratord.core.pools.exits import DriverEvent, FailureCause, Verdict, judge, judge_words
from orchestratord.service.ledger import Ledger
from orchestratord.service.pool import Pool
from orchestratord.service.worker import Worker
from orchestratord.workers import ManagedProcess, ProcessError

PORT, MODEL, MODEL_PATH = "{port}", "{model}", "{model_path}"
# The server's own secrets are none of the engine's business.
_OWN = ("ORCHESTRATORD_", "ORCH_")

DeviceNews = Callable[[tuple[int, ...]], tuple[DriverEvent, ...]]
"""What happened to devices since somebody last asked about them for this worker."""


class HostError(Exception):
    """A worker's engine cannot run, or runs no more."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.message)
        self.verdict = verdict


class Host(ABC):
    """Where one worker's engine runs."""

    managed = False

    @abstractmethod
    async def begin(self) -> None:
        """Have the engine run. Raises HostError."""

    @abstractmethod
    async def gone(self) -> Verdict:
        """Why the engine runs no more, once it does not."""

    @abstractmethod
    def verdict(self, reason: str) -> Verdict:
        """What to make of a failure that was noticed from outside."""

    @abstractmethod
    async def end(self) -> None:
        """Let nothing of it stay. It may be called at any time, and again."""


class ExternalHost(Host):
    """An engine that somebody else runs: there is nothing to start, and nothing to end."""

    async def begin(self) -> None:
        """It runs, or it does not."""

    async def gone(self) -> Verdict:
        never: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        return await never

    def verdict(self, reason: str) -> Verdict:
        return Verdict(FailureCause.UNREADY, None, reason)

    async def end(self) -> None:
        """It goes on, whatever becomes of the server."""


class ManagedHost(Host):
    """An engine in a process of the server's own, on a port that it is given anew at each start."""

    managed = True

    def __init__(
        self,
        pool: Pool,
        worker: Worker,
        ledger: Ledger,
        device_news: DeviceNews,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._pool = pool
        self._worker = worker
        self._ledger = ledger
        self._device_news = device_news
        self._environment = environment
        self._process: ManagedProcess | None = None

    async def begin(self) -> None:
        plan = self._worker.plan
        port = str(_free_port())
        words = {PORT: port, MODEL: self._worker.model or "", MODEL_PATH: plan.model_path or ""}
        command = [_filled(part, words) for part in plan.command]
        await self._worker.reach(f"http://127.0.0.1:{port}").close()
        try:
            self._process = await ManagedProcess.start(
                command, self._its_environment(), plan.stop_ms, self._said
            )
        except ProcessError as error:
            raise HostError(Verdict(FailureCause.CRASH, None, str(error))) from error
        self._ledger.worker_started(self._pool, self._worker, self._process.pid)

    async def gone(self) -> Verdict:
        assert self._process is not None
        exit_ = await asyncio.shield(self._process.exit)
        return judge(exit_, self._process.last_lines, self._device_news(self._worker.plan.devices))

    def verdict(self, reason: str) -> Verdict:
        # ORCH-3038: an engine that hangs after an error of the driver says so before it is found to hang.
        for event in self._device_news(self._worker.plan.devices):
            return Verdict(FailureCause.DRIVER_ERROR, event, reason)
        spoken = None if self._process is None else judge_words(self._process.last_lines)
        return Verdict(FailureCause.UNREADY, None, reason) if spoken is None else spoken

    async def end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            exit_ = await process.stop()
            self._ledger.worker_ended(self._pool, self._worker, str(exit_))

    def _its_environment(self) -> dict[str, str]:
        # OC-POOL-3020
        plan = self._worker.plan
        environment = {name: value for name, value in self._environment.items() if not name.startswith(_OWN)}
        if plan.visible_devices is not None:
            environment["CUDA_VISIBLE_DEVICES"] = plan.visible_devices
        return environment | dict(plan.env)

    def _said(self, line: str, left_out: int) -> None:
        self._ledger.worker_said(self._pool, self._worker, line, left_out)


def _filled(part: str, words: Mapping[str, str]) -> str:
    for name, value in words.items():
        part = part.replace(name, value)
    return part


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
