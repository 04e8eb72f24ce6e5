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

# What engines write that go on without a GPU. A mask says that they shall not.
_ON_CPU = _any_of(
    r"no CUDA-capable device",
    r"failed to initialize CUDA",
    r"no usable GPU found",
    r"No CUDA GPUs are available",
    r"compiled without GPU( offload)? support",
    r"not compiled with GPU( offload)? support",
    r"offloaded 0/\d+ layers to GPU",
)
_OWN_WORDS = _any_of(
    r"\s*((ERROR|CRITICAL|FATAL)\b[^\]]*\] )?"  # as vLLM and Triton log
    r"(\w+(\.\w+)*: )?"
    r"(CUDA|cudaError|NVRM|GPU|terminate called|uncorrectable|MemoryError|\w*Allocator: "
    r"|allocating [\d.]+ MiB on device)"
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


def judge_line(line: str, *, serving: bool, masked: bool) -> Verdict | None:
    """What a line that a worker just wrote says about its failure; None when it may go on.

    Until it serves, an engine that has a device mask and does without its devices is refused, and one that
    reports an error of the driver at any time. In what it writes while it serves there may be words of its
    clients: only those count that begin a line, where an engine puts its own.
    """
    # ORCH-1101, ORCH-3018, OC-POOL-3010
    without = _ON_CPU.search(line) is not None
    if without and (serving or not masked):
        return None
    if without:
        return judge_words([line]) or Verdict(FailureCause.UNREADY, None, "it would do without its devices")
    verdict = judge_words([line])
    if verdict is None or verdict.cause is not FailureCause.DRIVER_ERROR:
        return None
    return verdict if not serving or is_own(line) else None


def is_own(line: str) -> bool:
    """Whether a line begins as engines begin theirs, whatever of its clients' words may follow."""
    return _OWN_WORDS.match(line) is not None


def device_verdict(index: int, event: DriverEvent) -> Verdict:
    """Why a worker fails whose device failed."""
    said = {DriverEvent.RESET: "is lost", DriverEvent.ECC: "had an uncorrected ECC error"}[event]
    return Verdict(FailureCause.DRIVER_ERROR, event, f"device {index} {said}")


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
