"""NVIDIA's Triton server out of the wheel `nvidia-pytriton`: started, watched and ended."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from orchqueue.kit.client import Client
from orchqueue.kit.clock import now_ms
from orchqueue.kit.errors import EngineError, TransportError
from orchqueue.kit.patience import PATIENCE_S, START_S
from orchqueue.kit.ports import free_port
from orchqueue.kit.process import Process
from orchqueue.kit.triton.repository import Layout, Wheel
from orchqueue.kit.triton.script import TritonModel, TritonScript
from orchqueue.kit.triton.work import TritonRequest, read_work

_POLL_S = 0.01
_DRAIN_S = 5
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux shows it
_NO_LIBRARY = "error while loading shared libraries"


class RealTriton:
    """Triton with the kit's text models, on the CPU. Use as a context manager, or start and end it.

    `folder` takes its model repository, its output and what the models write. `environment` is the virtual
    environment that the extra `engine-triton` was installed into, by default the one this runs in. It also
    needs Debian's package `libpython3.11` (or of the version that the environment has).
    """

    def __init__(
        self,
        folder: Path,
        models: Sequence[TritonModel] = (TritonModel(),),
        *,
        environment: Path | None = None,
    ) -> None:
        self.models = tuple(models)
        self.port = self.metrics_port = 0
        self._layout = Layout(folder.resolve())
        self._environment = Path(sys.prefix) if environment is None else environment.resolve()
        self._gate = 0
        self._process: Process | None = None

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def metrics_url(self) -> str:
        """The base URL of the port that its metrics are on."""
        return f"http://127.0.0.1:{self.metrics_port}"

    @property
    def requests(self) -> list[TritonRequest]:
        """The requests that its models took up, oldest first."""
        return read_work(self._layout.work)

    @property
    def slots_busy(self) -> int:
        """How many instances work at this moment."""
        return sum(1 for request in self.requests if request.outcome is None)

    def start(self, timeout_s: float = START_S) -> "RealTriton":
        """Write its folders, start it, wait until the server and its models are ready.

        Raises NotTestable when the wheel is not installed, EngineError when the server does not come up.
        """
        wheel = Wheel.find(self._environment)
        self._layout.write(wheel, self.models)
        self.script(TritonScript())
        self.port, self.metrics_port = free_port(), free_port()
        words = [str(wheel.program), *self._arguments()]
        log = self._layout.folder / "stderr.txt"
        self._process = Process(words, log, stdout_to=self._layout.folder / "stdout.txt", env=wheel.variables)
        self._wait_ready(self._process, wheel.python, timeout_s)
        return self

    def stop(self) -> int | None:
        """End it with SIGTERM; return its exit code. Safe to repeat.

        It takes no new connection from there on, and gives running streams a few seconds to finish.
        """
        return self._ended_by(lambda process: process.stop(_DRAIN_S + 10.0))

    def kill(self) -> None:
        """End it at once. Safe to repeat."""
        self._ended_by(Process.kill)

    def _ended_by(self, end: Callable[[Process], int]) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        code = end(process)
        # What a server leaves that did not unload its models.
        for region in _SHARED_MEMORY.glob(f"{self._regions}*"):
            region.unlink(missing_ok=True)
        return code

    def script(self, script: TritonScript) -> None:
        """Say how requests behave that are taken up from now on; those that are held elsewhere stay so."""
        self._gate += 1
        entries = {**asdict(script), "gate": str(self._gate)}
        part = self._layout.script.with_suffix(".part")
        part.write_text(json.dumps(entries), encoding="utf-8")
        part.replace(self._layout.script)

    def release(self) -> None:
        """Let the requests of the present script go on that wait at `hold_after`."""
        (self._layout.gates / str(self._gate)).touch()

    def wait_for(self, condition: Callable[[], bool], timeout_s: float = PATIENCE_S) -> bool:
        """Wait until the condition holds, looking again and again; tell whether that came in time."""
        deadline = now_ms() + timeout_s * 1000.0
        while not condition():
            if now_ms() > deadline:
                return False
            time.sleep(_POLL_S)
        return True

    def log(self) -> str:
        """Return what the server and its models wrote, standard error first."""
        files = (self._layout.folder / name for name in ("stderr.txt", "stdout.txt"))
        return "".join(file.read_text(encoding="utf-8", errors="replace") for file in files if file.exists())

    def __enter__(self) -> "RealTriton":
        return self if self._process is not None else self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def _regions(self) -> str:
        """How the names of its shared memory begin."""
        return f"orchqueue-triton-{self.port}-"

    def _arguments(self) -> list[str]:
        return [
            f"--model-repository={self._layout.models}",
            f"--backend-directory={self._layout.backends}",
            "--http-address=127.0.0.1",
            f"--http-port={self.port}",
            "--allow-grpc=false",
            "--metrics-address=127.0.0.1",
            f"--metrics-port={self.metrics_port}",
            "--allow-gpu-metrics=false",
            f"--exit-timeout-secs={_DRAIN_S}",
            f"--backend-config=python,shm-region-prefix-name={self._regions}",
        ]

    def _wait_ready(self, process: Process, python: str, timeout_s: float) -> None:
        def failed() -> bool:
            # The server itself goes on waiting for a model whose process could not be started.
            return process.exit_code is not None or _NO_LIBRARY in process.stderr_tail()

        if self.wait_for(lambda: failed() or self._is_ready(), timeout_s) and not failed():
            return
        said = process.stderr_tail()
        code = process.exit_code
        self.kill()
        library = f"libpython{python}"
        hint = f"; Debian's package `{library}` brings it" if f"{_NO_LIBRARY}: {library}" in said else ""
        ended = "" if code is None else f" (exit code {code})"
        raise EngineError(f"Triton did not come up{ended}{hint}:\n{said}")

    def _is_ready(self) -> bool:
        paths = ["/v2/health/ready", *(f"/v2/models/{model.name}/ready" for model in self.models)]
        try:
            return all(Client(self.url, timeout_s=2.0).get(path).status == 200 for path in paths)
        except TransportError:
            return False  # not listening yet
