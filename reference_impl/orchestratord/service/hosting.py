"""What a worker's engine runs in: a process of somebody else's, which is only reached, or one of the server's
own, which is started, listened to, and ended.
"""

import asyncio
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from orchestratord.core.errors import OrchestratorError
from orchestratord.core.pools.exits import DriverEvent, FailureCause, Verdict, judge, judge_line, judge_words
from orchestratord.core.pools.states import WorkerState
from orchestratord.service.device_watch import DeviceWatch
from orchestratord.service.digests import ModelDigests
from orchestratord.service.ledger import Ledger
from orchestratord.service.output import WorkerOutput
from orchestratord.service.pool import Pool
from orchestratord.service.worker import Worker
from orchestratord.workers import FileIdentity, Launcher, ModelFileError, Process, ProcessError

PORT, MODEL, MODEL_PATH, SPLIT = "{port}", "{model}", "{model_path}", "{tensor_split}"
# What has served clients may write what they said.
_SERVING = frozenset({WorkerState.READY, WorkerState.SILENT, WorkerState.DRAINING})
EXIT_S = 0.5
# The server's own secrets are none of the engine's business.
_OWN = ("ORCHESTRATORD_", "ORCH_")


CheckFile = Callable[[str | None, str | None, str], None]
"""Raises OrchestratorError when a model's file, by the model's name, its digest and the engine, may not be
loaded.
"""


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
    async def loaded(self) -> None:
        """Once the engine has loaded: make sure of what it has loaded. Raises HostError."""

    @abstractmethod
    async def gone(self) -> Verdict:
        """Why the engine runs no more, once it does not."""

    @abstractmethod
    def verdict(self, reason: str) -> Verdict:
        """What to make of a failure that was noticed from outside."""

    @abstractmethod
    async def examine(self, verdict: Verdict) -> Verdict:
        """What to make of a failure after a moment in which the engine may tell more."""

    @abstractmethod
    async def end(self) -> None:
        """Let nothing of it stay. It may be called at any time, and again."""


class ExternalHost(Host):
    """An engine that somebody else runs: there is nothing to start, and nothing to end."""

    def __init__(self, pool: Pool, worker: Worker, check_file: CheckFile | None = None) -> None:
        self._pool = pool
        self._worker = worker
        self._check_file = check_file

    async def begin(self) -> None:
        """It runs, or it does not."""

    async def loaded(self) -> None:
        # OC-CAT-4217
        digest = self._worker.model_digest
        if digest is not None and self._check_file is not None:
            _check(self._check_file, self._worker, self._pool, digest)

    async def gone(self) -> Verdict:
        never: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        return await never

    def verdict(self, reason: str) -> Verdict:
        return Verdict(FailureCause.UNREADY, None, reason)

    async def examine(self, verdict: Verdict) -> Verdict:
        return verdict

    async def end(self) -> None:
        """It goes on, whatever becomes of the server."""


class ManagedHost(Host):
    """An engine in a process of the server's own, on a port that it is given anew at each start."""

    managed = True

    def __init__(
        self,
        pool: Pool,
        worker: Worker,
        *,
        ledger: Ledger,
        devices: DeviceWatch,
        digests: ModelDigests,
        launcher: Launcher,
        now_ms: Callable[[], float],
        check_file: CheckFile | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._pool = pool
        self._worker = worker
        self._ledger = ledger
        self._devices = devices
        self._digests = digests
        self._launcher = launcher
        self._now_ms = now_ms
        self._mark = 0
        self._environment = environment
        self._process: Process | None = None
        self._output: WorkerOutput | None = None
        self._file: FileIdentity | None = None
        self._check_file = check_file
        self._digest: asyncio.Task[str | None] | None = None
        self._confessed: asyncio.Future[Verdict] | None = None

    async def begin(self) -> None:
        plan = self._worker.plan
        port = str(self._launcher.free_port())
        split = ",".join(f"{ratio:g}" for ratio in plan.tensor_split)
        words = {
            PORT: port,
            MODEL: self._worker.model or "",
            MODEL_PATH: plan.model_path or "",
            SPLIT: split,
        }
        command = [_filled(part, words) for part in plan.command]
        await self._worker.reach(f"http://127.0.0.1:{port}").close()
        await self._look_at_file()
        self._mark = self._devices.mark
        self._confessed = asyncio.get_running_loop().create_future()
        self._output = WorkerOutput(self._worker.redaction, self._now_ms, self._said, self._heed)
        try:
            self._process = await self._launcher.start(
                command, self._its_environment(), plan.stop_ms, self._output.hear
            )
        except ProcessError as error:
            raise HostError(Verdict(FailureCause.CRASH, None, str(error))) from error
        self._ledger.worker_started(self._pool, self._worker, self._process.pid)

    async def loaded(self) -> None:
        # OC-POOL-3042
        path, self._worker.file_digest = self._worker.plan.model_path, None
        if path is None or self._digest is None:
            return
        try:
            digest, now = await asyncio.shield(self._digest), await self._digests.identity(path)
        except ModelFileError as error:
            raise HostError(Verdict(FailureCause.UNREADY, None, str(error))) from None
        if now != self._file:
            reason = f"the model's file {path} was changed while it was loaded"
            raise HostError(Verdict(FailureCause.UNREADY, None, reason))
        self._worker.file_digest = digest

    async def gone(self) -> Verdict:
        assert self._process is not None
        assert self._confessed is not None
        process, confessed = self._process, self._confessed
        ends: list[asyncio.Future[Any]] = [process.exit, confessed]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if not process.exit.done():
            return confessed.result()
        return await self._judged(process)

    def verdict(self, reason: str) -> Verdict:
        # ORCH-3038: an engine that hangs after an error of the driver says so before it is found to hang.
        for event in self._news():
            return Verdict(FailureCause.DRIVER_ERROR, event, reason)
        spoken = None if self._output is None else judge_words(self._output.last_lines)
        return Verdict(FailureCause.UNREADY, None, reason) if spoken is None else spoken

    async def examine(self, verdict: Verdict) -> Verdict:
        # ORCH-3039: who used the engine notices that it is gone before its process has ended.
        if self._process is None:
            return verdict
        await asyncio.wait([self._process.exit], timeout=EXIT_S)
        return await self._judged(self._process) if self._process.exit.done() else verdict

    async def end(self) -> None:
        digest, self._digest = self._digest, None
        if digest is not None:
            digest.cancel()
        process, output, self._process = self._process, self._output, None
        if process is not None and output is not None:
            exit_ = await process.stop()
            self._ledger.worker_ended(
                self._pool, self._worker, str(exit_), left_out=output.left_out, withheld=output.withheld
            )

    async def _judged(self, process: Process) -> Verdict:
        assert self._output is not None
        await self._devices.look()
        return judge(process.exit.result(), self._output.last_lines, self._news())

    async def _look_at_file(self) -> None:
        """Begin to reckon the digest of the model's file, while the engine loads it, or before where somebody
        has to vouch for it. Raises HostError.
        """
        path = self._worker.plan.model_path
        if path is None:
            return
        try:
            self._file = await self._digests.identity(path)
        except ModelFileError as error:
            raise HostError(Verdict(FailureCause.UNREADY, None, str(error))) from None
        self._digest = asyncio.get_running_loop().create_task(self._digests.of(path, self._file))
        self._digest.add_done_callback(_heard)
        if self._check_file is not None:
            await self._vouched(self._check_file, self._digest)

    async def _vouched(self, check_file: CheckFile, reckoned: "asyncio.Task[str | None]") -> None:
        """Until it is known that the file may be loaded. Raises HostError."""
        # OC-CAT-4215
        try:
            digest = await asyncio.shield(reckoned)
        except ModelFileError as error:
            raise HostError(Verdict(FailureCause.UNREADY, None, str(error))) from None
        _check(check_file, self._worker, self._pool, digest)

    def _its_environment(self) -> dict[str, str]:
        # OC-POOL-3020
        plan = self._worker.plan
        environment = {name: value for name, value in self._environment.items() if not name.startswith(_OWN)}
        if plan.visible_devices is not None:
            environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # as the driver numbers them
            environment["CUDA_VISIBLE_DEVICES"] = plan.visible_devices
        return environment | dict(plan.env)

    def _news(self) -> tuple[DriverEvent, ...]:
        """What has happened to the worker's devices since it was started."""
        return self._devices.events(self._worker.plan.devices, self._mark)

    def _heed(self, line: str) -> None:
        """Look whether a line says that the engine does without its devices, or has lost them."""
        confessed = self._confessed
        if confessed is None or confessed.done():
            return
        verdict = judge_line(
            line, serving=self._worker.health.state in _SERVING, masked=bool(self._worker.plan.devices)
        )
        if verdict is not None:
            confessed.set_result(verdict)

    def _said(self, line: str, left_out: int, withheld: int) -> None:
        self._ledger.worker_said(self._pool, self._worker, line, left_out, withheld)


def _heard(digest: "asyncio.Task[str | None]") -> None:
    """A worker that is given up before it has loaded asks no more for the digest of its file."""
    if not digest.cancelled():
        digest.exception()


def _filled(part: str, words: Mapping[str, str]) -> str:
    for name, value in words.items():
        part = part.replace(name, value)
    return part


def _check(check_file: CheckFile, worker: Worker, pool: Pool, digest: str | None) -> None:
    """Have somebody vouch for what a worker loads or has loaded. Raises HostError."""
    try:
        check_file(worker.model, digest, pool.engine)
    except OrchestratorError as error:
        raise HostError(Verdict(FailureCause.UNREADY, None, str(error))) from None
