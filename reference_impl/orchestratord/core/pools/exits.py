"""Why a worker's process ended, told from how it ended, the last that it said, and what its devices show.

The patterns are what llama.cpp, vLLM, TGI, Triton, PyTorch and the CUDA runtime write.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from signal import SIGKILL, Signals


class FailureCause(StrEnum):
    """Why a worker is started again, as `worker_restarts_total` counts it."""

    CRASH = "crash"
    UNREADY = "unready"
    DRIVER_ERROR = "driver-error"
    OOM_VRAM = "oom-vram"
    OOM_HOST = "oom-host"
    RELOAD = "reload"


class DriverEvent(StrEnum):
    """What happened to a device, as `driver_resets_total` counts it."""

    RESET = "reset"
    ECC = "ecc"


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: with a status from 0, or by a signal."""

    status: int | None = None
    signal: int | None = None

    def __str__(self) -> str:
        if self.signal is None:
            return f"ended with status {self.status}"
        name = Signals(self.signal).name if self.signal in set(Signals) else str(self.signal)
        return f"was ended by {name}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a worker failed: the cause, what its device had, if anything, and words for the operator."""

    cause: FailureCause
    driver: DriverEvent | None
    message: str


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


# The order decides: an engine that is out of memory often reports a driver's error besides, and an ECC error
# is always followed by others.
_ECC = _any_of(
    r"uncorrectable (nvlink )?ECC",
    r"\bECC error",
    r"cudaErrorECCUncorrectable",
    r"\bXid\b.*\b(48|63|64|94|95)\b",
)
_VRAM = _any_of(
    r"CUDA(Malloc)?[^\n]*out of memory",
    r"out of memory[^\n]*(CUDA|GPU|device)",
    r"torch(\.cuda)?\.OutOfMemoryError",
    r"cudaErrorMemoryAllocation",
    r"CUDA_ERROR_OUT_OF_MEMORY",
    r"failed to allocate (CUDA|GPU|VRAM|device)",
    r"hipErrorOutOfMemory",
)
_DRIVER = _any_of(
    r"\bXid\b",
    r"GPU is lost",
    r"fallen off the bus",
    r"GPU requires reset",
    r"CUDA_ERROR_(?!OUT_OF_MEMORY)\w+",
    r"cudaError(?!MemoryAllocation|ECC)\w+",
    r"CUDA error:(?![^\n]*out of memory)",
    r"CUDA driver (error|version is insufficient)",
    r"no CUDA-capable device",
    r"failed to initialize CUDA",
    r"unspecified launch failure",
    r"illegal memory access",
)
_HOST = _any_of(
    r"std::bad_alloc",
    r"\bMemoryError\b",
    r"cannot allocate memory",
    r"\bENOMEM\b",
    r"DefaultCPUAllocator: (can't|not enough) ",
    r"failed to (mmap|mlock)",
    r"oom-kill",
)


def judge(exit_: Exit, said: Sequence[str], devices: Iterable[DriverEvent] = ()) -> Verdict:
    """Why a process ended: what its devices show, then what it said last, then how it ended.

    A process that was killed without having said why was killed for the host's memory: nobody else sends
    SIGKILL to a worker that the server did not stop.
    """
    # ORCH-3039, ORCH-3053
    for event in devices:
        return Verdict(
            FailureCause.DRIVER_ERROR, event, f"a device had {_words(event)}, and the worker {exit_}"
        )
    spoken = judge_words(said)
    if spoken is not None:
        return Verdict(spoken.cause, spoken.driver, f"{spoken.message}, and the worker {exit_}")
    if exit_.signal == SIGKILL:
        return Verdict(FailureCause.OOM_HOST, None, f"the worker {exit_}, as for want of host memory")
    return Verdict(FailureCause.CRASH, None, f"the worker {exit_}")


def judge_words(said: Sequence[str]) -> Verdict | None:
    """What the last lines of a worker say about its failure; None when they say nothing."""
    for pattern, cause, driver in _PATTERNS:
        if any(pattern.search(line) for line in reversed(said)):
            return Verdict(cause, driver, _SAID[cause] if driver is None else f"it reported {_words(driver)}")
    return None


def _words(event: DriverEvent) -> str:
    return {DriverEvent.RESET: "a driver error", DriverEvent.ECC: "an ECC error"}[event]


_PATTERNS = (
    (_ECC, FailureCause.DRIVER_ERROR, DriverEvent.ECC),
    (_VRAM, FailureCause.OOM_VRAM, None),
    (_DRIVER, FailureCause.DRIVER_ERROR, DriverEvent.RESET),
    (_HOST, FailureCause.OOM_HOST, None),
)
_SAID = {
    FailureCause.OOM_VRAM: "it ran out of the GPU's memory",
    FailureCause.OOM_HOST: "it ran out of the host's memory",
}
