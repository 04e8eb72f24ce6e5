"""A server under test that is reached over HTTP: one that the kit launched, or one that an operator runs."""

import json
import re
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from orchqueue.kit.client import Client
from orchqueue.kit.clock import now_ms
from orchqueue.kit.errors import NotTestable, TargetError, TransportError
from orchqueue.kit.patience import PATIENCE_S, START_S
from orchqueue.kit.process import Process

_POLL_S = 0.02
_READY = re.compile(
    r'^pool_ready\{[^}\n]*pool_id="((?:[^"\\]|\\.)*)"[^}\n]*\} +1(?:\.0+)?(?: |$)', re.MULTILINE
)


class Server(ABC):
    """What a check needs of a running server."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.url = url

    def client(self, api_key: str | None = None, **options: Any) -> Client:
        """Return a client for it; options as of `Client`."""
        return Client(self.url, api_key, **options)

    def ready_pools(self) -> set[str]:
        """Return the pools whose `pool_ready` is 1 at this moment; raises TransportError."""
        # Read leniently, so that a fault of the exposition fails its own check and not every check.
        return set(_READY.findall(Client(self.url, timeout_s=PATIENCE_S).get("/metrics").text))

    def wait_ready(self, pools: Iterable[str], timeout_s: float = START_S) -> None:
        """Wait until the pools are ready; raises NotTestable naming those that are not."""
        wanted, deadline, fault = self._waited_for(pools), now_ms() + timeout_s * 1000.0, ""
        missing = wanted
        while missing:
            self.check_alive()
            try:
                missing, fault = self._not_ready(wanted), ""
            except TransportError as error:
                fault = f" ({error})"
            if missing and now_ms() > deadline:
                names = ", ".join(sorted(missing))
                raise NotTestable(
                    f"pool_ready was not 1 within {timeout_s:g} s for {names} on {self.name}{fault}"
                )
            if missing:
                time.sleep(_POLL_S)

    def _waited_for(self, pools: Iterable[str]) -> set[str]:
        """Name what `wait_ready` waits for."""
        return set(pools)

    def _not_ready(self, wanted: set[str]) -> set[str]:
        """Name what of that is not ready at this moment; raises TransportError."""
        return wanted - self.ready_pools()

    @abstractmethod
    def check_alive(self) -> None:
        """Raise TargetError when the server is known to have died."""

    @abstractmethod
    def log_lines(self) -> list[str]:
        """Return the lines of its stdout so far; raises NotTestable where they cannot be read."""

    def logs(self) -> list[dict[str, Any]]:
        """Return the log lines that are JSON objects, in order.

        Others are left to the check of the log format.
        """
        found = []
        for line in self.log_lines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict):
                found.append(entry)
        return found

    @abstractmethod
    def wait_for_log(
        self, wanted: Callable[[dict[str, Any]], bool], timeout_s: float = PATIENCE_S
    ) -> dict[str, Any]:
        """Return the first log object that is wanted, waiting for it.

        Raises NotTestable when it does not come.
        """

    @abstractmethod
    def stop(self, timeout_s: float = PATIENCE_S) -> int | None:
        """End it if it is ours to end; return its exit code."""


class RunningServer(Server):
    """A server that the kit launched. `config` is what it was given, in the file at `config_path`."""

    def __init__(
        self, name: str, url: str, config: dict[str, Any], process: Process, config_path: Path
    ) -> None:
        super().__init__(name, url)
        self.config = config
        self.process = process
        self.config_path = config_path

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.exit_code is None

    def check_alive(self) -> None:
        """Raise TargetError with the exit code and the end of stderr when it has died."""
        code = self.process.exit_code
        if code is not None:
            raise TargetError(f"the server {self.name} ended with exit code {code}:\n{self._last_words()}")

    def _last_words(self) -> str:
        return self.process.stderr_tail() or "it wrote nothing to stderr"

    def wait_up(self, timeout_s: float) -> None:
        """Wait until GET /metrics gets any HTTP answer; raises TargetError."""
        deadline = now_ms() + timeout_s * 1000.0
        while True:
            self.check_alive()
            try:
                Client(self.url, timeout_s=PATIENCE_S).get("/metrics")
            except TransportError as error:
                if now_ms() > deadline:
                    what = f"gave no HTTP answer on {self.url}/metrics within {timeout_s:g} s ({error})"
                    raise TargetError(f"the server {self.name} {what}:\n{self._last_words()}") from error
                time.sleep(_POLL_S)
            else:
                return

    def log_lines(self) -> list[str]:
        """Return the lines of its stdout so far."""
        return self.process.lines

    def wait_for_log(
        self, wanted: Callable[[dict[str, Any]], bool], timeout_s: float = PATIENCE_S
    ) -> dict[str, Any]:
        """Return the first log object that is wanted, waiting for it.

        Raises NotTestable when it does not come.
        """

        def parsed(line: str) -> dict[str, Any] | None:
            try:
                entry = json.loads(line)
            except ValueError:
                return None
            return entry if isinstance(entry, dict) and wanted(entry) else None

        line = self.process.wait_for_line(lambda text: parsed(text) is not None, timeout_s)
        entry = None if line is None else parsed(line)
        if entry is None:
            raise NotTestable(f"the log line that was waited for did not come within {timeout_s:g} s")
        return entry

    def renew(self, text: str) -> None:
        """Put another text into its configuration file, and send SIGHUP."""
        self.config_path.write_text(text, encoding="utf-8")
        self.send_signal(signal.SIGHUP)

    def stderr_tail(self) -> str:
        """Return the end of its stderr."""
        return self.process.stderr_tail()

    def send_signal(self, number: int) -> None:
        """Send it a signal, such as SIGHUP or SIGTERM."""
        self.process.send_signal(number)

    def wait_exit(self, timeout_s: float) -> int | None:
        """Wait for its end; return the exit code, None when it still runs."""
        return self.process.wait(timeout_s)

    def stop(self, timeout_s: float = PATIENCE_S) -> int:
        """SIGTERM, then after `timeout_s` SIGKILL for its whole group; return the exit code."""
        return self.process.stop(timeout_s)

    def kill(self) -> int:
        """SIGKILL for its whole group; return the exit code."""
        return self.process.kill()


class AttachedServer(Server):
    """A server that an operator runs: reached over HTTP alone, and never ended by us.

    Its pools have names of their own, so where pools are waited for, any that is ready will do.
    """

    def _waited_for(self, pools: Iterable[str]) -> set[str]:
        """Name no pool of theirs, since none is known before it is ready."""
        return {"any pool"}

    def _not_ready(self, wanted: set[str]) -> set[str]:
        """Give nothing once a pool is ready; raises TransportError."""
        return set() if self.ready_pools() else wanted

    def check_alive(self) -> None:
        """Raise nothing: whether it lives shows in its answers only."""

    def log_lines(self) -> list[str]:
        """Raise NotTestable: its stdout is the operator's."""
        raise NotTestable("the log of an attached server cannot be read")

    def wait_for_log(
        self, wanted: Callable[[dict[str, Any]], bool], timeout_s: float = PATIENCE_S
    ) -> dict[str, Any]:
        """Raise NotTestable: its stdout is the operator's."""
        raise NotTestable("the log of an attached server cannot be read")

    def stop(self, timeout_s: float = PATIENCE_S) -> int | None:
        """Leave it running."""
        return None
