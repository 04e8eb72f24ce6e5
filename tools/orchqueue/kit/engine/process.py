"""A scripted engine as a process of its own, as a server runs it: how it starts, what it says and writes
down, and how it ends.

What it answers is the engine's; here is what only a process can do.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchqueue.kit.engine.ending import Ending
from orchqueue.kit.engine.record import EngineRequest
from orchqueue.kit.engine.scripted import ScriptedEngine
from orchqueue.kit.errors import ScriptError

SHOWN = ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER")
_STAYS = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()"


@dataclass(frozen=True)
class ProcessScript:
    """How the process behaves.

    - `load_ms`: so long it listens and says that it loads; `stays_loading`: for ever.
    - `words`: lines that it writes before it listens; `floods`: so many lines while it serves; `echoes`:
      writes every prompt that it gets, as engines do that log requests.
    - `ends`: the process ends, by its `after` in requests that it has answered, those included by which the
      server makes sure of it.
    - `ignores_sigterm`; `forks`: leaves a descendant in a session of its own that ignores SIGTERM.
    - `record`: the file to which it writes what happens to it, a JSON object a line, with `event`, `ms` (Unix
      time) and `pid`: `start` (with `born_ms`, when the process began, which is long before it could write;
      `port`, the names of all `variables`, and the values in `environment` of those in `shows`), `ready`,
      `request` (`prompt`, `max_tokens`), `served` and `left` (`prompt`), `signal`, `fork` (`child`), `end`.
    """

    load_ms: float = 0.0
    stays_loading: bool = False
    words: tuple[str, ...] = ()
    floods: int = 0
    echoes: bool = False
    ends: Ending | None = None
    ignores_sigterm: bool = False
    forks: bool = False
    record: Path | None = None
    shows: tuple[str, ...] = SHOWN

    @classmethod
    def from_mapping(cls, data: Any) -> "ProcessScript":
        """Read it from a file's mapping. `starts` is a list of such mappings, each of which holds beside the
        rest for one start, and the last for all that follow; a start is what `record` says of one. Raises
        ScriptError.
        """
        if not isinstance(data, dict):
            raise ScriptError(f"process is {data!r}, not a mapping")
        data = dict(data)
        starts = data.pop("starts", [])
        if not isinstance(starts, list) or not all(isinstance(one, dict) for one in starts):
            raise ScriptError(f"process.starts is {starts!r}, not a list of mappings")
        if starts and "record" not in data:
            raise ScriptError("process.starts needs process.record, by which the starts are counted")
        if starts:
            count = sum(1 for entry in read_record(Path(data["record"])) if entry["event"] == "start")
            data |= starts[min(count, len(starts) - 1)]
        return cls(**_read(data))


_KINDS: Mapping[str, tuple[type, ...]] = {
    "load_ms": (int, float),
    "floods": (int,),
    **dict.fromkeys(("stays_loading", "echoes", "ignores_sigterm", "forks"), (bool,)),
    **dict.fromkeys(("words", "shows"), (list,)),
    "ends": (dict,),
    "record": (str,),
}


def _read(data: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(str(name) for name in set(data) - set(_KINDS))
    if unknown:
        raise ScriptError(
            f"unknown field {unknown[0]!r} in process; known are {', '.join(sorted(_KINDS))} and starts"
        )
    for name, value in data.items():
        kinds = _KINDS[name]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise ScriptError(f"process.{name} is {value!r}, of the wrong type")
    read = {
        name: tuple(map(str, value)) if isinstance(value, list) else value for name, value in data.items()
    }
    if "ends" in read:
        read["ends"] = Ending.from_mapping(read["ends"])
    if "record" in read:
        read["record"] = Path(data["record"])
    return read


def read_record(path: Path) -> list[dict[str, Any]]:
    """What a process has written down so far; nothing where there is no file yet."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines[:-1]]  # the last is empty, or not yet whole


class EngineProcess:
    """Runs an engine until a signal or its script ends it. `run` is called in the main thread."""

    def __init__(self, engine: ScriptedEngine, script: ProcessScript) -> None:
        self._engine = engine
        self._script = script
        self._answered = 0
        # Whoever has news puts it here: the engine's thread, and handlers of signals.
        self._news: queue.SimpleQueue[int] = queue.SimpleQueue()

    def run(self) -> int:
        """Serve; the status to end with."""
        script, engine = self._script, self._engine
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._signalled)
        engine.asked, engine.answered, engine.go_away = self._asked, self._done, self._end
        engine.ready = not script.load_ms and not script.stays_loading
        self._write(
            "start",
            born_ms=_born_ms(),
            port=engine.port,
            variables=sorted(os.environ),
            environment=self._shown(),
        )
        self._say(script.words)
        if script.ends is not None and script.ends.after == 0:
            self._end(script.ends)
        with engine:
            self._say([engine.url, *([engine.metrics_url] if engine.metrics_url != engine.url else [])])
            if script.forks:
                self._fork()
            if script.floods:
                threading.Thread(target=self._flood, daemon=True).start()
            self._load()
            ignored = signal.SIGTERM if script.ignores_sigterm else None
            while self._news.get() == ignored:
                continue
        self._write("end", status=0)
        return 0

    def _load(self) -> None:
        if self._script.load_ms and not self._script.stays_loading:
            threading.Timer(self._script.load_ms / 1000, self._ready).start()
        elif self._engine.ready:
            self._write("ready")

    def _ready(self) -> None:
        self._engine.ready = True
        self._write("ready")

    def _shown(self) -> dict[str, str]:
        return {name: os.environ[name] for name in self._script.shows if name in os.environ}

    def _signalled(self, number: int, _frame: object) -> None:
        self._write("signal", name=signal.Signals(number).name)
        self._news.put(number)

    def _asked(self, request: EngineRequest) -> None:
        if self._script.echoes:
            self._say([f"Received request: prompt: {request.prompt!r}, max_tokens: {request.max_tokens}"])
        self._write("request", prompt=request.prompt, max_tokens=request.max_tokens)

    def _done(self, request: EngineRequest) -> None:
        self._write("served" if request.finished else "left", prompt=request.prompt)
        self._answered += 1
        if self._script.ends is not None and self._answered == self._script.ends.after:
            self._end(self._script.ends)

    def _end(self, ending: Ending) -> None:
        """End the whole process at once, from whatever thread."""
        self._say(ending.words)
        self._write("end", status=ending.status, signal=ending.signal)
        if ending.number is not None:
            os.kill(os.getpid(), ending.number)
            threading.Event().wait()
        os._exit(ending.status)

    def _fork(self) -> None:
        child = subprocess.Popen([sys.executable, "-S", "-c", _STAYS], start_new_session=True)  # noqa: S603
        self._write("fork", child=child.pid)

    def _flood(self) -> None:
        for number in range(self._script.floods):
            self._say([f"line {number} of a flood"])

    @staticmethod
    def _say(lines: Sequence[str]) -> None:
        if lines:
            print("\n".join(lines), flush=True)  # noqa: T201 - it is what the process writes

    def _write(self, event: str, **more: Any) -> None:
        if self._script.record is None:
            return
        entry = {"event": event, "ms": time.time() * 1000, "pid": os.getpid(), **more}
        with self._script.record.open("a", encoding="utf-8") as file:  # appended in one write, by whichever
            file.write(json.dumps(entry) + "\n")


def _born_ms() -> float:
    """When the kernel began this process, to a tick of its clock, which is a hundredth of a second."""
    ticks = int(Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19])
    age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return (time.time() - age_s) * 1000
