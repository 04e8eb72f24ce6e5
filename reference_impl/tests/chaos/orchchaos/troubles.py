"""What is done to the workers and pools of a server, drawn from a seed."""

import os
import signal
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random
from threading import Event

from orchchaos.clients import KEY
from orchqueue.kit import RunningServer
from orchqueue.kit.devices import FakeNvml

STOPPED_S = LOST_S = 0.8
RELOAD_S = 60.0


class Troubles:
    """Does one thing after the other until all is over. `done` counts what, and how it was answered."""

    def __init__(
        self, server: RunningServer, pools: list[str], nvml: FakeNvml, random: Random, over: Event
    ) -> None:
        self.server = server
        self.pools = pools
        self._nvml = nvml
        self._ecc_errors = [0] * len(nvml)
        self.done: Counter[str] = Counter()
        self._random = random
        self._over = over

    def make(self) -> None:
        """Until all is over; afterwards every pool serves what it served at first."""
        kinds = (
            *(self._kill, self._kill, self._terminate, self._stop),
            *(self._lose_device, self._count_ecc_error),
            *(self._drain, self._reload, self._switch),
        )
        while not self._over.wait(self._random.uniform(0.1, 0.6)):
            self._random.choice(kinds)(self._random.choice(self.pools))
        for pool in self.pools:
            self._reload(pool)

    def workers(self, pool: str) -> list[int]:
        """The processes of a pool's workers: what their guards run now."""
        started = [line for line in self.server.logs() if line["event"] == "worker.started"]
        found: list[int] = []
        for guard in [line["pid"] for line in started if line["pool_id"] == pool]:
            with suppress(OSError):
                found += map(int, Path(f"/proc/{guard}/task/{guard}/children").read_text().split())
        return found

    def _signal(self, pool: str, number: int) -> int | None:
        workers = self.workers(pool)
        if not workers:
            return None
        worker = self._random.choice(workers)
        with suppress(ProcessLookupError):
            os.kill(worker, number)
            self.done[signal.Signals(number).name] += 1
        return worker

    def _kill(self, pool: str) -> None:
        self._signal(pool, signal.SIGKILL)

    def _terminate(self, pool: str) -> None:
        self._signal(pool, signal.SIGTERM)

    def _stop(self, pool: str) -> None:
        """The worker hangs for a while."""
        worker = self._signal(pool, signal.SIGSTOP)
        self._over.wait(STOPPED_S)
        if worker is not None:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGCONT)

    def _lose_device(self, _pool: str) -> None:
        """A device is not there for a while."""
        index = self._random.randrange(len(self._nvml))
        self._nvml.change(index, lost=True)
        self.done["device lost"] += 1
        self._over.wait(LOST_S)
        self._nvml.change(index, lost=False)

    def _count_ecc_error(self, _pool: str) -> None:
        """A device counts one more error that it could not correct."""
        index = self._random.randrange(len(self._nvml))
        self._ecc_errors[index] += 1
        self._nvml.change(index, ecc_errors=self._ecc_errors[index])
        self.done["ECC error"] += 1

    def _drain(self, pool: str) -> None:
        self._ask(pool, "drain", {"deadline_ms": self._random.choice([0, 200, 1_000])})
        self._over.wait(self._random.uniform(0, 1))
        self._reload(pool)

    def _reload(self, pool: str) -> None:
        self._ask(pool, "reload", {"new_model_ref": pool})

    def _switch(self, pool: str) -> None:
        """Another model for a moment."""
        self._ask(pool, "reload", {"new_model_ref": "another"})
        self._reload(pool)

    def _ask(self, pool: str, what: str, body: dict[str, object]) -> None:
        with self.server.client(KEY, timeout_s=RELOAD_S) as client:
            answer = client.post(f"/v1/pools/{pool}/{what}", json=body)
        self.done[f"{what} {answer.status}"] += 1
