"""Scripted engines that a server runs itself: the file and the command of each, and what it has written down.

The server chooses the port and starts the process; the scenario has the script and the record.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from orchqueue.kit.engine.process import read_record
from orchqueue.kit.errors import NotTestable
from orchqueue.kit.patience import PATIENCE_S

Entry = dict[str, Any]

_LOOK_S = 0.01


GATE = "{gate}"


def engine_command(script: str) -> list[str]:
    """The command of an engine with that script, as a configuration has it: the server puts the port in."""
    return [sys.executable, "-m", "orchqueue", "engine", "--script", script, "--port", "{port}"]


class ManagedEngine:
    """An engine by command. `script` are the fields of its file (`orchqueue engine --script`), to which
    `process.record` is added.

    The files lie in `folder` under the engine's name. `gate` is the path of a file for scripts that `hold`,
    which is open while the file is there; they name it by `GATE`.
    """

    def __init__(self, folder: Path, name: str, script: Mapping[str, Any] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.path = folder / f"{name}.json"
        self.gate = folder / f"{name}.gate"
        self._record = folder / f"{name}.record.jsonl"
        self._first = dict(script or {})
        self._heeded = 0
        self.rewrite()

    @property
    def command(self) -> list[str]:
        """The command, as a configuration has it."""
        return engine_command(str(self.path))

    def rewrite(self, **script: Any) -> None:
        """Let the next start be otherwise: fields of the first script, changed; those of `process` one by
        one.
        """
        process = {**self._first.get("process", {}), **script.pop("process", {}), "record": str(self._record)}
        text = json.dumps({**self._first, **script, "process": process}, indent=2)
        beside = self.path.with_suffix(".new")
        beside.write_text(text.replace(GATE, str(self.gate)), encoding="utf-8")
        beside.replace(self.path)

    def reset(self) -> None:
        """Be scripted as at first, with an open record: what was written down until now counts no more."""
        self.rewrite()
        self.gate.unlink(missing_ok=True)
        self._heeded = len(read_record(self._record))

    def take_away(self) -> None:
        """Have no file any more, until it is rewritten."""
        self.path.unlink()

    def go_on(self) -> None:
        """Open the gate."""
        self.gate.touch()

    @property
    def pid(self) -> int:
        """The id of the process that was started last. Raises NotTestable before there was one."""
        started = self.of("start")
        if not started:
            raise NotTestable(f"the engine {self.name} was never started")
        return int(started[-1]["pid"])

    def send_signal(self, number: int) -> None:
        """Send a signal to the process that was started last. Raises NotTestable when it is gone."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            raise NotTestable(f"the process {self.pid} of the engine {self.name} is gone") from None

    @property
    def record(self) -> list[Entry]:
        """What its processes have written down since the last reset, oldest first."""
        return read_record(self._record)[self._heeded :]

    def of(self, event: str) -> list[Entry]:
        """The entries of one kind."""
        return [entry for entry in self.record if entry["event"] == event]

    def asked(self, prompt: str) -> list[Entry]:
        """The entries of the requests for work that hold this text."""
        return [entry for entry in self.of("request") if prompt in entry["prompt"]]

    def wait_for(self, condition: Callable[[], bool], timeout_s: float = PATIENCE_S) -> bool:
        """Wait until a condition on the record holds; tell whether it did in time."""
        until = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > until:
                return False
            time.sleep(_LOOK_S)
        return True

    def require(self, condition: Callable[[], bool], reason: str, timeout_s: float = PATIENCE_S) -> None:
        """Wait for a state that a check needs; raises NotTestable with the reason when it is not reached."""
        if not self.wait_for(condition, timeout_s):
            seen = ", ".join(str(entry["event"]) for entry in self.record) or "nothing"
            raise NotTestable(f"{reason}; the engine {self.name} has written down {seen}")
