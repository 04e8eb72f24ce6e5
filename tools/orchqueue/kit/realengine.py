"""A real llama.cpp server out of the wheel `xllamacpp`, in a process of its own, on a tiny model.

`RealEngine` starts it, waits until it is healthy and ends it; run as a module this file is that process.
Needs the extra `engines`.
"""

import argparse
import signal
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from orchqueue.kit.client import Client
from orchqueue.kit.clock import now_ms
from orchqueue.kit.errors import EngineError, NotTestable, TransportError
from orchqueue.kit.patience import PATIENCE_S, START_S
from orchqueue.kit.ports import free_port
from orchqueue.kit.process import Process

_POLL_S = 0.02


class RealEngine:
    """llama.cpp's own server with `slots` slots of `ctx` tokens each; with `embeddings` it makes these too.

    Use as a context manager, or start and stop it.

    The model lies in `folder`/models, where it is written once; the server's output goes to
    `folder`/realengine.
    """

    def __init__(
        self,
        folder: Path,
        *,
        slots: int = 2,
        ctx: int = 2048,
        model: Path | None = None,
        embeddings: bool = False,
    ) -> None:
        self._folder = folder
        self._model = model
        self.slots, self.ctx, self._embeddings = slots, ctx, embeddings
        self.port = 0
        self._process: Process | None = None

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def slots_busy(self) -> int:
        """How many slots work at this moment, as the engine itself says."""
        return sum(1 for slot in Client(self.url).get("/slots").json() if slot["is_processing"])

    def start(self, timeout_s: float = START_S) -> "RealEngine":
        """Write the model if need be, start the server, wait until it is healthy.

        Raises NotTestable when the extra is not installed, EngineError when the server does not come up.
        """
        missing = [name for name in ("xllamacpp", "gguf", "numpy") if find_spec(name) is None]
        if missing:
            raise NotTestable(f"{', '.join(missing)} not installed; the extra `engines` brings a real engine")
        from orchqueue.kit.tinymodel import tiny_model  # noqa: PLC0415 - needs the extra

        model = self._model or tiny_model(self._folder / "models")
        self.port = free_port()
        words = [
            sys.executable,
            "-m",
            "orchqueue.kit.realengine",
            "--model",
            str(model),
            "--port",
            str(self.port),
        ]
        words += ["--slots", str(self.slots), "--ctx", str(self.ctx)]
        words += ["--embeddings"] if self._embeddings else []
        self._process = Process(words, self._folder / "realengine" / f"{self.port}.stderr.txt")
        self._wait_healthy(self._process, timeout_s)
        return self

    def stop(self) -> None:
        """End the server. Safe to repeat."""
        if self._process is not None:
            self._process.stop()
        self._process = None

    def wait_idle(self, timeout_s: float = PATIENCE_S) -> bool:
        """Wait until no slot works; tell whether that came in time."""
        deadline = now_ms() + timeout_s * 1000.0
        while self.slots_busy:
            if now_ms() > deadline:
                return False
            time.sleep(_POLL_S)
        return True

    def __enter__(self) -> "RealEngine":
        return self if self._process is not None else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _wait_healthy(self, process: Process, timeout_s: float) -> None:
        deadline = now_ms() + timeout_s * 1000.0
        while True:
            if process.exit_code is not None or now_ms() > deadline:
                code = process.stop(1.0)
                self._process = None
                raise EngineError(
                    f"llama.cpp's server did not come up (exit code {code}):\n{process.stderr_tail()}"
                )
            try:
                if Client(self.url, timeout_s=2.0).get("/health").status == 200:
                    return
            except TransportError:
                pass  # not listening yet
            time.sleep(_POLL_S)


def main() -> None:
    """Serve until SIGTERM."""
    import xllamacpp  # noqa: PLC0415 - only the process that serves loads it

    parser = argparse.ArgumentParser(description="llama.cpp's HTTP server out of the wheel")
    parser.add_argument("--model", required=True)
    for name in ("--port", "--slots", "--ctx"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--embeddings", action="store_true")
    asked = parser.parse_args()
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    server = xllamacpp.Server(_params(xllamacpp.CommonParams(), asked, xllamacpp.llama_pooling_type))
    print(server.listening_address, flush=True)  # noqa: T201 - for whoever runs it by hand
    over.wait()


def _params(params: object, asked: argparse.Namespace, pooling: Any) -> object:
    """Fill in the wheel's parameters: loopback only, one thread, every endpoint that the adapters read."""
    values: dict[str, Any] = {
        "hostnames": ["127.0.0.1"],
        "port": asked.port,
        "n_ctx": asked.ctx * asked.slots,
        "n_parallel": asked.slots,
        "n_batch": 512,
        "n_ubatch": 512,
        "n_threads_http": 4 + asked.slots,
        "n_gpu_layers": 0,
        "fit_params": False,
        "warmup": False,
        "endpoint_metrics": True,
        "endpoint_slots": True,
        "endpoint_props": True,
    }
    if asked.embeddings:
        values |= {"embedding": True, "pooling_type": pooling.LLAMA_POOLING_TYPE_MEAN}
    for name, value in values.items():
        setattr(params, name, value)
    params.model.path = asked.model  # type: ignore[attr-defined]
    params.cpuparams.n_threads = 1  # type: ignore[attr-defined]
    params.cpuparams_batch.n_threads = 1  # type: ignore[attr-defined]
    return params


if __name__ == "__main__":
    main()
